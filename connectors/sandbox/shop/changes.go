package shop

import (
	"crypto/sha256"
	"encoding/json"
	"time"
)

// Change is one change of a record, as the API shows it from that moment on (lists later, if they lag behind). A change of
// several records, such as a payment that releases an order, is one Change each.
type Change struct {
	At   time.Time
	Kind RecordKind
	ID   string
	What ChangeType
	Body json.RawMessage // the record as GET answers it now, without its envelope; nil when it was deleted
}

// RecordKind is the kind of a record whose changes are told.
type RecordKind string

// The kinds of records whose changes are told.
const (
	KindOrder    RecordKind = "order"
	KindInvoice  RecordKind = "invoice"
	KindDispatch RecordKind = "dispatch"
	KindCustomer RecordKind = "customer"
)

// ChangeType says what has happened to a record.
type ChangeType string

// What happens to records. What an order shows of its invoices, payments and dispatches (counts, status) has the name of the
// deed that it came from.
const (
	ChangeCreated      ChangeType = "created"
	ChangeEdited       ChangeType = "edited" // by a user of the site, or through the API
	ChangeReleased     ChangeType = "released"
	ChangeHeld         ChangeType = "held"
	ChangeHoldReleased ChangeType = "hold_released"
	ChangeInvoiced     ChangeType = "invoiced"
	ChangeUninvoiced   ChangeType = "uninvoiced" // its invoice was deleted
	ChangeFinalised    ChangeType = "finalised"  // a proforma became an invoice
	ChangePartPaid     ChangeType = "part_paid"
	ChangePaid         ChangeType = "paid"
	ChangeUnpaid       ChangeType = "unpaid" // a payment was taken away
	ChangeDispatched   ChangeType = "dispatched"
	ChangeCancelled    ChangeType = "cancelled"
	ChangeUncancelled  ChangeType = "uncancelled"
	ChangeDeleted      ChangeType = "deleted"
	ChangeAltered      ChangeType = "altered" // by Corrupt or Mend
)

// telling is what OnChange was last told of a record.
type telling struct {
	kind RecordKind
	sum  [sha256.Size]byte
}

// tell tells OnChange of a record that may have changed. What the API shows as before has not changed: a reader could never
// find it. s.mu is held.
func (s *Shop) tell(id string, what ChangeType) {
	if s.opts.OnChange == nil {
		return
	}
	before, known := s.told[id]
	kind, body := s.served(id)
	switch {
	case body == nil && known:
		delete(s.told, id)
		kind = before.kind
	case body == nil:
		return
	default:
		now := telling{kind: kind, sum: sha256.Sum256(body)}
		if known && before == now {
			return
		}
		s.told[id] = now
	}
	s.opts.OnChange(Change{At: s.now(), Kind: kind, ID: id, What: what, Body: body})
}

// served is a record as GET answers it, without its envelope; nil if there is none.
func (s *Shop) served(id string) (RecordKind, json.RawMessage) {
	if order, ok := s.orders.find(id); ok {
		return KindOrder, s.orderJSON(order)
	}
	if invoice, ok := s.invoices.find(id); ok {
		return KindInvoice, s.invoiceJSON(invoice)
	}
	if dispatch, ok := s.dispatches.find(id); ok {
		return KindDispatch, s.dispatchJSON(dispatch)
	}
	if customer, ok := s.customers.find(id); ok {
		return KindCustomer, s.customerJSON(customer, formNull)
	}
	return "", nil
}

func either[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}
