package rest

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// replies serves one handler after the other, the last one for ever.
func replies(handlers ...http.HandlerFunc) http.HandlerFunc {
	var n atomic.Int32
	return func(w http.ResponseWriter, r *http.Request) {
		handlers[min(int(n.Add(1)), len(handlers))-1](w, r)
	}
}

func TestReadIsRepeatedUntilItSucceeds(t *testing.T) {
	good := answer(200, asJSON, `{"a":7}`)
	for name, first := range map[string]http.HandlerFunc{
		"500": answer(500, asHTML, ""), "page": answer(200, asHTML, "<html>"), "hung up": hangUp, "cut short": cutShort,
	} {
		t.Run(name, func(t *testing.T) {
			server := serve(t, replies(first, good))
			var out struct{ A int }
			require.NoError(t, newClient(t, server.URL, nil).Read(t.Context(), Request{Route: "/things"}, &out))
			require.Equal(t, 7, out.A)
			require.EqualValues(t, 2, server.hits.Load())
		})
	}
}

func TestReadWaitsForTheGateAfter429(t *testing.T) {
	limited := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }
	server := serve(t, replies(limited, answer(200, asJSON, `{}`)))
	pace := NewPace(0)
	client := newClient(t, server.URL, func(o *Options) { o.Pace, o.Penalty = pace, 150*time.Millisecond })
	start := time.Now()
	require.NoError(t, client.Read(t.Context(), Request{Route: "/things"}, nil))
	require.GreaterOrEqual(t, time.Since(start), 150*time.Millisecond)
}

// A caller without the time to wait for the gate learns at once why and for how long.
func TestReadReturnsTheLimitWhenTheGateOpensTooLate(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	pace := NewPace(0)
	client := newClient(t, server.URL, func(o *Options) { o.Pace = pace })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var failure *Error
	require.ErrorAs(t, client.Read(ctx, Request{Route: "/things"}, nil), &failure)
	require.Equal(t, RateLimited, failure.Class)
	require.Equal(t, 2*time.Minute, failure.RetryAfter)
	require.EqualValues(t, 1, server.hits.Load())
	require.Greater(t, time.Until(pace.Gate()), 110*time.Second)
}

func TestReadTakesOneFreshToken(t *testing.T) {
	var seen []string
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("Authorization"))
		if r.Header.Get("Authorization") != "Bearer new" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	auth := &tokens{list: []string{"old", "new"}}
	client := newClient(t, server.URL, func(o *Options) { o.Auth = auth })
	require.NoError(t, client.Read(t.Context(), Request{Route: "/things"}, nil))
	require.Equal(t, []string{"Bearer old", "Bearer new"}, seen)
	require.Equal(t, []string{"old"}, auth.refused)
}

func TestReadGivesUpWhenFreshTokensAreRefused(t *testing.T) {
	server := serve(t, answer(401, asHTML, ""))
	auth := &tokens{list: []string{"a", "b", "c", "d"}}
	client := newClient(t, server.URL, func(o *Options) { o.Auth = auth })
	require.Equal(t, Unauthorized, ClassOf(client.Read(t.Context(), Request{Route: "/things"}, nil)))
	require.EqualValues(t, 2, server.hits.Load())
}

// A key that never changes is not sent again after it was refused.
func TestReadDoesNotRepeatAFixedKey(t *testing.T) {
	server := serve(t, answer(401, asHTML, ""))
	client := newClient(t, server.URL, func(o *Options) { o.Auth = &tokens{list: []string{"key"}} })
	require.Equal(t, Unauthorized, ClassOf(client.Read(t.Context(), Request{Route: "/things"}, nil)))
	require.EqualValues(t, 1, server.hits.Load())
}

type refusing struct{ err error }

func (a refusing) Authorize(context.Context, *http.Request) error { return a.err }
func (a refusing) Refused(string)                                 {}

// Trouble with the token endpoint never makes the outcome of a request unknown: it was not sent.
func TestTroubleWithTokensIsNotSent(t *testing.T) {
	server := serve(t, answer(200, asJSON, "{}"))
	for _, c := range []struct {
		err  error
		want Class
	}{
		{errors.New("x"), NotSent},
		{&Error{Class: Unknown}, NotSent},
		{&Error{Class: Unauthorized}, Unauthorized},
		{&Error{Class: RateLimited}, RateLimited},
	} {
		client := newClient(t, server.URL, func(o *Options) { o.Auth, o.ReadRetries = refusing{c.err}, -1 })
		require.Equal(t, c.want, ClassOf(client.Write(t.Context(), Request{Method: http.MethodPost, Route: "/x"}, nil)))
		require.Equal(t, c.want, ClassOf(client.Read(t.Context(), Request{Route: "/x"}, nil)))
	}
	require.Zero(t, server.hits.Load())
}

func TestReadSendsQueryPathAndHeaders(t *testing.T) {
	var got *http.Request
	server := serve(t, func(_ http.ResponseWriter, r *http.Request) { got = r })
	client := newClient(t, server.URL+"/v1/", func(o *Options) { o.UserAgent = "ua"; o.Header = http.Header{"X-A": {"1"}} })
	require.NoError(t, client.Read(t.Context(), Request{
		Route: "/things/{id}", Path: "/things/" + url.PathEscape("a/b"), Query: url.Values{"q": {"x y"}}, Header: http.Header{"X-B": {"2"}},
	}, nil))
	require.Equal(t, "/v1/things/a%2Fb?q=x+y", got.RequestURI)
	require.Equal(t, "ua", got.UserAgent())
	require.Equal(t, "1", got.Header.Get("X-A"))
	require.Equal(t, "2", got.Header.Get("X-B"))

	require.Equal(t, NotSent, ClassOf(client.Read(t.Context(), Request{Method: http.MethodPost, Route: "/things"}, nil)))
}

func TestServerClock(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(-5*time.Minute).UTC().Format(http.TimeFormat))
	})
	client := newClient(t, server.URL, nil)
	_, ok := client.ServerClock()
	require.False(t, ok)
	require.NoError(t, client.Read(t.Context(), Request{Route: "/things"}, nil))
	skew, ok := client.ServerClock()
	require.True(t, ok)
	require.Less(t, (skew - 5*time.Minute).Abs(), 3*time.Second)
}
