package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"spacebridge/mapping/trade"
)

// StepIssue is the step that moves an order of the books out of pending; the ledger guards it (ErrIssued). What the
// other steps are called is up to the caller.
const StepIssue = "issue"

// StepCreate is the step that puts a sale into the books; the ledger refuses it for a sale that has its order (ErrTaken),
// unless that order was cancelled by us.
const StepCreate = "create"

// StepCancel is the step that cancels the order in the books; the ledger knows by it which orders were cancelled by us, and
// may be created anew (Sale.WeEnded).
const StepCancel = "cancel"

// StepReissue is the step that puts another document in the place of the sale's document, which the books credit by it. It
// is as irreversible as an issue; the ledger guards it (ErrIssued, ErrSameDocument).
const StepReissue = "reissue"

// Effect is the ledger's row for one step: one change to the books.
type Effect struct {
	ID              int64
	Connection      string
	SaleID          string
	Step            string
	Generation      int    // 1, 2, … of this step of this sale
	RequestID       string // X-Request-Id of every attempt of this generation
	BodyHash        string
	State           EffectState
	Attempts        int
	LeaseOwner      string // who claimed it last
	LeaseUntil      time.Time
	CreatedAt       time.Time
	UpdatedAt       time.Time
	SentAt          time.Time // of the last attempt
	UnknownSince    time.Time // since when the outcome of the last attempt was unknown; zero: it never was
	Status          int       // HTTP status of the last outcome, 0 without one
	Detail          string
	BooksOrderID    string
	BooksDocumentID string
	Replaces        string       // the sale's document before the step, as claimed, which a reissue replaces; "" without one
	Prints          trade.Prints // what the step makes the books say
	Lookups         int          // since the outcome became unknown
	Seq             int64        // of its last entry in the effect log; tells what changed last, whatever the clock did
}

type effectRow struct {
	ID              int64         `db:"id"`
	Connection      string        `db:"connection"`
	SaleID          string        `db:"sale_id"`
	Step            string        `db:"step"`
	Generation      int           `db:"generation"`
	RequestID       string        `db:"request_id"`
	BodyHash        string        `db:"body_hash"`
	State           string        `db:"state"`
	Attempts        int           `db:"attempts"`
	Lookups         int           `db:"lookups"`
	LeaseOwner      string        `db:"lease_owner"`
	LeaseUntil      sql.NullInt64 `db:"lease_until"`
	CreatedAt       sql.NullInt64 `db:"created_at"`
	UpdatedAt       sql.NullInt64 `db:"updated_at"`
	SentAt          sql.NullInt64 `db:"sent_at"`
	UnknownSince    sql.NullInt64 `db:"unknown_since"`
	Status          int           `db:"status"`
	Detail          string        `db:"detail"`
	BooksOrderID    string        `db:"books_order_id"`
	BooksDocumentID string        `db:"books_document_id"`
	Replaces        string        `db:"replaces"`
	Money           string        `db:"print_money"`
	Identity        string        `db:"print_identity"`
	Quiet           string        `db:"print_quiet"`
	Payment         string        `db:"print_payment"`
	Seq             int64         `db:"seq"`
}

const selectEffects = `
SELECT id, connection, sale_id, step, generation, request_id, body_hash, state, attempts, lookups, lease_owner, lease_until,
  created_at, updated_at, sent_at, unknown_since, status, detail, books_order_id, books_document_id, replaces,
  print_money, print_identity, print_quiet, print_payment,
  (SELECT coalesce(max(g.seq), 0) FROM effect_log g WHERE g.effect_id = effects.id) AS seq
FROM effects
`

func (l *Ledger) effect(r effectRow) Effect {
	e := Effect{
		ID: r.ID, Connection: r.Connection, SaleID: r.SaleID, Step: r.Step, Generation: r.Generation,
		RequestID: r.RequestID, BodyHash: r.BodyHash, State: EffectState(r.State), Attempts: r.Attempts,
		LeaseOwner: r.LeaseOwner, LeaseUntil: instant(r.LeaseUntil), CreatedAt: instant(r.CreatedAt),
		UpdatedAt: instant(r.UpdatedAt), SentAt: instant(r.SentAt), UnknownSince: instant(r.UnknownSince),
		Status: r.Status, Detail: r.Detail, BooksOrderID: r.BooksOrderID, BooksDocumentID: r.BooksDocumentID,
		Replaces: r.Replaces,
		Prints:   trade.Prints{Money: r.Money, Identity: r.Identity, Quiet: r.Quiet, Payment: r.Payment},
		Lookups:  r.Lookups, Seq: r.Seq,
	}
	if e.State == EffectSending {
		e.LeaseUntil = l.leaseUntil(&r)
	}
	return e
}

// findEffect reads one effect in or out of a transaction; false when nothing matches.
func findEffect(ctx context.Context, q sqlx.QueryerContext, query string, args ...any) (effectRow, bool, error) {
	var row effectRow
	err := sqlx.GetContext(ctx, q, &row, query, args...)
	if errors.Is(err, sql.ErrNoRows) {
		return effectRow{}, false, nil
	}
	if err != nil {
		return effectRow{}, false, fmt.Errorf("read step: %w", err)
	}
	return row, true, nil
}

const (
	effectByID = selectEffects + `WHERE id = ?`
	lastEffect = selectEffects + `WHERE connection = ? AND sale_id = ? AND step = ? ORDER BY generation DESC LIMIT 1`
	openEffect = selectEffects + `WHERE connection = ? AND sale_id = ? AND state IN ('sending', 'unknown', 'held')`

	// The partial index makes this short work among many closed effects; its own condition must be repeated to be used.
	sendingEffects = selectEffects + `INDEXED BY effects_open
		WHERE state IN ('sending', 'unknown', 'held') AND state = 'sending' ORDER BY id`
)

// OpenEffect gives the step of a sale whose outcome is open: being sent, unknown, or held because it could not be
// resolved. There is at most one. While there is, no other step of the sale can be claimed.
func (l *Ledger) OpenEffect(ctx context.Context, connection, saleID string) (Effect, bool, error) {
	row, found, err := findEffect(ctx, l.reader, openEffect, connection, saleID)
	return l.effectIf(row, found), found, err
}

// LastEffect gives the latest generation of a step of a sale.
func (l *Ledger) LastEffect(ctx context.Context, connection, saleID, step string) (Effect, bool, error) {
	row, found, err := findEffect(ctx, l.reader, lastEffect, connection, saleID, step)
	return l.effectIf(row, found), found, err
}

func (l *Ledger) effectIf(row effectRow, found bool) Effect {
	if !found {
		return Effect{}
	}
	return l.effect(row)
}

// Effects gives all steps of a sale in the order in which they were first claimed.
func (l *Ledger) Effects(ctx context.Context, connection, saleID string) ([]Effect, error) {
	var rows []effectRow
	err := l.reader.SelectContext(ctx, &rows, selectEffects+`WHERE connection = ? AND sale_id = ? ORDER BY id`,
		connection, saleID)
	if err != nil {
		return nil, fmt.Errorf("list steps of sale %s: %w", saleID, err)
	}
	effects := make([]Effect, 0, len(rows))
	for _, row := range rows {
		effects = append(effects, l.effect(row))
	}
	return effects, nil
}
