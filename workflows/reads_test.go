package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"spacebridge/activities"
	"spacebridge/mapping/trade"
	"spacebridge/workflows"
)

const anyArg = mock.Anything

// list is a world with two lists of two pages each.
type list struct {
	env    *testsuite.TestWorkflowEnvironment
	asked  []string
	fail   string // page whose first read fails for good
	unread string // record that cannot be read
	survey bool   // the books are to be surveyed, of which there are three pages
	lost   string // page of the books that cannot be read
	gone   string // page that is asked for after a record which was deleted
	flaky  string // page whose first read fails, and no other
	more   bool   // more vanished than one sweep can look at
	lists  bool   // what vanished is looked for in a list first
	bulk   bool   // a list brings outdated orders up to date
	limits []int  // single reads that were allowed
}

func newList(t *testing.T) *list {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	l := &list{env: suite.NewTestWorkflowEnvironment()}
	l.env.RegisterWorkflow(workflows.Poll)
	l.env.RegisterWorkflow(workflows.Sweep)
	l.env.RegisterWorkflow(workflows.Reread)
	l.env.RegisterActivity(&activities.Activities{})
	var a *activities.Activities
	plan := activities.PlanReadsResult{StartedAt: started, For: "poll", Walks: []activities.Walk{
		{Name: "orders", Kind: trade.KindOrder, Cursor: "orders_created"},
		{Name: "invoices", Kind: trade.KindInvoice, Cursor: "invoices_created"},
	}}
	l.env.OnActivity(a.PlanPoll, anyArg, anyArg).Return(plan, nil)
	l.env.OnActivity(a.PlanSweep, anyArg, anyArg).Return(func(context.Context, activities.PlanReadsInput) (activities.PlanReadsResult, error) {
		sweep := plan
		sweep.Survey, sweep.For, sweep.Cursor = l.survey, "sweep", "sweep_started"
		return sweep, nil
	})
	l.env.OnActivity(a.PlanReread, anyArg, anyArg).Return(func(context.Context, activities.PlanReadsInput) (activities.PlanReadsResult, error) {
		night := plan
		night.For, night.Cursor = "nightly", "nightly_started"
		return night, nil
	})
	l.env.OnActivity(a.PruneInbox, anyArg, anyArg).Return(func(context.Context, activities.PlanReadsInput) error {
		l.asked = append(l.asked, "prune")
		return nil
	})
	l.env.OnActivity(a.PlanOutdated, anyArg, anyArg).Return(func(_ context.Context, in activities.PlanOutdatedInput) (activities.ReadPlan, error) {
		if l.bulk {
			return activities.ReadPlan{Walks: []activities.Walk{{Name: "outdated for " + string(in.For)}}}, nil
		}
		return activities.ReadPlan{}, nil
	})
	l.env.OnActivity(a.SurveyBooks, anyArg, anyArg).Return(func(_ context.Context, in activities.SurveyBooksInput) (activities.SurveyBooksResult, error) {
		l.asked = append(l.asked, "books "+in.After)
		if l.lost != "" && in.After == l.lost {
			return activities.SurveyBooksResult{}, temporal.NewNonRetryableApplicationError("refused", "rejected", nil)
		}
		return activities.SurveyBooksResult{Next: map[string]string{"": "2", "2": "3"}[in.After], Read: 100, Adopted: 1}, nil
	})
	l.env.OnActivity(a.ReadPage, anyArg, anyArg).Return(func(_ context.Context, in activities.ReadPageInput) (activities.ReadPageResult, error) {
		page := in.Walk.Name + " " + in.After
		l.asked = append(l.asked, "page "+page)
		switch page {
		case l.fail:
			return activities.ReadPageResult{}, temporal.NewNonRetryableApplicationError("refused", "unauthorized", nil)
		case l.flaky:
			l.flaky = ""
			return activities.ReadPageResult{}, temporal.NewApplicationError("a broken reply", "unknown")
		case l.gone:
			l.gone = ""
			return activities.ReadPageResult{Lost: true}, nil
		}
		if in.After == "" {
			return activities.ReadPageResult{Next: "2", Read: 200, New: 3, AsOf: asOf}, nil
		}
		return activities.ReadPageResult{Read: 10, Changed: 1, AsOf: asOf.Add(time.Minute)}, nil
	})
	l.env.OnActivity(a.AdvanceCursor, anyArg, anyArg).Return(func(_ context.Context, in activities.AdvanceCursorInput) error {
		l.asked = append(l.asked, "cursor "+in.Cursor)
		want := asOf
		if in.Cursor == "sweep_started" || in.Cursor == "nightly_started" {
			want = started
		}
		require.True(t, in.To.Equal(want), "the watermark is the shop's time of the first page, and a sweep is dated by its start")
		return nil
	})
	l.env.OnActivity(a.PlanUnseen, anyArg, anyArg).Return(func(_ context.Context, in activities.PlanUnseenInput) (activities.ReadPlan, error) {
		require.Empty(t, in.Reads.Walks, "they make the history long, and nobody looks at them")
		l.limits = append(l.limits, in.Limit)
		left := activities.ReadPlan{For: in.Reads.For, More: l.more, Single: []trade.Ref{{Kind: trade.KindOrder, ID: "or_9"}, {Kind: trade.KindOrder, ID: "or_10"}}}
		if l.lists && !in.Alone {
			left.Walks, left.Single = []activities.Walk{{Name: "fulfilled", For: in.Reads.For}}, left.Single[:1]
		}
		return left, nil
	})
	l.env.OnActivity(a.ReadRecord, anyArg, anyArg).Return(func(_ context.Context, in activities.ReadRecordInput) (activities.ReadRecordResult, error) {
		l.asked = append(l.asked, "read "+in.ID)
		require.NotEmpty(t, in.For, "whoever reads says on whose behalf")
		if in.ID == l.unread {
			return activities.ReadRecordResult{}, temporal.NewNonRetryableApplicationError("refused", "rejected", nil)
		}
		return activities.ReadRecordResult{}, nil
	})
	l.env.OnActivity(a.RelaySales, anyArg, anyArg).Return(func(context.Context, activities.RelaySalesInput) (activities.RelaySalesResult, error) {
		l.asked = append(l.asked, "relay")
		return activities.RelaySalesResult{Relayed: 2}, nil
	})
	return l
}

// started is when a sweep began, by our clock.
var started = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

// asOf is the shop's time when the first page of a list was asked for.
var asOf = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestPollMovesEachCursorAfterItsLastPage(t *testing.T) {
	l := newList(t)
	l.env.ExecuteWorkflow(workflows.Poll, activities.PlanReadsInput{Connection: "acme"})
	require.NoError(t, l.env.GetWorkflowError())
	require.Equal(t, []string{
		"relay", "page orders ", "page orders 2", "cursor orders_created",
		"page invoices ", "page invoices 2", "cursor invoices_created", "relay",
	}, l.asked)
	var result workflows.ReadsResult
	require.NoError(t, l.env.GetWorkflowResult(&result))
	require.Equal(t, workflows.ReadsResult{Read: 420, New: 6, Changed: 2, Relayed: 4}, result)
}

func TestCursorStaysWhenAPageFails(t *testing.T) {
	l := newList(t)
	l.fail = "orders 2"
	l.env.ExecuteWorkflow(workflows.Poll, activities.PlanReadsInput{Connection: "acme"})
	require.Error(t, l.env.GetWorkflowError())
	require.NotContains(t, l.asked, "cursor orders_created", "invariant 6")
	require.Contains(t, l.asked, "cursor invoices_created", "the other lists are read all the same")
	require.Equal(t, "relay", l.asked[len(l.asked)-1], "and what was read is worked on")
}

func TestSweepReadsWhatTheListsNoLongerShow(t *testing.T) {
	l := newList(t)
	l.env.ExecuteWorkflow(workflows.Sweep, activities.PlanReadsInput{Connection: "acme"})
	require.NoError(t, l.env.GetWorkflowError())
	require.Equal(t, []string{"relay", "read or_9", "read or_10", "cursor sweep_started", "relay"}, l.asked[len(l.asked)-5:])
}

// What was looked for in lists and not found there is read by itself, within the same bound.
func TestSweepLooksInListsFirst(t *testing.T) {
	l := newList(t)
	l.lists = true
	l.env.ExecuteWorkflow(workflows.Sweep, activities.PlanReadsInput{Connection: "acme"})
	require.NoError(t, l.env.GetWorkflowError())
	require.Equal(t, []string{
		"relay", "page fulfilled ", "page fulfilled 2", "read or_9", "read or_9", "read or_10", "cursor sweep_started", "relay",
	}, l.asked[len(l.asked)-8:])
	require.Equal(t, []int{300, 299}, l.limits)
}

// Invariant 6: what this sweep has not come to look at must not be passed.
func TestSweepThatHasMoreToLookAtIsNotCompleted(t *testing.T) {
	l := newList(t)
	l.more = true
	l.env.ExecuteWorkflow(workflows.Sweep, activities.PlanReadsInput{Connection: "acme"})
	require.NoError(t, l.env.GetWorkflowError())
	require.NotContains(t, l.asked, "cursor sweep_started")
}

func TestPollBringsManyOutdatedOrdersUpToDateBeforeItWakesTheirSales(t *testing.T) {
	l := newList(t)
	l.bulk = true
	l.env.ExecuteWorkflow(workflows.Poll, activities.PlanReadsInput{Connection: "acme"})
	require.NoError(t, l.env.GetWorkflowError())
	require.Equal(t, []string{"cursor invoices_created", "page outdated for poll ", "page outdated for poll 2", "relay"}, l.asked[len(l.asked)-4:])
}

func TestInterruptedWalkGoesOnWhereItWas(t *testing.T) {
	l := newList(t)
	l.flaky = "orders 2"
	l.env.ExecuteWorkflow(workflows.Poll, activities.PlanReadsInput{Connection: "acme"})
	require.NoError(t, l.env.GetWorkflowError())
	require.Equal(t, []string{"relay", "page orders ", "page orders 2", "page orders 2", "cursor orders_created"}, l.asked[:5])
}

func TestWalkWhoseCursorWasDeletedBeginsAgain(t *testing.T) {
	l := newList(t)
	l.gone = "orders 2"
	l.env.ExecuteWorkflow(workflows.Poll, activities.PlanReadsInput{Connection: "acme"})
	require.NoError(t, l.env.GetWorkflowError())
	require.Equal(t, []string{"relay", "page orders ", "page orders 2", "page orders ", "page orders 2", "cursor orders_created"}, l.asked[:6])
}

func TestNightReadsEverythingThenWhatIsMissing(t *testing.T) {
	l := newList(t)
	l.env.ExecuteWorkflow(workflows.Reread, activities.PlanReadsInput{Connection: "acme"})
	require.NoError(t, l.env.GetWorkflowError())
	require.Equal(t, []string{"relay", "read or_9", "read or_10", "cursor nightly_started", "prune", "relay"}, l.asked[len(l.asked)-6:])
	require.Equal(t, []int{2000}, l.limits)
}

func TestNightThatCannotReadAListIsNotCompleted(t *testing.T) {
	l := newList(t)
	l.fail = "orders 2"
	l.env.ExecuteWorkflow(workflows.Reread, activities.PlanReadsInput{Connection: "acme"})
	require.Error(t, l.env.GetWorkflowError())
	require.NotContains(t, l.asked, "cursor nightly_started")
	require.NotContains(t, l.asked, "read or_9")
	require.Equal(t, []string{"prune", "relay"}, l.asked[len(l.asked)-2:])
}

func TestOneUnreadableRecordDoesNotStarveTheOthers(t *testing.T) {
	l := newList(t)
	l.unread = "or_9"
	l.env.ExecuteWorkflow(workflows.Sweep, activities.PlanReadsInput{Connection: "acme"})
	require.Error(t, l.env.GetWorkflowError(), "it is shown")
	require.NotContains(t, l.asked, "cursor sweep_started", "the next sweep would not know that it was missing")
	require.Contains(t, l.asked, "read or_10")
	require.Equal(t, "relay", l.asked[len(l.asked)-1])
}

func TestListThatFailsSaysNothingAboutWhatIsMissing(t *testing.T) {
	l := newList(t)
	l.fail = "invoices "
	l.env.ExecuteWorkflow(workflows.Sweep, activities.PlanReadsInput{Connection: "acme"})
	require.Error(t, l.env.GetWorkflowError())
	require.NotContains(t, l.asked, "read or_9")
}

func TestSweepSurveysTheBooksToTheirEnd(t *testing.T) {
	l := newList(t)
	l.survey = true
	l.env.ExecuteWorkflow(workflows.Sweep, activities.PlanReadsInput{Connection: "acme"})
	require.NoError(t, l.env.GetWorkflowError())
	require.Equal(t, []string{"read or_9", "read or_10", "cursor sweep_started", "books ", "books 2", "books 3", "relay"}, l.asked[len(l.asked)-7:],
		"what the survey found is worked on")
}

func TestSweepThatIsNotToSurveyLeavesTheBooksAlone(t *testing.T) {
	l := newList(t)
	l.env.ExecuteWorkflow(workflows.Sweep, activities.PlanReadsInput{Connection: "acme"})
	require.NoError(t, l.env.GetWorkflowError())
	require.NotContains(t, l.asked, "books ")
}

// What was read and found until then is worked on all the same, and the failure shows.
func TestFailingSurveyLosesNothingOfTheSweep(t *testing.T) {
	l := newList(t)
	l.survey, l.lost = true, "2"
	l.env.ExecuteWorkflow(workflows.Sweep, activities.PlanReadsInput{Connection: "acme"})
	require.ErrorContains(t, l.env.GetWorkflowError(), "refused")
	require.Equal(t, []string{"read or_9", "read or_10", "cursor sweep_started", "books ", "books 2", "relay"}, l.asked[len(l.asked)-6:])
}
