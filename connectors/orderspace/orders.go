package orderspace

import (
	"context"
	"iter"
	"net/url"
	"time"

	"spacebridge/mapping/trade"
)

// Order is an order as Orderspace gives it: what we use of it, and the rest. See https://apidocs.orderspace.com/#orders.
type Order struct {
	trade.Order             // its Lines are empty; Trade fills them
	CreatedBy   string      // who placed it; "" for the API
	Lines       []OrderLine // as they came
}

// OrderLine is a line of an order.
type OrderLine struct {
	trade.OrderLine
	GroupingCategory CategoryRef // only on sites that group products on orders
}

// Trade gives the order in our words.
func (o Order) Trade() trade.Order {
	order := o.Order
	order.Lines = nil
	for _, line := range o.Lines {
		order.Lines = append(order.Lines, line.OrderLine)
	}
	return order
}

// OrderOptions narrow a list of orders. Zero values do not.
type OrderOptions struct {
	CreatedSince       time.Time
	CreatedBefore      time.Time
	DeliveryDateSince  string // plain dates, 2026-01-31
	DeliveryDateBefore string
	Number             string
	Status             string // one of the statuses of package trade
	Reference          string
	CustomerID         string
	StandingOrderID    string
	Paging
}

func (o OrderOptions) query() url.Values {
	return url.Values(filters{}.
		since("created_since", o.CreatedSince).before("created_before", o.CreatedBefore).
		text("delivery_date_since", o.DeliveryDateSince).text("delivery_date_before", o.DeliveryDateBefore).
		text("number", o.Number).text("status", o.Status).text("reference", o.Reference).
		text("customer_id", o.CustomerID).text("standing_order_id", o.StandingOrderID))
}

var orders = resource[Order]{route: "/orders", plural: "orders", singular: "order", key: "id", read: readOrder}

// Orders walks the orders, newest first.
//
// Endpoint: GET /orders. Errors: *trade.Fault for a record that cannot be understood, after which the walk goes on;
// *rest.Error, which ends it.
func (c *Client) Orders(ctx context.Context, opts OrderOptions) iter.Seq2[Order, error] {
	return orders.walk(ctx, c, opts.query(), opts.Paging)
}

// Order reads one order.
//
// Endpoint: GET /orders/{id}. Errors: *rest.Error of class NotFound when there is none; *trade.Fault.
func (c *Client) Order(ctx context.Context, id string) (Order, error) { return orders.one(ctx, c, id) }

func readOrder(r *reader) Order {
	return Order{
		Order: trade.Order{
			ID: r.text("id"), Number: r.text("number"), Created: r.timestamp("created", "created_at"), Status: r.text("status"),
			CustomerID: r.text("customer_id"), CompanyName: r.text("company_name"), Phone: r.text("phone"),
			Emails: readEmails(r.object("email_addresses")), DeliveryDate: r.text("delivery_date"), Reference: r.text("reference"),
			InternalNote: r.text("internal_note"), CustomerPONumber: r.text("customer_po_number"), CustomerNote: r.text("customer_note"),
			StandingOrderID: r.text("standing_order_id"), ShippingType: r.text("shipping_type"),
			ShippingAddress: readAddress(r.object("shipping_address")), BillingAddress: readAddress(r.object("billing_address")),
			Currency: r.text("currency"), Net: r.number("net_total"), Gross: r.number("gross_total"),
		},
		CreatedBy: r.text("created_by"),
		Lines:     each(r, "order_lines", readOrderLine),
	}
}

func readOrderLine(r *reader) OrderLine {
	return OrderLine{
		OrderLine: trade.OrderLine{
			ID: r.text("id"), SKU: r.text("sku"), Name: r.text("name"), Options: r.text("options"), Shipping: r.flag("shipping"),
			Quantity: r.number("quantity"), UnitPrice: r.number("unit_price"), SubTotal: r.number("sub_total"),
			TaxRateID: r.text("tax_rate_id"), TaxName: r.text("tax_name"), TaxRate: r.number("tax_rate"), TaxAmount: r.number("tax_amount"),
			PreorderWindow: r.text("preorder_window_id"), OnHold: r.flag("on_hold"),
			Invoiced: r.amount("invoiced"), Paid: r.amount("paid"), Dispatched: r.amount("dispatched"),
		},
		GroupingCategory: readCategoryRef(r.object("grouping_category")),
	}
}
