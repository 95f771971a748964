package sqlite

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

// fill makes a ledger of many records, most of them read and settled, as after a year of work. In single statements: what is
// looked at is reading.
func fill(tb testing.TB, l *Ledger, count int) {
	tb.Helper()
	for _, statement := range []string{
		`INSERT INTO records (connection, kind, record_id, status, number, created_at, source, since, heard_at, read_at, gone, appeared_at, named_at)
		 SELECT 'acme', kind, prefix || i, CASE i % 100 WHEN 0 THEN 'new' ELSE 'fulfilled' END, '', i, 'list', i, i, i, 0, i,
		   CASE WHEN kind = 'order' AND i % 1000 = 0 THEN i END
		 FROM n, (SELECT 'order' AS kind, 'or_' AS prefix UNION ALL SELECT 'invoice', 'iv_')`,
		`INSERT INTO sales (connection, id, state, dirty_seq, created_at, updated_at) SELECT 'acme', 'or_' || i, 'issued', 1, i, i FROM n`,
		`INSERT INTO inbox (connection, kind, record_id, seq, status, new_at, deleted, first_at, last_at, waiting_since)
		 SELECT 'acme', 'order', 'or_' || i, i, '', i, 0, i, i, CASE WHEN i % 1000 = 0 THEN i END FROM n WHERE i > 0`,
		`INSERT INTO deliveries (connection, hash, first_at, last_at, events, dropped, unreadable) SELECT 'acme', 'h' || i, i, i, 1, 0, 0 FROM n`,
		`INSERT INTO unheard (connection, kind, record_id, found_at, silent) SELECT 'acme', 'order', 'or_' || i, i, i % 1000 = 0 FROM n`,
		`UPDATE inbox_numbers SET last = 10 * ?1`,
	} {
		_, err := l.writer.ExecContext(tb.Context(), `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1) `+statement, count)
		require.NoError(tb, err)
	}
}

// What is asked every minute, or in every transaction, finds its rows by an index: SQLite's plan names no table that is read
// from end to end, and sorts nothing but rows that are equal in what comes first.
func TestQuestionsOfReadersFindTheirRowsByIndex(t *testing.T) {
	l, _ := open(t)
	fill(t, l, 2_000)
	ms := time.Now().UnixMilli()
	for name, c := range map[string]struct {
		query string
		args  []any
		sorts string // what the plan may sort
	}{
		"window of all":      {windowOfAll, []any{acme, "order", 100, 200}, ""},
		"window of a status": {windowOfStatus, []any{acme, "order", "new", 100, 200}, ""},
		"outdated":           {outdated, []any{acme, 100}, "LAST TERM OF ORDER BY"},
		"sales of invoices":  {salesOfInvoices, []any{acme, "or_1"}, ""},
		"vanished":           {vanished, []any{acme, "order", 100, 200, ms, "unreadable:*", 100}, "ORDER BY"}, // as many as vanished
		"waiting":            {waitingMarks, []any{acme, 100}, "LAST TERM OF ORDER BY"},
		"anything waits":     {anythingWaits, []any{acme}, ""},
		"inbox":              {inboxSums, []any{acme, 100, ms, ms}, ""},
		"silence":            {untoldSilently, []any{ms, acme, ms}, ""},
		"prune marks":        {prunings[0], []any{100, 100}, ""},
		"prune deliveries":   {prunings[1], []any{100, 100}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var plan []struct {
				ID, Parent, Notused int
				Detail              string
			}
			require.NoError(t, l.reader.SelectContext(t.Context(), &plan, `EXPLAIN QUERY PLAN `+c.query, c.args...))
			require.NotEmpty(t, plan)
			for _, step := range plan {
				for _, table := range []string{"records", "inbox", "deliveries", "unheard", "sales", "links", "r", "s", "d", "m", "k"} {
					require.False(t, strings.HasPrefix(step.Detail+" ", "SCAN "+table+" "), step.Detail)
				}
				if sorted, found := strings.CutPrefix(step.Detail, "USE TEMP B-TREE FOR "); found {
					require.Equal(t, c.sorts, sorted)
				}
			}
		})
	}
}

// And they take far less time than reading it all.
func TestReadersAreQuickInALargeLedger(t *testing.T) {
	notRacing(t)
	l, c := open(t)
	const count = 20_000
	fill(t, l, count)
	quickest := func(do func()) time.Duration {
		best := time.Hour
		for range 5 {
			begun := time.Now()
			do()
			best = min(best, time.Since(begun))
		}
		return best
	}
	all := quickest(func() {
		times, err := l.OpenWindow(t.Context(), acme, trade.KindOrder, "", time.Time{}, 0)
		require.NoError(t, err)
		require.Len(t, times, count)
	})
	epoch := time.UnixMilli(0)
	for name, do := range map[string]func() (int, error){
		"window": func() (int, error) {
			times, err := l.OpenWindow(t.Context(), acme, trade.KindOrder, "new", epoch, 200)
			return len(times) - 180, err
		},
		"vanished": func() (int, error) {
			ids, err := l.Vanished(t.Context(), acme, trade.KindInvoice, epoch.Add(100*time.Millisecond), epoch.Add(120*time.Millisecond), 200)
			return len(ids), err
		},
		"outdated": func() (int, error) { ids, err := l.Outdated(t.Context(), acme, 0); return len(ids), err },
		"waiting":  func() (int, error) { marks, err := l.Waiting(t.Context(), acme, 0); return len(marks) + 1, err },
		"silence":  func() (int, error) { n, _, err := l.Silence(t.Context(), acme, c.now()); return n, err },
	} {
		took := quickest(func() {
			n, err := do()
			require.NoError(t, err)
			require.Equal(t, 20, n, name)
		})
		t.Logf("%s: %v; all: %v", name, took, all)
		require.Less(t, took, all/2, name)
	}
}
