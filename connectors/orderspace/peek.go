package orderspace

import (
	"encoding/json"

	"spacebridge/mapping/trade"
)

// Peek reads as much of a record as is needed to file it: id, number, status, time of creation and the records it names.
// It never fails; what it cannot read stays empty. Body is kept as it came.
func Peek(kind trade.Kind, body json.RawMessage) trade.Record {
	r := newReader(string(kind), body)
	record := trade.Record{Kind: kind, ID: r.text("id"), Created: r.timestamp("created", "created_at"), Body: body}
	switch kind {
	case trade.KindOrder:
		record.Number, record.Status = r.text("number"), r.text("status")
		refer(&record, trade.KindCustomer, r.text("customer_id"))
	case trade.KindInvoice:
		record.Number, record.Status = r.text("number"), invoiceStatus(r.flag("paid"), r.flag("proforma"))
		for _, order := range r.list("orders") {
			refer(&record, trade.KindOrder, order.text("id"))
		}
		refer(&record, trade.KindCustomer, r.text("customer_id"))
	case trade.KindDispatch:
		refer(&record, trade.KindOrder, r.text("order_id"))
	case trade.KindCustomer:
		record.Status = r.text("status")
	}
	return record
}

// refer notes that a record names another.
func refer(record *trade.Record, kind trade.Kind, id string) {
	if id != "" {
		record.Refs = append(record.Refs, trade.Ref{Kind: kind, ID: id})
	}
}

// invoiceStatus sums up an invoice in a word. A proforma is not an invoice yet, paid or not.
func invoiceStatus(paid, proforma bool) string {
	switch {
	case proforma:
		return InvoiceProforma
	case paid:
		return InvoicePaid
	default:
		return InvoiceUnpaid
	}
}

// peekText reads one text field of an object, "" if that is not possible.
func peekText(body []byte, key string) string {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return ""
	}
	text, _ := textOf(fields[key])
	return text
}
