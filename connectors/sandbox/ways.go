package sandbox

import (
	"fmt"
	"slices"
	"time"

	"spacebridge/connectors/sandbox/shop"
	"spacebridge/mapping/money"
)

// WithInvoices makes the merchant one whose sales are its invoices: besides the ordinary lives there are orders that are
// invoiced in parts, several orders on one invoice, invoices of what is not on hold, with charges of their own, and now and
// then one of less than nothing. None of it is broken on purpose. Without this option nothing is drawn otherwise.
func WithInvoices() MerchantOption { return func(m *Merchant) { m.ways = invoiceWays } }

var invoiceWays = []life{
	{14, plan{todo: []action{doInvoicePart, doPay, doInvoice, doPay, doDispatch}}},
	{10, plan{todo: []action{doRelease, doDispatchSome, doInvoicePart, doDispatch, doInvoice, doPay}}},
	{12, plan{todo: []action{doInvoiceBoth, doPay, doDispatch}}},
	{8, plan{todo: []action{doRelease, doInvoiceMore, doDispatch, doPay}}},
	{14, plan{todo: []action{doInvoiceFree, doPay, doReleaseHold, doInvoice, doPay, doDispatch}, hold: true}},
	{7, plan{todo: []action{doInvoice, doPay, doDispatch, doCredit}}},
}

// lives are the ways that orders of this merchant go.
func (m *Merchant) lives() []life {
	if m.ways == nil {
		return lives
	}
	return slices.Concat(lives, m.ways)
}

// invoiceInWays bills an order otherwise than in full and by itself.
func (m *Merchant) invoiceInWays(j *journey, a action, at time.Time) (Event, error) {
	order, ok := m.shop.Order(j.orderID)
	if !ok {
		return Event{}, &shop.NotFoundError{Kind: "order", ID: j.orderID}
	}
	spec := shop.InvoiceSpec{Created: at}
	var text string
	switch a {
	case doInvoicePart:
		spec.Lines, text = halfOf(order), "a part was invoiced"
	case doInvoiceFree:
		spec.Lines, text = free(order), "what is not on hold was invoiced"
	case doInvoiceMore:
		spec.Lines, text = outstanding(order), "invoiced with a charge"
		spec.Lines = append(spec.Lines, charge(order, "Small order charge", "12"))
	case doInvoiceBoth:
		partner, err := m.partnerOf(j, order, at)
		if err != nil {
			return Event{}, err
		}
		return m.invoiceBoth(j, partner, spec, at)
	case doCredit:
		spec.Lines = []shop.InvoiceLineSpec{charge(order, "Goods returned", "-5")}
		return m.bill(j, "credited", "credited by an invoice of less than nothing", spec, at)
	case doRemake:
		invoice, err := m.shop.RemakeInvoice(j.invoices[len(j.invoices)-1], spec)
		if err != nil {
			return Event{}, err
		}
		j.invoices = append(j.invoices, invoice.ID)
		m.rememberInvoice(invoice.ID)
		return j.event(at, "invoiced", "its invoice was made anew"), nil
	default:
		return Event{}, fmt.Errorf("no such way to invoice %q", a)
	}
	if spec.Lines == nil { // it cannot be divided: all goes on this invoice, and the other one is off
		text = "invoiced in full"
		j.todo = slices.DeleteFunc(slices.Clone(j.todo), func(a action) bool { return a == doInvoice })
	}
	return m.bill(j, "invoiced", text, spec, at)
}

// bill makes an invoice of a journey.
func (m *Merchant) bill(j *journey, kind, text string, spec shop.InvoiceSpec, at time.Time) (Event, error) {
	invoice, err := m.shop.Invoice(j.orderID, spec)
	if err != nil {
		return Event{}, err
	}
	j.invoices = append(j.invoices, invoice.ID)
	m.rememberInvoice(invoice.ID)
	return j.event(at, kind, text), nil
}

// invoiceBoth bills two orders on one invoice. The partner's own invoice is off.
func (m *Merchant) invoiceBoth(j, partner *journey, spec shop.InvoiceSpec, at time.Time) (Event, error) {
	spec.Orders = []string{partner.orderID}
	event, err := m.bill(j, "invoiced", fmt.Sprintf("invoiced together with order %d", partner.number), spec, at)
	if err != nil {
		return Event{}, err
	}
	partner.invoices = append(partner.invoices, j.invoices[len(j.invoices)-1])
	partner.todo = slices.DeleteFunc(slices.Clone(partner.todo), func(a action) bool { return a == doInvoice })
	return event, nil
}

// partnerOf finds another order of the same buyer that is still to be invoiced in full, or has the buyer order once more.
func (m *Merchant) partnerOf(j *journey, order shop.Order, at time.Time) (*journey, error) {
	for _, other := range m.journeys {
		// An order that is to be changed, released or divided before its invoice has other ways to go.
		ownWay := slices.ContainsFunc(other.todo, func(a action) bool {
			return a == doEdit || a == doRelease || a == doInvoicePart || a == doInvoiceFree
		})
		if other == j || other.broken || ownWay || len(other.invoices) > 0 || !slices.Contains(other.todo, doInvoice) {
			continue
		}
		candidate, ok := m.shop.Order(other.orderID)
		if ok && candidate.CustomerID == order.CustomerID && candidate.Currency == order.Currency && billable(candidate) {
			return other, nil
		}
	}
	n := slices.IndexFunc(m.goods.customers, func(c shop.Customer) bool { return c.ID == order.CustomerID })
	if n < 0 {
		return nil, &shop.NotFoundError{Kind: "customer", ID: order.CustomerID}
	}
	spec := m.basket(n, at)
	spec.Currency = order.Currency
	more, err := m.shop.Place(spec)
	if err != nil {
		return nil, fmt.Errorf("order once more: %w", err)
	}
	m.placed++
	m.remember(more.ID)
	partner := &journey{orderID: more.ID, number: more.Number, todo: []action{doPay, doDispatch}, begun: true}
	m.journeys = append(m.journeys, partner)
	return partner, nil
}

func billable(order shop.Order) bool {
	return order.Status != shop.StatusCancelled && order.Status != shop.StatusStandingOrder &&
		slices.ContainsFunc(order.Lines, func(l shop.OrderLine) bool { return l.Outstanding() > 0 })
}

// halfOf bills about half of every line of several pieces; nil where there is none.
func halfOf(order shop.Order) []shop.InvoiceLineSpec {
	var out []shop.InvoiceLineSpec
	for _, line := range order.Lines {
		if half := line.Outstanding() / 2; half > 0 {
			out = append(out, shop.InvoiceLineSpec{OrderLineID: line.ID, Quantity: half})
		}
	}
	return out
}

// free bills the lines that are not on hold; nil if there are no goods among them.
func free(order shop.Order) []shop.InvoiceLineSpec {
	var out []shop.InvoiceLineSpec
	goods := false
	for _, line := range order.Lines {
		if !line.OnHold && line.Outstanding() > 0 {
			goods = goods || !line.Shipping
			out = append(out, shop.InvoiceLineSpec{OrderLineID: line.ID})
		}
	}
	if !goods {
		return nil
	}
	return out
}

func outstanding(order shop.Order) []shop.InvoiceLineSpec {
	var out []shop.InvoiceLineSpec
	for _, line := range order.Lines {
		if line.Outstanding() > 0 {
			out = append(out, shop.InvoiceLineSpec{OrderLineID: line.ID})
		}
	}
	return out
}

// charge is a line of the invoice's own, in whole units so that it fits any currency.
func charge(order shop.Order, name, price string) shop.InvoiceLineSpec {
	return shop.InvoiceLineSpec{Name: name, UnitPrice: money.Some(money.MustParse(price)), Untaxed: order.Lines[0].TaxRateID == ""}
}
