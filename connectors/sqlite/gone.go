package sqlite

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"spacebridge/mapping/trade"
)

// MarkGone files that a get of the record, begun at reading.At, found it deleted. Its versions and links stay. The sales,
// and those that exist of what its current version names, are marked dirty unless the record was gone before. A newer
// read that found the record wins over an older one that did not; a read that finds it again brings it back.
func (l *Ledger) MarkGone(
	ctx context.Context, connection string, reading Reading, kind trade.Kind, id string, sales []string,
) error {
	if reading.At.IsZero() {
		return errNoReadAt
	}
	err := l.write(ctx, "mark_gone", func(tx *sqlx.Tx) error {
		f := l.filing(tx, connection, reading)
		if err := f.vanish(ctx, kind, id, sales); err != nil {
			return err
		}
		return f.markSales(ctx)
	})
	if err != nil {
		return fmt.Errorf("mark %s %s of %s as gone: %w", kind, id, connection, err)
	}
	return nil
}

func (f *filing) vanish(ctx context.Context, kind trade.Kind, id string, sales []string) error {
	before, known, err := f.current(ctx, kind, id)
	if err != nil {
		return err
	}
	if known && before.Gone {
		return f.confirm(ctx, trade.Record{Kind: kind, ID: id}, sales)
	}
	if known && f.late(before) {
		return nil
	}
	_, err = f.tx.ExecContext(ctx,
		`INSERT INTO records (connection, kind, record_id, status, number, source, since, heard_at, read_at, gone)
		 VALUES (?, ?, ?, '', '', ?, ?, ?, ?, 1)
		 ON CONFLICT (connection, kind, record_id) DO UPDATE SET source = excluded.source, since = excluded.since,
		   heard_at = excluded.heard_at, read_at = excluded.read_at, gone = 1`,
		f.connection, string(kind), id, string(f.source), f.since, f.readAt, f.readAt)
	if err != nil {
		return err
	}
	for _, sale := range sales {
		f.dirty[sale] = true
	}
	named, err := f.links(ctx, trade.Record{Kind: kind, ID: id})
	if err != nil {
		return err
	}
	for _, ref := range named {
		if err := f.wake(ctx, ref); err != nil {
			return err
		}
	}
	return nil
}
