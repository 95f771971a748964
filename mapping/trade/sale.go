package trade

import (
	"time"

	"spacebridge/mapping/money"
)

// State is where a sale stands, as users and scripts see it.
type State string

// The states of a sale.
const (
	StateWaiting   State = "waiting"   // not yet in the books
	StatePending   State = "pending"   // order in the books, not issued
	StateIssued    State = "issued"    // invoice exists
	StateCancelled State = "cancelled" // no invoice, and there will be none
	StateIgnored   State = "ignored"   // never a sale
	StateHeld      State = "held"      // waits for a person
)

// PaymentStatus is what is known of the money.
type PaymentStatus string

// Payment statuses, in the words of Space Invoices.
const (
	Unpaid        PaymentStatus = "unpaid"
	PartiallyPaid PaymentStatus = "partially_paid"
	Paid          PaymentStatus = "paid"
	Refunded      PaymentStatus = "refunded"
)

// Sale is what shall stand in the books: one order there, and of it at most one live invoice.
type Sale struct {
	SourceID        string // Orderspace id of the order or invoice; the identity of the sale in the books
	Number          string
	Currency        money.Currency
	OrderedAt       time.Time
	Party           Party
	BillingAddress  Address
	ShippingAddress Address
	Lines           []SaleLine
	Net             money.Amount
	Tax             money.Amount
	Gross           money.Amount
	Shipping        money.Amount // net of the shipping lines, part of Net
	PaymentStatus   PaymentStatus
	PaymentMethod   string            // how money came, in the site's own words: "card", "Bank transfer, Cash"
	Metadata        map[string]string // at most 50 keys, values of at most 250 characters
}

// Party is the buyer as a legal person.
type Party struct {
	Name      string
	TaxNumber string
	Email     string
	Phone     string
	Notes     string
}

// SaleLine is one line of a sale.
type SaleLine struct {
	SourceID  string
	SKU       string
	Name      string
	Shipping  bool
	Quantity  money.Decimal
	UnitPrice money.Decimal // net
	Net       money.Amount
	Tax       money.Amount
	Gross     money.Amount
	Taxed     bool // false: no tax applies, which is not the same as a rate of 0
	TaxRate   money.Decimal
}

// Prints are fingerprints of what a sale says, by what a change of it means. Equal prints mean equal content.
type Prints struct {
	Money    string // lines, rates, totals, currency
	Identity string // the buyer's legal identity and billing address
	Quiet    string // everything else but the payment status
	Payment  string // the payment status
}

// BooksStatus is the status of an order in Space Invoices.
type BooksStatus string

// Statuses evidenced in the reference. Any other value is unknown and must be treated with care.
const (
	BooksPending   BooksStatus = "pending"
	BooksInvoiced  BooksStatus = "invoiced"
	BooksCancelled BooksStatus = "cancelled"
)

// BooksOrder is an order as the books hold it.
type BooksOrder struct {
	ID            string
	SourceID      string
	IntegrationID string
	Status        BooksStatus
	DocumentID    string // invoice_id, "" before the invoice
	EstimateID    string
	Currency      string
	Net           money.NullDecimal
	Gross         money.NullDecimal
	PaymentStatus string
	ItemsChanged  bool // items_changed_after_processing
	Error         string
	Deleted       bool
}

// BooksIntegration is the connector object of the books, with the settings that could make it act by itself.
type BooksIntegration struct {
	ID                  string
	Name                string
	Source              string
	Active              bool
	AutoProcess         bool
	AutoReissueOnUpdate bool
}

// Hold says why a sale waits for a person.
type Hold struct {
	Code   string // stable, such as penny_lock
	Reason string // with the numbers
	Advice string // what to do
	Detail string // the numbers as a table for people, "" where the reason says it all
}
