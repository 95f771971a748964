package receiver

import (
	"context"
	"slices"
	"sync"
)

// nudger tells that records wait to be looked at. What comes while it is telling is told once, afterwards.
type nudger struct {
	tell  func(connection string)
	wake  chan struct{}
	ended chan struct{}

	mu      sync.Mutex
	pending []string // connections
	closed  bool
}

func newNudger(tell func(string)) *nudger {
	n := &nudger{tell: tell, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	if tell == nil {
		n.tell = func(string) {}
	}
	go n.run()
	return n
}

// nudge never waits.
func (n *nudger) nudge(connection string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !slices.Contains(n.pending, connection) {
		n.pending = append(n.pending, connection)
	}
	n.signal()
}

func (n *nudger) signal() {
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

func (n *nudger) run() {
	defer close(n.ended)
	for range n.wake {
		n.mu.Lock()
		pending, closed := n.pending, n.closed
		n.pending = nil
		n.mu.Unlock()
		for _, connection := range pending {
			n.tell(connection)
		}
		if closed {
			return
		}
	}
}

// close tells what is left and ends, or leaves off waiting for that when ctx ends. Nothing is nudged afterwards.
func (n *nudger) close(ctx context.Context) error {
	n.mu.Lock()
	n.closed = true
	n.signal()
	n.mu.Unlock()
	select {
	case <-n.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
