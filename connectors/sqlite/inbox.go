package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"spacebridge/mapping/trade"
)

// Delivery is one webhook request, as far as it is kept.
type Delivery struct {
	Connection string
	Hash       string // SHA-256 of the body, in hex: a delivery that comes twice is known by it
	Events     int    // events in it
	Dropped    int    // of them, about what the books do not know: products, stock
	Unreadable int    // of them, those that nobody could make sense of; a body that is no list of events counts as one
	Body       []byte // only when something in it is unreadable, so that a person can look at it; nil otherwise
	Told       []Told
}

// Told is a record that an event names: a hint to look at it, and never the truth about it (invariant 4).
type Told struct {
	Kind    trade.Kind
	ID      string
	Status  string    // as the event says, "" when it does not
	Created time.Time // as the event says, zero when it does not
	New     bool      // the event says that the record was created
	Deleted bool      // the event says that it was deleted
}

// MaxBodies is how many unreadable deliveries of a connection are kept with their bodies. That many are enough to see what
// is wrong, and a vendor that changes its format must not fill the disk; further ones are counted without their bodies.
const MaxBodies = 100

// Receive commits deliveries together: each record they name waits to be looked at from then on. known says for each
// delivery whether the same body was received before; it is marked all the same, since a record may change back. Told must
// name records of the four kinds by their ids; anything else fails the whole call with ErrUnfit.
//
// Invariant 5: a delivery may be answered 200 only after this has returned without error.
func (l *Ledger) Receive(ctx context.Context, deliveries []Delivery) (known []bool, err error) {
	if len(deliveries) == 0 {
		return nil, nil
	}
	marks, err := gather(deliveries)
	if err != nil {
		return nil, err
	}
	err = l.write(ctx, "receive", func(tx *sqlx.Tx) error {
		r := &receipt{tx: tx, now: l.now().UnixMilli(), heard: map[string]counts{}}
		known = make([]bool, len(deliveries))
		for i, d := range deliveries {
			if known[i], err = r.file(ctx, d); err != nil {
				return err
			}
		}
		if err := r.mark(ctx, marks); err != nil {
			return err
		}
		return r.conclude(ctx, marks)
	})
	if err != nil {
		return nil, fmt.Errorf("receive %d deliveries: %w", len(deliveries), err)
	}
	return known, nil
}

// receipt is one transaction that receives deliveries.
type receipt struct {
	tx    *sqlx.Tx
	now   int64
	heard map[string]counts // by connection: what is to be tallied
}

// file stores one delivery and reports whether the same body came before.
func (r *receipt) file(ctx context.Context, d Delivery) (known bool, err error) {
	kept, err := r.keepsBody(ctx, d)
	if err != nil {
		return false, err
	}
	var times int
	err = r.tx.GetContext(ctx, &times,
		`INSERT INTO deliveries (connection, hash, first_at, last_at, events, dropped, unreadable, body)
		 VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7)
		 ON CONFLICT (connection, hash) DO UPDATE SET last_at = excluded.last_at, times = times + 1
		 RETURNING times`,
		d.Connection, d.Hash, r.now, d.Events, d.Dropped, d.Unreadable, kept)
	if err != nil {
		return false, fmt.Errorf("file delivery for %q: %w", d.Connection, err)
	}
	sums := r.heard[d.Connection]
	if sums == nil {
		sums = counts{}
		r.heard[d.Connection] = sums
	}
	sums["deliveries/accepted"]++
	sums["events/received"] += d.Events
	sums["events/dropped"] += d.Dropped
	sums["events/unreadable"] += d.Unreadable
	if times > 1 {
		sums["deliveries/repeated"]++
	}
	return times > 1, nil
}

// keepsBody gives what is stored of a delivery's body: nil for NULL.
func (r *receipt) keepsBody(ctx context.Context, d Delivery) (any, error) {
	if d.Body == nil {
		return nil, nil
	}
	var full bool
	err := r.tx.GetContext(ctx, &full,
		`SELECT count(*) >= ? FROM deliveries WHERE connection = ? AND body IS NOT NULL`, MaxBodies, d.Connection)
	if err != nil {
		return nil, fmt.Errorf("count bodies: %w", err)
	}
	if full {
		return nil, nil
	}
	return body(d.Body), nil
}

// conclude notes that the subscriptions spoke, of which records, and how much.
func (r *receipt) conclude(ctx context.Context, marks []hint) error {
	for _, connection := range sortedKeys(r.heard) {
		if err := r.hearOf(ctx, connection, marks); err != nil {
			return err
		}
		if err := tallyUp(ctx, r.tx, connection, r.now, r.heard[connection]); err != nil {
			return err
		}
	}
	return nil
}
