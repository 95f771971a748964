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

// What keeps an invoice from being issued again, and what is taken over instead.

// What a person did in the books in the meantime is taken over, or shown.
func TestReissueByHand(t *testing.T) {
	hand := func(b *bench, items bool) {
		order := b.books.at("ord_1")
		b.books.document(order, "inv_hand")
		order.ItemsChanged = items
	}
	t.Run("of the new items", func(t *testing.T) {
		b := edited(t)
		hand(b, false)
		require.Equal(t, trade.StateIssued, b.settle().State)
		require.Equal(t, []string{"update"}, b.books.steps(), "it is there already")
		b.requireChain(firstInvoice, "inv_hand")
	})
	t.Run("and the items changed again", func(t *testing.T) {
		b := edited(t)
		hand(b, true)
		sale := b.held(mapping.HoldRejected)
		require.Contains(t, sale.Hold.Reason, "document_differs")
		require.Equal(t, []string{"update"}, b.books.steps())
	})
	t.Run("over another sum", func(t *testing.T) {
		b := edited(t)
		hand(b, false)
		b.books.at("ord_1").Gross = money.Some(money.MustParse("17.99"))
		sale := b.held(mapping.HoldRejected)
		require.Contains(t, sale.Hold.Reason, "books_total_differs")
		require.Equal(t, []string{"update"}, b.books.steps())
	})
	t.Run("found by a survey", func(t *testing.T) {
		b := issuedOnce(t)
		hand(b, false)
		b.clock = b.clock.Add(time.Minute)
		require.Equal(t, 1, b.survey())
		require.Equal(t, trade.StateIssued, b.settle().State)
		require.Equal(t, []string{"annotate"}, b.books.steps())
		b.requireChain(firstInvoice, "inv_hand")
		b.edit(pieces(3))
		require.Equal(t, trade.StateIssued, b.settle().State)
		b.requireChain(firstInvoice, "inv_hand", "inv_hand_again")
		b.books.orders[0].DocumentID = firstInvoice
		require.Zero(t, b.survey(), "a page from before says nothing new")
	})
	t.Run("while we looked", func(t *testing.T) {
		b := edited(t)
		b.books.onFind = func() {
			b.books.onFind = nil
			found := sqlite.Adoption{Connection: "acme", SaleID: "or_1", BooksOrderID: "ord_1", BooksDocumentID: "inv_hand", BooksStatus: trade.BooksInvoiced}
			require.NoError(t, b.ledger.AdoptBooks(t.Context(), found))
		}
		_, result := b.step()
		require.Equal(t, activities.StepReplan, result.Outcome)
		require.Equal(t, []string{"update"}, b.books.steps())
	})
}

// A sale that ends before the reissue is not issued again; one that comes back is.
func TestSaleThatEndsBeforeItsReissue(t *testing.T) {
	for name, end := range map[string]func(b *bench){
		"cancelled": func(b *bench) {
			b.edit(func(o map[string]any) { pieces(3)(o); o["status"] = "cancelled" })
		},
		"deleted": func(b *bench) {
			b.clock = b.clock.Add(time.Minute)
			b.shop.records[theOrder] = ""
			_, err := b.ReadRecord(b.t.Context(), activities.ReadRecordInput{Connection: "acme", Kind: trade.KindOrder, ID: "or_1"})
			require.NoError(b.t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := edited(t)
			end(b)
			b.held(mapping.HoldCancelledAfterIssue)
			require.Equal(t, []string{"update"}, b.books.steps())
			b.edit(pieces(3))
			require.Equal(t, trade.StateIssued, b.settle().State)
			b.requireChain(firstInvoice, secondInvoice)
		})
	}
}

// Invariant 4 holds for what is issued again too.
func TestOldReadIsRefreshedBeforeAReissue(t *testing.T) {
	b := edited(t)
	b.clock = b.clock.Add(16 * time.Minute)
	b.shop.records[theOrder] = orderBody(func(o map[string]any) { pieces(3)(o); o["status"] = "cancelled" })
	b.held(mapping.HoldCancelledAfterIssue)
	require.Equal(t, []string{"update"}, b.books.steps())
}

func TestStrayBesideAReissue(t *testing.T) {
	t.Run("pending", func(t *testing.T) {
		b := edited(t)
		b.books.orders = append(b.books.orders, inBooks("ord_stray", trade.BooksPending, ""))
		require.Equal(t, trade.StateIssued, b.settle().State)
		require.Equal(t, []string{"update", "delete", "reissue"}, b.books.steps())
	})
	t.Run("with a document", func(t *testing.T) {
		b := edited(t)
		b.books.orders = append(b.books.orders, inBooks("ord_stray", trade.BooksInvoiced, "inv_stray"))
		require.Contains(t, b.held(mapping.HoldRejected).Hold.Reason, "two_orders_in_books")
		require.Equal(t, []string{"update"}, b.books.steps())
	})
	t.Run("that may not be removed", func(t *testing.T) {
		b := edited(t)
		b.books.orders = append(b.books.orders, inBooks("ord_stray", trade.BooksPending, ""))
		b.books.fail = failOnce("delete", false, errRefused)
		require.Contains(t, b.held(mapping.HoldRejected).Hold.Reason, "stray_not_removed")
		require.Equal(t, []string{"update", "delete"}, b.books.steps())
	})
}

// An order in the books that is not as it was left is not issued again.
func TestOrderThatIsNotInvoicedIsNotIssuedAgain(t *testing.T) {
	for want, spoil := range map[string]func(o *trade.BooksOrder){
		"order_missing_in_books": func(o *trade.BooksOrder) { o.Deleted = true },
		"order_not_invoiced":     func(o *trade.BooksOrder) { o.Status = "processing" },
		"books_total_differs":    func(o *trade.BooksOrder) { o.Gross = money.Some(money.MustParse("18.01")) },
		"books_currency_differs": func(o *trade.BooksOrder) { o.Currency = "EUR" },
	} {
		t.Run(want, func(t *testing.T) {
			b := edited(t)
			spoil(b.books.at("ord_1"))
			sale := b.held(mapping.HoldRejected)
			require.Contains(t, sale.Hold.Reason, want)
			require.Equal(t, []string{"update"}, b.books.steps())
		})
	}
}

// A sale that comes to nothing is not issued in the place of its invoice.
func TestEditToNothingIsHeld(t *testing.T) {
	b := issuedOnce(t)
	b.edit(func(o map[string]any) {
		pieces(2)(o)
		o["net_total"], o["gross_total"] = 0, 0
		line := o["order_lines"].([]any)[0].(map[string]any)
		line["unit_price"], line["sub_total"], line["tax_amount"] = 0, 0, 0
	})
	sale := b.held(mapping.HoldChangedAfterIssue)
	require.Contains(t, sale.Hold.Reason, "over nothing")
	require.Empty(t, b.books.requests)
}
