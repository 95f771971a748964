package orderspace

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"spacebridge/connectors/rest"
	"spacebridge/mapping/trade"
)

// ListRecords reads one page, newest first, of the records that become snapshots. cursor is "" for the first page and the
// Next of the page before for every other. Records are filed but not decoded, so that a bad one spoils nothing but itself.
//
// Endpoint: GET /orders, /invoices, /dispatches, /customers. Errors: *rest.Error; a filter that the endpoint lacks is
// Rejected rather than ignored.
func (c *Client) ListRecords(ctx context.Context, kind trade.Kind, f trade.ListFilter, cursor string) (trade.Page, error) {
	at, err := placeOf(kind)
	if err != nil {
		return trade.Page{}, err
	}
	filter, err := filterOf(kind, f)
	if err != nil {
		return trade.Page{}, fail(rest.Rejected, http.MethodGet, at.route, err)
	}
	items, next, err := c.page(ctx, at.route, at.plural, "id", filter, Paging{Limit: c.pageSize, StartingAfter: cursor})
	if err != nil {
		return trade.Page{}, err
	}
	page := trade.Page{Records: make([]trade.Record, 0, len(items)), Next: next}
	for _, item := range items {
		page.Records = append(page.Records, Peek(kind, item))
	}
	return page, nil
}

// GetRecord reads one record.
//
// Endpoint: GET /orders/{id}, /invoices/{id}, /dispatches/{id}, /customers/{id}. Errors: *rest.Error of class NotFound when
// it was deleted or never was.
func (c *Client) GetRecord(ctx context.Context, kind trade.Kind, id string) (trade.Record, error) {
	at, err := placeOf(kind)
	if err != nil {
		return trade.Record{}, err
	}
	body, err := c.get(ctx, at.route, string(kind), id)
	if err != nil {
		return trade.Record{}, err
	}
	record := Peek(kind, body)
	if record.ID == "" {
		record.ID = id
	}
	return record, nil
}

// place is where records of a kind are found.
type place struct{ route, plural string }

func placeOf(kind trade.Kind) (place, error) {
	switch kind {
	case trade.KindOrder:
		return place{orders.route, orders.plural}, nil
	case trade.KindInvoice:
		return place{invoices.route, invoices.plural}, nil
	case trade.KindDispatch:
		return place{dispatches.route, dispatches.plural}, nil
	case trade.KindCustomer:
		return place{customers.route, customers.plural}, nil
	default:
		return place{}, fail(rest.Rejected, http.MethodGet, "", fmt.Errorf("no records of kind %q", kind))
	}
}

// filterOf translates a filter, refusing what the endpoint cannot do.
func filterOf(kind trade.Kind, f trade.ListFilter) (url.Values, error) {
	can := map[trade.Kind]trade.ListFilter{
		trade.KindOrder:    {CreatedBefore: f.CreatedBefore, Status: f.Status, CustomerID: f.CustomerID},
		trade.KindInvoice:  {Unpaid: f.Unpaid, CustomerID: f.CustomerID},
		trade.KindDispatch: {CreatedBefore: f.CreatedBefore, OrderID: f.OrderID},
		trade.KindCustomer: {Status: f.Status},
	}[kind]
	can.CreatedSince = f.CreatedSince
	if can != f {
		return nil, errors.New("the list has no such filter")
	}
	switch kind {
	case trade.KindInvoice:
		options := InvoiceOptions{CreatedSince: f.CreatedSince, CustomerID: f.CustomerID}
		if f.Unpaid {
			options.Paid = new(bool)
		}
		return options.query(), nil
	case trade.KindDispatch:
		return DispatchOptions{CreatedSince: f.CreatedSince, CreatedBefore: f.CreatedBefore, OrderID: f.OrderID}.query(), nil
	case trade.KindCustomer:
		return CustomerOptions{CreatedSince: f.CreatedSince, Status: f.Status}.query(), nil
	default:
		return OrderOptions{
			CreatedSince: f.CreatedSince, CreatedBefore: f.CreatedBefore, Status: f.Status, CustomerID: f.CustomerID,
		}.query(), nil
	}
}
