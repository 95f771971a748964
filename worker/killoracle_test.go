package worker_test

import (
	"database/sql"
	"os"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox"
	"spacebridge/connectors/sandbox/books"
	"spacebridge/connectors/sqlite"
)

// sound judges the file itself: SQLite finds it whole, and nobody has touched the journal's chain.
func (h *house) sound() {
	h.t.Helper()
	h.query(`PRAGMA integrity_check`, func(rows *sql.Rows) error {
		var verdict string
		err := rows.Scan(&verdict)
		require.Equal(h.t, "ok", verdict)
		return err
	})
	h.query(`PRAGMA foreign_key_check`, func(*sql.Rows) error {
		h.t.Fatal("a row of the ledger names one that does not exist")
		return nil
	})
	ledger := h.ledger()
	defer ledger.Close()
	require.NoError(h.t, ledger.VerifyJournal(h.t.Context()))
}

// consistent judges what a dead daemon left behind, at any moment: nothing stands in the books that the ledger does not
// know, or at least has announced (invariant 2), nothing is invoiced twice (invariant 1) or wrongly (invariant 7), and the
// ledger claims nothing that is not in the books.
func (h *house) consistent() {
	h.t.Helper()
	if _, err := os.Stat(h.config.LedgerPath()); os.IsNotExist(err) || !h.hasLedger() {
		require.Empty(h.t, h.sandbox.Books.Orders(), "orders in the books before there is a ledger")
		return
	}
	orders, invoices := h.sandbox.Books.Orders(), h.sandbox.Books.Invoices()
	ours := h.books() // after the books: what the daemon had on its way when it died may still arrive there
	present := map[string]string{}
	for _, invoice := range invoices {
		at, known := ours.sales[invoice.SourceID]
		require.True(h.t, known, "invoice %s of sale %s, which the ledger does not have", invoice.ID, invoice.SourceID)
		if at.document != invoice.ID {
			require.Empty(h.t, at.document, "invoice %s beside the one that the ledger has for sale %s", invoice.ID, invoice.SourceID)
			require.Equal(h.t, sqlite.StepIssue, ours.open[invoice.SourceID], "invoice %s of sale %+v was issued without an open effect", invoice.ID, h.sale(invoice.SourceID))
		}
		require.NotContains(h.t, present, invoice.SourceID, "a second invoice of one sale")
		present[invoice.SourceID] = invoice.ID
	}
	standing, made := map[string]bool{}, map[string]int{}
	for _, order := range orders {
		standing[order.ID] = true
		if made[order.SourceID]++; ours.sales[order.SourceID].order == order.ID || over(order) {
			continue
		}
		require.Empty(h.t, order.InvoiceID, "an invoice of order %s, which is not the one of sale %+v", order.ID, ours.sales[order.SourceID])
		require.Positive(h.t, ours.sent[order.SourceID]+h.earlier[order.SourceID], "order %s of sale %+v was created without an effect", order.ID, h.sale(order.SourceID))
	}
	for id, n := range made {
		sent := ours.sent[id] + h.earlier[id]
		require.LessOrEqual(h.t, n, sent, "sale %s was created %d times in the books, and %d times by the ledger", id, n, sent)
	}
	for id, at := range ours.sales {
		require.True(h.t, at.order == "" || standing[at.order], "sale %s claims order %s, which the books do not have", id, at.order)
		require.True(h.t, at.document == "" || present[id] == at.document, "sale %s claims invoice %s, which the books do not have", id, at.document)
	}
	report := h.audit()
	require.Empty(h.t, report.Duplicates)
	require.Empty(h.t, report.Differences)
}

// over reports whether nothing is left of an order in the books.
func over(order books.Order) bool {
	return order.Status == books.StatusCancelled || !order.DeletedAt.IsZero()
}

// unclaimed tells what stands in the books and is no sale's by the ledger's word. Pending orders of sales that will be looked
// through for strays, minutes after everything else, are only counted.
func (h *house) unclaimed(ours bookkeeping) (found []string, later int) {
	for _, invoice := range h.sandbox.Books.Invoices() {
		if ours.sales[invoice.SourceID].document != invoice.ID {
			found = append(found, "invoice "+invoice.ID+" of sale "+invoice.SourceID)
		}
	}
	for _, order := range h.sandbox.Books.Orders() {
		switch {
		case over(order) || ours.sales[order.SourceID].order == order.ID:
		case order.InvoiceID == "" && ours.stray[order.SourceID]:
			later++
		default:
			found = append(found, "order "+order.ID+" of sale "+order.SourceID)
		}
	}
	return found, later
}

// exactlyOnce judges a world that has come to rest: every order and every invoice in the books is one sale's, and the
// ledger says so; back as well.
func (h *house) exactlyOnce() sandbox.Report {
	h.t.Helper()
	h.consistent()
	ours := h.books()
	require.Empty(h.t, ours.open, "outcomes that are still open")
	found, later := h.unclaimed(ours)
	require.Empty(h.t, found, "left over in the books")
	h.strays += later
	report := h.audit()
	require.True(h.t, report.OK(), report.String())
	return report
}
