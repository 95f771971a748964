package orderspace

import (
	"encoding/json"
	"errors"
	"strings"

	"spacebridge/mapping/trade"
)

// MaxEvents is how many events one webhook request may hold.
const MaxEvents = 50

// Event is one event of a webhook request. It is a hint to look at a record, never the truth about it (invariant 4).
type Event struct {
	Name    string       // such as order.created; "" if it cannot be read
	Record  trade.Record // what the event is about, as far as it says; the invoice for a payment
	Deleted bool
}

// ParseEvents reads the body of a webhook request: a JSON array of {"event": …, "data": {"order": {…}}}. An event that
// cannot be understood keeps its place with what could be read of it, for its neighbours are to be read all the same.
// Events about records that are not kept have a Record without a Kind.
//
// Endpoint: POST to the subscribed endpoint. Errors: only for a body that is no array.
func ParseEvents(body []byte) ([]Event, error) {
	var list []json.RawMessage
	if shapeOf(body) != "a list" || json.Unmarshal(body, &list) != nil {
		return nil, errors.New("webhook body is not a list of events")
	}
	events := make([]Event, 0, len(list))
	for _, raw := range list {
		events = append(events, parseEvent(raw))
	}
	return events, nil
}

func parseEvent(raw json.RawMessage) Event {
	var wire struct {
		Event json.RawMessage            `json:"event"`
		Data  map[string]json.RawMessage `json:"data"`
	}
	_ = json.Unmarshal(raw, &wire) // what can be read is read
	name, _ := textOf(wire.Event)
	subject, verb, _ := strings.Cut(name, ".")
	event := Event{Name: name, Deleted: verb == "deleted"}
	switch kind := trade.Kind(subject); kind {
	case trade.KindOrder, trade.KindInvoice, trade.KindDispatch, trade.KindCustomer:
		event.Record = Peek(kind, wire.Data[subject])
	case "payment":
		// Payments have no id. What they name is the invoice that must be read.
		event.Record = trade.Record{
			Kind: trade.KindInvoice, ID: peekText(wire.Data[subject], "invoice_id"),
			Number: peekText(wire.Data[subject], "invoice_number"), Body: wire.Data[subject],
		}
	}
	return event
}
