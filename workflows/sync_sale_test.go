package workflows_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"spacebridge/activities"
	"spacebridge/mapping"
	"spacebridge/mapping/trade"
	"spacebridge/workflows"
)

var sale = activities.SaleInput{Connection: "acme", SaleID: "or_1"}

// script is a sale whose plans and steps are written down beforehand. It notes what the workflow asks for, and when.
type script struct {
	env      *testsuite.TestWorkflowEnvironment
	plans    []activities.Plan
	steps    []activities.StepResult
	stepErrs []error
	lookups  []activities.ResolveResult
	asked    []string
	at       []time.Duration
	start    time.Time
	commands []activities.CommandInput
	onPlan   func() // called during a plan
}

func newScript(t *testing.T) *script {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	s := &script{env: suite.NewTestWorkflowEnvironment()}
	s.env.RegisterWorkflow(workflows.SyncSale)
	s.env.RegisterActivity(&activities.Activities{})
	var a *activities.Activities
	s.env.OnActivity(a.PlanSale, anyArg, anyArg).Return(func(context.Context, activities.SaleInput) (activities.Plan, error) {
		s.note("plan")
		if s.onPlan != nil {
			s.onPlan()
		}
		return shift(&s.plans), nil
	})
	s.env.OnActivity(a.ApplyStep, anyArg, anyArg).Return(func(_ context.Context, in activities.StepInput) (activities.StepResult, error) {
		s.note("step " + string(in.Step))
		var err error
		if len(s.stepErrs) > 0 {
			err = shift(&s.stepErrs)
		}
		if err != nil {
			return activities.StepResult{}, err
		}
		return shift(&s.steps), nil
	})
	s.env.OnActivity(a.ResolveEffect, anyArg, anyArg).Return(func(context.Context, activities.SaleInput) (activities.ResolveResult, error) {
		s.note("look up")
		return shift(&s.lookups), nil
	})
	s.env.OnActivity(a.ReadRecord, anyArg, anyArg).Return(func(_ context.Context, in activities.ReadRecordInput) (activities.ReadRecordResult, error) {
		s.note("read " + string(in.Kind) + " " + in.ID)
		return activities.ReadRecordResult{}, nil
	})
	s.env.OnActivity(a.RecordCommand, anyArg, anyArg).Return(func(_ context.Context, in activities.CommandInput) error {
		s.note("command " + in.Kind)
		s.commands = append(s.commands, in)
		return nil
	})
	return s
}

func (s *script) note(what string) {
	if s.start.IsZero() {
		s.start = s.env.Now()
	}
	s.asked = append(s.asked, what)
	s.at = append(s.at, s.env.Now().Sub(s.start))
}

func (s *script) run(t *testing.T) {
	t.Helper()
	s.env.SetTestTimeout(10 * time.Second)
	s.env.ExecuteWorkflow(workflows.SyncSale, sale)
	require.True(t, s.env.IsWorkflowCompleted())
	require.NoError(t, s.env.GetWorkflowError())
}

// shift takes the first of a list; the last one stays.
func shift[T any](list *[]T) T {
	first := (*list)[0]
	if len(*list) > 1 {
		*list = (*list)[1:]
	}
	return first
}

func next(action mapping.Action) activities.Plan {
	return activities.Plan{Action: action, State: trade.StatePending, Number: "1204"}
}

func reading(records ...trade.Ref) activities.Plan {
	plan := next(mapping.ActRead)
	plan.Read = records
	return plan
}

var (
	resting = activities.Plan{Action: mapping.ActNone, State: trade.StatePending, Settled: true, Number: "1204"}
	held    = activities.Plan{Action: mapping.ActNone, State: trade.StateHeld, Settled: true, HoldCode: "penny_lock", Number: "1204"}
	done    = activities.StepResult{Outcome: activities.StepDone}
)

func TestPlanStepPlanUntilNothingIsLeft(t *testing.T) {
	s := newScript(t)
	s.plans = []activities.Plan{reading(trade.Ref{Kind: trade.KindOrder, ID: "or_1"}, trade.Ref{Kind: trade.KindInvoice, ID: "iv_1"}), reading(trade.Ref{Kind: trade.KindCustomer, ID: "cu_1"}), next(mapping.ActCreate), next(mapping.ActIssue), resting}
	s.steps = []activities.StepResult{done}
	s.run(t)
	require.Equal(t, []string{
		"plan", "read order or_1", "read invoice iv_1", "plan", "read customer cu_1", "plan", "step create", "plan", "step issue", "plan",
	}, s.asked)
}

func TestUnknownOutcomeIsLookedUpBeforeAnythingElse(t *testing.T) {
	s := newScript(t)
	unresolved := next(mapping.ActIssue)
	unresolved.Resolve = true
	s.plans = []activities.Plan{next(mapping.ActIssue), unresolved, unresolved, resting}
	s.steps = []activities.StepResult{{Outcome: activities.StepUnknown}}
	s.lookups = []activities.ResolveResult{
		{Outcome: activities.ResolveWait, Wait: 5 * time.Second, Step: "issue"},
		{Outcome: activities.ResolveSettled},
	}
	s.run(t)
	require.Equal(t, []string{"plan", "step issue", "plan", "look up", "plan", "look up", "plan"}, s.asked)
	require.GreaterOrEqual(t, s.at[4]-s.at[3], 5*time.Second)
}

func TestInterruptedStepIsNotRepeatedByTemporal(t *testing.T) {
	s := newScript(t)
	unresolved := next(mapping.ActCreate)
	unresolved.Resolve = true
	s.plans = []activities.Plan{next(mapping.ActCreate), unresolved, resting}
	s.stepErrs = []error{temporal.NewApplicationError("the disk is full", "disk"), nil}
	s.steps = []activities.StepResult{done}
	s.lookups = []activities.ResolveResult{{Outcome: activities.ResolveSettled}}
	s.run(t)
	require.Equal(t, []string{"plan", "step create", "plan", "look up", "plan"}, s.asked)
}

func TestBlockedStepWaitsLongerEachTime(t *testing.T) {
	s := newScript(t)
	s.plans = []activities.Plan{next(mapping.ActCreate), next(mapping.ActCreate), next(mapping.ActCreate), resting}
	s.steps = []activities.StepResult{{Outcome: activities.StepBlocked, Code: "integration_automatic"}, {Outcome: activities.StepBlocked}, done}
	s.run(t)
	require.Equal(t, []string{"plan", "step create", "plan", "step create", "plan", "step create", "plan"}, s.asked)
	require.Greater(t, s.at[4]-s.at[3], s.at[2]-s.at[1])
}

func TestHeldSaleWaitsForAWordAndObeysIt(t *testing.T) {
	s := newScript(t)
	s.plans = []activities.Plan{held, resting}
	s.env.RegisterDelayedCallback(func() {
		s.env.SignalWorkflow(workflows.SignalSkip, workflows.Word{Reason: "sample order", By: "ana"})
	}, 48*time.Hour)
	s.run(t)
	require.Equal(t, []string{"plan", "command skip", "plan"}, s.asked)
	require.GreaterOrEqual(t, s.at[1], 48*time.Hour)
	require.Equal(t, activities.CommandInput{Connection: "acme", SaleID: "or_1", Kind: "skip", Reason: "sample order", By: "ana"}, s.commands[0])
}

func TestSkipWithoutAReasonIsIgnored(t *testing.T) {
	s := newScript(t)
	s.plans = []activities.Plan{held, held, resting}
	s.env.RegisterDelayedCallback(func() { s.env.SignalWorkflow(workflows.SignalSkip, nil) }, time.Hour)
	s.env.RegisterDelayedCallback(func() { s.env.SignalWorkflow(workflows.SignalRetry, nil) }, 2*time.Hour)
	s.run(t)
	require.Equal(t, []string{"plan", "plan", "command retry", "plan"}, s.asked)
}

func TestChangeDuringTheLastStepIsPlannedAgain(t *testing.T) {
	s := newScript(t)
	s.plans = []activities.Plan{next(mapping.ActCreate), resting}
	s.steps = []activities.StepResult{done}
	s.env.RegisterDelayedCallback(func() { s.env.SignalWorkflow(workflows.SignalChanged, nil) }, 0)
	s.run(t)
	require.Equal(t, "plan", s.asked[len(s.asked)-1])
}

func TestSignalDuringTheLastPlanIsHeard(t *testing.T) {
	s := newScript(t)
	s.plans = []activities.Plan{resting}
	s.onPlan = func() {
		s.onPlan = nil
		s.env.SignalWorkflow(workflows.SignalChanged, nil)
	}
	s.run(t)
	require.Equal(t, []string{"plan", "plan"}, s.asked)
}

func TestLongHoldContinuesAsNewAndKeepsEveryWord(t *testing.T) {
	s := newScript(t)
	s.plans = []activities.Plan{held}
	s.env.SetCurrentHistoryLength(5000)
	s.env.RegisterDelayedCallback(func() {
		s.env.SignalWorkflow(workflows.SignalRetry, nil)
		s.env.SignalWorkflow(workflows.SignalIssue, nil)
	}, time.Hour)
	s.env.ExecuteWorkflow(workflows.SyncSale, sale)
	require.True(t, workflow.IsContinueAsNewError(s.env.GetWorkflowError()))
	require.Equal(t, []string{"plan", "command retry", "command issue"}, s.asked)
}

func TestGoingInCirclesSlowsDown(t *testing.T) {
	s := newScript(t)
	for range 12 {
		s.plans = append(s.plans, reading(trade.Ref{Kind: trade.KindOrder, ID: "or_1"}))
	}
	s.plans = append(s.plans, resting)
	s.run(t)
	require.GreaterOrEqual(t, s.at[len(s.at)-1], 15*time.Second, "a sale that asks for the same read for ever must not use up the budget")
}

// told is an Engine whose plan is always the same. It notes what people are told of it, and ends when the sale waits.
type told struct {
	workflows.Engine

	plan    activities.Plan
	details []string
	waits   bool
}

var errWaits = errors.New("the sale waits")

func (o *told) Call(_ workflows.Call, _ string, _, _, out any) error {
	*out.(*activities.Plan) = o.plan
	return nil
}

func (o *told) Tell(details string)                { o.details = append(o.details, details) }
func (o *told) File(_, _, _ string)                {}
func (o *told) News()                              {}
func (o *told) Word(string) (workflows.Word, bool) { return workflows.Word{}, false }
func (o *told) Heard() bool                        { return false }
func (o *told) Listen(time.Duration, string)       { o.waits = true }
func (o *told) Ended() error {
	if o.waits {
		return errWaits
	}
	return nil
}

func TestDetailsTellWhatAHoldIsAbout(t *testing.T) {
	plan := held
	plan.Rule, plan.Gross, plan.HoldReason, plan.HoldAdvice = "sale.penny_lock", "366.10 GBP", "366.11 is not 366.10", "Mend the line."
	for name, c := range map[string]struct {
		kind   trade.Kind
		detail string
		want   string
	}{
		"an order without a table": {trade.KindOrder, "", "**Order 1204** of acme is **held**, gross 366.10 GBP.\n\nRule: `sale.penny_lock`.\n\n" +
			"Held, `penny_lock`: 366.11 is not 366.10.\n\nMend the line.\n\n`spacebridge explain 1204` tells the whole story; signal `retry`, or `skip` with a reason."},
		"an invoice with a table": {trade.KindInvoice, "line  net\n1     2.00\n", "**Invoice 1204** of acme is **held**, gross 366.10 GBP.\n\nRule: `sale.penny_lock`.\n\n" +
			"Held, `penny_lock`: 366.11 is not 366.10.\n\nMend the line.\n\n```\nline  net\n1     2.00\n```\n\n`spacebridge explain 1204` tells the whole story; signal `retry`, or `skip` with a reason."},
	} {
		t.Run(name, func(t *testing.T) {
			one := &told{plan: plan}
			one.plan.Kind, one.plan.HoldDetail = c.kind, c.detail
			require.ErrorIs(t, workflows.SyncSaleOn(one, sale), errWaits)
			require.Equal(t, []string{c.want}, one.details)
		})
	}
}
