package mapping

import (
	"time"

	"spacebridge/mapping/trade"
)

// Facts is everything known about one sale at one moment. Whoever gathers it must not judge it.
type Facts struct {
	SaleID string     // Orderspace id of the order or the invoice
	Kind   trade.Kind // of the sale's own record: order (also "") or invoice

	Record  Known          // how well the sale's own record is known
	Order   *trade.Order   // the sale's own record, if it is an order
	Invoice *trade.Invoice // the sale's own record, if it is an invoice
	Orders  []KnownOrder   // the orders that the sale's own invoice names, each once; none for an order

	// RelatedSince is when the newest version of an invoice or dispatch of the sale's orders was first seen.
	RelatedSince time.Time

	// AskedAgain is when an operator last said retry: an older read of the order is not good enough, since the remedy may
	// have been applied in Orderspace, where nothing tells of it.
	AskedAgain time.Time

	Customer       *trade.Customer
	CustomerFault  *trade.Fault
	CustomerGone   bool
	CustomerReadAt time.Time

	// Invoices are the invoices of the sale's orders that still exist, each as last read by list or get: issuing may rest on
	// them, so a webhook's payload has no place here (invariant 4). The sale's own invoice may be among them.
	Invoices      []trade.Invoice
	InvoiceFaults []*trade.Fault
	Dispatches    []trade.Dispatch
	// InvoicesReadAt is when the invoice read longest ago was last read; zero without invoices.
	InvoicesReadAt time.Time

	// FreshSince bounds the age of what an irreversible step rests on: now less max_snapshot_age.
	FreshSince time.Time
	// Now bounds it on the other side: a read that lies in the future was dated by a clock that has been set back since.
	Now time.Time

	Books    Books
	Command  Command
	Rejected *Rejection
	// Unclear is a step whose outcome could not be found out by looking, or something in the books that stands beside the
	// sale's own order. Only a person can tell what it means.
	Unclear *Rejection
}

// CustomerID is the buyer that the sale's own record names, "" while it is not known.
func (f Facts) CustomerID() string {
	switch {
	case f.Invoice != nil:
		return f.Invoice.CustomerID
	case f.Order != nil:
		return f.Order.CustomerID
	default:
		return ""
	}
}

// Number is the number that people know the sale by, "" while it is not known.
func (f Facts) Number() string {
	switch {
	case f.Invoice != nil:
		return f.Invoice.Number
	case f.Order != nil:
		return f.Order.Number
	default:
		return ""
	}
}

// Known is how well a record is known.
type Known struct {
	ReadAt time.Time    // when this very version was last read by list or get; zero if it never was
	Fault  *trade.Fault // why the newest version cannot be read
	Gone   bool         // the API answered that there is no such record
}

// KnownOrder is an order that an invoice names.
type KnownOrder struct {
	ID string
	Known
	Order *trade.Order // nil while it was not read, or cannot be
}

// Books is what the ledger knows of the sale in Space Invoices.
type Books struct {
	OrderID    string // "" while the sale is not in the books
	DocumentID string // the live invoice, "" before there is one
	Status     trade.BooksStatus
	Written    trade.Prints // of what was last written to the order; an empty part is not known
	Issued     trade.Prints // of what the live invoice was made of; an empty part is not known
	WeEnded    bool         // the order was cancelled by a step of ours, since the sale had ended
}

// Command is an operator's standing order on a sale.
type Command struct {
	Issue      bool   // issue whatever the trigger is, but never past a hold
	SkipReason string // not empty: this is not a sale
}

// Rejection says that Space Invoices refused the last step with the same content, and that nobody has asked for another
// try since.
type Rejection struct {
	Step    string // the Action that was refused
	Code    string // shown in the Reason: the vendor's code and the fields at fault, never its free text
	Message string // may repeat what was sent, so it is never shown in a Reason
	Status  int    // HTTP status; 0 if no request was sent because a look at the books forbade it
}

// present reports whether anything of the sale is in the books.
func (b Books) present() bool { return b.OrderID != "" || b.DocumentID != "" || b.Status != "" }

// state is where the books alone put the sale.
func (b Books) state() trade.State {
	switch b.Status {
	case trade.BooksPending:
		return trade.StatePending
	case trade.BooksInvoiced:
		return trade.StateIssued
	case trade.BooksCancelled:
		return trade.StateCancelled
	default:
		return trade.StateWaiting
	}
}

func (b Books) pending() bool { return b.Status == trade.BooksPending }
func (b Books) issued() bool  { return b.Status == trade.BooksInvoiced }
