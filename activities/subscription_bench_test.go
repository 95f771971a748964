package activities_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"spacebridge/activities"
	"spacebridge/connectors/orderspace"
	"spacebridge/connectors/rest"
	"spacebridge/connectors/sandbox/shop"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/trade"
)

const (
	hookURL    = "https://hooks.example.com/webhooks/orderspace/acme"
	oldHookURL = "https://old.example.com/webhooks/orderspace/acme"
	keysLive   = 48 * time.Hour // how long the receiver accepts a key that was replaced
)

// wire is the way to the shop. It can be cut before or after a request, and a reply can be changed on its way.
type wire struct {
	base   http.RoundTripper
	calls  []string                      // of /webhooks
	before func(n int, call string) bool // do not let the nth request through
	after  func(n int, call string) bool // lose the reply to the nth request
	reply  func(call string, status int, body string) (int, string)
}

var errCut = errors.New("the wire is cut")

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasPrefix(r.URL.Path, "/v1/webhooks") {
		return w.base.RoundTrip(r)
	}
	call := r.Method
	w.calls = append(w.calls, call)
	n := len(w.calls)
	if w.before != nil && w.before(n, call) {
		return nil, errCut
	}
	reply, err := w.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if w.after != nil && w.after(n, call) {
		_ = reply.Body.Close()
		return nil, errCut
	}
	if w.reply == nil {
		return reply, nil
	}
	body, err := io.ReadAll(reply.Body)
	_ = reply.Body.Close()
	if err != nil {
		return nil, err
	}
	var text string
	reply.StatusCode, text = w.reply(call, reply.StatusCode, string(body))
	reply.Body, reply.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
	reply.Header.Set("Content-Length", strconv.Itoa(len(text)))
	return reply, nil
}

// subscribing is a simulated shop, the real client and a real ledger. A webhook of somebody else stands there, and must
// stand there unchanged at the end of every test.
type subscribing struct {
	*activities.Activities

	t       *testing.T
	clock   time.Time
	jumped  time.Duration // how far ours was set ahead; the shop's goes on
	shop    *shop.Shop
	client  *orderspace.Client
	wire    *wire
	url     string // as configured
	path    string // of the ledger
	ledger  *sqlite.Ledger
	probe   func(point string) error
	metrics *prometheus.Registry
	logged  bytes.Buffer
	errs    []string
	secrets map[string]bool // keys that stood at the shop or in the ledger
	foreign shop.Webhook
}

func newSubscribing(t *testing.T, change func(*shop.Options)) *subscribing {
	t.Helper()
	s := &subscribing{t: t, clock: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), url: hookURL, path: filepath.Join(t.TempDir(), "ledger.db")}
	s.secrets = map[string]bool{}
	opts := shop.Options{
		Seed: 4, Now: func() time.Time { return s.clock.Add(-s.jumped) }, RequestsPerMinute: -1, TokenTTL: 10_000 * time.Hour, ManualWebhooks: true,
		WebhookTransport: refusing{}, WebhookRetries: []time.Duration{},
	}
	if change != nil {
		change(&opts)
	}
	s.shop = shop.New(opts)
	t.Cleanup(s.shop.Close)
	mux := http.NewServeMux()
	mux.Handle("/v1/", s.shop.APIHandler())
	mux.Handle("/oauth/", s.shop.IdentityHandler())
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s.wire = &wire{base: rest.NewTransport()}
	id, secret := s.shop.Credentials()
	var err error
	s.client, err = orderspace.New(orderspace.Options{
		APIURL: server.URL + "/v1", TokenURL: server.URL + "/oauth/token", ClientID: id, ClientSecret: secret,
		Pace: rest.NewPace(0), ReadRetries: -1, Penalty: time.Millisecond, Transport: s.wire,
	})
	require.NoError(t, err)
	t.Cleanup(s.client.Close)
	_, err = s.client.CreateWebhook(t.Context(), "https://others.example.com/hook", []string{"order.created", "product.updated"})
	require.NoError(t, err)
	s.foreign = s.shop.Webhooks()[0]
	s.wire.calls = nil
	require.NoError(t, os.WriteFile(s.path, emptyLedger(), 0o600))
	s.reopen()
	t.Cleanup(func() {
		require.Equal(t, s.foreign, s.shop.Webhooks()[0], "what is not ours is never touched")
		said := s.logged.String() + strings.Join(s.errs, "\n")
		for key := range s.secrets {
			require.NotContains(t, said, key)
		}
	})
	return s
}

// refusing is a receiver that accepts nothing: one delivery, and the shop disables the webhook.
type refusing struct{}

func (refusing) RoundTrip(*http.Request) (*http.Response, error) { return nil, errCut }

// emptyLedger is the file of a new ledger. Made once, it saves every test the migrations.
var emptyLedger = sync.OnceValue(func() []byte {
	dir, err := os.MkdirTemp("", "ledger")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "ledger.db")
	ledger, err := sqlite.Open(context.Background(), sqlite.Options{Path: path})
	if err == nil {
		err = ledger.Close()
	}
	if err != nil {
		panic(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	return file
})

// reopen opens the ledger's file anew, as the next process does.
func (s *subscribing) reopen() {
	s.t.Helper()
	if s.ledger != nil {
		require.NoError(s.t, s.ledger.Close())
	}
	now := func() time.Time { return s.clock }
	var err error
	s.ledger, err = sqlite.Open(s.t.Context(), sqlite.Options{Path: s.path, Now: now, SkipCheck: true, Probe: func(point string) error {
		if s.probe == nil {
			return nil
		}
		return s.probe(point)
	}})
	require.NoError(s.t, err)
	ledger := s.ledger
	s.t.Cleanup(func() { _ = ledger.Close() })
	s.restart()
}

// restart begins anew with the configuration as it is now, and knows nothing but what is in the ledger.
func (s *subscribing) restart() {
	s.t.Helper()
	now := func() time.Time { return s.clock }
	s.metrics = prometheus.NewRegistry()
	s.Activities = activities.New(activities.Options{
		Ledger: s.ledger, Owner: "test", Now: now, Subscribed: activities.NewSubscriptionMetrics(s.metrics),
		Logger:      slog.New(slog.NewJSONHandler(&s.logged, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Connections: []*activities.Connection{{Name: "acme", Webhooks: s.client, WebhookURL: s.url}},
	})
}

// keep runs the activity and tells what it did.
func (s *subscribing) keep() (activities.KeepSubscriptionResult, error) {
	s.wire.calls = nil
	result, err := s.KeepSubscription(s.t.Context(), activities.KeepSubscriptionInput{Connection: "acme"})
	if err != nil {
		s.errs = append(s.errs, err.Error())
	}
	for _, hook := range s.shop.Webhooks() {
		s.secrets[hook.SigningKey] = true
	}
	for _, key := range s.keys(1000 * time.Hour) {
		s.secrets[key] = true
	}
	return result, err
}

// does runs the activity and holds it to the changes it should make.
func (s *subscribing) does(changes ...activities.SubscriptionChange) {
	s.t.Helper()
	result, err := s.keep()
	require.NoError(s.t, err)
	require.Equal(s.t, changes, result.Changes)
	require.Equal(s.t, s.url != "", result.Subscribed)
	want := 0
	if s.url != "" {
		want = 1
	}
	require.Equal(s.t, want, s.metric("spacebridge_webhook_subscribed", ""))
}

func (s *subscribing) metric(name, change string) int {
	s.t.Helper()
	families, err := s.metrics.Gather()
	require.NoError(s.t, err)
	for _, family := range families {
		for _, m := range family.GetMetric() {
			labels := map[string]string{}
			for _, label := range m.GetLabel() {
				labels[label.GetName()] = label.GetValue()
			}
			if family.GetName() == name && labels["change"] == change {
				require.Equal(s.t, "acme", labels["connection"])
				return int(m.GetGauge().GetValue() + m.GetCounter().GetValue())
			}
		}
	}
	s.t.Fatalf("no %s %s", name, change)
	return 0
}

// hooks are the subscriptions at the shop but for the other one, oldest first.
func (s *subscribing) hooks() []shop.Webhook {
	return s.shop.Webhooks()[1:]
}

// only is the single subscription of ours, which must be as wanted.
func (s *subscribing) only() shop.Webhook {
	s.t.Helper()
	hooks := s.hooks()
	require.Len(s.t, hooks, 1)
	require.Equal(s.t, s.url, hooks[0].Endpoint)
	require.ElementsMatch(s.t, activities.SubscribedEvents(), hooks[0].Events)
	require.False(s.t, hooks[0].Disabled)
	require.Contains(s.t, s.keys(0), hooks[0].SigningKey, "its key is accepted")
	return hooks[0]
}

// keys are those that a delivery may be signed with, when a replaced one is accepted for so long.
func (s *subscribing) keys(after time.Duration) []string {
	s.t.Helper()
	keys, err := s.ledger.SigningKeys(s.t.Context(), "acme", s.clock.Add(-after))
	require.NoError(s.t, err)
	return keys
}

// add makes another subscription behind the ledger's back.
func (s *subscribing) add(endpoint string, events ...string) trade.Subscription {
	s.t.Helper()
	if len(events) == 0 {
		events = activities.SubscribedEvents()
	}
	made, err := s.client.CreateWebhook(s.t.Context(), endpoint, events)
	require.NoError(s.t, err)
	return made
}

// lose files orders that reading found and that no webhook told of.
func (s *subscribing) lose(n int) {
	s.t.Helper()
	kept, err := s.ledger.Subscriptions(s.t.Context(), "acme")
	require.NoError(s.t, err)
	var batch []sqlite.Saved
	for i := range n {
		id := "or_lost_" + strconv.FormatInt(s.clock.Unix(), 36) + strconv.Itoa(i)
		batch = append(batch, sqlite.Saved{Record: trade.Record{
			Kind: trade.KindOrder, ID: id, Status: "new", Created: s.clock, Body: []byte(`{"id":"` + id + `"}`),
		}})
	}
	_, err = s.ledger.SaveRecords(s.t.Context(), "acme", sqlite.Reading{
		Source: trade.SourceList, At: s.clock, By: string(rest.WorkPoll), Announced: kept[0].Created,
	}, batch)
	require.NoError(s.t, err)
}

// hear files a delivery, so that the subscription is not silent.
func (s *subscribing) hear() {
	s.t.Helper()
	_, err := s.ledger.Receive(s.t.Context(), []sqlite.Delivery{{
		Connection: "acme", Hash: s.clock.String(), Events: 1, Told: []sqlite.Told{{Kind: trade.KindOrder, ID: "or_heard"}},
	}})
	require.NoError(s.t, err)
}

// disable has the shop send something that nobody takes, so that it disables every webhook that wants to hear of customers.
func (s *subscribing) disable() {
	s.t.Helper()
	s.shop.AddCustomer(shop.Customer{CompanyName: "Blue Sky"})
	require.NoError(s.t, s.shop.Flush(s.t.Context()))
	require.True(s.t, s.hooks()[0].Disabled)
}

// retryAfter is how long Temporal waits before it tries again, and whether it does.
func retryAfter(t *testing.T, err error) (time.Duration, bool) {
	t.Helper()
	var failure *temporal.ApplicationError
	require.ErrorAs(t, err, &failure)
	return failure.NextRetryDelay(), !failure.NonRetryable()
}
