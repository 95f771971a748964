package receiver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sqlite"
)

// pipes is a listener without a network, for simulated time.
type pipes struct {
	calls chan net.Conn
	over  chan struct{}
	once  sync.Once
}

func newPipes() *pipes { return &pipes{calls: make(chan net.Conn), over: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.calls:
		return c, nil
	case <-p.over:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.over) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// dial connects; it waits until the connection is accepted.
func (p *pipes) dial() (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.calls <- theirs:
		return ours, nil
	case <-p.over:
		return nil, errors.New("nobody listens")
	}
}

// client is a client of the listener that opens a connection for each request, or keeps one alive.
func (p *pipes) client(keep bool) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: !keep, DialContext: func(context.Context, string, string) (net.Conn, error) { return p.dial() },
	}}
}

// serve serves a receiver on pipes; the bubble's end closes it.
func serve(t *testing.T, r *Receiver) *pipes {
	t.Helper()
	p, served := newPipes(), make(chan error, 1)
	go func() { served <- r.Serve(p) }()
	t.Cleanup(func() {
		require.NoError(t, r.Close(context.Background()))
		require.NoError(t, <-served)
	})
	return p
}

// places is how many connections a receiver has.
func places(r *Receiver) int {
	r.door.mu.Lock()
	defer r.door.mu.Unlock()
	return len(r.door.in)
}

// header begins a request with a body of n bytes.
func header(n int) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nX-Orderspace-Signature: %s\r\nContent-Length: %d\r\n\r\n", path, sign("", key), n)
}

// drip sends the text, and then a byte each second until the other side has had enough. It gives when that was.
func drip(c net.Conn, text, then string) time.Duration {
	began := time.Now()
	go func() { _, _ = io.Copy(io.Discard, c) }()
	_, err := io.WriteString(c, text)
	for err == nil {
		time.Sleep(time.Second)
		_, err = io.WriteString(c, then)
	}
	return time.Since(began)
}

func TestSlowSendersAreCutOff(t *testing.T) {
	for _, c := range []struct {
		name, text, then string
		within           time.Duration
	}{
		{"header never ends", "POST " + path + " HTTP/1.1\r\nX-Slow: ", "x", headerTime},
		{"body never ends", header(1 << 20), "x", readTime},
		{"body in pieces never ends", strings.Replace(header(1), "Content-Length: 1", "Transfer-Encoding: chunked", 1), "1\r\nx\r\n", readTime},
		{"header too long", "POST " + path + " HTTP/1.1\r\nX-Long: " + strings.Repeat("x", 32<<10), "x", time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := start(t, newShelf(), nil)
				p := serve(t, r)
				conn, err := p.dial()
				require.NoError(t, err)
				defer conn.Close()
				require.LessOrEqual(t, drip(conn, c.text, c.then), c.within+time.Second+time.Millisecond)
				time.Sleep(time.Second) // the server lingers for half a second
				require.Zero(t, places(r))
				require.Zero(t, r.room.taken.Load())
			})
		})
	}
}

// TestSlowSendersKeepNobodyOut: hundreds of connections that send next to nothing, more than there are places for.
func TestSlowSendersKeepNobodyOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ledger := newShelf()
		r := start(t, ledger, func(o *Options) { o.MaxConns = 64 })
		p := serve(t, r)
		var slow sync.WaitGroup
		for i := range 400 {
			slow.Go(func() {
				time.Sleep(time.Duration(i) * 5 * time.Millisecond)
				conn, err := p.dial()
				if err != nil {
					return
				}
				defer conn.Close()
				drip(conn, []string{"", "POST " + path + " HTTP/1.1\r\nX-Slow: ", header(16 << 20), header(100 << 10)}[i%4], "x")
			})
		}
		once, kept := p.client(false), p.client(true)
		for i := range 40 {
			for _, client := range []*http.Client{once, kept} {
				began := time.Now()
				require.Equal(t, 200, post(client, "x", about(id(i))))
				require.LessOrEqual(t, time.Since(began), grace)
			}
			require.LessOrEqual(t, places(r), 64)
			time.Sleep(50 * time.Millisecond)
		}
		require.Len(t, ledger.deliveries(), 80)
		slow.Wait()
		kept.CloseIdleConnections()
		synctest.Wait()
		require.Zero(t, places(r))
		require.Zero(t, r.room.taken.Load())
	})
}

// TestAnsweredConnectionsAreNotSentAway: when all places are taken by requests that wait for their commit, the next one
// waits for a place.
func TestAnsweredConnectionsAreNotSentAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ledger, gate := newShelf(), make(chan struct{})
		ledger.before = func(context.Context, []sqlite.Delivery) error { <-gate; return nil }
		r := start(t, ledger, func(o *Options) { o.MaxConns = 8 })
		p := serve(t, r)
		var wg sync.WaitGroup
		codes := make([]int, 30)
		for i := range codes {
			wg.Go(func() { codes[i] = post(p.client(false), "x", about(id(i))) })
		}
		time.Sleep(10 * grace)
		require.Equal(t, 8, places(r))
		close(gate)
		wg.Wait()
		for _, code := range codes {
			require.Equal(t, 200, code)
		}
	})
}

func TestKeptConnectionsHaveAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, newShelf(), nil)
		p := serve(t, r)
		conn, err := p.dial()
		require.NoError(t, err)
		defer conn.Close()
		answers := bufio.NewReader(conn)
		began := time.Now()
		for i := 0; ; i++ {
			body := about(id(i))
			_, err := io.WriteString(conn, strings.Replace(header(len(body)), sign("", key), sign(body, key), 1)+body)
			require.NoError(t, err)
			answer, err := http.ReadResponse(answers, nil)
			require.NoError(t, err)
			_ = answer.Body.Close()
			require.Equal(t, 200, answer.StatusCode)
			if answer.Close {
				break
			}
			require.Less(t, time.Since(began), maxAge)
			time.Sleep(20 * time.Second)
		}
		require.Equal(t, maxAge, time.Since(began))

		idle, err := p.dial()
		require.NoError(t, err)
		defer idle.Close()
		began = time.Now()
		_, err = idle.Read(make([]byte, 1))
		require.Error(t, err)
		require.LessOrEqual(t, time.Since(began), idleTime)
	})
	c := &conn{door: newDoor(1), opened: time.Now(), served: maxRequests - 1}
	require.False(t, c.old())
	c.arrived()
	require.True(t, c.old())
}

// TestCloseOverSockets: what has arrived is answered, what has not is cut off, and nobody gets in any more.
func TestCloseOverSockets(t *testing.T) {
	ledger, gate := newShelf(), make(chan struct{})
	entered := make(chan struct{}, 16)
	ledger.before = func(context.Context, []sqlite.Delivery) error { entered <- struct{}{}; <-gate; return nil }
	r := start(t, ledger, nil)
	address := listen(t, r)
	slow, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer slow.Close()
	_, err = io.WriteString(slow, header(1<<20))
	require.NoError(t, err)
	client, code := newClient(t), make(chan int, 1)
	go func() { code <- post(client, address, about("or_1")) }()
	<-entered
	closed := make(chan error, 1)
	go func() { closed <- r.Close(t.Context()) }()
	_, err = io.ReadAll(slow)
	require.NoError(t, err, "cut off at once, and not after its 15 seconds")
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
		}
		return err != nil
	}, 5*time.Second, 10*time.Millisecond)
	require.Equal(t, 503, give(r, about("or_2")), "also on a connection that is open already")
	close(gate)
	require.Equal(t, 200, <-code)
	require.NoError(t, <-closed)
	require.Equal(t, []string{"or_1"}, ids(ledger.deliveries()))
}

// TestManyAtOnceOverSockets: every acknowledged delivery is in the ledger, whatever the ledger did now and then.
func TestManyAtOnceOverSockets(t *testing.T) {
	ledger := newShelf()
	n := 0
	ledger.before = func(context.Context, []sqlite.Delivery) error {
		if n++; n%5 == 0 {
			return sqlite.ErrWriteLocked
		}
		return nil
	}
	address, client := listen(t, start(t, ledger, nil)), newClient(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	acknowledged, refused := []string{}, 0
	for w := range 16 {
		wg.Go(func() {
			for i := range 50 {
				name := id(1000*w + i)
				code := post(client, address, about(name))
				mu.Lock()
				if code == 200 {
					acknowledged = append(acknowledged, name)
				} else {
					refused++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	require.NotZero(t, refused)
	require.ElementsMatch(t, acknowledged, ids(ledger.deliveries()))
}
