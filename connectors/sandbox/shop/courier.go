package shop

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// batchSize is the documented most of one delivery.
const batchSize = 50

// courier delivers events. Its queues are in the hooks, guarded by Shop.mu.
type courier struct {
	shop    *Shop
	client  *http.Client
	sending sync.Mutex    // held while deliveries go out: one sender at a time
	wake    chan struct{} // something was queued
	cancel  context.CancelFunc
	done    chan struct{}
}

// batch is one delivery: a body that is sent until it is taken or the webhook is disabled.
type batch struct {
	body     []byte
	attempts int
	due      time.Time
}

// newCourier starts the background delivery, unless deliveries are by hand.
func newCourier(s *Shop) *courier {
	transport := s.opts.WebhookTransport
	if transport == nil {
		transport = &http.Transport{DisableKeepAlives: true}
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := &courier{
		shop: s,
		client: &http.Client{
			Transport:     transport,
			Timeout:       s.opts.WebhookTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		wake: make(chan struct{}, 1), cancel: cancel, done: make(chan struct{}),
	}
	if s.opts.ManualWebhooks {
		close(c.done)
		return c
	}
	go c.run(ctx)
	return c
}

func (c *courier) close() {
	c.cancel()
	<-c.done
}

// queue adds an event for every subscriber. Shop.mu is held.
func (c *courier) queue(told news) {
	for hook := range c.shop.webhooks.all() {
		if hook.takes(told.name) {
			hook.pending = append(hook.pending, told)
		}
	}
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// run delivers until it is told to stop.
func (c *courier) run(ctx context.Context) {
	defer close(c.done)
	for ctx.Err() == nil {
		c.sendDue(ctx)
		c.rest(ctx)
	}
}

// rest waits until something is queued, a retry is due or ctx ends.
func (c *courier) rest(ctx context.Context) {
	var retry <-chan time.Time
	if wait, waiting := c.nextRetry(); waiting {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		retry = timer.C
	}
	select {
	case <-ctx.Done():
	case <-c.wake:
	case <-retry:
	}
}

// sendDue sends everything that is due.
func (c *courier) sendDue(ctx context.Context) {
	c.sending.Lock()
	defer c.sending.Unlock()
	for ctx.Err() == nil {
		hook, next, ok := c.take()
		if !ok {
			return
		}
		err := c.post(ctx, hook, next.body)
		if ctx.Err() != nil {
			return
		}
		c.settle(ctx, hook.ID, next, err)
	}
}

// take picks a delivery that is due and cuts new batches as needed. The hook returned is a copy.
func (c *courier) take() (hook, *batch, bool) {
	c.shop.mu.Lock()
	defer c.shop.mu.Unlock()
	now := c.shop.now()
	for h := range c.shop.webhooks.all() {
		for _, waiting := range h.batches {
			if !waiting.due.After(now) {
				return *h, waiting, true
			}
		}
		blocked := len(h.batches) > 0 && c.shop.opts.WebhookOrder == WebhooksInOrder
		if len(h.pending) == 0 || blocked {
			continue
		}
		n := min(len(h.pending), batchSize)
		body, err := write(h.pending[:n])
		h.pending = h.pending[n:]
		if err != nil {
			c.shop.opts.Logger.Error("delivery not written", "webhook", h.ID, "error", err)
			continue
		}
		next := &batch{body: body, due: now}
		h.batches = append(h.batches, next)
		return *h, next, true
	}
	return hook{}, nil, false
}

// write makes the body of a delivery.
func write(batch []news) ([]byte, error) {
	events := make([]event, len(batch))
	for i, told := range batch {
		var err error
		if events[i], err = told.event(); err != nil {
			return nil, err
		}
	}
	return json.Marshal(events)
}

// nextRetry is how long it is until the first batch that waits is due.
func (c *courier) nextRetry() (time.Duration, bool) {
	c.shop.mu.Lock()
	defer c.shop.mu.Unlock()
	now, first, waiting := c.shop.now(), time.Duration(0), false
	for h := range c.shop.webhooks.all() {
		for _, b := range h.batches {
			if wait := b.due.Sub(now); !waiting || wait < first {
				first, waiting = wait, true
			}
		}
	}
	// At least a moment, so that a clock that stands still does not make this a busy loop.
	return max(first, 10*time.Millisecond), waiting
}

// post makes one attempt. Anything but 200 is a failure, 201 and 204 too.
func (c *courier) post(ctx context.Context, h hook, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.Endpoint, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Orderspace")
	request.Header.Set("X-Orderspace-Signature", sign(h.SigningKey, body))
	reply, err := c.client.Do(request)
	if err != nil {
		return fmt.Errorf("post: %w", err)
	}
	defer reply.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(reply.Body, 64<<10)) // only the status counts
	if reply.StatusCode != http.StatusOK {
		return fmt.Errorf("answered %d", reply.StatusCode)
	}
	return nil
}

// sign is the documented signature: HMAC-SHA256 over the raw body, in base64.
func sign(key string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// settle notes what came of an attempt: done, to be tried again later, or once too often.
func (c *courier) settle(ctx context.Context, hookID string, sent *batch, failure error) {
	c.shop.mu.Lock()
	defer c.shop.mu.Unlock()
	h, ok := c.shop.webhooks.find(hookID)
	if !ok {
		return
	}
	if failure == nil {
		h.delivered++
		h.drop(sent)
		return
	}
	h.failed++
	sent.attempts++
	retries := c.shop.opts.WebhookRetries
	log := c.shop.opts.Logger.With("webhook", h.ID, "attempt", sent.attempts)
	if sent.attempts > len(retries) {
		h.disabled, h.pending, h.batches = true, nil, nil
		log.WarnContext(ctx, "webhook disabled", "error", failure)
		return
	}
	sent.due = c.shop.now().Add(retries[sent.attempts-1])
	log.DebugContext(ctx, "delivery failed", "error", failure)
}

// Flush sends, before it returns, every delivery that is due by the site's clock: all new events, and retries whose
// time has come. It returns the context's error if that ends first.
func (s *Shop) Flush(ctx context.Context) error {
	s.courier.sendDue(ctx)
	return ctx.Err()
}
