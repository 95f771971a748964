package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"
)

// Entry is one line of the journal: a decision with the rule that took it, or a command with the person who gave it.
// Each entry carries the hash of the one before it, so an altered, removed or inserted entry breaks the chain.
type Entry struct {
	Seq        int64 // 1, 2, 3, … over all connections
	At         time.Time
	Connection string
	SaleID     string
	Rule       string // the rule of mapping, or command.issue, command.retry, command.skip, books.adopt
	State      string // of the sale, after this
	Hold       string // code of the hold, "" for none
	Snapshot   string // hash of the record that was decided on, "" for a command
	Detail     string
	PrevHash   string // "" in the first entry
	Hash       string // lower case hex of SHA-256
}

type entryRow struct {
	Seq        int64  `db:"seq"`
	At         int64  `db:"at"`
	Connection string `db:"connection"`
	SaleID     string `db:"sale_id"`
	Rule       string `db:"rule"`
	State      string `db:"state"`
	Hold       string `db:"hold"`
	Snapshot   string `db:"snapshot"`
	Detail     string `db:"detail"`
	PrevHash   string `db:"prev_hash"`
	Hash       string `db:"hash"`
}

const entryColumns = `seq, at, connection, sale_id, rule, state, hold, snapshot, detail, prev_hash, hash`

func (r entryRow) entry() Entry {
	return Entry{
		Seq: r.Seq, At: time.UnixMilli(r.At).UTC(), Connection: r.Connection, SaleID: r.SaleID, Rule: r.Rule,
		State: r.State, Hold: r.Hold, Snapshot: r.Snapshot, Detail: r.Detail, PrevHash: r.PrevHash, Hash: r.Hash,
	}
}

// chained computes the entry's hash over everything else in it.
func (r entryRow) chained() string {
	sum := sha256.New()
	writeFields(sum, strconv.FormatInt(r.Seq, 10), strconv.FormatInt(r.At, 10), r.Connection, r.SaleID, r.Rule, r.State,
		r.Hold, r.Snapshot, r.Detail, r.PrevHash)
	return hex.EncodeToString(sum.Sum(nil))
}

// writeFields hashes each field with its length before it, so that no two lists of fields hash alike by shifting text
// from one field to the next.
func writeFields(sum hash.Hash, fields ...string) {
	for _, field := range fields {
		_, _ = fmt.Fprintf(sum, "%d:%s", len(field), field) // a hash never returns an error
	}
}

// appendEntry writes the next entry. The write lock makes reading the last one and adding to it one act.
func appendEntry(ctx context.Context, tx *sqlx.Tx, row entryRow) error {
	var last entryRow
	err := tx.GetContext(ctx, &last, `SELECT `+entryColumns+` FROM journal ORDER BY seq DESC LIMIT 1`)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read end of journal: %w", err)
	}
	row.Seq, row.PrevHash, row.Detail = last.Seq+1, last.Hash, clip(row.Detail)
	row.Hash = row.chained()
	_, err = tx.NamedExecContext(ctx, `INSERT INTO journal (`+entryColumns+`) VALUES
		(:seq, :at, :connection, :sale_id, :rule, :state, :hold, :snapshot, :detail, :prev_hash, :hash)`, row)
	if err != nil {
		return fmt.Errorf("append to journal: %w", err)
	}
	return nil
}

// Journal gives the entries of one sale, oldest first.
func (l *Ledger) Journal(ctx context.Context, connection, saleID string) ([]Entry, error) {
	var rows []entryRow
	err := l.reader.SelectContext(ctx, &rows,
		`SELECT `+entryColumns+` FROM journal WHERE connection = ? AND sale_id = ? ORDER BY seq`, connection, saleID)
	if err != nil {
		return nil, fmt.Errorf("read journal of sale %s: %w", saleID, err)
	}
	entries := make([]Entry, 0, len(rows))
	for _, row := range rows {
		entries = append(entries, row.entry())
	}
	return entries, nil
}

// VerifyJournal walks the whole chain and returns an error that wraps ErrTampered and names the first entry that was
// altered, removed or inserted. An entry removed from the end is noticed by the number SQLite gave out last.
func (l *Ledger) VerifyJournal(ctx context.Context) error {
	rows, err := l.reader.QueryxContext(ctx, `SELECT `+entryColumns+` FROM journal ORDER BY seq`)
	if err != nil {
		return fmt.Errorf("read journal: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var last entryRow
	for rows.Next() {
		var row entryRow
		if err := rows.StructScan(&row); err != nil {
			return fmt.Errorf("read journal: %w", err)
		}
		if row.Seq != last.Seq+1 || row.PrevHash != last.Hash || row.Hash != row.chained() {
			return fmt.Errorf("%w at entry %d (the one before it is %d)", ErrTampered, row.Seq, last.Seq)
		}
		last = row
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read journal: %w", err)
	}
	return l.verifyEnd(ctx, last.Seq)
}

// verifyEnd compares the last number given out with the last entry seen. Entries written since then are no gap.
func (l *Ledger) verifyEnd(ctx context.Context, seen int64) error {
	var issued, present int64
	err := l.reader.GetContext(ctx, &issued, `SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'journal'`)
	if err != nil {
		return fmt.Errorf("read end of journal: %w", err)
	}
	if err := l.reader.GetContext(ctx, &present, `SELECT coalesce(max(seq), 0) FROM journal`); err != nil {
		return fmt.Errorf("read end of journal: %w", err)
	}
	if present < issued || present < seen {
		return fmt.Errorf("%w: it ends at entry %d but entry %d was written", ErrTampered, present, max(issued, seen))
	}
	return nil
}
