package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/workflow"

	"spacebridge/activities"
)

// DrainInboxID is the workflow id of the reading of what webhooks told of a connection.
func DrainInboxID(connection string) string { return "inbox/" + connection }

const (
	gatherFor     = 3 * time.Second // a burst arrives as one
	singlePerRun  = 300             // single reads of one run; what is left waits for the next
	roundsPerRun  = 20              // of one run, for its history's sake
	quietSummary  = "letting a burst arrive"
	singleBecause = "a webhook told of it"
)

// DrainInbox reads what webhooks told of, the cheaper way, and wakes the sales concerned. Customers, invoices and dispatches
// come first, so that an order is read after what names it. What cannot be read goes on waiting in the ledger, and so does
// what is too much for one run: the next nudge, or the next minute, starts it again.
func DrainInbox(ctx workflow.Context, in activities.PlanReadsInput) (ReadsResult, error) {
	return DrainInboxOn(newDurable(ctx), in)
}

// DrainInboxOn is DrainInbox on any Engine. A signal that comes while it runs leads to another round.
func DrainInboxOn(e Engine, in activities.PlanReadsInput) (ReadsResult, error) {
	d := &drain{Engine: e, connection: in.Connection, limit: singlePerRun, tried: map[bool]int64{}, twice: map[bool]int64{}}
	for round := range roundsPerRun {
		if round == 0 || e.Heard() {
			if err := e.Sleep(gatherFor, quietSummary); err != nil {
				return d.result, err
			}
			e.News() // what they tell of is in the ledger, and in the plans that follow
		}
		again, err := d.round()
		if err != nil {
			return d.result, errors.Join(append(d.failed, err)...)
		}
		if d.limit <= 0 || d.hopeless || !again && !e.Heard() || e.LongHistory() {
			break
		}
	}
	return d.result, errors.Join(d.failed...)
}

// drain is the state of one run of DrainInbox.
type drain struct {
	Engine

	connection string
	limit      int            // single reads that are left
	tried      map[bool]int64 // by stage: the latest event that a plan has known of
	twice      map[bool]int64 // and the plan before it
	result     ReadsResult
	failed     []error
	hopeless   bool // nothing can be read now
}

// round reads what waits, relatives first, and wakes the sales concerned. It reports whether another round is worth its
// while: something was read, or lists that cannot be read leave their records to single reads. Its error is one after which
// the run cannot go on; what else fails is kept for the end.
func (d *drain) round() (again bool, err error) {
	before := d.result.answered
	for _, orders := range []bool{false, true} {
		var plan activities.ReadPlan
		ask := activities.PlanInboxInput{
			Connection: d.connection, Orders: orders, Tried: d.tried[orders], TriedTwice: d.twice[orders], Limit: max(d.limit, 0),
		}
		if err := d.Call(CallLedger, "", act.PlanInbox, ask, &plan); err != nil {
			return false, err
		}
		d.twice[orders], d.tried[orders] = d.tried[orders], plan.Heard
		if err := d.result.walk(d, d.connection, activities.PlanReadsResult{Walks: plan.Walks}); err != nil {
			d.note(err)
			again = true
		}
		one := d.result.singles(d, d.connection, plan, singleBecause)
		d.note(one.err())
		d.limit -= len(plan.Single)
		d.hopeless = d.hopeless || one.hopeless()
		if err := d.Ended(); err != nil {
			return false, err
		}
	}
	if d.result.answered == before {
		return again, nil
	}
	return true, d.result.relay(d, d.connection)
}

// note keeps what went wrong, a few times.
func (d *drain) note(err error) {
	if err != nil && len(d.failed) < shownFailures {
		d.failed = append(d.failed, err)
	}
}
