package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"

	"spacebridge/mapping/trade"
)

// Claim asks for the right to carry out one step of a sale.
type Claim struct {
	Connection   string
	SaleID       string
	Step         string
	BodyHash     string        // fingerprint of what will be sent
	Owner        string        // who will send it, best one name per attempt; FinishEffect must name the same
	Lease        time.Duration // longer than the request can take
	Scope        string        // of the request id: the entity
	Prints       trade.Prints  // what the step makes the books say
	BooksOrderID string        // the order it changes, "" for a create
	DirtySeq     int64         // of the sale as it was decided on; 0: not checked

	// BooksDocumentID is the sale's document as it was decided on, "" without one. A reissue replaces it and needs it; the other
	// steps have it kept with the effect, so that whoever looks at the outcome can tell what was there before.
	BooksDocumentID string
}

func (c Claim) validate() error {
	switch {
	case c.Connection == "" || c.SaleID == "" || c.Step == "":
		return errors.New("connection, sale and step are needed")
	case c.Owner == "":
		return errors.New("an owner is needed")
	case c.Lease < time.Millisecond:
		return errors.New("a lease is needed")
	}
	return nil
}

// ClaimEffect claims a step in one transaction and returns it as it was committed, in state sending. A step that was
// never sent is claimed anew with its request id if the body is the same; otherwise, and after an answer that was an
// error, the claim is a new generation with a new request id.
//
// ErrBusy: another owner's lease on a step of this sale is live. ErrUnresolved: the outcome of an earlier step is open
// (one whose lease ran out becomes unknown by this call); OpenEffect gives it. ErrIssued: the sale has its document.
// Also ErrIssued: the sale's document is not the one that the reissue would replace. ErrTaken: the issue or reissue is for
// another order than the sale's, or the create for a sale that has one which we did not cancel. ErrMeaning: the create or
// issue is for a sale made of other records than the connection's sales are. ErrNoSale: there is no such sale.
// ErrChanged: the sale was marked dirty after DirtySeq, by a poll or an operator's command; decide again.
//
// Invariant 2: the request may leave only after this has returned without error.
func (l *Ledger) ClaimEffect(ctx context.Context, c Claim) (Effect, error) {
	var claimed effectRow
	var refusal error
	err := c.validate()
	if err == nil {
		err = l.write(ctx, "claim_effect", func(tx *sqlx.Tx) error {
			sale, err := findSale(ctx, tx, c.Connection, c.SaleID)
			if err != nil {
				return err
			}
			// A refusal is no failure of the transaction: that a lease ran out must be committed.
			if refusal, err = l.refuse(ctx, tx, sale, c); err != nil || refusal != nil {
				return err
			}
			claimed, err = l.claim(ctx, tx, c)
			return err
		})
	}
	if err = errors.Join(err, refusal); err != nil {
		return Effect{}, fmt.Errorf("claim %s of sale %s of %s: %w", c.Step, c.SaleID, c.Connection, err)
	}
	return l.effect(claimed), nil
}

// claim finds or makes the row and turns it to sending.
func (l *Ledger) claim(ctx context.Context, tx *sqlx.Tx, c Claim) (effectRow, error) {
	last, found, err := findEffect(ctx, tx, lastEffect, c.Connection, c.SaleID, c.Step)
	if err != nil {
		return effectRow{}, err
	}
	row := last
	if !found || !last.reusable(c) {
		if row, err = l.plan(ctx, tx, c, last.Generation+1); err != nil {
			return effectRow{}, err
		}
	}
	row.Money, row.Identity, row.Quiet, row.Payment = c.Prints.Money, c.Prints.Identity, c.Prints.Quiet, c.Prints.Payment
	row.BooksOrderID, row.Replaces = c.BooksOrderID, c.BooksDocumentID
	return row, l.send(ctx, tx, &row, c.Owner, c.Lease)
}

// reusable reports whether a claim may go on with this generation and its request id: the step is the same to the byte
// and was never answered with an error, which the vendor would only repeat for the same request id.
func (r *effectRow) reusable(c Claim) bool {
	return r.State == string(EffectPlanned) && r.BodyHash == c.BodyHash && r.Replaces == c.BooksDocumentID && r.Status < http.StatusBadRequest
}

// send turns an effect to sending under a lease.
func (l *Ledger) send(ctx context.Context, tx *sqlx.Tx, row *effectRow, owner string, lease time.Duration) error {
	now := l.now()
	defer func() { l.leases.begin(row.attempt(), lease) }() // the number of the attempt is known by then
	return l.transition(ctx, tx, row, EffectSending, logged{owner: owner}, func(r *effectRow) {
		r.Attempts++
		r.LeaseOwner, r.LeaseUntil = owner, millis(now.Add(lease))
		r.SentAt = millis(now)
		r.Status, r.Detail = 0, ""
		// What was looked up about the attempt before says nothing about this one.
		r.UnknownSince, r.Lookups = sql.NullInt64{}, 0
	})
}

// plan makes the row of a new generation.
func (l *Ledger) plan(ctx context.Context, tx *sqlx.Tx, c Claim, generation int) (effectRow, error) {
	now := sql.NullInt64{Int64: l.now().UnixMilli(), Valid: true}
	row := effectRow{
		Connection: c.Connection, SaleID: c.SaleID, Step: c.Step, Generation: generation,
		RequestID: requestID(c, generation, l.life), BodyHash: c.BodyHash, Replaces: c.BooksDocumentID, State: string(EffectPlanned),
		CreatedAt: now, UpdatedAt: now,
	}
	done, err := tx.NamedExecContext(ctx,
		`INSERT INTO effects (connection, sale_id, step, generation, request_id, body_hash, replaces, state, created_at, updated_at)
		 VALUES (:connection, :sale_id, :step, :generation, :request_id, :body_hash, :replaces, :state, :created_at, :updated_at)`, row)
	if err != nil {
		return effectRow{}, fmt.Errorf("plan step: %w", err)
	}
	if row.ID, err = done.LastInsertId(); err != nil {
		return effectRow{}, fmt.Errorf("plan step: %w", err)
	}
	return row, l.logEffect(ctx, tx, &row, "", logged{owner: c.Owner})
}

// requestID names a claim to the vendor, which answers a repeated name with its first answer. It stands in the effect's row,
// so every blind repeat of the claim carries it, after a restart too. It never comes again for another claim: a ledger that
// is restored from an older copy counts its generations a second time, and would be told the answers of the first.
func requestID(c Claim, generation int, life string) string {
	sum := sha256.New()
	writeFields(sum, life, c.Scope, c.Connection, c.SaleID, c.Step, strconv.Itoa(generation), c.BodyHash)
	return "sb_" + hex.EncodeToString(sum.Sum(nil))[:32]
}
