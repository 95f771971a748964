package mapping_test

import (
	"fmt"
	"slices"
	"strings"

	"spacebridge/mapping"
	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// The reference model: what the books must end as, said once more in plain words and with arithmetic of its own. It looks at the
// whole truth at once and knows nothing of how a decision is come to.

// demand is what must be at the end.
type demand struct {
	state   trade.State
	hold    string // code, "" for none
	books   string // none, pending, live, unissued (nothing, pending or cancelled), ended (nothing or cancelled)
	content string // what the books' order says, and the live document unless stale; "" where nobody says
	stale   bool   // the live document may say something older
	payment trade.PaymentStatus
	note    string
	paid    int // payments that are listed
}

// content writes lines and buyer in one order, so that the same goods read the same.
func content(name string, lines []soldLine) string {
	var texts []string
	for _, line := range lines {
		if line.quantity == 0 {
			continue // nothing is sold
		}
		texts = append(texts, fmt.Sprintf("%s %d x %d at %d%%: %d + %d", line.sku, line.quantity, line.price, line.rate, line.net(), line.tax()))
	}
	slices.Sort(texts)
	return name + ": " + strings.Join(texts, "; ")
}

// itemsOf writes a sale as the reference does.
func itemsOf(s *trade.Sale) string {
	var texts []string
	pounds := money.Currency{Digits: 2}
	for _, line := range s.Lines {
		price, _ := pounds.Amount(line.UnitPrice)
		texts = append(texts, fmt.Sprintf("%s %s x %d at %s%%: %d + %d", line.SKU, money.Plain(line.Quantity), price, money.Plain(line.TaxRate), line.Net, line.Tax))
	}
	slices.Sort(texts)
	return s.Party.Name + ": " + strings.Join(texts, "; ")
}

// itemsWithout leaves the buyer out: a document is issued again for its lines only.
func itemsWithout(items string) string {
	_, lines, _ := strings.Cut(items, ": ")
	return lines
}

// demandOf says what must become of a sale, given records with their counts, what is gone, and the documents made so far.
func demandOf(p mapping.Policy, w *shopWorld, gone func(trade.Ref) bool, id string, asked bool, documents []string) demand {
	m := model{Policy: p, w: w, gone: gone, id: id, asked: asked}
	if p.IssueFrom == trade.KindInvoice {
		return m.ofInvoice(documents)
	}
	return m.ofOrder(documents)
}

type model struct {
	mapping.Policy
	w     *shopWorld
	gone  func(trade.Ref) bool
	id    string
	asked bool
}

func (m model) orderGone(id string) bool { return m.gone(trade.Ref{Kind: trade.KindOrder, ID: id}) }

func (m model) invoiceGone(id string) bool { return m.gone(trade.Ref{Kind: trade.KindInvoice, ID: id}) }

// billsOf are the invoices, proformas apart, that name one of the orders, by id.
func (m model) billsOf(orders ...string) (bills []bill) {
	for _, v := range m.w.bills {
		if !v.proforma && !m.invoiceGone(v.id) && slices.ContainsFunc(v.orders, func(o string) bool { return slices.Contains(orders, o) }) {
			bills = append(bills, v)
		}
	}
	slices.SortFunc(bills, func(a, b bill) int { return strings.Compare(a.id, b.id) })
	return bills
}

func (m model) ofOrder(documents []string) demand {
	o, bills := m.w.orders[m.id], m.billsOf(m.id)
	sent := slices.ContainsFunc(o.lines, func(l soldLine) bool { return l.dispatched > 0 }) || m.parcelled(o.id, nil)
	switch {
	case len(documents) > 0 && (m.orderGone(o.id) || o.cancelled):
		return demand{state: trade.StateHeld, hold: mapping.HoldCancelledAfterIssue, books: "live", stale: true}
	case m.orderGone(o.id), o.cancelled && !sent:
		return demand{state: trade.StateCancelled, books: "ended"}
	case o.cancelled:
		return demand{state: trade.StateHeld, hold: mapping.HoldSentAndCancelled, books: "unissued"}
	}
	d := demand{content: content(o.name, o.lines), payment: m.orderPaid(o, bills), note: o.note}
	for _, v := range bills {
		d.paid += len(v.payments)
	}
	wait, hold := m.orderWaits(o, bills, d.payment)
	return d.settle(m.Policy, documents, wait || m.waitsForTrigger(len(documents) > 0, func() bool { return m.orderTriggered(o, bills, d.payment) }), hold)
}

// waitsForTrigger: what was issued once, or is asked for, needs none.
func (m model) waitsForTrigger(was bool, triggered func() bool) bool {
	return !was && !m.asked && !triggered()
}

// settle says how a sale that lives ends: wait means that nothing is issued now, hold that a person must look. Goods on hold,
// which wait, come before a hold.
func (d demand) settle(p mapping.Policy, documents []string, wait bool, hold string) demand {
	if len(documents) == 0 {
		switch {
		case hold != "":
			d.state, d.hold, d.books = trade.StateHeld, hold, "pending"
		case wait:
			d.state, d.books = trade.StatePending, "pending"
		default:
			d.state, d.books = trade.StateIssued, "live"
		}
		return d
	}
	live := documents[len(documents)-1]
	d.state, d.books = trade.StateIssued, "live"
	moved := itemsWithout(live) != itemsWithout(d.content)
	switch {
	case live == d.content:
	case !moved || p.OnEdit != mapping.EditReissue:
		return demand{state: trade.StateHeld, hold: mapping.HoldChangedAfterIssue, books: "live", stale: true}
	case hold != "":
		d.state, d.hold, d.stale = trade.StateHeld, hold, true
	case wait: // the invoice is out of date, and that is to be seen
		d.state, d.hold, d.stale = trade.StateHeld, mapping.HoldChangedAfterIssue, true
	}
	return d
}

// orderWaits tells what keeps an order from being issued, whoever asks.
func (m model) orderWaits(o sellOrder, bills []bill, _ trade.PaymentStatus) (wait bool, hold string) {
	if slices.ContainsFunc(o.lines, func(l soldLine) bool { return l.onHold && l.quantity > 0 }) {
		return true, ""
	}
	if len(bills) > 0 {
		net, gross := totals(o.lines)
		theirNet, theirGross := totals(bills[0].lines)
		if len(bills) > 1 || len(bills[0].orders) > 1 || net != theirNet || gross != theirGross {
			return false, mapping.HoldSplitInvoice
		}
	}
	return false, m.overDispatched(o)
}

func (m model) overDispatched(orders ...sellOrder) string {
	for _, o := range orders {
		over := func(l soldLine) bool { return l.dispatched > l.quantity }
		if m.IssueOn == mapping.OnDispatched && (slices.ContainsFunc(o.lines, over) || m.parcelled(o.id, o.lines)) {
			return mapping.HoldOverDispatched
		}
	}
	return ""
}

// parcelled reports whether the dispatches of an order hold more of a line than these lines do; without lines, anything at all.
func (m model) parcelled(order string, lines []soldLine) bool {
	sums := map[string]int64{}
	for _, p := range m.w.parcels {
		if p.order == order {
			for id, quantity := range p.lines {
				sums[id] += quantity
			}
		}
	}
	if lines == nil {
		return len(sums) > 0
	}
	return slices.ContainsFunc(lines, func(l soldLine) bool { return sums[l.id] > l.quantity })
}

func (m model) orderTriggered(o sellOrder, bills []bill, payment trade.PaymentStatus) bool {
	every := func(fits func(soldLine) bool) bool {
		return !slices.ContainsFunc(o.lines, func(l soldLine) bool { return !fits(l) })
	}
	switch m.IssueOn {
	case mapping.OnCreated:
		return true
	case mapping.OnReleased:
		return o.released || slices.ContainsFunc(o.lines, func(l soldLine) bool { return l.dispatched > 0 })
	case mapping.OnDispatched:
		goods := slices.ContainsFunc(o.lines, func(l soldLine) bool { return !l.shipping && l.quantity > 0 })
		return goods && every(func(l soldLine) bool { return l.shipping || l.dispatched >= l.quantity })
	case mapping.OnInvoiced:
		return len(bills) > 0 && every(func(l soldLine) bool { return l.invoiced >= l.quantity })
	case mapping.OnPaid:
		return len(bills) > 0 && payment == trade.Paid
	default:
		return false
	}
}

// billPaid says what an invoice's payments come to.
func billPaid(v bill) trade.PaymentStatus {
	_, gross := totals(v.lines)
	in, out := int64(0), int64(0)
	for _, amount := range v.payments {
		if amount > 0 {
			in += amount
		} else {
			out -= amount
		}
	}
	switch {
	case in-out >= gross, v.flagged && out == 0:
		return trade.Paid
	case in-out > 0:
		return trade.PartiallyPaid
	case in > 0 && out > 0:
		return trade.Refunded
	default:
		return trade.Unpaid
	}
}

// orderPaid says how far an order is paid: in full only when all of it is billed, and every bill paid.
func (m model) orderPaid(o sellOrder, bills []bill) trade.PaymentStatus {
	_, gross := totals(o.lines)
	some, back, all, billed := false, false, len(bills) > 0, int64(0)
	for _, v := range bills {
		status := billPaid(v)
		some = some || status == trade.Paid || status == trade.PartiallyPaid
		back = back || status == trade.Refunded
		all = all && status == trade.Paid
		if len(v.orders) == 1 {
			_, its := totals(v.lines)
			billed += its
		}
	}
	whole := billed >= gross || !slices.ContainsFunc(o.lines, func(l soldLine) bool { return l.invoiced < l.quantity })
	switch {
	case all && whole:
		return trade.Paid
	case some:
		return trade.PartiallyPaid
	case back:
		return trade.Refunded
	default:
		return trade.Unpaid
	}
}
