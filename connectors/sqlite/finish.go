package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/jmoiron/sqlx"

	"spacebridge/mapping/trade"
)

// Outcome is what became of a step.
type Outcome struct {
	State           EffectState // done, rejected, unknown, held, or planned: surely without effect, may be claimed again
	Status          int         // HTTP status, 0 without one
	Detail          string      // codes and numbers only, never personal data
	BooksOrderID    string      // "" keeps what the sale has
	BooksDocumentID string      // "" keeps what the sale has
	BooksStatus     trade.BooksStatus
	SetPrints       bool      // with done: the books now say what the claim's prints say; empty ones keep the old
	SetIssued       bool      // with done: the sale's document was made of what the claim's prints say; empty ones keep the old
	ForgetPrints    bool      // with done: the books have gone their own way, and what they say is not known
	Attempts        int       // of the effect as it was looked at; 0: not checked
	StraysDue       time.Time // with planned: by when what was given up may have landed all the same; zero: keeps the sale's
}

// finishTime bounds the writing of an outcome.
const finishTime = 30 * time.Second

// FinishEffect closes an attempt in one transaction: the effect, the effect log, the sale's place in the books, its dirty
// mark. The caller must be the owner of the claim, unless the outcome is unknown by now (or its lease ran out, which is
// the same): then it is whoever looked it up. Repeating the same outcome is no error.
//
// ErrLost: somebody else's attempt is on its way, or the effect was sent again since it was looked at (Attempts).
// ErrTransition: the effect is closed with another outcome.
// ErrNotLookedUp: an unknown outcome was declared void by somebody who neither sent the request nor noted a lookup.
// ErrTaken: the order or document belongs to another sale; the effect stays as it was.
// ErrSameDocument: a reissue is said to be done without a document that the sale never had; the effect stays as it was.
//
// An outcome that is known is written even when ctx has ended meanwhile: a request that was answered must not become
// one of unknown outcome because the process is about to stop.
func (l *Ledger) FinishEffect(ctx context.Context, effectID int64, owner string, o Outcome) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	var closed attempt
	err := l.onEffect(ctx, "finish_effect", effectID, func(tx *sqlx.Tx, row *effectRow) error {
		closed = row.attempt()
		if o.Attempts != 0 {
			if err := row.isAttempt(o.Attempts); err != nil {
				return err
			}
		}
		if row.repeats(owner, o) {
			return nil
		}
		if err := l.takeOver(ctx, tx, row, owner); err != nil {
			return err
		}
		if err := row.mayVoid(owner, o); err != nil {
			return err
		}
		return l.finish(ctx, tx, row, owner, o)
	})
	if err != nil {
		return fmt.Errorf("finish step %d as %s: %w", effectID, o.State, err)
	}
	if o.State != EffectUnknown && o.State != EffectHeld {
		l.leases.over(closed)
	}
	return nil
}

// onEffect runs a transaction on one effect. What it finds out about a lease is committed even if it ends in a refusal.
func (l *Ledger) onEffect(ctx context.Context, name string, id int64, do func(tx *sqlx.Tx, row *effectRow) error) error {
	var refusal error
	err := l.write(ctx, name, func(tx *sqlx.Tx) error {
		row, found, err := findEffect(ctx, tx, effectByID, id)
		if err != nil {
			return err
		}
		if !found {
			return ErrNoEffect
		}
		err = do(tx, &row)
		if errors.Is(err, ErrNotLookedUp) {
			refusal, err = err, nil
		}
		return err
	})
	return errors.Join(err, refusal)
}

// isAttempt checks that the effect was not sent again since it was looked at.
func (r *effectRow) isAttempt(attempts int) error {
	if attempts == r.Attempts {
		return nil
	}
	return fmt.Errorf("step %s of sale %s: attempt %d instead of %d: %w", r.Step, r.SaleID, r.Attempts, attempts, ErrLost)
}

// repeats reports whether this very outcome was written before, by a call whose answer got lost. What is held is held,
// whoever says so again.
func (r *effectRow) repeats(owner string, o Outcome) bool {
	return r.State == string(o.State) && (r.LeaseOwner == owner || r.State == string(EffectHeld)) &&
		r.State != string(EffectSending) && r.State != string(EffectUnknown) &&
		(o.BooksOrderID == "" || o.BooksOrderID == r.BooksOrderID) &&
		(o.BooksDocumentID == "" || o.BooksDocumentID == r.BooksDocumentID)
}

// takeOver checks that the caller may speak for the effect. One that another owner is still sending after its lease ran
// out becomes unknown first.
func (l *Ledger) takeOver(ctx context.Context, tx *sqlx.Tx, row *effectRow, owner string) error {
	if row.State != string(EffectSending) || row.LeaseOwner == owner {
		return nil
	}
	if l.live(row) {
		return fmt.Errorf("step %s of sale %s is being sent by another: %w", row.Step, row.SaleID, ErrLost)
	}
	return l.giveUpWaiting(ctx, tx, row, "lease ran out")
}

// mayVoid checks a claim that an unknown step had no effect, which makes it free to be sent again.
//
// Invariant 3: never repeated before it was looked up. Only the sender itself can know without looking.
func (r *effectRow) mayVoid(owner string, o Outcome) error {
	if r.State != string(EffectUnknown) || o.State != EffectPlanned || r.Lookups > 0 || r.LeaseOwner == owner {
		return nil
	}
	return fmt.Errorf("step %s of sale %s: %w", r.Step, r.SaleID, ErrNotLookedUp)
}

func (l *Ledger) finish(ctx context.Context, tx *sqlx.Tx, row *effectRow, owner string, o Outcome) error {
	if o.State == EffectSending {
		return fmt.Errorf("sending is no outcome: %w", ErrTransition)
	}
	if row.State == string(EffectHeld) {
		return fmt.Errorf("step %s of sale %s is held and needs an operator's retry: %w", row.Step, row.SaleID, ErrTransition)
	}
	note := logged{owner: owner, status: o.Status, detail: o.Detail}
	if row.State == string(o.State) && o.State == EffectUnknown {
		return l.remark(ctx, tx, row, note)
	}
	err := l.transition(ctx, tx, row, o.State, note, func(r *effectRow) {
		r.LeaseUntil = sql.NullInt64{}
		if o.State != EffectUnknown && o.State != EffectHeld {
			r.LeaseOwner = owner // while it is open the sender stays its owner, who alone may void it unseen
		}
		if o.State == EffectUnknown {
			r.becomeUnknown(l.now().UnixMilli())
		}
		r.note(o)
		if o.BooksOrderID != "" {
			r.BooksOrderID = o.BooksOrderID
		}
		if o.BooksDocumentID != "" {
			r.BooksDocumentID = o.BooksDocumentID
		}
	})
	if err != nil {
		return err
	}
	return l.settle(ctx, tx, row, o)
}

// note takes over what is told of the outcome. The status of an answer stays with a step until it is sent again, since
// claim must know that the vendor may have kept that answer for the request id; what a look-up was answered is no answer to
// the step.
func (r *effectRow) note(o Outcome) {
	r.Detail = o.Detail
	switch o.State {
	case EffectDone, EffectRejected:
		r.Status = o.Status
	case EffectUnknown, EffectPlanned:
		r.answered(o.Status)
	case EffectHeld, EffectSending: // by a look-up, and no outcome
	}
}

// answered notes the status of an answer to a step whose outcome is open, 0 for none. An error stays until the step is sent
// again, whatever is told after it: the vendor may repeat it for the same request id.
func (r *effectRow) answered(status int) {
	if status != 0 && (status >= http.StatusBadRequest || r.Status < http.StatusBadRequest) {
		r.Status = status
	}
}

// remark brings status and detail of an effect up to date without changing its state.
func (l *Ledger) remark(ctx context.Context, tx *sqlx.Tx, row *effectRow, note logged) error {
	row.Detail = note.detail
	row.answered(note.status)
	if err := l.update(ctx, tx, row, row.State); err != nil {
		return err
	}
	return l.logEffect(ctx, tx, row, row.State, note)
}
