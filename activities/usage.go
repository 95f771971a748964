package activities

import (
	"context"
	"maps"
	"sync"
	"time"

	"spacebridge/connectors/rest"
)

// tallyEvery is how often the ledger is told what the budget was used for.
const tallyEvery = time.Minute

// usage remembers how much of what each connection sent has been tallied. What a process did not come to tally before its
// end is missing in status and nowhere else.
type usage struct {
	mu      sync.Mutex
	tallied map[string]map[rest.Work]int64
	at      map[string]time.Time
}

// tallyRequests adds the requests sent since the last time to the counts that status shows.
func (a *Activities) tallyRequests(ctx context.Context, c *Connection) error {
	if c.Used == nil {
		return nil
	}
	u, now := &a.usage, a.patience.steady()
	u.mu.Lock()
	defer u.mu.Unlock()
	if last, ok := u.at[c.Name]; ok && now.Sub(last) < tallyEvery {
		return nil
	}
	used, counts := maps.Clone(c.Used()), map[string]int{}
	for work, n := range used {
		if more := n - u.tallied[c.Name][work]; more > 0 {
			counts["requests/"+string(work)] = int(more)
		}
	}
	if len(counts) > 0 {
		if err := a.ledger.Tally(ctx, c.Name, counts); err != nil {
			return err
		}
	}
	if u.tallied == nil {
		u.tallied, u.at = map[string]map[rest.Work]int64{}, map[string]time.Time{}
	}
	u.tallied[c.Name], u.at[c.Name] = used, now
	return nil
}
