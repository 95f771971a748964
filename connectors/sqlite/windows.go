package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"spacebridge/mapping/trade"
)

// What follows tells a reader of lists what it will find there, so that it can choose the cheaper way.

// OpenWindow gives the creation times of the records of a kind, newest first, as a list would show them: those not gone, of
// a status ("": any), created at or after since, at most limit; limit 0 gives all. Records that do not tell their creation,
// such as invoices, count as created when they were first seen.
func (l *Ledger) OpenWindow(
	ctx context.Context, connection string, kind trade.Kind, status string, since time.Time, limit int,
) ([]time.Time, error) {
	if limit <= 0 {
		limit = -1
	}
	query, args := windowOfAll, []any{connection, string(kind), since.UnixMilli(), limit}
	if status != "" {
		query, args = windowOfStatus, []any{connection, string(kind), status, since.UnixMilli(), limit}
	}
	var rows []sql.NullInt64
	if err := l.reader.SelectContext(ctx, &rows, query, args...); err != nil {
		return nil, fmt.Errorf("list creation times of %ss: %w", kind, err)
	}
	times := make([]time.Time, 0, len(rows))
	for _, ms := range rows {
		times = append(times, instant(ms))
	}
	return times, nil
}

const (
	windowOfAll = `
SELECT appeared_at FROM records INDEXED BY records_appeared
WHERE connection = ? AND kind = ? AND gone = 0 AND appeared_at >= ? ORDER BY appeared_at DESC LIMIT ?`

	windowOfStatus = `
SELECT appeared_at FROM records INDEXED BY records_window
WHERE connection = ? AND kind = ? AND status = ? AND gone = 0 AND appeared_at >= ? ORDER BY appeared_at DESC LIMIT ?`
)

// Vanished gives the ids of the records of a kind that were last read at or after seenFrom and before another time: seen by
// the sweep before, and not by the one that began at that time. Those unread longest come first; limit 0 gives all. Records
// that are gone or have no readable id are left out. One that was read in the future was read before the clock was set
// back, and not since; it is given, too.
func (l *Ledger) Vanished(
	ctx context.Context, connection string, kind trade.Kind, seenFrom, before time.Time, limit int,
) ([]string, error) {
	if limit <= 0 {
		limit = -1
	}
	ids := []string{}
	err := l.reader.SelectContext(ctx, &ids, vanished,
		connection, string(kind), seenFrom.UnixMilli(), before.UnixMilli(), l.now().UnixMilli(), unreadable+"*", limit)
	if err != nil {
		return nil, fmt.Errorf("list vanished %ss: %w", kind, err)
	}
	return ids, nil
}

const vanished = `
SELECT record_id FROM (
  SELECT record_id, read_at, 0 AS turn FROM records INDEXED BY records_read
  WHERE connection = ?1 AND kind = ?2 AND gone = 0 AND read_at >= ?3 AND read_at < ?4 AND read_at <= ?5
  UNION ALL
  SELECT record_id, read_at, 1 AS turn FROM records INDEXED BY records_read
  WHERE connection = ?1 AND kind = ?2 AND gone = 0 AND read_at > ?5)
WHERE record_id NOT GLOB ?6 ORDER BY turn, read_at, record_id LIMIT ?7`

// Outdated gives the ids of the orders that were last read before an invoice or a dispatch that names them changed, those
// waiting longest first; limit 0 gives all. What such a record says shows on the order's lines as well, so the order must
// have changed with it. Orders that are gone are left out, and so are those of which neither a sale of their own nor one made
// of their invoices can come to anything: there is none, or it is cancelled or ignored.
func (l *Ledger) Outdated(ctx context.Context, connection string, limit int) ([]string, error) {
	if limit <= 0 {
		limit = -1
	}
	ids := []string{}
	if err := l.reader.SelectContext(ctx, &ids, outdated, connection, limit); err != nil {
		return nil, fmt.Errorf("list outdated orders of %s: %w", connection, err)
	}
	return ids, nil
}

const outdated = `
SELECT r.record_id FROM records r INDEXED BY records_named
WHERE r.connection = ? AND r.named_at IS NOT NULL AND r.kind = 'order' AND r.gone = 0
  AND (EXISTS (SELECT 1 FROM sales s WHERE s.connection = r.connection AND s.kind = 'order' AND s.id = r.record_id
    AND s.state NOT IN ('cancelled', 'ignored')) OR ` + namedByLiveSale + `)
ORDER BY r.named_at, r.record_id LIMIT ?`

// namedByLiveSale holds for an order r that an invoice names of which a sale is made that is neither cancelled nor ignored.
const namedByLiveSale = `EXISTS (SELECT 1 FROM links k
  JOIN sales s ON s.connection = k.connection AND s.kind = 'invoice' AND s.id = k.from_id AND s.state NOT IN ('cancelled', 'ignored')
  WHERE k.connection = r.connection AND k.to_kind = 'order' AND k.to_id = r.record_id AND k.from_kind = 'invoice')`

// refresh brings an order up to date that changed by a read, unless what names it changed after the read was begun. Changes
// in the future are from before the clock was set back; they give way to the read.
func (f *filing) refresh(ctx context.Context, id string) error {
	_, err := f.tx.ExecContext(ctx,
		`UPDATE records SET named_at = (SELECT max(n.since) FROM links k
		   JOIN records n ON n.connection = k.connection AND n.kind = k.from_kind AND n.record_id = k.from_id
		   WHERE k.connection = ?1 AND k.to_kind = 'order' AND k.to_id = ?2 AND n.kind IN ('invoice', 'dispatch')
		     AND n.since > ?3 AND n.since <= ?4)
		 WHERE connection = ?1 AND kind = 'order' AND record_id = ?2 AND gone = 0`,
		f.connection, id, f.readAt, f.since)
	return wrap(err, "bring order "+id+" up to date")
}

// outdate notes that an invoice or a dispatch changed that names orders, or named them until now.
func (f *filing) outdate(ctx context.Context, kind trade.Kind, named ...trade.Ref) error {
	if kind != trade.KindInvoice && kind != trade.KindDispatch {
		return nil
	}
	for _, ref := range named {
		if ref.Kind != trade.KindOrder || ref.ID == "" {
			continue
		}
		_, err := f.tx.ExecContext(ctx,
			`UPDATE records SET named_at = ? WHERE connection = ? AND kind = 'order' AND record_id = ? AND gone = 0`,
			f.since, f.connection, ref.ID)
		if err != nil {
			return fmt.Errorf("outdate order %s: %w", ref.ID, err)
		}
	}
	return nil
}
