package simulation

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"syscall"
	"time"

	"spacebridge/activities"
	"spacebridge/connectors/sandbox/faults"
	"spacebridge/connectors/sqlite"
	"spacebridge/workflows"
)

func (s *site) receiverHost() string { return "receiver-" + s.letter + ".test" }
func (s *site) endpoint() string {
	return "http://" + s.receiverHost() + "/webhooks/orderspace/" + s.name
}

// courier is the way of a site's webhooks to whatever process lives, with its mishaps.
func (w *World) courier(s *site) http.RoundTripper {
	d := &faults.Deliveries{
		Seed: w.number("courier", s.name), PerMille: w.profile.Mishaps,
		OnMishap: func(e faults.Delivery) { w.trace.notef("courier", "%s: %s %x", s.name, e.Mishap, e.Body[:6]) },
	}
	w.couriers = append(w.couriers, d)
	return d.Transport(&road{world: w, host: s.receiverHost()})
}

// road brings webhooks to the process that lives. Between two processes nobody is there.
type road struct {
	world *World
	host  string // ours; others take everything
}

// RoundTrip implements http.RoundTripper.
func (r *road) RoundTrip(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	_ = request.Body.Close()
	if request.URL.Host != r.host {
		return httptest.NewRecorder().Result(), nil
	}
	w := r.world
	p := w.current()
	if p == nil || p.isDead() || p.hooks == nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	w.counts.count(&w.counts.Deliveries)
	inner := request.Clone(request.Context())
	inner.Body, inner.RequestURI = io.NopCloser(bytes.NewReader(body)), request.URL.Path
	answer := httptest.NewRecorder()
	p.hooks.ServeHTTP(answer, inner)
	if p.isDead() {
		return nil, errors.New("connection reset: the receiver died")
	}
	if answer.Code == http.StatusOK {
		sum := sha256.Sum256(body)
		w.acked.note(hex.EncodeToString(sum[:]))
	}
	return answer.Result(), nil
}

// acked is what the receiver has acknowledged on the ledger that is in use.
type acked struct {
	mu     sync.Mutex
	hashes map[string]bool
}

func (a *acked) note(hash string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.hashes == nil {
		a.hashes = map[string]bool{}
	}
	a.hashes[hash] = true
}

func (a *acked) reset() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.hashes = nil
}

func (a *acked) all() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	hashes := make([]string, 0, len(a.hashes))
	for hash := range a.hashes {
		hashes = append(hashes, hash)
	}
	return hashes
}

// scheduleWebhooks looks after the subscription and after what waits in the inbox, and reads everything at night.
func (p *process) scheduleWebhooks(connection string) {
	profile := p.world.profile
	reads := activities.PlanReadsInput{Connection: connection}
	if profile.Nightly > 0 {
		p.every(profile.Nightly, "nightly "+connection, func(e *engine) error { _, err := workflows.RereadOn(e, reads); return err })
	}
	if !profile.Receiver {
		return
	}
	p.every(profile.Care, "subscription "+connection, func(e *engine) error {
		_, err := workflows.KeepSubscriptionOn(e, activities.KeepSubscriptionInput{Connection: connection})
		return err
	})
	p.every(profile.Care, "look into the inbox of "+connection, func(*engine) error {
		waiting, err := p.ledger.Waiting(p.ctx, connection, 1)
		if len(waiting) > 0 {
			p.drain(connection)
		}
		return err
	})
}

// judgeWebhooks tells what is wrong with the inbox and the subscription of a site that has come to rest.
func (w *World) judgeWebhooks(ledger *sqlite.Ledger, s *site) []string {
	if !w.profile.Receiver {
		return nil
	}
	var wrong []string
	waiting, err := ledger.Waiting(context.Background(), s.name, 0)
	if err != nil {
		return []string{"the inbox cannot be read: " + err.Error()}
	}
	for _, mark := range waiting {
		wrong = append(wrong, fmt.Sprintf("%s: %s %s waits in the inbox since %s", s.name, mark.Kind, mark.ID, mark.Since.Format(time.RFC3339)))
	}
	ours, foreign := 0, 0
	for _, hook := range s.shop.Webhooks() {
		switch {
		case hook.Endpoint != s.endpoint():
			foreign++
		case !hook.Disabled || !w.profile.Shop.HideDisabledWebhooks: // nobody can remove what is not shown
			ours++
		}
	}
	if ours != 1 || foreign != 1 {
		wrong = append(wrong, fmt.Sprintf("%s has %d subscriptions of ours and %d of others, want 1 and 1", s.name, ours, foreign))
	}
	return wrong
}
