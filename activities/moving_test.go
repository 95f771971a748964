package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/activities"
	"spacebridge/connectors/rest"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping"
	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// The tests of this file let the world move while a step is under way: the shop, an operator, a hand in the books, the clock.

var theOrder = trade.Ref{Kind: trade.KindOrder, ID: "or_1"}

func TestChangeWhileLookingIsNotIssued(t *testing.T) {
	for name, change := range map[string]func(b *bench){
		"cancelled in Orderspace": func(b *bench) {
			b.shop.records[theOrder] = orderBody(func(o map[string]any) { o["status"] = "cancelled" })
			b.clock = b.clock.Add(time.Second)
			b.readAll()
		},
		"skipped by an operator": func(b *bench) {
			require.NoError(b.t, b.ledger.Command(b.t.Context(), "acme", "or_1", sqlite.CommandSkip, "by hand", "ana"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, mapping.OnCreated)
			b.readAll()
			b.step()
			b.books.onFind = func() { b.books.onFind = nil; change(b) }
			_, result := b.step()
			require.Equal(t, activities.StepReplan, result.Outcome)
			b.settle()
			require.Zero(t, b.invoices())
		})
	}
}

func TestStrayThatCannotBeDeletedHolds(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.readAll()
	b.step()
	b.books.orders = append(b.books.orders, trade.BooksOrder{ID: "ord_stray", SourceID: "or_1", Status: trade.BooksPending})
	b.books.fail = func(step string) (bool, error) {
		if step == "delete" {
			return false, errRefused
		}
		return true, nil
	}
	sale := b.settle()
	require.Equal(t, trade.StateHeld, sale.State)
	require.Contains(t, sale.Hold.Reason, "stray_not_removed")
	require.Len(t, b.books.requests, 2, "one create, one delete")
}

func TestStrayInTheTrashIsNotTakenForTheSalesOrder(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.readAll()
	b.step()
	b.books.orders = append(b.books.orders, trade.BooksOrder{ID: "ord_stray", SourceID: "or_1", Status: trade.BooksPending})
	b.books.fail = func(step string) (bool, error) {
		if step != "delete" {
			return true, nil
		}
		b.books.at("ord_stray").Deleted = true // in the trash: read by id, in no list
		b.books.at("ord_stray").SourceID = "in the trash"
		return false, errReplyLost
	}
	b.step()
	b.resolve()
	require.Equal(t, "ord_1", b.sale().BooksOrderID)
	require.Equal(t, trade.StateIssued, b.settle().State)
}

func TestOrderInTheTrashIsNotIssued(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.readAll()
	b.step()
	b.books.orders[0].Deleted, b.books.orders[0].SourceID = true, "in the trash"
	sale := b.settle()
	require.Equal(t, trade.StateHeld, sale.State)
	require.Contains(t, sale.Hold.Reason, "order_missing_in_books")
	require.Zero(t, b.invoices())
}

func TestForbiddenWriteHolds(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.readAll()
	b.books.fail = func(string) (bool, error) { return false, &rest.Error{Class: rest.Unauthorized, Status: 403} }
	sale := b.settle()
	require.Equal(t, trade.StateHeld, sale.State)
	require.Len(t, b.books.requests, 1, "what is forbidden is not tried for ever")
}

func TestRefusedLookHolds(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.readAll()
	b.books.readErr = &rest.Error{Class: rest.Rejected, Status: 422}
	sale := b.settle()
	require.Equal(t, trade.StateHeld, sale.State)
	require.Contains(t, sale.Hold.Reason, "look_refused")
}

func TestInvoiceMadeByHandWithAnotherTotalHolds(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.readAll()
	b.step()
	b.books.orders[0].Gross = money.Some(money.MustParse("99.00"))
	b.books.orders[0].Status, b.books.orders[0].DocumentID = trade.BooksInvoiced, "inv_hand"
	sale := b.settle()
	require.Equal(t, trade.StateHeld, sale.State)
	require.Contains(t, sale.Hold.Reason, "books_total_differs")
}

func TestOrderProcessedOtherwiseIsNotIssued(t *testing.T) {
	for name, spoil := range map[string]func(o *trade.BooksOrder){
		"an estimate was made":    func(o *trade.BooksOrder) { o.EstimateID = "est_1" },
		"in an unknown status":    func(o *trade.BooksOrder) { o.Status = "processing" },
		"pending with an invoice": func(o *trade.BooksOrder) { o.DocumentID = "inv_x" },
		"in another currency":     func(o *trade.BooksOrder) { o.Currency = "EUR" },
		"without a total":         func(o *trade.BooksOrder) { o.Gross = money.NullDecimal{} },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, mapping.OnCreated)
			b.readAll()
			b.step()
			spoil(&b.books.orders[0])
			require.Equal(t, trade.StateHeld, b.settle().State)
			for _, request := range b.books.requests {
				require.NotContains(t, request, "issue ")
			}
		})
	}
}

func TestLateCreateIsWrittenAgain(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.readAll()
	b.books.fail = failOnce("create", false, errReplyLost)
	b.step()
	b.resolve() // looked up twice, absent
	// Now the books commit that first request, and the buyer has changed meanwhile, the sum has not.
	b.books.orders = append(b.books.orders, trade.BooksOrder{ID: "ord_1", SourceID: "or_1", Status: trade.BooksPending, Gross: money.Some(money.MustParse("12.00"))})
	b.clock = b.clock.Add(time.Minute)
	b.shop.records[theOrder] = orderBody(func(o map[string]any) { o["company_name"] = "Red Sea Ltd" })
	b.readAll()
	require.Equal(t, trade.StateIssued, b.settle().State)
	require.Contains(t, b.books.requests[1], "update ", "the new buyer reaches the books before the invoice")
}

func TestReplyToIssueWithoutAnInvoiceIsUnknown(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.readAll()
	b.step()
	b.books.blankIssue = true
	_, result := b.step()
	require.Equal(t, activities.StepUnknown, result.Outcome)
}

func TestUnansweredLookIsNoLook(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.readAll()
	b.books.fail = failOnce("create", true, errReplyLost)
	b.step()
	b.books.readErr = errNotSent
	for range 5 {
		result, err := b.ResolveEffect(t.Context(), in)
		require.NoError(t, err)
		require.Equal(t, activities.ResolveWait, result.Outcome)
		b.clock = b.clock.Add(result.Wait)
	}
	effect, open, err := b.ledger.OpenEffect(t.Context(), "acme", "or_1")
	require.NoError(t, err)
	require.True(t, open)
	require.Zero(t, effect.Lookups)
}

func TestOldInvoiceIsReadAgainBeforeIssue(t *testing.T) {
	b := newBench(t, mapping.OnPaid)
	invoice := trade.Ref{Kind: trade.KindInvoice, ID: "iv_1"}
	b.shop.records[theOrder] = orderBody(func(o map[string]any) {
		o["order_lines"].([]any)[0].(map[string]any)["invoiced"] = 2
	})
	b.shop.records[invoice] = invoiceBody("iv_1", "12", "true")
	b.books.integration.AutoProcess = true // turned away for a day
	b.readAll()
	b.step()
	b.clock = b.clock.Add(24 * time.Hour)
	b.shop.records[invoice] = invoiceBody("iv_1", "13", "false")
	b.books.integration.AutoProcess = false
	b.settle()
	require.Zero(t, b.invoices(), "the invoice it was to be issued for is neither paid nor equal any more")
}

func TestDeletedInvoiceWakesItsSale(t *testing.T) {
	b := newBench(t, mapping.OnInvoiced)
	b.shop.records[theOrder] = orderBody(func(o map[string]any) {
		o["order_lines"].([]any)[0].(map[string]any)["invoiced"] = 2
	})
	second := trade.Ref{Kind: trade.KindInvoice, ID: "iv_2"}
	b.shop.records[trade.Ref{Kind: trade.KindInvoice, ID: "iv_1"}] = invoiceBody("iv_1", "12", "false")
	b.shop.records[second] = invoiceBody("iv_2", "12", "false")
	b.readAll()
	require.Equal(t, mapping.HoldSplitInvoice, b.settle().Hold.Code)
	b.clock = b.clock.Add(time.Minute)
	b.shop.records[second] = ""
	_, err := b.ReadRecord(t.Context(), activities.ReadRecordInput{Connection: "acme", Kind: trade.KindInvoice, ID: "iv_2"})
	require.NoError(t, err)
	dirty, err := b.ledger.DirtySales(t.Context(), "acme", 0)
	require.NoError(t, err)
	require.Equal(t, []string{"or_1"}, dirty)
	require.Equal(t, trade.StateIssued, b.settle().State)
}

func TestClockSetBackHidesNoChange(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	right := b.clock
	b.clock = right.Add(24 * time.Hour) // wrong by a day
	b.readAll()
	b.settle()
	b.clock = right.Add(5 * time.Minute) // mended
	b.shop.records[theOrder] = orderBody(func(o map[string]any) { o["status"] = "cancelled" })
	b.readAll()
	require.NoError(t, b.RecordCommand(t.Context(), activities.CommandInput{Connection: "acme", SaleID: "or_1", Kind: "issue", By: "ana"}))
	require.Equal(t, trade.StateCancelled, b.settle().State)
	require.Zero(t, b.invoices())
}

func TestRetryAfterTheClockWasSetBackDoesNotGoInCircles(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	right := b.clock
	b.clock = right.Add(24 * time.Hour)
	b.readAll()
	b.books.fail = failOnce("create", false, errRefused)
	b.step()
	b.settle()
	b.clock = right.Add(5 * time.Minute)
	require.NoError(t, b.RecordCommand(t.Context(), activities.CommandInput{Connection: "acme", SaleID: "or_1", Kind: "retry", By: "ana"}))
	require.Equal(t, trade.StatePending, b.settle().State)
}

func TestWatermarkInTheFutureIsNotBelieved(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	ahead := activities.AdvanceCursorInput{Connection: "acme", Cursor: "orders_created", To: b.clock.Add(time.Hour)}
	require.NoError(t, b.AdvanceCursor(t.Context(), ahead))
	plan, err := b.PlanPoll(t.Context(), activities.PlanReadsInput{Connection: "acme"})
	require.NoError(t, err)
	require.Equal(t, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), plan.Walks[1].CreatedSince)
}

func TestGateAsksAgainEveryHour(t *testing.T) {
	for name, spoil := range map[string]func(i *trade.BooksIntegration){
		activities.ProblemIntegrationAutomatic: func(i *trade.BooksIntegration) { i.AutoReissueOnUpdate = true },
		activities.ProblemIntegrationInactive:  func(i *trade.BooksIntegration) { i.Active = false },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, mapping.OnManual)
			b.readAll()
			b.settle()
			spoil(&b.books.integration)
			b.clock = b.clock.Add(61 * time.Minute)
			b.shop.records[theOrder] = orderBody(func(o map[string]any) { o["customer_note"] = "ring twice"; o["reference"] = "R-1" })
			b.readAll()
			_, result := b.step()
			require.Equal(t, activities.StepBlocked, result.Outcome)
			require.Equal(t, name, result.Code)
		})
	}
}

func invoiceBody(id, gross, paid string) string {
	return `{"id":"` + id + `","number":"1","orders":[{"id":"or_1","number":1204}],"currency":"GBP","net_total":10,"gross_total":` + gross +
		`,"paid":` + paid + `,"proforma":false,"customer_id":"cu_1","invoice_lines":[]}`
}
