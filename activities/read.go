package activities

import (
	"context"
	"fmt"
	"time"

	"spacebridge/connectors/rest"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/trade"
)

// Walk is one list to read from its newest record to its end.
type Walk struct {
	Name          string // for people: "orders since the watermark"
	Kind          trade.Kind
	CreatedSince  time.Time
	CreatedBefore time.Time // orders and dispatches only; zero for no end
	Status        string
	Unpaid        bool
	Cursor        string    // ledger cursor to move when the walk is over; "" for none
	For           rest.Work // on whose behalf; "" is a sale's
}

// ReadPageInput asks for one page of a walk.
type ReadPageInput struct {
	Connection string
	Walk       Walk
	After      string // cursor from the page before; "" for the first
}

// ReadPageResult says what a page brought.
type ReadPageResult struct {
	Next    string // "" at the end of the list
	Read    int
	New     int
	Changed int
	AsOf    time.Time // Orderspace's time when the request left; zero while it is not known
	Lost    bool      // the record that the page before ended with is no more: nothing was read, and the walk begins again
}

// ReadPage reads one page of a list and commits its records and the sales they concern.
//
// Idempotency: a read; records are content-addressed, so reading a page twice stores nothing new.
// Errors: by the table in errors.go; ledger errors are retried. A cursor that was deleted under way is a result, not an error.
func (a *Activities) ReadPage(ctx context.Context, in ReadPageInput) (ReadPageResult, error) {
	c, err := a.connection(in.Connection)
	if err != nil {
		return ReadPageResult{}, err
	}
	reading, err := a.begin(ctx, c, trade.SourceList, in.Walk.For)
	if err != nil {
		return ReadPageResult{}, err
	}
	left := a.patience.steady()
	page, err := c.Shop.ListRecords(rest.As(ctx, in.Walk.For), in.Walk.Kind, trade.ListFilter{
		CreatedSince: in.Walk.CreatedSince, CreatedBefore: in.Walk.CreatedBefore, Status: in.Walk.Status, Unpaid: in.Walk.Unpaid,
	}, in.After)
	if noted := a.noteRead(ctx, c.Name, err); noted != nil {
		return ReadPageResult{}, noted
	}
	if rest.ClassOf(err) == rest.NotFound && in.After != "" {
		return ReadPageResult{Lost: true}, nil
	}
	if err != nil {
		return ReadPageResult{}, readError(err)
	}
	saved, err := a.save(ctx, c, reading, page.Records)
	if err != nil {
		return ReadPageResult{}, err
	}
	result := ReadPageResult{Next: page.Next, Read: len(page.Records), New: saved.New, Changed: saved.Changed}
	if now, ok := c.Shop.ServerNow(); ok {
		result.AsOf = now.Add(-a.patience.steady().Sub(left))
	}
	return result, nil
}

// ReadRecordInput names a record to read by its id.
type ReadRecordInput struct {
	Connection string
	Kind       trade.Kind
	ID         string
	For        rest.Work // on whose behalf; "" is a sale's
}

// ReadRecordResult says whether the record still exists.
type ReadRecordResult struct {
	Gone bool
}

// ReadRecord reads one record and commits it. A record that is gone is committed as gone.
//
// Idempotency: a read, as ReadPage.
// Errors: by the table in errors.go; not_found is a result, not an error.
func (a *Activities) ReadRecord(ctx context.Context, in ReadRecordInput) (ReadRecordResult, error) {
	c, err := a.connection(in.Connection)
	if err != nil {
		return ReadRecordResult{}, err
	}
	reading, err := a.begin(ctx, c, trade.SourceGet, in.For)
	if err != nil {
		return ReadRecordResult{}, err
	}
	record, err := c.Shop.GetRecord(rest.As(ctx, in.For), in.Kind, in.ID)
	a.stumbles.note(c.Name, trade.Ref{Kind: in.Kind, ID: in.ID}, rest.ClassOf(err), a.patience.steady())
	if noted := a.noteRead(ctx, c.Name, err); noted != nil {
		return ReadRecordResult{}, noted
	}
	if rest.ClassOf(err) == rest.NotFound {
		sales, err := a.salesOf(ctx, c, trade.Record{Kind: in.Kind, ID: in.ID})
		if err != nil {
			return ReadRecordResult{}, err
		}
		return ReadRecordResult{Gone: true}, a.ledger.MarkGone(ctx, c.Name, reading, in.Kind, in.ID, sales)
	}
	if err != nil {
		return ReadRecordResult{}, readError(err)
	}
	_, err = a.save(ctx, c, reading, []trade.Record{record})
	return ReadRecordResult{}, err
}

// begin says how a read comes about whose request is about to leave.
func (a *Activities) begin(ctx context.Context, c *Connection, source trade.Source, work rest.Work) (sqlite.Reading, error) {
	announced, err := a.announced.since(ctx, a, c.Name)
	if err != nil {
		return sqlite.Reading{}, err
	}
	// What webhooks told of until now shows in what is read from now on, and in nothing that was asked for earlier.
	heard, err := a.ledger.Heard(ctx)
	return sqlite.Reading{
		Source: source, By: string(rest.WorkOf(rest.As(ctx, work))), Heard: heard, Announced: announced,
		// The reply shows the world no later than its request left; dating it then can only make us read again too early.
		At: a.now(),
	}, err
}

// save commits records together with the sales they concern, in one transaction.
func (a *Activities) save(ctx context.Context, c *Connection, reading sqlite.Reading, records []trade.Record) (sqlite.SaveResult, error) {
	batch := make([]sqlite.Saved, 0, len(records))
	for _, record := range records {
		sales, err := a.salesOf(ctx, c, record)
		if err != nil {
			return sqlite.SaveResult{}, err
		}
		batch = append(batch, sqlite.Saved{Record: record, Sales: sales})
	}
	result, err := a.ledger.SaveRecords(ctx, c.Name, reading, batch)
	if err != nil {
		return result, fmt.Errorf("store %d records of %s: %w", len(records), c.Name, err)
	}
	if len(records) > 0 {
		kind := records[0].Kind
		a.metrics.read(c.Name, kind, result)
		a.metrics.found(c.Name, kind, reading.By, result.New+result.Changed)
		for _, created := range result.Created {
			if took := a.now().Sub(created); took <= recently {
				a.metrics.arrived(c.Name, kind, reading.By, took)
			}
		}
	}
	return result, nil
}

// recently is how long ago a record was created at most for its way into the ledger to be measured: what is read at the
// first start is history.
const recently = 7 * 24 * time.Hour

// salesOf names the sales that a record concerns: itself, if sales are made of such records; the open sales of a customer; and
// the orders that it names, where those are sales. Where invoices are, the ledger itself knows which ones an order, a dispatch or
// another invoice of it concerns.
func (a *Activities) salesOf(ctx context.Context, c *Connection, record trade.Record) ([]string, error) {
	byInvoice := c.Policy.IssueFrom == trade.KindInvoice
	switch {
	case record.Kind == trade.KindCustomer:
		return a.ledger.SalesOf(ctx, c.Name, trade.Ref{Kind: trade.KindCustomer, ID: record.ID})
	case byInvoice && record.Kind == trade.KindInvoice, !byInvoice && record.Kind == trade.KindOrder:
		if record.ID == "" {
			return []string{sqlite.UnreadableID(record.Body)}, nil // a sale that nobody can name still shows, held
		}
		return []string{record.ID}, nil
	case byInvoice:
		return nil, nil
	}
	var sales []string
	for _, ref := range record.Refs {
		if ref.Kind == trade.KindOrder && ref.ID != "" {
			sales = append(sales, ref.ID)
		}
	}
	return sales, nil
}
