package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// ResendEffect claims an unknown effect for another attempt with the same request id, after it was looked up and found
// absent. It returns the effect as it was committed, in state sending. Whether the step is reversible, or was absent for
// long enough, is the caller's to judge.
//
// ErrNotLookedUp: nobody noted a lookup since the outcome became unknown (invariant 3). ErrLost: an attempt is on its
// way. ErrTransition: the effect is not unknown; a held one needs an operator's retry first.
//
// Invariant 2: the request may leave only after this has returned without error.
func (l *Ledger) ResendEffect(ctx context.Context, effectID int64, owner string, lease time.Duration) (Effect, error) {
	var sent effectRow
	if owner == "" || lease < time.Millisecond {
		return Effect{}, fmt.Errorf("send step %d again: %w", effectID, errors.New("an owner and a lease are needed"))
	}
	err := l.onEffect(ctx, effectID, func(tx *sqlx.Tx, row *effectRow) error {
		if row.live(l.now().UnixMilli()) {
			return fmt.Errorf("step %s of sale %s is being sent: %w", row.Step, row.SaleID, ErrLost)
		}
		if row.State == string(EffectSending) {
			if err := l.giveUpWaiting(ctx, tx, row, "lease ran out"); err != nil {
				return err
			}
		}
		if row.State != string(EffectUnknown) {
			return fmt.Errorf("step %s of sale %s is %s: %w", row.Step, row.SaleID, row.State, ErrTransition)
		}
		if row.Lookups == 0 {
			return fmt.Errorf("step %s of sale %s: %w", row.Step, row.SaleID, ErrNotLookedUp)
		}
		err := l.send(ctx, tx, row, owner, lease)
		sent = *row
		return err
	})
	if err != nil {
		return Effect{}, fmt.Errorf("send step %d again: %w", effectID, err)
	}
	return sent.effect(), nil
}

// NoteLookup writes down that the outcome of an unknown or held effect was looked for and what was seen. One whose lease
// ran out becomes unknown first. ErrLost: an attempt is on its way. ErrTransition: the outcome is known.
func (l *Ledger) NoteLookup(ctx context.Context, effectID int64, detail string) error {
	err := l.onEffect(ctx, effectID, func(tx *sqlx.Tx, row *effectRow) error {
		if err := l.takeOver(ctx, tx, row, ""); err != nil {
			return err
		}
		if row.State != string(EffectUnknown) && row.State != string(EffectHeld) {
			return fmt.Errorf("step %s of sale %s is %s: %w", row.Step, row.SaleID, row.State, ErrTransition)
		}
		row.Lookups++
		return l.remark(ctx, tx, row, logged{status: row.Status, detail: detail})
	})
	if err != nil {
		return fmt.Errorf("note lookup of step %d: %w", effectID, err)
	}
	return nil
}
