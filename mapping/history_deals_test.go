package mapping_test

import (
	"fmt"
	"maps"
	"slices"
)

func total(amounts []int64) (sum int64) {
	for _, amount := range amounts {
		sum += amount
	}
	return sum
}

// onOrder lets something happen to an order that still exists.
func onOrder(change func(*sellOrder, choices) bool) func(*shopWorld, choices) bool {
	return func(w *shopWorld, c choices) bool {
		id, found := choose(c, w.orders, func(o sellOrder) bool { return !o.gone })
		if !found {
			return false
		}
		o := w.orders[id]
		o.lines = slices.Clone(o.lines)
		if !change(&o, c) {
			return false
		}
		w.orders[id] = o
		return true
	}
}

// onBill lets something happen to an invoice that still exists.
func onBill(change func(*bill, choices) bool) func(*shopWorld, choices) bool {
	return func(w *shopWorld, c choices) bool {
		id, found := choose(c, w.bills, func(v bill) bool { return !v.gone })
		if !found {
			return false
		}
		v := w.bills[id]
		if !change(&v, c) {
			return false
		}
		w.bills[id] = v
		return true
	}
}

func choose[T any](c choices, from map[string]T, fit func(T) bool) (string, bool) {
	ids := slices.DeleteFunc(slices.Sorted(maps.Keys(from)), func(id string) bool { return !fit(from[id]) })
	if len(ids) == 0 {
		return "", false
	}
	return ids[c.pick(len(ids))], true
}

// invoice bills what is outstanding of an order, or of both.
func (w *shopWorld) invoice(c choices, part, joint, proforma bool) bool {
	id, found := choose(c, w.orders, func(o sellOrder) bool { return !o.gone && !o.cancelled })
	if !found || len(w.bills) == 5 {
		return false
	}
	v := bill{id: fmt.Sprintf("iv_%d", len(w.bills)+1), name: w.orders[id].name, day: fmt.Sprintf("2026-03-%d", 12-c.pick(2)), orders: []string{id}, proforma: proforma}
	if joint {
		for other, o := range w.orders {
			if other != id && !o.gone && !o.cancelled {
				v.orders = append(v.orders, other)
			}
		}
		if len(v.orders) == 1 {
			return false
		}
	}
	for _, order := range v.orders {
		for _, line := range w.counted(w.orders[order]).lines {
			line.quantity -= line.invoiced
			if part && (line.shipping || line.onHold) {
				continue
			}
			if part && line.quantity > 1 {
				line.quantity = 1
			}
			if line.quantity > 0 {
				line.onHold, line.invoiced, line.dispatched = false, 0, 0
				v.lines = append(v.lines, line)
			}
		}
	}
	if len(v.lines) == 0 {
		return false
	}
	w.bills[v.id] = v
	return true
}

// dispatch sends what has not left: all of it (0), less of it (-1) or more (1).
func (w *shopWorld) dispatch(c choices, much int64) bool {
	id, found := choose(c, w.orders, func(o sellOrder) bool { return !o.gone && !o.cancelled })
	if !found || len(w.parcels) == 6 {
		return false
	}
	p := parcel{id: fmt.Sprintf("di_%d", len(w.parcels)+1), order: id, lines: map[string]int64{}}
	for i, line := range w.counted(w.orders[id]).lines {
		left := line.quantity - line.dispatched
		if much > 0 && i == 0 {
			left++
		}
		if much < 0 && left > 0 && c.pick(2) == 0 {
			left--
		}
		if !line.shipping && left > 0 {
			p.lines[line.id] = left
		}
	}
	if len(p.lines) == 0 {
		return false
	}
	w.parcels[p.id] = p
	return true
}

// ordered lets a customer want more or less or none, and often what was wanted before.
func ordered(o *sellOrder, c choices) bool {
	line := &o.lines[c.pick(2)]
	was := line.quantity
	line.quantity = []int64{0, 1, 1, 2, 2}[c.pick(5)]
	return line.quantity != was
}

// paid lets money come in: what is owed in all, half of it, or too much.
func paid(v *bill, c choices) bool {
	_, gross := totals(v.lines)
	v.payments = append(slices.Clone(v.payments), []int64{gross, gross, gross / 2, gross + 100}[c.pick(4)])
	return true
}
