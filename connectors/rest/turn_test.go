package rest

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// farAway is a network without sockets whose connections take as long to make as the test says. Its vendor answers every
// request and remembers when it came.
type farAway struct {
	dial  func(ctx context.Context) error // before a connection is there
	seen  passes
	group sync.WaitGroup
}

func (f *farAway) transport(from *http.Transport) *http.Transport {
	from.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		if err := f.dial(ctx); err != nil {
			return nil, err
		}
		here, there := net.Pipe()
		f.group.Go(func() { f.serve(there) })
		return here, nil
	}
	return from
}

func (f *farAway) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		f.seen.add()
		if _, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"); err != nil {
			return
		}
	}
}

// Invariant 8: requests that wait for their connections during an outage do not leave all at once when it is over. The
// limit holds for when they leave, not only for when their turn was.
func TestOutageDoesNotBunchRequests(t *testing.T) {
	for _, write := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			outage := start.Add(130 * time.Second)
			far := &farAway{dial: func(context.Context) error {
				if now := time.Now(); now.After(outage) && now.Before(outage.Add(9*time.Second)) {
					time.Sleep(time.Until(outage.Add(9 * time.Second)))
				}
				return nil
			}}
			via := far.transport(writeTransport())
			client := newClient(t, "http://vendor.invalid", func(o *Options) { o.Transport, o.Pace = via, NewPace(60) })
			ctx, cancel := context.WithDeadline(t.Context(), start.Add(5*time.Minute))
			defer cancel()
			var group sync.WaitGroup
			for range 12 {
				group.Go(func() {
					for ctx.Err() == nil {
						var err error
						if write {
							err = client.Write(ctx, Request{Method: http.MethodPost, Route: "/things", Body: 1}, nil)
						} else {
							err = client.Read(ctx, Request{Route: "/things"}, nil)
						}
						if class := ClassOf(err); class != "" && class != NotSent {
							t.Errorf("nothing was lost, but a request is %s: %v", class, err)
						}
						if err != nil {
							time.Sleep(time.Second) // the caller backs off
						}
					}
				})
			}
			group.Wait()
			client.Close()
			far.group.Wait()
			require.LessOrEqual(t, far.seen.most(), 60)
			require.Greater(t, len(far.seen.at), 200)
		})
	}
}

// Invariant 8: a request whose connection is made while the gate closes does not slip through. It was not sent, for
// certain, and the caller learns how long to wait.
func TestGateThatClosesDuringTheDialHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pace := NewPace(600)
		far := &farAway{dial: func(context.Context) error {
			time.Sleep(300 * time.Millisecond)
			pace.CloseGate(time.Minute)
			return nil
		}}
		client := newClient(t, "http://vendor.invalid", func(o *Options) { o.Transport, o.Pace = far.transport(writeTransport()), pace })
		err := client.Write(t.Context(), Request{Method: http.MethodPost, Route: "/things", Body: 1}, nil)
		client.Close()
		far.group.Wait()
		var failure *Error
		require.ErrorAs(t, err, &failure)
		require.Equal(t, NotSent, failure.Class)
		require.ErrorIs(t, err, ErrNoTurn)
		require.Equal(t, time.Minute, failure.RetryAfter)
		require.Empty(t, far.seen.at)
	})
}

// The same for a request that is sent by other means than a Client, such as the fetch of a token, and for a read, which has
// the time to wait until the gate opens.
func TestGateThatClosesDuringTheDialOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pace, start := NewPace(600), time.Now()
		var once sync.Once
		far := &farAway{dial: func(context.Context) error {
			once.Do(func() { time.Sleep(300 * time.Millisecond); pace.CloseGate(time.Minute) })
			return nil
		}}
		via := far.transport(writeTransport())
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://vendor.invalid", http.NoBody)
		require.NoError(t, err)
		_, err = pace.Transport(via).RoundTrip(r) //nolint:bodyclose // there is none
		require.ErrorIs(t, err, ErrNoTurn)
		require.Empty(t, far.seen.at)

		client := newClient(t, "http://vendor.invalid", func(o *Options) { o.Transport, o.Pace = via, pace })
		require.NoError(t, client.Read(t.Context(), Request{Route: "/things"}, nil))
		client.Close()
		far.group.Wait()
		require.Len(t, far.seen.at, 1)
		require.GreaterOrEqual(t, far.seen.at[0].Sub(start), time.Minute)
	})
}
