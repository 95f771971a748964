package mapping_test

import (
	"fmt"
	"slices"
	"time"

	"spacebridge/mapping/trade"
)

// The truth: a small Orderspace of one customer, in pennies and whole pieces. What happens in it happens as on a real site, and
// every record of it can be looked at as the API would show it.

// soldLine is a line of an order or of an invoice.
type soldLine struct {
	id       string // of the order line; "" for a custom line of an invoice
	sku      string
	quantity int64
	price    int64 // pennies
	rate     int64 // percent
	shipping bool

	onHold               bool // these only on orders
	invoiced, dispatched int64
}

func (l soldLine) net() int64 { return l.quantity * l.price }
func (l soldLine) tax() int64 { return (l.net()*l.rate + 50) / 100 } // half up; nothing is below zero here

// sellOrder is an order as Orderspace has it.
type sellOrder struct {
	id, name, note      string
	lines               []soldLine
	cancelled, released bool
	gone                bool
}

// bill is an invoice as Orderspace has it.
type bill struct {
	id, name, day string
	orders        []string
	lines         []soldLine
	proforma      bool
	payments      []int64 // pennies; below zero for a refund
	flagged       bool    // marked as paid, payments or not
	gone          bool
}

// parcel is a dispatch as Orderspace has it.
type parcel struct {
	id, order string
	lines     map[string]int64
}

// shopWorld is all of it, or all that somebody knows of it.
type shopWorld struct {
	orders    map[string]sellOrder
	bills     map[string]bill
	parcels   map[string]parcel
	taxNumber string
}

func newWorld() *shopWorld {
	return &shopWorld{orders: map[string]sellOrder{}, bills: map[string]bill{}, parcels: map[string]parcel{}, taxNumber: "GB1"}
}

func totals(lines []soldLine) (net, gross int64) {
	for _, line := range lines {
		net += line.net()
		gross += line.net() + line.tax()
	}
	return net, gross
}

// counted are the lines of an order with what its invoices and dispatches make of them.
func (w *shopWorld) counted(o sellOrder) sellOrder {
	o.lines = slices.Clone(o.lines)
	for i := range o.lines {
		line := &o.lines[i]
		line.invoiced, line.dispatched = 0, 0
		for _, v := range w.bills {
			for _, billed := range v.lines {
				if billed.id == line.id && !v.proforma && !v.gone {
					line.invoiced += billed.quantity
				}
			}
		}
		for _, p := range w.parcels {
			line.dispatched += p.lines[line.id]
		}
	}
	return o
}

// status is what Orderspace calls an order.
func (o sellOrder) status() string {
	left, goods, all := false, false, true
	for _, line := range o.lines {
		if !line.shipping {
			left, goods, all = left || line.dispatched > 0, goods || line.quantity > 0, all && line.dispatched >= line.quantity
		}
	}
	switch {
	case o.cancelled:
		return trade.StatusCancelled
	case goods && all:
		return trade.StatusFulfilled
	case left:
		return trade.StatusPartFulfilled
	case o.released:
		return trade.StatusReleased
	default:
		return trade.StatusNew
	}
}

// shown is an order as the API shows it.
func (o sellOrder) shown() *trade.Order {
	net, gross := totals(o.lines)
	out := &trade.Order{
		ID: o.id, Number: o.id[3:], Created: at.Add(-time.Hour), Status: o.status(), CustomerID: "cu_1", CompanyName: o.name, CustomerNote: o.note,
		BillingAddress: trade.Address{CompanyName: o.name, Line1: "1 Road"}, Currency: "GBP", Net: some(net, 2), Gross: some(gross, 2),
	}
	for _, line := range o.lines {
		out.Lines = append(out.Lines, trade.OrderLine{
			ID: line.id, SKU: line.sku, Name: "Goods", Shipping: line.shipping, Quantity: some(line.quantity, 0), UnitPrice: some(line.price, 2),
			SubTotal: some(line.net(), 2), TaxName: "VAT", TaxRate: some(line.rate, 0), TaxAmount: some(line.tax(), 2), OnHold: line.onHold,
			Invoiced: some(line.invoiced, 0).Decimal, Dispatched: some(line.dispatched, 0).Decimal,
		})
	}
	return out
}

// shown is an invoice as the API shows it.
func (v bill) shown() trade.Invoice {
	net, gross := totals(v.lines)
	received := int64(0)
	out := trade.Invoice{
		ID: v.id, Number: v.id[3:], InvoiceDate: v.day, CustomerID: "cu_1", CompanyName: v.name, Orders: slices.Clone(v.orders), Proforma: v.proforma,
		Address: trade.Address{CompanyName: v.name, Line1: "1 Road"}, Currency: "GBP", Net: some(net, 2), Gross: some(gross, 2),
	}
	for _, amount := range v.payments {
		received += amount
		out.Payments = append(out.Payments, trade.Payment{Amount: some(amount, 2), Date: "2026-03-11", Source: "Bank"})
	}
	out.Paid = received >= gross || v.flagged
	for _, line := range v.lines {
		out.Lines = append(out.Lines, trade.InvoiceLine{
			OrderLineID: line.id, SKU: line.sku, Name: "Goods", Quantity: some(line.quantity, 0), UnitPrice: some(line.price, 2),
			SubTotal: some(line.net(), 2), TaxRate: some(line.rate, 0), TaxAmount: some(line.tax(), 2),
		})
	}
	return out
}

// shown is a dispatch as the API shows it.
func (p parcel) shown() trade.Dispatch {
	out := trade.Dispatch{ID: p.id, OrderID: p.order, Created: at, Comments: "Courier"}
	for id, quantity := range p.lines {
		out.Lines = append(out.Lines, trade.DispatchLine{OrderLineID: id, Quantity: some(quantity, 0)})
	}
	slices.SortFunc(out.Lines, func(a, b trade.DispatchLine) int { return len(a.OrderLineID) - len(b.OrderLineID) })
	return out
}

// place enters an order of two kinds of goods and the shipping.
func (w *shopWorld) place(id string, c choices) {
	o := sellOrder{id: id, name: "A Ltd"}
	for i, price := range []int64{1000, 333, 495} {
		line := soldLine{id: fmt.Sprintf("ol_%s_%d", id[3:], i), sku: fmt.Sprintf("SKU-%s-%d", id[3:], i), quantity: 1 + int64(c.pick(3)), price: price, rate: 20}
		if i == 2 {
			line.quantity, line.shipping, line.sku = 1, true, ""
		}
		o.lines = append(o.lines, line)
	}
	if c.pick(8) == 0 {
		o.lines[1].onHold = true
	}
	w.orders[id] = o
}
