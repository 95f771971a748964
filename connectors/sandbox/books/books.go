// Package books is a stand-in for the Space Invoices API (the new one, at eu.spaceinvoices.com) that runs in memory.
//
// It is written from the vendor's reference alone and shares no code with the client, so that a misreading of the reference
// in the one is caught by the other. It is as strict as the reference allows, and where the reference is silent it takes the
// answer that would hurt a careless client most: a second order with the same source_id is accepted, a repeated
// X-Request-Id replays errors too, and an integration left on auto_process really does issue invoices by itself. Options
// choose the other answers.
//
// Everything happens one request at a time under one lock; time comes from a clock that tests may turn.
package books

import (
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// SourcePolicy says what a second order with the same integration and source_id meets. The reference does not say.
type SourcePolicy int

// The answers to a repeated source_id.
const (
	Accept SourcePolicy = iota // a second order is made: the dangerous answer, and the default
	Refuse                     // 409 duplicate_source_id
)

// RequestIDPolicy says whether a repeated X-Request-Id on a write replays the first reply.
type RequestIDPolicy int

// The answers to a repeated X-Request-Id.
const (
	Honour        RequestIDPolicy = iota // the first reply again, with its status and body, errors included: as documented
	Ignore                               // every request is carried out
	HonourSuccess                        // the first reply again if it was a 2xx; after an error the repeat is carried out
)

// InFlightPolicy says what a repeated X-Request-Id meets while the first request is still being worked on (RaceProcess).
// The reference does not say.
type InFlightPolicy int

// The answers to a repeat that comes too early.
const (
	CarryOut InFlightPolicy = iota // both are carried out, since there is no reply to replay yet: the dangerous answer, and the default
	Conflict                       // 409 request_in_progress, which looks definite although the first is still to be done
	Queue                          // the repeat waits for the first and gets its reply
)

// PatchPolicy says what a change of an invoiced order meets. Nothing in the reference says that it can be changed, but for the
// flag items_changed_after_processing, which would have no use otherwise.
type PatchPolicy int

// The answers to a change of an invoiced order.
const (
	PatchAllowed PatchPolicy = iota // it is changed, and its invoice is not: the default
	PatchRefused                    // order_not_editable, with the status of Options.WrongState
)

// Calculation is the rule by which the totals of an invoice come about (guides/calculation-modes).
type Calculation string

// The rules of calculation.
const (
	// B2BStandard rounds each line's net to cents, and the tax on that net to cents.
	B2BStandard Calculation = "b2b_standard"
	// B2CGross rounds each line's gross to cents and takes net and tax out of it.
	B2CGross Calculation = "b2c_gross_discount"
	// TaxPerRate rounds each line's net to cents, and the tax once for every rate of the document. Not the vendor's rule, but
	// one that many programs have; with it some invoices differ by a cent from what a client expects.
	TaxPerRate Calculation = "tax_per_rate"
)

// Options are the ways in which one set of books differs from another. The zero value is the documented behaviour.
type Options struct {
	Seed              uint64           // varies the ids
	RequestsPerMinute int              // per IP address, in any 60 seconds; 0 means 600, below 0 no limit
	APIKey            string           // the only accepted bearer token; "" means DefaultAPIKey
	EntityID          string           // the entity of the key; "" means DefaultEntityID
	OtherEntities     []string         // further entities of the same key: with any, x-entity-id is required
	Now               func() time.Time // nil: time.Now
	DuplicateSourceID SourcePolicy
	RequestIDs        RequestIDPolicy
	InFlight          InFlightPolicy
	Calculation       Calculation // "": B2BStandard
	WrongState        int         // status of process, cancel and reissue in a wrong state: 409 (0 means this) or 422
	PatchOnInvoiced   PatchPolicy
	IgnoreQuery       bool // list everything whatever the query says, as a server that does not know the parameter does
	StripUnknown      bool // drop unknown keys of a body in silence instead of answering 422
	Logger            *slog.Logger

	// ItemsChangedLag is how long after a change of an invoiced order's items items_changed_after_processing becomes true.
	// Until then a reissue is refused, and updated_at is moved again when it does.
	ItemsChangedLag time.Duration
	// ItemsChangedForgets makes items_changed_after_processing false again when the items are made what the invoice was made
	// of. Otherwise it stays true, and a reissue then credits an invoice for another one like it.
	ItemsChangedForgets bool
	// MergePatch keeps the members of metadata and customer that a change leaves out. Otherwise each is replaced as a whole.
	MergePatch bool
	// CancelledFreesSourceID lets a new order take the source_id of a cancelled one where DuplicateSourceID is Refuse. Otherwise
	// a cancelled order keeps it, and only a deleted one gives it back.
	CancelledFreesSourceID bool

	// ListLag makes the lists of orders, and not the reads of one, show the state of so long ago: new orders are missing,
	// changed ones are old, deleted ones are still there.
	ListLag time.Duration
	// RaceProcess is how long process and reissue leave the order to others between the check of its state and the change,
	// by time.Sleep. They do not check again: two at the same time both make an invoice.
	RaceProcess time.Duration
	// SteadyIDs makes ids depend on what they are for, and not on what else was made before, so that a run whose requests
	// overlap can be repeated. Within a second they then no longer sort by time of creation.
	SteadyIDs bool
	// Unmetered says which requests do not count against the limit: those that counted when they came, and are carried out
	// now. Nil means none.
	Unmetered func(r *http.Request) bool
	// OnWrite is told every write that passed the door, when it is done and before it is answered. No lock is held. Nil
	// means nobody.
	OnWrite func(w Write)
}

// Defaults of Options.
const (
	DefaultAPIKey            = "sk_sandbox_0123456789abcdef0123456789abcdef"
	DefaultEntityID          = "ent_6595a27b5d35015c3ef0c3fd"
	DefaultRequestsPerMinute = 600
)

// Books is one account of Space Invoices in memory. Its methods are safe for concurrent use.
type Books struct {
	opts     Options
	log      *slog.Logger
	entities []string
	routes   map[string]endpoint

	mu           sync.Mutex
	limit        window
	replays      map[string]reply         // by X-Request-Id, for the whole account and for ever
	underway     map[string]chan struct{} // by X-Request-Id: writes that are not done yet
	past         map[string][]Order       // by id: what lists may still show of an order, oldest first
	stats        Stats
	serial       uint64
	asked        uint64         // request ids given, apart from serial so that reads change no other id
	made         map[string]int // with SteadyIDs: how many ids were made for one thing
	integrations []*Integration
	orders       []*Order
	orderByID    map[string]*Order
	invoices     []*Invoice
	notes        []*CreditNote
	numbers      map[string]int    // last number given, by entity, prefix and year
	customers    map[string]string // customer ids, by entity and who it is
}

// New opens an empty set of books with one entity.
func New(o Options) *Books {
	if o.RequestsPerMinute == 0 {
		o.RequestsPerMinute = DefaultRequestsPerMinute
	}
	if o.APIKey == "" {
		o.APIKey = DefaultAPIKey
	}
	if o.EntityID == "" {
		o.EntityID = DefaultEntityID
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Calculation == "" {
		o.Calculation = B2BStandard
	}
	if o.WrongState == 0 {
		o.WrongState = http.StatusConflict
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	b := &Books{
		opts:      o,
		log:       o.Logger,
		entities:  append([]string{o.EntityID}, o.OtherEntities...),
		limit:     window{limit: o.RequestsPerMinute},
		replays:   map[string]reply{},
		underway:  map[string]chan struct{}{},
		past:      map[string][]Order{},
		made:      map[string]int{},
		stats:     Stats{Routes: map[string]int{}},
		orderByID: map[string]*Order{},
		numbers:   map[string]int{},
		customers: map[string]string{},
	}
	b.routes = b.endpoints()
	return b
}

// APIKey is the bearer token the books accept.
func (b *Books) APIKey() string { return b.opts.APIKey }

// EntityID is the entity that invoices are issued for.
func (b *Books) EntityID() string { return b.opts.EntityID }

// now is the time of the books, in UTC to the millisecond as the API writes it.
func (b *Books) now() time.Time { return b.opts.Now().UTC().Truncate(time.Millisecond) }
