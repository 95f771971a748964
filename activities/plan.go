package activities

import (
	"context"
	"errors"

	"spacebridge/connectors/sqlite"
	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

// SaleInput names a sale.
type SaleInput struct {
	Connection string
	SaleID     string
}

// Plan is what a sale needs next. It holds keys, codes and amounts, nothing personal (invariant 10).
type Plan struct {
	Action     mapping.Action
	Resolve    bool // an effect has no outcome yet; nothing else may happen before it is looked up
	Settled    bool // nothing is left to do until something changes
	State      trade.State
	Rule       string
	HoldCode   string
	HoldReason string
	HoldAdvice string
	HoldDetail string
	Number     string
	Gross      string      // "366.10 GBP", "" while unknown
	Read       []trade.Ref // for read
	Kind       trade.Kind  // of the record that the sale is made of
}

// PlanSale decides what a sale needs next, and commits the decision with the rule that took it.
//
// Idempotency: the decision depends on the ledger alone; deciding the same thing twice writes no second journal entry.
// Errors: an unknown connection or sale is final; ledger errors are retried.
func (a *Activities) PlanSale(ctx context.Context, in SaleInput) (Plan, error) {
	c, err := a.connection(in.Connection)
	if err != nil {
		return Plan{}, err
	}
	r, err := a.facts(ctx, c, in.SaleID)
	if err != nil {
		return Plan{}, err
	}
	decision := decide(c, r)
	plan := Plan{
		Action: decision.Action, State: decision.State, Rule: decision.Rule, Number: r.sale.Number,
		Settled: decision.Action == mapping.ActNone, Read: decision.Read, Kind: r.sale.Kind,
	}
	if decision.Hold != nil {
		if r.sale.Hold == nil || r.sale.Hold.Code != decision.Hold.Code {
			a.log.WarnContext(ctx, "sale held", "connection", c.Name, "sale", in.SaleID, "number", plan.Number, "code", decision.Hold.Code)
		}
		plan.HoldCode, plan.HoldReason, plan.HoldAdvice, plan.HoldDetail = decision.Hold.Code, decision.Hold.Reason, decision.Hold.Advice, decision.Hold.Detail
	}
	// Invariant 3: an effect without an outcome is looked up before anything else is tried.
	switch effect, open, err := a.ledger.OpenEffect(ctx, c.Name, in.SaleID); {
	case err != nil:
		return Plan{}, err
	case open && effect.State != sqlite.EffectHeld:
		plan.Resolve, plan.Settled = true, false
	case !open && plan.Settled && a.straysDue(c, r):
		plan.Action, plan.Settled = stepLookForStrays, false
	}
	decided := decidedOf(c, r, decision, plan.Settled)
	if decision.Sale != nil {
		plan.Number = decision.Sale.Number
		plan.Gross = decision.Sale.Currency.Format(decision.Sale.Gross) + " " + decision.Sale.Currency.Code
	}
	if err := a.ledger.RecordDecision(ctx, decided); err != nil {
		return Plan{}, err
	}
	a.metrics.decided(c.Name, plan.Rule)
	return plan, nil
}

// decide asks mapping, and asks again with the refusal at hand when the books have already refused just this step with just
// this content.
func decide(c *Connection, r reading) mapping.Decision {
	decision := mapping.Decide(c.Policy, r.facts)
	refused := r.refused
	if refused == nil {
		return decision
	}
	// What stands beside an order that needs nothing more is no sale of ours, and must not be overlooked.
	if refused.Step == string(stepRemoveStray) && decision.Action == mapping.ActNone && decision.Hold == nil {
		r.facts.Unclear = &mapping.Rejection{Step: refused.Step, Code: refused.Detail, Status: refused.Status}
		return mapping.Decide(c.Policy, r.facts)
	}
	same := refused.Step == string(decision.Action) && refused.BodyHash == bodyHash(decision)
	// A stray that cannot be removed stands in the way of the issue, and of nothing else.
	inTheWay := refused.Step == string(stepRemoveStray) && steps[decision.Action].irreversible
	if !same && !inTheWay {
		return decision
	}
	r.facts.Rejected = &mapping.Rejection{Step: string(decision.Action), Code: refused.Detail, Status: refused.Status}
	return mapping.Decide(c.Policy, r.facts)
}

// decidedOf is the ledger's form of a decision.
func decidedOf(c *Connection, r reading, d mapping.Decision, settled bool) sqlite.Decided {
	decided := sqlite.Decided{
		Connection: c.Name, SaleID: r.facts.SaleID, DirtySeq: r.sale.DirtySeq, Settled: settled,
		State: d.State, Rule: d.Rule, Reason: d.Reason, Hold: d.Hold, SnapshotHash: r.hash, Number: r.sale.Number,
	}
	if number := r.facts.Number(); number != "" {
		decided.Number = number
	}
	// A decision that did not read the amounts (an operator's skip, a deleted order) leaves the last known ones in sight.
	decided.Currency, decided.Digits = r.sale.Currency, r.sale.Digits
	decided.Gross, decided.HasGross = r.sale.Gross, r.sale.HasGross
	if d.Sale != nil {
		decided.Currency, decided.Digits = d.Sale.Currency.Code, d.Sale.Currency.Digits
		decided.Gross, decided.HasGross = d.Sale.Gross, true
	}
	return decided
}

// CommandInput is an operator's word on a sale, given in the Temporal UI or by the command line.
type CommandInput struct {
	Connection string
	SaleID     string
	Kind       string // issue, retry or skip
	Reason     string // required for skip
	By         string
}

// RecordCommand writes an operator's word into the ledger.
//
// Idempotency: the same word twice leaves the sale as once; both are in the journal.
// Errors: an unknown kind, or a skip without a reason, is final.
func (a *Activities) RecordCommand(ctx context.Context, in CommandInput) error {
	if in.Kind == string(sqlite.CommandSkip) && in.Reason == "" {
		return permanent(errors.New("skip needs a reason: it says why the sale gets no invoice"), "missing_reason")
	}
	return a.ledger.Command(ctx, in.Connection, in.SaleID, sqlite.CommandKind(in.Kind), in.Reason, in.By)
}
