package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/activities"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping"
	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// cancelledByHand is what a survey finds of an order that somebody cancelled in the books.
var cancelledByHand = sqlite.Adoption{Connection: "acme", SaleID: "or_1", BooksOrderID: "ord_1", BooksStatus: trade.BooksCancelled, Why: "test"}

// invoiceFound is a sale whose invoice was made before the ledger that finds it, by a survey or by the look before a create.
func invoiceFound(t *testing.T, survey bool, order trade.BooksOrder) *bench {
	t.Helper()
	b := newBench(t, mapping.OnCreated)
	b.books.orders = []trade.BooksOrder{order}
	b.readAll()
	if survey {
		require.Equal(t, 1, b.survey())
	}
	return b
}

// Invariant 7 holds for an invoice of which it is not known what was written: first it is compared, then written beside.
func TestInvoiceFoundIsCompared(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(o *trade.BooksOrder)
		want  string // in the hold
	}{
		"another total":    {func(o *trade.BooksOrder) { o.Gross = money.Some(money.MustParse("12.01")) }, "books_total_differs"},
		"no total":         {func(o *trade.BooksOrder) { o.Gross = money.NullDecimal{} }, "books_total_differs"},
		"another currency": {func(o *trade.BooksOrder) { o.Currency = "EUR" }, "books_currency_differs"},
		"other items":      {func(o *trade.BooksOrder) { o.ItemsChanged = true }, "books_items_changed"},
		"the same":         {func(*trade.BooksOrder) {}, ""},
	} {
		for by, survey := range map[string]bool{"survey": true, "look": false} {
			t.Run(name+" by "+by, func(t *testing.T) {
				order := inBooks("ord_1", trade.BooksInvoiced, "inv_1")
				c.spoil(&order)
				b := invoiceFound(t, survey, order)
				sale := b.settle()
				if c.want != "" {
					require.Equal(t, trade.StateHeld, sale.State)
					require.Contains(t, sale.Hold.Reason, c.want)
					require.Empty(t, b.books.requests)
					return
				}
				require.Equal(t, trade.StateIssued, sale.State)
				require.Equal(t, []string{"annotate"}, b.books.steps())
				require.NotEmpty(t, sale.Written.Money)
			})
		}
	}
}

// From the comparison on it is known what the invoice says, so that an edit after it is seen.
func TestEditAfterAnInvoiceFoundHolds(t *testing.T) {
	b := invoiceFound(t, true, inBooks("ord_1", trade.BooksInvoiced, "inv_1"))
	require.Equal(t, trade.StateIssued, b.settle().State)
	b.clock = b.clock.Add(time.Minute)
	b.shop.records[theOrder] = orderBody(func(o map[string]any) {
		o["net_total"], o["gross_total"] = 5, 6
		line := o["order_lines"].([]any)[0].(map[string]any)
		line["quantity"], line["sub_total"], line["tax_amount"] = 1, 5, 1
	})
	b.readAll()
	sale := b.settle()
	require.Equal(t, trade.StateHeld, sale.State)
	require.Equal(t, mapping.HoldChangedAfterIssue, sale.Hold.Code)
	require.Equal(t, []string{"annotate"}, b.books.steps())
}

func TestInvoiceFoundAndGoneAgainHolds(t *testing.T) {
	b := invoiceFound(t, true, inBooks("ord_1", trade.BooksInvoiced, "inv_1"))
	b.books.orders = nil
	sale := b.settle()
	require.Equal(t, trade.StateHeld, sale.State)
	require.Contains(t, sale.Hold.Reason, "order_missing_in_books")
	require.Empty(t, b.books.requests)
}

// Books that have seen a request id before answer with what they said then, when the order was still pending.
func TestKeptAnswerTakesNothingBack(t *testing.T) {
	old := trade.BooksOrder{ID: "ord_1", SourceID: "or_1", Status: trade.BooksPending}
	t.Run("invoiced", func(t *testing.T) {
		b := newBench(t, mapping.OnCreated)
		b.readAll()
		require.Equal(t, trade.StateIssued, b.settle().State)
		b.books.kept = map[string]trade.BooksOrder{"annotate": old}
		b.clock = b.clock.Add(time.Minute)
		b.shop.records[theOrder] = orderBody(func(o map[string]any) { o["customer_note"], o["reference"] = "ring twice", "R-1" })
		b.readAll()
		sale := b.settle()
		require.Equal(t, []string{"create", "issue", "annotate"}, b.books.steps())
		require.Equal(t, trade.StateIssued, sale.State)
		require.Equal(t, trade.BooksInvoiced, sale.BooksStatus)
		require.Equal(t, "inv_of_ord_1", sale.BooksDocumentID)
	})
	t.Run("cancelled", func(t *testing.T) {
		b := newBench(t, mapping.OnManual)
		b.readAll()
		b.settle()
		b.clock = b.clock.Add(time.Minute)
		b.shop.records[theOrder] = orderBody(func(o map[string]any) { o["reference"] = "R-1" })
		b.readAll()
		b.books.kept = map[string]trade.BooksOrder{"update": old}
		b.books.tried = func(string) { // cancelled by hand, and found by a survey, while the update waits for its answer
			b.books.at("ord_1").Status = trade.BooksCancelled
			require.NoError(t, b.ledger.AdoptBooks(t.Context(), cancelledByHand))
		}
		_, result := b.step()
		require.Equal(t, activities.StepDone, result.Outcome)
		require.Equal(t, trade.BooksCancelled, b.sale().BooksStatus)
		sale := b.settle()
		require.Equal(t, mapping.HoldCancelledInBooks, sale.Hold.Code)
		require.Equal(t, []string{"create", "update"}, b.books.steps())
	})
}

// An older ledger may think an order pending that has its invoice. Sending it other items would leave the books with an
// order that contradicts its invoice: the simulation found it (seeds 517, 783 and 879).
func TestOrderThatHasItsInvoiceIsNotUpdated(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.readAll()
	require.Equal(t, trade.StatePending, b.settle().State)
	invoiced := b.books.at("ord_1")
	invoiced.Status, invoiced.DocumentID = trade.BooksInvoiced, "inv_by_a_later_ledger"
	b.clock = b.clock.Add(time.Minute)
	b.shop.records[theOrder] = orderBody(func(o map[string]any) { o["reference"] = "R-1" })
	b.readAll()
	sale := b.settle()
	require.Equal(t, trade.StateIssued, sale.State)
	require.Equal(t, "inv_by_a_later_ledger", sale.BooksDocumentID)
	require.Equal(t, []string{"create", "annotate"}, b.books.steps(), "the update is not sent")
}
