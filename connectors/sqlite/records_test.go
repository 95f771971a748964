package sqlite

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

// save files one record and gives what became of it.
func save(t *testing.T, l *Ledger, source trade.Source, readAt time.Time, record trade.Record, sales ...string) SaveResult {
	t.Helper()
	result, err := l.SaveRecords(t.Context(), acme, Reading{Source: source, At: readAt}, []Saved{{Record: record, Sales: sales}})
	require.NoError(t, err)
	return result
}

func current1(t *testing.T, l *Ledger, kind trade.Kind, id string) Snapshot {
	t.Helper()
	s, found, err := l.Latest(t.Context(), acme, kind, id)
	require.NoError(t, err)
	require.True(t, found)
	return s
}

func versions(t *testing.T, l *Ledger, id string) int {
	t.Helper()
	var n int
	require.NoError(t, l.reader.Get(&n, `SELECT count(*) FROM snapshots WHERE record_id = ?`, id))
	return n
}

func TestSameContentIsOneVersion(t *testing.T) {
	l, c := open(t)
	record := order("or_1", "new")
	verbatim := json.RawMessage(`{"id":"or_1","net":20.0,"lines":[{"a":1,"b":"é<"}]}`)
	record.Body = verbatim
	first := c.now()
	require.Equal(t, SaveResult{New: 1, Created: []time.Time{record.Created}}, save(t, l, trade.SourceList, first, record, "or_1"))

	record.Body = json.RawMessage(`{ "lines": [ {"b": "\u00e9\u003c", "a": 1} ], "net": 20, "id": "or_1" }`)
	second := c.advance(time.Minute)
	require.Equal(t, SaveResult{Same: 1}, save(t, l, trade.SourceGet, second, record, "or_1"))

	got := current1(t, l, trade.KindOrder, "or_1")
	require.Equal(t, string(verbatim), string(got.Body)) // to the byte, so not JSONEq
	require.Equal(t, first, got.FirstSeen)
	require.Equal(t, second, got.ReadAt)
	require.Equal(t, trade.SourceGet, got.Source)
	require.Equal(t, int64(1), sale(t, l, "or_1").DirtySeq, "what says nothing new makes nothing dirty")
	require.Equal(t, 1, versions(t, l, "or_1"))
}

func TestHashTellsContentsApart(t *testing.T) {
	bodies := []string{
		`{"a":1}`, `{"a":"1"}`, `{"a":1.01}`, `{"a":1e2}`, `{"a":100}`, `{"a":10}`, `[1,2]`, `[2,1]`, `{"a":1}{"a":1}`,
		`{"a":`, ``, "{\"a\":\"\xff\"}", "{\"a\":\"\xfe\"}", `{"a":9007199254740993}`, `{"a":9007199254740992}`,
	}
	seen := map[string]string{}
	for _, b := range bodies {
		hash := hashBody([]byte(b))
		require.Len(t, hash, 64)
		require.NotContains(t, seen, hash, "%s and %s", b, seen[hash])
		seen[hash] = b
	}
}

func TestVersionsComeAndGo(t *testing.T) {
	l, c := open(t)
	save(t, l, trade.SourceList, c.now(), order("or_1", "new"), "or_1")
	require.Equal(t, SaveResult{Changed: 1}, save(t, l, trade.SourceList, c.advance(time.Minute), order("or_1", "released"), "or_1"))
	back := c.advance(time.Minute)
	require.Equal(t, SaveResult{Changed: 1}, save(t, l, trade.SourceList, back, order("or_1", "new"), "or_1"))
	got := current1(t, l, trade.KindOrder, "or_1")
	require.Equal(t, "new", got.Status)
	require.Equal(t, back, got.FirstSeen, "the content came back at this time")
	require.Equal(t, 2, versions(t, l, "or_1"))
	require.Equal(t, int64(3), sale(t, l, "or_1").DirtySeq)
}

func TestAnOlderReadDoesNotOverwrite(t *testing.T) {
	l, c := open(t)
	early := c.now()
	late := c.advance(time.Minute)
	save(t, l, trade.SourceGet, late, order("or_1", "released"), "or_1")
	require.Equal(t, SaveResult{Same: 1}, save(t, l, trade.SourceList, early, order("or_1", "new"), "or_1"))
	got := current1(t, l, trade.KindOrder, "or_1")
	require.Equal(t, "released", got.Status)
	require.Equal(t, late, got.ReadAt)
	require.Equal(t, 2, versions(t, l, "or_1"), "the late comer is kept as a version")
	require.Equal(t, int64(1), sale(t, l, "or_1").DirtySeq)

	require.Equal(t, SaveResult{Same: 1}, save(t, l, trade.SourceList, early, order("or_1", "released"), "or_1"))
	require.Equal(t, late, current1(t, l, trade.KindOrder, "or_1").ReadAt, "ReadAt does not go back")
}

// Invariant 4: what a webhook says of a record is never taken for the record, and never makes it look freshly read.
func TestAWebhookIsNoRead(t *testing.T) {
	l, c := open(t)
	ctx := t.Context()
	read := c.now()
	save(t, l, trade.SourceGet, read, order("or_1", "new"), "or_1")
	before := current1(t, l, trade.KindOrder, "or_1")

	c.advance(time.Minute)
	receive(t, l, Told{Kind: trade.KindOrder, ID: "or_1", Status: "cancelled", Deleted: true}, Told{Kind: trade.KindOrder, ID: "or_2", New: true})
	require.Equal(t, before, current1(t, l, trade.KindOrder, "or_1"))
	require.Equal(t, 1, versions(t, l, "or_1"))
	require.Equal(t, int64(1), sale(t, l, "or_1").DirtySeq)
	_, found, err := l.Latest(ctx, acme, trade.KindOrder, "or_2")
	require.NoError(t, err)
	require.False(t, found)

	for _, source := range []trade.Source{"webhook", ""} {
		_, err := l.SaveRecords(ctx, acme, Reading{Source: source, At: c.now()}, []Saved{{Record: order("or_1", "cancelled")}})
		require.ErrorIs(t, err, errNoRead)
	}
	require.Equal(t, before, current1(t, l, trade.KindOrder, "or_1"))
}

func TestGoneAndBack(t *testing.T) {
	l, c := open(t)
	ctx := t.Context()
	early := c.now()
	save(t, l, trade.SourceGet, c.advance(time.Minute), order("or_1", "new"), "or_1")
	require.NoError(t, l.MarkGone(ctx, acme, Reading{Source: trade.SourceGet, At: early}, trade.KindOrder, "or_1", []string{"or_1"}))
	require.False(t, current1(t, l, trade.KindOrder, "or_1").Gone, "an older read found nothing")

	at := c.advance(time.Minute)
	require.NoError(t, l.MarkGone(ctx, acme, Reading{Source: trade.SourceGet, At: at}, trade.KindOrder, "or_1", []string{"or_1"}))
	got := current1(t, l, trade.KindOrder, "or_1")
	require.True(t, got.Gone)
	require.Equal(t, at, got.ReadAt)
	require.NotEmpty(t, got.Body)
	seq := sale(t, l, "or_1").DirtySeq
	require.Equal(t, int64(2), seq)
	require.NoError(t, l.MarkGone(ctx, acme, Reading{Source: trade.SourceGet, At: c.advance(time.Minute)}, trade.KindOrder, "or_1", []string{"or_1"}))
	require.Equal(t, seq, sale(t, l, "or_1").DirtySeq, "gone already")

	require.Equal(t, SaveResult{Changed: 1}, save(t, l, trade.SourceGet, c.advance(time.Minute), order("or_1", "new"), "or_1"))
	require.False(t, current1(t, l, trade.KindOrder, "or_1").Gone)
	require.Equal(t, seq+1, sale(t, l, "or_1").DirtySeq)

	require.NoError(t, l.MarkGone(ctx, acme, Reading{Source: trade.SourceGet, At: c.now()}, trade.KindCustomer, "cu_9", nil))
	got = current1(t, l, trade.KindCustomer, "cu_9")
	require.True(t, got.Gone)
	require.Nil(t, got.Body)
	require.Empty(t, got.Hash)
}

func invoice(id string, orders ...string) trade.Record {
	body, _ := json.Marshal(map[string]any{"id": id, "orders": orders})
	record := trade.Record{Kind: trade.KindInvoice, ID: id, Number: "inv" + id, Status: "unpaid", Body: body}
	for _, o := range orders {
		record.Refs = append(record.Refs, trade.Ref{Kind: trade.KindOrder, ID: o})
	}
	return record
}

func TestLinksFollowTheCurrentVersion(t *testing.T) {
	l, c := open(t)
	ctx := t.Context()
	plant(t, l, "or_1", "or_2")
	save(t, l, trade.SourceList, c.advance(time.Minute), invoice("iv_1", "or_1", "or_2"), "or_1", "or_2")
	save(t, l, trade.SourceList, c.now(), invoice("iv_2", "or_2"), "or_2")
	linked := func(id string) []string {
		found, err := l.Linked(ctx, acme, trade.KindInvoice, trade.Ref{Kind: trade.KindOrder, ID: id})
		require.NoError(t, err)
		ids := []string{}
		for _, s := range found {
			ids = append(ids, s.ID)
		}
		return ids
	}
	require.Equal(t, []string{"iv_1"}, linked("or_1"))
	require.Equal(t, []string{"iv_1", "iv_2"}, linked("or_2"))

	// The invoice drops an order: that order's sale changes too, though the record does not name it any more.
	before := sale(t, l, "or_2").DirtySeq
	save(t, l, trade.SourceList, c.advance(time.Minute), invoice("iv_1", "or_1"), "or_1")
	require.Equal(t, []string{"iv_2"}, linked("or_2"))
	require.Equal(t, before+1, sale(t, l, "or_2").DirtySeq)

	require.NoError(t, l.MarkGone(ctx, acme, Reading{Source: trade.SourceGet, At: c.advance(time.Minute)}, trade.KindInvoice, "iv_2", []string{"or_2"}))
	require.Empty(t, linked("or_2"))

	sales, err := l.SalesOf(ctx, acme, trade.Ref{Kind: trade.KindCustomer, ID: "cu_1"})
	require.NoError(t, err)
	require.Equal(t, []string{"or_1", "or_2"}, sales)
}

func TestSalesAreMadeAndDescribed(t *testing.T) {
	l, c := open(t)
	// The invoice comes first and makes the sale of an order nobody has seen.
	save(t, l, trade.SourceList, c.now(), invoice("iv_1", "or_1"), "or_1")
	got := sale(t, l, "or_1")
	require.Equal(t, trade.StateWaiting, got.State)
	require.Empty(t, got.Number)
	require.Equal(t, int64(1), got.DirtySeq)
	require.Equal(t, c.now(), got.DirtySince)

	save(t, l, trade.SourceList, c.advance(time.Minute), order("or_1", "new"), "or_1")
	got = sale(t, l, "or_1")
	require.Equal(t, "10or_1", got.Number)
	require.Equal(t, time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), got.Created)
	require.Equal(t, int64(2), got.DirtySeq)
	require.Equal(t, c.now().Add(-time.Minute), got.DirtySince, "since the first change")

	// An order filed without a sale, and wanted later by a backfill that finds it unchanged.
	save(t, l, trade.SourceList, c.now(), order("or_2", "new"))
	_, found, err := l.Sale(t.Context(), acme, "or_2")
	require.NoError(t, err)
	require.False(t, found)
	require.Equal(t, SaveResult{Same: 1}, save(t, l, trade.SourceList, c.now(), order("or_2", "new"), "or_2"))
	got = sale(t, l, "or_2")
	require.Equal(t, "10or_2", got.Number)
	require.Equal(t, int64(1), got.DirtySeq)
}

func TestUnreadableRecordsAreFiled(t *testing.T) {
	l, c := open(t)
	broken := trade.Record{Kind: trade.KindOrder, Body: json.RawMessage(`{"id":`)}
	empty := trade.Record{Kind: trade.KindOrder}
	result, err := l.SaveRecords(t.Context(), acme, Reading{Source: trade.SourceList, At: c.now()}, []Saved{{Record: broken}, {Record: order("or_1", "new"), Sales: []string{"or_1"}}, {Record: broken}, {Record: empty}})
	require.NoError(t, err)
	require.Equal(t, SaveResult{New: 3, Same: 1, Created: []time.Time{order("or_1", "new").Created}}, result, "the others do not say")
	id := "unreadable:" + hashBody(broken.Body)[:16]
	require.Equal(t, `{"id":`, string(current1(t, l, trade.KindOrder, id).Body))

	open, err := l.OpenRecords(t.Context(), acme, trade.KindOrder, []string{"", "new"}, c.advance(time.Minute), time.Time{}, 0)
	require.NoError(t, err)
	require.Equal(t, []string{"or_1"}, open, "what has no id cannot be got")
}

func TestABatchIsAllOrNothing(t *testing.T) {
	l, c := open(t)
	_, err := l.SaveRecords(t.Context(), acme, Reading{Source: trade.SourceList, At: c.now()}, []Saved{
		{Record: order("or_1", "new"), Sales: []string{"or_1"}},
		{Record: trade.Record{Kind: "nonsense", ID: "x", Body: json.RawMessage(`{}`)}},
	})
	require.Error(t, err)
	_, found, err := l.Latest(t.Context(), acme, trade.KindOrder, "or_1")
	require.NoError(t, err)
	require.False(t, found)
}

func TestOpenRecordsAreWhatASweepDidNotSee(t *testing.T) {
	l, c := open(t)
	ctx := t.Context()
	save(t, l, trade.SourceList, c.now(), order("or_1", "released"))
	save(t, l, trade.SourceList, c.now(), order("or_2", "fulfilled"))
	save(t, l, trade.SourceList, c.now().Add(-time.Second), order("or_3", "new"))
	save(t, l, trade.SourceList, c.now(), order("or_4", "new"))
	sweep := c.advance(time.Minute)
	save(t, l, trade.SourceList, sweep, order("or_4", "new"))
	ids, err := l.OpenRecords(ctx, acme, trade.KindOrder, []string{"new", "released"}, sweep, time.Time{}, 10)
	require.NoError(t, err)
	require.Equal(t, []string{"or_3", "or_1"}, ids)
	ids, err = l.OpenRecords(ctx, acme, trade.KindOrder, nil, sweep, time.Time{}, 10)
	require.NoError(t, err)
	require.Empty(t, ids)
	require.NoError(t, l.MarkGone(ctx, acme, Reading{Source: trade.SourceGet, At: c.now()}, trade.KindOrder, "or_3", nil))
	ids, err = l.OpenRecords(ctx, acme, trade.KindOrder, []string{"new", "released"}, sweep, time.Time{}, 1)
	require.NoError(t, err)
	require.Equal(t, []string{"or_1"}, ids)
}

func TestOpenRecordsLeaveOutWhatNobodyWaitsFor(t *testing.T) {
	l, c := open(t)
	since := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	file := func(id string, created time.Time, sales ...string) {
		record := order(id, "new")
		record.Created = created
		save(t, l, trade.SourceList, c.now(), record, sales...)
	}
	file("or_early", since.Add(-time.Millisecond))
	file("or_first", since)
	file("or_undated", time.Time{})
	for _, state := range []trade.State{trade.StateIgnored, trade.StateCancelled, trade.StateHeld} {
		id := "or_" + string(state)
		file(id, since, id)
		decide(t, l, Decided{SaleID: id, DirtySeq: 1, Settled: true, State: state})
	}
	list := func(connection string, kind trade.Kind, since time.Time) []string {
		ids, err := l.OpenRecords(t.Context(), connection, kind, []string{"new", "unpaid"}, c.now().Add(time.Minute), since, 0)
		require.NoError(t, err)
		return ids
	}
	require.Equal(t, []string{"or_first", "or_held", "or_undated"}, list(acme, trade.KindOrder, since))
	require.Equal(t, []string{"or_early", "or_first", "or_held", "or_undated"}, list(acme, trade.KindOrder, time.Time{}))

	// Another connection's sale of the same id, or an invoice's own sale, leaves nothing out.
	_, err := l.SaveRecords(t.Context(), "other", Reading{Source: trade.SourceList, At: c.now()}, []Saved{{Record: order("or_ignored", "new")}})
	require.NoError(t, err)
	require.Equal(t, []string{"or_ignored"}, list("other", trade.KindOrder, time.Time{}))
	save(t, l, trade.SourceList, c.now(), invoice("iv_1", "or_ignored"), "iv_1")
	decide(t, l, Decided{SaleID: "iv_1", DirtySeq: 1, Settled: true, State: trade.StateIgnored})
	require.Equal(t, []string{"iv_1"}, list(acme, trade.KindInvoice, since))
}

func TestADeletedRecordWakesWhatItNames(t *testing.T) {
	l, c := open(t)
	ctx := t.Context()
	plant(t, l, "or_1", "or_2", "or_3", "or_4")
	save(t, l, trade.SourceList, c.now(), invoice("iv_1", "or_1", "or_2", "or_3", "or_9"))
	save(t, l, trade.SourceList, c.advance(time.Minute), invoice("iv_1", "or_2", "or_3", "or_9")) // or_1 is no longer on it
	seqs := func() []int64 {
		all := []int64{}
		for _, id := range []string{"or_1", "or_2", "or_3", "or_4"} {
			all = append(all, sale(t, l, id).DirtySeq)
		}
		return all
	}
	before := seqs()
	early := c.now()
	gone := c.advance(time.Minute)
	require.NoError(t, l.MarkGone(ctx, acme, Reading{Source: trade.SourceGet, At: early.Add(-time.Second)}, trade.KindInvoice, "iv_1", nil))
	require.Equal(t, before, seqs(), "an older read wakes nobody")

	require.NoError(t, l.MarkGone(ctx, acme, Reading{Source: trade.SourceGet, At: gone}, trade.KindInvoice, "iv_1", []string{"or_3", "or_4"}))
	want := []int64{before[0], before[1] + 1, before[2] + 1, before[3] + 1}
	require.Equal(t, want, seqs(), "each once")
	_, found, err := l.Sale(ctx, acme, "or_9")
	require.NoError(t, err)
	require.False(t, found, "no sale is made of what a deleted record named")

	require.NoError(t, l.MarkGone(ctx, acme, Reading{Source: trade.SourceGet, At: c.advance(time.Minute)}, trade.KindInvoice, "iv_1", []string{"or_2"}))
	require.Equal(t, want, seqs(), "gone already")
}

func TestTheTimeOfTheReadIsNeeded(t *testing.T) {
	l, _ := open(t)
	_, err := l.SaveRecords(t.Context(), acme, Reading{Source: trade.SourceList, At: time.Time{}}, nil)
	require.ErrorIs(t, err, errNoReadAt)
	require.ErrorIs(t, l.MarkGone(t.Context(), acme, Reading{Source: trade.SourceGet, At: time.Time{}}, trade.KindOrder, "or_1", nil), errNoReadAt)
}

// Personal data stand in the bodies of snapshots, in those of deliveries that nobody could read, and nowhere else.
func TestBodiesStayInSnapshots(t *testing.T) {
	l, c := open(t)
	record := order("or_1", "new")
	record.Body = json.RawMessage(`{"id":"or_1","company_name":"Zanzibar Ltd"}`)
	save(t, l, trade.SourceList, c.now(), record, "or_1")
	decide(t, l, Decided{SaleID: "or_1", DirtySeq: 1, State: trade.StateHeld, Hold: &trade.Hold{Code: "vat", Reason: "none"}})
	claim(t, l, claimOf("or_1", "create", "a"))
	_, err := l.Receive(t.Context(), []Delivery{{
		Connection: acme, Hash: "h", Events: 2, Unreadable: 1, Body: []byte(`[{"company_name":"Zanzibar Ltd"`),
		Told: []Told{{Kind: trade.KindOrder, ID: "or_1", Status: "new"}},
	}})
	require.NoError(t, err)
	var tables []string
	require.NoError(t, l.reader.Select(&tables, `SELECT name FROM sqlite_schema WHERE type = 'table'`))
	for _, table := range tables {
		for _, value := range cells(t, l, table) {
			raw, _ := value.([]byte)
			words, _ := value.(string)
			found := strings.Contains(string(raw)+words, "Zanzibar")
			require.Equal(t, found, (table == "snapshots" || table == "deliveries") && len(raw) > 0, table)
		}
	}
}

// cells are all values of a table.
func cells(t *testing.T, l *Ledger, table string) []any {
	t.Helper()
	rows, err := l.reader.Queryx(`SELECT * FROM "` + table + `"`)
	require.NoError(t, err)
	defer rows.Close()
	var all []any
	for rows.Next() {
		values, err := rows.SliceScan()
		require.NoError(t, err)
		all = append(all, values...)
	}
	require.NoError(t, rows.Err())
	return all
}
