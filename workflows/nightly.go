package workflows

import (
	"errors"

	"go.temporal.io/sdk/workflow"

	"spacebridge/activities"
)

// RereadID is the workflow id of a connection's nightly read.
func RereadID(connection string) string { return "nightly/" + connection }

// unseenPerNight bounds the single reads of one night; what is left is read by the next.
const unseenPerNight = 2_000

// Reread reads everything of the last 90 days, whatever it costs, then one by one what should have been in the lists and was
// not, and wakes the sales concerned. It also lets the ledger forget what webhooks brought long ago.
func Reread(ctx workflow.Context, in activities.PlanReadsInput) (ReadsResult, error) {
	return RereadOn(newDurable(ctx), in)
}

// RereadOn is Reread on any Engine.
func RereadOn(e Engine, in activities.PlanReadsInput) (ReadsResult, error) {
	var plan activities.PlanReadsResult
	if err := e.Call(CallLedger, "", act.PlanReread, in, &plan); err != nil {
		return ReadsResult{}, err
	}
	var result ReadsResult
	failed := result.walk(e, in.Connection, plan)
	// What is found is worked on before what is missing is looked for, which may take an hour.
	failed = errors.Join(failed, result.relay(e, in.Connection))
	if failed == nil { // a list that was not read to its end says nothing about what is missing from it
		failed = result.unseen(e, in.Connection, plan, unseenPerNight)
	}
	failed = errors.Join(failed, e.Call(CallLedger, "forget old webhooks", act.PruneInbox, in, nil))
	return result, errors.Join(failed, result.relay(e, in.Connection))
}
