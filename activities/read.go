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
	Name         string // for people: "orders since the watermark"
	Kind         trade.Kind
	CreatedSince time.Time
	Status       string
	Unpaid       bool
	Cursor       string // ledger cursor to move when the walk is over; "" for none
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
}

// ReadPage reads one page of a list and commits its records and the sales they concern.
//
// Idempotency: a read; records are content-addressed, so reading a page twice stores nothing new.
// Errors: by the table in errors.go; ledger errors are retried.
func (a *Activities) ReadPage(ctx context.Context, in ReadPageInput) (ReadPageResult, error) {
	c, err := a.connection(in.Connection)
	if err != nil {
		return ReadPageResult{}, err
	}
	asked, left := a.now(), a.patience.steady()
	page, err := c.Shop.ListRecords(ctx, in.Walk.Kind, trade.ListFilter{
		CreatedSince: in.Walk.CreatedSince, Status: in.Walk.Status, Unpaid: in.Walk.Unpaid,
	}, in.After)
	if noted := a.noteRead(ctx, c.Name, err); noted != nil {
		return ReadPageResult{}, noted
	}
	if err != nil {
		return ReadPageResult{}, readError(err)
	}
	// The page shows the world no later than its request left; dating it then can only make us read again too early.
	saved, err := a.save(ctx, c, trade.SourceList, asked, page.Records)
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
	asked := a.now()
	record, err := c.Shop.GetRecord(ctx, in.Kind, in.ID)
	if noted := a.noteRead(ctx, c.Name, err); noted != nil {
		return ReadRecordResult{}, noted
	}
	if rest.ClassOf(err) == rest.NotFound {
		sales, err := a.salesOf(ctx, c, trade.Record{Kind: in.Kind, ID: in.ID})
		if err != nil {
			return ReadRecordResult{}, err
		}
		return ReadRecordResult{Gone: true}, a.ledger.MarkGone(ctx, c.Name, sqlite.Reading{Source: trade.SourceGet, At: asked}, in.Kind, in.ID, sales)
	}
	if err != nil {
		return ReadRecordResult{}, readError(err)
	}
	_, err = a.save(ctx, c, trade.SourceGet, asked, []trade.Record{record})
	return ReadRecordResult{}, err
}

// save commits records together with the sales they concern, in one transaction.
func (a *Activities) save(ctx context.Context, c *Connection, source trade.Source, readAt time.Time, records []trade.Record) (sqlite.SaveResult, error) {
	batch := make([]sqlite.Saved, 0, len(records))
	for _, record := range records {
		sales, err := a.salesOf(ctx, c, record)
		if err != nil {
			return sqlite.SaveResult{}, err
		}
		batch = append(batch, sqlite.Saved{Record: record, Sales: sales})
	}
	result, err := a.ledger.SaveRecords(ctx, c.Name, sqlite.Reading{Source: source, At: readAt}, batch)
	if err != nil {
		return result, fmt.Errorf("store %d records of %s: %w", len(records), c.Name, err)
	}
	if len(records) > 0 {
		a.metrics.read(c.Name, records[0].Kind, result)
	}
	return result, nil
}

// salesOf names the sales that a record concerns, with one sale per order: the order itself, the orders an invoice or
// dispatch names, and the open sales of a customer.
func (a *Activities) salesOf(ctx context.Context, c *Connection, record trade.Record) ([]string, error) {
	switch record.Kind {
	case trade.KindOrder:
		if record.ID == "" {
			return []string{sqlite.UnreadableID(record.Body)}, nil // a sale that nobody can name still shows, held
		}
		return []string{record.ID}, nil
	case trade.KindCustomer:
		return a.ledger.SalesOf(ctx, c.Name, trade.Ref{Kind: trade.KindCustomer, ID: record.ID})
	default:
		var sales []string
		for _, ref := range record.Refs {
			if ref.Kind == trade.KindOrder && ref.ID != "" {
				sales = append(sales, ref.ID)
			}
		}
		return sales, nil
	}
}
