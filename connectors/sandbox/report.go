package sandbox

import (
	"fmt"
	"slices"
	"strings"

	"spacebridge/mapping/money"
)

// Finding is one thing that the audit found, about one sale.
type Finding struct {
	Sale       string // id of the order or, where sales are invoices, of the invoice in the shop; the source_id in the books
	OrderID    string // of the sale's first order; "" for an invoice that the shop does not have
	Number     int64  // of that order; 0 where the shop has no such order
	Invoice    string // number of the shop's invoice, where sales are invoices; "" where the shop has no such invoice
	Why        string
	Want, Got  string
	Difference money.Decimal // major units, what the invoice has too much
}

// name is the sale in words.
func (f Finding) name() string {
	if f.Sale == f.OrderID {
		return fmt.Sprintf("order %d (%s)", f.Number, f.OrderID)
	}
	return fmt.Sprintf("invoice %s (%s) of order %d (%s)", f.Invoice, f.Sale, f.Number, f.OrderID)
}

// Report is what the audit found. Lists are in the order of order numbers.
type Report struct {
	Orders         int       // in the shop, templates and cancelled ones included
	Eligible       int       // sales that ought to have an invoice by now, those broken on purpose not counted
	Invoices       int       // live in the books
	Missing        []Finding // due, not held, no invoice
	Duplicates     []Finding // a second invoice that was live beside the first, ever
	Differences    []Finding // the invoice is not what the shop's document says
	Unexpected     []Finding // invoices that should not exist
	Held           []Finding // holds with a reason, such as planted, billed in parts, or changed after the invoice
	UnexpectedHeld []Finding // holds without one
	NotHeld        []Finding // broken on purpose, due, and neither held nor invoiced; or invoiced, and no longer to be settled but by a person
	DifferenceSum  string    // the absolute differences added up, as decimal text, currencies not told apart
}

// OK reports that every sale that is due has its invoice, none has two, all are right, and nothing is held without reason.
func (r Report) OK() bool {
	return len(r.Missing)+len(r.Duplicates)+len(r.Differences)+len(r.Unexpected)+len(r.UnexpectedHeld)+len(r.NotHeld) == 0
}

// finish sorts the lists and adds the differences up.
func (r *Report) finish() {
	sum := money.Zero
	for _, f := range r.Differences {
		sum = plus(sum, f.Difference.Abs())
	}
	r.DifferenceSum = sum.String()
	for _, l := range r.lists() {
		slices.SortFunc(*l.findings, byOrder)
	}
}

type namedList struct {
	name     string
	findings *[]Finding
}

func (r *Report) lists() []namedList {
	return []namedList{
		{"missing", &r.Missing},
		{"duplicates", &r.Duplicates},
		{"differences", &r.Differences},
		{"unexpected", &r.Unexpected},
		{"held", &r.Held},
		{"held without reason", &r.UnexpectedHeld},
		{"not held", &r.NotHeld},
	}
}

// String writes the report for people: a line of counts, then one line per finding but the rightly held.
func (r Report) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%d orders, %d due, %d invoices", r.Orders, r.Eligible, r.Invoices)
	for _, l := range r.lists() {
		fmt.Fprintf(&out, ", %s %d", l.name, len(*l.findings))
	}
	fmt.Fprintf(&out, ", difference %s\n", r.DifferenceSum)
	for _, l := range r.lists() {
		if l.name == "held" {
			continue
		}
		for _, f := range *l.findings {
			fmt.Fprintf(&out, "%s: %s: %s", l.name, f.name(), f.Why)
			if f.Want != "" || f.Got != "" {
				fmt.Fprintf(&out, ": want %q, got %q", f.Want, f.Got)
			}
			out.WriteByte('\n')
		}
	}
	return out.String()
}
