package sandbox

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"spacebridge/connectors/sandbox/faults"
)

// trouble puts a plan between the network and a server.
func (s *Sandbox) trouble(server *http.Server, at *door, plan *faults.Plan) {
	if plan == nil {
		return
	}
	server.Handler = plan.Handler(server.Handler)
	s.plans = append(s.plans, plan)
	also := plan.Refuse // of another server of the same vendor
	plan.Refuse = func(during time.Duration) {
		if also != nil {
			also(during)
		}
		at.shut(server, during)
	}
}

// door is a listener that can be shut for a while: dials are then refused, as when a vendor is down, and afterwards it
// listens on the same port again.
type door struct {
	address string
	log     *slog.Logger

	mu      sync.Mutex
	changed sync.Cond
	inner   net.Listener // nil while shut
	closed  bool
	end     chan struct{}
	waiting sync.WaitGroup // for the one that opens it again
}

// reopenEvery is the pause between two attempts to get the port back.
const reopenEvery = 50 * time.Millisecond

// openDoor listens on an address.
func openDoor(ctx context.Context, address string, log *slog.Logger) (*door, error) {
	inner, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	d := &door{address: inner.Addr().String(), log: log, inner: inner, end: make(chan struct{})}
	d.changed.L = &d.mu
	return d, nil
}

// Accept waits for a connection, over any time that the door is shut.
func (d *door) Accept() (net.Conn, error) {
	for {
		inner := d.open()
		if inner == nil {
			return nil, net.ErrClosed
		}
		conn, err := inner.Accept()
		if err == nil || !errors.Is(err, net.ErrClosed) {
			return conn, err
		}
	}
}

// open waits for the listener; nil means that the door was closed for good.
func (d *door) open() net.Listener {
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.inner == nil && !d.closed {
		d.changed.Wait()
	}
	return d.inner
}

// shut stops listening for a while. Idle connections of the server are dropped too. While it is shut already, it does
// nothing.
func (d *door) shut(server *http.Server, during time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.inner == nil {
		return
	}
	inner := d.inner
	d.inner = nil
	d.drop(inner)
	server.SetKeepAlivesEnabled(false)
	d.waiting.Go(func() {
		defer server.SetKeepAlivesEnabled(true)
		for wait := during; ; wait = reopenEvery {
			select {
			case <-d.end:
				return
			case <-time.After(wait):
			}
			if d.reopen() {
				return
			}
		}
	})
}

// reopen listens again; false means that somebody else has the port at the moment.
func (d *door) reopen() bool {
	inner, err := new(net.ListenConfig).Listen(context.Background(), "tcp", d.address)
	if err != nil {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		d.drop(inner)
		return true
	}
	d.inner = inner
	d.changed.Broadcast()
	return true
}

func (d *door) drop(inner net.Listener) {
	if err := inner.Close(); err != nil {
		d.log.Debug("listener not closed", slog.Any("error", err))
	}
}

// Close shuts the door for good.
func (d *door) Close() error {
	d.mu.Lock()
	first := !d.closed
	if first {
		d.closed = true
		close(d.end)
		if d.inner != nil {
			d.drop(d.inner)
			d.inner = nil
		}
		d.changed.Broadcast()
	}
	d.mu.Unlock()
	d.waiting.Wait()
	return nil
}

// Addr is the address, also while nobody listens there.
func (d *door) Addr() net.Addr {
	address, err := net.ResolveTCPAddr("tcp", d.address)
	if err != nil {
		return &net.TCPAddr{} // it was an address when we got it
	}
	return address
}

func wrap(h http.Handler, with func(http.Handler) http.Handler) http.Handler {
	if with == nil {
		return h
	}
	return with(h)
}

func freePort(address string) bool {
	_, port, err := net.SplitHostPort(address)
	return err == nil && port == "0"
}
