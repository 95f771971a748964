package activities

import (
	"context"
	"fmt"
	"time"

	"spacebridge/connectors/rest"
	"spacebridge/mapping/trade"
)

// Watermarks: the creation time up to which every record of a kind has been read and committed.
const (
	cursorOrders     = "orders_created"
	cursorInvoices   = "invoices_created"
	cursorDispatches = "dispatches_created"
	cursorCustomers  = "customers_created"

	cursorSince = "sweep_since"     // how far back that sweep read everything
	cursorSweep = "sweep_started"   // start, by our clock, of the last sweep that read all its lists
	cursorNight = "nightly_started" // the same of the last nightly read
)

// openStatuses are those of orders that can still change by themselves.
var openStatuses = []string{
	trade.StatusNew, trade.StatusInvoiced, trade.StatusReleased, trade.StatusPartFulfilled, trade.StatusPreorder,
}

// PlanReadsInput names a connection.
type PlanReadsInput struct {
	Connection string
}

// PlanReadsResult lists what to read, in order.
type PlanReadsResult struct {
	Walks     []Walk
	StartedAt time.Time
	For       rest.Work // on whose behalf

	// Of sweeps and nightly reads only.
	Since    time.Time // everything created since then is in the lists
	Span     string    // ledger cursor to hold Since when the reads are over; "" for none
	SeenFrom time.Time // start of the last one that was completed; zero before the first
	Cursor   string    // to be moved to StartedAt when all is read
	Survey   bool      // the books are to be surveyed as well
}

// PlanPoll lists the reads of a poll: everything created since the watermarks, less an overlap. Customers come first and
// invoices last, so that a sale finds its buyer, and an invoice its order, already in the ledger.
//
// Idempotency: reads the ledger only.
// Errors: ledger errors are retried.
func (a *Activities) PlanPoll(ctx context.Context, in PlanReadsInput) (PlanReadsResult, error) {
	c, err := a.connection(in.Connection)
	if err != nil {
		return PlanReadsResult{}, err
	}
	result := PlanReadsResult{StartedAt: a.now(), For: rest.WorkPoll}
	for _, list := range []struct {
		kind   trade.Kind
		cursor string
		start  time.Time
	}{
		{trade.KindCustomer, cursorCustomers, time.Time{}}, // buyers are older than their orders
		{trade.KindOrder, cursorOrders, c.Policy.Since},
		{trade.KindDispatch, cursorDispatches, c.Policy.Since},
		{trade.KindInvoice, cursorInvoices, c.Policy.Since},
	} {
		since, err := a.watermark(ctx, c, list.cursor, list.start)
		if err != nil {
			return PlanReadsResult{}, err
		}
		result.Walks = append(result.Walks, Walk{
			Name: string(list.kind) + "s created since the watermark", Kind: list.kind, CreatedSince: since, Cursor: list.cursor,
			For: rest.WorkPoll,
		})
	}
	return result, nil
}

// watermark gives the time to read from: the stored watermark less the overlap, but never before start.
func (a *Activities) watermark(ctx context.Context, c *Connection, name string, start time.Time) (time.Time, error) {
	cursor, found, err := a.ledger.Cursor(ctx, c.Name, name)
	if err != nil || !found {
		return start, err
	}
	mark, err := timeOf(c, name, cursor.Value)
	if err != nil {
		return start, err
	}
	now, known := c.Shop.ServerNow()
	if !known {
		now = a.now()
	}
	if mark.After(now.Add(time.Minute)) {
		return start, nil // moved there by a clock that was wrong: what it passed is not known
	}
	mark = mark.Add(-a.timing.PollOverlap)
	if mark.Before(start) {
		return start, nil
	}
	return mark, nil
}

// timeOf reads a cursor that holds a time.
func timeOf(c *Connection, name, value string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return time.Time{}, permanent(fmt.Errorf("cursor %s of %s is %q, not a time", name, c.Name, value), "bad_cursor")
	}
	return at, nil
}

// AdvanceCursorInput moves a watermark.
type AdvanceCursorInput struct {
	Connection string
	Cursor     string
	To         time.Time
}

// AdvanceCursor moves a watermark to the start of a walk that is over, which is best told by Orderspace's own clock: ours may
// be ahead, and a watermark that runs ahead passes what has not been created yet.
//
// Idempotency: sets a value; setting it twice changes nothing.
// Errors: ledger errors are retried.
func (a *Activities) AdvanceCursor(ctx context.Context, in AdvanceCursorInput) error {
	// Invariant 6: the workflow calls this only after every page of the walk was committed.
	return a.ledger.AdvanceCursor(ctx, in.Connection, in.Cursor, in.To.UTC().Format(time.RFC3339))
}
