package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"spacebridge/mapping/trade"
)

// Inbox sums up what webhooks brought a connection.
type Inbox struct {
	Waiting int       // records to be looked at
	Oldest  time.Time // receipt of the oldest event that waits; zero when nothing does
	Last    time.Time // receipt of the latest delivery; zero before the first
	Heard   int       // records whose creation a webhook told of, since the time asked for
	Lost    int       // records found since then by reading alone, and no webhook told of them within LostAfter
	Bodies  int       // deliveries kept because something in them is unreadable; at most MaxBodies
}

// LostAfter is how long after a record was found by reading its webhook may still come before it counts as lost.
const LostAfter = 30 * time.Minute

const inboxSums = `
SELECT (SELECT count(*) FROM inbox WHERE connection = ?1 AND waiting_since IS NOT NULL) AS waiting,
  min((SELECT min(waiting_since) FROM inbox WHERE connection = ?1 AND waiting_since IS NOT NULL), ?3) AS oldest,
  coalesce((SELECT max(last_at) FROM deliveries WHERE connection = ?1 AND last_at <= ?3),
    min((SELECT max(last_at) FROM deliveries WHERE connection = ?1), ?3)) AS last,
  (SELECT count(*) FROM inbox WHERE connection = ?1 AND new_at >= ?2) AS heard,
  (SELECT count(*) FROM unheard WHERE connection = ?1 AND found_at >= ?2 AND found_at < ?4) AS lost,
  (SELECT count(*) FROM deliveries WHERE connection = ?1 AND body IS NOT NULL) AS bodies`

// InboxOf sums up the inbox of a connection; Heard and Lost count from since on.
func (l *Ledger) InboxOf(ctx context.Context, connection string, since time.Time) (Inbox, error) {
	now := l.now()
	var row struct {
		Waiting int           `db:"waiting"`
		Oldest  sql.NullInt64 `db:"oldest"`
		Last    sql.NullInt64 `db:"last"`
		Heard   int           `db:"heard"`
		Lost    int           `db:"lost"`
		Bodies  int           `db:"bodies"`
	}
	// Times in the future are from before the clock was set back. Where there is no other, now stands for them.
	err := l.reader.GetContext(ctx, &row, inboxSums,
		connection, since.UnixMilli(), now.UnixMilli(), now.Add(-LostAfter).UnixMilli())
	if err != nil {
		return Inbox{}, fmt.Errorf("sum up inbox of %s: %w", connection, err)
	}
	return Inbox{
		Waiting: row.Waiting, Oldest: instant(row.Oldest), Last: instant(row.Last), Heard: row.Heard, Lost: row.Lost, Bodies: row.Bodies,
	}, nil
}

const untoldSilently = `
SELECT count(*) AS n, min(min(found_at), ?) AS first FROM unheard WHERE connection = ? AND silent = 1 AND found_at < ?`

// Silence tells how many records, created while a subscription was in place and found by reading before a time, no webhook
// has told of, and when the first of them was found. Those found before the latest delivery are not counted: the
// subscription has spoken since.
func (l *Ledger) Silence(ctx context.Context, connection string, foundBefore time.Time) (n int, first time.Time, err error) {
	var row struct {
		N     int           `db:"n"`
		First sql.NullInt64 `db:"first"`
	}
	// What was found in the future was found before the clock was set back, and counts as found now.
	now, before := l.now().UnixMilli(), foundBefore.UnixMilli()
	if before > now {
		before = foreverMillis
	}
	if err = l.reader.GetContext(ctx, &row, untoldSilently, now, connection, before); err != nil {
		return 0, time.Time{}, fmt.Errorf("count untold records of %s: %w", connection, err)
	}
	return row.N, instant(row.First), nil
}

// foreverMillis is later than any time there is.
const foreverMillis = 1<<63 - 1

// noteUnheard notes a new record that a list showed and that a webhook ought to have told of. A record that has no creation time
// is taken as created now if a poll found it, which looks at nothing but what is new.
func (f *filing) noteUnheard(ctx context.Context, record trade.Record) error {
	if f.reading.Source != trade.SourceList || f.reading.Announced.IsZero() {
		return nil
	}
	if record.Created.IsZero() && f.reading.By != byPoll || !record.Created.IsZero() && record.Created.Before(f.reading.Announced) {
		return nil
	}
	_, err := f.tx.ExecContext(ctx,
		`INSERT INTO unheard (connection, kind, record_id, found_at) SELECT ?1, ?2, ?3, ?4
		 WHERE NOT EXISTS (SELECT 1 FROM inbox WHERE connection = ?1 AND kind = ?2 AND record_id = ?3)
		 ON CONFLICT (connection, kind, record_id) DO NOTHING`,
		f.connection, string(record.Kind), record.ID, f.now)
	if err != nil {
		return fmt.Errorf("note untold %s %s: %w", record.Kind, record.ID, err)
	}
	return nil
}

// byPoll is how Reading.By names a poll.
const byPoll = "poll"

// hearOf ends the silence of a connection, and takes the records that were named off those untold.
func (r *receipt) hearOf(ctx context.Context, connection string, marks []hint) error {
	var some bool
	if err := r.tx.GetContext(ctx, &some, `SELECT EXISTS (SELECT 1 FROM unheard WHERE connection = ?)`, connection); err != nil || !some {
		return wrap(err, "look for untold records of "+connection)
	}
	for _, m := range marks {
		if m.connection != connection {
			continue
		}
		_, err := r.tx.ExecContext(ctx, `DELETE FROM unheard WHERE connection = ? AND kind = ? AND record_id = ?`,
			connection, string(m.kind), m.id)
		if err != nil {
			return fmt.Errorf("hear of %s %s: %w", m.kind, m.id, err)
		}
	}
	_, err := r.tx.ExecContext(ctx, `UPDATE unheard SET silent = 0, found_at = min(found_at, ?) WHERE connection = ? AND silent = 1`,
		r.now, connection)
	return wrap(err, "end silence of "+connection)
}

// wrap adds what was done to an error, if there is one.
func wrap(err error, doing string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
