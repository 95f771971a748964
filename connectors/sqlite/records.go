package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"spacebridge/mapping/trade"
)

// Saved is a record to be filed, and the sales that must be looked at again when it is new or changed.
type Saved struct {
	Record trade.Record
	Sales  []string // ids; a sale that does not exist yet is made, waiting
}

// Reading says how records came to be read.
type Reading struct {
	Source trade.Source // list or get
	At     time.Time    // when the request was begun
	By     string       // on whose behalf, as rest.Work: poll, inbox, sweep, nightly, sale, backfill; "" is not counted
	Heard  int64        // what Heard gave before the request was begun: marks up to it are settled by what is read; 0 settles none
	// Announced is since when a webhook ought to tell of every record that is created; zero: none is expected to.
	Announced time.Time
}

// SaveResult says what became of a batch.
type SaveResult struct {
	New     int // records never seen before
	Changed int // records whose current version is another one now
	Same    int // records that said nothing new, or came too late to say it
}

// SaveRecords files a batch in one transaction: versions, links, sales and their dirty marks, all or nothing.
//
// reading.At is when the request for the batch was begun. A record that says what its current
// version says only moves ReadAt on. A record read before the current version was heard of is kept as a version but
// does not become the current one. A sale named by a record that says nothing new is left alone if it exists, and made
// and marked if it does not, so that filing old records again can bring old sales in.
//
// Invariant 4: a webhook never moves ReadAt, and what only a webhook said has none.
func (l *Ledger) SaveRecords(
	ctx context.Context, connection string, reading Reading, batch []Saved,
) (SaveResult, error) {
	if reading.At.IsZero() {
		return SaveResult{}, errNoReadAt
	}
	var result SaveResult
	err := l.write(ctx, "save_records", func(tx *sqlx.Tx) error {
		f := l.filing(tx, connection, reading)
		for _, saved := range batch {
			if err := f.file(ctx, saved); err != nil {
				return err
			}
		}
		result = f.result
		return f.markSales(ctx)
	})
	if err != nil {
		return SaveResult{}, fmt.Errorf("save %d records of %s: %w", len(batch), connection, err)
	}
	return result, nil
}

// errNoReadAt guards the order of versions, which rests on that time.
var errNoReadAt = errors.New("save records: the time of the read is needed")
