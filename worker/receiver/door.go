package receiver

import (
	"net"
	"sync"
	"time"
)

// grace is how long a connection may keep us waiting however many others come: it is for those that have just come in.
const grace = 200 * time.Millisecond

// door bounds the number of connections. When all places are taken and another connection comes, the one that has kept us
// waiting longest must go: slow senders, however many, keep nobody out. One whose request has arrived and is being
// answered is left alone.
type door struct {
	max int

	mu   sync.Mutex
	in   map[*conn]struct{}
	free sync.Cond // somebody left, or can be sent away now
}

func newDoor(places int) *door {
	d := &door{max: places, in: map[*conn]struct{}{}}
	d.free.L = &d.mu
	return d
}

// conn is a connection that has a place.
type conn struct {
	net.Conn
	door    *door
	opened  time.Time
	waiting time.Time // since when we wait for a request of it to arrive
	busy    bool      // a request has arrived and is not answered
	served  int       // requests that have arrived
}

// guard makes a listener whose connections have places.
func (d *door) guard(l net.Listener) net.Listener { return &guarded{Listener: l, door: d} }

type guarded struct {
	net.Listener
	door *door
	shut bool // guarded by door.mu
}

// Accept gives the next connection when there is a place for it.
func (g *guarded) Accept() (net.Conn, error) {
	c, err := g.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return g.enter(c)
}

// Close closes the listener, and lets a connection go that waits for a place.
func (g *guarded) Close() error {
	g.door.mu.Lock()
	g.shut = true
	g.door.free.Broadcast()
	g.door.mu.Unlock()
	return g.Listener.Close()
}

func (g *guarded) enter(raw net.Conn) (net.Conn, error) {
	d := g.door
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.in) >= d.max && !g.shut {
		slowest := d.slowest()
		if slowest == nil { // all are being answered, which has an end
			d.free.Wait()
			continue
		}
		if early := grace - time.Since(slowest.waiting); early > 0 {
			timer := time.AfterFunc(early, d.free.Broadcast)
			d.free.Wait()
			timer.Stop()
			continue
		}
		delete(d.in, slowest)
		_ = slowest.Conn.Close() // its server notices by itself
	}
	if g.shut {
		_ = raw.Close()
		return nil, net.ErrClosed
	}
	now := time.Now() // what it has waited for a place is not its fault
	c := &conn{Conn: raw, door: d, opened: now, waiting: now}
	d.in[c] = struct{}{}
	return c, nil
}

// clear sends all away whose requests have not arrived.
func (d *door) clear() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for c := range d.in {
		if !c.busy {
			_ = c.Conn.Close()
		}
	}
}

// slowest is the connection that has kept us waiting longest, nil if none does.
func (d *door) slowest() (found *conn) {
	for c := range d.in {
		if !c.busy && (found == nil || c.waiting.Before(found.waiting)) {
			found = c
		}
	}
	return found
}

// arrived notes that a request has arrived and will be answered. A nil conn has no bounds.
func (c *conn) arrived() {
	if c == nil {
		return
	}
	c.door.mu.Lock()
	defer c.door.mu.Unlock()
	c.busy = true
	c.served++
}

// old reports whether the connection has had its share and is to be closed behind the answer.
func (c *conn) old() bool {
	if c == nil {
		return false
	}
	c.door.mu.Lock()
	defer c.door.mu.Unlock()
	return c.served >= maxRequests || time.Since(c.opened) >= maxAge
}

// answered notes that the next request is waited for.
func (c *conn) answered() {
	c.door.mu.Lock()
	defer c.door.mu.Unlock()
	c.busy, c.waiting = false, time.Now()
	c.door.free.Broadcast()
}

// Close gives the place back.
func (c *conn) Close() error {
	c.door.mu.Lock()
	delete(c.door.in, c)
	c.door.free.Broadcast()
	c.door.mu.Unlock()
	return c.Conn.Close()
}

// CloseWrite lets the server end a connection without losing an answer that is on its way.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
