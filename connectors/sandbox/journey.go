package sandbox

import (
	"fmt"
	"time"
)

// action is one thing that a merchant does with an order.
type action string

const (
	doEdit         action = "edit"
	doRelease      action = "release"
	doReleaseHold  action = "release_hold"
	doDispatchSome action = "dispatch_some"
	doDispatch     action = "dispatch"
	doProforma     action = "proforma"
	doFinalise     action = "finalise"
	doInvoice      action = "invoice"
	doInvoiceSome  action = "invoice_some"
	doInvoiceJoint action = "invoice_joint" // with the order placed right after it
	doPayPart      action = "pay_part"
	doPay          action = "pay"
	doInvoicePart  action = "invoice_part" // about half of it, as a matter of course
	doInvoiceFree  action = "invoice_free" // what is not on hold
	doInvoiceMore  action = "invoice_more" // with a charge of the invoice's own
	doInvoiceBoth  action = "invoice_both" // together with another order of the same buyer
	doCredit       action = "credit"       // an invoice of less than nothing
	doRemake       action = "remake"       // the newest invoice, after an edit
	doCancel       action = "cancel"
	doDelete       action = "delete"
)

// journey is the life of one order: what is still to be done, in order.
type journey struct {
	orderID  string
	number   int64
	about    string
	todo     []action
	begun    bool // something was done with it
	broken   bool // on purpose
	invoices []string
	partner  string // the order that shares the invoice
	mirror   func(raw map[string]any)
}

// plan says how an order shall live.
type plan struct {
	todo []action
	hold bool   // placed as a preorder
	weed string // a deliberate fault, "" for none
	stop int    // history stops after so many actions; -1: when time is up
}

// life is a way of an order.
type life struct {
	weight int
	plan   plan
}

// lives are the ways of orders, with how often each is gone. Nothing is edited or cancelled after it was invoiced.
var lives = []life{
	{30, plan{todo: []action{doRelease, doDispatch, doInvoice, doPay}}},
	{20, plan{todo: []action{doInvoice, doPay, doDispatch}}},
	{10, plan{todo: []action{doRelease, doDispatchSome, doDispatch, doInvoice, doPay}}},
	{8, plan{todo: []action{doInvoice, doPayPart, doPay, doDispatch}}},
	{8, plan{todo: []action{doEdit, doRelease, doInvoice, doDispatch, doPay}}},
	{5, plan{todo: []action{doEdit, doInvoice, doRelease, doDispatch, doPayPart, doPay}}},
	{6, plan{todo: []action{doReleaseHold, doInvoice, doPay, doDispatch}, hold: true}},
	{4, plan{todo: []action{doProforma, doFinalise, doPay, doDispatch}}},
	{2, plan{todo: []action{doProforma}}},
	{4, plan{todo: []action{doCancel}}},
	{2, plan{todo: []action{doRelease, doCancel}}},
	{1, plan{todo: []action{doDelete}}},
}

// showcase makes sure that a history has every stage: new, released, part dispatched, invoiced, paid, fulfilled,
// cancelled, on hold, proforma only, part paid.
var showcase = []plan{
	{todo: lives[0].plan.todo, stop: 0},
	{todo: lives[0].plan.todo, stop: 1},
	{todo: lives[2].plan.todo, stop: 2},
	{todo: lives[1].plan.todo, stop: 1},
	{todo: lives[1].plan.todo, stop: 2},
	{todo: lives[0].plan.todo, stop: 4},
	{todo: lives[9].plan.todo, stop: 1},
	{todo: lives[6].plan.todo, hold: true, stop: 0},
	{todo: lives[8].plan.todo, stop: 1},
	{todo: lives[3].plan.todo, stop: 2},
}

// live draws a way of life.
func (m *Merchant) live() plan {
	total, lives := 0, m.lives()
	for _, l := range lives {
		total += l.weight
	}
	draw := m.rng.IntN(total)
	for _, l := range lives {
		if draw -= l.weight; draw < 0 {
			p := l.plan
			p.stop = -1
			return p
		}
	}
	return plan{stop: -1}
}

// planHistory lays out the lives of a history: mostly drawn, the faults spread over its older part, the showcase among
// its newest.
func (m *Merchant) planHistory(orders int) []plan {
	out := make([]plan, orders)
	for n := range out {
		out[n] = m.live()
	}
	if orders >= 4*len(showcase) {
		for n, p := range showcase {
			out[orders-1-2*n] = p
		}
	}
	faults := m.faultsOf(orders)
	room := orders * 7 / 10
	for n := range faults {
		at := (n + 1) * room / (faults + 1)
		out[at] = m.nextWeed()
		if out[at].weed == weedJoint {
			out[at+1] = plan{weed: weedPartner, stop: -1}
		}
	}
	return out
}

// faultsOf is how many of so many orders are broken: some even of few, so that there is something to see, one of each kind
// from a hundred on, and few of many.
func (m *Merchant) faultsOf(orders int) int {
	switch {
	case m.honest || orders < 8:
		return 0
	case orders >= 100:
		return max(orders/oneIn, len(weeds))
	default:
		return max(orders/15, 1)
	}
}

// nextPlan draws the life of a live order.
func (m *Merchant) nextPlan() plan {
	if !m.honest && m.rng.IntN(oneIn) == 0 {
		if p := m.nextWeed(); p.weed != weedJoint { // two orders at once are for histories
			return p
		}
	}
	return m.live()
}

// advance does the next thing of a journey.
func (m *Merchant) advance(j *journey, at time.Time) (Event, error) {
	if len(j.todo) == 0 {
		return Event{}, nil
	}
	next := j.todo[0]
	event, err := m.perform(j, next, at)
	if err != nil {
		return Event{}, fmt.Errorf("%s order %d: %w", next, j.number, err)
	}
	j.todo, j.begun = j.todo[1:], true
	return event, nil
}
