package sqlite

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"spacebridge/mapping/trade"
)

// settle writes to the sale what the outcome of a step says of the books.
func (l *Ledger) settle(ctx context.Context, tx *sqlx.Tx, row *effectRow, o Outcome) error {
	if err := row.mayBeDone(ctx, tx, o); err != nil {
		return err
	}
	sale, err := findSale(ctx, tx, row.Connection, row.SaleID)
	if err != nil {
		return err
	}
	place := place{orderID: o.BooksOrderID, documentID: o.BooksDocumentID, status: o.BooksStatus, step: stepFound}
	if o.State == EffectDone && (row.Step == StepIssue || row.Step == StepReissue) {
		place.step = row.Step
	}
	if o.BooksDocumentID != "" && o.BooksDocumentID != sale.BooksDocumentID.String {
		// A vendor may answer as it did before the document was replaced; nothing is taken back.
		replaced, err := isReplaced(ctx, tx, sale, o.BooksDocumentID)
		if err != nil {
			return err
		}
		if replaced {
			place.documentID = ""
		}
	}
	if err := place.write(ctx, tx, sale, l.now().UnixMilli()); err != nil {
		return err
	}
	if o.State == EffectPlanned && !o.StraysDue.IsZero() {
		return setStrays(ctx, tx, row.Connection, row.SaleID, o.StraysDue)
	}
	if o.State != EffectDone {
		return nil
	}
	return row.writePrints(ctx, tx, o)
}

// writePrints notes what the books say since a step was done, and what the sale's document was made of.
func (r *effectRow) writePrints(ctx context.Context, tx *sqlx.Tx, o Outcome) error {
	if o.SetIssued {
		_, err := tx.ExecContext(ctx,
			`UPDATE sales SET
			   issued_money    = CASE WHEN ?1 <> '' THEN ?1 ELSE issued_money END,
			   issued_identity = CASE WHEN ?2 <> '' THEN ?2 ELSE issued_identity END
			 WHERE connection = ?3 AND id = ?4`,
			r.Money, r.Identity, r.Connection, r.SaleID)
		if err != nil {
			return fmt.Errorf("write prints of the document: %w", err)
		}
	}
	if o.ForgetPrints {
		return forgetPrints(ctx, tx, r.Connection, r.SaleID)
	}
	if !o.SetPrints {
		return nil
	}
	_, err := tx.ExecContext(ctx,
		`UPDATE sales SET
		   written_money    = CASE WHEN ?1 <> '' THEN ?1 ELSE written_money END,
		   written_identity = CASE WHEN ?2 <> '' THEN ?2 ELSE written_identity END,
		   written_quiet    = CASE WHEN ?3 <> '' THEN ?3 ELSE written_quiet END,
		   written_payment  = CASE WHEN ?4 <> '' THEN ?4 ELSE written_payment END
		 WHERE connection = ?5 AND id = ?6`,
		r.Money, r.Identity, r.Quiet, r.Payment, r.Connection, r.SaleID)
	if err != nil {
		return fmt.Errorf("write prints: %w", err)
	}
	return nil
}

// forgetPrints notes that what the order in the books says is not what the ledger remembers to have written. What the
// document was made of does not change by that.
func forgetPrints(ctx context.Context, tx *sqlx.Tx, connection, saleID string) error {
	_, err := tx.ExecContext(ctx,
		`UPDATE sales SET written_money = '', written_identity = '', written_quiet = '', written_payment = '' WHERE connection = ? AND id = ?`,
		connection, saleID)
	if err != nil {
		return fmt.Errorf("forget what was written: %w", err)
	}
	return nil
}

// place is where a sale is found in the books; what is "" stays as it is.
type place struct {
	orderID    string
	documentID string
	status     trade.BooksStatus
	step       string // that brought the document: issue, reissue or found
}

// write sets the sale's place in the books. A document that it did not have joins the chain of its documents, and what it was
// made of is not known until somebody says.
//
// Nothing is taken back: an order that was seen invoiced or cancelled is not pending any more, whatever an answer says that
// the vendor may have kept from before.
//
// Invariant 1: an order or document of the books has one sale, and an issued sale stays with its order.
func (p place) write(ctx context.Context, tx *sqlx.Tx, row saleRow, now int64) error {
	if p.orderID == "" && p.documentID == "" && p.status == "" {
		return nil
	}
	status := p.status
	if status == trade.BooksPending && (p.orderID == "" || row.BooksOrderID.String == p.orderID) && row.BooksStatus != "" {
		status = "" // what is known is this or more
	}
	moved := p.orderID != "" && row.BooksOrderID.Valid && row.BooksOrderID.String != p.orderID
	if moved && row.BooksDocumentID.Valid {
		return fmt.Errorf("sale %s has document %s of order %s and cannot move to order %s: %w",
			row.ID, row.BooksDocumentID.String, row.BooksOrderID.String, p.orderID, ErrTaken)
	}
	if err := p.chain(ctx, tx, row, now); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx,
		`UPDATE sales SET books_order_id = coalesce(?1, books_order_id), books_document_id = coalesce(?2, books_document_id),
		   issued_money    = CASE WHEN ?2 IS NULL OR ?2 IS books_document_id THEN issued_money ELSE '' END,
		   issued_identity = CASE WHEN ?2 IS NULL OR ?2 IS books_document_id THEN issued_identity ELSE '' END,
		   books_status = CASE WHEN ?3 <> '' THEN ?3 ELSE books_status END WHERE connection = ?4 AND id = ?5`,
		text(p.orderID), text(p.documentID), string(status), row.Connection, row.ID)
	if isUnique(err) {
		return fmt.Errorf("order %q, document %q: %w", p.orderID, p.documentID, ErrTaken)
	}
	if err != nil {
		return fmt.Errorf("write place in the books: %w", err)
	}
	return nil
}
