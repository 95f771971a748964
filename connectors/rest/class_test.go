package rest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const asJSON, asHTML = "application/json", "text/html"

// What each reply means for a write, and how often the server is asked by a read and by a write.
func TestClassOfReplies(t *testing.T) {
	long := `{"x":"` + strings.Repeat("x", 4096) + `"}`
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		class   Class
		text    string
		reads   int32
	}{
		{"success", answer(200, asJSON, `{"a":1}`), "", "", 1},
		{"created", answer(201, asJSON, `{"a":1}`), "", "", 1},
		{"success as a page", answer(200, asHTML, `<html>maintenance</html>`), Unknown, "HTML page", 3},
		{"success in broken JSON", answer(200, asJSON, `{"a":`), Unknown, "broken JSON", 3},
		{"success without a body", answer(200, asJSON, ""), Unknown, "reply is empty", 1},
		{"success of another shape", answer(200, asJSON, `{"a":"CANARY"}`), Unknown, "unexpected type", 1},
		{"success too large", answer(200, asJSON, long), Unknown, "larger than 1024 bytes", 3},
		{"success cut short", cutShort, Unknown, "before the reply was complete", 3},
		{"connection closed", hangUp, Unknown, "before the reply was complete", 3},
		{"redirect", redirect, Unknown, "redirect", 3},
		{"not modified", answer(304, asJSON, ""), Unknown, "redirect", 3},
		{"400 without a body", answer(400, asHTML, ""), Rejected, "status 400", 1},
		{"401 without a body", answer(401, asHTML, ""), Unauthorized, "status 401", 1},
		{"403", answer(403, asJSON, `{"code":"email_verification_required","message":"m"}`), Unauthorized, "code email_verification_required", 1},
		{"404 of a record", answer(404, asJSON, `{"message":"Couldn't find it"}`), NotFound, "status 404", 1},
		{"404 of a path", answer(404, asHTML, "<html>Page Not Found</html>"), Rejected, "unknown path", 1},
		{"404 without a body", answer(404, asJSON, ""), Rejected, "unknown path", 1},
		{"408", answer(408, asJSON, ""), Unknown, "status 408", 3},
		{"409", answer(409, asJSON, `{"message":"m"}`), Rejected, "status 409", 1},
		{"422", answer(422, asJSON, `{"message":"Validation failed"}`), Rejected, "request req-1", 1},
		{"429", answer(429, asJSON, `{}`), RateLimited, "status 429", 3},
		{"500", answer(500, asHTML, "Something went wrong"), Unknown, "status 500", 3},
		{"503", answer(503, asJSON, "{}"), Unknown, "status 503", 3},
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			t.Run(c.name+" "+method, func(t *testing.T) {
				server := serve(t, c.handler)
				client := newClient(t, server.URL, func(o *Options) {
					o.MaxBody, o.ReadRetries, o.Penalty = 1024, 2, time.Millisecond
				})
				var out struct{ A int }
				hits, call, body := c.reads, client.Read, any(nil)
				if method == http.MethodPost {
					hits, call, body = 1, client.Write, map[string]int{"n": 1}
				}
				err := call(t.Context(), Request{Method: method, Route: "/things", Body: body}, &out)
				require.Equal(t, c.class, ClassOf(err), "%v", err)
				require.Equal(t, hits, server.hits.Load(), "requests that the server saw")
				if c.class != "" {
					require.ErrorContains(t, err, c.text)
					require.NotContains(t, err.Error(), "CANARY")
				}
			})
		}
	}
}

func cutShort(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "100")
	_, _ = w.Write([]byte(`{"a":1`))
}

func hangUp(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

func redirect(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "/elsewhere", http.StatusFound)
}

func TestNotSentNeedsProof(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	address := closed.URL
	closed.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	secure.StartTLS()
	defer secure.Close()
	post := Request{Method: http.MethodPost, Route: "/things", Body: map[string]int{"n": 1}}

	for name, base := range map[string]string{
		"nobody listens": address, "unknown certificate": secure.URL, "no such host": "http://nobody.invalid",
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, NotSent, ClassOf(newClient(t, base, nil).Write(t.Context(), post, nil)))
		})
	}
	t.Run("a transport that tells nothing", func(t *testing.T) {
		client := newClient(t, address, func(o *Options) { o.Transport = broken{errors.New("CANARY")} })
		err := client.Write(t.Context(), post, nil)
		require.Equal(t, Unknown, ClassOf(err))
		require.NotContains(t, err.Error(), "CANARY")
	})
	t.Run("no answer in time", func(t *testing.T) {
		release := make(chan struct{})
		server := serve(t, func(http.ResponseWriter, *http.Request) { <-release })
		defer close(release)
		client := newClient(t, server.URL, func(o *Options) { o.WriteTimeout = 50 * time.Millisecond })
		err := client.Write(t.Context(), post, nil)
		require.Equal(t, Unknown, ClassOf(err))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.EqualValues(t, 1, server.hits.Load())
	})
	t.Run("cancelled before", func(t *testing.T) {
		server := serve(t, answer(200, asJSON, "{}"))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := newClient(t, server.URL, nil).Write(ctx, post, nil)
		require.Equal(t, NotSent, ClassOf(err))
		require.ErrorIs(t, err, context.Canceled)
		require.Zero(t, server.hits.Load())
	})
	t.Run("no turn", func(t *testing.T) {
		server := serve(t, answer(200, asJSON, "{}"))
		pace := NewPace(0)
		pace.CloseGate(time.Hour)
		err := newClient(t, server.URL, func(o *Options) { o.Pace = pace }).Write(t.Context(), post, nil)
		require.Equal(t, NotSent, ClassOf(err))
		require.ErrorIs(t, err, ErrNoTurn)
		var failure *Error
		require.ErrorAs(t, err, &failure)
		require.Greater(t, failure.RetryAfter, 59*time.Minute)
		require.Zero(t, server.hits.Load())
	})
	t.Run("body that is no JSON", func(t *testing.T) {
		server := serve(t, answer(200, asJSON, "{}"))
		bad := Request{Method: http.MethodPost, Route: "/things", Body: func() {}}
		require.Equal(t, NotSent, ClassOf(newClient(t, server.URL, nil).Write(t.Context(), bad, nil)))
	})
}

type broken struct{ err error }

func (b broken) RoundTrip(*http.Request) (*http.Response, error) { return nil, b.err }

func TestClassOfOtherErrors(t *testing.T) {
	require.Empty(t, ClassOf(nil))
	require.Equal(t, Unknown, ClassOf(errors.New("x")))
	require.Equal(t, NotFound, ClassOf(fmt.Errorf("get order: %w", &Error{Class: NotFound})))
}

func TestNewChecksItsOptions(t *testing.T) {
	for _, base := range []string{"", "api.example.com", "ftp://x", "https://user:CANARY@x", "https://x?token=CANARY", "http://x\x7f/CANARY"} {
		_, err := New(Options{Vendor: "vendor", BaseURL: base, Pace: NewPace(1)})
		require.Error(t, err)
		require.NotContains(t, err.Error(), "CANARY")
	}
	_, err := New(Options{Vendor: "vendor", BaseURL: "https://x"})
	require.ErrorContains(t, err, "pace")
}
