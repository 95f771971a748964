// Package workflows says what happens, in what order and in what time. It reaches the outside only through activities.
//
// Workflows are short, their ids are mutexes (one per sale, one poll and one sweep per connection), and they carry keys
// and codes only: a record lives in the ledger, never in a history (invariants 9 and 10).
package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"spacebridge/activities"
)

// act names the activities for the calls below; it is never dereferenced.
var act *activities.Activities

// Search attributes that make a sale findable in the Temporal UI.
var (
	AttributeConnection = temporal.NewSearchAttributeKeyKeyword("SpacebridgeConnection")
	AttributeOrder      = temporal.NewSearchAttributeKeyKeyword("SpacebridgeOrder") // the order's number, as the customer knows it
	AttributeState      = temporal.NewSearchAttributeKeyKeyword("SpacebridgeState")
	AttributeHold       = temporal.NewSearchAttributeKeyKeyword("SpacebridgeHold") // code, or "none"
)

// SearchAttributes lists them for registration.
func SearchAttributes() []temporal.SearchAttributeKeyKeyword {
	return []temporal.SearchAttributeKeyKeyword{AttributeConnection, AttributeOrder, AttributeState, AttributeHold}
}

// HeartbeatTimeout is how long after its process died an activity is noticed. The worker beats for all activities.
const HeartbeatTimeout = 20 * time.Second

// withLedger is for activities that touch the ledger only: local, quick, tried again until the disk answers.
func withLedger(ctx workflow.Context) workflow.Context {
	return workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout: 30 * time.Second,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: 200 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 10 * time.Second},
	})
}

// withRead is for one read over HTTP: tried again, slower and slower, for as long as it takes.
func withRead(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 4 * time.Minute, // a closed gate (60 s) and the transport's own retries fit in
		HeartbeatTimeout:    HeartbeatTimeout,
		Summary:             summary,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: 2 * time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
	})
}

// withList is for a read that others wait behind: it gives up after some minutes, and the next scheduled run tries again.
func withList(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithScheduleToCloseTimeout(withRead(ctx, summary), 8*time.Minute)
}

// StepTimeout is all the time of a step: the looks before it, the lease of its effect, and the look after a refusal. The
// lease in turn outlasts the one HTTP attempt.
const StepTimeout = 90 * time.Second

// withStep is for one change to the books. It is never tried again by Temporal: the workflow decides what comes next.
func withStep(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: StepTimeout,
		HeartbeatTimeout:    HeartbeatTimeout,
		Summary:             summary,
		RetryPolicy:         &temporal.RetryPolicy{MaximumAttempts: 1},
	})
}
