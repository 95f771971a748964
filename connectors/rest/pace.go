package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// ErrNoTurn says that the turn of a request would come after its context's deadline.
var ErrNoTurn = errors.New("no turn before the deadline")

// Pace is the budget that all requests of one account share, and the gate that a 429 closes.
//
// Invariant 8: never more than the limit in any 60 seconds. A token bucket passes at most burst + 60*rate in such a
// window; rate and burst are chosen so that this stays below the limit, with a little left for requests that travel slowly.
type Pace struct {
	all   *rate.Limiter
	spare *rate.Limiter // what background work may use at most

	mu       sync.Mutex
	gate     time.Time
	onClosed func(extra time.Duration)
	keep     func(until time.Time)
}

// NewPace makes a budget of perMinute requests in any 60 seconds. perMinute of 0 or less is no limit; the gate works all the same.
//
// It starts empty: the first turn comes after the time of one request, about a second at 60 a minute. The process before
// this one may have sent up to the limit a moment ago, and a burst at every start would come on top of that. Empty, any
// number of processes one after the other send no more than a single one.
func NewPace(perMinute int) *Pace {
	p := &Pace{all: rate.NewLimiter(rate.Inf, 1), spare: rate.NewLimiter(rate.Inf, 1)}
	if perMinute > 0 {
		every := time.Minute * 100 / time.Duration(95*perMinute) // 5 % slower than the limit
		p.all = rate.NewLimiter(rate.Every(every), max(1, min(3, perMinute/20-1)))
		p.all.AllowN(time.Now(), p.all.Burst()) // Invariant 8: no burst at the start
		p.spare = rate.NewLimiter(rate.Every(2*every), 1)
	}
	return p
}

type background struct{}

// Background marks the work of ctx as one that can wait: together such work takes at most half of a Pace, so that live
// work always finds the other half.
func Background(ctx context.Context) context.Context {
	return context.WithValue(ctx, background{}, true)
}

// Wait returns nil when it is the caller's turn to send one request. It fails at once with ErrNoTurn when the turn would
// come too late, and with the context's error when that ends first.
func (p *Pace) Wait(ctx context.Context) error {
	for {
		if err := p.awaitGate(ctx); err != nil {
			return err
		}
		if ctx.Value(background{}) != nil {
			if err := take(ctx, p.spare); err != nil {
				return err
			}
		}
		if err := take(ctx, p.all); err != nil {
			return err
		}
		// The gate may have closed while we waited. Then the turn is given up, or all who wait would pass together when it opens.
		if time.Until(p.Gate()) <= 0 {
			return nil
		}
	}
}

func take(ctx context.Context, l *rate.Limiter) error {
	err := l.Wait(ctx)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		return ErrNoTurn
	}
}

func (p *Pace) awaitGate(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		opens := p.Gate()
		wait := time.Until(opens)
		if wait <= 0 {
			return nil
		}
		if deadline, ok := ctx.Deadline(); ok && deadline.Before(opens) {
			return ErrNoTurn
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
}

// CloseGate lets nothing pass for d from now. A gate that is closed for longer stays so. It returns after what Keep asks
// for, with the gate closed all the while.
func (p *Pace) CloseGate(d time.Duration) {
	until := time.Now().Add(d)
	if keep := p.closeUntil(until); keep != nil {
		keep(until)
	}
}

// closeUntil closes the gate and gives whom to tell, nil for nobody.
func (p *Pace) closeUntil(until time.Time) (keep func(time.Time)) {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !until.After(p.gate) {
		return nil
	}
	from := now
	if p.gate.After(now) {
		from = p.gate
	}
	p.gate = until
	if p.onClosed != nil {
		p.onClosed(until.Sub(from))
	}
	return p.keep
}

// Gate gives the time at which the gate opens; a time in the past means that it is open.
func (p *Pace) Gate() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gate
}

// Keep has f called with the time at which the gate opens, whenever that is later than before, so that it can be written
// down for the next process. It is called on the way of a request, possibly by several at once, and must not take long.
func (p *Pace) Keep(f func(until time.Time)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keep = f
}

// observe has f told by how much each closing prolongs the time without requests.
func (p *Pace) observe(f func(extra time.Duration)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.onClosed = f
}

// Transport makes every request through next wait for its turn. It leaves replies alone: whoever sees a 429 closes the gate.
func (p *Pace) Transport(next http.RoundTripper) http.RoundTripper {
	return &paced{pace: p, next: next}
}

type paced struct {
	pace *Pace
	next http.RoundTripper
}

// RoundTrip waits and then sends.
func (t *paced) RoundTrip(r *http.Request) (*http.Response, error) {
	mine, err := t.pace.take(r.Context())
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
