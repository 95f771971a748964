package workflows

import (
	"time"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// HeartbeatTimeout is how long after its process died an activity is noticed. The worker beats for all activities.
const HeartbeatTimeout = 20 * time.Second

// StepTimeout is all the time of a step: the looks before it, the lease of its effect, and the look after a refusal. The
// lease in turn outlasts the one HTTP attempt.
const StepTimeout = 90 * time.Second

// Limits say how long an activity of a kind may take and how it is tried again.
type Limits struct {
	StartToClose    time.Duration // of one attempt
	ScheduleToClose time.Duration // of all attempts; 0: no limit
	Retry           temporal.RetryPolicy
}

// limits holds the numbers of every kind.
var limits = map[Call]Limits{
	CallLedger: {
		StartToClose: 30 * time.Second,
		Retry:        temporal.RetryPolicy{InitialInterval: 200 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 10 * time.Second},
	},
	CallRead: {
		StartToClose: 4 * time.Minute, // a closed gate (60 s) and the transport's own retries fit in
		Retry:        temporal.RetryPolicy{InitialInterval: 2 * time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
	},
	CallList: {
		StartToClose: 4 * time.Minute, ScheduleToClose: 8 * time.Minute,
		Retry: temporal.RetryPolicy{InitialInterval: 2 * time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
	},
	CallOne: {
		StartToClose: 4 * time.Minute, ScheduleToClose: 8 * time.Minute,
		Retry: temporal.RetryPolicy{InitialInterval: 2 * time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute, MaximumAttempts: 3},
	},
	CallRelay: {
		StartToClose: 10 * time.Minute,
		Retry:        temporal.RetryPolicy{InitialInterval: 2 * time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
	},
	CallStep: {StartToClose: StepTimeout, Retry: temporal.RetryPolicy{MaximumAttempts: 1}},
}

// Limits gives the numbers of a kind.
func (c Call) Limits() Limits { return limits[c] }

// durable is Temporal as an Engine.
type durable struct {
	ctx     workflow.Context
	changed workflow.ReceiveChannel
	words   map[string]workflow.ReceiveChannel
}

func newDurable(ctx workflow.Context) *durable {
	d := &durable{ctx: ctx, changed: workflow.GetSignalChannel(ctx, SignalChanged), words: map[string]workflow.ReceiveChannel{}}
	for _, kind := range wordKinds {
		d.words[kind] = workflow.GetSignalChannel(ctx, kind)
	}
	return d
}

// Call implements Engine. What touches the ledger only is a local activity.
func (d *durable) Call(kind Call, summary string, activity, in, out any) error {
	limit := kind.Limits()
	if kind == CallLedger {
		ctx := workflow.WithLocalActivityOptions(d.ctx, workflow.LocalActivityOptions{
			StartToCloseTimeout: limit.StartToClose, RetryPolicy: &limit.Retry, Summary: summary,
		})
		return workflow.ExecuteLocalActivity(ctx, activity, in).Get(ctx, out)
	}
	ctx := workflow.WithActivityOptions(d.ctx, workflow.ActivityOptions{
		StartToCloseTimeout: limit.StartToClose, ScheduleToCloseTimeout: limit.ScheduleToClose,
		HeartbeatTimeout: HeartbeatTimeout, Summary: summary, RetryPolicy: &limit.Retry,
	})
	return workflow.ExecuteActivity(ctx, activity, in).Get(ctx, out)
}

// Sleep implements Engine.
func (d *durable) Sleep(wait time.Duration, summary string) error {
	return workflow.NewTimerWithOptions(d.ctx, wait, workflow.TimerOptions{Summary: summary}).Get(d.ctx, nil)
}

// Listen implements Engine. A workflow that was cancelled does not wait.
func (d *durable) Listen(wait time.Duration, summary string) {
	selector := workflow.NewSelector(d.ctx)
	selector.AddReceive(d.changed, func(workflow.ReceiveChannel, bool) {})
	for _, kind := range wordKinds {
		selector.AddReceive(d.words[kind], func(workflow.ReceiveChannel, bool) {})
	}
	selector.AddReceive(d.ctx.Done(), func(workflow.ReceiveChannel, bool) {})
	if wait > 0 {
		timerCtx, cancel := workflow.WithCancel(d.ctx)
		defer cancel()
		selector.AddFuture(workflow.NewTimerWithOptions(timerCtx, wait, workflow.TimerOptions{Summary: summary}), func(workflow.Future) {})
	}
	selector.Select(d.ctx)
}

// Heard implements Engine.
func (d *durable) Heard() bool {
	waiting := d.changed.Len() > 0
	for _, kind := range wordKinds {
		waiting = waiting || d.words[kind].Len() > 0
	}
	return waiting
}

// News implements Engine.
func (d *durable) News() {
	for d.changed.ReceiveAsync(nil) {
		// A change is in the ledger already; the signal itself says nothing more.
	}
}

// Word implements Engine.
func (d *durable) Word(kind string) (Word, bool) {
	var word Word
	ok := d.words[kind].ReceiveAsync(&word)
	return word, ok
}

// Ended implements Engine.
func (d *durable) Ended() error { return d.ctx.Err() }

// maxHistory keeps a long-lived hold readable in the UI and cheap to replay.
const maxHistory = 2_000

// LongHistory implements Engine.
func (d *durable) LongHistory() bool {
	info := workflow.GetInfo(d.ctx)
	return info.GetContinueAsNewSuggested() || info.GetCurrentHistoryLength() > maxHistory
}

// Tell implements Engine.
func (d *durable) Tell(details string) { workflow.SetCurrentDetails(d.ctx, details) }

// File implements Engine.
func (d *durable) File(number, state, hold string) {
	err := workflow.UpsertTypedSearchAttributes(d.ctx, AttributeOrder.ValueSet(number), AttributeState.ValueSet(state), AttributeHold.ValueSet(hold))
	if err != nil {
		d.Log().Warn("search attributes not set", "error", err)
	}
}

// Log implements Engine.
func (d *durable) Log() log.Logger { return workflow.GetLogger(d.ctx) }
