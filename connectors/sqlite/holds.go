package sqlite

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"spacebridge/mapping/trade"
)

// holdOf gives the open hold of a sale as read, nil for none.
func holdOf(row saleRow) *trade.Hold { return row.sale().Hold }

// applyHold brings the hold history of a sale in line with a decision. A hold of the same code stays open from when it
// was opened, with its texts brought up to date; one of another code is closed and a new one opened.
func applyHold(ctx context.Context, tx *sqlx.Tx, row saleRow, want *trade.Hold, now int64) error {
	have := holdOf(row)
	switch {
	case have == nil && want == nil, have != nil && want != nil && *have == *want:
		return nil
	case have != nil && want != nil && have.Code == want.Code:
		return rewordHold(ctx, tx, row, want)
	case have != nil:
		if err := closeHold(ctx, tx, row, now); err != nil {
			return err
		}
	}
	if want == nil {
		return nil
	}
	_, err := tx.ExecContext(ctx,
		`INSERT INTO holds (connection, sale_id, code, reason, advice, detail, opened_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		row.Connection, row.ID, want.Code, want.Reason, want.Advice, want.Detail, now)
	if err != nil {
		return fmt.Errorf("open hold: %w", err)
	}
	return nil
}

func rewordHold(ctx context.Context, tx *sqlx.Tx, row saleRow, want *trade.Hold) error {
	_, err := tx.ExecContext(ctx,
		`UPDATE holds SET reason = ?, advice = ?, detail = ? WHERE connection = ? AND sale_id = ? AND closed_at IS NULL`,
		want.Reason, want.Advice, want.Detail, row.Connection, row.ID)
	if err != nil {
		return fmt.Errorf("reword hold: %w", err)
	}
	return nil
}

func closeHold(ctx context.Context, tx *sqlx.Tx, row saleRow, now int64) error {
	_, err := tx.ExecContext(ctx,
		`UPDATE holds SET closed_at = ? WHERE connection = ? AND sale_id = ? AND closed_at IS NULL`,
		now, row.Connection, row.ID)
	if err != nil {
		return fmt.Errorf("close hold: %w", err)
	}
	return nil
}
