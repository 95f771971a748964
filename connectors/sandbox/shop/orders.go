package shop

import (
	"slices"
	"time"

	"spacebridge/mapping/money"
)

// OrderStatus is the stage of an order. It is about fulfilment, not about money.
type OrderStatus string

// The documented statuses.
const (
	StatusNew           OrderStatus = "new"            // may still be amended
	StatusInvoiced      OrderStatus = "invoiced"       // waits for payment, stays out of dispatch
	StatusReleased      OrderStatus = "released"       // ready to dispatch
	StatusPartFulfilled OrderStatus = "part_fulfilled" // some items have left
	StatusPreorder      OrderStatus = "preorder"       // all items are on hold
	StatusFulfilled     OrderStatus = "fulfilled"      // all items have left
	StatusStandingOrder OrderStatus = "standing_order" // a template
	StatusCancelled     OrderStatus = "cancelled"      // as good as deleted, but readable
)

// Order is an order as the site holds it. Amounts are in major units of Currency.
type Order struct {
	ID               string
	Number           int64
	Created          time.Time
	Status           OrderStatus
	CustomerID       string
	CompanyName      string
	Phone            string
	EmailAddresses   EmailAddresses
	CreatedBy        string // "" for orders created through the API
	DeliveryDate     string // plain date or ""
	Reference        string
	InternalNote     string
	CustomerPONumber string
	CustomerNote     string
	StandingOrderID  string // the template this order was made from, or ""
	ShippingType     string
	ShippingAddress  Address
	BillingAddress   Address
	Lines            []OrderLine
	Currency         string
	NetTotal         money.Decimal
	GrossTotal       money.Decimal

	// Reached is how far the order has ever come, whatever was undone since. The API does not show it.
	Reached Milestones
	// Renamed is when its company name or billing address last changed; zero for never. The API does not show it.
	Renamed time.Time

	released bool        // let into dispatch, by hand or by a payment
	held     int         // lines of it were on hold when milestones were last noted
	before   OrderStatus // what a cancelled order was
}

// OrderLine is an item, a custom charge (no SKU) or shipping.
type OrderLine struct {
	ID               string
	SKU              string
	Name             string
	Options          string // "Colour: Blue, Size: Small"
	GroupingCategory *CategoryRef
	Shipping         bool
	Quantity         int64
	UnitPrice        money.Decimal // excluding tax
	SubTotal         money.Decimal // excluding tax
	TaxRateID        string        // "" when untaxed
	TaxName          string
	TaxRate          money.Decimal // percent
	TaxAmount        money.Decimal
	PreorderWindowID string
	OnHold           bool
	Invoiced         int64 // quantities
	Paid             int64
	Dispatched       int64
}

// Outstanding is the quantity that no invoice covers yet.
func (l OrderLine) Outstanding() int64 { return l.Quantity - l.Invoiced }

// left is the quantity that has not been sent yet; 0 where more was sent than ordered.
func (l OrderLine) left() int64 { return max(l.Quantity-l.Dispatched, 0) }

// Address is a postal address. Country is ISO 3166-1 alpha-2.
type Address struct {
	CompanyName string `json:"company_name"`
	ContactName string `json:"contact_name"`
	Line1       string `json:"line1"`
	Line2       string `json:"line2"`
	City        string `json:"city"`
	State       string `json:"state"`
	PostalCode  string `json:"postal_code"`
	Country     string `json:"country"`
}

// EmailAddresses are where each kind of mail goes; each may hold several addresses, separated by commas.
type EmailAddresses struct {
	Orders     string `json:"orders"`
	Dispatches string `json:"dispatches"`
	Invoices   string `json:"invoices"`
}

// clone copies an order so that the copy may be changed.
func (o *Order) clone() Order {
	out := *o
	out.Lines = slices.Clone(o.Lines)
	for i, line := range out.Lines {
		if line.GroupingCategory != nil {
			category := *line.GroupingCategory
			out.Lines[i].GroupingCategory = &category
		}
	}
	return out
}

// line finds a line by its id.
func (o *Order) line(id string) (*OrderLine, bool) {
	for i := range o.Lines {
		if o.Lines[i].ID == id {
			return &o.Lines[i], true
		}
	}
	return nil, false
}

// items are the lines that can be dispatched: all but shipping, or all when there is nothing but shipping.
func (o *Order) items() []*OrderLine {
	var items, all []*OrderLine
	for i := range o.Lines {
		all = append(all, &o.Lines[i])
		if !o.Lines[i].Shipping {
			items = append(items, &o.Lines[i])
		}
	}
	if len(items) == 0 {
		return all
	}
	return items
}

// settle derives the status from what has happened to the lines. Templates and cancelled orders stay what they are.
func (o *Order) settle() {
	if o.Status == StatusStandingOrder || o.Status == StatusCancelled {
		return
	}
	held, left, complete, billed := true, false, true, false
	for _, line := range o.items() {
		held = held && line.OnHold
		left = left || line.Dispatched > 0
		complete = complete && line.Dispatched >= line.Quantity
		billed = billed || line.Invoiced > 0
	}
	empty := len(o.Lines) == 0
	switch {
	case complete && left:
		o.Status = StatusFulfilled
	case left:
		o.Status = StatusPartFulfilled
	case held && !empty:
		o.Status = StatusPreorder
	case o.released:
		o.Status = StatusReleased
	case billed:
		o.Status = StatusInvoiced
	default:
		o.Status = StatusNew
	}
}

// Orders returns copies of all orders, oldest first, standing order templates and cancelled ones included.
func (s *Shop) Orders() []Order {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Order, 0, len(s.orders.rows))
	for order := range s.orders.all() {
		out = append(out, order.clone())
	}
	return out
}

// Order returns a copy of one order and whether it exists.
func (s *Shop) Order(id string) (Order, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	order, ok := s.orders.find(id)
	if !ok {
		return Order{}, false
	}
	return order.clone(), true
}

// order finds an order to change.
func (s *Shop) order(id string) (*Order, error) {
	order, ok := s.orders.find(id)
	if !ok {
		return nil, &NotFoundError{Kind: "order", ID: id}
	}
	return order, nil
}
