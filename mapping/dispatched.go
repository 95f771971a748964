package mapping

import (
	"strings"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// The steps and helpers that ask what has left the house.

// waitDispatched asks for goods only. Shipping and discounts never leave in a box, and Orderspace counts nothing for them.
// A custom charge has no SKU and may never be dispatched either: for it the status fulfilled is word enough.
//
// Of an order that is invoiced in parts, what has left is thought to have left for its earlier invoices first.
func waitDispatched(r *review) *Decision {
	goods, short, fulfilled := 0, []string(nil), r.fulfilled()
	left := r.leftForThis()
	for i, line := range r.doc.Lines {
		if !counts(line) || line.Shipping || line.UnitPrice.Decimal.IsNeg() {
			continue
		}
		goods++
		charge := (strings.TrimSpace(line.SKU) == "" || line.ID == "") && fulfilled
		if gone := left(line); gone.Less(line.Quantity.Decimal) && !charge {
			short = append(short, share(gone, i, line))
		}
	}
	switch {
	case len(short) > 0:
		return r.wait(RuleWaitDispatched, "not all is dispatched: %s", listed(short))
	case goods == 0 && !fulfilled:
		return r.wait(RuleWaitDispatched, "no line of the %s can be dispatched, and its order is not fulfilled", r.noun())
	default:
		return nil
	}
}

// fulfilled reports whether everything of the sale's orders has left.
func (r *review) fulfilled() bool {
	for _, order := range r.saleOrders() {
		if order.Status != trade.StatusFulfilled {
			return false
		}
	}
	return len(r.saleOrders()) > 0
}

// leftForThis tells how much of a line has left for this sale. Two lines of one invoice that bill the same order line are
// served one after the other.
func (r *review) leftForThis() func(trade.OrderLine) money.Decimal {
	taken := map[string]money.Decimal{}
	if r.kind() == trade.KindInvoice {
		for _, earlier := range r.earlierInvoices() {
			for _, line := range earlier.Lines {
				tally(taken, line.OrderLineID, line.Quantity)
			}
		}
	}
	return func(line trade.OrderLine) money.Decimal {
		left, err := line.Dispatched.Sub(taken[line.ID])
		if err != nil || left.IsNeg() {
			left = money.Zero
		}
		if line.ID != "" && r.kind() == trade.KindInvoice {
			tally(taken, line.ID, line.Quantity)
		}
		return left
	}
}

// overDispatched: more has left than was ordered, so that the invoice would be for less than the goods. Where dispatching is
// what an invoice waits for, that is for a person to settle.
func overDispatched(r *review) *Decision {
	if r.IssueOn != OnDispatched {
		return nil
	}
	sent := r.sent()
	var lines []string
	for _, order := range r.saleOrders() {
		prefix := ""
		if r.kind() == trade.KindInvoice {
			prefix = orderName(order)
		}
		for i, line := range order.Lines {
			if amount := sent(line); line.Quantity.Decimal.Less(amount) {
				lines = append(lines, prefix+share(amount, i, line))
			}
		}
	}
	taken, older := r.sentOfNothing()
	if len(taken) > 0 && len(older) > 0 {
		return r.read(RuleRelatedNewer, older, "dispatches tell of %s that no order has: what is known of them was read before", listed(taken))
	}
	if lines = append(lines, taken...); len(lines) == 0 {
		return nil
	}
	return r.hold(RuleOverDispatched, HoldOverDispatched, "more was dispatched than was ordered: %s", listed(lines))
}

// sentOfNothing lists what left of lines that the sale's orders do not have, and the orders that were read before that was known:
// a line was taken off its order after its goods had gone, or the order is younger than what was read of it.
func (r *review) sentOfNothing() (taken []string, older []trade.Ref) {
	has := map[string]bool{"": true} // a dispatch that names no line says nothing of one
	for _, order := range r.saleOrders() {
		for _, line := range order.Lines {
			has[line.ID] = true
		}
	}
	for _, dispatch := range r.Dispatches {
		for _, line := range dispatch.Lines {
			if !has[line.OrderLineID] && line.Quantity.Decimal.IsPos() {
				taken = append(taken, money.Plain(line.Quantity.Decimal)+" of "+quoted(line.OrderLineID, 40))
			}
		}
	}
	if r.kind() == trade.KindOrder && !r.Record.ReadAt.After(r.RelatedSince) {
		older = append(older, r.own())
	}
	for _, order := range r.Orders {
		if !order.Gone && !order.ReadAt.After(r.RelatedSince) {
			older = append(older, trade.Ref{Kind: trade.KindOrder, ID: order.ID})
		}
	}
	return taken, older
}

// sentAndCancelled: goods that left are owed for, unless they came back, of which Orderspace knows nothing.
func sentAndCancelled(r *review) *Decision {
	sent := r.sent()
	var lines []string
	for i, line := range r.doc.Lines {
		if amount := sent(line); amount.IsPos() {
			lines = append(lines, share(amount, i, line))
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return r.hold(RuleSentAndCancelled, HoldSentAndCancelled, "the order was cancelled in Orderspace after goods of it had left: %s", listed(lines))
}

// sent tells how much of an order line has left: what the order counts or what its dispatches add up to, whichever is more.
func (r *review) sent() func(trade.OrderLine) money.Decimal {
	dispatched := map[string]money.Decimal{}
	for _, dispatch := range r.Dispatches {
		for _, line := range dispatch.Lines {
			tally(dispatched, line.OrderLineID, line.Quantity)
		}
	}
	return func(line trade.OrderLine) money.Decimal {
		if told := dispatched[line.ID]; line.ID != "" && line.Dispatched.Less(told) {
			return told
		}
		return line.Dispatched
	}
}
