package mapping_test

import (
	"slices"
	"strings"

	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

func (m model) ofInvoice(documents []string) demand {
	v := m.w.bills[m.id]
	ended, held, ownHeld := false, false, false
	var orders []sellOrder
	for _, id := range slices.Sorted(slices.Values(v.orders)) {
		o := m.w.orders[id]
		ended = ended || m.orderGone(id) || o.cancelled
		orders = append(orders, o)
		for _, line := range o.lines {
			if line.onHold {
				own := slices.ContainsFunc(v.lines, func(l soldLine) bool { return l.id == line.id })
				ownHeld = ownHeld || own
				held = held || own || line.quantity > 0
			}
		}
	}
	switch {
	case len(documents) > 0 && (m.invoiceGone(v.id) || ended):
		return demand{state: trade.StateHeld, hold: mapping.HoldCancelledAfterIssue, books: "live", stale: true}
	case m.invoiceGone(v.id):
		return demand{state: trade.StateCancelled, books: "ended"}
	case v.proforma:
		return demand{state: trade.StateIgnored, books: "none"}
	case ended:
		return demand{state: trade.StateHeld, hold: mapping.HoldOrderEnded, books: "unissued"}
	}
	d := demand{content: content(v.name, v.lines), payment: billPaid(v), paid: len(v.payments)}
	var notes []string
	for _, o := range orders {
		if o.note != "" && !slices.Contains(notes, o.note) {
			notes = append(notes, o.note)
		}
	}
	d.note = strings.Join(notes, ", ")
	if held && (ownHeld || m.Preorder != mapping.PreorderSplit) {
		return d.settle(m.Policy, documents, true, "")
	}
	return d.settle(m.Policy, documents, m.waitsForTrigger(len(documents) > 0, func() bool { return m.invoiceTriggered(v, orders) }), m.overDispatched(orders...))
}

func (m model) invoiceTriggered(v bill, orders []sellOrder) bool {
	switch m.IssueOn {
	case mapping.OnCreated:
		return true
	case mapping.OnPaid:
		return billPaid(v) == trade.Paid
	case mapping.OnDispatched:
		return m.invoiceLeft(v, orders)
	default:
		return false
	}
}

// invoiceLeft reports whether all goods of an invoice have left, after those of the invoices before it.
func (m model) invoiceLeft(v bill, orders []sellOrder) bool {
	fulfilled := !slices.ContainsFunc(orders, func(o sellOrder) bool { return o.status() != trade.StatusFulfilled })
	for _, line := range v.lines {
		if line.shipping {
			continue
		}
		left, custom := int64(0), line.id == ""
		for _, o := range orders {
			for _, l := range o.lines {
				if l.id == line.id {
					left = l.dispatched
				}
			}
		}
		for _, other := range m.billsOf(v.orders...) {
			if other.id != v.id && (other.day < v.day || other.day == v.day && other.id < v.id) {
				for _, l := range other.lines {
					if l.id == line.id {
						left -= l.quantity
					}
				}
			}
		}
		if custom && !fulfilled || !custom && left < line.quantity {
			return false
		}
	}
	goods := slices.ContainsFunc(v.lines, func(l soldLine) bool { return !l.shipping })
	return goods || fulfilled
}
