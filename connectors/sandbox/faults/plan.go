// Package faults makes the way to a vendor unreliable, on purpose and repeatably: refused and broken connections, lost and
// late requests, replies that are wrong, cut off, endless or slow.
//
// A Plan decides for each request which fault strikes it, if any, from its seed, the request (method, path with query,
// body) and how often that very request has come. It never depends on the order in which different requests come, so that a
// run can be repeated although many things happen at once. The same plan works over real sockets (Plan.Handler, around a
// vendor's handler) and in memory (Network, a world of hosts without sockets, which lives in a testing/synctest bubble).
//
// Nothing here knows a vendor or a client.
package faults

import (
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Range bounds a duration that is drawn. The zero value means the default of the field that has it.
type Range struct{ Min, Max time.Duration }

// Defaults of Plan.
var (
	DefaultLate   = Range{Min: time.Second, Max: 10 * time.Minute}
	DefaultSlow   = Range{Min: time.Second, Max: 2 * time.Minute}
	DefaultOutage = Range{Min: time.Second, Max: 10 * time.Second}
)

// Plan decides which faults strike the requests to one vendor. Fill it in before the first request; afterwards only its
// methods change it. The zero value lets everything pass. All methods may be called from many goroutines.
type Plan struct {
	// Seed makes the draws. The same seed and the same requests meet the same faults.
	Seed uint64
	// PerMille says how many of a thousand requests meet each kind. Together they are at most 1000. A kind that makes no
	// sense for a request (a cursor that is gone, where there is none) lets it pass.
	PerMille map[Kind]int
	// Reads and Writes stand in for PerMille for GETs and for everything else; nil means PerMille.
	Reads, Writes map[Kind]int
	// Match restricts the faults to the requests it accepts; nil accepts all. It must not read the body.
	Match func(r *http.Request) bool
	// From and Until bound the time in which faults happen; zero means open. Requests under way at the end still get theirs.
	From, Until time.Time

	// Late is how long after the request the vendor acts, for Late.
	Late Range
	// Slow is how long the whole reply takes, for Slow.
	Slow Range
	// Outage is how long nobody listens, for Refused over sockets.
	Outage Range

	// Revoke makes the access token worthless, for ExpiredToken. Without it that kind does not happen.
	Revoke func()
	// Move lets something happen in the shop, for Moving. Without it that kind does not happen.
	Move func()
	// Refuse stops listening for so long, for Refused over sockets. Without it that kind does not happen there.
	Refuse func(d time.Duration)
	// OnFault is told every fault when it strikes; nil for nobody. No lock is held.
	OnFault func(e Event)

	mu     sync.Mutex
	idle   sync.Cond     // signalled when late falls to 0
	ended  chan struct{} // closed by Close
	closed bool
	came   map[identity]uint64 // how often each request came
	counts map[Kind]int
	only   []Kind
	healed bool
	late   int // requests that the vendor will act on
}

// Event is one fault that struck.
type Event struct {
	At     time.Time
	Kind   Kind
	Method string
	Path   string // with query
	Nth    uint64 // how often that very request had come, 1 for the first
}

// identity is what makes two requests the same.
type identity [16]byte

// decision is what a draw decided for one request. The zero value lets it pass.
type decision struct {
	kind  Kind
	rng   *rand.Rand // for the details
	event Event
}

// Check tells what is wrong with the rates: a kind that does not exist, a negative rate, more than 1000 together.
func (p *Plan) Check() error {
	for _, rates := range []map[Kind]int{p.PerMille, p.Reads, p.Writes} {
		if err := checkShares(rates, Kinds()); err != nil {
			return err
		}
	}
	return nil
}

// Heal ends the faults: no further request meets one. Requests under way still get theirs, late ones included.
func (p *Plan) Heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.healed = true
}

// Only restricts the plan to some kinds; none means all again. It does not change which requests those kinds strike.
func (p *Plan) Only(kinds ...Kind) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.only = slices.Clone(kinds)
}

// Counts tells how often each kind has struck.
func (p *Plan) Counts() map[Kind]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.counts)
}

// decide draws the fault of a request. refusable says that the connection is not there yet.
func (p *Plan) decide(r *http.Request, body []byte, refusable bool) decision {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ready()
	now := time.Now()
	id := identify(r, body)
	p.came[id]++
	event := Event{Method: r.Method, Path: r.URL.RequestURI(), Nth: p.came[id]}
	if p.healed || !p.From.IsZero() && now.Before(p.From) || !p.Until.IsZero() && !now.Before(p.Until) || p.Match != nil && !p.Match(r) {
		return decision{}
	}
	rng := source(p.Seed, id, event.Nth)
	event.Kind = pick(p.rates(r), rng.IntN(1000))
	if event.Kind == "" || !p.fits(event.Kind, r, refusable) || len(p.only) > 0 && !slices.Contains(p.only, event.Kind) {
		return decision{}
	}
	return decision{kind: event.Kind, rng: rng, event: event}
}

// note counts a fault that happens now, and tells of it.
func (p *Plan) note(d decision) {
	if d.kind == "" {
		return
	}
	d.event.At = time.Now()
	p.mu.Lock()
	p.counts[d.kind]++
	p.mu.Unlock()
	if p.OnFault != nil {
		p.OnFault(d.event)
	}
}

// ready makes what a Plan that was written down as a literal lacks. p.mu is held.
func (p *Plan) ready() {
	if p.came == nil {
		p.came, p.counts, p.ended = map[identity]uint64{}, map[Kind]int{}, make(chan struct{})
		p.idle.L = &p.mu
	}
}
