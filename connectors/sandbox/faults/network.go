package faults

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"
)

// Host is one server of a Network.
type Host struct {
	Handler http.Handler
	Plan    *Plan         // nil: nothing goes wrong
	Dial    time.Duration // until a connection is there
	Latency time.Duration // between the client and the handler, one way
}

// Network is a world of hosts in memory, without sockets. Its clock is package time's, so that a testing/synctest bubble
// turns it, and when a request and its handler are over no goroutine is left of them.
type Network struct {
	mu    sync.Mutex
	hosts map[string]Host
	busy  int // handlers at work
	idle  sync.Cond
}

// NewNetwork makes a world of hosts, by the host (with port, if any) of their URLs.
func NewNetwork(hosts map[string]Host) *Network {
	n := &Network{hosts: maps.Clone(hosts)}
	n.idle.L = &n.mu
	return n
}

// Wait returns when no handler is at work and no late request is pending.
func (n *Network) Wait() {
	for _, host := range n.hosts {
		if host.Plan != nil {
			host.Plan.Wait()
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for n.busy > 0 {
		n.idle.Wait()
	}
}

// Transport is a way into the network, for one process.
func (n *Network) Transport() *Transport {
	return &Transport{network: n, open: map[*exchange]bool{}}
}

// Transport sends requests to the hosts of a Network. Like a net/http transport that keeps no connections it sends each
// once, follows nothing and repeats nothing; it tells a httptrace.ClientTrace of GetConn, GotConn, WroteRequest and
// GotFirstResponseByte.
type Transport struct {
	network *Network

	mu   sync.Mutex
	shut bool
	open map[*exchange]bool
}

// Shut breaks all connections at once and refuses new ones, for good, as when the process has died: replies under way are
// lost, and what the vendors were doing they finish.
func (t *Transport) Shut() {
	t.mu.Lock()
	t.shut = true
	open := t.open
	t.open = nil
	t.mu.Unlock()
	for e := range open {
		e.hangUp(errReset)
	}
}

// RoundTrip sends a request. A request that a Plan refuses fails as a dial does, after GetConn and without GotConn.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := takeBody(r)
	if err != nil {
		return nil, fmt.Errorf("read request body: %w", err)
	}
	ctx := r.Context()
	trace := httptrace.ContextClientTrace(ctx)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if trace != nil && trace.GetConn != nil {
		trace.GetConn(r.URL.Host)
	}
	host, ok := t.network.host(r.URL.Host)
	if !ok {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: r.URL.Hostname(), IsNotFound: true}}
	}
	e := newExchange(ctx)
	if !t.register(e) {
		return nil, errRefused
	}
	in := incoming(r, body).WithContext(e.serverCtx)
	struck := decision{}
	if host.Plan != nil {
		struck = host.Plan.decide(in, body, true)
	}
	if err := e.connect(host, struck, trace); err != nil {
		e.hangUp(err)
		t.forget(e)
		return nil, err
	}
	t.network.begin()
	go func() {
		defer t.network.end()
		defer t.forget(e)
		e.serve(in, body, host, struck)
	}()
	return e.answer(r, trace)
}

func (n *Network) host(name string) (Host, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	host, ok := n.hosts[name]
	return host, ok
}

func (n *Network) begin() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.busy++
}

func (n *Network) end() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.busy--; n.busy == 0 {
		n.idle.Broadcast()
	}
}

// register notes an open connection; false means that the transport is shut.
func (t *Transport) register(e *exchange) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.shut {
		t.open[e] = true
	}
	return !t.shut
}

func (t *Transport) forget(e *exchange) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.open, e)
}
