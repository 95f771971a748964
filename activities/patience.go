package activities

import (
	"strconv"
	"sync"
	"time"

	"spacebridge/connectors/sqlite"
)

// patience tells how long this process has been waiting for something, by a clock that nobody sets.
//
// The settle window must not be cut short by a wall clock that jumps ahead. So only waiting that was lived through counts,
// and after a restart it begins anew: longer is safe, shorter is not.
type patience struct {
	steady func() time.Time

	mu    sync.Mutex
	since map[string]time.Time
}

// waited is how long ago key was first asked for.
func (p *patience) waited(key string) time.Duration {
	now := p.steady()
	p.mu.Lock()
	defer p.mu.Unlock()
	since, ok := p.since[key]
	if !ok {
		p.since[key] = now
		return 0
	}
	return now.Sub(since)
}

// over forgets a key: nothing is waited for any more.
func (p *patience) over(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.since, key)
}

// effectKey names one attempt at a step.
func effectKey(e sqlite.Effect) string {
	return "effect/" + strconv.FormatInt(e.ID, 10) + "/" + strconv.Itoa(e.Attempts)
}

// straysKey names the strays that one given up create of a sale may leave.
func straysKey(sale sqlite.Sale) string {
	return "strays/" + sale.Connection + "/" + sale.ID + "/" + strconv.FormatInt(sale.StraysDue.UnixMilli(), 10)
}
