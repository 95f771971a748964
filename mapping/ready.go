package mapping

import (
	"fmt"
	"strings"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// The steps that ask whether a pending sale shall be issued now. Each reads the records themselves, never an event.

// onHold: goods that wait for a preorder window are not sold yet, whoever asks.
func onHold(r *review) *Decision {
	var held []string
	for i, line := range r.Order.Lines {
		if line.OnHold && counts(line) {
			held = append(held, lineName(i, line))
		}
	}
	switch {
	case len(held) > 0:
		return r.rest(trade.StatePending, RuleOnHold, "on hold (preorder): %s", listed(held))
	case r.Order.Status == trade.StatusPreorder:
		return r.rest(trade.StatePending, RuleOnHold, "the order's status is preorder: all of it is on hold")
	default:
		return nil
	}
}

// statusUnknown: a status that the reference does not list might mean a draft or an end. A pending copy does no harm; an
// invoice could.
func statusUnknown(r *review) *Decision {
	switch r.Order.Status {
	case trade.StatusNew, trade.StatusInvoiced, trade.StatusReleased, trade.StatusPartFulfilled, trade.StatusPreorder, trade.StatusFulfilled:
		return nil
	default:
		return r.hold(RuleStatusUnknown, HoldOrderStatusUnknown, "the order's status is %s, which is not one we know", quoted(r.Order.Status, 30))
	}
}

// waiting: the merchant's trigger, or an operator's word in its place.
func waiting(r *review) *Decision {
	if r.Command.Issue {
		return nil
	}
	switch r.IssueOn {
	case OnCreated:
		return nil
	case OnReleased:
		return waitReleased(r)
	case OnDispatched:
		return waitDispatched(r)
	case OnInvoiced:
		return waitInvoiced(r)
	case OnPaid:
		return waitPaid(r)
	case OnManual:
		return r.wait(RuleWaitManual, "issue_on is manual: an operator issues it")
	default:
		return r.wait(RuleWaitManual, "issue_on %s is not a trigger: only an operator can issue it", quoted(string(r.IssueOn), 20))
	}
}

func (r *review) wait(rule, reason string, args ...any) *Decision {
	return r.rest(trade.StatePending, rule, reason, args...)
}

func waitReleased(r *review) *Decision {
	switch r.Order.Status {
	case trade.StatusReleased, trade.StatusPartFulfilled, trade.StatusFulfilled:
		return nil
	default:
		return r.wait(RuleWaitReleased, "the order is not released: its status is %s", r.Order.Status)
	}
}

// waitDispatched asks for goods only. Shipping and discounts never leave in a box, and Orderspace counts nothing for them.
// A custom charge has no SKU and may never be dispatched either: for it the status fulfilled is word enough.
func waitDispatched(r *review) *Decision {
	goods, short := 0, []string(nil)
	for i, line := range r.Order.Lines {
		if !counts(line) || line.Shipping || line.UnitPrice.Decimal.IsNeg() {
			continue
		}
		goods++
		charge := strings.TrimSpace(line.SKU) == "" && r.Order.Status == trade.StatusFulfilled
		if line.Dispatched.Less(line.Quantity.Decimal) && !charge {
			short = append(short, share(line.Dispatched, i, line))
		}
	}
	switch {
	case len(short) > 0:
		return r.wait(RuleWaitDispatched, "not all is dispatched: %s", listed(short))
	case goods == 0 && r.Order.Status != trade.StatusFulfilled:
		return r.wait(RuleWaitDispatched, "no line of the order can be dispatched, and its status is %s, not fulfilled", r.Order.Status)
	default:
		return nil
	}
}

// waitInvoiced asks for every line, shipping too, since Orderspace invoices shipping like any line, and for the invoice
// itself: line counts do not tell a proforma from an invoice.
func waitInvoiced(r *review) *Decision {
	short, goodsShort := shortOf(r.Order.Lines, func(l trade.OrderLine) money.Decimal { return l.Invoiced })
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
	if d := invoiceNotSeen(r); d != nil {
		return d
	}
	if r.sale.PaymentStatus == trade.Paid {
		return nil
	}
	return r.wait(RuleWaitPaid, "the order is %s: %s", strings.ReplaceAll(string(r.sale.PaymentStatus), "_", " "), r.paidSoFar())
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
