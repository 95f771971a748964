package sqlite

import (
	"context"
	"errors"
	"time"
)

// Tally adds to the counts of the present hour, by name: requests/sweep, found/order/webhook, events/received. They are for
// people who look at status; Prometheus has its own.
func (l *Ledger) Tally(ctx context.Context, connection string, counts map[string]int) error {
	return errors.New("tally: not built")
}

// Tallies gives the counts of a connection by name, from the hour that since is in.
func (l *Ledger) Tallies(ctx context.Context, connection string, since time.Time) (map[string]int, error) {
	return nil, errors.New("tallies: not built")
}
