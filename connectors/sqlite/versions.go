package sqlite

import (
	"context"
	"fmt"

	"spacebridge/mapping/trade"
)

// keep stores a version, unless it is stored, and gives its row.
func (f *filing) keep(ctx context.Context, record trade.Record, hash string) (int64, error) {
	_, err := f.tx.ExecContext(ctx,
		`INSERT INTO snapshots (connection, kind, record_id, hash, body, source, first_seen) VALUES (?, ?, ?, ?, ?, ?, ?)
		 ON CONFLICT (connection, kind, record_id, hash) DO NOTHING`,
		f.connection, string(record.Kind), record.ID, hash, body(record.Body), string(f.reading.Source), f.since)
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

// become makes this version the current one. since is for the sales that change by it.
func (f *filing) become(ctx context.Context, record trade.Record, hash string, sales []string, since int64) error {
	snapshot, err := f.keep(ctx, record, hash)
	if err != nil {
		return err
	}
	created := millis(record.Created)
	_, err = f.tx.ExecContext(ctx,
		`INSERT INTO records (connection, kind, record_id, snapshot_id, status, number, created_at, source, since, heard_at,
		   read_at, gone, appeared_at, heard_seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, 0, coalesce(?7, ?9), ?11)
		 ON CONFLICT (connection, kind, record_id) DO UPDATE SET snapshot_id = excluded.snapshot_id,
		   status = excluded.status, number = excluded.number, created_at = coalesce(excluded.created_at, created_at),
		   source = excluded.source, since = excluded.since, heard_at = excluded.heard_at, read_at = excluded.read_at,
		   gone = 0, appeared_at = coalesce(excluded.created_at, appeared_at), heard_seq = excluded.heard_seq`,
		f.connection, string(record.Kind), record.ID, snapshot, record.Status, record.Number, created,
		string(f.reading.Source), f.since, f.readAt, f.reading.Heard)
	if err != nil {
		return fmt.Errorf("file %s %s: %w", record.Kind, record.ID, err)
	}
	if err := f.relink(ctx, record, since); err != nil {
		return err
	}
	if err := f.outdate(ctx, record.Kind, record.Refs...); err != nil {
		return err
	}
	for _, sale := range sales {
		f.touch(sale, since)
	}
	if err := f.wakeInvoices(ctx, ordersOf(record.Kind, record.ID, record.Refs), since); err != nil {
		return err
	}
	if record.Kind == trade.KindOrder {
		if err := f.refresh(ctx, record.ID); err != nil {
			return err
		}
	}
	if record.Kind == trade.KindOrder || record.Kind == trade.KindInvoice {
		return describeSale(ctx, f.tx, f.connection, trade.Ref{Kind: record.Kind, ID: record.ID}, record.Number, created)
	}
	return nil
}

// confirm notes that the current version was read once more. Times that lie in the future are from before the clock was
// set back and give way to those of this read.
func (f *filing) confirm(ctx context.Context, record trade.Record, sales []string) error {
	_, err := f.tx.ExecContext(ctx,
		`UPDATE records SET read_at = CASE WHEN read_at > ?2 THEN ?1 ELSE max(coalesce(read_at, 0), ?1) END,
		   heard_at = CASE WHEN heard_at > ?2 THEN ?1 ELSE max(heard_at, ?1) END, since = min(since, ?3), source = ?4,
		   named_at = CASE WHEN named_at BETWEEN ?1 + 1 AND ?3 THEN named_at END,
		   heard_seq = max(heard_seq, ?8)
		 WHERE connection = ?5 AND kind = ?6 AND record_id = ?7`,
		f.readAt, f.now, f.since, string(f.reading.Source), f.connection, string(record.Kind), record.ID, f.reading.Heard)
	if err != nil {
		return fmt.Errorf("confirm %s %s: %w", record.Kind, record.ID, err)
	}
	for _, sale := range sales {
		made, err := ensureSale(ctx, f.tx, f.connection, sale, f.now)
		if err != nil {
			return err
		}
		if made {
			f.touch(sale, f.now)
		}
	}
	return nil
}

// body gives the driver an empty value instead of NULL.
func body(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
