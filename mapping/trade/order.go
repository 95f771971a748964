package trade

import (
	"time"

	"spacebridge/mapping/money"
)

// Order statuses of Orderspace. Status is about fulfilment, not about accounting.
const (
	StatusNew           = "new"
	StatusInvoiced      = "invoiced"
	StatusReleased      = "released"
	StatusPartFulfilled = "part_fulfilled"
	StatusPreorder      = "preorder"
	StatusFulfilled     = "fulfilled"
	StatusStandingOrder = "standing_order"
	StatusCancelled     = "cancelled"
)

// Order is an Orderspace order.
type Order struct {
	ID               string
	Number           string
	Created          time.Time
	Status           string
	CustomerID       string
	CompanyName      string
	Phone            string
	Emails           Emails
	DeliveryDate     string // plain date, 2006-01-02, or ""
	Reference        string
	InternalNote     string
	CustomerPONumber string
	CustomerNote     string
	StandingOrderID  string
	ShippingType     string
	ShippingAddress  Address
	BillingAddress   Address
	Lines            []OrderLine
	Currency         string
	Net              money.NullDecimal
	Gross            money.NullDecimal
}

// OrderLine is one line of an order: an item, a custom charge or shipping. Amounts exclude tax unless they say otherwise.
type OrderLine struct {
	ID             string
	SKU            string
	Name           string
	Options        string // "Colour: Blue, Size: Small"
	Shipping       bool
	Quantity       money.NullDecimal
	UnitPrice      money.NullDecimal
	SubTotal       money.NullDecimal // net
	TaxRateID      string
	TaxName        string
	TaxRate        money.NullDecimal // percent
	TaxAmount      money.NullDecimal
	TaxUntold      bool // the record gives a percent and cannot name the tax: a line of an invoice without the line of its order
	PreorderWindow string
	OnHold         bool
	Invoiced       money.Decimal // quantities
	Paid           money.Decimal
	Dispatched     money.Decimal
}

// Emails are a customer's addresses by purpose. Orderspace keeps several in one field, separated by commas.
type Emails struct {
	Orders     []string
	Dispatches []string
	Invoices   []string
}

// Address is a postal address.
type Address struct {
	CompanyName string
	ContactName string
	Line1       string
	Line2       string
	City        string
	State       string
	PostalCode  string
	Country     string // ISO 3166-1 alpha-2
}

// IsZero reports whether nothing of the address is known.
func (a Address) IsZero() bool { return a == Address{} }

// Invoice is an Orderspace invoice.
type Invoice struct {
	ID          string
	Number      string
	InvoiceDate string // plain dates in the site's zone
	DueDate     string
	CustomerID  string
	CompanyName string
	Emails      []string
	Orders      []string // order ids
	Paid        bool     // in full
	Proforma    bool
	Comments    string
	Terms       string // payment terms in words, such as "15 Days"
	Address     Address
	Lines       []InvoiceLine
	Currency    string
	Net         money.NullDecimal
	Gross       money.NullDecimal
	Payments    []Payment
}

// InvoiceLine is one line of an invoice.
type InvoiceLine struct {
	OrderLineID string // "" for lines without an order line, and on sites older than November 2024
	SKU         string
	Name        string
	Options     string
	Quantity    money.NullDecimal
	UnitPrice   money.NullDecimal
	SubTotal    money.NullDecimal
	TaxRate     money.NullDecimal
	TaxAmount   money.NullDecimal
}

// Payment is money received for an invoice. Orderspace gives payments no id.
type Payment struct {
	Amount      money.NullDecimal
	Date        string
	Source      string
	Description string
	Reference   string
}

// Dispatch is goods that left for an order.
type Dispatch struct {
	ID       string
	OrderID  string
	Created  time.Time
	Comments string // courier and tracking number live here, in words
	Lines    []DispatchLine
}

// DispatchLine is a quantity of one order line.
type DispatchLine struct {
	OrderLineID string
	SKU         string
	Quantity    money.NullDecimal
}

// Customer is the buyer's record, which alone holds the tax number.
type Customer struct {
	ID          string
	CompanyName string
	Reference   string
	Phone       string
	Emails      Emails
	BuyerEmails []string
	TaxNumber   string
	TaxRateID   string
	Addresses   []Address
}

// TaxRate is a tax rate of the Orderspace site.
type TaxRate struct {
	ID   string
	Name string
	Rate money.Decimal // percent
}
