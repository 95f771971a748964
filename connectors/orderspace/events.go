package orderspace

import (
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"spacebridge/mapping/trade"
)

// Bounds of what is read of a webhook request.
const (
	// MaxEvents is how many events one request may hold, twenty times the 50 that Orderspace documents.
	MaxEvents = 1000
	// MaxID is the length of the longest id that is taken for one, in bytes. Those seen have 11.
	MaxID = 200
	// maxRelated is how many further records an event is heard about. Reading the record itself names the others.
	maxRelated = 100
	// maxStatus is the length of the longest status, in bytes; a longer one is none.
	maxStatus = 40
)

// Errors of ParseEvents. They say what the body is and nothing of what is in it.
var (
	errNoEvents   = errors.New("webhook body is not a list of events")
	errManyEvents = errors.New("webhook body holds more than 1000 events")
)

// Use is what an event is good for.
type Use string

// The uses of events.
const (
	UseRead       Use = "read"       // it names a record that must be read
	UseNone       Use = "none"       // it is about what the books do not know: products, stock
	UseUnreadable Use = "unreadable" // nobody can make sense of it: not a known event, or no id in it
)

// Event is one event of a webhook request.
type Event struct {
	Name  string // one of EventNames; "" if it is another or cannot be read
	Use   Use
	Hints []Hint // for UseRead what the event is about, then the further records that it names; nil otherwise
}

// Hint is a record that an event names: a hint to look at it, and never the truth about it (invariant 4).
type Hint struct {
	Kind    trade.Kind
	ID      string
	Status  string    // as the event says, in the words of trade.Record; "" when it does not
	Created time.Time // as the event says, zero when it does not
	New     bool      // the event says that the record was created
	Deleted bool      // the event says that it was deleted
}

// The events of the reference. See https://apidocs.orderspace.com/#webhook-events.
const (
	customerCreated  = "customer.created"
	customerUpdated  = "customer.updated"
	customerDeleted  = "customer.deleted"
	dispatchCreated  = "dispatch.created"
	inventoryUpdated = "inventory_level.updated"
	invoiceCreated   = "invoice.created"
	invoiceDeleted   = "invoice.deleted"
	paymentCreated   = "payment.created"
	productCreated   = "product.created"
	productUpdated   = "product.updated"
	productDeleted   = "product.deleted"
	orderCreated     = "order.created"
	orderUpdated     = "order.updated"
	orderDeleted     = "order.deleted"
)

// EventNames gives the names of all events that are documented.
func EventNames() []string {
	return []string{
		customerCreated, customerUpdated, customerDeleted, dispatchCreated, inventoryUpdated, invoiceCreated, invoiceDeleted,
		paymentCreated, productCreated, productUpdated, productDeleted, orderCreated, orderUpdated, orderDeleted,
	}
}

// ParseEvents reads the body of a webhook request: a JSON array of {"event": …, "data": {"order": {…}}}. Every event keeps
// its place, whether it can be understood or not, for its neighbours are to be read all the same. Of keys that stand
// twice the last one counts. Nothing in the result refers to body.
//
// Endpoint: POST to the subscribed endpoint. Errors: for a body that is not JSON, not an array, or longer than MaxEvents;
// they hold nothing of the body.
func ParseEvents(body []byte) ([]Event, error) {
	s := &skimmer{text: body}
	if s.peek() != '[' || !json.Valid(body) {
		return nil, errNoEvents
	}
	events := make([]Event, 0, 8)
	for i := range s.elements() {
		if i == MaxEvents {
			return nil, errManyEvents
		}
		events = append(events, readEvent(s))
	}
	return events, nil
}

// readEvent reads the event that comes next. Data may stand before the name, so what it holds is read before its meaning
// is known.
func readEvent(s *skimmer) Event {
	var name []byte
	var data envelope
	for key := range s.fields() {
		switch string(key) {
		case "event":
			name = s.value()
		case "data":
			data = readEnvelope(s)
		}
	}
	event := Event{Name: nameOf(name), Use: UseUnreadable}
	subject, verb, _ := strings.Cut(event.Name, ".")
	switch subject {
	case "product", "inventory_level":
		event.Use = UseNone
	case "payment":
		// Payments have no id. What they name is the invoice that must be read.
		event.take(Hint{Kind: trade.KindInvoice, ID: idOf(data.payment.invoiceID)}, nil)
	case "order":
		event.take(data.order.hint(trade.KindOrder, verb), nil)
	case "customer":
		event.take(data.customer.hint(trade.KindCustomer, verb), nil)
	case "invoice":
		event.take(data.invoice.hint(trade.KindInvoice, verb), data.invoice.ordersNamed())
	case "dispatch":
		event.take(data.dispatch.hint(trade.KindDispatch, verb), []string{idOf(data.dispatch.orderID)})
	}
	return event
}

// take makes the event one that is about a record and names orders, provided that it says which.
func (e *Event) take(about Hint, orders []string) {
	if about.ID == "" {
		return
	}
	e.Use = UseRead
	e.Hints = append(make([]Hint, 0, 1+len(orders)), about)
	for _, id := range orders {
		if id != "" {
			e.Hints = append(e.Hints, Hint{Kind: trade.KindOrder, ID: id})
		}
	}
}

// nameOf gives the event's name, if it is one of those documented.
func nameOf(raw []byte) string {
	if len(raw) == 0 || raw[0] != '"' || len(raw) > MaxID {
		return ""
	}
	// The constant is given and not a copy, so that thousands of events share fourteen names.
	switch name := keyOf(raw); string(name) {
	case orderUpdated:
		return orderUpdated
	case orderCreated:
		return orderCreated
	default:
		for _, known := range EventNames() {
			if string(name) == known {
				return known
			}
		}
		return ""
	}
}

// idOf gives the id that a field holds, "" when nobody could ask for it: none, too long, or not made of visible
// characters. A number is taken as it is written, as in records that were read.
func idOf(raw []byte) string {
	if len(raw) > 6*MaxID+2 { // even if each character is written as \u0041
		return ""
	}
	id, ok := textOf(raw)
	if !ok || len(id) > MaxID || strings.Trim(id, ". ") == "" {
		return ""
	}
	for _, r := range id {
		if r == utf8.RuneError || r == ' ' || !unicode.IsPrint(r) {
			return ""
		}
	}
	return id
}
