package activities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"spacebridge/connectors/rest"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

// step is one kind of change to the books. Every step of every sale goes through ApplyStep and this table.
type step struct {
	// irreversible steps issue documents; without an outcome they are looked up for the whole settle window.
	irreversible bool
	// send makes the one attempt at what was claimed.
	send func(ctx context.Context, b Books, e sqlite.Effect, sale trade.Sale) (trade.BooksOrder, error)
	// took reports whether an order, as read from the books, shows that the step has happened.
	took func(e sqlite.Effect, order trade.BooksOrder) bool
}

var steps = map[mapping.Action]step{
	mapping.ActCreate: {
		send: func(ctx context.Context, b Books, e sqlite.Effect, sale trade.Sale) (trade.BooksOrder, error) {
			return b.Create(ctx, e.RequestID, sale)
		},
		took: func(_ sqlite.Effect, o trade.BooksOrder) bool { return o.ID != "" },
	},
	mapping.ActUpdate: {
		send: func(ctx context.Context, b Books, e sqlite.Effect, sale trade.Sale) (trade.BooksOrder, error) {
			return b.Update(ctx, e.RequestID, e.BooksOrderID, sale)
		},
		took: func(sqlite.Effect, trade.BooksOrder) bool { return false }, // cannot be seen, may be repeated
	},
	mapping.ActAnnotate: {
		send: func(ctx context.Context, b Books, e sqlite.Effect, sale trade.Sale) (trade.BooksOrder, error) {
			return b.Annotate(ctx, e.RequestID, e.BooksOrderID, sale)
		},
		took: func(sqlite.Effect, trade.BooksOrder) bool { return false },
	},
	mapping.ActSetPayment: {
		send: func(ctx context.Context, b Books, e sqlite.Effect, sale trade.Sale) (trade.BooksOrder, error) {
			return b.SetPayment(ctx, e.RequestID, e.BooksOrderID, sale.PaymentStatus)
		},
		took: func(sqlite.Effect, trade.BooksOrder) bool { return false },
	},
	mapping.ActIssue: {
		irreversible: true,
		send: func(ctx context.Context, b Books, e sqlite.Effect, _ trade.Sale) (trade.BooksOrder, error) {
			return b.Issue(ctx, e.RequestID, e.BooksOrderID)
		},
		took: func(_ sqlite.Effect, o trade.BooksOrder) bool {
			return o.Status == trade.BooksInvoiced && o.DocumentID != ""
		},
	},
	mapping.ActReissue: {
		irreversible: true,
		send: func(ctx context.Context, b Books, e sqlite.Effect, _ trade.Sale) (trade.BooksOrder, error) {
			return b.Reissue(ctx, e.RequestID, e.BooksOrderID, e.Replaces)
		},
		took: func(e sqlite.Effect, o trade.BooksOrder) bool {
			return o.Status == trade.BooksInvoiced && o.DocumentID != "" && o.DocumentID != e.Replaces
		},
	},
	mapping.ActCancel: {
		send: func(ctx context.Context, b Books, e sqlite.Effect, _ trade.Sale) (trade.BooksOrder, error) {
			return b.Cancel(ctx, e.RequestID, e.BooksOrderID)
		},
		took: func(_ sqlite.Effect, o trade.BooksOrder) bool { return o.Status == trade.BooksCancelled },
	},
	stepRemoveStray: {
		took: func(_ sqlite.Effect, o trade.BooksOrder) bool { return o.Deleted },
	},
}

// StepOutcome says how an attempt at a step ended.
type StepOutcome string

// Outcomes of a step.
const (
	StepDone     StepOutcome = "done"
	StepRejected StepOutcome = "rejected" // a definite no; the next plan holds the sale
	StepUnknown  StepOutcome = "unknown"  // must be looked up
	StepNotSent  StepOutcome = "not_sent" // the books have not seen it; try again later
	StepBlocked  StepOutcome = "blocked"  // the connection may not write now
	StepReplan   StepOutcome = "replan"   // the sale has changed; plan again
)

// StepInput asks for one step of a sale.
type StepInput struct {
	Connection string
	SaleID     string
	Step       mapping.Action
}

// StepResult says how it ended.
type StepResult struct {
	Outcome    StepOutcome
	Code       string        // problem or class of failure
	RetryAfter time.Duration // 0: the workflow's own backoff
}

// ApplyStep makes one change to the books: it decides afresh from the ledger, claims the effect, sends one request and
// commits what came of it.
//
// Idempotency: the effect's unique key; a second run finds the effect claimed, done or without outcome and sends nothing.
// Errors: only the ledger's. Run with MaximumAttempts=1: after an error the effect has no outcome and is looked up.
func (a *Activities) ApplyStep(ctx context.Context, in StepInput) (StepResult, error) {
	c, err := a.connection(in.Connection)
	if err != nil {
		return StepResult{}, err
	}
	open, problem, err := a.writable(ctx, c)
	if err != nil {
		return StepResult{}, err
	}
	if !open {
		return StepResult{Outcome: StepBlocked, Code: problem}, nil
	}
	r, err := a.facts(ctx, c, in.SaleID)
	if err != nil {
		return StepResult{}, err
	}
	decision := decide(c, r)
	if in.Step == stepLookForStrays && decision.Action == mapping.ActNone && a.straysDue(c, r) {
		return a.lookForStrays(ctx, c, r)
	}
	if decision.Action != in.Step {
		return StepResult{Outcome: StepReplan}, nil
	}
	result, err := a.attempt(ctx, c, r, decision)
	if err == nil {
		a.metrics.step(c.Name, string(in.Step), string(result.Outcome))
		a.metrics.booked(c.Name, result.Outcome, r.sale.DirtySince, a.now())
	}
	return result, err
}

// claimed is the order of the books that a step changes, "" for the one that makes it.
func (r reading) claimed(action mapping.Action) string {
	if action == mapping.ActCreate {
		return "" // there may be one that was cancelled, and it stays as it is
	}
	return r.facts.Books.OrderID
}

// LookTimeout bounds the reads before a step, so that they, the claim, the write and its outcome fit into the activity.
const LookTimeout = 25 * time.Second

// attempt runs one step that was just decided on.
func (a *Activities) attempt(ctx context.Context, c *Connection, r reading, d mapping.Decision) (StepResult, error) {
	sale := trade.Sale{}
	if d.Sale != nil {
		sale = *d.Sale
	}
	looking, cancel := context.WithTimeout(ctx, LookTimeout)
	defer cancel()
	seen, err := a.lookBefore(looking, c, r, d)
	switch class := rest.ClassOf(err); {
	case class == rest.Rejected:
		seen = sight{refusal: "look_refused: " + detailOf(err)} // asking again would be refused again
	case class == rest.Unauthorized && statusOf(err) != http.StatusForbidden:
		return StepResult{Outcome: StepBlocked, Code: ProblemBooksCredentials}, a.shut(ctx, c)
	case class == rest.Unauthorized:
		seen = sight{refusal: "look_forbidden: " + detailOf(err)}
	case err != nil:
		c.suspect(class)
		return StepResult{Outcome: StepNotSent, Code: string(class), RetryAfter: retryAfter(err)}, nil
	case seen.again:
		return StepResult{Outcome: StepReplan}, nil
	case seen.wait != "":
		return StepResult{Outcome: StepNotSent, Code: seen.wait}, nil
	}
	spec := steps[d.Action]
	// Invariant 2: the effect is committed as sending before the request leaves.
	effect, err := a.ledger.ClaimEffect(ctx, sqlite.Claim{
		Connection: c.Name, SaleID: r.facts.SaleID, Step: string(d.Action), BodyHash: bodyHash(d),
		Owner: a.attemptOwner(), Lease: a.timing.Lease, Scope: c.BooksScope, Prints: d.Prints,
		BooksOrderID: r.claimed(d.Action), BooksDocumentID: r.facts.Books.DocumentID,
		DirtySeq: r.sale.DirtySeq, // what was decided on is what is sent, or nothing is
	})
	switch {
	case errors.Is(err, sqlite.ErrUnresolved):
		return StepResult{Outcome: StepUnknown}, nil
	case errors.Is(err, sqlite.ErrBusy):
		return StepResult{Outcome: StepNotSent, Code: "busy", RetryAfter: a.timing.Lease}, nil
	case errors.Is(err, sqlite.ErrChanged), errors.Is(err, sqlite.ErrTaken), errors.Is(err, sqlite.ErrIssued), errors.Is(err, sqlite.ErrMeaning):
		return StepResult{Outcome: StepReplan}, nil // the sale has moved on while we looked
	case err != nil:
		return StepResult{}, err
	}
	if seen.refusal != "" {
		return a.finish(ctx, c, effect, sqlite.Outcome{State: sqlite.EffectRejected, Detail: seen.refusal})
	}
	if seen.order != nil { // the books have it already: adopt, send nothing
		out := adopted(*seen.order)
		// What an order says that we did not just send is not known: it is written again before it is issued.
		out.SetPrints = spec.irreversible
		out.SetIssued, out.ForgetPrints = out.SetPrints, !out.SetPrints
		return a.finish(ctx, c, effect, out)
	}
	order, err := spec.send(ctx, c.Books, effect, sale)
	result, finishErr := a.finish(ctx, c, effect, a.outcome(ctx, c, spec, effect, order, err))
	switch class := rest.ClassOf(err); class {
	case rest.Unauthorized:
		if statusOf(err) != http.StatusForbidden && finishErr == nil {
			result.Outcome, result.Code = StepBlocked, ProblemBooksCredentials
			finishErr = a.shut(ctx, c)
		}
	case rest.NotSent, rest.RateLimited:
		result.Code, result.RetryAfter = string(class), retryAfter(err)
	default: // the outcome says it all
	}
	return result, finishErr
}

// outcome classifies what one attempt brought.
func (a *Activities) outcome(ctx context.Context, c *Connection, spec step, effect sqlite.Effect, order trade.BooksOrder, err error) sqlite.Outcome {
	class := rest.ClassOf(err)
	if class == "" {
		if spec.irreversible && !spec.took(effect, order) {
			return sqlite.Outcome{State: sqlite.EffectUnknown, Detail: "the reply shows no invoice"}
		}
		out := adopted(order)
		// Content that lands on an order which has got another invoice meanwhile does not change that invoice.
		out.SetPrints = effect.Step != string(mapping.ActUpdate) || order.DocumentID == effect.Replaces
		out.ForgetPrints = !out.SetPrints
		// An invoice that was found is compared before it is annotated with all that the sale says.
		out.SetIssued = spec.irreversible || effect.Step == string(mapping.ActAnnotate) && effect.Prints.Money != ""
		return out
	}
	c.suspect(class)
	out := sqlite.Outcome{State: stateAfter(class, statusOf(err)), Detail: detailOf(err), Status: statusOf(err)}
	if out.State != sqlite.EffectRejected {
		return out
	}
	return a.lookAfter(ctx, c, effect, out)
}

// lookAfter looks before a refusal is believed: it can mean that the step has already happened, by an earlier attempt, by a
// request that came late, or by hand. While nobody answers the refusal is no outcome.
func (a *Activities) lookAfter(ctx context.Context, c *Connection, effect sqlite.Effect, refusal sqlite.Outcome) sqlite.Outcome {
	look, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.timing.Lease/4)
	defer cancel()
	order, verdict, err := a.lookAt(look, c, effect)
	switch {
	case err != nil:
		refusal.State = sqlite.EffectUnknown
	case verdict != nil && verdict.State == sqlite.EffectDone:
		return *verdict
	case verdict == nil && steps[mapping.Action(effect.Step)].took(effect, order):
		return *settledBy(effect, order)
	}
	return refusal
}

// stateAfter is what is known of a step whose request failed in this way.
//
// Invariant 3: only a definite answer, or the certainty that nothing was processed, is more than unknown.
func stateAfter(class rest.Class, status int) sqlite.EffectState {
	if status == http.StatusForbidden {
		return sqlite.EffectRejected // the key is good and may not do this: a person must look
	}
	switch class {
	case rest.NotSent, rest.RateLimited, rest.Unauthorized:
		return sqlite.EffectPlanned
	case rest.Rejected, rest.NotFound:
		return sqlite.EffectRejected
	default:
		return sqlite.EffectUnknown
	}
}

// attemptOwner names one attempt, so that an attempt that outlived its time cannot speak for the one after it.
func (a *Activities) attemptOwner() string {
	return a.owner + "/" + strconv.FormatInt(a.attempts.Add(1), 10)
}

// finish commits an outcome and gives the workflow its result.
func (a *Activities) finish(ctx context.Context, c *Connection, effect sqlite.Effect, out sqlite.Outcome) (StepResult, error) {
	err := a.ledger.FinishEffect(ctx, effect.ID, effect.LeaseOwner, out)
	if errors.Is(err, sqlite.ErrSameDocument) { // an answer from before says nothing of this step
		out = sqlite.Outcome{State: sqlite.EffectUnknown, Detail: "the reply shows an older invoice"}
		err = a.ledger.FinishEffect(ctx, effect.ID, effect.LeaseOwner, out)
	}
	if err != nil {
		return StepResult{}, err
	}
	result := StepResult{}
	switch out.State {
	case sqlite.EffectDone:
		result.Outcome = StepDone
		a.log.InfoContext(ctx, "step done", "connection", c.Name, "sale", effect.SaleID, "step", effect.Step, "books_document", out.BooksDocumentID)
	case sqlite.EffectPlanned:
		result.Outcome = StepNotSent
	case sqlite.EffectUnknown:
		result.Outcome = StepUnknown
	default:
		result.Outcome = StepRejected
	}
	return result, nil
}

// adopted is the outcome of a step that the books show as done.
func adopted(order trade.BooksOrder) sqlite.Outcome {
	return sqlite.Outcome{
		State: sqlite.EffectDone, SetPrints: true,
		BooksOrderID: order.ID, BooksDocumentID: order.DocumentID, BooksStatus: order.Status,
	}
}

// bodyHash identifies what would be sent, so that a changed body is never sent under an old request id.
func bodyHash(d mapping.Decision) string {
	sum := sha256.Sum256([]byte(string(d.Action) + "|" + d.Prints.Money + "|" + d.Prints.Identity + "|" + d.Prints.Quiet + "|" + d.Prints.Payment))
	return hex.EncodeToString(sum[:])
}

func retryAfter(err error) time.Duration {
	if failure, ok := errors.AsType[*rest.Error](err); ok {
		return failure.RetryAfter
	}
	return 0
}

func statusOf(err error) int {
	if failure, ok := errors.AsType[*rest.Error](err); ok {
		return failure.Status
	}
	return 0
}

// detailOf keeps the vendor's code and paths for the operator. Its free text may quote the customer and is left out.
func detailOf(err error) string {
	failure, ok := errors.AsType[*rest.Error](err)
	if !ok {
		return string(rest.Unknown)
	}
	parts := []string{summary(failure)}
	for _, issue := range failure.Issues {
		parts = append(parts, issue.Path)
	}
	return strings.Join(parts, "; ")
}
