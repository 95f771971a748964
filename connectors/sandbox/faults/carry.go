package faults

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

const (
	// unseenTimeout bounds a delivery whose sender does not wait for it.
	unseenTimeout = 30 * time.Second
	// overtakers is how many others go before a delivery that is held back.
	overtakers = 2
)

// Transport carries deliveries by next, with whatever befalls them. Like next it follows nothing and repeats nothing.
func (d *Deliveries) Transport(next http.RoundTripper) http.RoundTripper {
	return carrier{plan: d, next: next}
}

// carrier is a Deliveries on one way.
type carrier struct {
	plan *Deliveries
	next http.RoundTripper
}

// RoundTrip carries one delivery and gives what its sender sees.
func (c carrier) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := takeBody(r)
	if err != nil {
		return nil, fmt.Errorf("read request body: %w", err)
	}
	f := c.plan.decide(r, body)
	if f.mishap != "" && c.plan.OnMishap != nil {
		c.plan.OnMishap(f.about)
	}
	switch f.mishap {
	case Lost:
		return proxied(r, http.StatusOK), nil
	case Doubled:
		after := time.Duration(0)
		if f.rng.IntN(2) == 0 {
			after = c.plan.Again.draw(f.rng, DefaultDeliveryAgain)
		}
		c.later(r, body, after, nil)
	case Belated:
		c.later(r, body, c.plan.Late.draw(f.rng, DefaultDeliveryLate), nil)
		return proxied(r, http.StatusOK), nil
	case Replayed:
		c.later(r, body, c.plan.Replay.draw(f.rng, DefaultDeliveryReplay), nil)
	case Reordered:
		held := &heldBack{waits: overtakers, free: make(chan struct{})}
		c.plan.hold(held)
		most := c.plan.Held
		if most == 0 {
			most = DefaultDeliveryHeld
		}
		c.later(r, body, most, held.free)
		return proxied(r, http.StatusOK), nil
	case ReplyLost:
		return nil, c.loseReply(r, body, f.rng)
	case ProxyDown:
		return proxied(r, http.StatusServiceUnavailable), nil
	case Redirected:
		return proxied(r, http.StatusFound), nil
	case BadBody:
		body = spoil(body, f.rng)
	default:
	}
	return c.deliver(r.Context(), r, body)
}

// deliver hands a body to the receiver. Those held back until others have gone first go on after it.
func (c carrier) deliver(ctx context.Context, r *http.Request, body []byte) (*http.Response, error) {
	out := &http.Request{ // made anew, so that nothing of the sender's deadline hangs on it
		Method: r.Method, URL: r.URL, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: r.Header.Clone(), Host: r.Host,
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
	reply, err := c.next.RoundTrip(out.WithContext(ctx))
	c.plan.passed()
	return reply, err
}

// unseen hands a body to the receiver whose reply nobody sees.
func (c carrier) unseen(ctx context.Context, r *http.Request, body []byte) {
	status := 0
	if reply, err := c.deliver(ctx, r, body); err == nil {
		status = reply.StatusCode
		_, _ = io.Copy(io.Discard, io.LimitReader(reply.Body, 64<<10)) // so that the connection can be used again
		_ = reply.Body.Close()                                         // nobody is left to tell
	}
	c.plan.mu.Lock()
	defer c.plan.mu.Unlock()
	c.plan.unseen[status]++
}

// later hands a body to the receiver after a while, or when early is closed or the plan heals; never if the plan is closed
// before.
func (c carrier) later(r *http.Request, body []byte, after time.Duration, early <-chan struct{}) {
	d := c.plan
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.life.Err() != nil {
		return
	}
	d.pending++
	go func() {
		defer func() {
			d.mu.Lock()
			defer d.mu.Unlock()
			if d.pending--; d.pending == 0 {
				d.idle.Broadcast()
			}
		}()
		timer := time.NewTimer(after)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-early:
		case <-d.healing:
		case <-d.life.Done():
			return
		}
		ctx, cancel := context.WithTimeout(d.life, unseenTimeout)
		defer cancel()
		c.unseen(ctx, r, body)
	}()
}

// loseReply has the receiver answer, and the sender not hear it: half of the time the connection breaks, and else nothing
// comes until the sender gives up.
func (c carrier) loseReply(r *http.Request, body []byte, rng *rand.Rand) error {
	c.unseen(r.Context(), r, body)
	if rng.IntN(2) == 0 {
		return errReset
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-r.Context().Done():
		return r.Context().Err()
	case <-timer.C:
	case <-c.plan.life.Done():
	}
	return errReset
}

// hold notes a delivery that waits for others.
func (d *Deliveries) hold(held *heldBack) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.held = append(d.held, held)
}

// passed tells those held back that another delivery has gone.
func (d *Deliveries) passed() {
	d.mu.Lock()
	defer d.mu.Unlock()
	waiting := d.held[:0]
	for _, held := range d.held {
		if held.waits--; held.waits > 0 {
			waiting = append(waiting, held)
			continue
		}
		close(held.free)
	}
	clear(d.held[len(waiting):])
	d.held = waiting
}

// spoil changes a body: a byte, its end, or a harmless blank that all the same breaks the signature.
func spoil(body []byte, rng *rand.Rand) []byte {
	out := bytes.Clone(body)
	switch way := rng.IntN(3); {
	case way == 0 && len(out) > 0:
		out[rng.IntN(len(out))] ^= 1
	case way == 1 && len(out) > 0:
		out = out[:rng.IntN(len(out))]
	default:
		out = append(out, '\n')
	}
	return out
}

// proxied is an answer that did not come from the receiver.
func proxied(r *http.Request, status int) *http.Response {
	header := http.Header{"Content-Type": {"text/html; charset=utf-8"}, "Server": {"nginx"}}
	if status == http.StatusFound {
		header.Set("Location", "https://"+r.URL.Host+"/login")
	}
	text := ""
	if status != http.StatusOK {
		text = page(status)
	}
	return &http.Response{
		StatusCode: status, Status: strconv.Itoa(status) + " " + http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, ContentLength: int64(len(text)), Body: io.NopCloser(bytes.NewReader([]byte(text))), Request: r,
	}
}
