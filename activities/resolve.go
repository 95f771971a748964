package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"spacebridge/connectors/rest"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

// ResolveOutcome says what a look-up of an effect without outcome brought.
type ResolveOutcome string

// Outcomes of a look-up.
const (
	ResolveSettled ResolveOutcome = "settled" // the outcome is known now; plan again
	ResolveWait    ResolveOutcome = "wait"    // look again after the wait
)

// ResolveResult tells the workflow how to go on.
type ResolveResult struct {
	Outcome ResolveOutcome
	Wait    time.Duration
	Step    string
}

// settleSchedule is how long to wait between look-ups of the same effect; the last wait repeats.
var settleSchedule = []time.Duration{2 * time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 3 * time.Minute}

// ResolveEffect looks up the outcome of a step that ended without one.
//
// Idempotency: reads the books; the ledger's transition happens once.
// Errors: ledger errors are retried; a vendor that cannot be read means wait.
func (a *Activities) ResolveEffect(ctx context.Context, in SaleInput) (ResolveResult, error) {
	c, err := a.connection(in.Connection)
	if err != nil {
		return ResolveResult{}, err
	}
	effect, open, err := a.ledger.OpenEffect(ctx, in.Connection, in.SaleID)
	if err != nil || !open {
		return ResolveResult{Outcome: ResolveSettled}, err
	}
	if effect.State == sqlite.EffectSending {
		// Never longer than a lease: a clock that was set back must not make us wait for yesterday's tomorrow.
		if wait := min(effect.LeaseUntil.Sub(a.now()), a.timing.Lease); wait > 0 {
			return ResolveResult{Outcome: ResolveWait, Wait: wait, Step: effect.Step}, nil
		}
	}
	wait := settleSchedule[min(effect.Lookups, len(settleSchedule)-1)]
	out, looked, err := a.lookUp(ctx, c, effect)
	if err != nil {
		return ResolveResult{}, err
	}
	if out == nil {
		// The schedule widens with the looks, of which some may have been another process's: the window may end sooner.
		if left := c.SettleWindow - a.patience.waited(effectKey(effect)); left > 0 {
			wait = min(wait, left)
		}
		if looked {
			err = a.ledger.NoteLookup(ctx, effect.ID, effect.Attempts, "no answer yet")
		}
		if errors.Is(err, sqlite.ErrLost) || errors.Is(err, sqlite.ErrTransition) {
			err = nil // another attempt is at it
		}
		return ResolveResult{Outcome: ResolveWait, Wait: wait, Step: effect.Step}, err
	}
	out.Attempts = effect.Attempts
	err = a.ledger.FinishEffect(ctx, effect.ID, a.attemptOwner(), *out)
	if errors.Is(err, sqlite.ErrTaken) {
		out = &sqlite.Outcome{State: sqlite.EffectRejected, Attempts: effect.Attempts, Detail: "order_of_another_sale: the books show an order that another sale holds"}
		err = a.ledger.FinishEffect(ctx, effect.ID, a.attemptOwner(), *out)
	}
	if errors.Is(err, sqlite.ErrSameDocument) && a.patience.waited(effectKey(effect)) >= c.SettleWindow {
		out = &sqlite.Outcome{State: sqlite.EffectHeld, Attempts: effect.Attempts, Detail: "document_replaced: the books go on showing an older invoice"}
		err = a.ledger.FinishEffect(ctx, effect.ID, a.attemptOwner(), *out)
	}
	if errors.Is(err, sqlite.ErrLost) || errors.Is(err, sqlite.ErrTransition) || errors.Is(err, sqlite.ErrSameDocument) {
		return ResolveResult{Outcome: ResolveWait, Wait: wait, Step: effect.Step}, nil // another attempt is at it, or an answer from before
	}
	if err == nil {
		a.metrics.step(c.Name, effect.Step, "resolved_"+string(out.State))
		a.log.InfoContext(ctx, "unknown outcome resolved", "connection", c.Name, "sale", in.SaleID, "step", effect.Step, "outcome", out.State)
	}
	return ResolveResult{Outcome: ResolveSettled, Step: effect.Step}, err
}

// lookUp asks the books what became of an effect. It gives no outcome while that cannot be said, and tells whether the
// books answered at all: a look that saw nothing because nobody answered is no look.
func (a *Activities) lookUp(ctx context.Context, c *Connection, effect sqlite.Effect) (out *sqlite.Outcome, looked bool, err error) {
	spec, known := steps[mapping.Action(effect.Step)]
	if !known {
		return nil, false, permanent(fmt.Errorf("effect %d has unknown step %q", effect.ID, effect.Step), "unknown_step")
	}
	order, verdict, err := a.lookAt(ctx, c, effect)
	if err != nil {
		return nil, false, ctx.Err()
	}
	if verdict != nil {
		return verdict, true, nil
	}
	if spec.took(effect, order) {
		return settledBy(effect, order), true, nil
	}
	// Invariant 3: absent once is not absent. What can be undone is looked up twice, what cannot for the settle window.
	waited := a.patience.waited(effectKey(effect))
	if effect.Lookups < 1 || spec.irreversible && waited < c.SettleWindow {
		return nil, true, nil
	}
	out = &sqlite.Outcome{State: sqlite.EffectPlanned, Detail: "looked up, not there; will be sent again"}
	if mapping.Action(effect.Step) == mapping.ActCreate {
		out.StraysDue = a.now().Add(c.SettleWindow) // it may still land
	}
	return out, true, nil
}

// settledBy is the outcome of an effect that the books show as done.
func settledBy(effect sqlite.Effect, order trade.BooksOrder) *sqlite.Outcome {
	switch mapping.Action(effect.Step) {
	case stepRemoveStray: // the stray is no order of the sale
		return &sqlite.Outcome{State: sqlite.EffectDone, Detail: "looked up, gone"}
	case mapping.ActCreate:
		// It may be an earlier attempt's, with other content: the order is adopted, what it says is written again.
		out := adopted(order)
		out.SetPrints = false
		return &out
	default:
		out := adopted(order)
		out.SetIssued = steps[mapping.Action(effect.Step)].irreversible
		return &out
	}
}

// lookAt reads the order that an effect is about, or gives a verdict where its absence is one.
func (a *Activities) lookAt(ctx context.Context, c *Connection, effect sqlite.Effect) (trade.BooksOrder, *sqlite.Outcome, error) {
	if mapping.Action(effect.Step) == mapping.ActCreate {
		found, err := c.Books.Find(ctx, effect.SaleID)
		if err != nil {
			return trade.BooksOrder{}, nil, err
		}
		choice := choose("", found)
		if choice.refusal != "" {
			return trade.BooksOrder{}, &sqlite.Outcome{State: sqlite.EffectRejected, Detail: choice.refusal}, nil
		}
		if choice.keep == nil {
			return trade.BooksOrder{}, nil, nil
		}
		return *choice.keep, nil, nil
	}
	order, err := c.Books.Get(ctx, effect.BooksOrderID)
	if rest.ClassOf(err) != rest.NotFound {
		return order, nil, err
	}
	if mapping.Action(effect.Step) == stepRemoveStray {
		return order, &sqlite.Outcome{State: sqlite.EffectDone, Detail: "looked up, gone"}, nil
	}
	out := sqlite.Outcome{State: sqlite.EffectRejected, Detail: "order_missing_in_books", Status: statusOf(err)}
	if steps[mapping.Action(effect.Step)].irreversible {
		out.State = sqlite.EffectHeld // there may be a document of it: that the order is gone is no answer
	}
	return order, &out, nil
}
