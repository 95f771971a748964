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

// survey walks through the books to their end and tells how much the ledger did not know.
func (b *bench) survey() (adopted int) {
	b.t.Helper()
	for after := ""; ; {
		page, err := b.SurveyBooks(b.t.Context(), activities.SurveyBooksInput{Connection: "acme", After: after})
		require.NoError(b.t, err)
		adopted += page.Adopted
		if after = page.Next; after == "" {
			return adopted
		}
	}
}

// inBooks is an order of the sale as a survey may find it.
func inBooks(id string, status trade.BooksStatus, document string) trade.BooksOrder {
	return trade.BooksOrder{ID: id, SourceID: "or_1", Status: status, DocumentID: document, Gross: money.Some(money.MustParse("12.00"))}
}

// The ledger is lost, and nothing would ever ask for a sale that has ended since. What it left in the books ends too.
func TestSurveyFindsWhatAnEarlierLedgerLeft(t *testing.T) {
	for name, c := range map[string]struct {
		order  string // as the shop has it by now; "" for deleted
		status trade.BooksStatus
		doc    string
		want   trade.State
		hold   string
	}{
		"pending and cancelled in Orderspace":  {orderBody(func(o map[string]any) { o["status"] = "cancelled" }), trade.BooksPending, "", trade.StateCancelled, ""},
		"pending and deleted in Orderspace":    {"", trade.BooksPending, "", trade.StateCancelled, ""},
		"invoiced and cancelled in Orderspace": {orderBody(func(o map[string]any) { o["status"] = "cancelled" }), trade.BooksInvoiced, "inv_1", trade.StateHeld, mapping.HoldCancelledAfterIssue},
		"invoiced and deleted in Orderspace":   {"", trade.BooksInvoiced, "inv_1", trade.StateHeld, mapping.HoldCancelledAfterIssue},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, mapping.OnManual)
			b.shop.records[theOrder] = c.order
			b.books.orders = []trade.BooksOrder{inBooks("ord_1", c.status, c.doc)}
			b.readAll()
			require.Equal(t, 1, b.survey())
			sale := b.settle()
			require.Equal(t, c.want, sale.State)
			require.Equal(t, "ord_1", sale.BooksOrderID)
			if c.hold != "" {
				require.Equal(t, c.hold, sale.Hold.Code)
				require.Empty(t, b.books.requests)
				return
			}
			require.Equal(t, []string{"cancel"}, b.books.steps())
			require.Equal(t, trade.BooksCancelled, b.books.orders[0].Status)
			require.Zero(t, b.survey(), "what is known is no news")
		})
	}
}

// What the ledger knows is never taken back, whatever an old page says.
func TestSurveyTakesNothingBack(t *testing.T) {
	for name, c := range map[string]struct {
		trigger mapping.Trigger
		body    string
		want    trade.State
	}{
		"issued":    {mapping.OnCreated, orderBody(nil), trade.StateIssued},
		"cancelled": {mapping.OnManual, orderBody(func(o map[string]any) { o["status"] = "cancelled" }), trade.StateCancelled},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, c.trigger)
			b.readAll()
			b.settle()
			b.shop.records[theOrder] = c.body
			b.clock = b.clock.Add(time.Minute)
			b.readAll()
			before := b.settle()
			require.Equal(t, c.want, before.State)
			b.books.orders[0].Status, b.books.orders[0].DocumentID = trade.BooksPending, ""
			require.Zero(t, b.survey())
			require.Equal(t, before, b.sale())
		})
	}
}

func TestSurveyLeavesAloneWhatIsNoNews(t *testing.T) {
	for name, order := range map[string]trade.BooksOrder{
		"ended, and no sale is known":          {ID: "ord_9", SourceID: "or_9", Status: trade.BooksCancelled},
		"made by hand":                         {ID: "ord_9", Status: trade.BooksPending},
		"ended, beside the sale's own":         {ID: "ord_9", SourceID: "or_1", Status: trade.BooksCancelled},
		"the sale's own, under another's name": {ID: "ord_1", SourceID: "or_9", Status: trade.BooksPending},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, mapping.OnManual)
			b.readAll()
			before := b.settle()
			b.books.orders = []trade.BooksOrder{order}
			require.Zero(t, b.survey())
			require.Equal(t, before, b.sale())
			for _, id := range []string{"", "or_9"} {
				_, known, err := b.ledger.Sale(t.Context(), "acme", id)
				require.NoError(t, err)
				require.False(t, known)
			}
		})
	}
}

// A step whose outcome is open says by itself what became of it.
func TestSurveyLeavesAnOpenEffectAlone(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.readAll()
	b.books.fail = failOnce("create", true, errReplyLost)
	b.step()
	require.Len(t, b.books.orders, 1)
	before := b.sale()
	require.Zero(t, b.survey())
	require.Equal(t, before, b.sale())
	b.resolve()
	require.Equal(t, "ord_1", b.settle().BooksOrderID)
}

// What was done by hand in the books reaches the ledger.
func TestSurveySeesTheSalesOrderGoFurther(t *testing.T) {
	for status, document := range map[trade.BooksStatus]string{trade.BooksInvoiced: "inv_hand", trade.BooksCancelled: ""} {
		t.Run(string(status), func(t *testing.T) {
			b := newBench(t, mapping.OnManual)
			b.readAll()
			b.settle()
			b.books.orders[0].Status, b.books.orders[0].DocumentID = status, document
			require.Equal(t, 1, b.survey())
			require.Equal(t, status, b.sale().BooksStatus)
			require.Equal(t, document, b.sale().BooksDocumentID)
		})
	}
}

func TestSurveyHasASecondOrderRemoved(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.readAll()
	b.settle()
	b.books.orders = append(b.books.orders, inBooks("ord_stray", trade.BooksPending, ""))
	require.Equal(t, 1, b.survey())
	require.Equal(t, b.clock, b.sale().StraysDue)
	require.Zero(t, b.survey(), "noted already")
	b.settle()
	b.clock = b.clock.Add(15 * time.Minute)
	require.Equal(t, "ord_1", b.settle().BooksOrderID)
	require.Len(t, b.books.orders, 1)
	require.True(t, b.sale().StraysDue.IsZero())
}

// The first sweep of a process surveys the books, then one a day, and a survey that was not finished is begun again.
func TestSurveyIsDueAtStartAndDaily(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	due := func() bool {
		plan, err := b.PlanSweep(t.Context(), activities.PlanReadsInput{Connection: "acme"})
		require.NoError(t, err)
		return plan.Survey
	}
	b.books.perPage = 1
	b.books.orders = []trade.BooksOrder{{ID: "ord_8", SourceID: "or_8", Status: trade.BooksPending}, {ID: "ord_9", SourceID: "or_9", Status: trade.BooksPending}}
	require.True(t, due(), "nobody knows yet whose ledger this is")
	page, err := b.SurveyBooks(t.Context(), activities.SurveyBooksInput{Connection: "acme"})
	require.NoError(t, err)
	require.NotEmpty(t, page.Next)
	require.True(t, due(), "half a survey is none")
	b.books.readErr = errNotSent
	_, err = b.SurveyBooks(t.Context(), activities.SurveyBooksInput{Connection: "acme", After: page.Next})
	require.Error(t, err)
	require.True(t, due(), "nor is one that failed")
	b.books.readErr = nil
	require.Equal(t, 1, b.survey(), "the first page is known by now")
	require.False(t, due())
	b.clock = b.clock.Add(24*time.Hour - time.Second)
	require.False(t, due())
	b.clock = b.clock.Add(time.Second)
	require.True(t, due())
	b.survey()
	b.clock = b.clock.Add(-time.Hour)
	require.True(t, due(), "the clock was set back, and nobody knows how long ago it was")
	b.survey()
	require.False(t, due())
	b.restart(mapping.OnManual)
	require.True(t, due(), "it may be another file")
}
