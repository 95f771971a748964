package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/activities"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

// What the sales of a connection are made of.

// Sales of the other kind end as ignored, and those of the new kind are made of what is known.
func TestSalesAreMadeOfInvoicesFromNowOn(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	require.NoError(t, b.ledger.SetIssueFrom(t.Context(), "acme", trade.KindOrder))
	b.shop.records[theInvoice] = billed("iv_1", 2, nil)
	b.readAll()
	require.NoError(t, b.ledger.SetIssueFrom(t.Context(), "acme", trade.KindInvoice))
	b.govern(func(c *activities.Connection) { c.Policy.IssueFrom = trade.KindInvoice })
	require.ElementsMatch(t, []string{"or_1", "iv_1"}, b.dirty())
	sale := b.settle()
	require.Equal(t, trade.StateIgnored, sale.State)
	require.Equal(t, mapping.RuleOtherSource, sale.Rule)
	require.Empty(t, b.books.requests)
	require.Equal(t, trade.StateIssued, b.of("iv_1").settle().State)
	require.Equal(t, []string{"inv_of_ord_1"}, b.books.chain)
}

// Invariant 1: with the order's sale in the books, its goods would be invoiced a second time.
func TestMeaningIsNotChangedWithSalesInTheBooks(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	require.NoError(t, b.ledger.SetIssueFrom(t.Context(), "acme", trade.KindOrder))
	b.readAll()
	b.settle()
	require.ErrorIs(t, b.ledger.SetIssueFrom(t.Context(), "acme", trade.KindInvoice), sqlite.ErrMeaning)
	b.edit(cancelled)
	b.settle()
	require.NoError(t, b.ledger.SetIssueFrom(t.Context(), "acme", trade.KindInvoice), "what was cancelled is not in the books any more")
}

// A sale of the other kind that a survey finds in the books is shown.
func TestSaleOfTheOtherKindInTheBooksIsHeld(t *testing.T) {
	b := fromInvoices(t, nil)
	b.books.orders = []trade.BooksOrder{inBooks("ord_1", trade.BooksPending, "")}
	b.readAll()
	require.Equal(t, 1, b.survey())
	b.of("or_1").held(mapping.HoldOtherSource)
	require.Empty(t, b.books.requests)
}

// A process that still runs with the old configuration makes nothing of it.
func TestStepOfTheOtherKindIsNotClaimed(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.readAll()
	require.NoError(t, b.ledger.SetIssueFrom(t.Context(), "acme", trade.KindInvoice))
	plan, result := b.step()
	require.Equal(t, mapping.ActCreate, plan.Action)
	require.Equal(t, activities.StepReplan, result.Outcome)
	require.Empty(t, b.books.requests)
}

// A ledger that was lost does not know that sales were made of orders before the configuration said invoices.
func TestSameGoodsAreNotInvoicedUnderAnotherMeaning(t *testing.T) {
	for name, before := range map[string]func(b *bench){
		"before the books are surveyed": func(*bench) {},
		"after it":                      func(b *bench) { require.Equal(t, 1, b.survey()) },
	} {
		t.Run(name, func(t *testing.T) {
			b := fromInvoices(t, nil)
			b.books.orders = []trade.BooksOrder{inBooks("ord_1", trade.BooksInvoiced, "inv_1")}
			b.readAll()
			before(b)
			sale := b.of("iv_1").settle()
			require.Equal(t, trade.StateHeld, sale.State)
			require.Equal(t, mapping.HoldRejected, sale.Hold.Code)
			require.Contains(t, sale.Hold.Reason, "same_goods_in_books")
			require.Empty(t, b.books.requests)
		})
	}
}
