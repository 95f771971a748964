package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/activities"
	"spacebridge/connectors/rest"
	"spacebridge/mapping"
	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// Sales that were cancelled and live again.

func cancelled(o map[string]any) { o["status"] = "cancelled" }

// endedByUs is a sale that was cancelled in Orderspace while it was pending, and so was its order in the books, by us.
func endedByUs(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, mapping.OnManual)
	b.readAll()
	require.Equal(t, trade.StatePending, b.settle().State)
	b.edit(cancelled)
	require.Equal(t, trade.StateCancelled, b.settle().State)
	require.Equal(t, []string{"create", "cancel"}, b.books.steps())
	require.True(t, b.sale().WeEnded)
	return b
}

func TestSaleThatLivesAgainIsCreatedAnew(t *testing.T) {
	b := endedByUs(t)
	b.edit(pieces(3))
	sale := b.settle()
	require.Equal(t, trade.StatePending, sale.State)
	require.Equal(t, "ord_2", sale.BooksOrderID)
	require.Equal(t, []string{"create", "cancel", "create"}, b.books.steps())
	require.NotEqual(t, b.books.requests[0], b.books.requests[2], "the vendor would answer with the order that was cancelled")

	b.say("issue", "")
	sale = b.settle()
	require.Equal(t, trade.StateIssued, sale.State)
	require.Equal(t, []string{"inv_of_ord_2"}, b.books.chain)
	require.Equal(t, money.Amount(1800), b.books.made["inv_of_ord_2"].Gross)
	require.Equal(t, trade.BooksCancelled, b.books.at("ord_1").Status)
	require.Zero(t, b.survey(), "the cancelled one beside it is no news")
	require.True(t, b.sale().StraysDue.IsZero())
}

func TestSaleMayEndAndLiveAgainManyTimes(t *testing.T) {
	b := endedByUs(t)
	for range 3 {
		b.edit(nil)
		require.Equal(t, trade.StatePending, b.settle().State)
		b.edit(cancelled)
		require.Equal(t, trade.StateCancelled, b.settle().State)
	}
	require.Len(t, b.books.orders, 4)
	for _, order := range b.books.orders {
		require.Equal(t, trade.BooksCancelled, order.Status)
	}
	require.Zero(t, b.invoices())
}

// A copy that somebody else cancelled stands: only a person knows why.
func TestSaleCancelledByAnotherInTheBooksIsHeld(t *testing.T) {
	for name, end := range map[string]func(b *bench){
		"the first": func(b *bench) {
			b.readAll()
			b.settle()
			b.books.at("ord_1").Status = trade.BooksCancelled
		},
		"the one created anew": func(b *bench) {
			b.readAll()
			b.settle()
			b.edit(cancelled)
			b.settle()
			b.edit(nil)
			b.settle()
			b.books.at("ord_2").Status = trade.BooksCancelled
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, mapping.OnManual)
			end(b)
			b.clock = b.clock.Add(time.Minute)
			before := len(b.books.requests)
			require.Equal(t, 1, b.survey())
			sale := b.held(mapping.HoldCancelledInBooks)
			require.False(t, sale.WeEnded)
			b.say("issue", "")
			b.held(mapping.HoldCancelledInBooks)
			require.Len(t, b.books.requests, before)
		})
	}
}

// The reply to our own cancel was lost: once it is seen to have happened, it was ours.
func TestSaleLivesAgainAfterACancelWhoseReplyWasLost(t *testing.T) {
	for name, happened := range map[string]bool{"it had happened": true, "it had not": false} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, mapping.OnManual)
			b.readAll()
			b.settle()
			b.books.fail = failOnce("cancel", happened, errReplyLost)
			b.edit(cancelled)
			_, result := b.step()
			require.Equal(t, activities.StepUnknown, result.Outcome)
			b.edit(nil)
			plan, _ := b.step()
			require.True(t, plan.Resolve, "nothing is created while it is not known what was cancelled")
			b.resolve()
			sale := b.settle()
			require.Equal(t, trade.StatePending, sale.State)
			if happened {
				require.Equal(t, []string{"create", "cancel", "create"}, b.books.steps())
				require.Equal(t, "ord_2", sale.BooksOrderID)
				return
			}
			require.Equal(t, []string{"create", "cancel"}, b.books.steps(), "there is nothing to make anew")
			require.Equal(t, "ord_1", sale.BooksOrderID)
		})
	}
}

func TestSecondCreateWhoseReplyWasLost(t *testing.T) {
	for name, happened := range map[string]bool{"it had happened": true, "it had not": false} {
		t.Run(name, func(t *testing.T) {
			b := endedByUs(t)
			b.books.fail = failOnce("create", happened, errReplyLost)
			b.edit(nil)
			b.step()
			b.resolve()
			sale := b.settle()
			require.Equal(t, trade.StatePending, sale.State)
			require.Equal(t, "ord_2", sale.BooksOrderID, "the cancelled one is not taken for it")
			require.Len(t, b.books.orders, 2)
		})
	}
}

// It is cancelled again while its second create is under way.
func TestSaleThatEndsDuringItsSecondCreate(t *testing.T) {
	b := endedByUs(t)
	b.books.fail = failOnce("create", true, errReplyLost)
	b.edit(nil)
	b.step()
	b.edit(cancelled)
	b.resolve()
	require.Equal(t, trade.StateCancelled, b.settle().State)
	require.Equal(t, trade.BooksCancelled, b.books.at("ord_2").Status)
	require.Zero(t, b.invoices())
}

// The first create was given up, landed late for the cancelled sale and was ended by us: then the sale lives again.
func TestSaleLivesAgainAfterALateCreate(t *testing.T) {
	b := givenUp(t, mapping.OnManual)
	b.edit(cancelled)
	require.Equal(t, trade.StateCancelled, b.settle().State)
	b.lands()
	b.clock = b.clock.Add(16 * time.Minute)
	require.Equal(t, "ord_late", b.settle().BooksOrderID)
	b.edit(nil)
	sale := b.settle()
	require.Equal(t, trade.StatePending, sale.State)
	require.Equal(t, []string{"create", "cancel", "create"}, b.books.steps())
	require.Equal(t, trade.BooksPending, b.books.at(sale.BooksOrderID).Status)
	b.say("issue", "")
	require.Equal(t, trade.StateIssued, b.settle().State)
	require.Equal(t, 1, b.invoices())
}

// Books that allow a source id once, whatever became of its order.
func TestSecondCreateOfASourceIDMayBeRefused(t *testing.T) {
	b := endedByUs(t)
	b.books.fail = func(step string) (bool, error) {
		if step == "create" {
			return false, &rest.Error{Vendor: "space_invoices", Method: "POST", Route: "/orders", Class: rest.Rejected, Status: 409, Code: "duplicate_source_id"}
		}
		return true, nil
	}
	b.edit(nil)
	sale := b.held(mapping.HoldRejected)
	require.Contains(t, sale.Hold.Reason, "duplicate_source_id")
	require.Equal(t, []string{"create", "cancel", "create"}, b.books.steps(), "it is not tried again and again")
	b.edit(cancelled)
	require.Equal(t, trade.StateCancelled, b.settle().State, "the hold goes with its cause")
}

// Cancelled before the books ever heard of it: nothing is there, and nothing is made.
func TestSaleThatEndsBeforeItReachesTheBooks(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.shop.records[theOrder] = orderBody(cancelled)
	b.readAll()
	require.Equal(t, trade.StateCancelled, b.settle().State)
	require.Empty(t, b.books.requests)
	b.edit(nil)
	require.Equal(t, trade.StatePending, b.settle().State)
	require.Equal(t, []string{"create"}, b.books.steps())
}

// Cancelled while the outcome of its issue is not known: nothing is done before it is.
func TestSaleThatEndsWhileItsIssueIsUnknown(t *testing.T) {
	for name, happened := range map[string]bool{"it had happened": true, "it had not": false} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, mapping.OnCreated)
			b.readAll()
			b.step()
			b.books.fail = failOnce("issue", happened, errReplyLost)
			b.step()
			b.edit(cancelled)
			plan, _ := b.step()
			require.True(t, plan.Resolve)
			b.resolve()
			sale := b.settle()
			if happened {
				b.held(mapping.HoldCancelledAfterIssue)
				require.Equal(t, 1, b.invoices())
				return
			}
			require.Equal(t, trade.StateCancelled, sale.State)
			require.Equal(t, trade.BooksCancelled, b.books.orders[0].Status)
			require.Zero(t, b.invoices())
		})
	}
}
