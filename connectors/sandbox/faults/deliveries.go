package faults

import (
	"context"
	"crypto/sha256"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Defaults of Deliveries.
var (
	DefaultDeliveryLate   = Range{Min: 2 * time.Second, Max: 6 * time.Hour}
	DefaultDeliveryAgain  = Range{Min: time.Second, Max: time.Hour}
	DefaultDeliveryReplay = Range{Min: 24 * time.Hour, Max: 8 * 24 * time.Hour}
	DefaultDeliveryHeld   = time.Hour
)

// Deliveries decides what befalls webhook deliveries on their way to a receiver. It draws from its seed, the body and how often
// that body has come, and never from the order in which different bodies come. Fill it in before the first delivery;
// afterwards only its methods change it. The zero value lets everything pass. All methods may be called from many goroutines.
type Deliveries struct {
	// Seed makes the draws. The same seed and the same bodies meet the same mishaps.
	Seed uint64
	// PerMille says how many of a thousand deliveries meet each mishap. Together they are at most 1000.
	PerMille map[Mishap]int
	// From and Until bound the time in which mishaps happen; zero means open. What is under way at the end still arrives.
	From, Until time.Time

	// Late is how long after it was sent a Belated delivery arrives.
	Late Range
	// Again is how long after the first the second of a Doubled delivery arrives, when it does not at once.
	Again Range
	// Replay is how long after it was sent a Replayed delivery arrives once more.
	Replay Range
	// Held is how long a Reordered delivery waits at most for others to overtake it. 0 means DefaultDeliveryHeld.
	Held time.Duration

	// OnMishap is told every mishap when it happens; nil for nobody. No lock is held.
	OnMishap func(e Delivery)

	mu      sync.Mutex
	idle    sync.Cond       // signalled when pending falls to 0
	life    context.Context //nolint:containedctx // of what happens without the sender; Close ends it
	end     context.CancelFunc
	healing chan struct{} // closed by Heal: what waits arrives now
	healed  bool
	losing  bool
	only    []Mishap
	came    map[identity]uint64
	counts  map[Mishap]int
	unseen  map[int]int
	held    []*heldBack
	pending int
}

// Delivery is one delivery that met a mishap.
type Delivery struct {
	At     time.Time
	Mishap Mishap
	Body   [sha256.Size]byte // its SHA-256, before anything happened to it
	Nth    uint64            // how often that body had come, 1 for the first
}

// heldBack is a delivery that waits for others to overtake it.
type heldBack struct {
	waits int // for so many others
	free  chan struct{}
}

// ready makes what a Deliveries that was written down as a literal lacks. d.mu is held.
func (d *Deliveries) ready() {
	if d.came == nil {
		d.came, d.counts, d.unseen = map[identity]uint64{}, map[Mishap]int{}, map[int]int{}
		d.life, d.end = context.WithCancel(context.Background())
		d.healing = make(chan struct{})
		d.idle.L = &d.mu
	}
}

// Check tells what is wrong with the shares: a mishap that does not exist, a negative share, more than 1000 together.
func (d *Deliveries) Check() error { return checkShares(d.PerMille, Mishaps()) }

// Heal ends the mishaps: no further delivery meets one, and what is still on its way arrives now. Wait waits for it.
func (d *Deliveries) Heal() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ready()
	d.losing = false
	if !d.healed {
		d.healed = true
		close(d.healing)
	}
}

// LoseAll loses every delivery from now on (true), as after a change at a proxy that nobody noticed, or no longer (false).
// It goes before everything else, also after Heal, and counts as Lost.
func (d *Deliveries) LoseAll(on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.losing = on
}

// Only restricts the plan to some mishaps; none means all again. It does not change which deliveries those strike.
func (d *Deliveries) Only(mishaps ...Mishap) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.only = slices.Clone(mishaps)
}

// Counts tells how often each mishap has happened.
func (d *Deliveries) Counts() map[Mishap]int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.counts)
}

// Unseen tells how deliveries were answered whose replies the sender never saw, by status; 0 is no answer. Such a delivery is
// not tried again: where the receiver was away, it is lost.
func (d *Deliveries) Unseen() map[int]int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.unseen)
}

// Pending tells how many deliveries are still on their way to the receiver.
func (d *Deliveries) Pending() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pending
}

// Wait returns when no delivery is on its way.
func (d *Deliveries) Wait() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ready()
	for d.pending > 0 {
		d.idle.Wait()
	}
}

// Close ends the mishaps and drops what is still on its way. It returns when no goroutine is left of it, and may be called
// more than once.
func (d *Deliveries) Close() {
	d.mu.Lock()
	d.ready()
	d.healed = true
	d.end()
	d.mu.Unlock()
	d.Wait()
}

// fate is what was decided about one delivery. The zero value lets it pass.
type fate struct {
	mishap Mishap
	rng    *rand.Rand
	about  Delivery
}

// decide draws the fate of a delivery.
func (d *Deliveries) decide(r *http.Request, body []byte) fate {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ready()
	now := time.Now()
	id := identify(r, body)
	d.came[id]++
	f := fate{about: Delivery{At: now, Body: sha256.Sum256(body), Nth: d.came[id]}}
	f.rng = source(d.Seed, id, f.about.Nth)
	if d.losing {
		f.mishap = Lost
	} else if !d.healed && (d.From.IsZero() || !now.Before(d.From)) && (d.Until.IsZero() || now.Before(d.Until)) {
		number := f.rng.IntN(1000)
		for _, m := range Mishaps() {
			if number < d.PerMille[m] {
				f.mishap = m
				break
			}
			number -= d.PerMille[m]
		}
		if len(d.only) > 0 && !slices.Contains(d.only, f.mishap) {
			f.mishap = ""
		}
	}
	if f.mishap != "" {
		d.counts[f.mishap]++
	}
	f.about.Mishap = f.mishap
	return f
}
