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
}

func newList(t *testing.T) *list {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	l := &list{env: suite.NewTestWorkflowEnvironment()}
	l.env.RegisterWorkflow(workflows.Poll)
	l.env.RegisterWorkflow(workflows.Sweep)
	l.env.RegisterActivity(&activities.Activities{})
	var a *activities.Activities
	plan := activities.PlanReadsResult{StartedAt: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Walks: []activities.Walk{
		{Name: "orders", Kind: trade.KindOrder, Cursor: "orders_created"},
		{Name: "invoices", Kind: trade.KindInvoice, Cursor: "invoices_created"},
	}}
	l.env.OnActivity(a.PlanPoll, anyArg, anyArg).Return(plan, nil)
	l.env.OnActivity(a.PlanSweep, anyArg, anyArg).Return(func(context.Context, activities.PlanReadsInput) (activities.PlanReadsResult, error) {
		sweep := plan
		sweep.Survey = l.survey
		return sweep, nil
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
		if page == l.fail {
			return activities.ReadPageResult{}, temporal.NewNonRetryableApplicationError("refused", "unauthorized", nil)
		}
		if in.After == "" {
			return activities.ReadPageResult{Next: "2", Read: 200, New: 3, AsOf: asOf}, nil
		}
		return activities.ReadPageResult{Read: 10, Changed: 1, AsOf: asOf.Add(time.Minute)}, nil
	})
	l.env.OnActivity(a.AdvanceCursor, anyArg, anyArg).Return(func(_ context.Context, in activities.AdvanceCursorInput) error {
		l.asked = append(l.asked, "cursor "+in.Cursor)
		require.True(t, in.To.Equal(asOf), "the watermark is the shop's time of the first page")
		return nil
	})
	l.env.OnActivity(a.ListUnseen, anyArg, anyArg).Return(activities.ListUnseenResult{Orders: []string{"or_9", "or_10"}}, nil)
	l.env.OnActivity(a.ReadRecord, anyArg, anyArg).Return(func(_ context.Context, in activities.ReadRecordInput) (activities.ReadRecordResult, error) {
		l.asked = append(l.asked, "read "+in.ID)
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
	require.Equal(t, []string{"relay", "read or_9", "read or_10", "relay"}, l.asked[len(l.asked)-4:])
}

func TestOneUnreadableRecordDoesNotStarveTheOthers(t *testing.T) {
	l := newList(t)
	l.unread = "or_9"
	l.env.ExecuteWorkflow(workflows.Sweep, activities.PlanReadsInput{Connection: "acme"})
	require.Error(t, l.env.GetWorkflowError(), "it is shown")
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
	require.Equal(t, []string{"relay", "read or_9", "read or_10", "books ", "books 2", "books 3", "relay"}, l.asked[len(l.asked)-7:],
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
	require.Equal(t, []string{"read or_9", "read or_10", "books ", "books 2", "relay"}, l.asked[len(l.asked)-5:])
}
