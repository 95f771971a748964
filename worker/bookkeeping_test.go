package worker_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sqlite"
)

// place is where a sale stands, in the books as well, by the ledger's word.
type place struct{ order, document, state string }

// bookkeeping is what the ledger says of the books.
type bookkeeping struct {
	sales map[string]place
	open  map[string]string // sale to the step whose outcome is open
	stray map[string]bool   // sales whose strays will be looked for, minutes after everything else
	sent  map[string]int    // sale to how often the create of its order may have left
	dirty map[string]bool   // sales that wait to be looked at
}

// hasLedger reports whether a daemon has come as far as making its ledger.
func (h *house) hasLedger() bool {
	ledger, err := sqlite.OpenReadOnly(h.t.Context(), h.config.LedgerPath())
	if err != nil {
		return false
	}
	return ledger.Close() == nil
}

// query reads rows of the ledger beside the ledger's own code, which is what is being judged.
func (h *house) query(text string, scan func(rows *sql.Rows) error) {
	h.t.Helper()
	ctx := context.WithoutCancel(h.t.Context())
	file := (&url.URL{Scheme: "file", Path: h.config.LedgerPath(), RawQuery: "mode=ro&_pragma=busy_timeout(10000)"}).String()
	db, err := sql.Open("sqlite", file)
	require.NoError(h.t, err)
	defer db.Close()
	rows, err := db.QueryContext(ctx, text)
	require.NoError(h.t, err)
	defer rows.Close()
	for rows.Next() {
		require.NoError(h.t, scan(rows))
	}
	require.NoError(h.t, rows.Err())
}

func (h *house) books() bookkeeping {
	h.t.Helper()
	b := bookkeeping{sales: map[string]place{}, open: map[string]string{}, sent: map[string]int{}, stray: map[string]bool{}, dirty: map[string]bool{}}
	h.query(`SELECT id, coalesce(books_order_id, ''), coalesce(books_document_id, ''), state FROM sales`, func(rows *sql.Rows) error {
		var id string
		var at place
		err := rows.Scan(&id, &at.order, &at.document, &at.state)
		b.sales[id] = at
		return err
	})
	h.query(`SELECT id FROM sales WHERE dirty_since IS NOT NULL`, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		b.dirty[id] = true
		return err
	})
	h.query(`SELECT id FROM sales WHERE strays_due IS NOT NULL`, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		b.stray[id] = true
		return err
	})
	h.query(`SELECT sale_id, sum(attempts) FROM effects WHERE step = 'create' GROUP BY sale_id`, func(rows *sql.Rows) error {
		var id string
		var n int
		err := rows.Scan(&id, &n)
		b.sent[id] = n
		return err
	})
	h.query(`SELECT sale_id, step FROM effects WHERE state IN ('sending', 'unknown', 'held')`, func(rows *sql.Rows) error {
		var id, step string
		err := rows.Scan(&id, &step)
		b.open[id] = step
		return err
	})
	return b
}

// longPatience bounds the wait for rest: an outcome that nobody saw may be looked up again after minutes only.
const longPatience = 5 * time.Minute

// rest waits until the running daemon has brought everything to its end, and knows all that the books hold: after a loss of
// the ledger that takes until its survey of the books is over.
func (h *house) rest() {
	h.t.Helper()
	atRest := func() bool {
		if !h.hasLedger() || !h.audit().OK() {
			return false
		}
		ours := h.books()
		found, _ := h.unclaimed(ours)
		return len(ours.open) == 0 && len(ours.dirty) == 0 && len(found) == 0 && h.lossy.settled()
	}
	for deadline := time.Now().Add(longPatience); !atRest(); time.Sleep(2 * betweenLooks) { // between two looks
		if time.Now().After(deadline) {
			h.t.Fatalf("not at rest within %s\n%s\n%s\nlog:\n%s", longPatience, h.audit(), h.unfinished(), tail(h.log.String(), 2500))
		}
	}
}

// unfinished tells all that the ledger knows of the sales that are not at rest.
func (h *house) unfinished() string {
	h.t.Helper()
	ours := h.books()
	found, _ := h.unclaimed(ours)
	for _, missing := range h.audit().Missing {
		ours.dirty[missing.OrderID] = true
	}
	for id := range ours.open {
		ours.dirty[id] = true
	}
	ledger := h.ledger()
	defer ledger.Close()
	var out strings.Builder
	fmt.Fprintf(&out, "unclaimed in the books: %v\n", found)
	for id := range ours.dirty {
		effects, err := ledger.Effects(h.t.Context(), "acme", id)
		require.NoError(h.t, err)
		fmt.Fprintf(&out, "%+v\n", h.sale(id))
		for _, effect := range effects {
			fmt.Fprintf(&out, "  %+v\n", effect)
		}
	}
	return out.String()
}
