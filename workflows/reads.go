package workflows

import (
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"spacebridge/activities"
)

// PollID and SweepID are the workflow ids of a connection's scheduled reads.
func PollID(connection string) string { return "poll/" + connection }

// SweepID is the workflow id of a connection's sweep.
func SweepID(connection string) string { return "sweep/" + connection }

// ReadsResult says what a poll or a sweep brought.
type ReadsResult struct {
	Read    int
	New     int
	Changed int
	Relayed int

	answered int // requests that brought something
}

// Poll reads what was created since the watermarks and wakes the sales concerned.
func Poll(ctx workflow.Context, in activities.PlanReadsInput) (ReadsResult, error) {
	return PollOn(newDurable(ctx), in)
}

// PollOn is Poll on any Engine.
func PollOn(e Engine, in activities.PlanReadsInput) (ReadsResult, error) {
	var plan activities.PlanReadsResult
	if err := e.Call(CallLedger, "", act.PlanPoll, in, &plan); err != nil {
		return ReadsResult{}, err
	}
	var result ReadsResult
	// First of all, so that an operator's word or a gate that opened never waits for a list that cannot be read.
	if err := result.relay(e, in.Connection); err != nil {
		return result, err
	}
	failed := errors.Join(result.walk(e, in.Connection, plan), result.refresh(e, in.Connection, plan))
	// What was read is worked on even when a list could not be read to its end.
	return result, errors.Join(failed, result.relay(e, in.Connection))
}

// unseenPerSweep bounds the single reads of one sweep; what is left is read by the next.
const unseenPerSweep = 300

// Sweep reads everything that is recent or still open, then what the lists should have shown and did not, and wakes the
// sales concerned. The first sweep of a process, and then one a day, also surveys the books.
func Sweep(ctx workflow.Context, in activities.PlanReadsInput) (ReadsResult, error) {
	return SweepOn(newDurable(ctx), in)
}

// SweepOn is Sweep on any Engine.
func SweepOn(e Engine, in activities.PlanReadsInput) (ReadsResult, error) {
	var plan activities.PlanReadsResult
	if err := e.Call(CallLedger, "", act.PlanSweep, in, &plan); err != nil {
		return ReadsResult{}, err
	}
	var result ReadsResult
	failed := result.walk(e, in.Connection, plan)
	refreshed := result.refresh(e, in.Connection, plan)
	if err := errors.Join(failed, result.relay(e, in.Connection)); err != nil {
		return result, errors.Join(err, refreshed) // a list that was not read to its end says nothing about what is missing from it
	}
	failed = errors.Join(refreshed, result.unseen(e, in.Connection, plan, unseenPerSweep))
	if plan.Survey {
		failed = errors.Join(failed, survey(e, in.Connection))
	}
	return result, errors.Join(failed, result.relay(e, in.Connection))
}

// survey walks through the books to their end.
func survey(e Engine, connection string) error {
	e.Tell("Comparing the books with the ledger.")
	for after := ""; ; {
		var page activities.SurveyBooksResult
		in := activities.SurveyBooksInput{Connection: connection, After: after}
		if err := e.Call(CallList, "survey the books", act.SurveyBooks, in, &page); err != nil {
			return err
		}
		if after = page.Next; after == "" {
			return nil
		}
	}
}

// walk reads the lists of a plan, page by page. A list that fails does not stop the lists after it.
func (r *ReadsResult) walk(e Engine, connection string, plan activities.PlanReadsResult) error {
	var failed []error
	for _, walk := range plan.Walks {
		asOf, err := r.read(e, connection, walk)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		if walk.Cursor == "" {
			continue
		}
		// Invariant 6: only now is everything up to the start of the walk committed.
		move := activities.AdvanceCursorInput{Connection: connection, Cursor: walk.Cursor, To: plan.StartedAt}
		if !asOf.IsZero() {
			move.To = asOf
		}
		if err := e.Call(CallLedger, "", act.AdvanceCursor, move, nil); err != nil {
			return err
		}
	}
	return errors.Join(failed...)
}

// restartsPerWalk is how often a walk begins again because the record that it would go on from was deleted.
const restartsPerWalk = 3

// read reads one list to its end. It gives Orderspace's time when its first page was asked for, zero while not known.
func (r *ReadsResult) read(e Engine, connection string, walk activities.Walk) (asOf time.Time, err error) {
	e.Tell("Reading " + walk.Name + ".")
	restarts := 0
	for after := ""; ; {
		var page activities.ReadPageResult
		in := activities.ReadPageInput{Connection: connection, Walk: walk, After: after}
		if err := e.Call(CallList, walk.Name, act.ReadPage, in, &page); err != nil {
			return asOf, err
		}
		if page.Lost {
			if restarts++; restarts > restartsPerWalk {
				return asOf, fmt.Errorf("%s: the record to go on from was deleted, again and again", walk.Name)
			}
			after = ""
			continue
		}
		if after == "" {
			asOf = page.AsOf
		}
		r.answered++
		r.Read += page.Read
		r.New += page.New
		r.Changed += page.Changed
		if after = page.Next; after == "" {
			return asOf, nil
		}
	}
}

// refresh reads the lists that bring outdated orders up to date for less than their sales would spend.
func (r *ReadsResult) refresh(e Engine, connection string, plan activities.PlanReadsResult) error {
	var outdated activities.ReadPlan
	ask := activities.PlanOutdatedInput{Connection: connection, For: plan.For}
	if err := e.Call(CallLedger, "", act.PlanOutdated, ask, &outdated); err != nil {
		return err
	}
	return r.walk(e, connection, activities.PlanReadsResult{Walks: outdated.Walks})
}

// unseen reads what the lists of a plan should have shown and did not, and closes the plan: its cursor moves to its start.
func (r *ReadsResult) unseen(e Engine, connection string, plan activities.PlanReadsResult, limit int) error {
	ask := activities.PlanUnseenInput{Connection: connection, Reads: plan, Limit: limit}
	ask.Reads.Walks = nil // long, and read already
	var failed error
	more := false
	for {
		var missing activities.ReadPlan
		if err := e.Call(CallLedger, "", act.PlanUnseen, ask, &missing); err != nil {
			return errors.Join(failed, err)
		}
		more = more || !ask.Alone && missing.More
		failed = errors.Join(failed, r.walk(e, connection, activities.PlanReadsResult{Walks: missing.Walks}))
		one := r.singles(e, connection, missing, "the lists did not show it")
		failed = errors.Join(failed, one.err())
		if ask.Limit -= len(missing.Single); ask.Alone || len(missing.Walks) == 0 || ask.Limit <= 0 || one.hopeless() {
			break
		}
		ask.Alone = true // what those lists did not show either
	}
	if more || failed != nil {
		return failed // what this one has not come to look at, or could not read, would be forgotten by the next
	}
	// Invariant 6: every list was read to its end and committed, and what was missing from them has been looked at.
	move := activities.AdvanceCursorInput{Connection: connection, Cursor: plan.Cursor, To: plan.StartedAt}
	if err := e.Call(CallLedger, "", act.AdvanceCursor, move, nil); err != nil || plan.Span == "" {
		return err
	}
	span := activities.AdvanceCursorInput{Connection: connection, Cursor: plan.Span, To: plan.Since}
	return e.Call(CallLedger, "", act.AdvanceCursor, span, nil)
}

// relay wakes the dirty sales.
func (r *ReadsResult) relay(e Engine, connection string) error {
	e.Tell("Waking sales that have changed.")
	var relayed activities.RelaySalesResult
	err := e.Call(CallRelay, "wake sales that have changed", act.RelaySales, activities.RelaySalesInput{Connection: connection}, &relayed)
	r.Relayed += relayed.Relayed
	return err
}
