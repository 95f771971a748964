package mapping_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

// history is one life of a site beside its daemon.
type history struct {
	choices choices
	daemon  *daemon
	late    []snapshot // of lists that were read and not yet filed
	told    []string
}

func (h *history) tell(format string, args ...any) {
	h.told = append(h.told, fmt.Sprintf(format, args...))
}

// live lets things happen in any order, then lets everything be seen, and compares the books with what the truth demands.
func (h *history) live() error {
	c := h.choices
	d := newDaemon(drawHistoryPolicy(c))
	h.daemon = d
	h.tell("sales of %ss, issue_on %s, on_edit %s, preorder %s", d.kind(), d.policy.IssueOn, d.policy.OnEdit, d.policy.Preorder)
	d.truth.place("or_1", c)
	h.tell("or_1 is placed: %+v", d.truth.orders["or_1"].lines)
	for range 10 + c.pick(90) {
		if err := h.next(); err != nil {
			return err
		}
	}
	h.seeNews()
	if err := h.rest(); err != nil {
		return err
	}
	return h.compare()
}

// seeNews lets everything be seen, but for some of the orders of which nothing is new but what invoices and dispatches tell of as
// well: then the daemon has to see by those that what it knows of the order is too old. Not so where money came, since how much of
// an order is billed in all may stand in the order alone, and its payment status then waits for the next read.
func (h *history) seeNews() {
	d := h.daemon
	for _, ref := range d.records() {
		told := false
		if seen, ok := d.seen[ref]; ok && ref.Kind == trade.KindOrder && !seen.gone {
			told = more(d.known.orders[ref.ID], d.truth.counted(d.truth.orders[ref.ID]))
		}
		if told && !d.truth.moneyCame(ref.ID) && h.choices.pick(2) == 0 {
			h.tell("%s is not seen again", ref.ID)
			d.done["an order was older than what tells of it"]++
			continue
		}
		d.see(ref)
	}
	h.tell("all news are seen")
}

// moneyCame reports whether anything was paid for an order, or is said to have been.
func (w *shopWorld) moneyCame(order string) bool {
	for _, v := range w.bills {
		if slices.Contains(v.orders, order) && (v.flagged || len(v.payments) > 0) {
			return true
		}
	}
	return false
}

// more reports whether an order differs only in that more of some lines is invoiced or dispatched.
func more(was, is sellOrder) bool {
	rose := false
	was.lines, is.lines = slices.Clone(was.lines), slices.Clone(is.lines)
	for i := range was.lines {
		a, b := &was.lines[i], &is.lines[i]
		if b.invoiced < a.invoiced || b.dispatched < a.dispatched {
			return false
		}
		rose = rose || b.invoiced > a.invoiced || b.dispatched > a.dispatched
		a.invoiced, a.dispatched, b.invoiced, b.dispatched = 0, 0, 0, 0
	}
	return rose && fmt.Sprintf("%+v", was) == fmt.Sprintf("%+v", is)
}

func drawHistoryPolicy(c choices) mapping.Policy {
	p := mapping.Policy{IssueFrom: []trade.Kind{trade.KindOrder, trade.KindInvoice}[c.pick(2)]}
	triggers := mapping.Triggers(p.IssueFrom)
	p.IssueOn = append(triggers, mapping.OnCreated)[c.pick(len(triggers)+1)] // most happens to what is issued early
	p.OnEdit = []mapping.Edits{mapping.EditReissue, mapping.EditHold}[c.pick(2)]
	p.Preorder = []mapping.Preorders{mapping.PreorderHold, mapping.PreorderSplit}[c.pick(2)]
	return p
}

// next lets one thing happen: in the world, in what is seen of it, or in the books.
func (h *history) next() error {
	c, d := h.choices, h.daemon
	d.now = d.now.Add([]time.Duration{0, time.Minute, time.Minute, 5 * time.Minute, 30 * time.Minute}[c.pick(5)])
	records := d.records()
	switch kind := c.pick(20); {
	case kind < 8:
		if e := events[c.pick(len(events))]; e.do(d.truth, c) {
			h.tell("%s", e.name)
		}
	case kind < 11:
		ref := records[c.pick(len(records))]
		d.see(ref)
		h.tell("%s is seen", ref.ID)
	case kind == 11:
		h.late = append(h.late, d.look(records[c.pick(len(records))]))
	case kind == 12 && len(h.late) > 0: // in any order, more than once, or never
		s := h.late[c.pick(len(h.late))]
		d.file(s)
		h.tell("%s is seen late", s.ref.ID)
	case kind == 13 && len(d.sales) > 0 && c.pick(6) == 0:
		id, _ := choose(c, d.sales, func(*saleRow) bool { return true })
		d.sales[id].issue = true
		h.tell("an operator says issue %s", id)
	case kind == 14 && c.pick(2) == 0: // a quiet hour
		h.seeAll()
		return h.rest()
	default:
		return h.step()
	}
	return nil
}

func (h *history) seeAll() {
	for _, ref := range h.daemon.records() {
		h.daemon.see(ref)
	}
	h.tell("everything is seen")
}

// step lets the daemon take one step of one sale, or all that are left of it.
func (h *history) step() error {
	id, found := choose(h.choices, h.daemon.sales, func(*saleRow) bool { return true })
	if !found {
		return nil
	}
	steps := 1
	if h.choices.pick(2) == 0 {
		steps = 12
	}
	return h.steps(id, steps)
}

func (h *history) steps(id string, most int) error {
	for range most {
		more, err := h.daemon.step(id)
		row := h.daemon.sales[id]
		h.tell("  %s: %s, %s: %s", id, row.last.Action, row.last.State, row.last.Reason)
		switch row.last.Rule {
		case mapping.RuleRestore:
			h.daemon.done["a change after issue was undone before the reissue"]++
		case mapping.RuleCreateAgain:
			h.daemon.done["created again"]++
		}
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// rest lets every sale go as far as it goes.
func (h *history) rest() error {
	for range 10 {
		for _, id := range slices.Sorted(maps.Keys(h.daemon.sales)) {
			if err := h.steps(id, 40); err != nil {
				return err
			}
			if h.daemon.sales[id].last.Action != mapping.ActNone {
				return fmt.Errorf("%s does not come to rest", id)
			}
		}
		if h.quiet() {
			return nil
		}
	}
	return errors.New("the sales do not come to rest")
}

// quiet reports whether nothing is left to do for any sale.
func (h *history) quiet() bool {
	for id := range h.daemon.sales {
		if mapping.Decide(h.daemon.policy, h.daemon.facts(id)).Action != mapping.ActNone {
			return false
		}
	}
	return true
}
