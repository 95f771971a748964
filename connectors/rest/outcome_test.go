package rest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// vendorOnWire is a vendor on bare connections: it reads whole requests, and then does with the connection what end says.
type vendorOnWire struct {
	net.Listener
	end func(conn net.Conn)

	group sync.WaitGroup
	conns atomic.Int32 // accepted
	seen  atomic.Int32 // requests that arrived whole; such a request is committed
}

func onWire(t *testing.T, early bool, end func(net.Conn)) *vendorOnWire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	v := &vendorOnWire{Listener: listener, end: end}
	v.group.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			v.conns.Add(1)
			v.group.Go(func() {
				defer conn.Close()
				in := bufio.NewReader(conn)
				for {
					if !early {
						r, err := http.ReadRequest(in)
						if err != nil {
							return
						}
						if _, err := io.Copy(io.Discard, r.Body); err != nil {
							return
						}
						v.seen.Add(1)
					}
					if end(conn); early {
						return
					}
				}
			})
		}
	})
	t.Cleanup(func() { _ = listener.Close(); v.group.Wait() })
	return v
}

// say writes text and leaves the connection open, as a server that keeps connections does.
func say(text string) func(net.Conn) {
	return func(conn net.Conn) { _, _ = io.WriteString(conn, text) }
}

// sayAndClose writes text and closes the connection in order.
func sayAndClose(text string) func(net.Conn) {
	return func(conn net.Conn) { say(text)(conn); _ = conn.Close() }
}

// reset throws the connection away, so that the client gets a reset and no end.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// forever writes text again and again until the client has had enough.
func forever(head, text string) func(net.Conn) {
	return func(conn net.Conn) {
		say(head)(conn)
		for {
			if _, err := io.WriteString(conn, text); err != nil {
				return
			}
		}
	}
}

// drip writes text byte by byte, slower than anybody waits.
func drip(text string) func(net.Conn) {
	return func(conn net.Conn) {
		for _, b := range []byte(text) {
			if _, err := conn.Write([]byte{b}); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}

func status(code int, headers ...string) string {
	return fmt.Sprintf("HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: 2\r\n%s\r\n{}", code, strings.Join(append(headers, ""), "\r\n"))
}

const okHead = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

// Invariant 3: whatever a vendor does with a write, it sees exactly one request on one connection, and the class claims no
// more than can be known. All of these vendors have committed the write before they misbehave.
func TestVendorSeesAWriteExactlyOnce(t *testing.T) {
	for name, c := range map[string]struct {
		end   func(net.Conn)
		class Class
	}{
		"commits and closes":                  {sayAndClose(""), Unknown},
		"commits and resets":                  {reset, Unknown},
		"commits and falls silent":            {say(""), Unknown},
		"half a status line":                  {sayAndClose("HTTP/1.1 20"), Unknown},
		"half a header":                       {sayAndClose(okHead + "Content-Le"), Unknown},
		"half a body":                         {sayAndClose(okHead + "Content-Length: 100\r\n\r\n{\"a\":"), Unknown},
		"half a body, then silence":           {say(okHead + "Content-Length: 100\r\n\r\n{\"a\":"), Unknown},
		"half a body, then a reset":           {func(c net.Conn) { say(okHead + "Content-Length: 100\r\n\r\n{")(c); reset(c) }, Unknown},
		"broken chunks":                       {sayAndClose(okHead + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}"), Unknown},
		"chunks without an end":               {forever(okHead+"Transfer-Encoding: chunked\r\n\r\n", "400\r\n"+strings.Repeat(" ", 1024)+"\r\n"), Unknown},
		"a body without an end":               {forever(okHead+"\r\n", strings.Repeat(" ", 1024)), Unknown},
		"headers without an end":              {forever(okHead, "X-Filler: "+strings.Repeat("x", 1024)+"\r\n"), Unknown},
		"hints without an end":                {forever("", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"), Unknown},
		"a reply byte by byte":                {drip(status(200)), Unknown},
		"broken compression":                  {say(okHead + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"), Unknown},
		"not HTTP":                            {sayAndClose("220 smtp.example.com ESMTP\r\n"), Unknown},
		"two lengths":                         {sayAndClose(okHead + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"), Unknown},
		"100, then closes":                    {sayAndClose("HTTP/1.1 100 Continue\r\n\r\n"), Unknown},
		"101, then silence":                   {say("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"), Unknown},
		"101 without being asked for":         {say("HTTP/1.1 101 Switching Protocols\r\n\r\n"), Unknown},
		"200 and an extra reply":              {say(status(200) + status(500)), ""},
		"200 and closes":                      {sayAndClose(status(200, "Connection: close")), ""},
		"103, then 200":                       {say("HTTP/1.1 103 Early Hints\r\n\r\n" + status(200)), ""},
		"204":                                 {say("HTTP/1.1 204 No Content\r\n\r\n"), ""},
		"205":                                 {say("HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n"), ""},
		"304":                                 {say("HTTP/1.1 304 Not Modified\r\n\r\n"), Unknown},
		"400":                                 {say(status(400)), Rejected},
		"401":                                 {say(status(401)), Unauthorized},
		"401 that asks for another scheme":    {say(status(401, "WWW-Authenticate: Negotiate")), Unauthorized},
		"407":                                 {say(status(407, "Proxy-Authenticate: Basic")), Rejected},
		"408 and closes":                      {sayAndClose(status(408, "Connection: close")), Unknown},
		"417":                                 {say(status(417)), Rejected},
		"421":                                 {say(status(421)), Rejected},
		"425":                                 {say(status(425)), Rejected},
		"429":                                 {say(status(429, "Retry-After: 1")), RateLimited},
		"500":                                 {say(status(500)), Unknown},
		"502":                                 {say(status(502)), Unknown},
		"503 that says when":                  {say(status(503, "Retry-After: 0")), Unknown},
		"504":                                 {say(status(504)), Unknown},
		"599":                                 {say(status(599)), Unknown},
		"600, which is no status":             {say(status(600)), Unknown},
		"100 again and again, then the reply": {say(strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 3) + status(200)), ""},
	} {
		for kind, body := range map[string]any{"with a body": map[string]int{"n": 1}, "without a body": nil} {
			t.Run(name+", "+kind, func(t *testing.T) {
				t.Parallel()
				vendor := onWire(t, false, c.end)
				client := newClient(t, "http://"+vendor.Addr().String(), func(o *Options) {
					o.WriteTimeout, o.MaxBody = 300*time.Millisecond, 64<<10
				})
				start := time.Now()
				err := client.Write(t.Context(), Request{
					Method: http.MethodPost, Route: "/things", Body: body,
					Header: http.Header{"Idempotency-Key": {"1"}, "X-Idempotency-Key": {"1"}, "Expect": {"100-continue"}, "X-Request-Id": {"1"}},
				}, nil)
				require.Equal(t, c.class, ClassOf(err), "%v", err)
				require.Less(t, time.Since(start), 5*time.Second, "the deadline holds whatever the vendor does")
				require.EqualValues(t, 1, vendor.seen.Load(), "requests that the vendor saw")
				require.EqualValues(t, 1, vendor.conns.Load(), "connections")
			})
		}
	}
}

// A vendor that hangs up before it has read anything may still have read it: nothing on our side can tell. There is one
// attempt here too.
func TestWriteIsNotRepeatedWhenNobodyReads(t *testing.T) {
	for name, end := range map[string]func(net.Conn){"closes": sayAndClose(""), "resets": reset} {
		t.Run(name, func(t *testing.T) {
			vendor := onWire(t, true, end)
			client := newClient(t, "http://"+vendor.Addr().String(), nil)
			err := client.Write(t.Context(), Request{Method: http.MethodPost, Route: "/things", Body: map[string]int{"n": 1}}, nil)
			// A reset can come while the connection is still being made; that is a proof and not a guess.
			require.Contains(t, []Class{Unknown, NotSent}, ClassOf(err))
			require.EqualValues(t, 1, vendor.conns.Load())
		})
	}
}

// Invariant 3: a redirect of a write is an answer that says nothing. The place it points to must never see the write, nor
// the key that came with it.
func TestWriteFollowsNoRedirect(t *testing.T) {
	for _, code := range []int{300, 301, 302, 303, 305, 307, 308} {
		for _, method := range []string{http.MethodPost, http.MethodPatch, http.MethodDelete} {
			t.Run(fmt.Sprintf("%d to a %s", code, method), func(t *testing.T) {
				target := serve(t, answer(200, asJSON, `{}`))
				vendor := serve(t, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Location", target.URL+"/elsewhere")
					w.Header().Set("Refresh", "0; url="+target.URL)
					w.WriteHeader(code)
				})
				err := newClient(t, vendor.URL, nil).Write(t.Context(), Request{Method: method, Route: "/things", Body: 1}, nil)
				require.Equal(t, Unknown, ClassOf(err))
				require.EqualValues(t, 1, vendor.hits.Load())
				require.Zero(t, target.hits.Load())
			})
		}
	}
}
