package sandbox

import (
	"fmt"
	"time"

	"spacebridge/connectors/sandbox/shop"
	"spacebridge/mapping/money"
)

// reviveOrder brings an order back, or puts a line of it on hold or off it.
func (m *Merchant) reviveOrder(kind Afterthought) (Event, error) {
	order, ok := m.findOrder(kind)
	if !ok {
		return Event{}, errNothingFits
	}
	var err error
	var text string
	switch kind {
	case Uncancel:
		_, err = m.shop.Uncancel(order.ID)
		text = "lives again after it was cancelled"
	case HoldLine:
		_, err = m.shop.HoldLines(order.ID, m.second.lineOf(order, func(l shop.OrderLine) bool { return !l.Shipping && !l.OnHold && l.Dispatched == 0 }))
		text = "a line of it was put on hold"
	default:
		_, err = m.shop.ReleaseLines(order.ID, m.second.lineOf(order, func(l shop.OrderLine) bool { return l.OnHold }))
		text = "a line of it came off hold"
	}
	return Event{OrderID: order.ID, Number: order.Number, Text: fmt.Sprintf("order %d: %s", order.Number, text)}, err
}

// lineOf draws one of the lines that fit, of which there is at least one.
func (a *afterthoughts) lineOf(order shop.Order, fits func(shop.OrderLine) bool) string {
	var ids []string
	for _, line := range order.Lines {
		if fits(line) {
			ids = append(ids, line.ID)
		}
	}
	id, _ := a.draw(ids)
	return id
}

// reviseInvoice gives money back, takes too much, or changes an order for which another invoice is made later.
func (m *Merchant) reviseInvoice(kind Afterthought, now time.Time) (Event, error) {
	invoice, ok := m.findInvoice(kind, now)
	if !ok {
		return Event{}, errNothingFits
	}
	n := m.second.rng.IntN(1e6)
	spec := shop.PaymentSpec{Date: now.Format(time.DateOnly), Source: "Bank transfer", Reference: fmt.Sprintf("%s %06d", kind, n), Anyway: true}
	var err error
	var text string
	switch kind {
	case Refund:
		spec.Amount = paidSoFar(invoice)
		if part := third(invoice.Currency, spec.Amount); n%2 == 0 && part.IsPos() {
			spec.Amount = part
		}
		spec.Amount = spec.Amount.Neg()
		_, err = m.shop.Pay(invoice.ID, spec)
		text = "money was given back on invoice " + invoice.Number
	case Overpay:
		spec.Amount = plus(invoice.Outstanding(), money.MustParse("1"))
		_, err = m.shop.Pay(invoice.ID, spec)
		text = "too much was paid on invoice " + invoice.Number
	default:
		_, err = m.shop.Edit(invoice.Orders[0].ID, func(o *shop.Order) {
			if len(o.Lines) > 0 {
				amendLine(&o.Lines[0], n%2 == 0)
			}
		})
		if err == nil {
			m.remakeLater(invoice)
		}
		text = "its lines were changed, and its invoice is to follow"
	}
	event := Event{Text: text}
	if len(invoice.Orders) > 0 {
		event.OrderID, event.Number = invoice.Orders[0].ID, invoice.Orders[0].Number
		event.Text = fmt.Sprintf("order %d: %s", event.Number, text)
	}
	return event, err
}

// remakeLater has an invoice deleted and made anew, and paid once more, in its turn.
func (m *Merchant) remakeLater(invoice shop.Invoice) {
	first := invoice.Orders[0]
	m.journeys = append(m.journeys, &journey{
		orderID: first.ID, number: first.Number, todo: []action{doRemake, doPay}, begun: true, invoices: []string{invoice.ID},
	})
}

// paidSoFar is what was paid on an invoice, less what was given back.
func paidSoFar(invoice shop.Invoice) money.Decimal {
	sum := money.Zero
	for _, payment := range invoice.Payments {
		sum = plus(sum, payment.Amount)
	}
	return sum
}
