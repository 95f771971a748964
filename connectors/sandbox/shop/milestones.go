package shop

import "time"

// Milestones are when an order first came so far in all of its lines, by the site's clock; zero for not yet. A payment that
// is taken away again or a line that is added later does not move them. An auditor needs them, who only sees what is left.
type Milestones struct {
	Released   time.Time
	Dispatched time.Time // of all items
	Invoiced   time.Time
	Paid       time.Time
	Held       time.Time // when lines of it were last put on hold, none having been
	HeldMore   time.Time // when a further line was last put on hold, or the first
}

// reach notes how far the order has come.
func (o *Order) reach(now time.Time) {
	mark := func(at *time.Time, reached bool) {
		if reached && at.IsZero() {
			*at = now
		}
	}
	held := 0
	for _, line := range o.Lines {
		if line.OnHold {
			held++
		}
	}
	if held > 0 && o.held == 0 {
		o.Reached.Held = now
	}
	if held > o.held {
		o.Reached.HeldMore = now
	}
	o.held = held
	invoiced, paid, sent := len(o.Lines) > 0, len(o.Lines) > 0, len(o.Lines) > 0
	for _, line := range o.Lines {
		invoiced = invoiced && line.Invoiced >= line.Quantity
		paid = paid && line.Paid >= line.Quantity
	}
	for _, line := range o.items() {
		sent = sent && line.Dispatched >= line.Quantity
	}
	mark(&o.Reached.Invoiced, invoiced)
	mark(&o.Reached.Paid, paid)
	mark(&o.Reached.Dispatched, sent)
	mark(&o.Reached.Released, o.Status == StatusReleased || o.Status == StatusPartFulfilled || o.Status == StatusFulfilled)
}
