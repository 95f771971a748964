package activities

import (
	"context"
	"errors"

	"spacebridge/connectors/rest"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping"
)

// stepLookForStrays looks whether a create that was given up has landed after all. It changes nothing itself; what it finds is
// removed as stepRemoveStray.
const stepLookForStrays mapping.Action = "look_for_strays"

// straysDue reports whether it is time to look for strays of a sale. One that could not be removed holds the sale, and is
// looked at again when a person says so: each look would leave another refusal in the ledger.
func (a *Activities) straysDue(c *Connection, r reading) bool {
	refused := r.refused != nil && r.refused.Step == string(stepRemoveStray)
	if r.sale.StraysDue.IsZero() || refused {
		return false
	}
	// By both clocks: the wall's alone could jump to the date before the create has landed.
	waited := a.patience.waited(straysKey(r.sale))
	return !a.now().Before(r.sale.StraysDue) && waited >= c.SettleWindow
}

// lookForStrays reads all that the books hold for a sale. A pending order that the ledger does not hold is removed, one at a
// time; when there is none, the matter is closed.
func (a *Activities) lookForStrays(ctx context.Context, c *Connection, r reading) (StepResult, error) {
	looking, cancel := context.WithTimeout(ctx, LookTimeout)
	defer cancel()
	found, err := c.Books.Find(looking, r.facts.SaleID)
	if err != nil {
		c.suspect(rest.ClassOf(err))
		return StepResult{Outcome: StepNotSent, Code: string(rest.ClassOf(err)), RetryAfter: retryAfter(err)}, nil
	}
	choice := choose(r.facts.Books.OrderID, found)
	switch {
	case choice.refusal != "":
		return a.refuseStray(ctx, c, r, choice.refusal)
	case len(choice.strays) > 0:
		seen, err := a.removeStray(ctx, c, r, choice.strays[0])
		if err == nil && seen.again {
			return StepResult{Outcome: StepReplan}, nil
		}
		return StepResult{Outcome: StepNotSent, Code: string(rest.ClassOf(err)), RetryAfter: retryAfter(err)}, nil
	case choice.keep != nil && r.facts.Books.OrderID == "":
		// It landed after all, for a sale that wants no order any more: taken over, it is ended like every other.
		_, err := a.adopt(ctx, c, *choice.keep)
		return StepResult{Outcome: StepReplan}, err
	}
	a.patience.over(straysKey(r.sale))
	return StepResult{Outcome: StepDone}, a.ledger.ClearStrays(ctx, c.Name, r.facts.SaleID, r.sale.StraysDue)
}

// refuseStray writes down that something stands beside the sale's order which only a person may judge.
func (a *Activities) refuseStray(ctx context.Context, c *Connection, r reading, why string) (StepResult, error) {
	effect, err := a.ledger.ClaimEffect(ctx, sqlite.Claim{
		Connection: c.Name, SaleID: r.facts.SaleID, Step: string(stepRemoveStray), BodyHash: "refused",
		Owner: a.attemptOwner(), Lease: a.timing.Lease, Scope: c.BooksScope, DirtySeq: r.sale.DirtySeq,
	})
	switch {
	case errors.Is(err, sqlite.ErrChanged), errors.Is(err, sqlite.ErrBusy), errors.Is(err, sqlite.ErrUnresolved):
		return StepResult{Outcome: StepReplan}, nil
	case err != nil:
		return StepResult{}, err
	}
	return a.finish(ctx, c, effect, sqlite.Outcome{State: sqlite.EffectRejected, Detail: why})
}
