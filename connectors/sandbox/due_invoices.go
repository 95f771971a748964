package sandbox

import (
	"cmp"
	"slices"
	"time"

	"spacebridge/connectors/sandbox/shop"
)

// billedLine is one line of one of the shop's invoices, counted from 0.
type billedLine struct {
	invoiceID string
	line      int
}

// allocate shares out what was dispatched of each order line among the invoices that bill it, in the order of their dates
// and then ids: what left is thought to have left for the earlier ones first.
func (a *auditor) allocate(bills []shop.Invoice) map[billedLine]int64 {
	rest := map[string]int64{}
	for _, order := range a.orders {
		for _, line := range order.Lines {
			rest[line.ID] = line.Dispatched
		}
	}
	out := map[billedLine]int64{}
	ranked := slices.SortedFunc(slices.Values(bills), func(x, y shop.Invoice) int {
		return cmp.Or(cmp.Compare(x.InvoiceDate, y.InvoiceDate), cmp.Compare(len(x.Number), len(y.Number)), cmp.Compare(x.Number, y.Number), cmp.Compare(x.ID, y.ID))
	})
	for _, invoice := range ranked {
		if invoice.Proforma {
			continue
		}
		for n, line := range invoice.Lines {
			taken := min(rest[line.OrderLineID], line.Quantity)
			out[billedLine{invoice.ID, n}] = taken
			rest[line.OrderLineID] -= taken
		}
	}
	return out
}

// invoiceSale is an invoice of the shop as a sale.
func (a *auditor) invoiceSale(invoice shop.Invoice) sale {
	s := sale{
		id: invoice.ID, finding: Finding{Sale: invoice.ID, Invoice: invoice.Number},
		currency: invoice.Currency, net: invoice.NetTotal, gross: invoice.GrossTotal, renamed: invoice.Renamed,
	}
	if len(invoice.Orders) > 0 {
		s.finding.OrderID, s.finding.Number = invoice.Orders[0].ID, invoice.Orders[0].Number
	}
	if customer := a.customers[invoice.CustomerID]; customer.Renamed.After(s.renamed) {
		s.renamed = customer.Renamed
	}
	for _, ref := range invoice.Orders {
		switch code := a.options.Planted[ref.ID]; code {
		case "", weedParts: // an invoice of a part, or of two orders, is as good as any
		case weedNoLines:
			s.excuse = "an order of it was broken on purpose" // but the invoice has its lines
		default:
			s.code = code
		}
		held := a.orders[ref.ID].Reached.Held
		if a.options.Preorder == "split" { // other lines of its order may have been on hold all the time
			held = a.orders[ref.ID].Reached.HeldMore
		}
		if held.After(s.heldBack) {
			s.heldBack = held
		}
	}
	s.due, s.why = a.invoiceDue(invoice, s.code != "")
	s.came = a.invoiceCame(invoice)
	s.excuse = cmp.Or(a.invoiceExcuse(invoice), s.excuse)
	return s
}

// invoiceExcuse is why an invoice may be held that was not broken on purpose.
func (a *auditor) invoiceExcuse(invoice shop.Invoice) string {
	overdone := slices.ContainsFunc(invoice.Orders, func(r shop.OrderRef) bool { return overSent(a.orders[r.ID]) })
	switch ended := a.ended(invoice); {
	case invoice.Proforma:
		return "" // nothing of it can be wrong yet
	case ended != "":
		return ended
	case invoice.GrossTotal.IsNeg():
		return "its total is negative"
	case invoice.GrossTotal.IsZero():
		return nothing
	case overdone && a.options.Trigger == "dispatched":
		return "more was dispatched than was ordered"
	}
	return ""
}

// ended says what became of an order of the invoice that no longer counts; "" if all do.
func (a *auditor) ended(invoice shop.Invoice) string {
	for _, ref := range invoice.Orders {
		switch order, exists := a.orders[ref.ID]; {
		case !exists:
			return "an order of it was deleted"
		case order.Status == shop.StatusCancelled:
			return "an order of it is cancelled"
		}
	}
	return ""
}

// invoiceDue reports whether an invoice of the shop ought to be in the books by now, or why not.
func (a *auditor) invoiceDue(invoice shop.Invoice, broken bool) (due bool, why string) {
	switch ended := a.ended(invoice); {
	case invoice.Proforma:
		return false, "it is a proforma"
	case invoice.InvoiceDate < a.options.Since.UTC().Format(time.DateOnly):
		return false, "it is from before"
	case ended != "":
		return false, ended
	case len(invoice.Lines) == 0:
		return false, "it has no lines"
	case !broken && invoice.GrossTotal.IsNeg():
		return false, "its total is negative"
	case !broken && invoice.GrossTotal.IsZero():
		return false, nothing
	case a.heldBack(invoice):
		return false, preordered
	case !a.invoiceTriggered(invoice):
		return false, waiting
	}
	return true, ""
}

// heldBack reports whether goods on hold keep an invoice back: its own, or any of its orders'.
func (a *auditor) heldBack(invoice shop.Invoice) bool {
	for _, ref := range invoice.Orders {
		for _, line := range a.orders[ref.ID].Lines {
			own := slices.ContainsFunc(invoice.Lines, func(l shop.InvoiceLine) bool { return l.OrderLineID == line.ID })
			if line.OnHold && (own || a.options.Preorder != "split") {
				return true
			}
		}
	}
	return false
}

// invoiceTriggered reports whether what the trigger waits for has happened to an invoice.
func (a *auditor) invoiceTriggered(invoice shop.Invoice) bool {
	switch a.options.Trigger {
	case "created", "invoiced", "":
		return true
	case "paid":
		return invoice.Paid
	case "dispatched":
		return a.gone(invoice)
	}
	return false
}

// invoiceCame reports whether that had happened at any time.
func (a *auditor) invoiceCame(invoice shop.Invoice) bool {
	switch a.options.Trigger {
	case "paid":
		return !invoice.FirstPaid.IsZero()
	case "dispatched":
		return !slices.ContainsFunc(invoice.Orders, func(r shop.OrderRef) bool { return a.orders[r.ID].Reached.Dispatched.IsZero() })
	}
	return a.invoiceTriggered(invoice)
}

// gone reports whether the goods that an invoice bills have left. Of its own lines nothing ever leaves, and of an invoice
// without goods neither: they wait until all else of their orders has.
func (a *auditor) gone(invoice shop.Invoice) bool {
	fulfilled := !slices.ContainsFunc(invoice.Orders, func(r shop.OrderRef) bool { return a.orders[r.ID].Status != shop.StatusFulfilled })
	goods := false
	for n, billed := range invoice.Lines {
		line, joined := a.orderLine(invoice, billed.OrderLineID)
		if line.Shipping || billed.Quantity == 0 || billed.UnitPrice.IsNeg() {
			continue
		}
		goods = true
		charge := (!joined || line.SKU == "") && fulfilled
		if a.left[billedLine{invoice.ID, n}] < billed.Quantity && !charge {
			return false
		}
	}
	return goods || fulfilled
}

// orderLine is what a line of an invoice bills.
func (a *auditor) orderLine(invoice shop.Invoice, id string) (shop.OrderLine, bool) {
	for _, ref := range invoice.Orders {
		for _, line := range a.orders[ref.ID].Lines {
			if id != "" && line.ID == id {
				return line, true
			}
		}
	}
	return shop.OrderLine{}, false
}
