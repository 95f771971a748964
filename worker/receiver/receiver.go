// Package receiver takes what Orderspace's webhooks tell. It is a listener of its own, for it is the only one that the
// world can reach:
//
//	POST /webhooks/orderspace/<connection>
//
// A request is read, its signature is checked over the body as it came, and what it names is committed to the ledger's
// inbox as records to be looked at. Then it is answered 200, and not before: nothing else is an acknowledgement to
// Orderspace, which disables a webhook that fails too often. So a signed body that nobody can make sense of is kept and
// answered 200 too, for no repetition would mend it. Nothing is read from the body but which records to look at
// (invariant 4).
//
// Requests that arrive together are committed together. Everything that a stranger can use up has a bound: connections,
// memory, time.
package receiver

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"spacebridge/connectors/sqlite"
)

// DefaultMaxBody is the largest request that is taken where Options do not say: 50 events with long orders.
const DefaultMaxBody = 16 << 20

// keptValid is for how long deliveries may be signed with a key after it was retired: those repeated after a failure are
// on their way for so long.
const keptValid = 48 * time.Hour

// Ledger is what the receiver needs of the ledger.
type Ledger interface {
	// Receive commits deliveries together and says of each whether its body was received before.
	Receive(ctx context.Context, deliveries []sqlite.Delivery) (known []bool, err error)
	// SigningKeys gives the keys of a connection that are live or were retired after a time.
	SigningKeys(ctx context.Context, connection string, retiredAfter time.Time) ([]string, error)
}

// Options say what a Receiver serves. Only Ledger and Connections are needed.
type Options struct {
	Connections []string // names of the connections that are answered
	Ledger      Ledger
	Nudge       func(connection string) // told that records of a connection wait to be looked at; one call at a time
	MaxBody     int64                   // largest request, in bytes; 0: DefaultMaxBody. Bodies together take at most four times that
	MaxConns    int                     // connections open at the same time; 0: 256
	Metrics     *Metrics                // nil: nothing is counted
	Logger      *slog.Logger            // nil: silent
	Now         func() time.Time        // the clock that keys expire by; nil: time.Now
}

// Receiver is an http.Handler that takes webhooks. It must be closed.
type Receiver struct {
	maxBody   int64
	keys      map[string]*keyring // by connection; never changed
	room      *room
	committer *committer
	nudger    *nudger
	metrics   *Metrics
	log       *slog.Logger
	refused   *seldom
	failing   *seldom

	server  *http.Server
	door    *door
	closing atomic.Bool
}

// New makes a Receiver and starts its work. It panics when there is no ledger.
func New(o Options) *Receiver {
	if o.Ledger == nil {
		panic("receiver: no ledger")
	}
	if o.MaxBody <= 0 {
		o.MaxBody = DefaultMaxBody
	}
	if o.MaxConns <= 0 {
		o.MaxConns = 256
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &Receiver{
		maxBody: o.MaxBody, keys: map[string]*keyring{}, metrics: o.Metrics, log: o.Logger,
		refused: newSeldom(time.Minute), failing: newSeldom(10 * time.Second), door: newDoor(o.MaxConns),
	}
	r.room = newRoom(o.MaxBody, o.Metrics.inFlight)
	for _, connection := range o.Connections {
		r.keys[connection] = &keyring{connection: connection, ledger: o.Ledger, now: o.Now}
	}
	r.nudger = newNudger(o.Nudge)
	r.committer = newCommitter(o.Ledger, r.nudger.nudge, r.log)
	r.server = r.newServer()
	return r
}

// Close refuses what comes from now on, with 503 or by closing the connection, commits and answers what has arrived, and
// ends Serve. It waits until ctx ends at the most; then connections are cut, and ctx's error is returned.
func (r *Receiver) Close(ctx context.Context) error {
	r.closing.Store(true)
	r.door.clear()
	err := r.server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, r.server.Close())
	}
	return errors.Join(err, r.committer.close(ctx), r.nudger.close(ctx))
}
