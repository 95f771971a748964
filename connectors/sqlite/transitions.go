package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"
)

// EffectState is what is known of the outcome of a step.
type EffectState string

// The states of an effect.
const (
	EffectPlanned  EffectState = "planned"  // not sent, or sent and surely without effect; may be claimed
	EffectSending  EffectState = "sending"  // claimed; the request may be on its way until the lease runs out
	EffectUnknown  EffectState = "unknown"  // sent, outcome not known; must be looked up
	EffectDone     EffectState = "done"     // the books have it
	EffectRejected EffectState = "rejected" // refused for good
	EffectHeld     EffectState = "held"     // could not be resolved by looking; waits for a person
)

// transitions are all changes of state there are, from the state on the left to those on the right. Nothing leaves done
// and rejected: the same step later is another generation.
var transitions = map[EffectState][]EffectState{
	EffectPlanned:  {EffectSending},
	EffectSending:  {EffectDone, EffectRejected, EffectUnknown, EffectPlanned},
	EffectUnknown:  {EffectDone, EffectRejected, EffectHeld, EffectPlanned},
	EffectHeld:     {EffectUnknown}, // by an operator's retry alone
	EffectDone:     nil,
	EffectRejected: nil,
}

// logged is what the effect log is told about a change.
type logged struct {
	owner  string
	status int
	detail string
}

// transition moves an effect to another state, edits the row, appends to the effect log and, when the outcome changed,
// marks the sale dirty. It is the only writer of effects.state after an effect is made.
func (l *Ledger) transition(
	ctx context.Context, tx *sqlx.Tx, row *effectRow, to EffectState, note logged, edit func(*effectRow),
) error {
	from := row.State
	if !slices.Contains(transitions[EffectState(from)], to) {
		return fmt.Errorf("step %s of sale %s from %s to %s: %w", row.Step, row.SaleID, from, to, ErrTransition)
	}
	row.State = string(to)
	edit(row)
	if err := l.update(ctx, tx, row, from); err != nil {
		return err
	}
	if err := l.logEffect(ctx, tx, row, from, note); err != nil {
		return err
	}
	if to == EffectSending {
		return nil
	}
	return markDirty(ctx, tx, row.Connection, row.SaleID, l.now().UnixMilli())
}

// update writes an effect back if it still is in the state it was read in.
func (l *Ledger) update(ctx context.Context, tx *sqlx.Tx, row *effectRow, from string) error {
	row.Detail = clip(row.Detail)
	row.UpdatedAt = sql.NullInt64{Int64: max(l.now().UnixMilli(), row.UpdatedAt.Int64), Valid: true}
	done, err := tx.NamedExecContext(ctx,
		`UPDATE effects SET state = :state, attempts = :attempts, lookups = :lookups, lease_owner = :lease_owner,
		   lease_until = :lease_until, updated_at = :updated_at, sent_at = :sent_at, unknown_since = :unknown_since,
		   status = :status, detail = :detail, books_order_id = :books_order_id, books_document_id = :books_document_id, replaces = :replaces,
		   print_money = :print_money, print_identity = :print_identity, print_quiet = :print_quiet,
		   print_payment = :print_payment
		 WHERE id = :id AND state = :from_state`,
		struct {
			*effectRow
			From string `db:"from_state"`
		}{row, from})
	if err != nil {
		return fmt.Errorf("write step: %w", err)
	}
	if n, err := done.RowsAffected(); err != nil || n != 1 {
		return errors.Join(fmt.Errorf("write step %d: no longer %s: %w", row.ID, from, ErrTransition), err)
	}
	return nil
}

func (l *Ledger) logEffect(ctx context.Context, tx *sqlx.Tx, row *effectRow, from string, note logged) error {
	done, err := tx.ExecContext(ctx,
		`INSERT INTO effect_log (effect_id, at, from_state, to_state, owner, status, detail) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		row.ID, l.now().UnixMilli(), from, row.State, note.owner, note.status, clip(note.detail))
	if err != nil {
		return fmt.Errorf("append to effect log: %w", err)
	}
	if row.Seq, err = done.LastInsertId(); err != nil {
		return fmt.Errorf("append to effect log: %w", err)
	}
	return nil
}

// giveUpWaiting makes an effect that is still sending one whose outcome is unknown.
//
// Invariant 3: its sender may have died after the first byte, so nothing is assumed about it.
func (l *Ledger) giveUpWaiting(ctx context.Context, tx *sqlx.Tx, row *effectRow, why string) error {
	return l.transition(ctx, tx, row, EffectUnknown, logged{owner: row.LeaseOwner, detail: why}, func(r *effectRow) {
		r.becomeUnknown(l.now().UnixMilli())
		r.Detail = why
	})
}

// becomeUnknown starts the wait for an answer: the settle window counts from here. Lookups were set to 0 with the sending.
func (r *effectRow) becomeUnknown(now int64) {
	r.LeaseUntil = sql.NullInt64{}
	r.UnknownSince = sql.NullInt64{Int64: now, Valid: true}
}

// Recover makes every effect that is being sent one whose outcome is unknown, and returns how many there were. Only the
// daemon may call it, at its start and with the data directory locked: nobody else is sending then.
//
// Invariant 3: what a dead process was sending is looked up, not repeated.
func (l *Ledger) Recover(ctx context.Context) (int, error) {
	count := 0
	err := l.write(ctx, "recover", func(tx *sqlx.Tx) error {
		var rows []effectRow
		if err := tx.SelectContext(ctx, &rows, sendingEffects); err != nil {
			return fmt.Errorf("list steps being sent: %w", err)
		}
		for i := range rows {
			if err := l.giveUpWaiting(ctx, tx, &rows[i], "found at start"); err != nil {
				return err
			}
		}
		count = len(rows)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("recover: %w", err)
	}
	return count, nil
}

// reopen lets a held effect of a sale be looked up again; there need not be one.
func (l *Ledger) reopen(ctx context.Context, tx *sqlx.Tx, sale saleRow) error {
	row, found, err := findEffect(ctx, tx, openEffect, sale.Connection, sale.ID)
	if err != nil || !found || row.State != string(EffectHeld) {
		return err
	}
	return l.transition(ctx, tx, &row, EffectUnknown, logged{detail: "retry"}, func(r *effectRow) {
		r.Lookups = 0 // looked up afresh before anything is sent; the settle window counts from the sending as before
	})
}
