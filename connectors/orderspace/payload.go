package orderspace

import (
	"time"

	"spacebridge/mapping/trade"
)

// envelope is what stands under data of an event: one record under its singular name.
type envelope struct {
	order, invoice, dispatch, customer, payment payload
}

func readEnvelope(s *skimmer) (e envelope) {
	for key := range s.fields() {
		switch string(key) {
		case "order":
			e.order = readPayload(s)
		case "invoice":
			e.invoice = readPayload(s)
		case "dispatch":
			e.dispatch = readPayload(s)
		case "customer":
			e.customer = readPayload(s)
		case "payment":
			e.payment = readPayload(s)
		}
	}
	return e
}

// payload is what is looked at in the record of an event, each field as it stands in the body. One shape serves all
// kinds, because the name that tells the kind may come after it.
type payload struct {
	id, status, created, createdAt []byte
	paid, proforma, orders         []byte // invoices
	orderID                        []byte // dispatches
	invoiceID                      []byte // payments
}

func readPayload(s *skimmer) (p payload) {
	for key := range s.fields() {
		switch string(key) {
		case "id":
			p.id = s.value()
		case "status":
			p.status = s.value()
		case "created":
			p.created = s.value()
		case "created_at":
			p.createdAt = s.value()
		case "paid":
			p.paid = s.value()
		case "proforma":
			p.proforma = s.value()
		case "orders":
			p.orders = s.value()
		case "order_id":
			p.orderID = s.value()
		case "invoice_id":
			p.invoiceID = s.value()
		}
	}
	return p
}

// hint says what an event about this record tells; verb is what the event says happened.
func (p *payload) hint(kind trade.Kind, verb string) Hint {
	h := Hint{Kind: kind, ID: idOf(p.id), New: verb == "created", Deleted: verb == "deleted"}
	if h.Deleted {
		return h // nothing but its id and number
	}
	h.Created = p.time()
	switch kind {
	case trade.KindOrder, trade.KindCustomer:
		if status, ok := textOf(p.status); ok && len(status) <= maxStatus {
			h.Status = status
		}
	case trade.KindInvoice:
		if isFlag(p.paid) && (isFlag(p.proforma) || blank(p.proforma)) {
			h.Status = invoiceStatus(string(p.paid) == "true", string(p.proforma) == "true")
		}
	case trade.KindDispatch: // has none
	}
	return h
}

// time is when the record says that it was created. A year that no shop can mean is no time.
func (p *payload) time() time.Time {
	raw := p.created
	if blank(raw) {
		raw = p.createdAt
	}
	if blank(raw) || raw[0] != '"' || len(raw) > maxStatus {
		return time.Time{}
	}
	text, _ := textOf(raw)
	at, _ := timeOf(text)
	if at.Year() < 2000 || at.Year() > 2999 {
		return time.Time{}
	}
	return at
}

// ordersNamed gives the ids of the orders that an invoice names.
func (p *payload) ordersNamed() (ids []string) {
	if blank(p.orders) {
		return nil
	}
	s := &skimmer{text: p.orders}
	for i := range s.elements() {
		if i == maxRelated {
			break
		}
		var id []byte
		for key := range s.fields() {
			if string(key) == "id" {
				id = s.value()
			}
		}
		ids = append(ids, idOf(id))
	}
	return ids
}

func isFlag(raw []byte) bool { return string(raw) == "true" || string(raw) == "false" }
