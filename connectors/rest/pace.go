package rest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// ErrNoTurn says that the turn of a request would come after its context's deadline.
var ErrNoTurn = errors.New("no turn before the deadline")

// Pace is the budget that all requests of one account share, the order in which they are sent, and the gate that a 429
// closes.
//
// Invariant 8: never more than the limit in any 60 seconds. A token bucket passes at most burst + 60*rate in such a
// window; rate and burst are chosen so that this stays below the limit, with a little left for requests that travel slowly.
// Every turn of every rank comes out of that one bucket.
//
// Who goes first, where several wait, is decided by the rank of their Work when a turn is there, and within a rank by who
// came first:
//
//   - Live work goes before everything else. While it always waits, it gets five turns of six.
//   - Re-reading gets the sixth (rereadEvery), so that it ends however busy the day is. While no live work waits, it takes
//     what is there, up to half of the budget in any minute. So whoever comes with live work finds half of the minute's
//     turns left, and at most one other request goes before it.
//   - Backfill gets what both leave, within the same half, and nothing while either could go.
type Pace struct {
	mu     sync.Mutex
	all    *rate.Limiter // what is left of the limit
	spare  *rate.Limiter // what is left of the half that all but live work may use
	queues [ranks][]*waiter
	came   int64       // how many have come to wait
	passed int         // live turns since the last one for re-reading
	timer  *time.Timer // calls serve when the next turn can be given; nil while nobody waits
	used   map[Work]int64

	gate    time.Time
	keep    func(until time.Time)
	vendor  string   // label of metrics
	metrics *Metrics // nil counts nothing
}

// NewPace makes a budget of perMinute requests in any 60 seconds. perMinute of 0 or less is no limit; the gate works all the same.
//
// It starts empty: the first turn comes after the time of one request, about a second at 60 a minute. The process before
// this one may have sent up to the limit a moment ago, and a burst at every start would come on top of that. Empty, any
// number of processes one after the other send no more than a single one.
func NewPace(perMinute int) *Pace {
	p := &Pace{all: rate.NewLimiter(rate.Inf, 1), spare: rate.NewLimiter(rate.Inf, 1), used: map[Work]int64{}}
	if perMinute > 0 {
		every := time.Minute * 100 / time.Duration(95*perMinute) // 5 % slower than the limit
		p.all = rate.NewLimiter(rate.Every(every), max(1, min(3, perMinute/20-1)))
		p.all.AllowN(time.Now(), p.all.Burst()) // Invariant 8: no burst at the start
		p.spare = rate.NewLimiter(rate.Every(2*every), 1)
		p.spare.AllowN(time.Now(), 1)
	}
	return p
}

// Wait returns nil when it is the caller's turn to send one request, in the rank of the Work of ctx. It fails at once with
// ErrNoTurn when the turn would come too late, and with the context's error when that ends first.
//
// Too late is judged by the turns that come and by who waits already and goes before. It is taken for granted that those
// have their turns and that nobody comes who goes before, too. So live work that is refused could have been served only in
// place of another that was cancelled, or refused by a gate; and what is let in may find its deadline before its turn.
func (p *Pace) Wait(ctx context.Context) error {
	_, err := p.wait(ctx, WorkOf(ctx).rank())
	return err
}

// wait is Wait in a rank, and gives when the turn came.
func (p *Pace) wait(ctx context.Context, r rank) (time.Time, error) {
	w := newWaiter(ctx, r)
	for {
		if err := ctx.Err(); err != nil {
			return time.Time{}, err
		}
		w.done = make(chan struct{})
		p.enter(w)
		select {
		case <-w.done:
		case <-ctx.Done():
			if p.leave(w) {
				return time.Time{}, ctx.Err()
			}
			<-w.done // its turn came at the same moment
		}
		// The gate may have closed since. Then the turn is given up, or it would be used behind a closed gate.
		if w.err != nil || time.Until(p.Gate()) <= 0 {
			return w.at, w.err
		}
	}
}

// Used gives how many turns each kind of work was given since the process began, as a copy. A turn counts when it is given,
// also one that is not used because the gate closes or the request fails to find a connection.
func (p *Pace) Used() map[Work]int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.used)
}

// Waiting gives how many requests of each kind of work wait for their turn; no entry is none.
func (p *Pace) Waiting() map[Work]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	waiting := map[Work]int{}
	for _, queue := range p.queues {
		for _, w := range queue {
			waiting[w.work]++
		}
	}
	return waiting
}

// observe has the turns and the closings counted from now on, under the name of a vendor. Clients that share a Pace are of
// one vendor.
func (p *Pace) observe(vendor string, m *Metrics) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.vendor, p.metrics = vendor, m
}

// Transport makes every request through next wait for its turn. It is for what serves everybody who uses the account, such
// as the fetch of a token: such a request goes first, in the rank of live work, and counts for the Work of its context, who
// caused it. It leaves replies alone: whoever sees a 429 closes the gate.
func (p *Pace) Transport(next http.RoundTripper) http.RoundTripper {
	return &paced{pace: p, next: next}
}

type paced struct {
	pace *Pace
	next http.RoundTripper
}

// RoundTrip waits and then sends.
func (t *paced) RoundTrip(r *http.Request) (*http.Response, error) {
	mine, err := t.pace.take(r.Context(), rankLive)
	if err != nil {
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return nil, fmt.Errorf("wait for a turn: %w", err)
	}
	res, err := t.next.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), mine.trace(r.Context()))))
	if _, lapsed := mine.unused(); err != nil && lapsed != nil {
		err = fmt.Errorf("wait for a turn: %w", lapsed)
	}
	return res, err
}
