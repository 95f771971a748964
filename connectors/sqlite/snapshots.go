package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"spacebridge/mapping/trade"
)

// unreadable begins the id under which a record without a readable id is filed. Such a record cannot be got by id.
const unreadable = "unreadable:"

// UnreadableID is the id under which a record without a readable id is filed: the same body has the same one.
func UnreadableID(body []byte) string { return unreadable + hashBody(body)[:16] }

// Snapshot is the current version of a record.
type Snapshot struct {
	Kind      trade.Kind
	ID        string
	Hash      string // of the content; "" for a record that was only ever found gone
	Body      []byte // as the vendor sent it; nil for a record that was only ever found gone
	Source    trade.Source
	FirstSeen time.Time // when this content became the current one, again if it came back; rounded up to the millisecond
	ReadAt    time.Time // begin of the latest list or get that returned this content; never zero
	Gone      bool      // deleted, by a get at ReadAt
	Status    string
}

type snapshotRow struct {
	Kind   string         `db:"kind"`
	ID     string         `db:"record_id"`
	Hash   sql.NullString `db:"hash"`
	Body   []byte         `db:"body"`
	Source string         `db:"source"`
	Since  sql.NullInt64  `db:"since"`
	ReadAt sql.NullInt64  `db:"read_at"`
	Gone   bool           `db:"gone"`
	Status string         `db:"status"`
}

func (r snapshotRow) snapshot() Snapshot {
	return Snapshot{
		Kind: trade.Kind(r.Kind), ID: r.ID, Hash: r.Hash.String, Body: r.Body, Source: trade.Source(r.Source),
		FirstSeen: instant(r.Since), ReadAt: instant(r.ReadAt), Gone: r.Gone, Status: r.Status,
	}
}

const selectSnapshots = `
SELECT r.kind, r.record_id, s.hash, s.body, r.source, r.since, r.read_at, r.gone, r.status
FROM records r LEFT JOIN snapshots s ON s.id = r.snapshot_id
`

// Latest gives the current version of a record, and false when the ledger never heard of it.
func (l *Ledger) Latest(ctx context.Context, connection string, kind trade.Kind, id string) (Snapshot, bool, error) {
	var row snapshotRow
	err := l.reader.GetContext(ctx, &row,
		selectSnapshots+`WHERE r.connection = ? AND r.kind = ? AND r.record_id = ?`, connection, string(kind), id)
	if errors.Is(err, sql.ErrNoRows) {
		return Snapshot{}, false, nil
	}
	if err != nil {
		return Snapshot{}, false, fmt.Errorf("read %s %s: %w", kind, id, err)
	}
	return row.snapshot(), true, nil
}

// Linked gives the current versions of the records of a kind that name another record, by id, without those gone.
func (l *Ledger) Linked(ctx context.Context, connection string, kind trade.Kind, to trade.Ref) ([]Snapshot, error) {
	var rows []snapshotRow
	err := l.reader.SelectContext(ctx, &rows, selectSnapshots+
		`JOIN links k ON k.connection = r.connection AND k.from_kind = r.kind AND k.from_id = r.record_id
		 WHERE k.connection = ? AND k.to_kind = ? AND k.to_id = ? AND k.from_kind = ? AND r.gone = 0
		 ORDER BY r.record_id`, connection, string(to.Kind), to.ID, string(kind))
	if err != nil {
		return nil, fmt.Errorf("read %ss of %s %s: %w", kind, to.Kind, to.ID, err)
	}
	snapshots := make([]Snapshot, 0, len(rows))
	for _, row := range rows {
		snapshots = append(snapshots, row.snapshot())
	}
	return snapshots, nil
}

// UnreadSales gives the ids of sales that can still come to something (waiting, pending or held) whose own record was last
// read before a time, those read longest ago first. Sales without a readable id are left out. Limit 0 gives all.
func (l *Ledger) UnreadSales(ctx context.Context, connection string, readBefore time.Time, limit int) ([]string, error) {
	if limit <= 0 {
		limit = -1
	}
	ids := []string{}
	err := l.reader.SelectContext(ctx, &ids,
		`SELECT s.id FROM sales s JOIN records r ON r.connection = s.connection AND r.kind = s.kind AND r.record_id = s.id
		 WHERE s.connection = ? AND s.state IN ('waiting', 'pending', 'held')
		   AND r.gone = 0 AND coalesce(r.read_at, 0) < ? AND s.id NOT GLOB ?
		 ORDER BY r.read_at, s.id LIMIT ?`,
		connection, readBefore.UnixMilli(), unreadable+"*", limit)
	if err != nil {
		return nil, fmt.Errorf("list unread sales: %w", err)
	}
	return ids, nil
}

// OpenRecords gives the ids of records of a kind whose current version has one of the statuses and was last read before
// a time, those read longest ago first: what a sweep of those statuses did not see. Records that are gone or have no
// readable id are left out, and so are those created before since, unless that is zero or their creation is not known,
// and orders whose sale is ignored or cancelled, unless a sale made of one of their invoices is neither. Limit 0 gives all.
func (l *Ledger) OpenRecords(
	ctx context.Context, connection string, kind trade.Kind, statuses []string, readBefore, since time.Time, limit int,
) ([]string, error) {
	ids := []string{}
	if len(statuses) == 0 {
		return ids, nil
	}
	if limit <= 0 {
		limit = -1
	}
	wanted, err := json.Marshal(statuses)
	if err != nil {
		return nil, fmt.Errorf("list open %ss: %w", kind, err)
	}
	err = l.reader.SelectContext(ctx, &ids,
		`SELECT r.record_id FROM records r INDEXED BY records_open
		 WHERE r.connection = ? AND r.kind = ? AND r.status IN (SELECT value FROM json_each(?))
		   AND r.gone = 0 AND coalesce(r.read_at, 0) < ? AND coalesce(r.created_at >= ?, 1) AND r.record_id NOT GLOB ?
		   AND NOT (r.kind = 'order' AND EXISTS (SELECT 1 FROM sales s
		     WHERE s.connection = r.connection AND s.kind = 'order' AND s.id = r.record_id AND s.state IN ('ignored', 'cancelled'))
		     AND NOT `+namedByLiveSale+`)
		 ORDER BY r.read_at, r.record_id LIMIT ?`,
		connection, string(kind), string(wanted), readBefore.UnixMilli(), millis(since), unreadable+"*", limit)
	if err != nil {
		return nil, fmt.Errorf("list open %ss: %w", kind, err)
	}
	return ids, nil
}

// SalesOf gives the ids of the sales without an invoice whose own record names another record, such as those of a customer.
// A sale that has its invoice is left out: what the customer's record says later does not change what was issued.
func (l *Ledger) SalesOf(ctx context.Context, connection string, ref trade.Ref) ([]string, error) {
	ids := []string{}
	err := l.reader.SelectContext(ctx, &ids,
		`SELECT DISTINCT k.from_id FROM links k JOIN sales s ON s.connection = k.connection AND s.kind = k.from_kind AND s.id = k.from_id
		 WHERE k.connection = ? AND k.to_kind = ? AND k.to_id = ? AND s.books_document_id IS NULL
		   AND s.state NOT IN ('cancelled', 'ignored') ORDER BY k.from_id`,
		connection, string(ref.Kind), ref.ID)
	if err != nil {
		return nil, fmt.Errorf("list sales of %s %s: %w", ref.Kind, ref.ID, err)
	}
	return ids, nil
}
