package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

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
		d.Hold = &trade.Hold{Code: d.Hold.Code, Reason: clip(d.Hold.Reason), Advice: clip(d.Hold.Advice)}
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

// Adoption is what somebody found in the books about a sale, without any step of ours leading to it: a rebuild after
// the loss of the ledger, or a reconciliation that finds an order or an invoice a person made.
type Adoption struct {
	Connection      string
	SaleID          string
	BooksOrderID    string // "" keeps what is known
	BooksDocumentID string // "" keeps what is known
	BooksStatus     trade.BooksStatus
	Why             string // numbers and codes only
}

// AdoptBooks writes what was found in the books to the sale and the journal, and marks the sale dirty. A sale that the ledger
// does not know is made, waiting. ErrTaken when the order or document belongs to another sale.
func (l *Ledger) AdoptBooks(ctx context.Context, a Adoption) error {
	now := l.now().UnixMilli()
	err := l.write(ctx, "adopt_books", func(tx *sqlx.Tx) error {
		if _, err := ensureSale(ctx, tx, a.Connection, a.SaleID, now); err != nil {
			return err
		}
		row, err := findSale(ctx, tx, a.Connection, a.SaleID)
		if err != nil {
			return err
		}
		if err := writeBooks(ctx, tx, row, a.BooksOrderID, a.BooksDocumentID, a.BooksStatus); err != nil {
			return err
		}
		// Whoever brought the books there, what they say is not what the ledger remembers to have written.
		if err := forgetPrints(ctx, tx, a.Connection, a.SaleID); err != nil {
			return err
		}
		detail := strings.Join([]string{a.Why, a.BooksOrderID, a.BooksDocumentID, string(a.BooksStatus)}, " ")
		err = appendEntry(ctx, tx, entryRow{
			At: now, Connection: a.Connection, SaleID: a.SaleID, Rule: "books.adopt", State: row.State,
			Detail: strings.TrimSpace(detail),
		})
		if err != nil {
			return err
		}
		return markDirty(ctx, tx, a.Connection, a.SaleID, now)
	})
	if err != nil {
		return fmt.Errorf("adopt order %s for sale %s of %s: %w", a.BooksOrderID, a.SaleID, a.Connection, err)
	}
	return nil
}

// forgetPrints notes that what the books say of a sale is not what the ledger remembers to have written.
func forgetPrints(ctx context.Context, tx *sqlx.Tx, connection, saleID string) error {
	_, err := tx.ExecContext(ctx,
		`UPDATE sales SET written_money = '', written_identity = '', written_quiet = '', written_payment = '' WHERE connection = ? AND id = ?`,
		connection, saleID)
	if err != nil {
		return fmt.Errorf("forget what was written: %w", err)
	}
	return nil
}

// writeBooks sets the sale's place in the books; what is "" stays as it is.
//
// Nothing is taken back: an order that was seen invoiced or cancelled is not pending any more, whatever an answer says that
// the vendor may have kept from before.
//
// Invariant 1: an order or document of the books has one sale, and an issued sale stays with its order.
func writeBooks(
	ctx context.Context, tx *sqlx.Tx, row saleRow, orderID, documentID string, status trade.BooksStatus,
) error {
	if orderID == "" && documentID == "" && status == "" {
		return nil
	}
	if status == trade.BooksPending && (orderID == "" || row.BooksOrderID.String == orderID) && row.BooksStatus != "" {
		status = "" // what is known is this or more
	}
	moved := orderID != "" && row.BooksOrderID.Valid && row.BooksOrderID.String != orderID
	if moved && row.BooksDocumentID.Valid {
		return fmt.Errorf("sale %s has document %s of order %s and cannot move to order %s: %w",
			row.ID, row.BooksDocumentID.String, row.BooksOrderID.String, orderID, ErrTaken)
	}
	_, err := tx.ExecContext(ctx,
		`UPDATE sales SET books_order_id = coalesce(?1, books_order_id), books_document_id = coalesce(?2, books_document_id),
		   books_status = CASE WHEN ?3 <> '' THEN ?3 ELSE books_status END WHERE connection = ?4 AND id = ?5`,
		text(orderID), text(documentID), string(status), row.Connection, row.ID)
	if isUnique(err) {
		return fmt.Errorf("order %q, document %q: %w", orderID, documentID, ErrTaken)
	}
	if err != nil {
		return fmt.Errorf("write place in the books: %w", err)
	}
	return nil
}
