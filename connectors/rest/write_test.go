package rest

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// keeper is a server on bare connections: it answers the first request of a connection and keeps the connection open;
// with the second request it does what cut says.
type keeper struct {
	net.Listener
	cut func(conn net.Conn, in *bufio.Reader)

	group sync.WaitGroup
	mu    sync.Mutex
	seen  map[string]int // requests read, by method
}

func keep(t *testing.T, cut func(net.Conn, *bufio.Reader)) *keeper {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	k := &keeper{Listener: listener, cut: cut, seen: map[string]int{}}
	k.group.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			k.group.Go(func() { k.serve(conn) })
		}
	})
	t.Cleanup(func() { _ = listener.Close(); k.group.Wait() })
	return k
}

func (k *keeper) url() string { return "http://" + k.Addr().String() }

func (k *keeper) count(method string) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.seen[method]
}

func (k *keeper) read(in *bufio.Reader) bool {
	r, err := http.ReadRequest(in)
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, r.Body)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.seen[r.Method]++
	return true
}

func (k *keeper) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	if !k.read(in) {
		return
	}
	_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
	k.cut(conn, in)
}

// Invariant 3: net/http sends a request again by itself when a kept connection dies under it and it believes that it may.
// A write must not be among those, whatever the connection does.
func TestWriteLeavesAtMostOnce(t *testing.T) {
	kept := func() http.RoundTripper { t := readTransport(); t.DisableKeepAlives = false; return t }
	for _, own := range []bool{true, false} {
		name := map[bool]string{true: "own transport", false: "transport that keeps connections"}[own]
		for _, body := range []any{map[string]int{"n": 1}, nil} {
			for _, after := range []bool{true, false} {
				t.Run(name, func(t *testing.T) {
					var server *keeper
					server = keep(t, func(_ net.Conn, in *bufio.Reader) {
						if after {
							server.read(in) // the request arrives, then the connection dies
						}
					})
					client := newClient(t, server.url(), func(o *Options) {
						if !own {
							o.Transport = kept()
						}
					})
					require.NoError(t, client.Read(t.Context(), Request{Route: "/warm"}, nil))
					err := client.Write(t.Context(), Request{
						Method: http.MethodPost, Route: "/things", Body: body,
						Header: http.Header{"Idempotency-Key": {"1"}, "X-Idempotency-Key": {"1"}, "X-Request-Id": {"1"}},
					}, nil)
					if own {
						require.NoError(t, err, "a fresh connection does not suffer from an old one")
						require.Equal(t, 1, server.count(http.MethodPost))
						return
					}
					require.LessOrEqual(t, server.count(http.MethodPost), 1)
					if after {
						require.Equal(t, Unknown, ClassOf(err))
					}
				})
			}
		}
	}
}

// Two writes share no connection: the second would meet one that the server may be closing at that moment, and its outcome
// would be unknown for no reason.
func TestWritesShareNoConnection(t *testing.T) {
	var server *keeper
	server = keep(t, func(_ net.Conn, in *bufio.Reader) { server.read(in) }) // a second request dies with its connection
	client := newClient(t, server.url(), nil)
	for n := range 5 {
		require.NoError(t, client.Write(t.Context(), Request{Method: http.MethodPost, Route: "/things", Body: n}, nil))
	}
	require.Equal(t, 5, server.count(http.MethodPost))
}

// captured keeps the request as it reaches the transport.
type captured struct{ r *http.Request }

func (c *captured) RoundTrip(r *http.Request) (*http.Response, error) {
	c.r = r
	return &http.Response{StatusCode: http.StatusNoContent, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

// Nothing in a write tells a transport that it could be sent again.
func TestWriteCannotBeRewound(t *testing.T) {
	seen := &captured{}
	client := newClient(t, "http://vendor.invalid", func(o *Options) {
		o.Transport, o.Header = seen, http.Header{"X-Idempotency-Key": {"1"}}
	})
	require.NoError(t, client.Write(t.Context(), Request{
		Method: http.MethodPost, Route: "/things", Body: map[string]int{"n": 1}, Header: http.Header{"Idempotency-Key": {"1"}, "X-Request-Id": {"7"}},
	}, nil))
	require.Nil(t, seen.r.GetBody)
	require.Empty(t, seen.r.Header.Get("Idempotency-Key"))
	require.Empty(t, seen.r.Header.Get("X-Idempotency-Key"))
	require.Equal(t, "7", seen.r.Header.Get("X-Request-Id"))
	require.EqualValues(t, len(`{"n":1}`), seen.r.ContentLength)
	deadline, ok := seen.r.Context().Deadline()
	require.True(t, ok)
	require.WithinDuration(t, time.Now().Add(DefaultWriteTimeout), deadline, 2*time.Second)
}

// A write that is answered by silence on a fresh connection is unknown and stays single.
func TestWriteOnADyingConnection(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var group sync.WaitGroup
	accepted := make(chan struct{}, 10)
	group.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			accepted <- struct{}{}
			_ = conn.Close()
		}
	})
	err = newClient(t, "http://"+listener.Addr().String(), nil).Write(t.Context(), Request{Method: http.MethodPost, Route: "/things", Body: 1}, nil)
	require.Equal(t, Unknown, ClassOf(err))
	require.Len(t, accepted, 1)
	require.NoError(t, listener.Close())
	group.Wait()
}

// Invariant 8: when net/http repeats a read by itself, the repetition pays for its turn too.
func TestSilentRepetitionOfAReadPays(t *testing.T) {
	var server *keeper
	server = keep(t, func(_ net.Conn, in *bufio.Reader) { server.read(in) })
	pace := NewPace(600)
	client := newClient(t, server.url(), func(o *Options) { o.Pace = pace; o.ReadRetries = -1 })
	start := time.Now()
	require.NoError(t, client.Read(t.Context(), Request{Route: "/warm"}, nil))
	require.NoError(t, client.Read(t.Context(), Request{Route: "/things"}, nil))
	require.Equal(t, 3, server.count(http.MethodGet), "the connection died with the second request, and net/http sent a third")
	require.Greater(t, time.Since(start), 3*time.Minute/600, "each of the three waited for a turn")
}

func TestWriteRepeatsNothingAfter401(t *testing.T) {
	server := serve(t, answer(401, asHTML, ""))
	auth := &tokens{list: []string{"old", "new"}}
	client := newClient(t, server.URL, func(o *Options) { o.Auth = auth })
	require.Equal(t, Unauthorized, ClassOf(client.Write(t.Context(), Request{Method: http.MethodPost, Route: "/x"}, nil)))
	require.EqualValues(t, 1, server.hits.Load())
	require.Equal(t, []string{"old"}, auth.refused)
}

// Once a write is on its way, a cancelled caller waits for the outcome instead of losing it.
func TestCancelDoesNotAbortAWriteOnItsWay(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		cancel()
		select { // the reply comes only after the cancellation had time to do harm
		case <-r.Context().Done():
		case <-time.After(50 * time.Millisecond):
		}
		answer(200, asJSON, `{"a":1}`)(w, r)
	})
	var out struct{ A int }
	require.NoError(t, newClient(t, server.URL, nil).Write(ctx, Request{Method: http.MethodPost, Route: "/x", Body: 1}, &out))
	require.Equal(t, 1, out.A)
}

func TestWriteAcceptsAnEmptyReplyWhenNothingIsExpected(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	require.NoError(t, newClient(t, server.URL, nil).Write(t.Context(), Request{Method: http.MethodDelete, Route: "/x"}, nil))
}
