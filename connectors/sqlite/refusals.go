package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"spacebridge/mapping/trade"
)

// refuse says why a step may not be claimed now, nil when it may.
func (l *Ledger) refuse(ctx context.Context, tx *sqlx.Tx, sale saleRow, c Claim) (refusal, err error) {
	open, found, err := findEffect(ctx, tx, openEffect, c.Connection, c.SaleID)
	if err != nil {
		return nil, err
	}
	if found {
		return l.refuseOpen(ctx, tx, open)
	}
	if c.DirtySeq != 0 && sale.DirtySeq != c.DirtySeq {
		return fmt.Errorf("change %d instead of %d: %w", sale.DirtySeq, c.DirtySeq, ErrChanged), nil
	}
	if c.Step == StepCreate || c.Step == StepIssue {
		meaning, err := said(ctx, tx, c.Connection)
		if err != nil {
			return nil, err
		}
		// Invariant 1: beside the sales of the connection, this one would invoice the same goods a second time.
		if meaning != "" && string(meaning) != sale.Kind {
			return fmt.Errorf("sales are made of %ss, and this one of an %s: %w", meaning, sale.Kind, ErrMeaning), nil
		}
	}
	return c.refusal(sale), nil
}

// refusal says why the sale's place in the books forbids a step, nil when it does not.
//
// Invariant 1: one live document, and only from the order that the ledger holds for the sale.
func (c Claim) refusal(sale saleRow) error {
	switch c.Step {
	case StepCreate:
		// An attempt that outlived its time may still ask for what a later one has done. An order that somebody else cancelled
		// stands, since only a person knows why; one that we cancelled makes room.
		if sale.BooksOrderID.Valid && !sale.WeEnded {
			return fmt.Errorf("order %s exists: %w", sale.BooksOrderID.String, ErrTaken)
		}
	case StepIssue:
		if sale.BooksDocumentID.Valid || sale.BooksStatus == string(trade.BooksInvoiced) {
			return ErrIssued
		}
		if c.BooksOrderID != "" && sale.BooksOrderID.Valid && c.BooksOrderID != sale.BooksOrderID.String {
			return fmt.Errorf("order %s instead of %s: %w", c.BooksOrderID, sale.BooksOrderID.String, ErrTaken)
		}
	case StepReissue:
		// Whoever would replace another document than this has not seen what was issued last.
		if c.BooksDocumentID == "" || c.BooksDocumentID != sale.BooksDocumentID.String {
			return fmt.Errorf("document %q instead of %q: %w", c.BooksDocumentID, sale.BooksDocumentID.String, ErrIssued)
		}
		if c.BooksOrderID == "" || c.BooksOrderID != sale.BooksOrderID.String {
			return fmt.Errorf("order %q instead of %q: %w", c.BooksOrderID, sale.BooksOrderID.String, ErrTaken)
		}
	}
	return nil
}

func (l *Ledger) refuseOpen(ctx context.Context, tx *sqlx.Tx, open effectRow) (refusal, err error) {
	if l.live(&open) {
		return fmt.Errorf("%s until %s: %w", open.Step, l.leaseUntil(&open).Format(time.RFC3339), ErrBusy), nil
	}
	if open.State == string(EffectSending) {
		if err := l.giveUpWaiting(ctx, tx, &open, "lease ran out"); err != nil {
			return nil, err
		}
	}
	return fmt.Errorf("%s is %s: %w", open.Step, open.State, ErrUnresolved), nil
}
