package simulation

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"spacebridge/connectors/sandbox"
	"spacebridge/connectors/sandbox/books"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/trade"
)

// judge tells everything that is wrong with the books as they are now.
func (w *World) judge() []string {
	ledger, err := w.look()
	if err != nil {
		return []string{"the ledger does not open: " + err.Error()}
	}
	defer ledger.Close()
	var wrong []string
	w.counts.Orders, w.counts.Eligible, w.counts.Invoices, w.counts.Held = 0, 0, 0, 0
	w.counts.Duplicates, w.counts.Missing, w.counts.Differences = 0, 0, 0
	for _, s := range w.sites {
		wrong = append(wrong, w.judgeSite(ledger, s)...)
	}
	w.tally()
	if w.counts.Unreceived > 0 {
		wrong = append(wrong, fmt.Sprintf("%d webhooks were acknowledged and are not in the ledger", w.counts.Unreceived))
	}
	if err := ledger.VerifyJournal(context.Background()); err != nil {
		wrong = append(wrong, "the journal does not verify: "+err.Error())
	}
	return wrong
}

func (w *World) judgeSite(ledger *sqlite.Ledger, s *site) []string {
	sales, err := ledger.Sales(context.Background(), sqlite.SaleFilter{Connection: s.name})
	if err != nil {
		return []string{"the sales cannot be read: " + err.Error()}
	}
	holds, reasons := map[string]string{}, map[string]string{}
	for _, sale := range sales {
		if sale.Hold != nil && sale.State == trade.StateHeld {
			holds[sale.ID], reasons[sale.ID] = sale.Hold.Code, sale.Hold.Reason
		}
	}
	report := w.audit(s, holds)
	c := w.counts
	c.Orders += report.Orders
	c.Eligible += report.Eligible
	c.Invoices += report.Invoices
	c.Held += len(holds)
	c.Duplicates += len(report.Duplicates)
	c.Missing += len(report.Missing)
	c.Differences += len(report.Differences)
	report.UnexpectedHeld = slices.DeleteFunc(report.UnexpectedHeld, func(f sandbox.Finding) bool {
		return w.keepsSourceIDs() && strings.Contains(reasons[f.Sale], "duplicate_source_id")
	})
	var wrong []string
	for what, findings := range map[string][]sandbox.Finding{
		"missing": report.Missing, "duplicate": report.Duplicates, "difference": report.Differences,
		"unexpected": report.Unexpected, "held without reason": report.UnexpectedHeld, "not held": report.NotHeld,
	} {
		for _, f := range findings {
			wrong = append(wrong, fmt.Sprintf("%s: %s order %d %s: %s (want %s, got %s) %s", what, s.name, f.Number, f.OrderID, f.Why, f.Want, f.Got, reasons[f.Sale]))
		}
	}
	wrong = append(wrong, compare(s, sales)...)
	wrong = append(wrong, w.judgeWebhooks(ledger, s)...)
	return append(wrong, w.openEffects(ledger, s, sales)...)
}

// keepsSourceIDs reports whether the books refuse an order for a sale whose first one was cancelled, so that a sale that lives again
// can only be held.
func (w *World) keepsSourceIDs() bool {
	return w.profile.Books.DuplicateSourceID == books.Refuse && !w.profile.Books.CancelledFreesSourceID
}

// compare holds the ledger against the books, both ways.
func compare(s *site, sales []sqlite.Sale) []string {
	var wrong []string
	orders := map[string]books.Order{}
	for _, order := range s.books.Orders() {
		orders[order.ID] = order
	}
	claimed := map[string]string{}
	documents := map[string]string{}
	for _, sale := range sales {
		if sale.BooksOrderID == "" {
			continue
		}
		order, ok := orders[sale.BooksOrderID]
		claimed[sale.BooksOrderID] = sale.ID
		documents[sale.BooksDocumentID] = sale.ID
		switch {
		case !ok:
			wrong = append(wrong, fmt.Sprintf("sale %s has order %s, which the books do not have", sale.ID, sale.BooksOrderID))
		case order.SourceID != sale.ID:
			wrong = append(wrong, fmt.Sprintf("sale %s has order %s, which stands for %s", sale.ID, order.ID, order.SourceID))
		case order.DeletedAt.IsZero() && string(sale.BooksStatus) != order.Status, sale.BooksDocumentID != order.InvoiceID:
			wrong = append(wrong, fmt.Sprintf("sale %s is %s %q in the ledger and its order %s is %s %q in the books",
				sale.ID, sale.BooksStatus, sale.BooksDocumentID, order.ID, order.Status, order.InvoiceID))
		}
	}
	for _, order := range orders {
		if _, ok := claimed[order.ID]; !ok && order.DeletedAt.IsZero() && order.Status != "cancelled" {
			wrong = append(wrong, fmt.Sprintf("stray: order %s of %s is %s in the books and no sale has it", order.ID, order.SourceID, order.Status))
		}
	}
	for _, invoice := range s.books.Invoices() {
		if _, ok := documents[invoice.ID]; !ok && invoice.Live() {
			wrong = append(wrong, fmt.Sprintf("invoice %s of %s is in the books and no sale has it", invoice.ID, invoice.SourceID))
		}
	}
	return wrong
}

// openEffects finds steps that nobody has brought to an end.
func (w *World) openEffects(ledger *sqlite.Ledger, s *site, sales []sqlite.Sale) []string {
	var wrong []string
	for _, sale := range sales {
		effect, open, err := ledger.OpenEffect(context.Background(), s.name, sale.ID)
		if err != nil {
			return append(wrong, err.Error())
		}
		if open {
			wrong = append(wrong, fmt.Sprintf("sale %s: the outcome of %s is still %s", sale.ID, effect.Step, effect.State))
		}
	}
	return wrong
}

// tally counts what the protocol had to do, from the log that nothing can be removed from.
func (w *World) tally() {
	file, err := sql.Open("sqlite", "file:"+w.config.LedgerPath()+"?mode=ro")
	if err != nil {
		return
	}
	defer file.Close()
	_ = file.QueryRowContext(context.Background(), `SELECT count(*) FROM effect_log WHERE to_state = 'unknown' AND from_state = 'sending'`).Scan(&w.counts.Unknown)
	w.counts.Unreceived = 0
	for _, hash := range w.acked.all() {
		var known bool
		if err := file.QueryRowContext(context.Background(), `SELECT EXISTS (SELECT 1 FROM deliveries WHERE hash = ?)`, hash).Scan(&known); err == nil && !known {
			w.counts.Unreceived++
		}
	}
	_ = file.QueryRowContext(context.Background(), `SELECT count(*) FROM effects WHERE step = 'remove_stray' AND state = 'done'`).Scan(&w.counts.Strays)
	_ = file.QueryRowContext(context.Background(), `SELECT count(*) FROM effects WHERE step = 'reissue' AND state = 'done'`).Scan(&w.counts.Reissued)
	_ = file.QueryRowContext(context.Background(), `SELECT count(*) FROM (SELECT 1 FROM effects WHERE step = 'create' AND state = 'done' GROUP BY connection, sale_id HAVING count(*) > 1)`).Scan(&w.counts.Revived)
	_ = file.QueryRowContext(context.Background(), `SELECT count(*) FROM sales WHERE kind = 'invoice'`).Scan(&w.counts.ByInvoice)
}
