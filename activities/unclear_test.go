package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/activities"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

// vanished is a sale whose invoice was on its way when its order disappeared from the books. Nobody can tell from here
// whether there is an invoice.
func vanished(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, mapping.OnCreated)
	b.readAll()
	b.step()
	b.books.fail = failOnce("issue", true, errReplyLost)
	b.step()
	b.books.orders = nil
	b.resolve()
	sale := b.settle()
	require.Equal(t, trade.StateHeld, sale.State)
	require.Equal(t, mapping.HoldOutcomeUnclear, sale.Hold.Code)
	require.Contains(t, sale.Hold.Reason, "order_missing_in_books")
	effect, open, err := b.ledger.OpenEffect(t.Context(), "acme", "or_1")
	require.NoError(t, err)
	require.True(t, open)
	require.Equal(t, sqlite.EffectHeld, effect.State)
	return b
}

// That the order is gone is no answer, and nothing is sent while there is none.
func TestIssueOfAVanishedOrderHolds(t *testing.T) {
	b := vanished(t)
	b.clock = b.clock.Add(24 * time.Hour)
	b.readAll()
	require.Equal(t, trade.StateHeld, b.settle().State)
	result, err := b.ApplyStep(t.Context(), activities.StepInput{Connection: "acme", SaleID: "or_1", Step: mapping.ActIssue})
	require.NoError(t, err)
	require.Equal(t, activities.StepReplan, result.Outcome)
	require.Equal(t, []string{"create", "issue"}, b.books.steps())
}

// retryVanished says retry and looks; the order in the books is as it was brought back, if it was.
func (b *bench) retryVanished() {
	b.t.Helper()
	b.say("retry", "")
	plan, _ := b.step()
	require.True(b.t, plan.Resolve, "looked up before anything else")
	b.resolve()
}

func TestRetryLooksForTheInvoiceFirst(t *testing.T) {
	b := vanished(t)
	b.retryVanished()
	require.Equal(t, mapping.HoldOutcomeUnclear, b.settle().Hold.Code, "still gone")
	b.books.orders = append(b.books.orders, inBooks("ord_1", trade.BooksInvoiced, "inv_of_ord_1"))
	b.retryVanished()
	sale := b.settle()
	require.Equal(t, trade.StateIssued, sale.State)
	require.Equal(t, "inv_of_ord_1", sale.BooksDocumentID)
	require.Equal(t, []string{"create", "issue"}, b.books.steps())
}

// An order that came back without its invoice is issued, but not before the settle window is over.
func TestRetryOfAVanishedOrderWaitsForTheSettleWindow(t *testing.T) {
	b := vanished(t)
	b.books.orders = append(b.books.orders, inBooks("ord_1", trade.BooksPending, ""))
	b.restart(mapping.OnCreated) // which has lived through nothing of it
	b.say("retry", "")
	b.clock = b.clock.Add(time.Second)
	require.Equal(t, 15*time.Minute, b.resolve())
	require.Equal(t, trade.StateIssued, b.settle().State)
	require.Equal(t, []string{"create", "issue", "issue"}, b.books.steps())
}

func TestSkipEndsAVanishedOrder(t *testing.T) {
	b := vanished(t)
	b.say("skip", "invoiced by hand")
	require.Equal(t, trade.StateIgnored, b.settle().State)
	require.Equal(t, []string{"create", "issue"}, b.books.steps())
}

// waiting is a sale whose issue was lost on the way and is being looked up.
func waiting(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, mapping.OnCreated)
	b.readAll()
	b.step()
	b.books.fail = failOnce("issue", false, errReplyLost)
	b.step()
	return b
}

// lookFor looks up for so long, and requires that the outcome stays open.
func (b *bench) lookFor(long time.Duration) {
	b.t.Helper()
	for end := b.clock.Add(long); b.clock.Before(end); {
		result, err := b.ResolveEffect(b.t.Context(), in)
		require.NoError(b.t, err)
		require.Equal(b.t, activities.ResolveWait, result.Outcome)
		b.clock = b.clock.Add(min(result.Wait, end.Sub(b.clock)))
	}
}

// A clock that is set ahead must not end the settle window: the invoice may still be on its way.
func TestSettleWindowIsLivedThrough(t *testing.T) {
	b := waiting(t)
	b.lookFor(5 * time.Minute)
	b.jump(24 * time.Hour)
	b.lookFor(9 * time.Minute)
	b.jump(-72 * time.Hour)
	require.Equal(t, time.Minute, b.resolve(), "nor does one that is set back make it longer")
	require.Equal(t, []string{"create", "issue"}, b.books.steps())
	require.Equal(t, trade.StateIssued, b.settle().State)
	require.Equal(t, 1, b.invoices())
}

// A process knows only what it has lived through itself, so the next one waits anew, and no longer than it must.
func TestSettleWindowBeginsAnewWithTheProcess(t *testing.T) {
	b := waiting(t)
	b.lookFor(14 * time.Minute)
	b.restart(mapping.OnCreated)
	require.Equal(t, 15*time.Minute, b.resolve(), "the schedule widens with the looks, but not beyond what is left")
	require.Equal(t, trade.StateIssued, b.settle().State)
	require.Equal(t, 1, b.invoices())
}

// Each attempt has a window of its own.
func TestSettleWindowIsThatOfTheAttempt(t *testing.T) {
	b := waiting(t)
	b.resolve()
	b.books.fail = failOnce("issue", false, errReplyLost)
	_, result := b.step()
	if result.Outcome != activities.StepUnknown { // the order is read afresh first
		_, result = b.step()
	}
	require.Equal(t, activities.StepUnknown, result.Outcome)
	require.Equal(t, 15*time.Minute, b.resolve())
	require.Equal(t, trade.StateIssued, b.settle().State)
	require.Equal(t, 1, b.invoices())
}
