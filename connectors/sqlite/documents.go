package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// Document is one document that a sale has or had in the books.
type Document struct {
	ID           string
	SaleID       string
	BooksOrderID string    // of which it was made, "" where that was not known
	Step         string    // that brought it: issue or reissue; found, if it was no step of ours
	Seq          int       // 1, 2, … of the sale
	ReplacedBy   string    // the document that came in its place; "" for the sale's document, of which there is at most one
	RecordedAt   time.Time // when the ledger came to know it
}

// stepFound stands in the place of a step for documents that no step of ours is known to have brought.
const stepFound = "found"

// Documents gives every document that a sale ever had, oldest first.
func (l *Ledger) Documents(ctx context.Context, connection, saleID string) ([]Document, error) {
	var rows []struct {
		ID           string         `db:"document_id"`
		BooksOrderID string         `db:"books_order_id"`
		Step         string         `db:"step"`
		Seq          int            `db:"seq"`
		ReplacedBy   sql.NullString `db:"replaced_by"`
		RecordedAt   sql.NullInt64  `db:"recorded_at"`
	}
	err := l.reader.SelectContext(ctx, &rows,
		`SELECT document_id, books_order_id, step, seq, replaced_by, recorded_at FROM documents
		 WHERE connection = ? AND sale_id = ? ORDER BY seq`, connection, saleID)
	if err != nil {
		return nil, fmt.Errorf("list documents of sale %s: %w", saleID, err)
	}
	documents := make([]Document, 0, len(rows))
	for _, r := range rows {
		documents = append(documents, Document{
			ID: r.ID, SaleID: saleID, BooksOrderID: r.BooksOrderID, Step: r.Step, Seq: r.Seq,
			ReplacedBy: r.ReplacedBy.String, RecordedAt: instant(r.RecordedAt),
		})
	}
	return documents, nil
}

// chain puts a document that the sale did not have at the end of the sale's documents.
func (p place) chain(ctx context.Context, tx *sqlx.Tx, row saleRow, now int64) error {
	if p.documentID == "" || p.documentID == row.BooksDocumentID.String {
		return nil
	}
	replaced, err := isReplaced(ctx, tx, row, p.documentID)
	if err != nil {
		return err
	}
	if replaced {
		return fmt.Errorf("document %s of sale %s: %w", p.documentID, row.ID, ErrReplaced)
	}
	_, err = tx.ExecContext(ctx,
		`UPDATE documents SET replaced_by = ? WHERE connection = ? AND sale_id = ? AND replaced_by IS NULL`,
		p.documentID, row.Connection, row.ID)
	if err != nil {
		return fmt.Errorf("replace document of sale %s: %w", row.ID, err)
	}
	order := p.orderID
	if order == "" {
		order = row.BooksOrderID.String
	}
	_, err = tx.ExecContext(ctx,
		`INSERT INTO documents (connection, document_id, sale_id, books_order_id, step, seq, recorded_at)
		 VALUES (?1, ?2, ?3, ?4, ?5,
		   (SELECT coalesce(max(seq), 0) + 1 FROM documents WHERE connection = ?1 AND sale_id = ?3), ?6)`,
		row.Connection, p.documentID, row.ID, order, p.step, now)
	if isUnique(err) {
		return fmt.Errorf("document %q: %w", p.documentID, ErrTaken)
	}
	if err != nil {
		return fmt.Errorf("record document of sale %s: %w", row.ID, err)
	}
	return nil
}

// isReplaced reports whether a document was the sale's own until a later one came in its place.
func isReplaced(ctx context.Context, tx *sqlx.Tx, row saleRow, documentID string) (bool, error) {
	var by sql.NullString
	err := tx.GetContext(ctx, &by,
		`SELECT replaced_by FROM documents WHERE connection = ? AND document_id = ? AND sale_id = ?`,
		row.Connection, documentID, row.ID)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, fmt.Errorf("look for document %s: %w", documentID, err)
	}
	return by.Valid, nil
}

// mayBeDone checks that a reissue which is said to be done has brought a document. The books credit the old one by it, so an
// answer that names the old one, or none, tells that it was not done, or not what came of it.
//
// Invariant 1: the sale's document is always the one that lives.
func (r *effectRow) mayBeDone(ctx context.Context, tx *sqlx.Tx, o Outcome) error {
	if r.Step != StepReissue || o.State != EffectDone {
		return nil
	}
	replaced := false
	if o.BooksDocumentID != "" {
		var err error
		replaced, err = isReplaced(ctx, tx, saleRow{Connection: r.Connection, ID: r.SaleID}, o.BooksDocumentID)
		if err != nil {
			return err
		}
	}
	if o.BooksDocumentID == "" || o.BooksDocumentID == r.Replaces || replaced {
		return fmt.Errorf("document %q in the place of %q: %w", o.BooksDocumentID, r.Replaces, ErrSameDocument)
	}
	return nil
}
