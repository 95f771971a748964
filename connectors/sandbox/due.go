package sandbox

import (
	"spacebridge/connectors/sandbox/shop"
)

// waiting is the reason of an order that has not come as far as the trigger; all other reasons are for ever or for long.
const waiting = "the trigger has not come"

// due reports whether an order ought to have an invoice by now, or why not.
func (a *auditor) due(order shop.Order) (due bool, why string) {
	switch {
	case order.Status == shop.StatusStandingOrder:
		return false, "it is a standing order"
	case order.Status == shop.StatusCancelled:
		return false, "it is cancelled"
	case order.Created.Before(a.options.Since):
		return false, "it is from before"
	case len(order.Lines) == 0:
		return false, "it has no lines"
	case onHold(order):
		return false, "lines are on hold"
	case !a.triggered(order):
		return false, waiting
	}
	return true, ""
}

func onHold(order shop.Order) bool {
	for _, line := range order.Lines {
		if line.OnHold {
			return true
		}
	}
	return false
}

// triggered reports whether what the trigger waits for has happened.
func (a *auditor) triggered(order shop.Order) bool {
	switch a.options.Trigger {
	case "created":
		return true
	case "released":
		return order.Status == shop.StatusReleased || order.Status == shop.StatusPartFulfilled || order.Status == shop.StatusFulfilled
	case "dispatched":
		return every(order, true, func(l shop.OrderLine) int64 { return l.Dispatched })
	case "paid":
		return a.reallyBilled(order) && every(order, false, func(l shop.OrderLine) int64 { return l.Paid })
	case "invoiced", "":
		return a.reallyBilled(order) && every(order, false, func(l shop.OrderLine) int64 { return l.Invoiced })
	}
	return false
}

// every reports whether a count has reached the quantity on every line. Shipping is not dispatched.
func every(order shop.Order, goodsOnly bool, count func(shop.OrderLine) int64) bool {
	seen := false
	for _, line := range order.Lines {
		if line.Shipping && goodsOnly {
			continue
		}
		seen = true
		if count(line) < line.Quantity {
			return false
		}
	}
	return seen
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
	return every(order, false, func(l shop.OrderLine) int64 { return covered[l.ID] })
}
