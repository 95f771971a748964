package sandbox

import (
	"fmt"
	"slices"
	"time"

	"spacebridge/connectors/sandbox/shop"
	"spacebridge/mapping/money"
)

// perform does one action in the shop.
func (m *Merchant) perform(j *journey, a action, at time.Time) (Event, error) {
	switch a {
	case doEdit:
		_, err := m.shop.Edit(j.orderID, m.change)
		return j.event(at, "edited", "its lines were changed"), err
	case doRelease:
		_, err := m.shop.Release(j.orderID)
		return j.event(at, "released", "released for dispatch"), err
	case doReleaseHold:
		_, err := m.shop.ReleaseHold(j.orderID)
		return j.event(at, "hold_released", "the preorder's lines came off hold"), err
	case doDispatchSome, doDispatch:
		return m.dispatch(j, a == doDispatchSome, at)
	case doProforma, doFinalise, doInvoice, doInvoiceSome, doInvoiceJoint:
		return m.invoice(j, a, at)
	case doInvoicePart, doInvoiceFree, doInvoiceMore, doInvoiceBoth, doCredit, doRemake:
		return m.invoiceInWays(j, a, at)
	case doPayPart, doPay:
		return m.pay(j, a == doPayPart, at)
	case doCancel:
		_, err := m.shop.Cancel(j.orderID)
		return j.event(at, "cancelled", "cancelled"), err
	case doDelete:
		return j.event(at, "deleted", "deleted"), m.shop.Delete(j.orderID)
	}
	return Event{}, fmt.Errorf("no such action %q", a)
}

// dispatch sends all that is left, or half of what is left.
func (m *Merchant) dispatch(j *journey, some bool, at time.Time) (Event, error) {
	spec := shop.DispatchSpec{Created: at, Comments: fmt.Sprintf("Courier consignment %08d", m.rng.IntN(1e8))}
	text := "everything dispatched"
	if order, ok := m.shop.Order(j.orderID); some && ok {
		if spec.Lines = half(order); spec.Lines != nil {
			text = "a part dispatched"
		} else { // single pieces all go at once, and the second dispatch is off
			j.todo = slices.DeleteFunc(slices.Clone(j.todo), func(a action) bool { return a == doDispatch })
		}
	}
	_, err := m.shop.Dispatch(j.orderID, spec)
	return j.event(at, "dispatched", text), err
}

// half picks about half of an order's items; nil, which means all, for an order of one piece.
func half(order shop.Order) []shop.DispatchLineSpec {
	var out []shop.DispatchLineSpec
	for _, line := range order.Lines {
		if !line.Shipping && line.Quantity > 1 {
			out = append(out, shop.DispatchLineSpec{OrderLineID: line.ID, Quantity: line.Quantity / 2})
		}
	}
	return out
}

// invoice bills an order in one of the ways.
func (m *Merchant) invoice(j *journey, a action, at time.Time) (Event, error) {
	spec := shop.InvoiceSpec{Created: at}
	kind, text := "invoiced", "invoiced in full"
	switch a {
	case doProforma:
		spec.Proforma, kind, text = true, "proforma", "a proforma was made"
	case doInvoiceSome:
		order, _ := m.shop.Order(j.orderID)
		spec.Lines, text = part(order), "invoiced in part"
	case doInvoiceJoint:
		spec.Orders, text = []string{j.partner}, "invoiced together with another order"
	case doFinalise:
		invoice, err := m.shop.Finalise(j.invoices[len(j.invoices)-1])
		j.invoices = append(j.invoices, invoice.ID)
		m.rememberInvoice(invoice.ID)
		return j.event(at, kind, "the proforma became an invoice"), err
	default:
	}
	invoice, err := m.shop.Invoice(j.orderID, spec)
	if err != nil {
		return Event{}, err
	}
	j.invoices = append(j.invoices, invoice.ID)
	m.rememberInvoice(invoice.ID)
	if j.mirror != nil {
		m.shop.Corrupt(invoice.ID, j.mirror)
	}
	return j.event(at, kind, text), nil
}

// part bills half of the first line that has more than one piece.
func part(order shop.Order) []shop.InvoiceLineSpec {
	for _, line := range order.Lines {
		if line.Quantity > 1 {
			return []shop.InvoiceLineSpec{{OrderLineID: line.ID, Quantity: line.Quantity / 2}}
		}
	}
	return []shop.InvoiceLineSpec{{OrderLineID: order.Lines[0].ID}}
}

// pay records the rest, or a part, on the newest invoice.
func (m *Merchant) pay(j *journey, some bool, at time.Time) (Event, error) {
	if len(j.invoices) == 0 {
		return j.event(at, "paid", "there is no invoice to pay"), nil
	}
	id := j.invoices[len(j.invoices)-1]
	sources := []shop.PaymentSpec{
		{Source: "Bank transfer"}, {Source: "card", Description: "Visa ending 4242", Reference: fmt.Sprintf("pi_%010d", m.rng.IntN(1e10))}, {Source: "Cheque"},
	}
	spec := sources[m.rng.IntN(len(sources))]
	spec.Date = at.Format(time.DateOnly)
	kind, text := "paid", "paid"
	if invoice, ok := m.shop.FindInvoice(id); some && ok {
		if spec.Amount = third(invoice.Currency, invoice.Outstanding()); spec.Amount.IsPos() {
			kind, text = "part_paid", "paid in part"
		}
	}
	_, err := m.shop.Pay(id, spec)
	if err != nil && kind == "paid" && refused(err) {
		// An invoice of nothing, or one already paid with its deposit: there is nothing to do.
		return j.event(at, kind, "nothing was left to pay"), nil
	}
	return j.event(at, kind, text), err
}

// third is about a third of an amount, in whole minor units; 0 for less than three of them.
func third(code string, amount money.Decimal) money.Decimal {
	currency, err := money.ParseCurrency(code)
	if err != nil {
		return money.Zero
	}
	minor, err := currency.Amount(amount)
	if err != nil {
		return money.Zero
	}
	return currency.Decimal(minor / 3)
}

func (j *journey) event(at time.Time, kind, text string) Event {
	return Event{At: at, Kind: kind, OrderID: j.orderID, Number: j.number, Text: fmt.Sprintf("order %d: %s", j.number, text)}
}
