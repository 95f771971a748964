package shop

import "encoding/json"

// The documented events.
const (
	eventCustomerCreated  = "customer.created"
	eventCustomerUpdated  = "customer.updated"
	eventCustomerDeleted  = "customer.deleted"
	eventDispatchCreated  = "dispatch.created"
	eventInventoryUpdated = "inventory_level.updated"
	eventInvoiceCreated   = "invoice.created"
	eventInvoiceDeleted   = "invoice.deleted"
	eventPaymentCreated   = "payment.created"
	eventProductCreated   = "product.created"
	eventProductUpdated   = "product.updated"
	eventProductDeleted   = "product.deleted"
	eventOrderCreated     = "order.created"
	eventOrderUpdated     = "order.updated"
	eventOrderDeleted     = "order.deleted"
)

// EventTypes returns the names of all events that a webhook can subscribe to.
func EventTypes() []string {
	return []string{
		eventCustomerCreated, eventCustomerUpdated, eventCustomerDeleted, eventDispatchCreated, eventInventoryUpdated,
		eventInvoiceCreated, eventInvoiceDeleted, eventPaymentCreated, eventProductCreated, eventProductUpdated,
		eventProductDeleted, eventOrderCreated, eventOrderUpdated, eventOrderDeleted,
	}
}

// event is one element of a delivery's array. It has no id and no time of its own.
type event struct {
	Event string                     `json:"event"`
	Data  map[string]json.RawMessage `json:"data"`
}

// payload is what an event carries: one record under its singular name.
type payload interface{ singular() string }

// The short records that deletions carry.
type (
	deletedOrder struct {
		ID      string `json:"id"`
		Number  int64  `json:"number"`
		Deleted bool   `json:"deleted"`
	}
	deletedInvoice struct {
		ID      string `json:"id"`
		Number  string `json:"number"`
		Deleted bool   `json:"deleted"`
	}
	deletedCustomer struct {
		ID          string `json:"id"`
		CompanyName string `json:"company_name"`
		Deleted     bool   `json:"deleted"`
	}
	deletedProduct struct {
		ID      string `json:"id"`
		Code    string `json:"code"`
		Name    string `json:"name"`
		Deleted bool   `json:"deleted"`
	}
)

func (deletedOrder) singular() string    { return "order" }
func (deletedInvoice) singular() string  { return "invoice" }
func (deletedCustomer) singular() string { return "customer" }
func (deletedProduct) singular() string  { return "product" }

// record is a payload that is a whole record, altered if Corrupt asked for it. It is only written if somebody listens.
type record struct {
	name  string
	write func() json.RawMessage
}

func (r record) singular() string             { return r.name }
func (r record) MarshalJSON() ([]byte, error) { return r.write(), nil }

// orderChanged tells about a change that is an edit by every reading of the documents.
func (s *Shop) orderChanged(order *Order, what ChangeType) {
	order.reach(s.now())
	s.orders.changed(order.ID)
	s.tell(order.ID, what)
	s.emit(eventOrderUpdated, s.orderEvent(order))
}

// orderCounted tells about a change of counts or status that came from an invoice, a payment or a dispatch. Whether
// that fires order.updated is not documented.
func (s *Shop) orderCounted(order *Order, what ChangeType) {
	if s.opts.OrderEvents == OrderEventsAll {
		s.orderChanged(order, what)
		return
	}
	order.reach(s.now())
	s.orders.changed(order.ID)
	s.tell(order.ID, what)
}

// news is an event that waits for its delivery.
type news struct {
	name string
	data payload
	body json.RawMessage // the payload as it was when the event happened; nil to write it when it is sent
}

// event writes the element of a delivery's array. Without a body it shows the record as it is now or, when it has been
// deleted since, as it was last.
func (n news) event() (event, error) {
	body := n.body
	if body == nil {
		var err error
		if body, err = json.Marshal(n.data); err != nil {
			return event{}, err
		}
	}
	return event{Event: n.name, Data: map[string]json.RawMessage{n.data.singular(): body}}, nil
}

// emit queues an event for every webhook that subscribes to it.
func (s *Shop) emit(name string, data payload) {
	if s.muted || !s.subscribed(name) {
		return
	}
	told := news{name: name, data: data}
	if s.opts.WebhookPayload != PayloadWhenSent {
		body, err := json.Marshal(data)
		if err != nil {
			s.opts.Logger.Error("event not written", "event", name, "error", err)
			return
		}
		told.body = body
	}
	s.courier.queue(told)
}

// MuteWebhooks loses (true) or sends (false) the events of whatever happens from now on, as a site does whose webhooks
// fail silently.
func (s *Shop) MuteWebhooks(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.muted = on
}
