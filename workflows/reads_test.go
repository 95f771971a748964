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
	l.env.OnActivity(a.PlanSweep, anyArg, anyArg).Return(plan, nil)
	l.env.OnActivity(a.ReadPage, anyArg, anyArg).Return(func(_ context.Context, in activities.ReadPageInput) (activities.ReadPageResult, error) {
		page := in.Walk.Name + " " + in.After
		l.asked = append(l.asked, "page "+page)
		if page == l.fail {
			return activities.ReadPageResult{}, temporal.NewNonRetryableApplicationError("refused", "unauthorized", nil)
		}
		if in.After == "" {
			return activities.ReadPageResult{Next: "2", Read: 200, New: 3}, nil
		}
		return activities.ReadPageResult{Read: 10, Changed: 1}, nil
	})
	l.env.OnActivity(a.AdvanceCursor, anyArg, anyArg).Return(func(_ context.Context, in activities.AdvanceCursorInput) error {
		l.asked = append(l.asked, "cursor "+in.Cursor)
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
