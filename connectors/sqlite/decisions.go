package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// Decided is a decision on a sale as it is written down.
type Decided struct {
	Connection   string
	SaleID       string
	DirtySeq     int64 // of the sale as it was read before deciding
	Settled      bool  // nothing is left to do; the sale stays dirty all the same if it changed since DirtySeq
	State        trade.State
	Rule         string
	Reason       string
	Hold         *trade.Hold // reasons hold numbers and codes, never personal data
	Number       string      // "" keeps what is known
	Currency     string      // "" keeps what is known
	Digits       int
	Gross        money.Amount
	HasGross     bool   // false: there is no gross to show
	SnapshotHash string // of the record that was decided on
}

// RecordDecision writes a decision in one transaction: the sale, its hold, and a journal entry if the rule, the state,
// the hold or the record differ from the sale's last entry. It returns ErrNoSale when there is no such sale.
func (l *Ledger) RecordDecision(ctx context.Context, d Decided) error {
	if d.Hold != nil {
		d.Hold = &trade.Hold{
			Code: d.Hold.Code, Reason: clip(d.Hold.Reason), Advice: clip(d.Hold.Advice), Detail: clipLines(d.Hold.Detail),
		}
	}
	now := l.now().UnixMilli()
	err := l.write(ctx, "record_decision", func(tx *sqlx.Tx) error {
		row, err := findSale(ctx, tx, d.Connection, d.SaleID)
		if err != nil {
			return err
		}
		if err := updateDecided(ctx, tx, d, now); err != nil {
			return err
		}
		if err := applyHold(ctx, tx, row, d.Hold, now); err != nil {
			return err
		}
		return journalDecision(ctx, tx, d, now)
	})
	if err != nil {
		return fmt.Errorf("record decision on sale %s of %s: %w", d.SaleID, d.Connection, err)
	}
	return nil
}

// updateDecided writes the sale's row. A decision on the current number settles the sale or leaves it dirty; one on an
// older number never leaves it clean, even if a decision on the current one came first.
func updateDecided(ctx context.Context, tx *sqlx.Tx, d Decided, now int64) error {
	_, err := tx.ExecContext(ctx,
		`UPDATE sales SET state = ?1, rule = ?2, reason = ?3,
		   number   = CASE WHEN ?4 <> '' THEN ?4 ELSE number END,
		   digits   = CASE WHEN ?5 <> '' THEN ?6 ELSE digits END,
		   currency = CASE WHEN ?5 <> '' THEN ?5 ELSE currency END,
		   gross    = ?7,
		   dirty_since = CASE WHEN dirty_seq <> ?8 THEN coalesce(dirty_since, ?10) WHEN ?9 THEN NULL ELSE dirty_since END,
		   updated_at = ?10
		 WHERE connection = ?11 AND id = ?12`,
		string(d.State), d.Rule, clip(d.Reason), d.Number, d.Currency, d.Digits,
		sql.NullInt64{Int64: int64(d.Gross), Valid: d.HasGross}, d.DirtySeq, bit(d.Settled), now, d.Connection, d.SaleID)
	if err != nil {
		return fmt.Errorf("update sale: %w", err)
	}
	return nil
}

func journalDecision(ctx context.Context, tx *sqlx.Tx, d Decided, now int64) error {
	entry := entryRow{
		At: now, Connection: d.Connection, SaleID: d.SaleID, Rule: d.Rule, State: string(d.State),
		Snapshot: d.SnapshotHash, Detail: clip(d.Reason),
	}
	if d.Hold != nil {
		entry.Hold, entry.Detail = d.Hold.Code, d.Hold.Reason
	}
	var last entryRow
	err := tx.GetContext(ctx, &last,
		`SELECT `+entryColumns+` FROM journal WHERE connection = ? AND sale_id = ? ORDER BY seq DESC LIMIT 1`,
		d.Connection, d.SaleID)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read last entry: %w", err)
	}
	// The words of a reason may change with the hour while the decision stays; the numbers of a hold may not.
	same := last.Seq > 0 && last.Rule == entry.Rule && last.State == entry.State && last.Hold == entry.Hold &&
		last.Snapshot == entry.Snapshot && (entry.Hold == "" || last.Detail == entry.Detail)
	if same {
		return nil
	}
	return appendEntry(ctx, tx, entry)
}
