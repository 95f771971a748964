// Package trade holds the canonical records: what Orderspace gave, in our words, and the sale that comes of it.
//
// Vendor connectors translate their wire formats to and from these types; mapping reasons about nothing else.
// Numbers stay exactly as the vendor sent them until mapping gives them meaning.
package trade

import (
	"encoding/json"
	"time"
)

// Kind says what a record is.
type Kind string

// The kinds of records that are kept as snapshots.
const (
	KindOrder    Kind = "order"
	KindInvoice  Kind = "invoice"
	KindDispatch Kind = "dispatch"
	KindCustomer Kind = "customer"
)

// Source says where a snapshot was read.
type Source string

// The sources of snapshots. What a webhook says is none of them (invariant 4).
const (
	SourceList Source = "list" // may lag behind the record
	SourceGet  Source = "get"
)

// Ref names a record.
type Ref struct {
	Kind Kind
	ID   string
}

// Record is one vendor record as it came, with as much read of it as is needed to file it. The body is decoded later, so
// that a record nobody can understand is still stored and never stops its neighbours.
type Record struct {
	Kind    Kind
	ID      string    // "" only if the body has no readable id
	Number  string    // order or invoice number, "" where there is none
	Status  string    // order status; for an invoice "paid", "unpaid" or "proforma"
	Created time.Time // zero where the record has no creation time (invoices)
	Refs    []Ref     // records that this one names: an invoice its orders and customer, a dispatch its order, an order its customer
	Body    json.RawMessage
}

// Page is one page of a list, newest first.
type Page struct {
	Records []Record
	Next    string // cursor for the next page; "" at the end of the list
}

// ListFilter narrows a list of records. The zero value lists everything.
type ListFilter struct {
	CreatedSince  time.Time // orders, invoices, dispatches, customers
	CreatedBefore time.Time // orders, dispatches
	Status        string    // orders, customers
	Unpaid        bool      // invoices
	CustomerID    string    // orders, invoices
	OrderID       string    // dispatches
}

// Fault says why a record, or one field of it, cannot be understood.
type Fault struct {
	Field  string // path inside the record, such as order_lines[3].unit_price
	Value  string // what was found, shortened; never personal data
	Remedy string
}

// Error makes a Fault usable as an error.
func (f *Fault) Error() string {
	return f.Field + ": " + f.Value + ": " + f.Remedy
}
