package activities

import (
	"cmp"
	"context"
	"slices"
	"time"

	"spacebridge/connectors/rest"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/trade"
)

const (
	// inboxMarks is how many marks are planned for at a time.
	inboxMarks = 5_000
	// inboxLate is how many records are read one by one although a list would show them for less, a little later: so many
	// take no more than a third of a minute's budget.
	inboxLate = 20
)

// ReadPlan is what to read: lists first, then records one by one.
type ReadPlan struct {
	Walks  []Walk
	Single []trade.Ref
	For    rest.Work // on whose behalf the single reads are
	More   bool      // there was more than the limit allows
	Heard  int64     // number of the latest event that the plan knows of
}

// PlanInboxInput asks how to read what webhooks told of.
type PlanInboxInput struct {
	Connection string
	Orders     bool  // the orders; otherwise what must be read before them: customers, dispatches and invoices
	Tried      int64 // what waits since an event up to this number was in a plan before, and was not where it was looked for
	TriedTwice int64 // and up to this number in two plans
	Limit      int   // single reads at most
}

// PlanInbox says how to read, with the fewest requests, what webhooks told of and nobody has read since.
//
// Idempotency: reads the ledger only.
// Errors: an unknown connection is final; ledger errors are retried.
func (a *Activities) PlanInbox(ctx context.Context, in PlanInboxInput) (ReadPlan, error) {
	c, err := a.connection(in.Connection)
	if err != nil {
		return ReadPlan{}, err
	}
	heard, err := a.ledger.Heard(ctx)
	if err != nil {
		return ReadPlan{}, err
	}
	marks, err := a.ledger.Waiting(ctx, c.Name, inboxMarks)
	if err != nil {
		return ReadPlan{}, err
	}
	var all, late []wanted
	for _, mark := range marks {
		if in.Orders != (mark.Kind == trade.KindOrder) {
			continue
		}
		holds, err := a.holds(ctx, c, trade.Ref{Kind: mark.Kind, ID: mark.ID})
		if err != nil {
			return ReadPlan{}, err
		}
		w, lists := inboxWanted(mark, holds, in, a.now())
		if lists {
			all = append(all, w)
		} else {
			late = append(late, w)
		}
	}
	all = append(all, inTime(late)...)
	if len(all) == 0 {
		return ReadPlan{For: rest.WorkInbox, Heard: heard}, nil
	}
	spare, err := a.outdated(ctx, c, in.Orders)
	if err != nil {
		return ReadPlan{}, err
	}
	plan, err := a.cheaply(ctx, c, all, spare, rest.WorkInbox, time.Time{}, in.Limit)
	plan.Heard = heard
	return plan, err
}

// inboxWanted says what a mark wants. lists is false for a record that a list has shown since its latest event, with nothing
// new about it: it may have been the list that was late, and only a read of its own, or of a list that is later than all
// delay, settles that.
//
// Its status is what the event says, until the record was read. An event that is repeated a week later says what was true then; so what was
// not found by its status is looked for by its creation alone, and what was not found there either is read by itself.
func inboxWanted(mark sqlite.Mark, h held, in PlanInboxInput, now time.Time) (w wanted, lists bool) {
	w = wanted{ref: trade.Ref{Kind: mark.Kind, ID: mark.ID}}
	if mark.Deleted || h.gone {
		return w, true // only a read of its own tells that a record is no more
	}
	if h.readAt.After(mark.Last) && now.Sub(mark.Last) <= sqlite.ListLag {
		return w, false
	}
	missed, missedTwice := mark.Seq <= in.Tried, mark.Seq <= in.TriedTwice
	if tooEarly(mark, h, now) {
		missed, missedTwice = false, false
	}
	if missedTwice || missed && mark.Kind != trade.KindOrder {
		return w, true
	}
	created := mark.Created
	switch {
	case created.IsZero() && h.known:
		created = h.created
	case created.IsZero() && mark.New:
		created = mark.Since.Add(-heardMargin)
	}
	status := cmp.Or(mark.Status, h.status)
	if h.readAt.After(mark.Last) {
		status = h.status
	}
	w.since, w.status = since(created), listedStatus(mark.Kind, status)
	if missed || mark.Kind == trade.KindInvoice && mark.Status != unpaid { // a payment may have been the last
		w.status = ""
	}
	return w, true
}

// tooEarly reports whether a list that was read since the latest event was read while lists may still have been late, so that
// the next one may bring what it did not. After some minutes there have been enough of them.
func tooEarly(mark sqlite.Mark, h held, now time.Time) bool {
	return h.readAt.After(mark.Last) && h.readAt.Sub(mark.Last) <= sqlite.ListLag && now.Sub(mark.Last) <= 5*sqlite.ListLag
}

// listedStatus is a status that the lists of a kind can be asked for; "" for every other.
func listedStatus(kind trade.Kind, status string) string {
	switch {
	case kind == trade.KindInvoice && status == unpaid:
		return status
	case kind == trade.KindOrder && slices.Contains(listedStatuses, status):
		return status
	default:
		return ""
	}
}

// inTime gives what is to be read although lists may be late: all of it while that is little, and none while it is much. It
// then waits until lists can be relied on.
func inTime(late []wanted) []wanted {
	if len(late) > inboxLate {
		return nil
	}
	return late
}

// outdatedMost is how many outdated orders are too many for them to be new: a first poll has just read the history, orders
// first, and hardly any of them needs to be read again.
const outdatedMost = 2_000

// outdated gives the orders that were read before an invoice or a dispatch that names them, as something that a list may
// bring along. Each of their sales reads its own when it must.
func (a *Activities) outdated(ctx context.Context, c *Connection, orders bool) ([]wanted, error) {
	if !orders {
		return nil, nil
	}
	ids, err := a.ledger.Outdated(ctx, c.Name, outdatedMost)
	if err != nil || len(ids) == outdatedMost {
		return nil, err
	}
	all := make([]wanted, 0, len(ids))
	for _, id := range ids {
		w := wanted{ref: trade.Ref{Kind: trade.KindOrder, ID: id}}
		h, err := a.holds(ctx, c, w.ref)
		if err != nil {
			return nil, err
		}
		w.since, w.status = since(h.created), listedStatus(w.ref.Kind, h.status)
		all = append(all, w)
	}
	return all, nil
}

// cheaply plans the reads of what is wanted. What is spare is read if lists are walked for it anyway, or are cheaper for
// it, and never by single reads.
func (a *Activities) cheaply(
	ctx context.Context, c *Connection, all, spare []wanted, work rest.Work, until time.Time, limit int,
) (ReadPlan, error) {
	all = a.stumbles.fit(c.Name, all, a.patience.steady())
	named := make(map[trade.Ref]bool, len(all))
	for _, w := range all {
		named[w.ref] = true
	}
	both := slices.Clip(all)
	for _, w := range spare {
		if !named[w.ref] {
			both = append(both, w)
		}
	}
	known, err := a.catalogue(ctx, c, both, until)
	if err != nil {
		return ReadPlan{}, err
	}
	plan := ReadPlan{For: work}
	var single []trade.Ref
	plan.Walks, single = cheapest(both, known)
	for i := range plan.Walks {
		plan.Walks[i].For = work
	}
	for _, ref := range single {
		switch {
		case !named[ref]:
		case len(plan.Single) == limit:
			plan.More = true
		default:
			plan.Single = append(plan.Single, ref)
		}
	}
	return plan, nil
}
