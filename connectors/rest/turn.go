package rest

import (
	"context"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"
)

// turnLasts is how long after its turn a request may still leave. What a limit leaves over is about a second's worth of
// requests; later ones would bunch beyond it.
const turnLasts = time.Second

// turn is the right to send one request, from the time it was taken to the time the request leaves.
//
// Between the two a connection is made, which takes as long as the network likes: after an outage of ten seconds everything
// that was waiting for a connection would leave at once, beyond the limit or into a gate that has closed meanwhile. So the
// turn is looked at again when the connection is there.
type turn struct {
	pace  *Pace
	rank  rank         // in which another turn is waited for
	asked atomic.Int32 // how often a connection was asked for
	used  atomic.Bool  // a connection was handed over: from here on bytes may have left

	mu     sync.Mutex
	taken  time.Time
	lapsed error // why the turn could not be used
}

// take waits for a turn in a rank, as wait.
func (p *Pace) take(ctx context.Context, r rank) (*turn, error) {
	taken, err := p.wait(ctx, r)
	if err != nil {
		return nil, err
	}
	return &turn{pace: p, rank: r, taken: taken}, nil
}

// unused reports whether it is proved that the request did not leave, and why if it was us who kept it back. A transport
// that never asked for a connection proves nothing.
func (t *turn) unused() (sure bool, lapsed error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.used.Load() {
		return false, nil
	}
	return t.asked.Load() > 0, t.lapsed
}

// trace follows a request through net/http, which calls it in the goroutine that sends.
func (t *turn) trace(ctx context.Context) *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) {
			// Invariant 8: net/http may repeat a read on a new connection; the repetition pays like every other request.
			if t.asked.Add(1) > 1 {
				t.renew(ctx)
			}
		},
		GotConn: func(info httptrace.GotConnInfo) {
			// Invariant 8: nothing leaves long after its turn, nor through a gate that has closed since.
			if t.stale() {
				t.renew(ctx)
			}
			if t.failed() {
				// There is no other way to stop net/http here. Nothing was written yet and nothing can be now.
				_ = info.Conn.Close()
				return
			}
			t.used.Store(true)
		},
	}
}

func (t *turn) stale() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return time.Since(t.taken) > turnLasts || time.Until(t.pace.Gate()) > 0
}

func (t *turn) failed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.lapsed != nil
}

// renew takes another turn in place of one that is too old or spent.
func (t *turn) renew(ctx context.Context) {
	taken, err := t.pace.wait(ctx, t.rank)
	if err != nil {
		taken = time.Now() // none was; a refusal is not asked about again
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.taken, t.lapsed = taken, err
}
