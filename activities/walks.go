package activities

import (
	"context"
	"fmt"
	"slices"
	"time"

	"spacebridge/mapping/trade"
)

// Watermarks: the creation time up to which every record of a kind has been read and committed.
const (
	cursorOrders     = "orders_created"
	cursorInvoices   = "invoices_created"
	cursorDispatches = "dispatches_created"
	cursorCustomers  = "customers_created"
	cursorSweep      = "sweep_started"
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
	Survey    bool // the books are to be surveyed as well
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
	result := PlanReadsResult{StartedAt: a.now()}
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
	mark, err := time.Parse(time.RFC3339, cursor.Value)
	if err != nil {
		return start, permanent(fmt.Errorf("cursor %s of %s is %q, not a time", name, c.Name, cursor.Value), "bad_cursor")
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

// PlanSweep lists the reads of a sweep: every customer, every open order by status and every unpaid invoice, since
// Orderspace tells of no change by time.
//
// Idempotency: reads the clock and the configuration only.
// Errors: an unknown connection is final.
func (a *Activities) PlanSweep(_ context.Context, in PlanReadsInput) (PlanReadsResult, error) {
	c, err := a.connection(in.Connection)
	if err != nil {
		return PlanReadsResult{}, err
	}
	result := PlanReadsResult{StartedAt: a.now()}
	result.Survey = a.surveys.due(in.Connection, result.StartedAt)
	result.Walks = append(result.Walks, Walk{Name: "all customers", Kind: trade.KindCustomer})
	for _, status := range openStatuses {
		result.Walks = append(result.Walks, Walk{
			Name: "orders in status " + status, Kind: trade.KindOrder, Status: status, CreatedSince: c.Policy.Since,
		})
	}
	result.Walks = append(result.Walks, Walk{Name: "unpaid invoices", Kind: trade.KindInvoice, Unpaid: true, CreatedSince: c.Policy.Since})
	return result, nil
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

// ListUnseenInput asks for the records that a sweep should have met and did not.
type ListUnseenInput struct {
	Connection string
	Before     time.Time // start of the sweep
	Limit      int
}

// ListUnseenResult names the records.
type ListUnseenResult struct {
	Orders   []string
	Invoices []string
}

// ListUnseen names what the lists of open records did not show although it may still change: records that the ledger holds
// as open, which were finished, cancelled or deleted, and sales that are open whatever the status of their order. Only
// reading them one by one tells. Those read longest ago come first, so that every one has its turn.
//
// Idempotency: reads the ledger only.
// Errors: ledger errors are retried.
func (a *Activities) ListUnseen(ctx context.Context, in ListUnseenInput) (ListUnseenResult, error) {
	c, err := a.connection(in.Connection)
	if err != nil {
		return ListUnseenResult{}, err
	}
	orders, err := a.ledger.OpenRecords(ctx, in.Connection, trade.KindOrder, openStatuses, in.Before, c.Policy.Since, in.Limit)
	if err != nil {
		return ListUnseenResult{}, err
	}
	// A sale can be open while its order's status is not: fulfilled but not invoiced, held, or in a status nobody knows.
	sales, err := a.ledger.UnreadSales(ctx, in.Connection, in.Before, in.Limit)
	if err != nil {
		return ListUnseenResult{}, err
	}
	for _, id := range sales {
		if len(orders) < in.Limit && !slices.Contains(orders, id) {
			orders = append(orders, id)
		}
	}
	invoices, err := a.ledger.OpenRecords(ctx, in.Connection, trade.KindInvoice, []string{"unpaid", "proforma"}, in.Before, time.Time{}, in.Limit)
	return ListUnseenResult{Orders: orders, Invoices: invoices}, err
}
