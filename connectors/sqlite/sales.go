package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// states are all states of a sale, in the order people read them.
var states = []trade.State{
	trade.StateWaiting, trade.StatePending, trade.StateIssued, trade.StateCancelled, trade.StateIgnored, trade.StateHeld,
}

// Sale is what the ledger knows of one sale: where it stands, what the books hold of it and what was last written there.
type Sale struct {
	Connection      string
	ID              string     // the Orderspace id it comes from
	Kind            trade.Kind // of the record it is made of: order or invoice
	Number          string     // order or invoice number, "" until it was read
	State           trade.State
	Currency        string       // ISO 4217, "" until it was decided on
	Digits          int          // of the currency's minor unit
	Gross           money.Amount // in minor units; meaningless unless HasGross
	HasGross        bool
	BooksOrderID    string
	BooksDocumentID string // of the invoice, "" before the issue
	BooksStatus     trade.BooksStatus
	WeEnded         bool         // the order in the books was cancelled by a step of ours, and no document was made of it
	Written         trade.Prints // of what the order in the books was last made to say
	Issued          trade.Prints // of what the document was made of: money and identity; "" where that is not known
	Rule            string       // that took the last decision
	Reason          string
	Hold            *trade.Hold // nil when nothing holds it
	HeldSince       time.Time
	Created         time.Time // at Orderspace; of an invoice, which does not tell, when it was first seen
	UpdatedAt       time.Time
	DirtySince      time.Time // since when a change waits to be looked at; zero: none does
	DirtySeq        int64     // counts the changes; pass it on in Decided and Claim
	Command         Command
	RetriedAt       time.Time // when an operator last said retry; zero: never
	StraysDue       time.Time // when to look for orders of steps that were given up; zero: there is nothing to look for
	retriedSeq      int64     // of the last entry in the effect log at that time
}

// RetriedAfter reports whether an operator said retry after the effect last changed, so that what the vendor refused
// may be tried once more. No clock has a say in it.
func (s Sale) RetriedAfter(e Effect) bool { return !s.RetriedAt.IsZero() && e.Seq <= s.retriedSeq }

// SaleFilter narrows a list of sales. Fields that are zero do not narrow.
type SaleFilter struct {
	Connection string
	State      trade.State
	Key        string // number or id
	Limit      int
}

type saleRow struct {
	Connection      string         `db:"connection"`
	ID              string         `db:"id"`
	Kind            string         `db:"kind"`
	Number          string         `db:"number"`
	State           string         `db:"state"`
	Currency        string         `db:"currency"`
	Digits          int            `db:"digits"`
	Gross           sql.NullInt64  `db:"gross"`
	BooksOrderID    sql.NullString `db:"books_order_id"`
	BooksDocumentID sql.NullString `db:"books_document_id"`
	BooksStatus     string         `db:"books_status"`
	WeEnded         bool           `db:"we_ended"`
	IssuedMoney     string         `db:"issued_money"`
	IssuedIdentity  string         `db:"issued_identity"`
	Money           string         `db:"written_money"`
	Identity        string         `db:"written_identity"`
	Quiet           string         `db:"written_quiet"`
	Payment         string         `db:"written_payment"`
	Rule            string         `db:"rule"`
	Reason          string         `db:"reason"`
	CommandIssue    bool           `db:"command_issue"`
	CommandSkip     string         `db:"command_skip"`
	RetriedAt       sql.NullInt64  `db:"retried_at"`
	RetriedSeq      int64          `db:"retried_seq"`
	StraysDue       sql.NullInt64  `db:"strays_due"`
	DirtySeq        int64          `db:"dirty_seq"`
	DirtySince      sql.NullInt64  `db:"dirty_since"`
	CreatedAt       sql.NullInt64  `db:"created_at"`
	UpdatedAt       sql.NullInt64  `db:"updated_at"`
	HoldCode        sql.NullString `db:"hold_code"`
	HoldReason      sql.NullString `db:"hold_reason"`
	HoldAdvice      sql.NullString `db:"hold_advice"`
	HoldDetail      sql.NullString `db:"hold_detail"`
	HeldSince       sql.NullInt64  `db:"held_since"`
}

const selectSales = `
SELECT s.connection, s.id, s.kind, s.number, s.state, s.currency, s.digits, s.gross, s.books_order_id, s.books_document_id,
  s.books_status, s.written_money, s.written_identity, s.written_quiet, s.written_payment, s.rule, s.reason,
  s.command_issue, s.command_skip, s.retried_at, s.retried_seq, s.strays_due, s.dirty_seq, s.dirty_since, s.created_at, s.updated_at,
  s.issued_money, s.issued_identity,
  s.books_status = 'cancelled' AND s.books_document_id IS NULL AND coalesce((SELECT e.state FROM effects e
    WHERE e.connection = s.connection AND e.sale_id = s.id AND e.step = 'cancel' AND e.books_order_id = s.books_order_id
    ORDER BY e.generation DESC LIMIT 1) = 'done', 0) AS we_ended,
  h.code AS hold_code, h.reason AS hold_reason, h.advice AS hold_advice, h.detail AS hold_detail, h.opened_at AS held_since
FROM sales s
LEFT JOIN holds h ON h.connection = s.connection AND h.sale_id = s.id AND h.closed_at IS NULL
`

func (r saleRow) sale() Sale {
	s := Sale{
		Connection: r.Connection, ID: r.ID, Kind: trade.Kind(r.Kind), Number: r.Number, State: trade.State(r.State),
		Currency: r.Currency, Digits: r.Digits, Gross: money.Amount(r.Gross.Int64), HasGross: r.Gross.Valid,
		BooksOrderID: r.BooksOrderID.String, BooksDocumentID: r.BooksDocumentID.String,
		BooksStatus: trade.BooksStatus(r.BooksStatus), WeEnded: r.WeEnded,
		Written: trade.Prints{Money: r.Money, Identity: r.Identity, Quiet: r.Quiet, Payment: r.Payment},
		Issued:  trade.Prints{Money: r.IssuedMoney, Identity: r.IssuedIdentity},
		Rule:    r.Rule, Reason: r.Reason,
		Created: instant(r.CreatedAt), UpdatedAt: instant(r.UpdatedAt), DirtySince: instant(r.DirtySince),
		DirtySeq: r.DirtySeq, Command: Command{Issue: r.CommandIssue, SkipReason: r.CommandSkip},
		RetriedAt: instant(r.RetriedAt), retriedSeq: r.RetriedSeq, StraysDue: instant(r.StraysDue),
	}
	if r.HoldCode.Valid {
		s.Hold = &trade.Hold{
			Code: r.HoldCode.String, Reason: r.HoldReason.String, Advice: r.HoldAdvice.String, Detail: r.HoldDetail.String,
		}
		s.HeldSince = instant(r.HeldSince)
	}
	return s
}

// Sale gives one sale, and false when the ledger has none of that id.
func (l *Ledger) Sale(ctx context.Context, connection, id string) (Sale, bool, error) {
	row, err := findSale(ctx, l.reader, connection, id)
	if errors.Is(err, ErrNoSale) {
		return Sale{}, false, nil
	}
	return row.sale(), err == nil, err
}

// findSale reads one sale within or outside a transaction, ErrNoSale when there is none.
func findSale(ctx context.Context, q sqlx.QueryerContext, connection, id string) (saleRow, error) {
	var row saleRow
	err := sqlx.GetContext(ctx, q, &row, selectSales+`WHERE s.connection = ? AND s.id = ?`, connection, id)
	if errors.Is(err, sql.ErrNoRows) {
		return saleRow{}, fmt.Errorf("sale %s of %s: %w", id, connection, ErrNoSale)
	}
	if err != nil {
		return saleRow{}, fmt.Errorf("read sale %s: %w", id, err)
	}
	return row, nil
}

// Sales lists sales, those created last first.
func (l *Ledger) Sales(ctx context.Context, f SaleFilter) ([]Sale, error) {
	var query strings.Builder
	var args []any
	query.WriteString(selectSales + `WHERE 1 = 1`)
	narrow := func(condition string, values ...any) {
		query.WriteString(condition)
		args = append(args, values...)
	}
	if f.Connection != "" {
		narrow(` AND s.connection = ?`, f.Connection)
	}
	if f.State != "" {
		narrow(` AND s.state = ?`, string(f.State))
	}
	if f.Key != "" {
		narrow(` AND (s.number = ? OR s.id = ?)`, f.Key, f.Key)
	}
	narrow(` ORDER BY s.created_at DESC, s.id DESC`)
	if f.Limit > 0 {
		narrow(` LIMIT ?`, f.Limit)
	}
	var rows []saleRow
	if err := l.reader.SelectContext(ctx, &rows, query.String(), args...); err != nil {
		return nil, fmt.Errorf("list sales: %w", err)
	}
	sales := make([]Sale, 0, len(rows))
	for _, row := range rows {
		sales = append(sales, row.sale())
	}
	return sales, nil
}
