// Package activities holds what workflows may do to the outside: each activity makes at most one change to it and is safe
// to run again.
//
// Activities pass keys and results, never records: whatever is personal stays in the ledger and never reaches a Temporal
// history (invariant 10). What a vendor can do is declared here, by the one who needs it, and satisfied by a connector.
package activities

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"spacebridge/connectors/rest"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

// Shop reads Orderspace.
type Shop interface {
	// ListRecords reads one page, newest first.
	ListRecords(ctx context.Context, kind trade.Kind, filter trade.ListFilter, cursor string) (trade.Page, error)
	// GetRecord reads one record; the class of its error is not_found when the record is gone.
	GetRecord(ctx context.Context, kind trade.Kind, id string) (trade.Record, error)
	// ServerNow gives Orderspace's time, by which records are dated and listed; false before the first reply.
	ServerNow() (time.Time, bool)
}

// Decoder gives a stored body its fields. Its errors are *trade.Fault.
type Decoder interface {
	Order(body []byte) (trade.Order, error)
	Invoice(body []byte) (trade.Invoice, error)
	Dispatch(body []byte) (trade.Dispatch, error)
	Customer(body []byte) (trade.Customer, error)
}

// Books writes to Space Invoices. Every write makes exactly one attempt and carries requestID.
type Books interface {
	Integration(ctx context.Context) (trade.BooksIntegration, error)
	Find(ctx context.Context, sourceID string) ([]trade.BooksOrder, error)
	// List reads one page of all orders of the integration; next is "" at the end.
	List(ctx context.Context, cursor string) (found []trade.BooksOrder, next string, err error)
	Get(ctx context.Context, id string) (trade.BooksOrder, error)
	Create(ctx context.Context, requestID string, sale trade.Sale) (trade.BooksOrder, error)
	Update(ctx context.Context, requestID, id string, sale trade.Sale) (trade.BooksOrder, error)
	Annotate(ctx context.Context, requestID, id string, sale trade.Sale) (trade.BooksOrder, error)
	SetPayment(ctx context.Context, requestID, id string, status trade.PaymentStatus) (trade.BooksOrder, error)
	Issue(ctx context.Context, requestID, id string) (trade.BooksOrder, error)
	// Reissue credits the document that it replaces and makes another.
	Reissue(ctx context.Context, requestID, id, replaces string) (trade.BooksOrder, error)
	Cancel(ctx context.Context, requestID, id string) (trade.BooksOrder, error)
	Delete(ctx context.Context, requestID, id string) error
}

// Relay starts or wakes the workflow of a sale.
type Relay interface {
	SyncSale(ctx context.Context, connection, saleID, number string) error
}

// Connection is one Orderspace site joined to one set of books, with the policy that governs it.
type Connection struct {
	Name    string
	Shop    Shop
	Decoder Decoder
	Books   Books
	Policy  mapping.Policy

	// Webhooks keeps the site's webhook subscriptions; nil: they are left alone.
	Webhooks Subscriber
	// WebhookURL is the public https URL that Orderspace posts this connection's events to; "" means that none are wanted,
	// and a subscription of ours that still stands is removed.
	WebhookURL string

	// BooksScope names the books in request ids, which are unique per account there and not per entity.
	BooksScope string
	// MaxSnapshotAge is the oldest read that an irreversible step may rest on (invariant 4).
	MaxSnapshotAge time.Duration
	// SettleWindow is how long an irreversible step without an outcome is looked up before it may be sent again.
	SettleWindow time.Duration

	// RequestsPerMinute is Orderspace's limit, 0 for none, and SweepInterval how often everything recent is read: together
	// they say how far back that goes.
	RequestsPerMinute int
	SweepInterval     time.Duration
	// PageSize is how many records one list request brings; 200 if 0.
	PageSize int
	// Used tells how many requests were sent to Orderspace on behalf of each kind of work since the process began; nil: not told.
	Used func() map[rest.Work]int64

	gate gate
}

// perPage is how many records one list request brings.
func (c *Connection) perPage() int {
	if c.PageSize > 0 {
		return c.PageSize
	}
	return maxPage
}

// maxPage is the most that Orderspace shows on one page.
const maxPage = 200

// Options are what the activities need.
type Options struct {
	Ledger      *sqlite.Ledger
	Connections []*Connection
	Relay       Relay
	Metrics     *Metrics
	Subscribed  *SubscriptionMetrics // nil counts nothing
	Logger      *slog.Logger
	Owner       string           // names this process in leases
	Now         func() time.Time // nil: time.Now
	Steady      func() time.Time // a clock that nobody sets, for how long something has lasted; nil: the process's own
	Timing      Timing

	// DiskFree tells how many bytes may still be written where the ledger is; nil: not asked. With less than DiskReserve
	// nothing is written to the books.
	DiskFree    func() (uint64, error)
	DiskReserve uint64
}

// DefaultLease is how long a claimed effect belongs to its attempt.
const DefaultLease = 40 * time.Second

// Timing holds the waits of the protocol. The zero value means the defaults.
type Timing struct {
	Lease       time.Duration // how long a claimed effect belongs to its owner; longer than an HTTP write, shorter than the activity
	VerifyEvery time.Duration // how often the integration's flags are read again
	VerifyRetry time.Duration // how often while they are wrong
	PollOverlap time.Duration // how far a poll reaches back before its watermark
}

func (t Timing) withDefaults() Timing {
	set := func(d *time.Duration, value time.Duration) {
		if *d == 0 {
			*d = value
		}
	}
	set(&t.Lease, DefaultLease)
	set(&t.VerifyEvery, time.Hour)
	set(&t.VerifyRetry, 30*time.Second)
	set(&t.PollOverlap, 10*time.Minute)
	return t
}

// Activities is registered with the Temporal worker; its exported methods are the activities.
type Activities struct {
	ledger      *sqlite.Ledger
	connections map[string]*Connection
	relay       Relay
	metrics     *Metrics
	subscribed  *SubscriptionMetrics
	log         *slog.Logger
	owner       string
	now         func() time.Time
	timing      Timing
	problems    problems
	disk        disk
	relayed     relayed
	patience    patience
	surveys     surveys
	announced   announced
	stumbles    stumbles
	usage       usage
	attempts    atomic.Int64
}

// New makes the activities.
func New(o Options) *Activities {
	a := &Activities{
		ledger:      o.Ledger,
		connections: make(map[string]*Connection, len(o.Connections)),
		relay:       o.Relay,
		metrics:     o.Metrics,
		subscribed:  o.Subscribed,
		log:         o.Logger,
		owner:       o.Owner,
		now:         o.Now,
		timing:      o.Timing.withDefaults(),
	}
	if a.now == nil {
		a.now = time.Now
	}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	for _, c := range o.Connections {
		a.connections[c.Name] = c
	}
	a.disk.free, a.disk.reserve = o.DiskFree, o.DiskReserve
	if o.Ledger != nil {
		a.disk.full = o.Ledger.Full
	}
	a.patience = patience{steady: o.Steady, since: map[string]time.Time{}}
	if a.patience.steady == nil {
		a.patience.steady = time.Now
	}
	a.problems = problems{known: map[string]bool{}, mu: &sync.Mutex{}}
	return a
}

// connection finds a connection by name.
func (a *Activities) connection(name string) (*Connection, error) {
	c, ok := a.connections[name]
	if !ok {
		return nil, permanent(fmt.Errorf("connection %q is not in the configuration; add it or terminate this workflow", name), "unknown_connection")
	}
	return c, nil
}
