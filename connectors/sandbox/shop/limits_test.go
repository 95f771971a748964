package shop_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox/shop"
)

func TestLimitCountsEverythingOverASlidingWindow(t *testing.T) {
	s := open(t, shop.Options{RequestsPerMinute: 60}) // open spends one on the token
	repeat(29, func(int) { require.Equal(t, http.StatusOK, s.get("/orders").StatusCode) })
	s.clock.Add(30 * time.Second)
	repeat(29, func(int) { require.Equal(t, http.StatusOK, s.get("/tax_rates").StatusCode) })
	require.Equal(t, http.StatusNotFound, s.get("/nowhere").StatusCode) // the 60th: unknown paths count as well

	// 30 s later the first half has left the window, so half a budget is free.
	s.clock.Add(30 * time.Second)
	repeat(30, func(int) { require.Equal(t, http.StatusOK, s.get("/orders").StatusCode) })
	reply := s.get("/orders")
	require.Equal(t, http.StatusTooManyRequests, reply.StatusCode)
	require.Empty(t, reply.Header.Get("Retry-After"))
	require.NotEmpty(t, reply.Header.Get("X-Request-Id"))
	stats := s.Requests()
	require.Equal(t, 91, stats.Count)
	require.Equal(t, 1, stats.TooMany)
	require.Equal(t, 0, stats.DuringPenalty)
	require.Equal(t, 61, stats.MostInMinute)
	require.Equal(t, 59, stats.ByRoute["GET /v1/orders"])
	require.Equal(t, 1, stats.ByRoute["POST /oauth/token"])
}

func TestPenaltyRefusesEverythingAndCountsViolations(t *testing.T) {
	s := open(t, shop.Options{RequestsPerMinute: 5})
	repeat(4, func(int) { require.Equal(t, http.StatusOK, s.get("/orders").StatusCode) })
	require.Equal(t, http.StatusTooManyRequests, s.get("/orders").StatusCode)

	s.clock.Add(59 * time.Second)
	require.Equal(t, http.StatusTooManyRequests, s.get("/orders").StatusCode)
	require.Equal(t, http.StatusTooManyRequests, s.askToken("application/json", "{}").StatusCode)
	require.Equal(t, 2, s.Requests().DuringPenalty)
	require.Equal(t, 3, s.Requests().TooMany)

	s.clock.Add(time.Second)
	require.Equal(t, http.StatusOK, s.get("/orders").StatusCode)
	s.ResetRequests()
	require.Equal(t, shop.RequestStats{ByRoute: map[string]int{}}, s.Requests())
}

func TestLimitDefaultsToTheDocumentedOne(t *testing.T) {
	c := newClock()
	s := shop.New(shop.Options{Now: c.Now, ManualWebhooks: true})
	defer s.Close()
	limited := &site{Shop: s, t: t, clock: c, api: s.APIHandler(), identity: s.IdentityHandler()}
	repeat(60, func(int) { require.Equal(t, http.StatusUnauthorized, limited.get("/orders").StatusCode) })
	require.Equal(t, http.StatusTooManyRequests, limited.get("/orders").StatusCode)
}
