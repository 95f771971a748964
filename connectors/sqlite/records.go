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

	Created []time.Time // when those were created at the vendor that are new, as far as they say
}

// SaveRecords files a batch in one transaction: versions, links, sales and their dirty marks, all or nothing.
//
// reading.At is when the request for the batch was begun. A record that says what its current
// version says only moves ReadAt on. A record read before the current version was heard of is kept as a version but
// does not become the current one. A sale named by a record that says nothing new is left alone if it exists, and made
// and marked if it does not, so that filing old records again can bring old sales in.
//
// What webhooks told of a record, up to reading.Heard, is settled by it as Waiting has it; a list settles only what it cannot
// have missed, see ListLag. Sales that change are dirty since the webhook came, if one did.
//
// Invariant 4: what a webhook says is no record; only a list or a get can be filed.
func (l *Ledger) SaveRecords(
	ctx context.Context, connection string, reading Reading, batch []Saved,
) (SaveResult, error) {
	if err := reading.validate(); err != nil {
		return SaveResult{}, err
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
		return f.conclude(ctx)
	})
	if err != nil {
		return SaveResult{}, fmt.Errorf("save %d records of %s: %w", len(batch), connection, err)
	}
	return result, nil
}

// What a reading must say: the order of versions rests on its time, and what may be acted on, on its source.
var (
	errNoReadAt = errors.New("save records: the time of the read is needed")
	errNoRead   = errors.New("save records: only what a list or a get gave is a record")
)

func (r Reading) validate() error {
	switch {
	case r.At.IsZero():
		return errNoReadAt
	case r.Source != trade.SourceList && r.Source != trade.SourceGet:
		return errNoRead
	}
	return nil
}
