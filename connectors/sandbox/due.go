package sandbox

import (
	"slices"
	"time"

	"spacebridge/connectors/sandbox/shop"
	"spacebridge/mapping/money"
)

// Reasons of sales that are not due which do not rule an invoice out: one may have been issued before, or by an operator's
// word. All other reasons do.
const (
	waiting    = "the trigger has not come"
	preordered = "lines are on hold"
	nothing    = "it comes to nothing"
)

// orderSale is an order as a sale.
func (a *auditor) orderSale(order shop.Order) sale {
	s := sale{
		id: order.ID, finding: Finding{Sale: order.ID, OrderID: order.ID, Number: order.Number},
		currency: order.Currency, heldBack: order.Reached.Held, renamed: order.Renamed,
	}
	if customer := a.customers[order.CustomerID]; customer.Renamed.After(s.renamed) {
		s.renamed = customer.Renamed
	}
	code := a.options.Planted[order.ID]
	if code != "" && a.mustStop(code) {
		s.code = code
	}
	s.due, s.why = a.due(order, s.code != "")
	s.came = a.came(order)
	s.net, s.gross = sums(order)
	differs := false // the only invoice from the order
	if own := a.billed[order.ID]; len(own) == 1 && !a.split(order.ID) {
		differs = own[0].NetTotal.Cmp(s.net) != 0 || own[0].GrossTotal.Cmp(s.gross) != 0
		switch {
		case a.options.OnEdit == "reissue":
			if differs && (a.reallyBilled(order) || !order.Reached.Invoiced.IsZero()) {
				s.disputed = otherwise
			}
		case a.reallyBilled(order):
			s.net, s.gross = own[0].NetTotal, own[0].GrossTotal
		}
	}
	s.excuse = a.excuse(order, differs)
	if s.excuse == "" && code != "" {
		s.excuse = "broken on purpose"
	}
	return s
}

const otherwise = "its invoice in the shop says otherwise"

// excuse is why an order may be held that was not broken on purpose.
func (a *auditor) excuse(order shop.Order, differs bool) string {
	_, gross := sums(order)
	ended := order.Status == shop.StatusCancelled
	switch {
	case a.split(order.ID):
		return "its invoices do not match it one to one"
	case differs:
		return otherwise
	case ended && len(a.live(order.ID)) > 0:
		return "cancelled after it was invoiced"
	case ended && slices.ContainsFunc(order.Lines, func(l shop.OrderLine) bool { return l.Dispatched > 0 }):
		return "cancelled after goods had left"
	case a.options.Trigger == "dispatched" && overSent(order):
		return "more was dispatched than was ordered"
	case gross.IsZero():
		return nothing
	case gross.IsNeg():
		return "its total is negative"
	}
	return ""
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

// due reports whether an order ought to have an invoice by now, or why not. What is broken on purpose is due whatever it
// comes to, since it has to be held.
func (a *auditor) due(order shop.Order, broken bool) (due bool, why string) {
	_, gross := sums(order)
	switch {
	case order.Status == shop.StatusStandingOrder:
		return false, "it is a standing order"
	case order.Status == shop.StatusCancelled:
		return false, "it is cancelled"
	case order.Created.Before(a.options.Since):
		return false, "it is from before"
	case len(order.Lines) == 0:
		return false, "it has no lines"
	case !broken && gross.IsNeg():
		return false, "its total is negative"
	case !broken && gross.IsZero():
		return false, nothing
	case onHold(order):
		return false, preordered
	case !a.triggered(order):
		return false, waiting
	}
	return true, ""
}

func onHold(order shop.Order) bool {
	return slices.ContainsFunc(order.Lines, func(l shop.OrderLine) bool { return l.OnHold })
}

// overSent reports whether more has left of a line than was ordered.
func overSent(order shop.Order) bool {
	return slices.ContainsFunc(order.Lines, func(l shop.OrderLine) bool { return l.Dispatched > l.Quantity })
}

// triggered reports whether what the trigger waits for has happened.
func (a *auditor) triggered(order shop.Order) bool {
	switch a.options.Trigger {
	case "created":
		return true
	case "released":
		return order.Status == shop.StatusReleased || order.Status == shop.StatusPartFulfilled || order.Status == shop.StatusFulfilled
	case "dispatched":
		goods := slices.DeleteFunc(slices.Clone(order.Lines), func(l shop.OrderLine) bool { return !leaves(l) })
		return every(goods, func(l shop.OrderLine) int64 { return l.Dispatched }) || len(goods) == 0 && order.Status == shop.StatusFulfilled
	case "paid":
		return a.reallyBilled(order) && every(order.Lines, func(l shop.OrderLine) int64 { return l.Paid })
	case "invoiced", "":
		return a.reallyBilled(order) && every(order.Lines, func(l shop.OrderLine) int64 { return l.Invoiced })
	}
	return false
}

// came reports whether that had happened at any time.
func (a *auditor) came(order shop.Order) bool {
	at := map[string]time.Time{
		"created": order.Created, "released": order.Reached.Released, "dispatched": order.Reached.Dispatched,
		"paid": order.Reached.Paid, "invoiced": order.Reached.Invoiced, "": order.Reached.Invoiced,
	}
	return !at[a.options.Trigger].IsZero()
}

// leaves reports whether a line is goods that leave: shipping does not, nor do discounts.
func leaves(l shop.OrderLine) bool { return !l.Shipping && l.Quantity > 0 && !l.UnitPrice.IsNeg() }

// every reports whether a count has reached the quantity on every line, and there are lines.
func every(lines []shop.OrderLine, count func(shop.OrderLine) int64) bool {
	for _, line := range lines {
		if count(line) < line.Quantity {
			return false
		}
	}
	return len(lines) > 0
}

// reallyBilled recounts from the shop's invoices, not from the order's counters: every line is covered by invoices that
// are no proformas.
func (a *auditor) reallyBilled(order shop.Order) bool {
	covered := map[string]int64{}
	for _, invoice := range a.billed[order.ID] {
		for _, line := range invoice.Lines {
			covered[line.OrderLineID] += line.Quantity
		}
	}
	return every(order.Lines, func(l shop.OrderLine) int64 { return covered[l.ID] })
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
