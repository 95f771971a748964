package worker_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox"
	"spacebridge/connectors/sandbox/shop"
	"spacebridge/connectors/sqlite"
	"spacebridge/worker"
	"spacebridge/workflows"
)

// seldom is an interval at which nothing happens during a test. It is far more than an hour: schedules keep to the clock,
// and every full hour would come in the middle of some test.
const seldom = 1000 * time.Hour

// hooked is a house whose shop sends webhooks to the daemon, whose daemon reads lists only when it is told to, and whose
// clock can be moved on for all who live in it.
type hooked struct {
	*house
	ahead atomic.Int64 // how far the clock was moved
	cut   atomic.Bool  // webhooks do not get through
}

func newHooked(t *testing.T, seed uint64, change func(*shop.Options)) *hooked {
	t.Helper()
	h := &hooked{}
	clock := func() time.Time { return time.Now().Add(time.Duration(h.ahead.Load())) }
	h.house = newHouse(t, seed, func(in *house, o *sandbox.Options) {
		in.now, o.Shop.Now, o.Books.Now = clock, clock, clock
		o.Shop.AllowHTTPWebhooks, o.Shop.WebhookTransport = true, way{cut: &h.cut, next: &http.Transport{DisableKeepAlives: true}}
		change(&o.Shop)
	})
	h.wantWebhooks()
	h.connection().Orderspace.PollInterval, h.connection().Orderspace.SweepInterval = seldom, seldom
	return h
}

// way is that of webhooks to the daemon.
type way struct {
	cut  *atomic.Bool
	next http.RoundTripper
}

func (w way) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.cut.Load() {
		return nil, errors.New("the way is cut")
	}
	return w.next.RoundTrip(r)
}

// wantWebhooks has the daemon subscribe to webhooks that lead right to it.
func (h *house) wantWebhooks() {
	h.t.Helper()
	h.config.HTTP.WebhookListen = freeAddress(h.t)
	h.connection().Orderspace.WebhookURL = "http://" + h.config.HTTP.WebhookListen + "/webhooks/orderspace/acme"
}

// freeAddress finds an address that nobody listens on, and that stays so while a daemon is away: its port is none of those
// that systems give to connections of their own, among them those that are tried to that very address.
func freeAddress(t *testing.T) string {
	t.Helper()
	const first, ports = 20_000, 10_000
	begin := int(time.Now().UnixNano() % ports)
	for n := range ports {
		address := "127.0.0.1:" + strconv.Itoa(first+(begin+n)%ports)
		if listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address); err == nil {
			require.NoError(t, listener.Close())
			return address
		}
	}
	t.Fatal("no port is free")
	return ""
}

// move moves the clock of the daemon and of both vendors on.
func (h *hooked) move(by time.Duration) { h.ahead.Add(int64(by)) }

// hook waits for a live subscription of the daemon's beside one that is over, and gives it.
func (h *house) hook(other string) shop.Webhook {
	h.t.Helper()
	var found shop.Webhook
	h.eventually("a webhook is subscribed", func() bool {
		for _, hook := range h.sandbox.Shop.Webhooks() {
			if hook.ID != other && !hook.Disabled {
				found = hook
				return true
			}
		}
		return false
	})
	return found
}

// schedule gives how often a schedule has started its workflow; idle says that none of them runs.
func (h *house) schedule(workflow string) (started int, idle bool) {
	h.t.Helper()
	c, err := worker.Dial(h.t.Context(), h.info.TemporalAddress, "default", nil, nil)
	require.NoError(h.t, err)
	defer c.Close()
	found, err := c.ScheduleClient().GetHandle(h.t.Context(), "spacebridge/"+workflow).Describe(h.t.Context())
	require.NoError(h.t, err)
	return found.Info.NumActions, len(found.Info.RunningWorkflows) == 0
}

// quietStart starts the daemon and waits until what every start reads is read.
func (h *hooked) quietStart() {
	h.t.Helper()
	h.start()
	for _, workflow := range []string{workflows.SubscriptionID("acme"), workflows.PollID("acme"), workflows.SweepID("acme")} {
		h.eventually(workflow+" is over", func() bool { started, idle := h.schedule(workflow); return started > 0 && idle })
	}
}

// trigger runs a schedule's workflow now, from its beginning to its end.
func (h *hooked) trigger(workflow string) {
	h.t.Helper()
	before, idle := h.schedule(workflow)
	require.True(h.t, idle, "%s runs", workflow)
	c, err := worker.Dial(h.t.Context(), h.info.TemporalAddress, "default", nil, nil)
	require.NoError(h.t, err)
	defer c.Close()
	require.NoError(h.t, c.ScheduleClient().GetHandle(h.t.Context(), "spacebridge/"+workflow).Trigger(h.t.Context(), triggerNow))
	h.eventually(workflow+" was run", func() bool { started, idle := h.schedule(workflow); return started > before && idle })
}

// post delivers a body to the daemon's listener, and gives the status of the answer.
func (h *house) post(body, key string) int {
	h.t.Helper()
	mac := hmac.New(sha256.New, []byte(key))
	_, _ = mac.Write([]byte(body)) // a hash never fails
	request, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.connection().Orderspace.WebhookURL, strings.NewReader(body))
	require.NoError(h.t, err)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Orderspace-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	reply, err := client.Do(request)
	require.NoError(h.t, err)
	require.NoError(h.t, reply.Body.Close())
	return reply.StatusCode
}

// inbox sums up what webhooks brought, as status shows it.
func (h *house) inbox() sqlite.Inbox {
	h.t.Helper()
	ledger := h.ledger()
	defer ledger.Close()
	sum, err := ledger.InboxOf(context.WithoutCancel(h.t.Context()), "acme", time.Time{})
	require.NoError(h.t, err)
	return sum
}

// tallies are the counts by name since ever.
func (h *house) tallies() map[string]int {
	h.t.Helper()
	ledger := h.ledger()
	defer ledger.Close()
	all, err := ledger.Tallies(context.WithoutCancel(h.t.Context()), "acme", time.Time{})
	require.NoError(h.t, err)
	return all
}
