package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/activities"
	"spacebridge/mapping"
	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// Edits after the invoice of a connection whose on_edit is reissue.

const (
	firstInvoice  = "inv_of_ord_1"
	secondInvoice = firstInvoice + "_again"
	thirdInvoice  = secondInvoice + "_again"
)

// pieces is the order with so many pieces: 5.00 net each, 6.00 gross.
func pieces(n int) func(map[string]any) {
	return func(o map[string]any) {
		o["net_total"], o["gross_total"] = 5*n, 6*n
		line := o["order_lines"].([]any)[0].(map[string]any)
		line["quantity"], line["sub_total"], line["tax_amount"] = n, 5*n, n
	}
}

// edit changes the order in the shop and reads it.
func (b *bench) edit(change func(map[string]any)) {
	b.t.Helper()
	b.clock = b.clock.Add(time.Minute)
	b.shop.records[theOrder] = orderBody(change)
	b.readAll()
}

// govern opens the ledger again under another policy.
func (b *bench) govern(change func(c *activities.Connection)) {
	b.t.Helper()
	b.setUp = func(o *activities.Options) { change(o.Connections[0]) }
	b.restart(mapping.OnCreated)
}

func issuesAgain(c *activities.Connection) { c.Policy.OnEdit = mapping.EditReissue }

// issuedOnce is a sale with its invoice over 12.00, whose edits are issued again.
func issuedOnce(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, mapping.OnCreated)
	b.govern(issuesAgain)
	b.readAll()
	require.Equal(t, trade.StateIssued, b.settle().State)
	b.books.requests = nil
	return b
}

// edited has an edit that the books' order was brought up to, so that the next step is the reissue.
func edited(t *testing.T) *bench {
	t.Helper()
	b := issuedOnce(t)
	b.edit(pieces(3))
	plan, result := b.step()
	require.Equal(t, mapping.ActUpdate, plan.Action)
	require.Equal(t, activities.StepDone, result.Outcome)
	return b
}

// requireChain checks the documents of the sale, in the ledger and in the books.
func (b *bench) requireChain(want ...string) {
	b.t.Helper()
	documents, err := b.ledger.Documents(b.t.Context(), "acme", b.saleID)
	require.NoError(b.t, err)
	require.Len(b.t, documents, len(want))
	for i, document := range documents {
		by := ""
		if i+1 < len(want) {
			by = want[i+1]
		}
		require.Equal(b.t, want[i], document.ID)
		require.Equal(b.t, by, document.ReplacedBy)
		require.Equal(b.t, i+1, document.Seq)
	}
	require.Equal(b.t, want, b.books.chain)
	require.Equal(b.t, want[len(want)-1], b.sale().BooksDocumentID)
}

// live is what the invoice that the books show was made of.
func (b *bench) live() trade.Sale { return b.books.made[b.books.orders[0].DocumentID] }

func TestEditedInvoiceIsIssuedAgain(t *testing.T) {
	b := issuedOnce(t)
	b.edit(pieces(3))
	sale := b.settle()
	require.Equal(t, trade.StateIssued, sale.State)
	require.Equal(t, mapping.RuleDone, sale.Rule)
	require.Equal(t, []string{"update", "reissue"}, b.books.steps())
	b.requireChain(firstInvoice, secondInvoice)
	require.Equal(t, money.Amount(1800), b.live().Gross)
	require.Equal(t, sale.Written.Money, sale.Issued.Money)
	documents, err := b.ledger.Documents(t.Context(), "acme", "or_1")
	require.NoError(t, err)
	require.Equal(t, []string{"issue", "reissue"}, []string{documents[0].Step, documents[1].Step})

	b.edit(pieces(3))
	require.Equal(t, trade.StateIssued, b.settle().State)
	require.Len(t, b.books.requests, 2, "nothing has changed since")
}

// Unless the merchant says otherwise an invoice stays as it is, and a person decides.
func TestEditedInvoiceIsHeldByDefault(t *testing.T) {
	b := issuedOnce(t)
	b.govern(func(*activities.Connection) {})
	b.edit(pieces(3))
	b.held(mapping.HoldChangedAfterIssue)
	require.Empty(t, b.books.requests)
	b.requireChain(firstInvoice)
	b.edit(nil)
	require.Equal(t, trade.StateIssued, b.settle().State, "a hold goes with its cause")
	require.Empty(t, b.books.requests)
}

// The books issue again only for other items.
func TestOtherBuyerIsNotIssuedAgain(t *testing.T) {
	renamed := func(o map[string]any) { o["company_name"] = "Red Sea Ltd" }
	b := issuedOnce(t)
	b.edit(renamed)
	sale := b.held(mapping.HoldChangedAfterIssue)
	require.Contains(t, sale.Hold.Reason, "only for changed lines")
	require.NotContains(t, sale.Hold.Reason, "Red Sea")
	require.Empty(t, b.books.requests)

	b.edit(func(o map[string]any) { renamed(o); pieces(3)(o) })
	require.Equal(t, trade.StateIssued, b.settle().State, "with other lines the buyer goes along")
	require.Equal(t, "Red Sea Ltd", b.live().Party.Name)
	b.requireChain(firstInvoice, secondInvoice)
}

func TestEditThatIsUndone(t *testing.T) {
	t.Run("before the books heard of it", func(t *testing.T) {
		b := issuedOnce(t)
		b.edit(pieces(3))
		b.edit(nil)
		require.Equal(t, trade.StateIssued, b.settle().State)
		require.Empty(t, b.books.requests)
	})
	t.Run("before the reissue", func(t *testing.T) {
		b := edited(t)
		b.edit(nil)
		sale := b.settle()
		require.Equal(t, trade.StateIssued, sale.State)
		require.Equal(t, sale.Issued.Money, sale.Written.Money)
		require.Equal(t, []string{"update", "update"}, b.books.steps())
		require.Equal(t, money.Amount(1200), b.books.says["ord_1"].Gross)
		b.requireChain(firstInvoice)
	})
	t.Run("after the reissue", func(t *testing.T) {
		b := edited(t)
		b.settle()
		b.edit(nil)
		require.Equal(t, trade.StateIssued, b.settle().State)
		b.requireChain(firstInvoice, secondInvoice, thirdInvoice)
		require.Equal(t, money.Amount(1200), b.live().Gross)
	})
}

// What changes between the update and the reissue goes into the one reissue.
func TestEditDuringTheWayToAReissue(t *testing.T) {
	for name, when := range map[string]func(b *bench){
		"between the steps": func(b *bench) { b.edit(pieces(4)) },
		"while looking":     func(b *bench) { b.books.onFind = func() { b.books.onFind = nil; b.edit(pieces(4)) } },
	} {
		t.Run(name, func(t *testing.T) {
			b := edited(t)
			when(b)
			require.Equal(t, trade.StateIssued, b.settle().State)
			require.Equal(t, []string{"update", "update", "reissue"}, b.books.steps())
			b.requireChain(firstInvoice, secondInvoice)
			require.Equal(t, money.Amount(2400), b.live().Gross)
		})
	}
}

// An edit that comes while the reissue is under way was no part of it.
func TestEditDuringAReissue(t *testing.T) {
	b := edited(t)
	b.books.tried = func(string) { b.books.tried = nil; b.edit(pieces(4)) }
	require.Equal(t, trade.StateIssued, b.settle().State)
	require.Equal(t, []string{"update", "reissue", "update", "reissue"}, b.books.steps())
	b.requireChain(firstInvoice, secondInvoice, thirdInvoice)
	require.Equal(t, money.Amount(1800), b.books.made[secondInvoice].Gross)
	require.Equal(t, money.Amount(2400), b.live().Gross)
}

// The books offer another invoice only for items that they see as changed, which they may see late.
func TestReissueWaitsForTheBooksToSeeTheChange(t *testing.T) {
	blind := func(t *testing.T) *bench {
		t.Helper()
		b := issuedOnce(t)
		b.books.blindToItems = true
		b.edit(pieces(3))
		b.step()
		for range 3 {
			plan, result := b.step()
			require.Equal(t, mapping.ActReissue, plan.Action)
			require.Equal(t, activities.StepNotSent, result.Outcome)
			require.Equal(t, "items_not_seen_as_changed", result.Code)
			b.clock = b.clock.Add(4 * time.Minute)
		}
		require.Equal(t, []string{"update"}, b.books.steps())
		return b
	}
	t.Run("late", func(t *testing.T) {
		b := blind(t)
		b.books.at("ord_1").ItemsChanged = true
		require.Equal(t, trade.StateIssued, b.settle().State)
		b.requireChain(firstInvoice, secondInvoice)
	})
	t.Run("undone meanwhile", func(t *testing.T) {
		b := blind(t)
		b.edit(nil)
		require.Equal(t, trade.StateIssued, b.settle().State)
		b.requireChain(firstInvoice)
		b.clock = b.clock.Add(time.Hour)
		b.edit(pieces(4))
		b.step()
		_, result := b.step()
		require.Equal(t, "items_not_seen_as_changed", result.Code, "another change is waited for anew")
	})
	t.Run("never", func(t *testing.T) {
		b := blind(t)
		b.clock = b.clock.Add(4 * time.Minute)
		sale := b.held(mapping.HoldRejected)
		require.Contains(t, sale.Hold.Reason, "items_not_changed")
		b.requireChain(firstInvoice)

		b.books.at("ord_1").ItemsChanged = true
		b.clock = b.clock.Add(time.Minute)
		b.say("retry", "")
		require.Equal(t, trade.StateIssued, b.settle().State)
		b.requireChain(firstInvoice, secondInvoice)
	})
}
