package mapping

import (
	"slices"
	"strings"
	"time"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// The steps and helpers that read an order's invoices and dispatches.

// invoiceUnreadable: an invoice that nobody can read may be a second one, or for another sum. Nothing is issued past it.
func invoiceUnreadable(r *review) *Decision {
	if len(r.InvoiceFaults) == 0 || r.kind() == trade.KindInvoice && r.IssueOn != OnDispatched {
		return nil // another invoice of the same orders is another sale
	}
	fault := r.InvoiceFaults[0]
	return r.hold(RuleInvoiceUnreadable, HoldUnreadable, "an invoice of the order cannot be read (%d in all): %s is %s: %s",
		len(r.InvoiceFaults), fault.Field, fault.Value, fault.Remedy)
}

// olderThanRelatives: when invoices or dispatches tell of more than the order's own lines do, the order was read before
// them. It is read again once; when it still says less, it is believed.
func olderThanRelatives(r *review) *Decision {
	if r.kind() == trade.KindInvoice {
		return r.ordersOlderThanDispatches()
	}
	if r.Record.ReadAt.After(r.RelatedSince) {
		return nil
	}
	dispatched, invoiced := map[string]money.Decimal{}, map[string]money.Decimal{}
	for _, dispatch := range r.Dispatches {
		for _, line := range dispatch.Lines {
			tally(dispatched, line.OrderLineID, line.Quantity)
		}
	}
	for _, invoice := range r.realInvoices() {
		for _, line := range invoice.Lines {
			tally(invoiced, line.OrderLineID, line.Quantity)
		}
	}
	order := []trade.Ref{r.own()}
	for i, line := range r.doc.Lines {
		name := lineName(i, line)
		if sum := dispatched[line.ID]; line.ID != "" && line.Dispatched.Less(sum) {
			return r.read(RuleRelatedNewer, order, "dispatches tell of %s of %s and the order only of %s: the order was read before them", money.Plain(sum), name, money.Plain(line.Dispatched))
		}
		if sum := invoiced[line.ID]; line.ID != "" && line.Invoiced.Less(sum) {
			return r.read(RuleRelatedNewer, order, "invoices tell of %s of %s and the order only of %s: the order was read before them", money.Plain(sum), name, money.Plain(line.Invoiced))
		}
	}
	return olderThanUnjoined(r)
}

// olderThanUnjoined compares in all what cannot be compared line by line: sites older than November 2024 give invoice
// lines without the order line they bill.
func olderThanUnjoined(r *review) *Decision {
	told, known := map[string]money.Decimal{}, map[string]money.Decimal{}
	for _, invoice := range r.realInvoices() {
		if len(distinct(invoice.Orders)) > 1 {
			continue // which lines are whose is not said
		}
		for _, line := range invoice.Lines {
			if line.OrderLineID != "" {
				return nil
			}
			tally(told, "all", line.Quantity)
		}
	}
	for _, line := range r.doc.Lines {
		tally(known, "all", money.Some(line.Invoiced))
	}
	if known["all"].Less(told["all"]) {
		return r.read(RuleRelatedNewer, []trade.Ref{r.own()}, "invoices tell of %s pieces and the order only of %s: the order was read before them", money.Plain(told["all"]), money.Plain(known["all"]))
	}
	return nil
}

// tally adds a quantity. One too long to add exactly is left out: it only costs a read that is not made.
func tally(sums map[string]money.Decimal, id string, quantity money.NullDecimal) {
	if sum, err := sums[id].Add(quantity.Decimal); err == nil {
		sums[id] = sum
	}
}

// split: one order, one invoice, the same sum, or this is not the right unit of sale.
//
// Invariant 7: what is issued equals Orderspace's own document; where there is one, it is the measure.
func split(r *review) *Decision {
	invoices := r.realInvoices()
	if len(invoices) == 0 || r.kind() == trade.KindInvoice {
		return nil
	}
	var reason string
	switch only := invoices[0]; {
	case len(invoices) > 1:
		reason = "it has " + plural(len(invoices), "invoice") + " in Orderspace (" + listed(ids(invoices)) + ")"
	case len(distinct(only.Orders)) > 1:
		reason = "invoice " + only.ID + " covers " + plural(len(distinct(only.Orders)), "order")
	case !strings.EqualFold(strings.TrimSpace(only.Currency), r.sale.Currency.Code):
		reason = "invoice " + only.ID + " is in " + quoted(only.Currency, 8) + " and the order in " + r.sale.Currency.Code
	case !only.Gross.Valid || !only.Net.Valid:
		reason = "invoice " + only.ID + " has no totals to compare with"
	case !only.Gross.Decimal.Equal(r.doc.Gross.Decimal) || !only.Net.Decimal.Equal(r.doc.Net.Decimal):
		reason = "invoice " + only.ID + " is for " + only.Net.Decimal.String() + " net, " + only.Gross.Decimal.String() + " gross and the order for " +
			r.format(r.sale.Net) + " net, " + r.format(r.sale.Gross) + " gross"
	default:
		return nil
	}
	if !r.Record.ReadAt.After(r.RelatedSince) {
		return r.read(RuleRelatedNewer, []trade.Ref{r.own()}, "the order and its invoices do not match, and the order was read before them: %s", reason)
	}
	if r.Books.issued() {
		return r.hold(RuleSplit, HoldSplitInvoice, "the order changed after invoice %s had been issued, and Orderspace's own invoices do not match it: %s", r.Books.DocumentID, reason)
	}
	return r.hold(RuleSplit, HoldSplitInvoice, "the order and its invoices do not match one to one: %s; sales like this are what issue_from: invoice is for", reason)
}

// stale: what was read a while ago may have changed without anyone telling.
//
// Invariant 4: nothing irreversible rests on anything but a read from the API no longer ago than max_snapshot_age.
func stale(r *review) *Decision {
	tooOld := func(read time.Time) bool {
		return read.IsZero() || read.Before(r.FreshSince) || !r.Now.IsZero() && read.After(r.Now)
	}
	var orders []trade.Ref
	for _, order := range r.Orders {
		if tooOld(order.ReadAt) {
			orders = append(orders, trade.Ref{Kind: trade.KindOrder, ID: order.ID})
		}
	}
	own := []trade.Ref{r.own()}
	switch {
	case tooOld(r.Record.ReadAt) && r.kind() == trade.KindInvoice:
		return r.read(RuleInvoicesStale, own, "before issuing the invoice is read again: what is known of it is too old")
	case tooOld(r.Record.ReadAt):
		return r.read(RuleOrderStale, own, "before issuing the order is read again: what is known of it is too old")
	case len(orders) > 0:
		return r.read(RuleOrderStale, orders, "before issuing %s of the invoice is read again: what is known is too old", plural(len(orders), "order"))
	case tooOld(r.CustomerReadAt):
		return r.read(RuleCustomerStale, r.customerRef(), "before issuing customer %s is read again: what is known is too old", quoted(r.doc.CustomerID, 40))
	case r.kind() == trade.KindOrder && len(r.Invoices) > 0 && tooOld(r.InvoicesReadAt):
		return r.read(RuleInvoicesStale, r.invoiceRefs(), "before issuing the order's invoices are read again: what is known of them is too old")
	default:
		return nil
	}
}

func (r *review) customerRef() []trade.Ref {
	return []trade.Ref{{Kind: trade.KindCustomer, ID: r.doc.CustomerID}}
}

func (r *review) invoiceRefs() (refs []trade.Ref) {
	for _, invoice := range r.Invoices {
		refs = append(refs, trade.Ref{Kind: trade.KindInvoice, ID: invoice.ID})
	}
	return refs
}

// ordersOlderThanDispatches reads an invoice's orders again where a dispatch tells of more than they do.
func (r *review) ordersOlderThanDispatches() *Decision {
	sent := r.sent()
	var older []trade.Ref
	for _, order := range r.Orders {
		if order.Order == nil || order.ReadAt.After(r.RelatedSince) {
			continue
		}
		for _, line := range order.Order.Lines {
			if line.Dispatched.Less(sent(line)) {
				older = append(older, trade.Ref{Kind: trade.KindOrder, ID: order.ID})
				break
			}
		}
	}
	if len(older) == 0 {
		return nil
	}
	return r.read(RuleRelatedNewer, older, "dispatches tell of more than %s of the invoice: what is known was read before them", plural(len(older), "order"))
}

// realInvoices are the order's invoices, in a stable order. A proforma is not an invoice until it is made one.
func (r *review) realInvoices() []trade.Invoice {
	var invoices []trade.Invoice
	for _, invoice := range r.Invoices {
		if !invoice.Proforma && r.names(invoice) {
			invoices = append(invoices, invoice)
		}
	}
	slices.SortStableFunc(invoices, func(a, b trade.Invoice) int { return strings.Compare(a.ID, b.ID) })
	return invoices
}

func (r *review) proformas() (n int) {
	for _, invoice := range r.Invoices {
		if invoice.Proforma && r.names(invoice) {
			n++
		}
	}
	return n
}

// names reports whether an invoice still names an order of this sale; one without any order was given to us for a reason.
func (r *review) names(invoice trade.Invoice) bool {
	if len(invoice.Orders) == 0 || r.kind() == trade.KindOrder && slices.Contains(invoice.Orders, r.SaleID) {
		return true
	}
	return slices.ContainsFunc(r.Orders, func(o KnownOrder) bool { return slices.Contains(invoice.Orders, o.ID) })
}

func ids(invoices []trade.Invoice) (list []string) {
	for _, invoice := range invoices {
		list = append(list, invoice.ID)
	}
	return list
}

func distinct(list []string) []string {
	sorted := slices.Clone(list)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}
