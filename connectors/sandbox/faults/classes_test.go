package faults

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/rest"
)

// expectation is what a client makes of a kind, for a write and for the next page of a list.
type expectation struct {
	write, read rest.Class
	acts        bool // the vendor acts while the client waits
}

// expectations say it for every kind. This is the heart of the package: a fault that the client takes for something else
// than it is would make an invoice twice, or never.
var expectations = map[Kind]expectation{
	Refused:              {rest.NotSent, rest.NotSent, false},
	LostRequest:          {rest.Unknown, rest.Unknown, false},
	ResetBefore:          {rest.Unknown, rest.Unknown, false},
	ResetAfter:           {rest.Unknown, rest.Unknown, true},
	LostReply:            {rest.Unknown, rest.Unknown, true},
	Late:                 {rest.Unknown, rest.Unknown, false},
	TimeoutBefore:        {rest.Unknown, rest.Unknown, false},
	TimeoutAfter:         {rest.Unknown, rest.Unknown, true},
	TooMany:              {rest.RateLimited, rest.RateLimited, false},
	ErrorBefore:          {rest.Unknown, rest.Unknown, false},
	ErrorAfter:           {rest.Unknown, rest.Unknown, true},
	BadGatewayBefore:     {rest.Unknown, rest.Unknown, false},
	BadGatewayAfter:      {rest.Unknown, rest.Unknown, true},
	UnavailableBefore:    {rest.Unknown, rest.Unknown, false},
	UnavailableAfter:     {rest.Unknown, rest.Unknown, true},
	GatewayTimeoutBefore: {rest.Unknown, rest.Unknown, false},
	GatewayTimeoutAfter:  {rest.Unknown, rest.Unknown, true},
	HTML:                 {rest.Unknown, rest.Unknown, true},
	Truncated:            {rest.Unknown, rest.Unknown, true},
	Endless:              {rest.Unknown, rest.Unknown, true},
	Slow:                 {"", "", true},
	ExpiredToken:         {rest.Unauthorized, rest.Unauthorized, false},
	Moving:               {"", "", true}, // only where a list goes on
	CursorGone:           {"", rest.NotFound, true},
}

// send makes one request and gives its class.
func (w *wired) send(ctx context.Context, method string) rest.Class {
	if method == http.MethodPost {
		return rest.ClassOf(w.client.Write(ctx, rest.Request{Method: method, Route: "/orders", Body: map[string]string{"source_id": "or_1"}}, nil))
	}
	query := url.Values{"limit": {"200"}, "starting_after": {"or_9"}}
	return rest.ClassOf(w.client.Read(ctx, rest.Request{Route: "/orders", Query: query}, nil))
}

func (e expectation) of(method string) rest.Class {
	if method == http.MethodPost {
		return e.write
	}
	return e.read
}

// hooked gives a plan what some kinds need.
func hooked(p *Plan) *Plan {
	p.Revoke, p.Move = func() {}, func() {}
	return p
}

func TestEveryKindIsExpected(t *testing.T) {
	t.Parallel()
	require.Len(t, expectations, len(Kinds()))
	for _, kind := range Kinds() {
		e, ok := expectations[kind]
		require.True(t, ok, kind)
		require.True(t, kind.Known())
		require.NotEmpty(t, kind.Text())
		if acts := kind.Acts(); acts == "yes" || acts == "no" {
			require.Equal(t, acts == "yes", e.acts, kind)
		}
	}
	require.False(t, Kind("hiccup").Known())
}

// TestClassesOverMemory strikes a client's requests with each kind alone, in a bubble, with the client's own deadlines.
func TestClassesOverMemory(t *testing.T) {
	t.Parallel()
	for _, kind := range Kinds() {
		for _, method := range []string{http.MethodPost, http.MethodGet} {
			t.Run(string(kind)+" "+method, func(t *testing.T) {
				t.Parallel()
				for seed := range uint64(24) { // the details are drawn: bodies, pauses, headers
					synctest.Test(t, func(t *testing.T) {
						plan := hooked(always(kind, seed))
						plan.Slow, plan.Late = Range{time.Second, 15 * time.Second}, Range{time.Minute, 10 * time.Minute}
						w := overMemory(t, plan, nil)
						start := time.Now()
						require.Equal(t, expectations[kind].of(method), w.send(t.Context(), method))
						require.LessOrEqual(t, time.Since(start), rest.DefaultReadTimeout)
						synctest.Wait()
						require.Equal(t, expectations[kind].acts, len(w.vendor.log()) == 1, w.vendor.log())
						plan.Wait()
						if kind == Late {
							require.Len(t, w.vendor.log(), 1)
						}
					})
				}
			})
		}
	}
}

// TestClassesOverSockets does the same with a real server and the client's own transports: both must agree.
func TestClassesOverSockets(t *testing.T) {
	t.Parallel()
	for _, kind := range Kinds() {
		for _, method := range []string{http.MethodPost, http.MethodGet} {
			t.Run(string(kind)+" "+method, func(t *testing.T) {
				t.Parallel()
				silent := slices.Contains([]Kind{LostRequest, LostReply, Late, Endless}, kind)
				for seed := range uint64(6) {
					plan := hooked(always(kind, seed))
					plan.Slow, plan.Late = Range{time.Millisecond, 20 * time.Millisecond}, Range{250 * time.Millisecond, 250 * time.Millisecond}
					w := overSockets(t, plan, func(o *rest.Options) {
						if silent { // only a deadline ends these
							o.ReadTimeout, o.WriteTimeout = 200*time.Millisecond, 200*time.Millisecond
						}
					})
					require.Equal(t, expectations[kind].of(method), w.send(t.Context(), method))
					if kind != Late {
						require.Equal(t, expectations[kind].acts, len(w.vendor.log()) == 1, w.vendor.log())
						continue
					}
					plan.Wait()
					require.Len(t, w.vendor.log(), 1)
				}
			})
		}
	}
}

// TestPatienceDecidesOverSlowReplies shows the two ends of a reply that takes between a second and two minutes.
func TestPatienceDecidesOverSlowReplies(t *testing.T) {
	t.Parallel()
	for total, want := range map[time.Duration]rest.Class{19 * time.Second: "", 21 * time.Second: rest.Unknown} {
		synctest.Test(t, func(t *testing.T) {
			plan := always(Slow, 1)
			plan.Slow = Range{total, total}
			w := overMemory(t, plan, nil)
			require.Equal(t, want, w.send(t.Context(), http.MethodPost))
			synctest.Wait()
			require.Len(t, w.vendor.log(), 1)
		})
	}
}

// TestRetryAfter sees the three forms of a 429, and what the client makes of each.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	var without, with int
	for seed := range uint64(64) {
		synctest.Test(t, func(t *testing.T) {
			w := overMemory(t, always(TooMany, seed), nil)
			err := w.client.Write(t.Context(), rest.Request{Method: http.MethodPost, Route: "/orders"}, nil)
			var failure *rest.Error
			require.ErrorAs(t, err, &failure)
			require.Positive(t, failure.RetryAfter)
			require.LessOrEqual(t, failure.RetryAfter, 90*time.Second)
			if failure.RetryAfter == rest.DefaultPenalty {
				without++
			} else {
				with++
			}
		})
	}
	require.Greater(t, without, 8)
	require.Greater(t, with, 24)
}

// TestFaultsOutliveTheServersDeadlines takes longer than the server allows for a request: only the client's patience counts.
func TestFaultsOutliveTheServersDeadlines(t *testing.T) {
	t.Parallel()
	for kind, want := range map[Kind]error{LostReply: context.DeadlineExceeded, Late: context.DeadlineExceeded, Slow: nil} {
		plan := always(kind, 1)
		plan.Late, plan.Slow = Range{time.Hour, time.Hour}, Range{400 * time.Millisecond, 400 * time.Millisecond}
		server := httptest.NewUnstartedServer(plan.Handler(&vendor{}))
		server.Config.ReadTimeout, server.Config.WriteTimeout = 100*time.Millisecond, 100*time.Millisecond
		server.Start()
		client := newClient(t, server.URL, func(o *rest.Options) {
			if o.WriteTimeout = 10 * time.Second; want != nil {
				o.WriteTimeout = 500 * time.Millisecond
			}
		})
		err := client.Write(t.Context(), rest.Request{Method: http.MethodPost, Route: "/orders"}, nil)
		require.ErrorIs(t, err, want, kind)
		plan.Close()
		server.Close()
	}
}
