package sqlite

import (
	"context"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"

	"spacebridge/mapping/trade"
)

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
// does not know is made, waiting. ErrTaken when the order or document belongs to another sale,
// ErrReplaced when the document is one that a later document of the sale replaced.
func (l *Ledger) AdoptBooks(ctx context.Context, a Adoption) error {
	now := l.now().UnixMilli()
	place := place{orderID: a.BooksOrderID, documentID: a.BooksDocumentID, status: a.BooksStatus, step: stepFound}
	err := l.write(ctx, "adopt_books", func(tx *sqlx.Tx) error {
		if _, err := ensureSale(ctx, tx, a.Connection, a.SaleID, now); err != nil {
			return err
		}
		row, err := findSale(ctx, tx, a.Connection, a.SaleID)
		if err != nil {
			return err
		}
		if err := place.write(ctx, tx, row, now); err != nil {
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
