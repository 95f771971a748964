package mapping_test

import (
	"fmt"
	"slices"
)

// What people do at Orderspace, in any order. An event that does not fit does not happen.

// event is one thing that may happen; it reports whether it did.
type event struct {
	name string
	do   func(w *shopWorld, c choices) bool
}

var events = []event{
	{"place", func(w *shopWorld, c choices) bool {
		if len(w.orders) == 2 {
			return false
		}
		w.place(fmt.Sprintf("or_%d", len(w.orders)+1), c)
		return true
	}},
	{"edit quantity", onOrder(ordered)},
	{"edit quantity, again", onOrder(ordered)},
	{"edit price", onOrder(func(o *sellOrder, c choices) bool {
		o.lines[0].price = 2250 - o.lines[0].price // 1000 or 1250
		return true
	})},
	{"edit name", onOrder(func(o *sellOrder, c choices) bool {
		o.name = []string{"A Ltd", "B Ltd"}[c.pick(2)]
		return true
	})},
	{"edit notes", onOrder(func(o *sellOrder, c choices) bool {
		o.note = []string{"", "ring", "leave it"}[c.pick(3)]
		return true
	})},
	{"invoice the rest", func(w *shopWorld, c choices) bool { return w.invoice(c, false, false, false) }},
	{"invoice the rest, again", func(w *shopWorld, c choices) bool { return w.invoice(c, false, false, false) }},
	{"part invoice", func(w *shopWorld, c choices) bool { return w.invoice(c, true, false, false) }},
	{"joint invoice", func(w *shopWorld, c choices) bool { return w.invoice(c, false, true, false) }},
	{"proforma", func(w *shopWorld, c choices) bool { return w.invoice(c, false, false, true) }},
	{"make real", onBill(func(v *bill, _ choices) bool {
		was := v.proforma
		v.proforma = false
		return was
	})},
	{"custom line", onBill(func(v *bill, _ choices) bool {
		v.lines = append(slices.Clone(v.lines), soldLine{quantity: 1, price: 250, rate: 20})
		return len(v.lines) < 6
	})},
	{"edit invoice", onBill(func(v *bill, _ choices) bool {
		v.lines = slices.Clone(v.lines)
		v.lines[0].price = 2250 - v.lines[0].price
		return v.lines[0].price > 0
	})},
	{"edit invoice's name", onBill(func(v *bill, c choices) bool {
		v.name = []string{"A Ltd", "B Ltd"}[c.pick(2)]
		return true
	})},
	{"delete invoice", onBill(func(v *bill, c choices) bool {
		v.gone = c.pick(3) == 0
		return v.gone
	})},
	{"pay", onBill(paid)},
	{"pay, again", onBill(paid)},
	{"mark as paid, or not", onBill(func(v *bill, _ choices) bool {
		v.flagged = !v.flagged
		return true
	})},
	{"pay again equal", onBill(func(v *bill, _ choices) bool {
		if len(v.payments) > 0 {
			v.payments = append(slices.Clone(v.payments), v.payments[len(v.payments)-1])
		}
		return len(v.payments) > 0
	})},
	{"refund", onBill(func(v *bill, _ choices) bool {
		if sum := total(v.payments); sum > 0 {
			v.payments = append(slices.Clone(v.payments), -sum)
			return true
		}
		return false
	})},
	{"remove payment", onBill(func(v *bill, _ choices) bool {
		if len(v.payments) > 0 {
			v.payments = v.payments[:len(v.payments)-1]
			return true
		}
		return false
	})},
	{"dispatch all", func(w *shopWorld, c choices) bool { return w.dispatch(c, 0) }},
	{"dispatch part", func(w *shopWorld, c choices) bool { return w.dispatch(c, -1) }},
	{"dispatch too much", func(w *shopWorld, c choices) bool { return c.pick(3) == 0 && w.dispatch(c, 1) }},
	{"release order", onOrder(func(o *sellOrder, _ choices) bool {
		o.released = true
		return true
	})},
	{"hold a line", onOrder(func(o *sellOrder, c choices) bool {
		o.lines[c.pick(2)].onHold = c.pick(3) == 0
		return true
	})},
	{"release lines", onOrder(func(o *sellOrder, _ choices) bool {
		for i := range o.lines {
			o.lines[i].onHold = false
		}
		return true
	})},
	{"release lines, again", onOrder(func(o *sellOrder, _ choices) bool {
		o.lines[0].onHold, o.lines[1].onHold = false, false
		return true
	})},
	{"cancel", onOrder(func(o *sellOrder, c choices) bool {
		o.cancelled = c.pick(2) == 0
		return o.cancelled
	})},
	{"un-cancel", onOrder(func(o *sellOrder, _ choices) bool {
		was := o.cancelled
		o.cancelled = false
		return was
	})},
	{"un-cancel, again", onOrder(func(o *sellOrder, _ choices) bool {
		was := o.cancelled
		o.cancelled = false
		return was
	})},
	{"delete order", onOrder(func(o *sellOrder, c choices) bool {
		o.gone = c.pick(8) == 0
		return o.gone
	})},
	{"customer's tax number", func(w *shopWorld, c choices) bool {
		w.taxNumber = []string{"GB1", "GB2"}[c.pick(2)]
		return true
	}},
}
