package mapping

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"spacebridge/mapping/trade"
)

// The steps that only a sale made of an invoice needs, and the one that tells the two kinds apart.

// otherSource: when a connection begins to make its sales of other records, those of the old kind are none any more. That they
// are not in the books is seen to before the change is allowed; if one is, nobody but a person may say what it means.
//
// Invariant 1: the same goods would otherwise be invoiced once by their order and once by their invoice.
func otherSource(r *review) *Decision {
	own := trade.KindOrder
	if r.Kind == trade.KindInvoice {
		own = trade.KindInvoice
	}
	switch {
	case own == r.kind():
		return nil
	case r.Books.present() && r.Books.Status != trade.BooksCancelled:
		return r.hold(RuleOtherSource, HoldOtherSource, "sales are made of %ss (issue_from), and this %s is in the books as order %q", r.kind(), own, r.Books.OrderID)
	default:
		return r.rest(trade.StateIgnored, RuleOtherSource, "sales are made of %ss (issue_from), and this is an %s", r.kind(), own)
	}
}

// proforma: an offer is not an invoice until it is made one, be it under the same id or another.
func proforma(r *review) *Decision {
	switch {
	case r.Invoice == nil || !r.Invoice.Proforma:
		return nil
	case r.Books.present() && r.Books.Status != trade.BooksCancelled:
		return r.hold(RuleProformaInBooks, HoldProformaInBooks, "the invoice has become a proforma, and order %q of it is in the books%s", r.Books.OrderID, r.withDocument())
	default:
		return r.rest(trade.StateIgnored, RuleProforma, "a proforma is not posted until it is made an invoice")
	}
}

// ordersUnread: what an invoice does not say of its lines stands in its orders.
func ordersUnread(r *review) *Decision {
	if r.kind() != trade.KindInvoice {
		return nil
	}
	var unread []trade.Ref
	for _, order := range r.Orders {
		if order.ReadAt.IsZero() && !order.Gone || order.Order == nil && order.Fault == nil && !order.Gone {
			unread = append(unread, trade.Ref{Kind: trade.KindOrder, ID: order.ID})
		}
	}
	if len(unread) == 0 {
		return r.ordersOlder()
	}
	return r.read(RuleOrdersUnread, unread, "%s of the invoice has not been read: shipping, taxes and holds stand there", plural(len(unread), "order"))
}

// ordersOlder: a line of the invoice that no order has is younger than what is known of the orders. They are read again once;
// after that the line is taken for one that stands for itself.
func (r *review) ordersOlder() *Decision {
	orders := r.knownOrders()
	for i, line := range r.Invoice.Lines {
		if line.OrderLineID == "" {
			continue
		}
		if _, found := (joined{invoice: *r.Invoice, orders: orders}).origin(line); found {
			continue
		}
		var older []trade.Ref
		for _, order := range r.Orders {
			if order.Order != nil && !order.ReadAt.After(r.RelatedSince) {
				older = append(older, trade.Ref{Kind: trade.KindOrder, ID: order.ID})
			}
		}
		if len(older) > 0 {
			return r.read(RuleRelatedNewer, older, "line %d of the invoice bills order line %s, which no order has that was read: they were read before it", i+1, quoted(line.OrderLineID, 40))
		}
	}
	return nil
}

// ordersUnreadable: without a readable order it is not known what a line is, and an order of somebody else says nothing of it.
func ordersUnreadable(r *review) *Decision {
	for _, order := range r.Orders {
		if known := order.Order; known != nil && !r.Books.issued() && known.CustomerID != "" && r.doc.CustomerID != "" && known.CustomerID != r.doc.CustomerID {
			return r.hold(RuleUnreadable, HoldUnreadable, "the invoice is of customer %s and its order %s of customer %s", quoted(r.doc.CustomerID, 40), quoted(order.ID, 40), quoted(known.CustomerID, 40))
		}
		if fault := order.Fault; fault != nil && !order.Gone {
			return r.hold(RuleUnreadable, HoldUnreadable, "order %s of the invoice cannot be read: %s is %s: %s", quoted(order.ID, 40), fault.Field, fault.Value, fault.Remedy)
		}
	}
	return nil
}

// orderEnded: an invoice whose order was cancelled or deleted may be about to go as well, or not. Orderspace does not say.
func orderEnded(r *review) *Decision {
	for _, order := range r.Orders {
		how := "deleted"
		if !order.Gone {
			if order.Order == nil || order.Order.Status != trade.StatusCancelled {
				continue
			}
			how = "cancelled"
		}
		if r.Books.issued() {
			return r.hold(RuleEndedIssued, HoldCancelledAfterIssue, "order %s of the invoice was %s in Orderspace after invoice %s had been issued", quoted(order.ID, 40), how, r.Books.DocumentID)
		}
		return r.hold(RuleOrderEnded, HoldOrderEnded, "order %s of the invoice was %s in Orderspace, and the invoice stands", quoted(order.ID, 40), how)
	}
	return nil
}

// withDocument names the invoice in the books, if there is one.
func (r *review) withDocument() string {
	if r.Books.DocumentID == "" {
		return ""
	}
	return " with invoice " + r.Books.DocumentID
}

// invoiceDay is the day that an invoice is of, at midnight UTC, as the books write days; false for an invoice that has none.
func invoiceDay(v trade.Invoice) (time.Time, bool) {
	day, err := time.Parse(time.DateOnly, strings.TrimSpace(v.InvoiceDate))
	return day, err == nil
}

// earlierInvoices are the real invoices of the sale's orders that come before its own. What was dispatched is thought to have
// left for them first.
func (r *review) earlierInvoices() []trade.Invoice {
	own := *r.Invoice
	return slices.DeleteFunc(r.realInvoices(), func(v trade.Invoice) bool { return v.ID == own.ID || byAge(v, own) > 0 })
}

// byAge orders invoices by their day, then by their number, of which a shorter one is older (A9, A10). Orderspace does not say
// when an invoice was made, and its ids are random.
func byAge(a, b trade.Invoice) int {
	return cmp.Or(cmp.Compare(a.InvoiceDate, b.InvoiceDate), cmp.Compare(len(a.Number), len(b.Number)), cmp.Compare(a.Number, b.Number), cmp.Compare(a.ID, b.ID))
}
