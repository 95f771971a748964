package activities_test

import (
	"path/filepath"
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

var (
	errReplyLost = &rest.Error{Vendor: "space_invoices", Method: "POST", Route: "/orders", Class: rest.Unknown}
	errNotSent   = &rest.Error{Vendor: "space_invoices", Method: "POST", Route: "/orders", Class: rest.NotSent}
	errRefused   = &rest.Error{Vendor: "space_invoices", Method: "POST", Route: "/orders", Class: rest.Rejected, Status: 422, Code: "validation", Message: "Blue Sky is not a name"}
)

// failOnce makes the first write of a step end as told.
func failOnce(step string, commit bool, err error) func(string) (bool, error) {
	done := false
	return func(s string) (bool, error) {
		if s != step || done {
			return true, nil
		}
		done = true
		return commit, err
	}
}

func (b *bench) invoices() int {
	n := 0
	for _, order := range b.books.orders {
		if order.DocumentID != "" {
			n++
		}
	}
	return n
}

func TestSaleIsCreatedThenIssued(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.readAll()
	sale := b.settle()
	require.Equal(t, trade.StateIssued, sale.State)
	require.Equal(t, "inv_of_ord_1", sale.BooksDocumentID)
	require.Equal(t, "1204", sale.Number)
	require.Len(t, b.books.requests, 2)
}

func TestReplyLostAfterCreateIsAdopted(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.readAll()
	b.books.fail = failOnce("create", true, errReplyLost)
	_, result := b.step()
	require.Equal(t, activities.StepUnknown, result.Outcome)
	plan, _ := b.step()
	require.True(t, plan.Resolve, "nothing else happens before the look-up")
	b.resolve()
	require.Equal(t, trade.StateIssued, b.settle().State)
	require.Len(t, b.books.orders, 1)
	require.Contains(t, b.books.requests[1], "update ", "it might have been an earlier attempt's, with other content")
}

func TestReplyLostBeforeCreateIsSentAgainUnderTheSameRequestID(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.readAll()
	b.books.fail = failOnce("create", false, errReplyLost)
	b.step()
	b.resolve()
	require.Equal(t, trade.StatePending, b.settle().State)
	require.Len(t, b.books.requests, 2)
	require.Equal(t, b.books.requests[0], b.books.requests[1])
}

func TestNotSentKeepsTheRequestID(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.readAll()
	b.books.fail = failOnce("create", false, errNotSent)
	_, result := b.step()
	require.Equal(t, activities.StepNotSent, result.Outcome)
	require.Equal(t, trade.StatePending, b.settle().State)
	require.Equal(t, b.books.requests[0], b.books.requests[1])
}

func TestReplyLostAfterIssueIsAdopted(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.readAll()
	b.books.fail = failOnce("issue", true, errReplyLost)
	b.step()
	_, result := b.step()
	require.Equal(t, activities.StepUnknown, result.Outcome)
	b.resolve()
	require.Equal(t, trade.StateIssued, b.settle().State)
	require.Equal(t, 1, b.invoices())
	require.Len(t, b.books.requests, 2, "issue is not sent twice")
}

func TestIssueThatWasLostWaitsForTheSettleWindow(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.readAll()
	b.books.fail = failOnce("issue", false, errReplyLost)
	b.step()
	b.step()
	took := b.resolve()
	require.GreaterOrEqual(t, took, 15*time.Minute, "an irreversible step is looked up for the whole settle window")
	require.Equal(t, trade.StateIssued, b.settle().State)
	require.Equal(t, 1, b.invoices())
}

func TestRefusalHoldsUntilRetry(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.readAll()
	b.books.fail = func(string) (bool, error) { return false, errRefused }
	_, result := b.step()
	require.Equal(t, activities.StepRejected, result.Outcome)
	sale := b.settle()
	require.Equal(t, trade.StateHeld, sale.State)
	require.Equal(t, mapping.HoldRejected, sale.Hold.Code)
	require.NotContains(t, sale.Hold.Reason, "Blue Sky", "the vendor's words may be personal")
	require.Len(t, b.books.requests, 1, "a refused body is not sent again by itself")

	b.books.fail = nil
	b.clock = b.clock.Add(time.Minute)
	require.NoError(t, b.RecordCommand(t.Context(), activities.CommandInput{Connection: "acme", SaleID: "or_1", Kind: "retry", By: "test"}))
	require.Equal(t, trade.StatePending, b.settle().State)
	require.NotEqual(t, b.books.requests[0], b.books.requests[1], "the vendor replays cached errors: a new request id after a refusal")
}

func TestRefusedIssueThatHappenedIsAdopted(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.readAll()
	b.books.fail = failOnce("issue", true, errRefused)
	require.Equal(t, trade.StateIssued, b.settle().State)
	require.Equal(t, 1, b.invoices())
}

func TestLostLedgerAdoptsWhatTheBooksHold(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.readAll()
	b.settle()
	b.reopen(filepath.Join(t.TempDir(), "new.db"), mapping.OnManual)
	b.readAll()
	sale := b.settle()
	require.Equal(t, trade.StatePending, sale.State)
	require.Equal(t, "ord_1", sale.BooksOrderID)
	require.Len(t, b.books.orders, 1)
}

func TestStrayIsRemovedBeforeIssue(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.readAll()
	b.step()
	b.books.orders = append(b.books.orders, trade.BooksOrder{ID: "ord_stray", SourceID: "or_1", Status: trade.BooksPending})
	require.Equal(t, trade.StateIssued, b.settle().State)
	require.Len(t, b.books.orders, 1)
	require.Equal(t, "ord_1", b.books.orders[0].ID)
}

func TestSecondDocumentInTheBooksHolds(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.readAll()
	b.step()
	b.books.orders = append(b.books.orders, trade.BooksOrder{ID: "ord_x", SourceID: "or_1", Status: trade.BooksInvoiced, DocumentID: "inv_x"})
	sale := b.settle()
	require.Equal(t, trade.StateHeld, sale.State)
	require.Contains(t, sale.Hold.Reason, "two_orders_in_books")
	require.Equal(t, 1, b.invoices())
}

func TestTotalEditedInTheBooksHolds(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.readAll()
	b.step()
	b.books.orders[0].Gross = money.Some(money.MustParse("12.01"))
	sale := b.settle()
	require.Equal(t, trade.StateHeld, sale.State)
	require.Contains(t, sale.Hold.Reason, "books_total_differs")
	require.Zero(t, b.invoices())
}

func TestAutomaticIntegrationStopsWrites(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.books.integration.AutoProcess = true
	b.readAll()
	_, result := b.step()
	require.Equal(t, activities.StepBlocked, result.Outcome)
	require.Equal(t, activities.ProblemIntegrationAutomatic, result.Code)
	require.Empty(t, b.books.requests)
	problems, err := b.ledger.Problems(t.Context(), "acme")
	require.NoError(t, err)
	require.Len(t, problems, 1)
	require.Equal(t, trade.StateWaiting, b.sale().State)

	b.books.integration.AutoProcess = false
	b.clock = b.clock.Add(time.Minute)
	require.Equal(t, trade.StateIssued, b.settle().State)
	problems, err = b.ledger.Problems(t.Context(), "acme")
	require.NoError(t, err)
	require.Empty(t, problems)
}

func TestRefusedKeyStopsWritesAndClears(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.readAll()
	refused := &rest.Error{Class: rest.Unauthorized, Status: 401}
	b.books.fail = failOnce("create", false, refused)
	_, result := b.step()
	require.Equal(t, activities.StepBlocked, result.Outcome)
	b.books.integErr = refused
	_, result = b.step()
	require.Equal(t, activities.ProblemBooksCredentials, result.Code)
	b.books.integErr = nil
	b.clock = b.clock.Add(time.Minute)
	require.Equal(t, trade.StatePending, b.settle().State)
}

func TestDeletedOrderIsCancelledInTheBooks(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.readAll()
	b.settle()
	b.shop.records[trade.Ref{Kind: trade.KindOrder, ID: "or_1"}] = ""
	result, err := b.ReadRecord(t.Context(), activities.ReadRecordInput{Connection: "acme", Kind: trade.KindOrder, ID: "or_1"})
	require.NoError(t, err)
	require.True(t, result.Gone)
	require.Equal(t, trade.StateCancelled, b.settle().State)
	require.Equal(t, trade.BooksCancelled, b.books.orders[0].Status)
}

func TestOldReadIsRefreshedBeforeIssue(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.readAll()
	b.settle()
	b.clock = b.clock.Add(time.Hour)
	b.shop.records[trade.Ref{Kind: trade.KindOrder, ID: "or_1"}] = orderBody(func(o map[string]any) { o["status"] = "cancelled" })
	require.NoError(t, b.RecordCommand(t.Context(), activities.CommandInput{Connection: "acme", SaleID: "or_1", Kind: "issue", By: "test"}))
	require.Equal(t, trade.StateCancelled, b.settle().State, "the order was cancelled since; invariant 4 found out")
	require.Zero(t, b.invoices())
}

func TestInterruptedStepIsLookedUp(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.readAll()
	b.step()
	// The process dies after the request left and before its outcome was committed.
	_, err := b.ledger.ClaimEffect(t.Context(), sqlite.Claim{
		Connection: "acme", SaleID: "or_1", Step: "issue", BodyHash: "x", Owner: "the dead", Lease: 40 * time.Second, Scope: "ent_1", BooksOrderID: "ord_1",
	})
	require.NoError(t, err)
	b.books.orders[0].Status, b.books.orders[0].DocumentID = trade.BooksInvoiced, "inv_of_ord_1"
	n, err := b.ledger.Recover(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, n)
	plan, _ := b.step()
	require.True(t, plan.Resolve)
	b.resolve()
	require.Equal(t, trade.StateIssued, b.settle().State)
	require.Equal(t, 1, b.invoices())
}

func TestChangeBetweenPlanAndStepIsPlannedAnew(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.readAll()
	b.step()
	plan, err := b.PlanSale(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, mapping.ActIssue, plan.Action)
	b.shop.records[trade.Ref{Kind: trade.KindOrder, ID: "or_1"}] = orderBody(func(o map[string]any) { o["status"] = "cancelled" })
	b.clock = b.clock.Add(time.Second)
	b.readAll()
	result, err := b.ApplyStep(t.Context(), activities.StepInput{Connection: "acme", SaleID: "or_1", Step: plan.Action})
	require.NoError(t, err)
	require.Equal(t, activities.StepReplan, result.Outcome)
	require.Zero(t, b.invoices())
}

func TestSkipNeedsAReason(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.readAll()
	err := b.RecordCommand(t.Context(), activities.CommandInput{Connection: "acme", SaleID: "or_1", Kind: "skip"})
	require.ErrorContains(t, err, "reason")
	require.NoError(t, b.RecordCommand(t.Context(), activities.CommandInput{Connection: "acme", SaleID: "or_1", Kind: "skip", Reason: "sample", By: "ana"}))
	require.Equal(t, trade.StateIgnored, b.settle().State)
	require.Empty(t, b.books.requests)
}

func TestErrorsForHistoriesHoldNoVendorWords(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.shop.err = &rest.Error{Vendor: "orderspace", Method: "GET", Route: "/orders", Class: rest.Rejected, Status: 422, Message: "Email ana@example.com is taken"}
	_, err := b.ReadPage(t.Context(), activities.ReadPageInput{Connection: "acme", Walk: activities.Walk{Kind: trade.KindOrder}})
	require.Error(t, err)
	require.NotContains(t, err.Error(), "ana@")
	require.ErrorContains(t, err, "orderspace GET /orders")
}

func TestAdoptedOrderIsWrittenAgainBeforeIssue(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.readAll()
	b.books.orders = append(b.books.orders, trade.BooksOrder{
		ID: "ord_old", SourceID: "or_1", Status: trade.BooksPending, Gross: money.Some(money.MustParse("12.00")),
	})
	require.Equal(t, trade.StateIssued, b.settle().State)
	require.Len(t, b.books.orders, 1)
	require.Contains(t, b.books.requests[0], "update ", "what an adopted order says is not known")
}

func TestInvoiceFoundWithAnotherTotalIsNotAdopted(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.readAll()
	b.books.orders = append(b.books.orders, trade.BooksOrder{
		ID: "ord_old", SourceID: "or_1", Status: trade.BooksInvoiced, DocumentID: "inv_old", Gross: money.Some(money.MustParse("12.01")),
	})
	sale := b.settle()
	require.Equal(t, trade.StateHeld, sale.State)
	require.Contains(t, sale.Hold.Reason, "books_total_differs")
	require.Empty(t, b.books.requests)
}

func TestLateAttemptCannotCreateASecondOrder(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.readAll()
	b.settle()
	_, err := b.ledger.ClaimEffect(t.Context(), sqlite.Claim{
		Connection: "acme", SaleID: "or_1", Step: "create", BodyHash: "x", Owner: "an attempt that outlived its time", Lease: time.Second, Scope: "ent_1",
	})
	require.ErrorIs(t, err, sqlite.ErrTaken)
}
