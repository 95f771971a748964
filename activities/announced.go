package activities

import (
	"context"
	"sync"
	"time"
)

// announcedEvery is how long an answer is used again: every read asks.
const announcedEvery = time.Minute

// announced remembers since when webhooks ought to tell of whatever is created, by connection.
type announced struct {
	mu    sync.Mutex
	known map[string]announcement
}

type announcement struct {
	since time.Time // zero: nothing is expected
	asked time.Time
}

// since tells since when a webhook ought to come for every record that is created: shortly after the oldest subscription
// that is live was made. Zero when none is.
func (n *announced) since(ctx context.Context, a *Activities, connection string) (time.Time, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := a.patience.steady()
	if known, ok := n.known[connection]; ok && now.Sub(known.asked) < announcedEvery {
		return known.since, nil
	}
	all, err := a.ledger.Subscriptions(ctx, connection)
	if err != nil {
		return time.Time{}, err
	}
	var since time.Time
	for _, s := range all {
		made := s.Created
		if made.IsZero() {
			made = s.SeenAt
		}
		if made = made.Add(announceAfter); s.Retired.IsZero() && (since.IsZero() || made.Before(since)) {
			since = made
		}
	}
	if n.known == nil {
		n.known = map[string]announcement{}
	}
	n.known[connection] = announcement{since: since, asked: now}
	return since, nil
}
