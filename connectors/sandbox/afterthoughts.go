package sandbox

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// Afterthought is something that a merchant does out of turn, with records of any age. Without WithAfterthoughts nothing is
// edited or cancelled once it was invoiced, and no invoice is deleted.
type Afterthought string

// The afterthoughts.
const (
	EditOpen       Afterthought = "edit_open"       // an order's lines, before it is invoiced
	EditInvoiced   Afterthought = "edit_invoiced"   // the lines of an order that is invoiced and not all sent
	EditFulfilled  Afterthought = "edit_fulfilled"  // the prices of an order that was sent
	NoteFulfilled  Afterthought = "note_fulfilled"  // an order that was sent, but nothing that moves money
	CancelInvoiced Afterthought = "cancel_invoiced" // an order that is invoiced
	DeleteOpen     Afterthought = "delete_open"     // an order that is not invoiced
	DeleteInvoiced Afterthought = "delete_invoiced" // an order that is invoiced or sent
	DeleteInvoice  Afterthought = "delete_invoice"  // which is made again later
	EditInvoice    Afterthought = "edit_invoice"    // its comments or due date; no event tells
	PayOld         Afterthought = "pay_old"         // a part or the rest of an invoice of weeks ago
	RemovePayment  Afterthought = "remove_payment"  // that was recorded by mistake; no event tells of the invoice
	EditCustomer   Afterthought = "edit_customer"
	AddCustomer    Afterthought = "add_customer"
	DeleteCustomer Afterthought = "delete_customer" // one that was added and has not ordered
)

// Afterthoughts lists all of them.
func Afterthoughts() []Afterthought {
	return []Afterthought{
		EditOpen, EditInvoiced, EditFulfilled, NoteFulfilled, CancelInvoiced, DeleteOpen, DeleteInvoiced, DeleteInvoice, EditInvoice,
		PayOld, RemovePayment, EditCustomer, AddCustomer, DeleteCustomer,
	}
}

// Afterthoughts that are only had when they are asked for by name.
const (
	Uncancel    Afterthought = "uncancel"     // an order that was cancelled lives again
	Refund      Afterthought = "refund"       // a part or all of what was paid, as a negative payment
	Overpay     Afterthought = "overpay"      // more than the rest of an invoice
	HoldLine    Afterthought = "hold_line"    // one line of an order of which nothing was sent
	ReleaseLine Afterthought = "release_line" // one line that is on hold
	EditBilled  Afterthought = "edit_billed"  // an invoiced order, whose invoice is deleted and made anew some steps later
)

// FurtherAfterthoughts lists those that WithAfterthoughts does not have of itself.
func FurtherAfterthoughts() []Afterthought {
	return []Afterthought{Uncancel, Refund, Overpay, HoldLine, ReleaseLine, EditBilled}
}

// WithAfterthoughts makes so many of a hundred steps an afterthought of the given kinds, or of all that Afterthoughts lists if none is given. They
// have draws of their own. Orders that were broken on purpose are left alone. Nothing of it happens in a History, whose orders
// are thought about afterwards too.
func WithAfterthoughts(percent int, kinds ...Afterthought) MerchantOption {
	if len(kinds) == 0 {
		kinds = Afterthoughts()
	}
	return func(m *Merchant) { m.second = &afterthoughts{percent: percent, kinds: kinds} }
}

// afterthoughts are a merchant's memory and its will to change things.
type afterthoughts struct {
	percent  int
	kinds    []Afterthought
	rng      *rand.Rand
	orders   []string
	invoices []string
	added    []string // customers
}

// tries bounds the search for a record that an afterthought fits.
const tries = 40

// remember notes an order that may be thought about later.
func (m *Merchant) remember(orderID string) {
	if m.second != nil {
		m.second.orders = append(m.second.orders, orderID)
	}
}

// rememberInvoice notes an invoice.
func (m *Merchant) rememberInvoice(id string) {
	if m.second != nil {
		m.second.invoices = append(m.second.invoices, id)
	}
}

// rethink has, now and then, an afterthought. It reports false when it has none, or found nothing that fits.
func (m *Merchant) rethink(now time.Time) (Event, bool, error) {
	a := m.second
	if a == nil {
		return Event{}, false, nil
	}
	if a.rng.IntN(100) >= a.percent {
		return Event{}, false, nil
	}
	kind := a.kinds[a.rng.IntN(len(a.kinds))]
	event, err := m.reconsider(kind, now)
	switch {
	case err == nil:
		event.At, event.Kind = now, string(kind)
		return event, true, nil
	case errors.Is(err, errNothingFits) || refused(err):
		return Event{}, false, nil // another day
	}
	return Event{}, false, fmt.Errorf("%s: %w", kind, err)
}

var errNothingFits = errors.New("nothing fits")

// reconsider does one afterthought.
func (m *Merchant) reconsider(kind Afterthought, now time.Time) (Event, error) {
	switch kind {
	case EditOpen, EditInvoiced, EditFulfilled, NoteFulfilled, CancelInvoiced, DeleteOpen, DeleteInvoiced:
		return m.rethinkOrder(kind)
	case DeleteInvoice, EditInvoice, PayOld, RemovePayment:
		return m.rethinkInvoice(kind, now)
	case EditCustomer, AddCustomer, DeleteCustomer:
		return m.rethinkCustomer(kind)
	case Uncancel, HoldLine, ReleaseLine:
		return m.reviveOrder(kind)
	case Refund, Overpay, EditBilled:
		return m.reviseInvoice(kind, now)
	}
	return Event{}, fmt.Errorf("no such afterthought %q", kind)
}
