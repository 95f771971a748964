package sandbox

import (
	"fmt"
	"slices"
	"time"

	"spacebridge/connectors/sandbox/shop"
	"spacebridge/mapping/money"
)

// old is how long ago an invoice was made that is paid as an old one.
const old = 20 * 24 * time.Hour

// fits reports whether an afterthought can be had about an order.
func fits(kind Afterthought, order shop.Order) bool {
	if kind == Uncancel {
		return order.Status == shop.StatusCancelled
	}
	if order.Status == shop.StatusStandingOrder || order.Status == shop.StatusCancelled || len(order.Lines) == 0 {
		return false
	}
	billed := slices.ContainsFunc(order.Lines, func(l shop.OrderLine) bool { return l.Invoiced > 0 })
	sent := order.Status == shop.StatusFulfilled
	switch kind {
	case EditOpen, DeleteOpen:
		return !billed && !sent
	case EditInvoiced, CancelInvoiced:
		return billed && !sent
	case EditFulfilled, NoteFulfilled:
		return sent
	case DeleteInvoiced:
		return billed || sent
	case HoldLine:
		return !sent && slices.ContainsFunc(order.Lines, func(l shop.OrderLine) bool { return !l.Shipping && !l.OnHold && l.Dispatched == 0 })
	case ReleaseLine:
		return onHold(order)
	default:
		return false
	}
}

// rethinkOrder changes an order of any age.
func (m *Merchant) rethinkOrder(kind Afterthought) (Event, error) {
	order, ok := m.findOrder(kind)
	if !ok {
		return Event{}, errNothingFits
	}
	var err error
	var text string
	switch n := m.second.rng.IntN(1e6); kind {
	case CancelInvoiced:
		_, err = m.shop.Cancel(order.ID)
		text = "cancelled although it was invoiced"
	case DeleteOpen, DeleteInvoiced:
		err = m.shop.Delete(order.ID)
		text = "deleted"
	case NoteFulfilled:
		_, err = m.shop.Edit(order.ID, func(o *shop.Order) { o.InternalNote = fmt.Sprintf("Filed %06d", n) })
		text = "a note was written on it"
	default:
		_, err = m.shop.Edit(order.ID, func(o *shop.Order) { amendLine(&o.Lines[0], kind == EditFulfilled || n%2 == 0) })
		text = "its lines were changed late"
	}
	return Event{OrderID: order.ID, Number: order.Number, Text: fmt.Sprintf("order %d: %s", order.Number, text)}, err
}

// amendLine makes a line dearer or longer.
func amendLine(line *shop.OrderLine, dearer bool) {
	if !dearer {
		line.Quantity++
		return
	}
	if price, err := line.UnitPrice.Add(money.MustParse("1")); err == nil {
		line.UnitPrice = price
	}
}

// findOrder draws an order that an afterthought fits.
func (m *Merchant) findOrder(kind Afterthought) (shop.Order, bool) {
	for range tries {
		id, ok := m.second.draw(m.second.orders)
		if !ok {
			break
		}
		order, exists := m.shop.Order(id)
		if _, broken := m.planted[id]; exists && !broken && fits(kind, order) {
			return order, true
		}
	}
	return shop.Order{}, false
}

// draw picks one of some ids; false if there are none.
func (a *afterthoughts) draw(ids []string) (string, bool) {
	if len(ids) == 0 {
		return "", false
	}
	return ids[a.rng.IntN(len(ids))], true
}

// rethinkInvoice changes an invoice of any age.
func (m *Merchant) rethinkInvoice(kind Afterthought, now time.Time) (Event, error) {
	invoice, ok := m.findInvoice(kind, now)
	if !ok {
		return Event{}, errNothingFits
	}
	var err error
	var text string
	switch n := m.second.rng.IntN(1e6); kind {
	case DeleteInvoice:
		if err = m.shop.DeleteInvoice(invoice.ID); err == nil && !invoice.Proforma {
			m.billAgain(invoice)
		}
		text = "was deleted"
	case EditInvoice:
		_, err = m.shop.EditInvoice(invoice.ID, func(v *shop.Invoice) { v.Comments = fmt.Sprintf("Second copy %06d", n) })
		text = "was written anew"
	case RemovePayment:
		_, err = m.shop.RemovePayment(invoice.ID, n%len(invoice.Payments))
		text = "lost a payment that was a mistake"
	default:
		spec := shop.PaymentSpec{Date: now.Format(time.DateOnly), Source: "Bank transfer", Reference: fmt.Sprintf("late %06d", n)}
		if n%2 == 0 {
			spec.Amount = third(invoice.Currency, invoice.Outstanding())
		}
		_, err = m.shop.Pay(invoice.ID, spec)
		text = "was paid late"
	}
	event := Event{Text: fmt.Sprintf("invoice %s %s", invoice.Number, text)}
	if len(invoice.Orders) > 0 {
		event.OrderID, event.Number = invoice.Orders[0].ID, invoice.Orders[0].Number
		event.Text = fmt.Sprintf("order %d: %s", event.Number, event.Text)
	}
	return event, err
}

// billAgain has the order of a deleted invoice invoiced and paid once more, in its turn.
func (m *Merchant) billAgain(invoice shop.Invoice) {
	for _, ref := range invoice.Orders {
		m.journeys = append(m.journeys, &journey{orderID: ref.ID, number: ref.Number, todo: []action{doInvoice, doPay}, begun: true})
	}
}

// findInvoice draws an invoice that an afterthought fits.
func (m *Merchant) findInvoice(kind Afterthought, now time.Time) (shop.Invoice, bool) {
	for range tries {
		id, ok := m.second.draw(m.second.invoices)
		if !ok {
			break
		}
		invoice, exists := m.shop.FindInvoice(id)
		broken := slices.ContainsFunc(invoice.Orders, func(o shop.OrderRef) bool { return m.planted[o.ID] != "" })
		if !exists || broken {
			continue
		}
		switch {
		case kind == DeleteInvoice, kind == EditInvoice,
			kind == RemovePayment && len(invoice.Payments) > 0,
			kind == Refund && paidSoFar(invoice).IsPos(),
			kind == Overpay && invoice.Outstanding().IsPos(),
			kind == EditBilled && !invoice.Proforma && len(invoice.Orders) > 0,
			kind == PayOld && invoice.Outstanding().IsPos() && now.Sub(invoice.Created) > old:
			return invoice, true
		}
	}
	return shop.Invoice{}, false
}

// rethinkCustomer changes a customer, adds one, or deletes one that was added.
func (m *Merchant) rethinkCustomer(kind Afterthought) (Event, error) {
	a := m.second
	n := a.rng.IntN(1e6)
	switch kind {
	case AddCustomer:
		added := m.shop.AddCustomer(shop.Customer{CompanyName: fmt.Sprintf("Prospect %06d", n), Status: shop.CustomerNew})
		a.added = append(a.added, added.ID)
		return Event{Text: "a customer was added"}, nil
	case DeleteCustomer:
		if len(a.added) == 0 {
			return Event{}, errNothingFits
		}
		id := a.added[0]
		a.added = a.added[1:]
		return Event{Text: "a customer was deleted"}, m.shop.DeleteCustomer(id)
	default:
		id := m.goods.customers[a.rng.IntN(len(m.goods.customers))].ID
		_, err := m.shop.SetCustomer(id, func(c *shop.Customer) { c.InternalNote = fmt.Sprintf("Account reviewed %06d", n) })
		return Event{Text: "a customer was edited"}, err
	}
}
