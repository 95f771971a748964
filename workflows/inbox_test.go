package workflows_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"spacebridge/activities"
	"spacebridge/mapping/trade"
	"spacebridge/workflows"
)

// box is an inbox: records that wait, by id, each read by itself.
type box struct {
	env    *testsuite.TestWorkflowEnvironment
	waits  []trade.Ref
	broken map[string]bool
	asked  []string
	tried  []int64
	twice  []int64
	heard  int64
	onRead func(id string)
	onPlan func()
}

func newBox(t *testing.T, waits ...trade.Ref) *box {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	b := &box{env: suite.NewTestWorkflowEnvironment(), waits: waits, broken: map[string]bool{}, heard: 7}
	b.env.RegisterWorkflow(workflows.DrainInbox)
	b.env.RegisterActivity(&activities.Activities{})
	var a *activities.Activities
	b.env.OnActivity(a.PlanInbox, anyArg, anyArg).Return(func(_ context.Context, in activities.PlanInboxInput) (activities.ReadPlan, error) {
		b.tried, b.twice = append(b.tried, in.Tried), append(b.twice, in.TriedTwice)
		defer func() {
			if b.onPlan != nil {
				b.onPlan()
			}
		}()
		plan := activities.ReadPlan{For: "inbox", Heard: b.heard}
		for _, ref := range b.waits {
			if in.Orders == (ref.Kind == trade.KindOrder) && len(plan.Single) < in.Limit {
				plan.Single = append(plan.Single, ref)
			}
		}
		return plan, nil
	})
	b.env.OnActivity(a.ReadRecord, anyArg, anyArg).Return(func(_ context.Context, in activities.ReadRecordInput) (activities.ReadRecordResult, error) {
		b.asked = append(b.asked, in.ID)
		if b.onRead != nil {
			b.onRead(in.ID)
		}
		if b.broken[in.ID] {
			return activities.ReadRecordResult{}, temporal.NewApplicationError("a broken reply", "unknown")
		}
		left := b.waits[:0:0]
		for _, ref := range b.waits {
			if ref.ID != in.ID {
				left = append(left, ref)
			}
		}
		b.waits = left
		return activities.ReadRecordResult{}, nil
	})
	b.env.OnActivity(a.RelaySales, anyArg, anyArg).Return(func(context.Context, activities.RelaySalesInput) (activities.RelaySalesResult, error) {
		b.asked = append(b.asked, "relay")
		return activities.RelaySalesResult{}, nil
	})
	return b
}

func (b *box) run(t *testing.T) error {
	t.Helper()
	b.env.SetTestTimeout(20 * time.Second)
	b.env.ExecuteWorkflow(workflows.DrainInbox, activities.PlanReadsInput{Connection: "acme"})
	require.True(t, b.env.IsWorkflowCompleted())
	return b.env.GetWorkflowError()
}

func ref(kind trade.Kind, id string) trade.Ref { return trade.Ref{Kind: kind, ID: id} }

func TestInboxReadsRelativesFirstAndEndsWhenNothingWaits(t *testing.T) {
	b := newBox(t, ref(trade.KindOrder, "or_1"), ref(trade.KindInvoice, "iv_1"), ref(trade.KindCustomer, "cu_1"))
	require.NoError(t, b.run(t))
	require.Equal(t, []string{"iv_1", "cu_1", "or_1", "relay"}, b.asked)
	require.Equal(t, []int64{0, 0, 7, 7}, b.tried, "the second round is told what the first has tried")
	require.Equal(t, []int64{0, 0, 0, 0}, b.twice)
}

func TestEmptyInboxCostsNothing(t *testing.T) {
	b := newBox(t)
	require.NoError(t, b.run(t))
	require.Empty(t, b.asked)
}

func TestABurstArrivesAsOne(t *testing.T) {
	b := newBox(t)
	b.env.RegisterDelayedCallback(func() { b.waits = append(b.waits, ref(trade.KindOrder, "or_1"), ref(trade.KindOrder, "or_2")) }, 2*time.Second)
	require.NoError(t, b.run(t))
	require.Equal(t, []string{"or_1", "or_2", "relay"}, b.asked)
}

func TestNudgeUnderWayIsNotLost(t *testing.T) {
	b := newBox(t, ref(trade.KindOrder, "or_1"))
	b.onRead = func(id string) {
		if id == "or_1" {
			b.env.SignalWorkflow(workflows.SignalChanged, nil)
			b.env.RegisterDelayedCallback(func() { b.waits = append(b.waits, ref(trade.KindOrder, "or_2")) }, time.Second)
		}
	}
	require.NoError(t, b.run(t))
	require.Equal(t, []string{"or_1", "relay", "or_2", "relay"}, b.asked)
	require.Equal(t, []int64{0, 0, 0, 0, 7, 7}, b.twice)
}

// Nothing waited, and the nudge comes after that was seen.
func TestNudgeAfterTheLastLookIsNotLost(t *testing.T) {
	b := newBox(t)
	b.onPlan = func() {
		if len(b.tried) == 2 {
			b.waits = append(b.waits, ref(trade.KindOrder, "or_2"))
			b.env.SignalWorkflow(workflows.SignalChanged, nil)
		}
	}
	require.NoError(t, b.run(t))
	require.Equal(t, []string{"or_2", "relay"}, b.asked)
}

func TestUnreadableRecordIsToldAndKeepsNoOtherWaiting(t *testing.T) {
	b := newBox(t, ref(trade.KindInvoice, "iv_1"), ref(trade.KindInvoice, "iv_2"), ref(trade.KindOrder, "or_1"))
	b.broken["iv_1"] = true
	err := b.run(t)
	require.ErrorContains(t, err, "iv_1")
	require.Equal(t, []string{"iv_1", "iv_1", "iv_1", "iv_2", "or_1", "relay"}, b.asked[:6])
	require.Equal(t, []trade.Ref{ref(trade.KindInvoice, "iv_1")}, b.waits)
}

func TestManyFailuresAreToldInFew(t *testing.T) {
	var waits []trade.Ref
	for i := range 40 {
		waits = append(waits, ref(trade.KindOrder, fmt.Sprintf("or_%02d", i)))
	}
	b := newBox(t, waits...)
	for i, w := range waits {
		b.broken[w.ID] = i%2 == 0
	}
	err := b.run(t)
	require.ErrorContains(t, err, "records more that could not be read")
	require.Less(t, len(err.Error()), 4_000)
	for i, w := range waits {
		require.Equal(t, i%2 != 0, !slices.Contains(b.waits, w), w.ID)
	}
}

func TestInboxGivesUpWhenNothingCanBeRead(t *testing.T) {
	var waits []trade.Ref
	for i := range 200 {
		waits = append(waits, ref(trade.KindOrder, fmt.Sprint("or_", i)))
	}
	b := newBox(t, waits...)
	for _, w := range waits {
		b.broken[w.ID] = true
	}
	require.Error(t, b.run(t))
	require.Len(t, b.asked, 15, "five records, three times each")
	require.Len(t, b.waits, 200)
}

func TestRunOfTheInboxIsBounded(t *testing.T) {
	var waits []trade.Ref
	for i := range 350 {
		waits = append(waits, ref(trade.KindOrder, fmt.Sprint("or_", i)))
	}
	b := newBox(t, waits...)
	require.NoError(t, b.run(t))
	require.Len(t, b.waits, 50)
}
