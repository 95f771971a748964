package sandbox

import (
	"cmp"
	"slices"
	"time"

	"spacebridge/connectors/sandbox/books"
	"spacebridge/connectors/sandbox/shop"
	"spacebridge/mapping/money"
)

// AuditOptions says what ought to have been done.
type AuditOptions struct {
	Since time.Time // what is from before is nobody's business; an invoice for it is unexpected. Of the shop's invoices the UTC date counts
	// From says what a sale is: an order of the shop ("order", also ""), or one of its invoices ("invoice").
	From string
	// Trigger is created, released, dispatched, invoiced (also ""), paid or manual; for invoices created (also ""), dispatched,
	// paid or manual.
	Trigger  string
	OnEdit   string            // what becomes of an invoice whose sale is changed: "hold" (also "") or "reissue"
	Preorder string            // where sales are invoices: "hold" (also ""), or "split": only an invoice's own lines on hold keep it back
	Held     map[string]string // what the daemon holds: id of the sale to hold code
	Planted  map[string]string // what was broken on purpose (Merchant.Planted): order id to hold code
}

// Audit compares the two vendors and tells what is wrong. It knows nothing of the daemon but what it says it holds. A sale
// that has done what the trigger waits for must have exactly one live invoice, equal to the shop's own document; any other
// must have none. Orders that were broken on purpose must be held instead.
func Audit(s *shop.Shop, b *books.Books, o AuditOptions) Report {
	a := auditor{
		options:   o,
		orders:    map[string]shop.Order{},
		customers: map[string]shop.Customer{},
		sales:     map[string]sale{},
		billed:    map[string][]shop.Invoice{},
		issued:    map[string][]books.Invoice{},
	}
	// The books first: what happens in the shop meanwhile then looks late, and not like an invoice without a reason.
	a.invoices = b.Invoices()
	for _, invoice := range a.invoices {
		a.issued[invoice.SourceID] = append(a.issued[invoice.SourceID], invoice)
	}
	for _, customer := range s.Customers() {
		a.customers[customer.ID] = customer
	}
	bills, orders := s.Invoices(), s.Orders()
	for _, order := range orders {
		a.orders[order.ID] = order
	}
	for _, invoice := range bills {
		for _, ref := range invoice.Orders {
			if !invoice.Proforma {
				a.billed[ref.ID] = append(a.billed[ref.ID], invoice)
			}
		}
	}
	a.report.Orders = len(orders)
	if o.From == "invoice" {
		a.left = a.allocate(bills)
		for _, invoice := range bills {
			a.judge(a.invoiceSale(invoice))
		}
	} else {
		for _, order := range orders {
			a.judge(a.orderSale(order))
		}
	}
	a.strangers()
	a.holds()
	a.report.finish()
	return a.report
}

// auditor holds both sides while they are compared.
type auditor struct {
	options   AuditOptions
	orders    map[string]shop.Order
	customers map[string]shop.Customer
	sales     map[string]sale
	billed    map[string][]shop.Invoice  // the shop's invoices, no proformas, by order
	left      map[billedLine]int64       // what was dispatched for each line of an invoice, where sales are invoices
	invoices  []books.Invoice            // every invoice ever
	issued    map[string][]books.Invoice // the same, by sale
	report    Report
}

// sale is what ought to have one invoice in the books, in the shop's words.
type sale struct {
	id         string
	finding    Finding // names it
	due        bool
	why        string // it is not due
	came       bool   // the trigger has come at some time, whatever was undone since
	code       string // of the hold that it was planted for; "" for none that it must have
	currency   string
	net, gross money.Decimal // what its invoice must say
	disputed   string        // why it must be held if it is invoiced; "" if it need not
	excuse     string        // why it may be held; "" for no reason
	renamed    time.Time     // when what names its buyer last changed
	heldBack   time.Time     // when lines of it were last put on hold
}

// judge compares one sale with what the books have of it.
func (a *auditor) judge(s sale) {
	a.sales[s.id] = s
	live := a.live(s.id)
	a.report.Invoices += len(live)
	a.duplicates(s.finding, a.issued[s.id])
	_, held := a.options.Held[s.id]
	if s.code != "" {
		a.planted(s.finding, s.code, s.due, held, live)
		return
	}
	if s.due {
		a.report.Eligible++
	}
	f := s.finding
	switch {
	case held:
	case len(live) == 0:
		if s.due {
			f.Why = "it is due and has no invoice"
			a.report.Missing = append(a.report.Missing, f)
		}
	case !s.due && !a.settled(s, live[0]):
		f.Why, f.Got = "invoiced although "+s.why, live[0].Number
		a.report.Unexpected = append(a.report.Unexpected, f)
	case s.disputed != "":
		f.Why, f.Got = "invoiced and not held although "+s.disputed, live[0].Number
		a.report.NotHeld = append(a.report.NotHeld, f)
	default:
		a.compare(s, live[0])
	}
}

// settled reports whether a sale that is not due may well be invoiced: by an operator's word, or because it was due once.
func (a *auditor) settled(s sale, got books.Invoice) bool {
	byHand := a.options.Trigger == "manual"
	switch s.why {
	case waiting:
		return byHand || s.came
	case nothing:
		return byHand
	case preordered:
		return (byHand || s.came) && !s.heldBack.Before(got.CreatedAt)
	}
	return false
}

// live are the invoices of a sale that count.
func (a *auditor) live(id string) []books.Invoice {
	return slices.DeleteFunc(slices.Clone(a.issued[id]), func(i books.Invoice) bool { return !i.Live() })
}

func plus(a, b money.Decimal) money.Decimal {
	out, err := a.Add(b)
	if err != nil {
		return money.Zero
	}
	return out
}

func minus(a, b money.Decimal) money.Decimal { return plus(a, b.Neg()) }

func byOrder(a, b Finding) int {
	return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.OrderID, b.OrderID), cmp.Compare(a.Sale, b.Sale), cmp.Compare(a.Got, b.Got))
}
