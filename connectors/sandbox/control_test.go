package sandbox_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"spacebridge/connectors/sandbox"
	"spacebridge/connectors/sandbox/faults"
	"spacebridge/connectors/sandbox/shop"
)

// TestWebhooksMeetFaults subscribes a receiver over sockets, loses its webhooks by hand, and finds them again. What is left on
// its way in the end comes at once, or never.
func TestWebhooksMeetFaults(t *testing.T) {
	for _, healed := range []bool{true, false} {
		meetFaults(t, healed)
	}
}

func meetFaults(t *testing.T, healed bool) {
	t.Helper()
	defer goleak.VerifyNone(t)
	var arrived atomic.Int32
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived.Add(1) }))
	defer receiver.Close()
	s, err := sandbox.Start(t.Context(), sandbox.Options{
		Seed: 1, ControlListen: "127.0.0.1:0", Shop: shop.Options{AllowHTTPWebhooks: true},
		WebhookFaults: &faults.Deliveries{PerMille: map[faults.Mishap]int{faults.Replayed: 1000}},
	})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	post := func(method, path string) string {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, s.ControlURL+path, nil)
		require.NoError(t, err)
		r.Close = true
		reply, err := http.DefaultTransport.RoundTrip(r)
		require.NoError(t, err)
		defer reply.Body.Close()
		require.Equal(t, 200, reply.StatusCode)
		text, err := io.ReadAll(reply.Body)
		require.NoError(t, err)
		return string(text)
	}
	subscribe(t, s, receiver.URL)
	delivered := func() int { return s.Shop.Webhooks()[0].Delivered }
	shows := func(want string) func() bool {
		return func() bool { return post(http.MethodGet, "/webhooks/faults") == "so far: "+want+"\n" }
	}
	post(http.MethodPost, "/webhooks/lose")
	s.Shop.AddCustomer(shop.Customer{CompanyName: "A"})
	require.Eventually(t, func() bool { return delivered() == 1 }, 10*time.Second, time.Millisecond, "the shop believes that it arrived")
	require.True(t, shows("lost=1")())
	require.Zero(t, arrived.Load())
	post(http.MethodPost, "/webhooks/find")
	s.Shop.AddCustomer(shop.Customer{CompanyName: "B"})
	require.Eventually(t, func() bool { return delivered() == 2 }, 10*time.Second, time.Millisecond)
	require.True(t, shows("lost=1 replayed=1")())
	require.EqualValues(t, 1, arrived.Load())
	require.Contains(t, post(http.MethodGet, "/"), "/webhooks/mute", "the merchant's side is there too")
	if !healed {
		return
	}
	post(http.MethodPost, "/webhooks/heal")
	require.Eventually(t, func() bool { return arrived.Load() == 2 }, 10*time.Second, time.Millisecond, "the replay comes at once")
}

// subscribe has the shop send events about customers to a receiver.
func subscribe(t *testing.T, s *sandbox.Sandbox, endpoint string) {
	t.Helper()
	form := "client_id=" + s.ClientID + "&client_secret=" + s.ClientSecret + "&grant_type=client_credentials"
	_, token := fetch(t, http.MethodPost, s.TokenURL, "", form)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.OrderspaceURL+"/webhooks",
		strings.NewReader(`{"webhook":{"endpoint":"`+endpoint+`","events":["customer.created"]}}`))
	require.NoError(t, err)
	r.Close = true
	r.Header.Set("Authorization", "Bearer "+token["access_token"].(string))
	r.Header.Set("Content-Type", "application/json")
	reply, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	defer reply.Body.Close()
	require.Equal(t, 200, reply.StatusCode)
}
