package shop

import (
	"slices"
	"time"

	"spacebridge/mapping/money"
)

// Invoice is an invoice as the site holds it. Amounts are in major units of Currency.
type Invoice struct {
	ID             string
	Number         string
	Created        time.Time // not shown by the API; lists are ordered and filtered by it
	InvoiceDate    string    // plain dates in the account's time zone
	DueDate        string
	CustomerID     string
	CompanyName    string
	EmailAddress   string // may hold several addresses, separated by commas
	Orders         []OrderRef
	PaymentTerms   string // text, such as "15 Days"
	PaymentTermsID string // not shown by the API
	Paid           bool   // in full
	Proforma       bool
	Deposit        *Deposit // nil: none
	Comments       string
	Address        Address
	Lines          []InvoiceLine
	Currency       string
	NetTotal       money.Decimal
	GrossTotal     money.Decimal
	Payments       []Payment

	FirstPaid time.Time // when it was first paid in full, whatever was undone since; not shown by the API
	Renamed   time.Time // when its address last changed; zero for never; not shown by the API
}

// OrderRef names an order on an invoice.
type OrderRef struct {
	ID     string `json:"id"`
	Number int64  `json:"number"`
}

// Deposit is what is asked for before the rest of an invoice.
type Deposit struct {
	Percentage money.Decimal
	DueDate    string
}

// InvoiceLine is a billed quantity of an order line, or a line of the invoice's own (no OrderLineID).
type InvoiceLine struct {
	OrderLineID string
	SKU         string
	Name        string
	Options     string
	Quantity    int64
	UnitPrice   money.Decimal // excluding tax
	SubTotal    money.Decimal // excluding tax
	TaxRateID   string        // not shown by the API
	TaxRate     money.Decimal // percent
	TaxAmount   money.Decimal
}

// Payment is money received for an invoice. Payments have no id.
type Payment struct {
	Amount      money.Decimal
	PaymentDate string
	Source      string // free text: "card", "Bank transfer"
	Description string
	Reference   string
}

// Outstanding is what is still to be paid, in major units.
func (v Invoice) Outstanding() money.Decimal {
	rest := v.GrossTotal
	for _, payment := range v.Payments {
		if left, err := rest.Sub(payment.Amount); err == nil {
			rest = left
		}
	}
	return rest
}

// clone copies an invoice so that the copy may be changed.
func (v *Invoice) clone() Invoice {
	out := *v
	out.Orders = slices.Clone(v.Orders)
	out.Lines = slices.Clone(v.Lines)
	out.Payments = slices.Clone(v.Payments)
	if v.Deposit != nil {
		deposit := *v.Deposit
		out.Deposit = &deposit
	}
	return out
}

// Invoices returns copies of all invoices, oldest first, proformas included.
func (s *Shop) Invoices() []Invoice {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Invoice, 0, len(s.invoices.rows))
	for invoice := range s.invoices.all() {
		out = append(out, invoice.clone())
	}
	return out
}

// FindInvoice returns a copy of one invoice and whether it exists.
func (s *Shop) FindInvoice(id string) (Invoice, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	invoice, ok := s.invoices.find(id)
	if !ok {
		return Invoice{}, false
	}
	return invoice.clone(), true
}

// invoice finds an invoice to change.
func (s *Shop) invoice(id string) (*Invoice, error) {
	invoice, ok := s.invoices.find(id)
	if !ok {
		return nil, &NotFoundError{Kind: "invoice", ID: id}
	}
	return invoice, nil
}
