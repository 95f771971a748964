package workflows

import (
	"errors"
	"fmt"
	"strings"
	"time"

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

// wordKinds are the signals by which operators speak, in the order they are heard.
var wordKinds = []string{SignalRetry, SignalSkip, SignalIssue}

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
	err := SyncSaleOn(newDurable(ctx), in)
	if errors.Is(err, ErrAnew) {
		return workflow.NewContinueAsNewError(ctx, SyncSale, in)
	}
	return err
}

// ErrAnew is how a loop asks to be started again with the same input, because its history has grown long.
var ErrAnew = errors.New("begin anew with the same input")

// SyncSaleOn is the loop of SyncSale on any Engine.
func SyncSaleOn(e Engine, in activities.SaleInput) error {
	s := &saleSync{Engine: e, in: in}
	for {
		if err := s.drain(); err != nil {
			return err
		}
		plan, err := s.plan()
		if err != nil {
			return err
		}
		s.show(plan)
		if plan.Settled {
			if plan.State != trade.StateHeld && !s.Heard() {
				return nil
			}
			s.Listen(0, "")
		} else if err := s.advance(plan); err != nil {
			return err
		}
		if err := s.Ended(); err != nil {
			return err
		}
		if s.spins > maxSpins {
			s.Listen(min(5*time.Second<<min(s.spins-maxSpins, 6), 5*time.Minute), "going in circles; slowing down")
		}
		if s.LongHistory() {
			if err := s.drain(); err != nil {
				return err
			}
			return ErrAnew
		}
	}
}

// maxSpins is how many rounds without a step done are still progress: read the order, read the customer, plan, look up.
const maxSpins = 8

// saleSync is the state of one run of SyncSale.
type saleSync struct {
	Engine

	in       activities.SaleInput
	failures int // steps in a row that did not come off
	spins    int // rounds in a row that changed nothing
	filed    string
	told     string
}

// drain takes every signal that waits and commits what operators said.
func (s *saleSync) drain() error {
	s.News() // a step that does not come off goes on waiting longer each time, whatever the news
	for _, kind := range wordKinds {
		for {
			word, ok := s.Word(kind)
			if !ok {
				break
			}
			if kind == SignalSkip && strings.TrimSpace(word.Reason) == "" {
				s.Log().Warn("skip without a reason is ignored: signal again with {\"reason\": \"...\"}")
				continue
			}
			by := word.By
			if by == "" {
				by = "temporal"
			}
			command := activities.CommandInput{Connection: s.in.Connection, SaleID: s.in.SaleID, Kind: kind, Reason: word.Reason, By: by}
			if err := s.Call(CallLedger, "write down: "+kind, act.RecordCommand, command, nil); err != nil {
				return err
			}
			s.failures = 0
		}
	}
	return nil
}

func (s *saleSync) plan() (activities.Plan, error) {
	s.spins++
	var plan activities.Plan
	err := s.Call(CallLedger, "", act.PlanSale, s.in, &plan)
	return plan, err
}

// advance does the one thing that the plan asks for.
func (s *saleSync) advance(plan activities.Plan) error {
	switch {
	case plan.Resolve:
		return s.resolve(plan)
	case plan.Action == mapping.ActRead:
		for _, record := range plan.Read {
			if err := s.read(record.Kind, record.ID); err != nil {
				return err
			}
		}
		return nil
	default:
		return s.apply(plan)
	}
}

// read gets one record afresh. A refusal is not the sale's fault: it waits and asks again.
func (s *saleSync) read(kind trade.Kind, id string) error {
	in := activities.ReadRecordInput{Connection: s.in.Connection, Kind: kind, ID: id}
	if err := s.Call(CallRead, "read "+string(kind)+" "+id, act.ReadRecord, in, nil); err != nil {
		if s.Ended() != nil {
			return err
		}
		s.failures++
		s.Listen(s.backoff(), "Orderspace refuses to answer; trying again")
		return nil
	}
	s.failures = 0
	return nil
}

// apply makes one step and waits as its outcome demands.
func (s *saleSync) apply(plan activities.Plan) error {
	in := activities.StepInput{Connection: s.in.Connection, SaleID: s.in.SaleID, Step: plan.Action}
	var result activities.StepResult
	err := s.Call(CallStep, strings.ReplaceAll(string(plan.Action), "_", " ")+" of "+strings.ToLower(noun(plan))+" "+plan.Number, act.ApplyStep, in, &result)
	if err != nil {
		if s.Ended() != nil {
			return err
		}
		// The worker died or the ledger failed in the middle: the effect, if there is one, is looked up by the next plan.
		if s.failures++; s.failures > 1 {
			s.Listen(s.backoff(), "steps are interrupted again and again; slowing down")
		}
		return nil
	}
	switch result.Outcome {
	case activities.StepNotSent:
		s.failures++
		s.Listen(max(result.RetryAfter, s.backoff()), "not sent: "+result.Code)
	case activities.StepBlocked:
		// Thousands of sales may be turned away at once. The relay wakes them when the connection may write again.
		s.failures++
		s.Listen(min(5*time.Second<<min(s.failures, 10), time.Hour), "may not write: "+result.Code)
	case activities.StepDone:
		s.failures, s.spins = 0, 0
	default:
		s.failures = 0
	}
	return nil
}

// resolve looks up a step without an outcome, on a widening schedule.
func (s *saleSync) resolve(plan activities.Plan) error {
	var result activities.ResolveResult
	err := s.Call(CallRead, "look up what became of "+strings.ToLower(noun(plan))+" "+plan.Number, act.ResolveEffect, s.in, &result)
	if err != nil {
		return err
	}
	if result.Outcome == activities.ResolveWait {
		// Not Listen: no signal makes the truth known sooner.
		return s.Sleep(result.Wait, "settling "+result.Step)
	}
	return nil
}

// backoff grows from 5 seconds to 5 minutes with every failure in a row.
func (s *saleSync) backoff() time.Duration {
	return min(5*time.Second<<min(s.failures, 6), 5*time.Minute)
}

// show keeps the search attributes and the details in the UI in step with the plan.
func (s *saleSync) show(plan activities.Plan) {
	hold := plan.HoldCode
	if hold == "" {
		hold = "none"
	}
	if filed := fmt.Sprint(plan.Number, plan.State, hold, plan.Action, plan.Rule, plan.Resolve); filed != s.filed {
		s.filed = filed
		s.File(plan.Number, string(plan.State), hold)
	}
	if told := details(s.in, plan); told != s.told {
		s.told = told // the numbers of a hold may change while the hold stays
		s.Tell(told)
	}
}

// noun is what the sale is made of, as a sentence begins with it.
func noun(plan activities.Plan) string {
	if plan.Kind == trade.KindInvoice {
		return "Invoice"
	}
	return "Order"
}

// details tells an operator in the UI where the sale stands. No personal data: invariant 10.
func details(in activities.SaleInput, plan activities.Plan) string {
	text := fmt.Sprintf("**%s %s** of %s is **%s**", noun(plan), plan.Number, in.Connection, plan.State)
	if plan.Gross != "" {
		text += ", gross " + plan.Gross
	}
	text += fmt.Sprintf(".\n\nRule: `%s`.", plan.Rule)
	switch {
	case plan.HoldCode != "":
		text += fmt.Sprintf("\n\nHeld, `%s`: %s.\n\n%s", plan.HoldCode, plan.HoldReason, plan.HoldAdvice)
		if plan.HoldDetail != "" {
			text += "\n\n```\n" + plan.HoldDetail + "```"
		}
		text += fmt.Sprintf("\n\n`spacebridge explain %s` tells the whole story; signal `retry`, or `skip` with a reason.", plan.Number)
	case plan.Resolve:
		text += "\n\nThe outcome of the last step is not known; it is being looked up."
	case plan.Action != mapping.ActNone:
		text += "\n\nNext: " + strings.ReplaceAll(string(plan.Action), "_", " ") + "."
	}
	return text
}
