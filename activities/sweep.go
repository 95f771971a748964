package activities

import (
	"context"
	"time"

	"spacebridge/connectors/rest"
	"spacebridge/mapping/trade"
)

// PlanSweep lists the reads of a sweep: every customer; every order and invoice created since a time W, which is as far back
// as the budget allows; beyond W every open order, by status, and every unpaid invoice. Orderspace tells of no change by
// time, so a change whose webhook was lost is found by reading everything again.
//
// Idempotency: reads the ledger, the clock and the configuration only.
// Errors: an unknown connection is final; ledger errors are retried.
func (a *Activities) PlanSweep(ctx context.Context, in PlanReadsInput) (PlanReadsResult, error) {
	c, err := a.connection(in.Connection)
	if err != nil {
		return PlanReadsResult{}, err
	}
	result := PlanReadsResult{StartedAt: a.now(), For: rest.WorkSweep, Cursor: cursorSweep, Span: cursorSince}
	result.Survey = a.surveys.due(in.Connection, result.StartedAt)
	if result.SeenFrom, err = a.completed(ctx, c, cursorSweep, result.StartedAt); err != nil {
		return PlanReadsResult{}, err
	}
	if result.Since, err = a.recent(ctx, c, result.StartedAt); err != nil {
		return PlanReadsResult{}, err
	}
	start := c.Policy.Since
	result.Walks = append(result.Walks,
		Walk{Name: "all customers", Kind: trade.KindCustomer},
		Walk{Name: "all recent orders", Kind: trade.KindOrder, CreatedSince: result.Since},
	)
	if start.Before(result.Since) {
		for _, status := range openStatuses {
			result.Walks = append(result.Walks, Walk{
				Name: "older orders in status " + status, Kind: trade.KindOrder, Status: status,
				CreatedSince: start, CreatedBefore: result.Since.Add(boundary),
			})
		}
	}
	result.Walks = append(result.Walks,
		Walk{Name: "all recent invoices", Kind: trade.KindInvoice, CreatedSince: result.Since},
		Walk{Name: "unpaid invoices", Kind: trade.KindInvoice, Unpaid: true, CreatedSince: start},
	)
	for i := range result.Walks {
		result.Walks[i].For = rest.WorkSweep
	}
	return result, nil
}

// completed gives the time that a cursor of ours holds, zero when it was never moved, or by a clock that was ahead.
func (a *Activities) completed(ctx context.Context, c *Connection, name string, now time.Time) (time.Time, error) {
	cursor, found, err := a.ledger.Cursor(ctx, c.Name, name)
	if err != nil || !found {
		return time.Time{}, err
	}
	at, err := timeOf(c, name, cursor.Value)
	if err != nil || at.After(now) {
		return time.Time{}, err
	}
	return at, nil
}

// recent gives W, the time since when a sweep reads everything. Before the first poll is over, the ledger knows nothing of
// what there is, and the poll reads it all anyway: then a day is enough.
func (a *Activities) recent(ctx context.Context, c *Connection, now time.Time) (time.Time, error) {
	earliest, latest := later(c.Policy.Since, now.Add(-sweepFarthest)), now.Add(-sweepNearest)
	if _, polled, err := a.ledger.Cursor(ctx, c.Name, cursorOrders); err != nil || !polled {
		return later(earliest, latest), err
	}
	budget := sweepBudget(c.RequestsPerMinute, c.SweepInterval)
	if budget == never {
		return earliest, nil
	}
	var lists []shown
	for _, kind := range []trade.Kind{trade.KindOrder, trade.KindInvoice} {
		most := (budget + 1) * c.perPage()
		times, err := a.ledger.OpenWindow(ctx, c.Name, kind, "", earliest, most)
		if err != nil {
			return time.Time{}, err
		}
		lists = append(lists, shown{times: times, more: len(times) == most})
	}
	return reach(earliest, latest, budget, c.perPage(), lists...), nil
}

// PlanReread lists the reads of the night: everything created in the last 90 days, whatever it costs.
//
// Idempotency: reads the ledger, the clock and the configuration only.
// Errors: an unknown connection is final; ledger errors are retried.
func (a *Activities) PlanReread(ctx context.Context, in PlanReadsInput) (PlanReadsResult, error) {
	c, err := a.connection(in.Connection)
	if err != nil {
		return PlanReadsResult{}, err
	}
	result := PlanReadsResult{StartedAt: a.now(), For: rest.WorkNightly, Cursor: cursorNight}
	if result.SeenFrom, err = a.completed(ctx, c, cursorNight, result.StartedAt); err != nil {
		return PlanReadsResult{}, err
	}
	result.Since = later(c.Policy.Since, result.StartedAt.Add(-sweepFarthest))
	for _, kind := range []trade.Kind{trade.KindCustomer, trade.KindOrder, trade.KindDispatch, trade.KindInvoice} {
		result.Walks = append(result.Walks, Walk{
			Name: string(kind) + "s of the last 90 days", Kind: kind, CreatedSince: result.Since, For: rest.WorkNightly,
		})
	}
	return result, nil
}

// keepInbox is how long the ledger remembers what webhooks brought.
const keepInbox = 90 * 24 * time.Hour

// PruneInbox forgets what webhooks brought long ago, for all connections together.
//
// Idempotency: what is forgotten stays so.
// Errors: ledger errors are retried.
func (a *Activities) PruneInbox(ctx context.Context, _ PlanReadsInput) error {
	_, err := a.ledger.PruneInbox(ctx, a.now().Add(-keepInbox))
	return err
}
