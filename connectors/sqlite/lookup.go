package sqlite

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"
)

// NoteLookup writes down that the outcome of an unknown or held effect was looked for and what was seen. attempts are those
// of the effect as it was looked at. One whose lease ran out becomes unknown first.
//
// ErrLost: an attempt is on its way, or the effect was sent again since it was looked at. ErrTransition: the outcome is
// known.
//
// Invariant 3: what was seen of one attempt says nothing about the next.
func (l *Ledger) NoteLookup(ctx context.Context, effectID int64, attempts int, detail string) error {
	err := l.onEffect(ctx, "note_lookup", effectID, func(tx *sqlx.Tx, row *effectRow) error {
		if err := row.isAttempt(attempts); err != nil {
			return err
		}
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
