package rest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newClient makes a client without limits and without waits; change may alter its options.
func newClient(t *testing.T, base string, change func(*Options)) *Client {
	t.Helper()
	opts := Options{Vendor: "vendor", BaseURL: base, Pace: NewPace(0), RetryWait: time.Millisecond, MaxRetryWait: time.Millisecond}
	if change != nil {
		change(&opts)
	}
	client, err := New(opts)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

// counting is a server that counts its requests.
type counting struct {
	*httptest.Server
	hits atomic.Int32
}

func serve(t *testing.T, handler http.HandlerFunc) *counting {
	t.Helper()
	c := &counting{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.hits.Add(1)
		handler(w, r)
	}))
	t.Cleanup(c.Close)
	return c
}

// answer replies always the same.
func answer(status int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("X-Request-Id", "req-1")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// tokens is an Authorizer that hands out its tokens one after the other, moving on when one is refused.
type tokens struct {
	mu      sync.Mutex
	list    []string
	refused []string
}

func (a *tokens) Authorize(_ context.Context, r *http.Request) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	r.Header.Set("Authorization", "Bearer "+a.list[0])
	return nil
}

func (a *tokens) Refused(token string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.refused = append(a.refused, token)
	if len(a.list) > 1 && a.list[0] == token {
		a.list = a.list[1:]
	}
}
