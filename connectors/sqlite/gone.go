package sqlite

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"spacebridge/mapping/trade"
)

// MarkGone files that a get of the record, begun at reading.At, found it deleted. Its versions and links stay. The sales,
// those that exist of what its current version names, and those made of an invoice that names the same order, are marked dirty unless the record was gone before. A newer
// read that found the record wins over an older one that did not; a read that finds it again brings it back.
func (l *Ledger) MarkGone(
	ctx context.Context, connection string, reading Reading, kind trade.Kind, id string, sales []string,
) error {
	reading.Source = trade.SourceGet // whatever it says: no list tells what is deleted
	if err := reading.validate(); err != nil {
		return err
	}
	err := l.write(ctx, "mark_gone", func(tx *sqlx.Tx) error {
		f := l.filing(tx, connection, reading)
		if err := f.vanish(ctx, kind, id, sales); err != nil {
			return err
		}
		return f.conclude(ctx)
	})
	if err != nil {
		return fmt.Errorf("mark %s %s of %s as gone: %w", kind, id, connection, err)
	}
	return nil
}

func (f *filing) vanish(ctx context.Context, kind trade.Kind, id string, sales []string) error {
	mark, err := f.waits(ctx, kind, id)
	if err != nil {
		return err
	}
	// A newer read that found the record answers the event as well, so the mark is settled whatever becomes of this one.
	if err := f.settle(ctx, kind, id, mark, true); err != nil {
		return err
	}
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
	if known {
		f.found[string(kind)]++
	}
	return f.lose(ctx, kind, id, sales, f.changedSince(mark))
}

// lose makes a record gone, and marks the sales that change by it.
func (f *filing) lose(ctx context.Context, kind trade.Kind, id string, sales []string, since int64) error {
	_, err := f.tx.ExecContext(ctx,
		`INSERT INTO records (connection, kind, record_id, status, number, source, since, heard_at, read_at, gone, appeared_at,
		   heard_seq) VALUES (?1, ?2, ?3, '', '', ?4, ?5, ?6, ?6, 1, ?5, ?7)
		 ON CONFLICT (connection, kind, record_id) DO UPDATE SET source = excluded.source, since = excluded.since,
		   heard_at = excluded.heard_at, read_at = excluded.read_at, gone = 1, named_at = NULL, heard_seq = excluded.heard_seq`,
		f.connection, string(kind), id, string(f.reading.Source), f.since, f.readAt, f.reading.Heard)
	if err != nil {
		return fmt.Errorf("file %s %s as gone: %w", kind, id, err)
	}
	for _, sale := range sales {
		f.touch(sale, since)
	}
	named, err := f.links(ctx, trade.Record{Kind: kind, ID: id})
	if err != nil {
		return err
	}
	for _, ref := range named {
		if err := f.wake(ctx, ref, since); err != nil {
			return err
		}
	}
	if err := f.wakeInvoices(ctx, ordersOf(kind, id, named), since); err != nil {
		return err
	}
	return f.outdate(ctx, kind, named...)
}
