package faults

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/rest"
)

func request(ctx context.Context, t *testing.T, method, at, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, at, strings.NewReader(body))
	require.NoError(t, err)
	return r
}

// TestReplyPasses sends what a server would see and reads what it would send.
func TestReplyPasses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var seen *http.Request
		var body []byte
		network := NewNetwork(map[string]Host{"a.test": {Latency: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen = r
			body, _ = io.ReadAll(r.Body)
			w.Header().Set("X-Request-Id", r.Header.Get("X-Request-Id"))
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, "hello ")
			time.Sleep(time.Minute)
			_, _ = io.WriteString(w, "world")
		})}})
		var steps []string
		trace := &httptrace.ClientTrace{
			GetConn:              func(at string) { steps = append(steps, "get "+at) },
			GotConn:              func(httptrace.GotConnInfo) { steps = append(steps, "got") },
			GotFirstResponseByte: func() { steps = append(steps, "first byte") },
		}
		r := request(httptrace.WithClientTrace(t.Context(), trace), t, http.MethodPost, "http://a.test/x/y?q=1", "abc")
		r.Header.Set("X-Request-Id", "sb_1")
		start := time.Now()
		res, err := network.Transport().RoundTrip(r)
		require.NoError(t, err)
		require.Equal(t, time.Second, time.Since(start))
		require.Equal(t, 201, res.StatusCode)
		require.Equal(t, "sb_1", res.Header.Get("X-Request-Id"))
		require.NotEmpty(t, res.Header.Get("Date"))
		require.EqualValues(t, -1, res.ContentLength)
		require.Same(t, r, res.Request)
		content, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.Equal(t, "hello world", string(content))
		require.NoError(t, res.Body.Close())
		require.Equal(t, time.Minute+time.Second, time.Since(start))
		require.Equal(t, []string{"get a.test", "got", "first byte"}, steps)
		require.Equal(t, "/x/y?q=1", seen.RequestURI)
		require.Equal(t, "a.test", seen.Host)
		require.Equal(t, "127.0.0.1:1", seen.RemoteAddr)
		require.Equal(t, "abc", string(body))
		network.Wait()
		require.Error(t, seen.Context().Err(), "a request's context ends with its handler")
	})
}

// TestRepliesThatFail lists what a handler may do, and what the client sees of it.
func TestRepliesThatFail(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		handler   http.HandlerFunc
		err, body error
		length    int64
	}{
		"says nothing": {func(http.ResponseWriter, *http.Request) {}, nil, nil, 0},
		"no content":   {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, nil, nil, 0},
		"aborts":       {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, syscall.ECONNRESET, nil, 0},
		"aborts after header": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusOK)
			panic(http.ErrAbortHandler)
		}, nil, io.ErrUnexpectedEOF, -1},
		"sends less than promised": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5")
			_, _ = io.WriteString(w, "abc")
		}, nil, io.ErrUnexpectedEOF, 5},
		"sends more than promised": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1")
			_, err := io.WriteString(w, "abc")
			if err == nil {
				panic("it must not")
			}
		}, nil, io.ErrUnexpectedEOF, 1},
	}
	for name, tc := range tests {
		synctest.Test(t, func(t *testing.T) {
			network := NewNetwork(map[string]Host{"a.test": {Handler: tc.handler}})
			res, err := network.Transport().RoundTrip(request(t.Context(), t, http.MethodGet, "http://a.test", ""))
			require.ErrorIs(t, err, tc.err, name)
			if err != nil {
				return
			}
			defer res.Body.Close()
			_, err = io.ReadAll(res.Body)
			require.ErrorIs(t, err, tc.body, name)
			require.Equal(t, tc.length, res.ContentLength, name)
		})
	}
	synctest.Test(t, func(t *testing.T) {
		_, err := NewNetwork(nil).Transport().RoundTrip(request(t.Context(), t, http.MethodGet, "http://nobody.test", "")) //nolint:bodyclose // there is none
		require.ErrorContains(t, err, "no such host")
	})
}

// TestClientHangsUp ends the client's side in three ways; the handler must notice each, and nothing may stay.
func TestClientHangsUp(t *testing.T) {
	t.Parallel()
	tests := map[string]func(t *testing.T, transport http.RoundTripper){
		"deadline before the reply": func(t *testing.T, transport http.RoundTripper) {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := transport.RoundTrip(request(ctx, t, http.MethodGet, "http://a.test/wait", "")) //nolint:bodyclose // there is none
			require.ErrorIs(t, err, context.DeadlineExceeded)
		},
		"deadline in the body": func(t *testing.T, transport http.RoundTripper) {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			res, err := transport.RoundTrip(request(ctx, t, http.MethodGet, "http://a.test/stream", ""))
			require.NoError(t, err)
			defer res.Body.Close()
			_, err = io.ReadAll(res.Body)
			require.ErrorIs(t, err, context.DeadlineExceeded)
		},
		"body closed early": func(t *testing.T, transport http.RoundTripper) {
			t.Helper()
			res, err := transport.RoundTrip(request(t.Context(), t, http.MethodGet, "http://a.test/stream", ""))
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			_, err = res.Body.Read(make([]byte, 1))
			require.ErrorIs(t, err, http.ErrBodyReadAfterClose)
		},
		"the process dies": func(t *testing.T, transport http.RoundTripper) {
			t.Helper()
			time.AfterFunc(time.Second, transport.(*Transport).Shut)
			_, err := transport.RoundTrip(request(t.Context(), t, http.MethodGet, "http://a.test/wait", "")) //nolint:bodyclose // there is none
			require.ErrorIs(t, err, syscall.ECONNRESET)
			_, err = transport.RoundTrip(request(t.Context(), t, http.MethodGet, "http://a.test/wait", "")) //nolint:bodyclose // there is none
			require.ErrorIs(t, err, syscall.ECONNREFUSED)
		},
	}
	for name, hangUp := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				served := 0
				network := NewNetwork(map[string]Host{"a.test": {Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					mu.Lock()
					served++
					mu.Unlock()
					if r.URL.Path == "/wait" {
						<-r.Context().Done()
						return
					}
					for {
						if _, err := io.WriteString(w, "more"); err != nil {
							return
						}
						time.Sleep(100 * time.Millisecond)
					}
				})}})
				hangUp(t, network.Transport())
				network.Wait()
				require.Equal(t, 1, served)
			})
		})
	}
}

// TestRequestsThatDoNotLeave stops requests after a connection was asked for and before they leave on it.
func TestRequestsThatDoNotLeave(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		got func(info httptrace.GotConnInfo, transport *Transport)
		err error
	}{
		"the trace closes the connection": {func(info httptrace.GotConnInfo, _ *Transport) { _ = info.Conn.Close() }, net.ErrClosed},
		"the process dies meanwhile":      {func(_ httptrace.GotConnInfo, transport *Transport) { transport.Shut() }, syscall.ECONNRESET},
		"the deadline passes meanwhile":   {func(httptrace.GotConnInfo, *Transport) { time.Sleep(time.Minute) }, context.DeadlineExceeded},
		"the deadline passes in the dial": {nil, context.DeadlineExceeded},
	}
	for name, tc := range tests {
		synctest.Test(t, func(t *testing.T) {
			v := &vendor{}
			plan := always(ErrorAfter, 1)
			host := Host{Handler: v, Plan: plan}
			trace := &httptrace.ClientTrace{}
			if tc.got == nil {
				host.Dial = time.Minute
			}
			network := NewNetwork(map[string]Host{"a.test": host})
			transport := network.Transport()
			if tc.got != nil {
				trace.GotConn = func(info httptrace.GotConnInfo) { tc.got(info, transport) }
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := transport.RoundTrip(request(httptrace.WithClientTrace(ctx, trace), t, http.MethodPost, "http://a.test/orders", "")) //nolint:bodyclose // there is none
			require.ErrorIs(t, err, tc.err, name)
			network.Wait()
			require.Empty(t, v.log(), name)
			require.Empty(t, plan.Counts(), name)
		})
	}
}

// TestSlowDialsTakeTheirTurnAgain has connections take longer than a turn lasts: the client must not be harmed by our way
// of giving it one.
func TestSlowDialsTakeTheirTurnAgain(t *testing.T) {
	t.Parallel()
	for dial, want := range map[time.Duration]rest.Class{2 * time.Second: "", 15 * time.Second: rest.NotSent} {
		synctest.Test(t, func(t *testing.T) {
			v := &vendor{}
			network := NewNetwork(map[string]Host{"a.test": {Handler: v, Dial: dial}})
			pace := rest.NewPace(60)
			client := newClient(t, "http://a.test", func(o *rest.Options) { o.Transport, o.Pace = network.Transport(), pace })
			time.AfterFunc(10*time.Second, func() { pace.CloseGate(time.Minute) })
			err := client.Write(t.Context(), rest.Request{Method: http.MethodPost, Route: "/orders"}, nil)
			require.Equal(t, want, rest.ClassOf(err))
			require.Equal(t, want == "", len(v.log()) == 1)
			time.Sleep(time.Minute)
		})
	}
}

// TestLateRequestOutlivesItsClient lets a write arrive minutes after the client has given up and its process has died.
func TestLateRequestOutlivesItsClient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := &vendor{}
		plan := always(Late, 5)
		late := false
		network := NewNetwork(map[string]Host{"a.test": {Plan: plan, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			late = IsLate(r) && r.Context().Err() == nil
			v.ServeHTTP(w, r)
		})}})
		transport := network.Transport()
		client := newClient(t, "http://a.test", func(o *rest.Options) { o.Transport = transport })
		start := time.Now()
		err := client.Write(t.Context(), rest.Request{Method: http.MethodPost, Route: "/orders", Body: "x"}, nil)
		require.Equal(t, rest.Unknown, rest.ClassOf(err))
		transport.Shut()
		plan.Heal()
		require.Empty(t, v.log())
		require.Equal(t, 1, plan.Pending())
		network.Wait()
		require.Equal(t, []string{`POST /orders "x"`}, v.log())
		require.True(t, late)
		require.Greater(t, time.Since(start), rest.DefaultWriteTimeout)
		require.LessOrEqual(t, time.Since(start), 10*time.Minute)
	})
}

// TestCloseDropsWhatWaits ends a plan with a late request and a silent one.
func TestCloseDropsWhatWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := overMemory(t, always(Late, 5), nil)
		go func() {
			time.Sleep(time.Second)
			w.plan.Close()
			w.plan.Close()
		}()
		start := time.Now()
		require.Equal(t, rest.Unknown, w.send(t.Context(), http.MethodPost))
		require.Equal(t, time.Second, time.Since(start))
		w.plan.Wait()
		require.Empty(t, w.vendor.log())
	})
}

// TestHooksAndTheLostCursor looks at the kinds that are more than a broken reply.
func TestHooksAndTheLostCursor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		plan := always(ExpiredToken, 1)
		plan.Revoke = func() { calls++ }
		var events []Event
		plan.OnFault = func(e Event) { events = append(events, e) }
		w := overMemory(t, plan, nil)
		require.Equal(t, rest.Unauthorized, w.send(t.Context(), http.MethodPost))
		require.Equal(t, 1, calls)
		require.Equal(t, []Event{{At: events[0].At, Kind: ExpiredToken, Method: "POST", Path: "/orders", Nth: 1}}, events)

		plan = always(Moving, 1)
		plan.Move = func() { calls++ }
		w = overMemory(t, plan, nil)
		require.Empty(t, w.send(t.Context(), http.MethodGet))
		require.Equal(t, 2, calls)
		require.Equal(t, []string{"GET /orders?limit=200&starting_after=or_9"}, w.vendor.log())

		network := NewNetwork(map[string]Host{"a.test": {Plan: always(CursorGone, 1), Handler: &vendor{}}})
		res, err := network.Transport().RoundTrip(request(t.Context(), t, http.MethodGet, "http://a.test/orders?starting_after=or_9", ""))
		require.NoError(t, err)
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.Equal(t, 404, res.StatusCode)
		require.JSONEq(t, `{"message":"Couldn't find order with id or_9"}`, string(body))
	})
}

// TestOutageOverSockets has the request that draws a refusal close the door for those after it.
func TestOutageOverSockets(t *testing.T) {
	t.Parallel()
	plan := &Plan{PerMille: map[Kind]int{ErrorBefore: 0}}
	w := overSockets(t, plan, nil)
	plan.PerMille = map[Kind]int{Refused: 1000}
	shutFor := make(chan time.Duration, 1)
	plan.Refuse = func(d time.Duration) { shutFor <- d }
	require.Equal(t, rest.Unknown, w.send(t.Context(), http.MethodPost), "it had arrived already")
	require.Empty(t, w.vendor.log())
	shut := <-shutFor
	require.GreaterOrEqual(t, shut, DefaultOutage.Min)
	require.LessOrEqual(t, shut, DefaultOutage.Max)
}
