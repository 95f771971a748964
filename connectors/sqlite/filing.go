package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"spacebridge/mapping/trade"
)

// filing is one transaction that files records.
type filing struct {
	tx         *sqlx.Tx
	connection string
	reading    Reading
	readAt     int64 // never later than now
	since      int64 // when versions that become current by this transaction do so
	now        int64
	dirty      map[string]int64 // sales to be marked, and since when they have waited
	found      counts           // new and changed records by kind
	asked      bool             // whether anything waits in the inbox was looked up
	anyWaits   bool
	// Whether any sale of the connection is made of an invoice, once that was looked up.
	askedInvoices, anyInvoices bool
	result                     SaveResult
}

func (l *Ledger) filing(tx *sqlx.Tx, connection string, reading Reading) *filing {
	now := l.now()
	return &filing{
		tx: tx, connection: connection, reading: reading,
		// A read begun in the future was begun before the clock was set back.
		readAt: min(reading.At.UnixMilli(), now.UnixMilli()),
		// The reply was made somewhere between the request and now. Whoever asks what else was read after this version
		// came must get an answer that is right in the worst case.
		since: ceilMillis(now),
		now:   now.UnixMilli(), dirty: map[string]int64{}, found: counts{},
	}
}

// current is the current version of a record.
type current struct {
	SnapshotID sql.NullInt64  `db:"snapshot_id"`
	Hash       sql.NullString `db:"hash"`
	HeardAt    int64          `db:"heard_at"`
	HeardSeq   int64          `db:"heard_seq"`
	Gone       bool           `db:"gone"`
}

func (f *filing) current(ctx context.Context, kind trade.Kind, id string) (current, bool, error) {
	var c current
	err := f.tx.GetContext(ctx, &c,
		`SELECT r.snapshot_id, s.hash, r.heard_at, r.heard_seq, r.gone FROM records r LEFT JOIN snapshots s ON s.id = r.snapshot_id
		 WHERE r.connection = ? AND r.kind = ? AND r.record_id = ?`, f.connection, string(kind), id)
	if errors.Is(err, sql.ErrNoRows) {
		return current{}, false, nil
	}
	if err != nil {
		return current{}, false, fmt.Errorf("read current version of %s %s: %w", kind, id, err)
	}
	return c, true, nil
}

// late reports whether this transaction's read was begun before the one that is known. Where webhooks came between the two,
// their numbers tell, and no clock has a say. Otherwise the times do; a version heard of in the future was heard of before
// the clock was set back, which says nothing about the order of the two.
func (f *filing) late(before current) bool {
	if heard := f.reading.Heard; heard > 0 && before.HeardSeq > 0 && heard != before.HeardSeq {
		return heard < before.HeardSeq
	}
	return before.HeardAt <= f.now && f.readAt < before.HeardAt
}

func (f *filing) file(ctx context.Context, saved Saved) error {
	record, hash := saved.Record, hashBody(saved.Record.Body)
	if record.ID == "" {
		record.ID = UnreadableID(record.Body)
	}
	mark, err := f.waits(ctx, record.Kind, record.ID)
	if err != nil {
		return err
	}
	news, err := f.compare(ctx, record, hash, saved.Sales, f.changedSince(mark))
	if err != nil {
		return err
	}
	if news {
		f.found[string(record.Kind)]++
	}
	return f.settle(ctx, record.Kind, record.ID, mark, news)
}

// compare files a record by what is known of it, and reports whether it is new or changed. since is for its sales.
func (f *filing) compare(ctx context.Context, record trade.Record, hash string, sales []string, since int64) (news bool, err error) {
	before, known, err := f.current(ctx, record.Kind, record.ID)
	if err != nil {
		return false, err
	}
	switch {
	case !known:
		f.result.New++
		if !record.Created.IsZero() {
			f.result.Created = append(f.result.Created, record.Created)
		}
		if err := f.noteUnheard(ctx, record); err != nil {
			return false, err
		}
		return true, f.become(ctx, record, hash, sales, since)
	case before.Hash.String == hash && !before.Gone:
		f.result.Same++
		return false, f.confirm(ctx, record, sales)
	case f.late(before):
		f.result.Same++
		_, err := f.keep(ctx, record, hash)
		return false, err
	default:
		f.result.Changed++
		return true, f.become(ctx, record, hash, sales, since)
	}
}

// touch has a sale marked that has waited since a time.
func (f *filing) touch(sale string, since int64) {
	if before, known := f.dirty[sale]; known {
		since = min(before, since)
	}
	f.dirty[sale] = since
}

// markSales marks every sale that was touched once.
func (f *filing) markSales(ctx context.Context) error {
	for _, sale := range sortedKeys(f.dirty) {
		if _, err := ensureSale(ctx, f.tx, f.connection, sale, f.now); err != nil {
			return err
		}
		if err := markDirtySince(ctx, f.tx, f.connection, sale, f.dirty[sale], f.now); err != nil {
			return err
		}
	}
	return nil
}

// conclude ends the transaction: the sales are marked, and what was found is counted.
func (f *filing) conclude(ctx context.Context) error {
	if err := f.markSales(ctx); err != nil {
		return err
	}
	if f.reading.By == "" {
		return nil
	}
	named := make(counts, len(f.found))
	for kind, n := range f.found {
		named["found/"+kind+"/"+f.reading.By] = n
	}
	return tallyUp(ctx, f.tx, f.connection, f.now, named)
}
