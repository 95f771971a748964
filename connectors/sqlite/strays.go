package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// A create whose reply never came, and that was given up after nothing was found, can still land later. The sale then has
// a second pending order in the books. strays_due says by when that has happened if it ever does, so that somebody looks.

// setStrays notes when to look. The latest step given up decides: what was given up before it has landed by then, too,
// and a clock that was set back cannot leave a date that lies far ahead.
func setStrays(ctx context.Context, tx *sqlx.Tx, connection, saleID string, due time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE sales SET strays_due = ? WHERE connection = ? AND id = ?`,
		ceilMillis(due), connection, saleID)
	if err != nil {
		return fmt.Errorf("note when strays are due: %w", err)
	}
	return nil
}

// ClearStrays notes that the books were looked at after due, which was the sale's StraysDue before the look. If another
// step was given up meanwhile, its date stays. A sale without strays is no error.
func (l *Ledger) ClearStrays(ctx context.Context, connection, saleID string, due time.Time) error {
	err := l.write(ctx, "clear_strays", func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx,
			`UPDATE sales SET strays_due = NULL WHERE connection = ? AND id = ? AND strays_due = ?`,
			connection, saleID, ceilMillis(due))
		return err
	})
	if err != nil {
		return fmt.Errorf("clear strays of sale %s: %w", saleID, err)
	}
	return nil
}

// NoteStrays has the books looked at for strays of a sale once due has come.
func (l *Ledger) NoteStrays(ctx context.Context, connection, saleID string, due time.Time) error {
	err := l.write(ctx, "note_strays", func(tx *sqlx.Tx) error {
		return setStrays(ctx, tx, connection, saleID, due)
	})
	if err != nil {
		return fmt.Errorf("note strays of sale %s: %w", saleID, err)
	}
	return nil
}
