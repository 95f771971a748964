package sandbox_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"spacebridge/connectors/sandbox"
	"spacebridge/connectors/sandbox/faults"
)

// gauge is a receiver that checks signatures and keeps what it acknowledged. Every so many deliveries it refuses one or
// breaks off.
type gauge struct {
	t   *testing.T
	key string

	mu              sync.Mutex
	came            int
	refuse, breakup int // 0: never
	acknowledged    map[[32]byte][]string
	events          map[string]bool // whole events
	bytes           int
}

func (g *gauge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		g.t.Error(err)
	}
	mac := hmac.New(sha256.New, []byte(g.key))
	mac.Write(body)
	fits := r.Header.Get("X-Orderspace-Signature") == base64.StdEncoding.EncodeToString(mac.Sum(nil))
	var events []json.RawMessage
	readable := json.Unmarshal(body, &events) == nil
	g.mu.Lock()
	defer g.mu.Unlock()
	g.came++
	switch {
	case !fits || !readable:
		w.WriteHeader(http.StatusUnauthorized)
	case g.refuse > 0 && g.came%g.refuse == 0:
		w.WriteHeader(http.StatusServiceUnavailable)
	case g.breakup > 0 && g.came%g.breakup == 0:
		panic(http.ErrAbortHandler)
	default:
		sum := sha256.Sum256(body)
		for _, event := range events {
			var e struct {
				Event string
				Data  struct {
					Order struct{ ID, Reference string }
				}
			}
			if err := json.Unmarshal(event, &e); err != nil {
				g.t.Error(err)
			}
			g.acknowledged[sum] = append(g.acknowledged[sum], e.Data.Order.ID)
			g.events[string(event)] = true
			g.bytes += len(event)
		}
	}
}

func newGauge(t *testing.T, key string) *gauge {
	t.Helper()
	return &gauge{t: t, key: key, acknowledged: map[[32]byte][]string{}, events: map[string]bool{}}
}

// same requires that what the storm was answered 200 for is what the receiver acknowledged.
func (g *gauge) same(t *testing.T, s sandbox.Storm, report *sandbox.StormReport) {
	t.Helper()
	require.Len(t, g.acknowledged, len(report.Accepted))
	for _, d := range report.Accepted {
		require.Equal(t, s.About(d.Number), g.acknowledged[d.Body])
	}
}

// TestStormKeepsItsRate is in simulated time; so is the time that a 200 takes.
func TestStormKeepsItsRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGauge(t, "k")
		host := faults.Host{Handler: g, Latency: 20 * time.Millisecond}
		network := faults.NewNetwork(map[string]faults.Host{"receiver.test": host})
		defer network.Wait()
		s := sandbox.Storm{
			URL: "http://receiver.test/hook", Key: "k", Rate: 200, Events: 3, Orders: 30, For: 2 * time.Second, Transport: network.Transport(),
		}
		report, err := s.Run(t.Context())
		require.NoError(t, err)
		require.Equal(t, 400, report.Sent)
		require.InDelta(t, 200, report.Rate(), 2)
		require.Equal(t, []time.Duration{20 * time.Millisecond, 20 * time.Millisecond, 20 * time.Millisecond, 0}, []time.Duration{report.P50, report.P99, report.Max, report.Behind})
		g.same(t, s, report)
		require.Len(t, g.events, 1200, "no two events are equal")
		require.InDelta(t, 1500, g.bytes/1200, 200)

		s.Concurrency = 2 // 100 a second is all that two can do
		report, err = s.Run(t.Context())
		require.NoError(t, err)
		require.Equal(t, 400, report.Sent)
		require.InDelta(t, 100, report.Rate(), 2)
		require.InDelta(t, 2000, report.Behind.Milliseconds(), 50)

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		report, err = s.Run(ctx)
		require.NoError(t, err)
		require.InDelta(t, 100, report.Sent, 3)
		require.NotEmpty(t, report.Failures)
	})
}

// TestStormOverSockets remembers exactly what was answered 200, and counts everything else.
func TestStormOverSockets(t *testing.T) {
	defer goleak.VerifyNone(t)
	g := newGauge(t, "k")
	g.refuse, g.breakup = 10, 7
	receiver := httptest.NewServer(g)
	defer receiver.Close()
	s := sandbox.Storm{URL: receiver.URL, Key: "k", Rate: 200, Events: 5, IDs: []string{"or_a", "or_b", "or_c"}, For: 500 * time.Millisecond}
	report, err := s.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, 100, report.Sent)
	require.LessOrEqual(t, report.Rate(), 220, "never faster; a busy machine may be slower")
	require.Equal(t, map[string]int{"broken": 13}, report.Failures)
	require.Equal(t, map[int]int{200: 77, 503: 10}, report.Statuses)
	require.Equal(t, []string{"or_c", "or_a", "or_b"}, s.About(1))
	require.Len(t, g.acknowledged, 77)
	for _, d := range report.Accepted {
		require.Equal(t, s.About(d.Number), g.acknowledged[d.Body][:3])
	}
	require.LessOrEqual(t, report.P50, report.P99)
	require.LessOrEqual(t, report.P99, report.Max)
	require.Positive(t, report.P50)
	require.Contains(t, report.String(), "answered 200: 77, 503: 10, broken: 13\n")

	s.Key = "other"
	report, err = s.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[int]int{401: 100}, report.Statuses)
	require.Empty(t, report.Accepted)
	receiver.Close()
	report, err = s.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string]int{"refused": 100}, report.Failures)
}

func TestStormsThatCannotBe(t *testing.T) {
	t.Parallel()
	good := sandbox.Storm{URL: "http://127.0.0.1:1/", Key: "k", Rate: 1, For: time.Second}
	require.NoError(t, good.Check())
	for complaint, spoil := range map[string]func(s *sandbox.Storm){
		"not the address":     func(s *sandbox.Storm) { s.URL = "receiver" },
		"signing key":         func(s *sandbox.Storm) { s.Key = "" },
		"must be positive":    func(s *sandbox.Storm) { s.Rate = 0 },
		"1 to 50 events":      func(s *sandbox.Storm) { s.Events = 51 },
		"no negative numbers": func(s *sandbox.Storm) { s.Concurrency = -1 },
	} {
		s := good
		spoil(&s)
		_, err := s.Run(t.Context())
		require.ErrorContains(t, err, complaint)
	}
}
