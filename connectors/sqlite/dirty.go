package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"spacebridge/mapping/trade"
)

// A sale is dirty while a change waits to be looked at. Each change raises dirty_seq; a decision clears the mark only
// if it was taken on the current number, so a change that arrives between looking and deciding is never lost.

// markDirty notes a change of an existing sale.
func markDirty(ctx context.Context, tx *sqlx.Tx, connection, saleID string, now int64) error {
	return markDirtySince(ctx, tx, connection, saleID, now, now)
}

// markDirtySince notes a change of an existing sale that has waited since a time. The oldest change that waits counts; one
// dated in the future, before the clock was set back, gives way.
func markDirtySince(ctx context.Context, tx *sqlx.Tx, connection, saleID string, since, now int64) error {
	done, err := tx.ExecContext(ctx,
		`UPDATE sales SET dirty_seq = dirty_seq + 1, dirty_since = min(coalesce(dirty_since, ?1), ?1), updated_at = ?2
		 WHERE connection = ?3 AND id = ?4`, since, now, connection, saleID)
	if err != nil {
		return fmt.Errorf("mark sale %s: %w", saleID, err)
	}
	if n, err := done.RowsAffected(); err != nil || n != 1 {
		return errors.Join(fmt.Errorf("mark sale %s of %s: %w", saleID, connection, ErrNoSale), err)
	}
	return nil
}

// MarkDirty makes the daemon look at a sale again. It returns ErrNoSale when there is none.
func (l *Ledger) MarkDirty(ctx context.Context, connection, saleID string) error {
	return l.write(ctx, "mark_dirty", func(tx *sqlx.Tx) error {
		return markDirty(ctx, tx, connection, saleID, l.now().UnixMilli())
	})
}

// DirtySales gives the ids of sales with a change that waits, or whose strays are due, the longest waiting first; limit 0
// gives all.
func (l *Ledger) DirtySales(ctx context.Context, connection string, limit int) ([]string, error) {
	if limit <= 0 {
		limit = -1
	}
	ids := []string{}
	err := l.reader.SelectContext(ctx, &ids,
		`SELECT id FROM (
		   SELECT id, dirty_since AS since FROM sales WHERE connection = ?1 AND dirty_since IS NOT NULL
		   UNION ALL
		   SELECT id, strays_due FROM sales WHERE connection = ?1 AND strays_due <= ?2 AND dirty_since IS NULL)
		 ORDER BY since, id LIMIT ?3`,
		connection, l.now().UnixMilli(), limit)
	if err != nil {
		return nil, fmt.Errorf("list dirty sales: %w", err)
	}
	return ids, nil
}

// ensureSale makes a waiting sale if there is none yet, and reports whether it did. What is known of the record of the
// same id is filled in, since that record may have come before anybody asked for a sale.
func ensureSale(ctx context.Context, tx *sqlx.Tx, connection, saleID string, now int64) (bool, error) {
	var exists bool
	err := tx.GetContext(ctx, &exists, `SELECT EXISTS (SELECT 1 FROM sales WHERE connection = ? AND id = ?)`, connection, saleID)
	if err != nil || exists {
		return false, wrap(err, "find sale "+saleID)
	}
	meaning, err := said(ctx, tx, connection)
	if err != nil {
		return false, err
	}
	kind := kindOf(saleID, meaning)
	done, err := tx.ExecContext(ctx,
		`INSERT INTO sales (connection, id, kind, state, updated_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (connection, id) DO NOTHING`,
		connection, saleID, string(kind), string(trade.StateWaiting), now)
	if err != nil {
		return false, fmt.Errorf("make sale %q: %w", saleID, err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	var own struct {
		Number  string        `db:"number"`
		Created sql.NullInt64 `db:"created_at"`
	}
	err = tx.GetContext(ctx, &own,
		`SELECT number, created_at FROM records WHERE connection = ? AND kind = ? AND record_id = ?`,
		connection, string(kind), saleID)
	if errors.Is(err, sql.ErrNoRows) {
		return true, nil
	}
	if err != nil {
		return true, fmt.Errorf("read record of sale %s: %w", saleID, err)
	}
	return true, describeSale(ctx, tx, connection, trade.Ref{Kind: kind, ID: saleID}, own.Number, own.Created)
}

// describeSale fills in what a record says about the sale that is made of it; there need not be one. An invoice does not tell
// its creation, so a sale made of one stands in lists where the invoice appeared.
func describeSale(
	ctx context.Context, tx *sqlx.Tx, connection string, record trade.Ref, number string, created sql.NullInt64,
) error {
	_, err := tx.ExecContext(ctx,
		`UPDATE sales SET number = CASE WHEN ?1 <> '' THEN ?1 ELSE number END,
		   created_at = coalesce(CASE kind WHEN 'invoice' THEN (SELECT r.appeared_at FROM records r
		     WHERE r.connection = ?3 AND r.kind = ?4 AND r.record_id = ?5) ELSE ?2 END, created_at)
		 WHERE connection = ?3 AND kind = ?4 AND id = ?5`,
		number, created, connection, string(record.Kind), record.ID)
	if err != nil {
		return fmt.Errorf("describe sale %s: %w", record.ID, err)
	}
	return nil
}
