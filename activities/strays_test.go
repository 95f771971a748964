package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/rest"
	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

// errConflict is how books that allow a source id once answer the second create.
var errConflict = &rest.Error{Vendor: "space_invoices", Method: "POST", Route: "/orders", Class: rest.Rejected, Status: 409, Code: "conflict"}

// givenUp is a sale whose create was looked up twice, was not there, and may still land.
func givenUp(t *testing.T, trigger mapping.Trigger) *bench {
	t.Helper()
	b := newBench(t, trigger)
	b.readAll()
	b.books.fail = failOnce("create", false, errReplyLost)
	b.step()
	b.resolve()
	require.Equal(t, b.clock.Add(15*time.Minute), b.sale().StraysDue)
	return b
}

// lands lets the first create arrive after all.
func (b *bench) lands() {
	b.books.orders = append(b.books.orders, inBooks("ord_late", trade.BooksPending, ""))
}

// Books that accept a source id twice: the sale has two orders for a while, of which one is kept.
func TestCreateThatLandsLateIsRemoved(t *testing.T) {
	b := givenUp(t, mapping.OnManual)
	kept := b.settle().BooksOrderID
	b.lands()
	require.Len(t, b.books.orders, 2)

	b.jump(24 * time.Hour)
	b.settle()
	require.Len(t, b.books.orders, 2, "the clock was set ahead: what is on its way may still land")
	b.clock = b.clock.Add(15*time.Minute - 20*time.Second)
	b.settle()
	require.Len(t, b.books.orders, 2)
	b.clock = b.clock.Add(20 * time.Second)
	b.settle()
	require.Len(t, b.books.orders, 1)
	require.Equal(t, kept, b.books.orders[0].ID)
	require.Equal(t, kept, b.sale().BooksOrderID)
	require.True(t, b.sale().StraysDue.IsZero(), "and the matter is closed")
	require.Equal(t, []string{"create", "create", "delete"}, b.books.steps())
}

// The wall clock alone does not do either: set back, it would let the stray stand.
func TestStraysAreNotLookedForBeforeTheirDate(t *testing.T) {
	b := givenUp(t, mapping.OnManual)
	b.settle()
	b.lands()
	b.jump(-time.Hour)
	b.clock = b.clock.Add(30 * time.Minute)
	b.settle()
	require.Len(t, b.books.orders, 2)
	b.clock = b.clock.Add(time.Hour)
	b.settle()
	require.Len(t, b.books.orders, 1)
}

func TestCreateThatLandsLateIsRemovedBeforeIssue(t *testing.T) {
	b := givenUp(t, mapping.OnCreated)
	b.step()
	b.lands()
	sale := b.settle()
	require.Equal(t, trade.StateIssued, sale.State)
	require.Len(t, b.books.orders, 1)
	require.Equal(t, sale.BooksOrderID, b.books.orders[0].ID)
}

// Books that allow a source id once: the second create is refused because of the first, which is what was wanted.
func TestCreateRefusedBecauseTheFirstLandedIsAdopted(t *testing.T) {
	b := givenUp(t, mapping.OnCreated)
	b.books.tried = func(string) { b.books.tried = nil; b.lands() }
	b.books.fail = failOnce("create", false, errConflict)
	sale := b.settle()
	require.Equal(t, trade.StateIssued, sale.State)
	require.Equal(t, "ord_late", sale.BooksOrderID)
	require.Equal(t, []string{"create", "create", "update", "issue"}, b.books.steps(), "what it says is not known and written again")
}

// While nobody tells why the books refused, the refusal is no outcome.
func TestRefusalNobodyExplainsIsUnknown(t *testing.T) {
	b := givenUp(t, mapping.OnManual)
	b.books.tried = func(string) { b.books.tried, b.books.readErr = nil, errNotSent; b.lands() }
	b.books.fail = failOnce("create", false, errConflict)
	b.step()
	plan, _ := b.step()
	require.True(t, plan.Resolve)
	b.books.readErr = nil
	b.resolve()
	require.Equal(t, "ord_late", b.settle().BooksOrderID)
}

// A stray whose deletion is refused because it is gone already stands in no way.
func TestStrayThatIsGoneAlreadyIsDone(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.readAll()
	b.step()
	b.lands()
	b.books.fail = failOnce("delete", true, errConflict)
	require.Equal(t, trade.StateIssued, b.settle().State)
	require.Equal(t, []string{"create", "delete", "issue"}, b.books.steps())
}

// What stands beside a sale that needs nothing more, and may not be removed, is shown, and looked at again when a person
// says so. It is not tried again and again.
func TestStrayThatMayNotBeRemovedHolds(t *testing.T) {
	for name, c := range map[string]struct {
		spoil   func(b *bench)
		reason  string
		deletes int
	}{
		"it has a document": {func(b *bench) {
			b.books.at("ord_late").Status, b.books.at("ord_late").DocumentID = trade.BooksInvoiced, "inv_late"
		}, "two_orders_in_books", 0},
		"the books refuse": {func(b *bench) { b.books.fail = failOnce("delete", false, errRefused) }, "stray_not_removed", 1},
	} {
		t.Run(name, func(t *testing.T) {
			b := givenUp(t, mapping.OnManual)
			b.settle()
			b.lands()
			c.spoil(b)
			b.clock = b.clock.Add(16 * time.Minute)
			b.settle()
			b.clock = b.clock.Add(16 * time.Minute)
			sale := b.settle()
			require.Equal(t, trade.StateHeld, sale.State)
			require.Equal(t, mapping.HoldOutcomeUnclear, sale.Hold.Code)
			require.Contains(t, sale.Hold.Reason, c.reason)
			all, err := b.ledger.Effects(t.Context(), "acme", "or_1")
			require.NoError(t, err)
			b.clock = b.clock.Add(time.Hour)
			b.settle()
			again, err := b.ledger.Effects(t.Context(), "acme", "or_1")
			require.NoError(t, err)
			require.Len(t, again, len(all), "a held sale waits for a person")
			require.Len(t, b.books.requests, 2+c.deletes)

			b.books.at("ord_late").Status, b.books.at("ord_late").DocumentID = trade.BooksPending, "" // undone by hand
			b.clock = b.clock.Add(time.Minute)
			b.say("retry", "")
			require.Equal(t, trade.StatePending, b.settle().State)
			require.Len(t, b.books.orders, 1)
			require.True(t, b.sale().StraysDue.IsZero())
		})
	}
}

// A create that lands for a sale which has been cancelled meanwhile, and so wants no order any more, is taken over and ended.
// The simulation found that it was looked at once a second for ever instead, and never ended.
func TestCreateThatLandsForACancelledSaleIsEnded(t *testing.T) {
	b := givenUp(t, mapping.OnManual)
	b.shop.records[trade.Ref{Kind: trade.KindOrder, ID: "or_1"}] = orderBody(func(o map[string]any) { o["status"] = "cancelled" })
	b.readAll()
	require.Equal(t, trade.StateCancelled, b.settle().State)
	b.lands()
	b.clock = b.clock.Add(16 * time.Minute)
	sale := b.settle()
	require.Equal(t, "ord_late", sale.BooksOrderID)
	require.Equal(t, trade.BooksCancelled, b.books.orders[0].Status)
	require.Equal(t, trade.StateCancelled, sale.State)
	require.Equal(t, []string{"create", "cancel"}, b.books.steps())
}
