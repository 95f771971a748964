package sqlite

import (
	"context"
	"errors"
	"time"

	"spacebridge/mapping/trade"
)

// Delivery is one webhook request, as far as it is kept.
type Delivery struct {
	Connection string
	Hash       string // SHA-256 of the body, in hex: a delivery that comes twice is known by it
	Events     int    // events in it
	Dropped    int    // of them, about what the books do not know: products, stock
	Unreadable int    // of them, those that nobody could make sense of; a body that is no list of events counts as one
	Body       []byte // only when something in it is unreadable, so that a person can look at it; nil otherwise
	Told       []Told
}

// Told is a record that an event names: a hint to look at it, and never the truth about it (invariant 4).
type Told struct {
	Kind    trade.Kind
	ID      string
	Status  string    // as the event says, "" when it does not
	Created time.Time // as the event says, zero when it does not
	New     bool      // the event says that the record was created
	Deleted bool      // the event says that it was deleted
}

// Mark is a record that webhooks told of and that was not read since.
type Mark struct {
	Told
	Seq   int64     // of the latest event that named it
	Since time.Time // receipt of the oldest event that waits
	Last  time.Time // receipt of the latest
}

// Receive commits deliveries together: each record they name waits to be looked at from then on. known says for each
// delivery whether the same body was received before; it is marked all the same, since a record may change back.
//
// Invariant 5: a delivery may be answered 200 only after this has returned without error.
func (l *Ledger) Receive(ctx context.Context, deliveries []Delivery) (known []bool, err error) {
	return nil, errors.New("receive: not built")
}

// Heard gives the number of the latest event received for any connection, 0 before the first. A read that begins afterwards
// shows at least what those events told of.
func (l *Ledger) Heard(ctx context.Context) (int64, error) {
	return 0, errors.New("heard: not built")
}

// Waiting gives the records of a connection that wait to be looked at, those waiting longest first; limit 0 gives all.
func (l *Ledger) Waiting(ctx context.Context, connection string, limit int) ([]Mark, error) {
	return nil, errors.New("waiting: not built")
}

// Inbox sums up what webhooks brought a connection.
type Inbox struct {
	Waiting int       // records to be looked at
	Oldest  time.Time // receipt of the oldest event that waits; zero when nothing does
	Last    time.Time // receipt of the latest delivery; zero before the first
	Heard   int       // records whose creation a webhook told of, since the time asked for
	Lost    int       // records created since then that only reading found, and no webhook within LostAfter
	Bodies  int       // deliveries kept because something in them is unreadable
}

// LostAfter is how long after a record was found by reading its webhook may still come before it counts as lost.
const LostAfter = 30 * time.Minute

// InboxOf sums up the inbox of a connection; Heard and Lost count from since on.
func (l *Ledger) InboxOf(ctx context.Context, connection string, since time.Time) (Inbox, error) {
	return Inbox{}, errors.New("inbox of: not built")
}

// Silence tells how many records, created while a subscription was in place and found by reading before a time, no webhook
// has told of, and when the first of them was found. Those found before the latest delivery are not counted: the
// subscription has spoken since.
func (l *Ledger) Silence(ctx context.Context, connection string, foundBefore time.Time) (n int, first time.Time, err error) {
	return 0, time.Time{}, errors.New("silence: not built")
}

// PruneInbox forgets what was received before a time and does not wait, in portions, and gives how many rows it removed.
func (l *Ledger) PruneInbox(ctx context.Context, before time.Time) (int, error) {
	return 0, errors.New("prune inbox: not built")
}
