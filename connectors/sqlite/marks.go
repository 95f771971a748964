package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"spacebridge/mapping/trade"
)

// Mark is a record that webhooks told of and that was not read since.
type Mark struct {
	Told
	Seq   int64     // of the latest event that named it
	Since time.Time // receipt of the oldest event that waits
	Last  time.Time // receipt of the latest
}

// recordKey names a record of any connection.
type recordKey struct {
	connection string
	kind       trade.Kind
	id         string
}

// hint is what the deliveries of one transaction say of one record.
type hint struct {
	recordKey

	status  string
	created time.Time
	isNew   bool
	deleted bool
}

// gather joins what deliveries tell of each record, so that a burst of events writes each record once. The result is in
// the order of the inbox's key, which is the cheapest to write.
func gather(deliveries []Delivery) ([]hint, error) {
	joined := map[recordKey]*hint{}
	for _, d := range deliveries {
		if d.Connection == "" || d.Hash == "" {
			return nil, fmt.Errorf("receive: a delivery without its connection or hash: %w", ErrUnfit)
		}
		for _, t := range d.Told {
			key := recordKey{d.Connection, t.Kind, t.ID}
			if t.ID == "" || !slices.Contains(kinds, t.Kind) {
				return nil, fmt.Errorf("receive: an event of %s names no record: kind %q: %w", d.Connection, t.Kind, ErrUnfit)
			}
			if joined[key] == nil {
				joined[key] = &hint{recordKey: key}
			}
			joined[key].add(t)
		}
	}
	all := make([]hint, 0, len(joined))
	for _, t := range joined {
		all = append(all, *t)
	}
	slices.SortFunc(all, func(a, b hint) int {
		return cmp.Or(cmp.Compare(a.connection, b.connection), cmp.Compare(a.kind, b.kind), cmp.Compare(a.id, b.id))
	})
	return all, nil
}

// kinds are the kinds of records that events are kept about.
var kinds = []trade.Kind{trade.KindOrder, trade.KindInvoice, trade.KindDispatch, trade.KindCustomer}

func (t *hint) add(event Told) {
	t.status = cmp.Or(event.Status, t.status)
	if !event.Created.IsZero() {
		t.created = event.Created
	}
	t.isNew = t.isNew || event.New
	t.deleted = t.deleted || event.Deleted
}

// mark makes each record wait. Numbers are given out within the transaction, so whoever sees a number sees all marks up to it.
//
// Events come in any order, so one that says that the record was deleted is remembered until somebody has looked.
func (r *receipt) mark(ctx context.Context, marks []hint) error {
	if len(marks) == 0 {
		return nil
	}
	if _, err := r.tx.ExecContext(ctx, `UPDATE inbox_numbers SET last = last + ?`, len(marks)); err != nil {
		return fmt.Errorf("number events: %w", err)
	}
	var last int64
	if err := r.tx.GetContext(ctx, &last, `SELECT last FROM inbox_numbers`); err != nil {
		return fmt.Errorf("number events: %w", err)
	}
	for i, m := range marks {
		newAt := sql.NullInt64{Int64: r.now, Valid: m.isNew}
		_, err := r.tx.ExecContext(ctx,
			`INSERT INTO inbox (connection, kind, record_id, seq, status, created_at, new_at, deleted, first_at, last_at, waiting_since)
			 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?9)
			 ON CONFLICT (connection, kind, record_id) DO UPDATE SET seq = excluded.seq,
			   status = CASE WHEN excluded.status <> '' THEN excluded.status ELSE status END,
			   created_at = coalesce(excluded.created_at, created_at), new_at = coalesce(new_at, excluded.new_at),
			   deleted = max(excluded.deleted, deleted), last_at = excluded.last_at,
			   waiting_since = min(coalesce(waiting_since, excluded.waiting_since), excluded.waiting_since)`,
			m.connection, string(m.kind), m.id, last-int64(len(marks)-1-i), m.status, millis(m.created), newAt,
			bit(m.deleted), r.now)
		if err != nil {
			return fmt.Errorf("mark %s %s of %s: %w", m.kind, m.id, m.connection, err)
		}
	}
	return nil
}

// Heard gives the number of the latest event received for any connection, 0 before the first. A read that begins afterwards
// shows at least what those events told of.
func (l *Ledger) Heard(ctx context.Context) (int64, error) {
	var last int64
	if err := l.reader.GetContext(ctx, &last, `SELECT last FROM inbox_numbers`); err != nil {
		return 0, fmt.Errorf("read number of the latest event: %w", err)
	}
	return last, nil
}

type markRow struct {
	Kind    string        `db:"kind"`
	ID      string        `db:"record_id"`
	Seq     int64         `db:"seq"`
	Status  string        `db:"status"`
	Created sql.NullInt64 `db:"created_at"`
	New     bool          `db:"new"`
	Deleted bool          `db:"deleted"`
	Since   sql.NullInt64 `db:"waiting_since"`
	Last    sql.NullInt64 `db:"last_at"`
}

const waitingMarks = `
SELECT kind, record_id, seq, status, created_at, coalesce(new_at >= waiting_since, 0) AS new, deleted, waiting_since, last_at
FROM inbox WHERE connection = ? AND waiting_since IS NOT NULL ORDER BY waiting_since, seq LIMIT ?`

// Waiting gives the records of a connection that wait to be looked at, those waiting longest first; limit 0 gives all.
func (l *Ledger) Waiting(ctx context.Context, connection string, limit int) ([]Mark, error) {
	if limit <= 0 {
		limit = -1
	}
	var rows []markRow
	if err := l.reader.SelectContext(ctx, &rows, waitingMarks, connection, limit); err != nil {
		return nil, fmt.Errorf("list what waits in the inbox of %s: %w", connection, err)
	}
	marks := make([]Mark, 0, len(rows))
	for _, r := range rows {
		marks = append(marks, Mark{
			Told: Told{
				Kind: trade.Kind(r.Kind), ID: r.ID, Status: r.Status, Created: instant(r.Created), New: r.New, Deleted: r.Deleted,
			},
			Seq: r.Seq, Since: instant(r.Since), Last: instant(r.Last),
		})
	}
	return marks, nil
}
