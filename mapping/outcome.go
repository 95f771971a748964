package mapping

import (
	"fmt"

	"spacebridge/mapping/trade"
)

// act decides for an action; until it is done the sale stands where the books put it.
func (r *review) act(action Action, rule, reason string, args ...any) *Decision {
	return &Decision{
		Action: action, State: r.Books.state(), Rule: rule, Reason: fmt.Sprintf(reason, args...),
		Sale: r.sale, Prints: written(action, r.prints),
	}
}

// read decides that records are read from the API before anything else is said.
func (r *review) read(rule string, records []trade.Ref, reason string, args ...any) *Decision {
	d := r.act(ActRead, rule, reason, args...)
	d.Read = records
	return d
}

// rest decides that nothing is to be done until something changes.
func (r *review) rest(state trade.State, rule, reason string, args ...any) *Decision {
	return &Decision{
		Action: ActNone, State: state, Rule: rule, Reason: fmt.Sprintf(reason, args...),
		Sale: r.sale, Prints: r.prints,
	}
}

// hold decides that the sale waits for a person. The advice comes from the table of holds.
func (r *review) hold(rule, code, reason string, args ...any) *Decision {
	d := r.rest(trade.StateHeld, rule, reason, args...)
	d.Hold = &trade.Hold{Code: code, Reason: d.Reason, Advice: advice(code)}
	return d
}

// holdFaults decides that the sale waits because of what is wrong with it.
func (r *review) holdFaults(rule, code string, found faults, reason string, args ...any) *Decision {
	d := r.hold(rule, code, reason, args...)
	for _, one := range found {
		if one.table != "" {
			d.Hold.Detail = one.table
		}
	}
	return d
}

// written picks the prints that an action brings up to date in the books.
func written(action Action, p trade.Prints) trade.Prints {
	switch action {
	case ActAnnotate:
		return trade.Prints{Quiet: p.Quiet, Payment: p.Payment}
	case ActSetPayment:
		return trade.Prints{Payment: p.Payment}
	case ActCancel:
		return trade.Prints{}
	default:
		return p
	}
}

// unlessRejected turns a step that the books refused with the same content into a hold: repeating it would be refused
// again. A different step is another matter and goes ahead.
func (r *review) unlessRejected(d Decision) Decision {
	refused := r.Rejected
	if refused == nil || !d.Action.writes() {
		return d
	}
	// A step under a name that is not ours could be any of them.
	if named := Action(refused.Step); named != d.Action && named.writes() {
		return d
	}
	answer := quoted(refused.Code, 200)
	if refused.Status != 0 {
		answer = fmt.Sprintf("status %d, %s", refused.Status, answer)
	}
	// Whether the books take anything for an order that has its invoice is not documented. What they refuse there moves no money,
	// and is no reason to call in question an invoice that is right: had it been found to differ, nothing would have been sent.
	if quiet := d.Action == ActAnnotate || d.Action == ActSetPayment; quiet && refused.Status != 0 && r.Books.issued() {
		return *r.rest(trade.StateIssued, RuleNotUpdated, "invoice %s is issued and stands; the books refused to %s: %s", r.Books.DocumentID, verbs[d.Action], answer)
	}
	return *r.hold(RuleRejected, HoldRejected, "the books refused to %s: %s", verbs[d.Action], answer)
}

// verbs say the writing actions in words.
var verbs = map[Action]string{
	ActCreate: "create the order", ActUpdate: "update the order", ActAnnotate: "update the issued order's notes",
	ActSetPayment: "set the payment status", ActIssue: "issue the invoice", ActReissue: "credit the invoice and issue another",
	ActCancel: "cancel the order",
}
