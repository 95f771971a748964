package orderspace

import (
	"context"
	"iter"
	"net/url"
	"time"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// Dispatch is a dispatch as Orderspace gives it. See https://apidocs.orderspace.com/#dispatches.
type Dispatch struct {
	ID               string
	OrderID          string
	OrderNumber      string
	Created          time.Time
	Comments         string // courier and tracking number live here, in words
	CustomerNote     string
	CustomerPONumber string
	ShippingType     string
	ShippingAddress  trade.Address
	Emails           []string
	Phone            string
	Lines            []DispatchLine
}

// DispatchLine is a quantity of an order line.
type DispatchLine struct {
	OrderLineID string
	SKU         string
	Name        string
	Options     string
	Quantity    money.NullDecimal
}

// Trade gives the dispatch in our words.
func (d Dispatch) Trade() trade.Dispatch {
	dispatch := trade.Dispatch{ID: d.ID, OrderID: d.OrderID, Created: d.Created, Comments: d.Comments}
	for _, line := range d.Lines {
		dispatch.Lines = append(dispatch.Lines, trade.DispatchLine{OrderLineID: line.OrderLineID, SKU: line.SKU, Quantity: line.Quantity})
	}
	return dispatch
}

// DispatchOptions narrow a list of dispatches. Zero values do not.
type DispatchOptions struct {
	CreatedSince  time.Time
	CreatedBefore time.Time
	OrderID       string
	Paging
}

func (o DispatchOptions) query() url.Values {
	return url.Values(filters{}.
		since("created_since", o.CreatedSince).before("created_before", o.CreatedBefore).text("order_id", o.OrderID))
}

var dispatches = resource[Dispatch]{route: "/dispatches", plural: "dispatches", singular: "dispatch", key: "id", read: readDispatch}

// Dispatches walks the dispatches, newest first.
//
// Endpoint: GET /dispatches. Errors: *trade.Fault for a record that cannot be understood, after which the walk goes on;
// *rest.Error, which ends it.
func (c *Client) Dispatches(ctx context.Context, opts DispatchOptions) iter.Seq2[Dispatch, error] {
	return dispatches.walk(ctx, c, opts.query(), opts.Paging)
}

// Dispatch reads one dispatch.
//
// Endpoint: GET /dispatches/{id}. Errors: *rest.Error of class NotFound when there is none; *trade.Fault.
func (c *Client) Dispatch(ctx context.Context, id string) (Dispatch, error) {
	return dispatches.one(ctx, c, id)
}

func readDispatch(r *reader) Dispatch {
	return Dispatch{
		ID: r.text("id"), OrderID: r.text("order_id"), OrderNumber: r.text("order_number"), Created: r.timestamp("created", "created_at"),
		Comments: r.text("comments"), CustomerNote: r.text("customer_note"), CustomerPONumber: r.text("customer_po_number"),
		ShippingType: r.text("shipping_type"), ShippingAddress: readAddress(r.object("shipping_address")),
		Emails: r.addresses("email_address"), Phone: r.text("phone"),
		Lines: each(r, "dispatch_lines", readDispatchLine),
	}
}

func readDispatchLine(r *reader) DispatchLine {
	return DispatchLine{
		OrderLineID: r.text("order_line_id"), SKU: r.text("sku"), Name: r.text("name"), Options: r.text("options"), Quantity: r.number("quantity"),
	}
}
