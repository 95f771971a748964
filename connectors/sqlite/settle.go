package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"spacebridge/mapping/trade"
)

// ListLag is how long a list may go on showing a record as it was before a change. Reads of one record do not lag. So what a
// list shows unchanged says nothing about an event until the event is this old.
const ListLag = 2 * time.Minute

// waiting is the mark of a record that is being filed.
type waiting struct {
	Seq     int64 `db:"seq"`
	Deleted bool  `db:"deleted"`
	Since   int64 `db:"waiting_since"`
	Last    int64 `db:"last_at"`
}

const anythingWaits = `SELECT EXISTS (SELECT 1 FROM inbox WHERE connection = ? AND waiting_since IS NOT NULL)`

// waits gives the mark of a record, nil when it has none. Where nothing waits for the connection, one look at an index
// for the whole transaction says so.
func (f *filing) waits(ctx context.Context, kind trade.Kind, id string) (*waiting, error) {
	if !f.asked {
		if err := f.tx.GetContext(ctx, &f.anyWaits, anythingWaits, f.connection); err != nil {
			return nil, fmt.Errorf("look into the inbox: %w", err)
		}
		f.asked = true
	}
	if !f.anyWaits {
		return nil, nil
	}
	var w waiting
	err := f.tx.GetContext(ctx, &w,
		`SELECT seq, deleted, waiting_since, last_at FROM inbox
		 WHERE connection = ? AND kind = ? AND record_id = ? AND waiting_since IS NOT NULL`, f.connection, string(kind), id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read mark of %s %s: %w", kind, id, err)
	}
	return &w, nil
}

// changedSince is since when the sales of a record that is new or changed have waited: since its webhook came, if one did.
// A time in the future is from before the clock was set back.
func (f *filing) changedSince(w *waiting) int64 {
	if w == nil {
		return f.now
	}
	return min(w.Since, f.now)
}

// settle takes the mark off a record that was read. news: the read showed something that the ledger did not know.
//
// The read began after the event if its request was begun with the event's number heard; no clock has a say in that. A get
// shows the truth. A list may lag behind: it settles a mark only if it shows news, or the event is older than any lag, and
// never one that tells of a deletion, which only a get can confirm or deny.
func (f *filing) settle(ctx context.Context, kind trade.Kind, id string, w *waiting, news bool) error {
	if w == nil || w.Seq > f.reading.Heard {
		return nil
	}
	if f.reading.Source == trade.SourceList && !news && w.Last > f.now {
		// Received before the clock was set back: its age is not known, and counts from now.
		return f.amend(ctx, kind, id, w.Since, f.now)
	}
	if f.reading.Source == trade.SourceList && (w.Deleted || !news && f.readAt-w.Last <= ListLag.Milliseconds()) {
		return nil
	}
	return f.amend(ctx, kind, id, nil, w.Last)
}

// amend writes since when a record waits, nil when it no longer does, and when it was last told of. A deletion that was told
// of is forgotten with the mark.
func (f *filing) amend(ctx context.Context, kind trade.Kind, id string, since any, last int64) error {
	_, err := f.tx.ExecContext(ctx,
		`UPDATE inbox SET waiting_since = ?1, last_at = ?2, deleted = CASE WHEN ?1 IS NULL THEN 0 ELSE deleted END
		 WHERE connection = ?3 AND kind = ?4 AND record_id = ?5`, since, last, f.connection, string(kind), id)
	if err != nil {
		return fmt.Errorf("settle mark of %s %s: %w", kind, id, err)
	}
	return nil
}
