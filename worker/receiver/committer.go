package receiver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"spacebridge/connectors/sqlite"
)

// Bounds of the committer.
const (
	batchSize = 128    // deliveries committed together
	batchTold = 10_000 // records named by them, but for one delivery that names more
	queueSize = 4096   // deliveries that wait; the memory for bodies is used up long before, unless they are tiny
)

// committer commits what requests hand over. Whatever has come while one batch is committed makes the next: under load one
// write to the disk serves many.
type committer struct {
	ledger Ledger
	nudge  func(connection string)
	log    *slog.Logger
	wake   chan struct{} // something was handed over, or the end has come
	ended  chan struct{}

	mu     sync.Mutex
	queue  []*pending
	closed bool
}

func newCommitter(ledger Ledger, nudge func(string), log *slog.Logger) *committer {
	c := &committer{ledger: ledger, nudge: nudge, log: log, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	go c.run()
	return c
}

// submit hands a delivery over; false when it is not taken, because too many wait or the end has come.
func (c *committer) submit(p *pending) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || len(c.queue) >= queueSize {
		return false
	}
	c.queue = append(c.queue, p)
	c.signal()
	return true
}

func (c *committer) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// close takes nothing more, and waits until all that was taken is answered or ctx ends.
func (c *committer) close(ctx context.Context) error {
	c.mu.Lock()
	c.closed = true
	c.signal()
	c.mu.Unlock()
	select {
	case <-c.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *committer) run() {
	defer close(c.ended)
	for range c.wake {
		for {
			batch, over := c.next()
			if len(batch) == 0 && over {
				return
			}
			if len(batch) == 0 {
				break
			}
			c.commit(batch)
		}
	}
}

// next takes the next batch off the queue; over says that nothing will come any more.
func (c *committer) next() (batch []*pending, over bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, told := 0, 0
	for n < len(c.queue) && n < batchSize && (n == 0 || told+len(c.queue[n].delivery.Told) <= batchTold) {
		told += len(c.queue[n].delivery.Told)
		n++
	}
	batch = slices.Clone(c.queue[:n])
	c.queue = slices.Delete(c.queue, 0, n) // clears what it leaves behind, so that nothing is held
	return batch, c.closed
}

// commit commits a batch, and if one of it is refused each delivery alone, so that it does not fail the others. Senders that
// have gone away do not stop it.
func (c *committer) commit(batch []*pending) {
	ctx, cancel := context.WithTimeout(context.Background(), commitTime)
	defer cancel()
	known, err := c.receive(ctx, batch...)
	for i, p := range batch {
		switch {
		case err == nil:
			c.finish(p, known[i], nil)
		case errors.Is(err, sqlite.ErrUnfit):
			c.alone(ctx, p)
		default: // the ledger's trouble: the same will be taken later
			c.finish(p, false, err)
		}
	}
}

// alone commits one delivery that was refused in company. If it is refused again, no repetition by the sender would mend it:
// then it is kept as it came, for a person to look at.
func (c *committer) alone(ctx context.Context, p *pending) {
	known, err := c.receive(ctx, p)
	if errors.Is(err, sqlite.ErrUnfit) {
		cause := err
		p.keepOnly()
		if known, err = c.receive(ctx, p); err == nil {
			c.log.ErrorContext(ctx, "webhook kept unread: the ledger refuses what it says", "connection", p.delivery.Connection, "error", cause)
		}
	}
	c.finish(p, err == nil && known[0], err)
}

// receive calls the ledger. A panic of the ledger is an error of the ledger, for requests wait for an answer.
func (c *committer) receive(ctx context.Context, batch ...*pending) (known []bool, err error) {
	defer func() {
		if v := recover(); v != nil {
			known, err = nil, fmt.Errorf("receive: panic: %v", v)
		}
	}()
	deliveries := make([]sqlite.Delivery, 0, len(batch))
	for _, p := range batch {
		deliveries = append(deliveries, p.delivery)
	}
	known, err = c.ledger.Receive(ctx, deliveries)
	if err == nil && len(known) != len(batch) {
		err = fmt.Errorf("receive: %d answers for %d deliveries", len(known), len(batch))
	}
	return known, err
}

// finish gives the outcome to whoever waits for it.
func (c *committer) finish(p *pending, known bool, err error) {
	if err == nil {
		p.committed()
		if len(p.delivery.Told) > 0 {
			c.nudge(p.delivery.Connection)
		}
	}
	p.body, p.delivery.Body, p.events = nil, nil, nil
	p.piece.giveBack()
	p.done <- outcome{known: known, err: err}
}
