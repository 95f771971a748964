package activities

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"spacebridge/connectors/rest"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

// stepRemoveStray deletes a pending order that stands beside the one the ledger holds. It is a step like every other, but
// no decision of mapping asks for it.
const stepRemoveStray mapping.Action = "remove_stray"

// sight is what a look at the books showed before a step.
type sight struct {
	order   *trade.BooksOrder // the step has happened already; adopt this
	refusal string            // the step must not be sent, with the code for the operator
	again   bool              // a stray was in the way; plan again
	wait    string            // the books are not ready for the step yet, with the code for the operator
}

// lookBefore reads the books before the two steps that could make a second document: create, after the ledger was lost,
// and issue, after somebody else touched the order; and before those that would contradict an invoice which is there already.
func (a *Activities) lookBefore(ctx context.Context, c *Connection, r reading, d mapping.Decision) (sight, error) {
	if d.Action == mapping.ActCreate || steps[d.Action].irreversible {
		if refusal, err := a.counterpartInBooks(ctx, c, r); err != nil || refusal != "" {
			return sight{refusal: refusal}, err
		}
	}
	switch d.Action {
	case mapping.ActCreate:
		found, err := c.Books.Find(ctx, r.facts.SaleID)
		if err != nil {
			return sight{}, err
		}
		choice := choose("", found)
		if kept := choice.keep; kept != nil && kept.DocumentID != "" {
			return sight{order: kept, refusal: totalDiffers(*kept, d)}, nil
		}
		return sight{order: choice.keep, refusal: choice.refusal}, nil
	case mapping.ActIssue:
		return a.lookBeforeIssue(ctx, c, r, d)
	case mapping.ActReissue:
		return a.lookBeforeReissue(ctx, c, r, d)
	case mapping.ActAnnotate:
		return a.lookBeforeAnnotate(ctx, c, r, d)
	case mapping.ActUpdate, mapping.ActCancel:
		return a.lookBeforeChange(ctx, c, r)
	default:
		return sight{}, nil
	}
}

// lookBeforeChange sees whether the order still stands as the ledger thinks. An older ledger may think it pending while it has
// its invoice, and sending it other items would leave the books with an order that contradicts its own invoice.
func (a *Activities) lookBeforeChange(ctx context.Context, c *Connection, r reading) (sight, error) {
	order, err := c.Books.Get(ctx, r.facts.Books.OrderID)
	switch {
	case rest.ClassOf(err) == rest.NotFound:
		return sight{refusal: "order_missing_in_books: order " + r.facts.Books.OrderID + " is not in the books any more"}, nil
	case err != nil:
		return sight{}, err
	case order.Deleted:
		return sight{refusal: "order_missing_in_books: order " + order.ID + " is in the trash"}, nil
	case order.Status != r.facts.Books.Status || order.DocumentID != r.facts.Books.DocumentID:
		return sight{order: &order}, nil
	}
	return sight{}, nil
}

// lookBeforeAnnotate compares an invoice of which it is not known what was written: it was found in the books, by a survey or
// after the ledger was lost.
//
// Invariant 7: an invoice with another total than the sale's is shown, whoever made it.
func (a *Activities) lookBeforeAnnotate(ctx context.Context, c *Connection, r reading, d mapping.Decision) (sight, error) {
	if r.facts.Books.Issued.Money != "" {
		return sight{}, nil
	}
	order, err := c.Books.Get(ctx, r.facts.Books.OrderID)
	if rest.ClassOf(err) == rest.NotFound {
		return sight{refusal: "order_missing_in_books: order " + r.facts.Books.OrderID + " is not in the books any more"}, nil
	}
	if err != nil {
		return sight{}, err
	}
	return sight{refusal: totalDiffers(order, d)}, nil
}

// lookBeforeIssue upholds invariant 1: only the order that the ledger holds is issued, only out of pending, and only when
// nothing else in the books stands for the same sale.
func (a *Activities) lookBeforeIssue(ctx context.Context, c *Connection, r reading, d mapping.Decision) (sight, error) {
	order, seen, err := a.lookAlone(ctx, c, r)
	if order == nil {
		return seen, err
	}
	switch {
	case order.DocumentID != "" && order.Status == trade.BooksInvoiced:
		return sight{order: order, refusal: totalDiffers(*order, d)}, nil
	case order.Status != trade.BooksPending || order.DocumentID != "" || order.EstimateID != "":
		return sight{refusal: "order_not_pending: order " + order.ID + " has status " + string(order.Status)}, nil
	}
	return sight{refusal: totalDiffers(*order, d)}, nil
}

// lookAlone finds the order that the ledger holds for a sale, with nothing else in the books that stands for it. No order means
// that the step ends with what was seen.
func (a *Activities) lookAlone(ctx context.Context, c *Connection, r reading) (*trade.BooksOrder, sight, error) {
	id := r.facts.Books.OrderID
	found, err := c.Books.Find(ctx, r.facts.SaleID)
	if err != nil {
		return nil, sight{}, err
	}
	choice := choose(id, found)
	if choice.refusal != "" {
		return nil, sight{refusal: choice.refusal}, nil
	}
	if len(choice.strays) > 0 {
		seen, err := a.removeStray(ctx, c, r, choice.strays[0])
		return nil, seen, err
	}
	order, err := c.Books.Get(ctx, id)
	switch {
	case rest.ClassOf(err) == rest.NotFound:
		return nil, sight{refusal: "order_missing_in_books: order " + id + " is not in the books any more"}, nil
	case err != nil:
		return nil, sight{}, err
	case order.Deleted:
		return nil, sight{refusal: "order_missing_in_books: order " + id + " is in the trash"}, nil
	}
	return &order, sight{}, nil
}

// totalDiffers says so when the books hold another total, or the same in another currency, than the sale's, which somebody
// must have put there by hand.
//
// Invariant 7: what is issued is what was locked.
func totalDiffers(order trade.BooksOrder, d mapping.Decision) string {
	if order.ItemsChanged {
		return "books_items_changed: the items of order " + order.ID + " were changed after its invoice"
	}
	return sumDiffers(order, d)
}

// sumDiffers compares the total and the currency alone.
func sumDiffers(order trade.BooksOrder, d mapping.Decision) string {
	want := d.Sale.Currency.Decimal(d.Sale.Gross)
	if order.Currency != "" && !strings.EqualFold(order.Currency, d.Sale.Currency.Code) {
		return fmt.Sprintf("books_currency_differs: order %s is in %s, expected %s", order.ID, order.Currency, d.Sale.Currency.Code)
	}
	if order.Gross.Valid && order.Gross.Decimal.Cmp(want) == 0 {
		return ""
	}
	return fmt.Sprintf("books_total_differs: order %s holds %v, expected %s", order.ID, order.Gross, want)
}

// removeStray deletes one stray under an effect of its own, and says how to go on.
func (a *Activities) removeStray(ctx context.Context, c *Connection, r reading, stray trade.BooksOrder) (sight, error) {
	effect, err := a.ledger.ClaimEffect(ctx, sqlite.Claim{
		Connection: c.Name, SaleID: r.facts.SaleID, Step: string(stepRemoveStray), BodyHash: stray.ID,
		Owner: a.attemptOwner(), Lease: a.timing.Lease, Scope: c.BooksScope, BooksOrderID: stray.ID, DirtySeq: r.sale.DirtySeq,
	})
	if err != nil {
		return sight{again: true}, nil //nolint:nilerr // busy, changed or unresolved: the next plan sees which
	}
	err = c.Books.Delete(ctx, effect.RequestID, stray.ID)
	class := rest.ClassOf(err)
	out := sqlite.Outcome{State: stateAfter(class, statusOf(err)), Detail: string(class), Status: statusOf(err)}
	if class == "" || class == rest.NotFound { // gone, by this request or an earlier one
		out.State = sqlite.EffectDone
		a.log.WarnContext(ctx, "stray pending order removed from the books", "connection", c.Name, "sale", r.facts.SaleID, "books_order", stray.ID)
	}
	if out.State == sqlite.EffectRejected {
		out.Detail = "stray_not_removed: order " + stray.ID + " stands for the same sale and cannot be deleted"
		out = a.lookAfter(ctx, c, effect, out)
	}
	if _, finishErr := a.finish(ctx, c, effect, out); finishErr != nil {
		return sight{}, finishErr
	}
	if out.State == sqlite.EffectPlanned {
		return sight{}, err // not sent: wait as for every other step
	}
	return sight{again: true}, nil // a refusal holds the sale by the next plan, see decide
}

// choice is what to do with all that the books hold for one sale.
type choice struct {
	keep    *trade.BooksOrder
	strays  []trade.BooksOrder
	refusal string // why a person must decide
}

// choose keeps the order that the ledger claims; without a claim, the one with a document, else the oldest. The others are
// strays if they are pending and carry no document; otherwise a person must decide.
func choose(claimed string, found []trade.BooksOrder) choice {
	var result choice
	for i, order := range found {
		switch {
		case ended(order) && order.ID != claimed:
			continue
		case result.keep == nil, order.ID == claimed, claimed == "" && result.keep.DocumentID == "" && order.DocumentID != "":
			result.keep = &found[i]
		}
	}
	if result.keep == nil {
		return result
	}
	if claimed != "" && result.keep.ID != claimed {
		return choice{refusal: "two_orders_in_books: order " + result.keep.ID + " stands beside " + claimed}
	}
	for _, order := range found {
		if order.ID == result.keep.ID || ended(order) {
			continue
		}
		if order.Status != trade.BooksPending || order.DocumentID != "" || order.EstimateID != "" {
			return choice{refusal: "two_orders_in_books: orders " + result.keep.ID + " and " + order.ID + " stand for the same sale"}
		}
		result.strays = append(result.strays, order)
	}
	return result
}

// ended reports whether an order of the books is over and left nothing behind.
func ended(order trade.BooksOrder) bool {
	return order.Status == trade.BooksCancelled && order.DocumentID == "" && order.EstimateID == ""
}

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
