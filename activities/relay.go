package activities

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// relayAgain is how long a dirty sale may stay dirty before its workflow is woken once more, in case Temporal lost it.
const relayAgain = 10 * time.Minute

// relayed remembers which change of a sale its workflow was told of. It is lost with the process on purpose: after a
// restart every dirty sale is told again, which repairs whatever Temporal may have lost (invariant 9).
type relayed struct {
	mu   sync.Mutex
	told map[string]told
}

type told struct {
	seq int64
	at  time.Time
}

// due reports whether the workflow has not heard of this change, or not for a long time.
func (r *relayed) due(key string, seq int64, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	last, ok := r.told[key]
	age := now.Sub(last.at) // negative when the clock was set back
	return !ok || last.seq != seq || age < 0 || age >= relayAgain
}

func (r *relayed) note(key string, seq int64, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.told == nil {
		r.told = map[string]told{}
	}
	r.told[key] = told{seq: seq, at: now}
}

// forget makes every dirty sale of a connection be told again by the next relay.
func (r *relayed) forget(connection string) { r.keep(connection, nil) }

// keep forgets the sales of a connection that are no longer dirty.
func (r *relayed) keep(connection string, dirty []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	still := make(map[string]bool, len(dirty))
	for _, id := range dirty {
		still[connection+"/"+id] = true
	}
	for key := range r.told {
		if len(key) > len(connection) && key[:len(connection)+1] == connection+"/" && !still[key] {
			delete(r.told, key)
		}
	}
}

// RelaySalesInput asks for dirty sales to be worked on.
type RelaySalesInput struct {
	Connection string
}

// RelaySalesResult says how many sales are dirty and how many workflows were started or woken for them.
type RelaySalesResult struct {
	Dirty   int
	Relayed int
}

// maxDirty bounds one relay; a first read of a large site is relayed in portions.
const maxDirty = 50_000

// RelaySales starts or wakes the workflow of every sale with a change it has not been told of. The sale stays dirty until
// the workflow has dealt with it, so nothing depends on a signal arriving.
//
// Idempotency: signal-with-start by the sale's workflow id; a second signal makes the workflow plan once more.
// Errors: retried; a relay that stops half way has lost nothing.
func (a *Activities) RelaySales(ctx context.Context, in RelaySalesInput) (RelaySalesResult, error) {
	c, err := a.connection(in.Connection)
	if err != nil {
		return RelaySalesResult{}, err
	}
	// Sales that were turned away sleep until they are told again, so it is here that a closed gate is tried.
	if _, _, err := a.writable(ctx, c); err != nil {
		return RelaySalesResult{}, err
	}
	ids, err := a.ledger.DirtySales(ctx, in.Connection, maxDirty)
	if err != nil {
		return RelaySalesResult{}, err
	}
	result := RelaySalesResult{Dirty: len(ids)}
	for _, id := range ids {
		sale, found, err := a.ledger.Sale(ctx, in.Connection, id)
		if err != nil {
			return result, err
		}
		key := in.Connection + "/" + id
		if !found || !a.relayed.due(key, sale.DirtySeq, a.now()) {
			continue
		}
		if err := a.relay.SyncSale(ctx, in.Connection, id, sale.Number); err != nil {
			return result, fmt.Errorf("wake sale %s: %w", id, err)
		}
		a.relayed.note(key, sale.DirtySeq, a.now())
		result.Relayed++
	}
	a.relayed.keep(in.Connection, ids)
	return result, a.tallyRequests(ctx, c)
}
