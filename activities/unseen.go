package activities

import (
	"context"
	"slices"
	"time"

	"spacebridge/connectors/rest"
	"spacebridge/mapping/trade"
)

// PlanUnseenInput asks for the records that a sweep or a nightly read should have met and did not.
type PlanUnseenInput struct {
	Connection string
	Reads      PlanReadsResult // what was read; its walks are not looked at
	Alone      bool            // lists have been tried: what is left is read one by one
	Limit      int             // single reads at most
}

// PlanUnseen says how to read what the lists did not show although they should have, or although it may still change. Only
// what reads of their own say is believed of a record that is missing from a list, since lists may be late. For a sweep that
// is:
//
//   - what was created since W, and any customer, that was seen since the sweep before and not by this one;
//   - records that the ledger holds as open, which were finished, cancelled or paid, and sales that are open whatever the
//     status of their order: a list of another status may show them.
//
// For a nightly read it is everything created within its time that was seen since the night before.
//
// Idempotency: reads the ledger only.
// Errors: an unknown connection is final; ledger errors are retried.
func (a *Activities) PlanUnseen(ctx context.Context, in PlanUnseenInput) (ReadPlan, error) {
	c, err := a.connection(in.Connection)
	if err != nil {
		return ReadPlan{}, err
	}
	none := ReadPlan{For: in.Reads.For}
	if a.now().Before(in.Reads.StartedAt) {
		none.More = true // our clock was set back: what was read since cannot be told from what was not
		return none, nil
	}
	kinds := []trade.Kind{trade.KindInvoice, trade.KindOrder, trade.KindDispatch}
	if in.Reads.For == rest.WorkSweep { // which reads all customers, whenever they were created, and no dispatches
		kinds[2] = trade.KindCustomer
	}
	groups := make([][]wanted, 0, len(kinds)+2)
	for _, kind := range kinds {
		vanished, err := a.vanished(ctx, c, kind, in.Reads)
		if err != nil {
			return none, err
		}
		groups = append(groups, vanished)
	}
	missing := inTurn(groups...)
	var open []wanted
	if in.Reads.For == rest.WorkSweep {
		if open, err = a.leftOpen(ctx, c, in.Reads); err != nil {
			return none, err
		}
	}
	if in.Alone {
		for i := range open {
			open[i].since = time.Time{}
		}
	}
	plan, err := a.cheaply(ctx, c, once(append(missing, open...)), nil, in.Reads.For, in.Reads.Since, in.Limit)
	// What vanished comes first, and is asked for once: the next sweep knows only what this one has seen.
	plan.More = len(missing) > in.Limit
	return plan, err
}

// vanishedMost bounds how many records are looked through for those that vanished.
const vanishedMost = 20_000

// vanished gives the records of a kind that the lists should have shown, since they were created within their time.
func (a *Activities) vanished(ctx context.Context, c *Connection, kind trade.Kind, reads PlanReadsResult) ([]wanted, error) {
	seen := reads.SeenFrom
	if seen.IsZero() {
		seen = reads.Since // whatever was created since was read since, and much besides that is long past
	}
	ids, err := a.ledger.Vanished(ctx, c.Name, kind, seen, reads.StartedAt, vanishedMost)
	if err != nil {
		return nil, err
	}
	var all []wanted
	for _, id := range ids {
		w := wanted{ref: trade.Ref{Kind: kind, ID: id}}
		h, err := a.holds(ctx, c, w.ref)
		if err != nil {
			return nil, err
		}
		if !h.gone && (kind == trade.KindCustomer || h.created.After(lookFrom(c, kind, reads))) {
			all = append(all, w)
		}
	}
	return all, nil
}

// lookFrom is after when a record must have been created to be looked for because the lists did not show it. The creation of an
// invoice is an estimate that is too early by as much as two days. Where the lists begin with the connection they show every
// invoice that is anything to it, so that those of its first days are looked for as well.
func lookFrom(c *Connection, kind trade.Kind, reads PlanReadsResult) time.Time {
	if kind == trade.KindInvoice && !reads.Since.After(c.Policy.Since) {
		return reads.Since.Add(-2 * datedMargin)
	}
	return reads.Since.Add(createdMargin)
}

// openMost bounds how many records of a kind that left the lists of what is open are looked for at once.
const openMost = 2_000

// leftOpen gives what left the lists of what is open, and what is open by its sale alone. Orders that left the open lists
// are most often fulfilled, and looked for there first.
func (a *Activities) leftOpen(ctx context.Context, c *Connection, reads PlanReadsResult) ([]wanted, error) {
	orders, err := a.ledger.OpenRecords(ctx, c.Name, trade.KindOrder, openStatuses, reads.StartedAt, c.Policy.Since, openMost)
	if err != nil {
		return nil, err
	}
	// A sale can be open while its order's status is not: fulfilled but not invoiced, held, or in a status nobody knows.
	sales, err := a.ledger.UnreadSales(ctx, c.Name, reads.StartedAt, openMost)
	if err != nil {
		return nil, err
	}
	invoices, err := a.ledger.OpenRecords(ctx, c.Name, trade.KindInvoice, []string{unpaid, "proforma"}, reads.StartedAt, time.Time{}, openMost)
	if err != nil {
		return nil, err
	}
	groups := make([][]wanted, 0, 3)
	for _, group := range []struct {
		kind trade.Kind
		ids  []string
	}{{trade.KindInvoice, invoices}, {trade.KindOrder, orders}, {trade.KindOrder, sales}} {
		var all []wanted
		for _, id := range group.ids {
			w := wanted{ref: trade.Ref{Kind: group.kind, ID: id}}
			h, err := a.holds(ctx, c, w.ref)
			if err != nil {
				return nil, err
			}
			if h.created.Before(reads.Since) { // a list has just not shown what is later
				w.since = since(h.created)
			}
			if group.kind == trade.KindOrder {
				if w.status = listedStatus(w.ref.Kind, h.status); slices.Contains(openStatuses, h.status) {
					w.status = trade.StatusFulfilled
				}
			}
			all = append(all, w)
		}
		groups = append(groups, all)
	}
	return inTurn(groups...), nil
}

// inTurn takes one of each group after the other, so that a long group keeps no other waiting.
func inTurn(groups ...[]wanted) []wanted {
	var all []wanted
	for i := 0; ; i++ {
		n := len(all)
		for _, group := range groups {
			if i < len(group) {
				all = append(all, group[i])
			}
		}
		if len(all) == n {
			return all
		}
	}
}

// once leaves out what was named before.
func once(all []wanted) []wanted {
	seen := make(map[trade.Ref]bool, len(all))
	return slices.DeleteFunc(all, func(w wanted) bool {
		was := seen[w.ref]
		seen[w.ref] = true
		return was
	})
}

// PlanOutdatedInput asks how to bring outdated orders up to date.
type PlanOutdatedInput struct {
	Connection string
	For        rest.Work
}

// outdatedFew is how many outdated orders are left to their sales without a thought.
const outdatedFew = 20

// PlanOutdated says which lists bring orders up to date for less than their sales would spend on reading them one by one,
// after many invoices or dispatches were read at once.
//
// Idempotency: reads the ledger only.
// Errors: an unknown connection is final; ledger errors are retried.
func (a *Activities) PlanOutdated(ctx context.Context, in PlanOutdatedInput) (ReadPlan, error) {
	c, err := a.connection(in.Connection)
	if err != nil {
		return ReadPlan{}, err
	}
	all, err := a.outdated(ctx, c, true)
	if err != nil || len(all) <= outdatedFew {
		return ReadPlan{For: in.For}, err
	}
	return a.cheaply(ctx, c, nil, all, in.For, time.Time{}, 0)
}
