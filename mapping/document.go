package mapping

import (
	"cmp"
	"slices"
	"strings"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// document gives the sale's own record in the terms of an order, so that everything after it judges both kinds alike. It is
// nil while the record is not known.
func (r *review) document() *trade.Order {
	switch {
	case r.kind() == trade.KindOrder:
		return r.Order
	case r.Invoice == nil:
		return nil
	default:
		return joined{invoice: *r.Invoice, orders: r.knownOrders()}.document()
	}
}

// noun is what the sale's own record is called.
func (r *review) noun() string { return string(r.kind()) }

// saleOrders are the orders behind the sale: itself, or those that its invoice names.
func (r *review) saleOrders() []trade.Order {
	if r.kind() == trade.KindInvoice {
		return r.knownOrders()
	}
	if r.Order == nil {
		return nil
	}
	return []trade.Order{*r.Order}
}

func (r *review) knownOrders() []trade.Order {
	orders := make([]trade.Order, 0, len(r.Orders))
	for _, known := range r.Orders {
		if known.Order != nil {
			orders = append(orders, *known.Order)
		}
	}
	return orders
}

// joined is an invoice beside the orders that it names.
type joined struct {
	invoice trade.Invoice
	orders  []trade.Order
}

// document writes the invoice in the terms of an order. Its numbers are the invoice's alone; from its orders comes what an
// invoice does not say: which line is shipping, which tax it is, what is on hold and what has left.
func (j joined) document() *trade.Order {
	v := j.invoice
	doc := &trade.Order{
		ID: v.ID, Number: v.Number, CustomerID: v.CustomerID, CompanyName: v.CompanyName, Emails: trade.Emails{Invoices: v.Emails},
		BillingAddress: v.Address, Currency: v.Currency, Net: v.Net, Gross: v.Gross, ShippingAddress: j.shippingAddress(),
		Reference:        listOf(j.orders, func(o trade.Order) string { return o.Reference }),
		CustomerPONumber: listOf(j.orders, func(o trade.Order) string { return o.CustomerPONumber }),
		CustomerNote:     listOf(j.orders, func(o trade.Order) string { return o.CustomerNote }),
		DeliveryDate:     listOf(j.orders, func(o trade.Order) string { return o.DeliveryDate }),
		StandingOrderID:  listOf(j.orders, func(o trade.Order) string { return o.StandingOrderID }),
	}
	for _, order := range j.orders {
		doc.Phone = cmp.Or(doc.Phone, order.Phone)
	}
	for _, line := range v.Lines {
		doc.Lines = append(doc.Lines, j.line(line))
	}
	return doc
}

// shippingAddress is where the goods of all the orders go. Invoices name none, and one of several would be a guess.
func (j joined) shippingAddress() trade.Address {
	var all []trade.Address
	for _, order := range j.orders {
		all = append(all, order.ShippingAddress)
	}
	if all = slices.Compact(all); len(all) != 1 {
		return trade.Address{}
	}
	return all[0]
}

func (j joined) line(line trade.InvoiceLine) trade.OrderLine {
	out := trade.OrderLine{
		SKU: line.SKU, Name: line.Name, Options: line.Options, Quantity: line.Quantity, UnitPrice: line.UnitPrice,
		SubTotal: line.SubTotal, TaxRate: line.TaxRate, TaxAmount: line.TaxAmount,
	}
	from, found := j.origin(line)
	if !found {
		out.TaxUntold = true
		return out // a custom line, or one of a site whose invoices do not tell: its percent is all there is
	}
	out.ID, out.Shipping, out.OnHold, out.PreorderWindow = from.ID, from.Shipping, from.OnHold, from.PreorderWindow
	out.Invoiced, out.Paid, out.Dispatched = from.Invoiced, from.Paid, from.Dispatched
	// The order may have been edited since: its tax is the invoice's only if the percent is the same.
	if out.TaxUntold = line.TaxRate.Valid && !from.TaxRate.Decimal.Equal(line.TaxRate.Decimal); !out.TaxUntold {
		out.TaxRateID, out.TaxName = from.TaxRateID, from.TaxName
	}
	return out
}

// origin finds the order line that an invoice line bills: by its id, or, on sites whose invoices do not name it (older than
// November 2024), as the only line that says the same at the same price.
func (j joined) origin(line trade.InvoiceLine) (trade.OrderLine, bool) {
	var found []trade.OrderLine
	for _, order := range j.orders {
		for _, candidate := range order.Lines {
			if line.OrderLineID != "" && candidate.ID == line.OrderLineID {
				return candidate, true
			}
			if line.OrderLineID == "" && says(line) == says(trade.InvoiceLine{
				SKU: candidate.SKU, Name: candidate.Name, Options: candidate.Options, UnitPrice: candidate.UnitPrice, TaxRate: candidate.TaxRate,
			}) {
				found = append(found, candidate)
			}
		}
	}
	if len(found) != 1 {
		return trade.OrderLine{}, false
	}
	return found[0], true
}

// says is what a line is about, without how many of it.
func says(line trade.InvoiceLine) string {
	return text{line.SKU, line.Name, line.Options, money.Plain(line.UnitPrice.Decimal), money.Plain(line.TaxRate.Decimal)}.String()
}

// listOf lists what the orders say, each text once.
func listOf(orders []trade.Order, of func(trade.Order) string) string {
	var texts []string
	for _, order := range orders {
		if said := strings.TrimSpace(of(order)); said != "" && !slices.Contains(texts, said) {
			texts = append(texts, said)
		}
	}
	return strings.Join(texts, ", ")
}
