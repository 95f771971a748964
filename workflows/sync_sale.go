package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/workflow"

	"spacebridge/activities"
	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

// Signals that SyncSale understands. An operator may send the last three from the Temporal UI.
const (
	SignalChanged = "changed" // something about the sale has changed in the ledger; no payload
	SignalRetry   = "retry"   // try again what is held
	SignalSkip    = "skip"    // payload {"reason": "..."}: no invoice for this sale
	SignalIssue   = "issue"   // issue the invoice now
)

// Word is the payload of an operator's signal.
type Word struct {
	Reason string `json:"reason"`
	By     string `json:"by"`
}

// SyncSaleID is the workflow id of a sale; it makes the workflow the sale's mutex.
func SyncSaleID(connection, saleID string) string { return "sale/" + connection + "/" + saleID }

// SyncSale brings one sale to where its facts say it belongs: plan, one step, plan again, until nothing is left to do.
// A held sale waits here, in sight, for a retry, a skip or a change.
func SyncSale(ctx workflow.Context, in activities.SaleInput) error {
	s := newSaleSync(ctx, in)
	for {
		if err := s.drain(ctx); err != nil {
			return err
		}
		plan, err := s.plan(ctx)
		if err != nil {
			return err
		}
		s.show(ctx, plan)
		if plan.Settled {
			if plan.State != trade.StateHeld && !s.heard() {
				return nil
			}
			s.listen(ctx, 0, "")
		} else if err := s.advance(ctx, plan); err != nil {
			return err
		}
		if s.spins > maxSpins {
			s.listen(ctx, min(5*time.Second<<min(s.spins-maxSpins, 6), 5*time.Minute), "going in circles; slowing down")
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() || workflow.GetInfo(ctx).GetCurrentHistoryLength() > maxHistory {
			if err := s.drain(ctx); err != nil {
				return err
			}
			return workflow.NewContinueAsNewError(ctx, SyncSale, in)
		}
	}
}

// maxHistory keeps a long-lived hold readable in the UI and cheap to replay.
const maxHistory = 2_000

// maxSpins is how many rounds without a step done are still progress: read the order, read the customer, plan, look up.
const maxSpins = 8

// saleSync is the state of one run of SyncSale.
type saleSync struct {
	in       activities.SaleInput
	changed  workflow.ReceiveChannel
	words    map[string]workflow.ReceiveChannel
	kinds    []string // keys of words in a fixed order
	failures int      // steps in a row that did not come off
	spins    int      // rounds in a row that changed nothing
	shown    string
	log      log.Logger
}

func newSaleSync(ctx workflow.Context, in activities.SaleInput) *saleSync {
	s := &saleSync{
		in:      in,
		changed: workflow.GetSignalChannel(ctx, SignalChanged),
		words:   map[string]workflow.ReceiveChannel{},
		kinds:   []string{SignalRetry, SignalSkip, SignalIssue},
		log:     workflow.GetLogger(ctx),
	}
	for _, kind := range s.kinds {
		s.words[kind] = workflow.GetSignalChannel(ctx, kind)
	}
	return s
}

// heard reports whether a signal waits.
func (s *saleSync) heard() bool {
	waiting := s.changed.Len() > 0
	for _, kind := range s.kinds {
		waiting = waiting || s.words[kind].Len() > 0
	}
	return waiting
}

// drain takes every signal that waits and commits what operators said.
func (s *saleSync) drain(ctx workflow.Context) error {
	for s.changed.ReceiveAsync(nil) {
		// Nothing but news: a step that does not come off goes on waiting longer each time.
	}
	for _, kind := range s.kinds {
		for {
			var word Word
			if !s.words[kind].ReceiveAsync(&word) {
				break
			}
			if kind == SignalSkip && strings.TrimSpace(word.Reason) == "" {
				s.log.Warn("skip without a reason is ignored: signal again with {\"reason\": \"...\"}")
				continue
			}
			by := word.By
			if by == "" {
				by = "temporal"
			}
			command := activities.CommandInput{Connection: s.in.Connection, SaleID: s.in.SaleID, Kind: kind, Reason: word.Reason, By: by}
			if err := workflow.ExecuteLocalActivity(withLedger(ctx), act.RecordCommand, command).Get(ctx, nil); err != nil {
				return err
			}
			s.failures = 0
		}
	}
	return nil
}

// listen waits for a signal, or for the time given; 0 waits for a signal alone.
func (s *saleSync) listen(ctx workflow.Context, wait time.Duration, summary string) {
	selector := workflow.NewSelector(ctx)
	selector.AddReceive(s.changed, func(workflow.ReceiveChannel, bool) {})
	for _, kind := range s.kinds {
		selector.AddReceive(s.words[kind], func(workflow.ReceiveChannel, bool) {})
	}
	if wait > 0 {
		timerCtx, cancel := workflow.WithCancel(ctx)
		defer cancel()
		selector.AddFuture(workflow.NewTimerWithOptions(timerCtx, wait, workflow.TimerOptions{Summary: summary}), func(workflow.Future) {})
	}
	selector.Select(ctx)
}

func (s *saleSync) plan(ctx workflow.Context) (activities.Plan, error) {
	s.spins++
	var plan activities.Plan
	err := workflow.ExecuteLocalActivity(withLedger(ctx), act.PlanSale, s.in).Get(ctx, &plan)
	return plan, err
}

// advance does the one thing that the plan asks for.
func (s *saleSync) advance(ctx workflow.Context, plan activities.Plan) error {
	switch {
	case plan.Resolve:
		return s.resolve(ctx, plan)
	case plan.Action == mapping.ActReadOrder:
		return s.read(ctx, trade.KindOrder, s.in.SaleID)
	case plan.Action == mapping.ActReadCustomer:
		return s.read(ctx, trade.KindCustomer, plan.CustomerID)
	case plan.Action == mapping.ActReadInvoices:
		for _, id := range plan.InvoiceIDs {
			if err := s.read(ctx, trade.KindInvoice, id); err != nil {
				return err
			}
		}
		return nil
	default:
		return s.apply(ctx, plan)
	}
}

// read gets one record afresh. A refusal is not the sale's fault: it waits and asks again.
func (s *saleSync) read(ctx workflow.Context, kind trade.Kind, id string) error {
	in := activities.ReadRecordInput{Connection: s.in.Connection, Kind: kind, ID: id}
	if err := workflow.ExecuteActivity(withRead(ctx, "read "+string(kind)+" "+id), act.ReadRecord, in).Get(ctx, nil); err != nil {
		if ctx.Err() != nil {
			return err
		}
		s.failures++
		s.listen(ctx, s.backoff(), "Orderspace refuses to answer; trying again")
		return nil
	}
	s.failures = 0
	return nil
}

// apply makes one step and waits as its outcome demands.
func (s *saleSync) apply(ctx workflow.Context, plan activities.Plan) error {
	in := activities.StepInput{Connection: s.in.Connection, SaleID: s.in.SaleID, Step: plan.Action}
	var result activities.StepResult
	err := workflow.ExecuteActivity(withStep(ctx, string(plan.Action)+" order "+plan.Number), act.ApplyStep, in).Get(ctx, &result)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		// The worker died or the ledger failed in the middle: the effect, if there is one, is looked up by the next plan.
		if s.failures++; s.failures > 1 {
			s.listen(ctx, s.backoff(), "steps are interrupted again and again; slowing down")
		}
		return nil
	}
	switch result.Outcome {
	case activities.StepNotSent:
		s.failures++
		s.listen(ctx, max(result.RetryAfter, s.backoff()), "not sent: "+result.Code)
	case activities.StepBlocked:
		// Thousands of sales may be turned away at once. The relay wakes them when the connection may write again.
		s.failures++
		s.listen(ctx, min(5*time.Second<<min(s.failures, 10), time.Hour), "may not write: "+result.Code)
	case activities.StepDone:
		s.failures, s.spins = 0, 0
	default:
		s.failures = 0
	}
	return nil
}

// resolve looks up a step without an outcome, on a widening schedule.
func (s *saleSync) resolve(ctx workflow.Context, plan activities.Plan) error {
	var result activities.ResolveResult
	err := workflow.ExecuteActivity(withRead(ctx, "look up what became of order "+plan.Number), act.ResolveEffect, s.in).Get(ctx, &result)
	if err != nil {
		return err
	}
	if result.Outcome == activities.ResolveWait {
		// Not listen: no signal makes the truth known sooner.
		timer := workflow.NewTimerWithOptions(ctx, result.Wait, workflow.TimerOptions{Summary: "settling " + result.Step})
		return timer.Get(ctx, nil)
	}
	return nil
}

// backoff grows from 5 seconds to 5 minutes with every failure in a row.
func (s *saleSync) backoff() time.Duration {
	return min(5*time.Second<<min(s.failures, 6), 5*time.Minute)
}

// show keeps the search attributes and the details in the UI in step with the plan.
func (s *saleSync) show(ctx workflow.Context, plan activities.Plan) {
	hold := plan.HoldCode
	if hold == "" {
		hold = "none"
	}
	shown := fmt.Sprint(plan.Number, plan.State, hold, plan.Action, plan.Rule, plan.Resolve)
	if shown == s.shown {
		return
	}
	s.shown = shown
	if err := workflow.UpsertTypedSearchAttributes(ctx,
		AttributeOrder.ValueSet(plan.Number), AttributeState.ValueSet(string(plan.State)), AttributeHold.ValueSet(hold)); err != nil {
		s.log.Warn("search attributes not set", "error", err)
	}
	workflow.SetCurrentDetails(ctx, details(s.in, plan))
}

// details tells an operator in the UI where the sale stands. No personal data: invariant 10.
func details(in activities.SaleInput, plan activities.Plan) string {
	text := fmt.Sprintf("**Order %s** of %s is **%s**", plan.Number, in.Connection, plan.State)
	if plan.Gross != "" {
		text += ", gross " + plan.Gross
	}
	text += fmt.Sprintf(".\n\nRule: `%s`.", plan.Rule)
	switch {
	case plan.HoldCode != "":
		text += fmt.Sprintf("\n\nHeld: `%s`. %s\n\n`spacebridge explain %s` tells the whole story; signal `retry`, or `skip` with a reason.",
			plan.HoldCode, plan.HoldAdvice, plan.Number)
	case plan.Resolve:
		text += "\n\nThe outcome of the last step is not known; it is being looked up."
	case plan.Action != mapping.ActNone:
		text += "\n\nNext: " + strings.ReplaceAll(string(plan.Action), "_", " ") + "."
	}
	return text
}
