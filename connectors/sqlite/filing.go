package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"spacebridge/mapping/trade"
)

// filing is one transaction that files records.
type filing struct {
	tx         *sqlx.Tx
	connection string
	source     trade.Source
	readAt     int64 // never later than now
	since      int64 // when versions that become current by this transaction do so
	now        int64
	dirty      map[string]bool // sales to be marked
	result     SaveResult
}

func (l *Ledger) filing(tx *sqlx.Tx, connection string, reading Reading) *filing {
	now := l.now()
	return &filing{
		tx: tx, connection: connection, source: reading.Source,
		// A read begun in the future was begun before the clock was set back.
		readAt: min(reading.At.UnixMilli(), now.UnixMilli()),
		// The reply was made somewhere between the request and now. Whoever asks what else was read after this version
		// came must get an answer that is right in the worst case.
		since: ceilMillis(now),
		now:   now.UnixMilli(), dirty: map[string]bool{},
	}
}

// current is the current version of a record.
type current struct {
	SnapshotID sql.NullInt64  `db:"snapshot_id"`
	Hash       sql.NullString `db:"hash"`
	HeardAt    int64          `db:"heard_at"`
	Gone       bool           `db:"gone"`
}

func (f *filing) current(ctx context.Context, kind trade.Kind, id string) (current, bool, error) {
	var c current
	err := f.tx.GetContext(ctx, &c,
		`SELECT r.snapshot_id, s.hash, r.heard_at, r.gone FROM records r LEFT JOIN snapshots s ON s.id = r.snapshot_id
		 WHERE r.connection = ? AND r.kind = ? AND r.record_id = ?`, f.connection, string(kind), id)
	if errors.Is(err, sql.ErrNoRows) {
		return current{}, false, nil
	}
	if err != nil {
		return current{}, false, fmt.Errorf("read current version of %s %s: %w", kind, id, err)
	}
	return c, true, nil
}

// late reports whether this transaction's read is older than what is known. A version heard of in the future was heard
// of before the clock was set back, which says nothing about the order of the two.
func (f *filing) late(before current) bool {
	return before.HeardAt <= f.now && f.readAt < before.HeardAt
}

func (f *filing) file(ctx context.Context, saved Saved) error {
	record, hash := saved.Record, hashBody(saved.Record.Body)
	if record.ID == "" {
		record.ID = UnreadableID(record.Body)
	}
	before, known, err := f.current(ctx, record.Kind, record.ID)
	if err != nil {
		return err
	}
	switch {
	case !known:
		f.result.New++
		return f.become(ctx, record, hash, saved.Sales)
	case before.Hash.String == hash && !before.Gone:
		f.result.Same++
		return f.confirm(ctx, record, saved.Sales)
	case f.late(before):
		f.result.Same++
		_, err := f.keep(ctx, record, hash)
		return err
	default:
		f.result.Changed++
		return f.become(ctx, record, hash, saved.Sales)
	}
}

// keep stores a version, unless it is stored, and gives its row.
func (f *filing) keep(ctx context.Context, record trade.Record, hash string) (int64, error) {
	_, err := f.tx.ExecContext(ctx,
		`INSERT INTO snapshots (connection, kind, record_id, hash, body, source, first_seen) VALUES (?, ?, ?, ?, ?, ?, ?)
		 ON CONFLICT (connection, kind, record_id, hash) DO NOTHING`,
		f.connection, string(record.Kind), record.ID, hash, body(record.Body), string(f.source), f.since)
	if err != nil {
		return 0, fmt.Errorf("keep version of %s %s: %w", record.Kind, record.ID, err)
	}
	var id int64
	err = f.tx.GetContext(ctx, &id,
		`SELECT id FROM snapshots WHERE connection = ? AND kind = ? AND record_id = ? AND hash = ?`,
		f.connection, string(record.Kind), record.ID, hash)
	if err != nil {
		return 0, fmt.Errorf("find version of %s %s: %w", record.Kind, record.ID, err)
	}
	return id, nil
}

// become makes this version the current one.
func (f *filing) become(ctx context.Context, record trade.Record, hash string, sales []string) error {
	snapshot, err := f.keep(ctx, record, hash)
	if err != nil {
		return err
	}
	_, err = f.tx.ExecContext(ctx,
		`INSERT INTO records (connection, kind, record_id, snapshot_id, status, number, created_at, source, since, heard_at,
		   read_at, gone) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
		 ON CONFLICT (connection, kind, record_id) DO UPDATE SET snapshot_id = excluded.snapshot_id,
		   status = excluded.status, number = excluded.number, created_at = coalesce(excluded.created_at, created_at),
		   source = excluded.source, since = excluded.since, heard_at = excluded.heard_at, read_at = excluded.read_at,
		   gone = 0`,
		f.connection, string(record.Kind), record.ID, snapshot, record.Status, record.Number, millis(record.Created),
		string(f.source), f.since, f.readAt, f.readColumn())
	if err != nil {
		return fmt.Errorf("file %s %s: %w", record.Kind, record.ID, err)
	}
	if err := f.relink(ctx, record); err != nil {
		return err
	}
	for _, sale := range sales {
		f.dirty[sale] = true
	}
	if record.Kind == trade.KindOrder || record.Kind == trade.KindInvoice {
		return describeSale(ctx, f.tx, f.connection, record.ID, record.Number, millis(record.Created))
	}
	return nil
}

// readColumn is when the API said it: never, if it was a webhook.
func (f *filing) readColumn() sql.NullInt64 {
	return sql.NullInt64{Int64: f.readAt, Valid: f.source != trade.SourceWebhook}
}

// confirm notes that the current version was read once more. Times that lie in the future are from before the clock was
// set back and give way to those of this read.
func (f *filing) confirm(ctx context.Context, record trade.Record, sales []string) error {
	if f.source != trade.SourceWebhook {
		_, err := f.tx.ExecContext(ctx,
			`UPDATE records SET read_at = CASE WHEN read_at > ?2 THEN ?1 ELSE max(coalesce(read_at, 0), ?1) END,
			   heard_at = CASE WHEN heard_at > ?2 THEN ?1 ELSE max(heard_at, ?1) END, since = min(since, ?3), source = ?4
			 WHERE connection = ?5 AND kind = ?6 AND record_id = ?7`,
			f.readAt, f.now, f.since, string(f.source), f.connection, string(record.Kind), record.ID)
		if err != nil {
			return fmt.Errorf("confirm %s %s: %w", record.Kind, record.ID, err)
		}
	}
	for _, sale := range sales {
		made, err := ensureSale(ctx, f.tx, f.connection, sale, f.now)
		if err != nil {
			return err
		}
		if made {
			f.dirty[sale] = true
		}
	}
	return nil
}

// markSales ends the transaction: every sale touched exists and is marked once.
func (f *filing) markSales(ctx context.Context) error {
	for _, sale := range sorted(f.dirty) {
		if _, err := ensureSale(ctx, f.tx, f.connection, sale, f.now); err != nil {
			return err
		}
		if err := markDirty(ctx, f.tx, f.connection, sale, f.now); err != nil {
			return err
		}
	}
	return nil
}

func sorted(set map[string]bool) []string {
	all := make([]string, 0, len(set))
	for item := range set {
		all = append(all, item)
	}
	slices.Sort(all)
	return all
}

// body gives the driver an empty value instead of NULL.
func body(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
