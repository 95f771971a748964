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
	Since   time.Time         // orders created before are nobody's business; an invoice for one is unexpected
	Trigger string            // created, released, dispatched, invoiced (also ""), paid or manual
	Held    map[string]string // what the daemon holds: order id to hold code
	Planted map[string]string // what was broken on purpose (Merchant.Planted): order id to hold code
}

// Audit compares the two vendors and tells what is wrong. It knows nothing of the daemon but what it says it holds. An
// order that has done what the trigger waits for must have exactly one live invoice, equal to the shop's own document; any
// other must have none. Orders that were broken on purpose must be held instead.
func Audit(s *shop.Shop, b *books.Books, o AuditOptions) Report {
	a := auditor{
		options: o,
		orders:  map[string]shop.Order{},
		billed:  map[string][]shop.Invoice{},
		issued:  map[string][]books.Invoice{},
	}
	// The books first: what happens in the shop meanwhile then looks late, and not like an invoice without a reason.
	a.invoices = b.Invoices()
	for _, invoice := range a.invoices {
		a.issued[invoice.SourceID] = append(a.issued[invoice.SourceID], invoice)
	}
	for _, invoice := range s.Invoices() {
		if !invoice.Proforma {
			for _, ref := range invoice.Orders {
				a.billed[ref.ID] = append(a.billed[ref.ID], invoice)
			}
		}
	}
	for _, order := range s.Orders() {
		a.orders[order.ID] = order
		a.report.Orders++
		a.order(order)
	}
	a.strangers()
	a.holds()
	a.report.finish()
	return a.report
}

// auditor holds both sides while they are compared.
type auditor struct {
	options  AuditOptions
	orders   map[string]shop.Order
	billed   map[string][]shop.Invoice  // the shop's invoices, no proformas, by order
	invoices []books.Invoice            // every invoice ever
	issued   map[string][]books.Invoice // the same, by order
	report   Report
}

// order judges one order of the shop.
func (a *auditor) order(order shop.Order) {
	live := slices.DeleteFunc(slices.Clone(a.issued[order.ID]), func(i books.Invoice) bool { return !i.Live() })
	a.report.Invoices += len(live)
	finding := Finding{OrderID: order.ID, Number: order.Number}
	a.duplicates(finding, a.issued[order.ID])
	due, why := a.due(order)
	code, planted := a.options.Planted[order.ID]
	_, held := a.options.Held[order.ID]
	switch {
	case planted && a.mustStop(code):
		a.planted(finding, code, due, held, live)
		return
	case due:
		a.report.Eligible++
	}
	switch {
	case len(live) == 0:
		if due && !held {
			finding.Why = "the order is due and has no invoice"
			a.report.Missing = append(a.report.Missing, finding)
		}
	case !due && !held && (a.options.Trigger != "manual" || why != waiting):
		finding.Why, finding.Got = "invoiced although "+why, live[0].Number
		a.report.Unexpected = append(a.report.Unexpected, finding)
	case !held:
		a.compare(finding, order, live[0])
	}
}

// mustStop reports whether a deliberate fault shows before the trigger comes. Orders that are split over invoices later on
// may be issued by then.
func (a *auditor) mustStop(code string) bool {
	switch a.options.Trigger {
	case "created", "released", "dispatched":
		return code != weedParts
	}
	return true
}

// planted judges an order that was broken on purpose: it must never be invoiced, and be held once it is due.
func (a *auditor) planted(f Finding, code string, due, held bool, live []books.Invoice) {
	switch {
	case len(live) > 0:
		f.Why, f.Got = "invoiced although it deserves the hold "+code, live[0].Number
		a.report.Unexpected = append(a.report.Unexpected, f)
	case due && !held:
		f.Why, f.Want = "neither held nor invoiced", code
		a.report.NotHeld = append(a.report.NotHeld, f)
	}
}

// duplicates looks for two invoices of one order that were live at the same time, even if one has been voided since.
func (a *auditor) duplicates(f Finding, issued []books.Invoice) {
	byTime := slices.SortedStableFunc(slices.Values(issued), func(x, y books.Invoice) int { return x.CreatedAt.Compare(y.CreatedAt) })
	for i := 1; i < len(byTime); i++ {
		for _, earlier := range byTime[:i] {
			if end := ended(earlier); end.IsZero() || byTime[i].CreatedAt.Before(end) {
				f.Why, f.Want, f.Got = "a second invoice while the first was live", earlier.Number, byTime[i].Number
				a.report.Duplicates = append(a.report.Duplicates, f)
				break
			}
		}
	}
}

// ended is when an invoice ceased to be live; zero while it is.
func ended(i books.Invoice) time.Time {
	switch {
	case i.VoidedAt.IsZero():
		return i.CreditedAt
	case i.CreditedAt.IsZero() || i.VoidedAt.Before(i.CreditedAt):
		return i.VoidedAt
	}
	return i.CreditedAt
}

// compare holds the invoice against the shop's own document, to the minor unit.
func (a *auditor) compare(f Finding, order shop.Order, got books.Invoice) {
	net, gross := sums(order)
	if own := a.billed[order.ID]; len(own) == 1 && !a.split(order.ID) && a.reallyBilled(order) {
		net, gross = own[0].NetTotal, own[0].GrossTotal
	}
	switch {
	case got.CurrencyCode != order.Currency:
		f.Why, f.Want, f.Got = "the currency differs", order.Currency, got.CurrencyCode
	case got.TotalWithTax.Cmp(gross) != 0:
		f.Why, f.Want, f.Got = "the gross total differs", gross.String(), got.TotalWithTax.String()
		f.Difference = minus(got.TotalWithTax, gross)
	case got.Total.Cmp(net) != 0:
		f.Why, f.Want, f.Got = "the net total differs", net.String(), got.Total.String()
		f.Difference = minus(got.Total, net)
	default:
		return
	}
	a.report.Differences = append(a.report.Differences, f)
}

// strangers looks for invoices whose order the shop does not have, or no longer.
func (a *auditor) strangers() {
	seen := map[string]bool{}
	for _, invoice := range a.invoices {
		_, known := a.orders[invoice.SourceID]
		if known || seen[invoice.SourceID] {
			continue
		}
		seen[invoice.SourceID] = true
		f := Finding{OrderID: invoice.SourceID, Got: invoice.Number}
		a.duplicates(f, a.issued[invoice.SourceID])
		live := slices.DeleteFunc(slices.Clone(a.issued[invoice.SourceID]), func(i books.Invoice) bool { return !i.Live() })
		a.report.Invoices += len(live)
		if _, held := a.options.Held[invoice.SourceID]; len(live) > 0 && !held {
			f.Why = "invoiced although the shop has no such order"
			a.report.Unexpected = append(a.report.Unexpected, f)
		}
	}
}

// holds judges what the daemon says it holds: planted, explained by how it was billed or changed, or unexpected.
func (a *auditor) holds() {
	for id, code := range a.options.Held {
		order, exists := a.orders[id]
		f := Finding{OrderID: id, Number: order.Number, Got: code, Want: a.options.Planted[id]}
		switch {
		case f.Want != "":
			f.Why = "broken on purpose"
			a.report.Held = append(a.report.Held, f)
		case a.split(id):
			f.Why = "its invoices do not match it one to one"
			a.report.Held = append(a.report.Held, f)
		case a.changedSince(order, exists, id):
			f.Why = "changed after it was invoiced"
			a.report.Held = append(a.report.Held, f)
		default:
			f.Why = "held, and nothing is wrong with it"
			a.report.UnexpectedHeld = append(a.report.UnexpectedHeld, f)
		}
	}
}

// changedSince reports whether an invoiced order was cancelled, deleted or changed in amount afterwards.
func (a *auditor) changedSince(order shop.Order, exists bool, id string) bool {
	at := slices.IndexFunc(a.issued[id], books.Invoice.Live)
	if at < 0 {
		return false
	}
	_, gross := sums(order)
	return !exists || order.Status == shop.StatusCancelled || a.issued[id][at].TotalWithTax.Cmp(gross) != 0
}

// split reports whether the shop billed an order in parts, or together with another.
func (a *auditor) split(id string) bool {
	own := a.billed[id]
	return len(own) > 1 || len(own) == 1 && len(own[0].Orders) > 1
}

// sums adds an order's lines up, without its own totals.
func sums(order shop.Order) (net, gross money.Decimal) {
	for _, line := range order.Lines {
		net = plus(net, line.SubTotal)
		gross = plus(gross, plus(line.SubTotal, line.TaxAmount))
	}
	return net, gross
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
	return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.OrderID, b.OrderID), cmp.Compare(a.Got, b.Got))
}
