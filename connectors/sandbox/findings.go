package sandbox

import (
	"slices"
	"time"

	"spacebridge/connectors/sandbox/books"
)

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
func (a *auditor) compare(s sale, got books.Invoice) {
	f := s.finding
	switch {
	case got.CurrencyCode != s.currency:
		f.Why, f.Want, f.Got = "the currency differs", s.currency, got.CurrencyCode
	case got.TotalWithTax.Cmp(s.gross) != 0:
		f.Why, f.Want, f.Got = "the gross total differs", s.gross.String(), got.TotalWithTax.String()
		f.Difference = minus(got.TotalWithTax, s.gross)
	case got.Total.Cmp(s.net) != 0:
		f.Why, f.Want, f.Got = "the net total differs", s.net.String(), got.Total.String()
		f.Difference = minus(got.Total, s.net)
	default:
		return
	}
	a.report.Differences = append(a.report.Differences, f)
}

// strangers looks for invoices whose sale the shop does not have, or no longer.
func (a *auditor) strangers() {
	seen := map[string]bool{}
	for _, invoice := range a.invoices {
		_, known := a.sales[invoice.SourceID]
		if known || seen[invoice.SourceID] {
			continue
		}
		seen[invoice.SourceID] = true
		f := a.stranger(invoice.SourceID)
		a.duplicates(f, a.issued[invoice.SourceID])
		live := a.live(invoice.SourceID)
		a.report.Invoices += len(live)
		if _, held := a.options.Held[invoice.SourceID]; len(live) > 0 && !held {
			f.Why, f.Got = "invoiced although the shop has no such sale", invoice.Number
			a.report.Unexpected = append(a.report.Unexpected, f)
		}
	}
}

// stranger names a sale that the shop does not have.
func (a *auditor) stranger(id string) Finding {
	if a.options.From == "invoice" {
		return Finding{Sale: id}
	}
	return Finding{Sale: id, OrderID: id}
}

// holds judges what the daemon says it holds: planted, explained by how it was billed or changed, or unexpected.
func (a *auditor) holds() {
	for id, code := range a.options.Held {
		s, exists := a.sales[id]
		f := s.finding
		if !exists {
			f = a.stranger(id)
		}
		f.Got, f.Want = code, s.code
		switch {
		case f.Want != "":
			f.Why = "broken on purpose"
			a.report.Held = append(a.report.Held, f)
		case s.excuse != "":
			f.Why = s.excuse
			a.report.Held = append(a.report.Held, f)
		case a.changedSince(s, exists, id):
			f.Why = "changed after it was invoiced"
			a.report.Held = append(a.report.Held, f)
		default:
			f.Why = "held, and nothing is wrong with it"
			a.report.UnexpectedHeld = append(a.report.UnexpectedHeld, f)
		}
	}
}

// changedSince reports whether an invoiced sale was cancelled, deleted, or changed in amount or buyer afterwards.
func (a *auditor) changedSince(s sale, exists bool, id string) bool {
	live := a.live(id)
	if len(live) == 0 {
		return false
	}
	got := live[0]
	same := got.TotalWithTax.Cmp(s.gross) == 0 && got.Total.Cmp(s.net) == 0 && got.CurrencyCode == s.currency
	return !exists || !same || !s.renamed.IsZero() && !s.renamed.Before(got.CreatedAt)
}
