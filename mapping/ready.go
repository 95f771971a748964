package mapping

import (
	"fmt"
	"strings"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// The steps that ask whether a pending sale shall be issued now. Each reads the records themselves, never an event.

// onHold: goods that wait for a preorder window are not sold yet, whoever asks.
//
// With preorder: split an invoice waits for its own lines alone: what is released later comes on another invoice, which is
// another sale.
func onHold(r *review) *Decision {
	held := heldLines("", r.doc.Lines)
	if r.kind() == trade.KindInvoice && r.Preorder != PreorderSplit {
		held = nil
		for _, order := range r.saleOrders() {
			held = append(held, heldLines(orderName(order), order.Lines)...)
		}
		if len(held) == 0 {
			held = heldLines("", r.doc.Lines) // the order may say that nothing of it is ordered any more
		}
	}
	if len(held) > 0 {
		return r.wait(RuleOnHold, "on hold (preorder): %s", listed(held))
	}
	for _, order := range r.saleOrders() {
		if order.Status == trade.StatusPreorder {
			return r.wait(RuleOnHold, "the order's status is preorder: all of it is on hold")
		}
	}
	return nil
}

// orderName says of which order a line is, where a sale has several.
func orderName(order trade.Order) string { return "order " + shorten(clean(order.Number), 40) + ": " }

func heldLines(prefix string, lines []trade.OrderLine) (held []string) {
	for i, line := range lines {
		if line.OnHold && counts(line) {
			held = append(held, prefix+lineName(i, line))
		}
	}
	return held
}

// statusUnknown: a status that the reference does not list might mean a draft or an end. A pending copy does no harm; an
// invoice could.
func statusUnknown(r *review) *Decision {
	for _, order := range r.saleOrders() {
		switch order.Status {
		case trade.StatusNew, trade.StatusInvoiced, trade.StatusReleased, trade.StatusPartFulfilled, trade.StatusPreorder, trade.StatusFulfilled:
		default:
			return r.hold(RuleStatusUnknown, HoldOrderStatusUnknown, "the order's status is %s, which is not one we know", quoted(order.Status, 30))
		}
	}
	return nil
}

// waiting: the merchant's trigger, or an operator's word in its place.
func waiting(r *review) *Decision {
	if r.Command.Issue || r.Books.issued() {
		return nil // what was issued once is issued again without a trigger
	}
	switch r.IssueOn {
	case OnCreated:
		return nil
	case OnReleased:
		return waitReleased(r)
	case OnDispatched:
		return waitDispatched(r)
	case OnInvoiced:
		if r.kind() == trade.KindInvoice {
			return nil // it is
		}
		return waitInvoiced(r)
	case OnPaid:
		return waitPaid(r)
	case OnManual:
		return r.wait(RuleWaitManual, "issue_on is manual: an operator issues it")
	default:
		return r.wait(RuleWaitManual, "issue_on %s is not a trigger: only an operator can issue it", quoted(string(r.IssueOn), 20))
	}
}

// wait leaves a pending sale until something changes. One that is issued comes here only because it changed since and another
// invoice is due: until that is issued its invoice is out of date, and that is to be seen.
func (r *review) wait(rule, reason string, args ...any) *Decision {
	if r.Books.issued() {
		return r.hold(rule, HoldChangedAfterIssue, "after invoice %s had been issued the %s changed, and another invoice waits: "+reason,
			append([]any{r.Books.DocumentID, r.noun()}, args...)...)
	}
	return r.rest(r.Books.state(), rule, reason, args...)
}

func waitReleased(r *review) *Decision {
	for _, order := range r.saleOrders() {
		switch order.Status {
		case trade.StatusReleased, trade.StatusPartFulfilled, trade.StatusFulfilled:
		default:
			return r.wait(RuleWaitReleased, "the order is not released: its status is %s", order.Status)
		}
	}
	return nil
}

// waitInvoiced asks for every line, shipping too, since Orderspace invoices shipping like any line, and for the invoice
// itself: line counts do not tell a proforma from an invoice.
func waitInvoiced(r *review) *Decision {
	short, goodsShort := shortOf(r.doc.Lines, func(l trade.OrderLine) money.Decimal { return l.Invoiced })
	switch {
	case len(short) > 0 && !goodsShort:
		return r.wait(RuleWaitInvoiced, "all goods are invoiced, and only shipping is not: %s", listed(short))
	case len(short) > 0:
		return r.wait(RuleWaitInvoiced, "not all is invoiced: %s", listed(short))
	default:
		return invoiceNotSeen(r)
	}
}

func waitPaid(r *review) *Decision {
	if d := invoiceNotSeen(r); d != nil && r.kind() == trade.KindOrder {
		return d
	}
	if r.sale.PaymentStatus == trade.Paid {
		return nil
	}
	return r.wait(RuleWaitPaid, "the %s is %s: %s", r.noun(), strings.ReplaceAll(string(r.sale.PaymentStatus), "_", " "), r.paidSoFar())
}

func invoiceNotSeen(r *review) *Decision {
	if len(r.realInvoices()) > 0 {
		return nil
	}
	if proformas := r.proformas(); proformas > 0 {
		return r.wait(RuleWaitInvoiceNotSeen, "no invoice of the order is known yet, only %d proforma", proformas)
	}
	return r.wait(RuleWaitInvoiceNotSeen, "no invoice of the order is known yet")
}

// issue: nothing is left that speaks against it.
//
// Invariant 1: the only way to an invoice is to issue the very order that the books hold pending for this sale.
func issue(r *review) *Decision {
	if r.Books.issued() {
		if len(r.uncovered) > 0 {
			return r.hold(r.uncovered.rule(), r.uncovered[0].code, "%s", r.uncovered)
		}
		return r.act(ActReissue, RuleReissue, "on_edit is reissue, and nothing speaks against it: invoice %s is credited, and one of %s %s net, %s tax, %s gross takes its place",
			r.Books.DocumentID, r.sale.Currency.Code, r.format(r.sale.Net), r.format(r.sale.Tax), r.format(r.sale.Gross))
	}
	why := "issue_on is " + string(r.IssueOn)
	if r.Command.Issue {
		why = "an operator asked for it"
	}
	return r.act(ActIssue, RuleIssue, "%s, and nothing speaks against it: %s %s net, %s tax, %s gross", why,
		r.sale.Currency.Code, r.format(r.sale.Net), r.format(r.sale.Tax), r.format(r.sale.Gross))
}

// counts reports whether a line sells anything: one with a quantity of zero waits for nothing.
func counts(line trade.OrderLine) bool { return !line.Quantity.Decimal.IsZero() }

// shortOf lists the lines of which less was done than was ordered, and says whether goods are among them.
func shortOf(lines []trade.OrderLine, done func(trade.OrderLine) money.Decimal) (short []string, goods bool) {
	for i, line := range lines {
		if counts(line) && done(line).Less(line.Quantity.Decimal) {
			short = append(short, share(done(line), i, line))
			goods = goods || !line.Shipping
		}
	}
	return short, goods
}

// share writes how much of a line is done: "3 of 10 of line 2 (TEA-100)".
func share(done money.Decimal, i int, line trade.OrderLine) string {
	return fmt.Sprintf("%s of %s of %s", money.Plain(done), money.Plain(line.Quantity.Decimal), lineName(i, line))
}

// lineName names a line by its place and SKU. Its name is free text and stays out of reasons.
func lineName(i int, line trade.OrderLine) string {
	switch sku := strings.TrimSpace(line.SKU); {
	case sku != "":
		return fmt.Sprintf("line %d (%s)", i+1, shorten(clean(sku), 40))
	case line.Shipping:
		return fmt.Sprintf("line %d (shipping)", i+1)
	default:
		return fmt.Sprintf("line %d", i+1)
	}
}
