package sqlite

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
)

// counts are figures by name.
type counts = map[string]int

// Tally adds to the counts of the present hour, by name: requests/sweep, found/order/webhook, events/received. They are for
// people who look at status; Prometheus has its own.
func (l *Ledger) Tally(ctx context.Context, connection string, counts map[string]int) error {
	if len(counts) == 0 {
		return nil
	}
	err := l.write(ctx, "tally", func(tx *sqlx.Tx) error {
		return tallyUp(ctx, tx, connection, l.now().UnixMilli(), counts)
	})
	if err != nil {
		return fmt.Errorf("tally for %s: %w", connection, err)
	}
	return nil
}

// tallyUp adds counts within a transaction.
func tallyUp(ctx context.Context, tx *sqlx.Tx, connection string, now int64, counts counts) error {
	for _, name := range sortedKeys(counts) {
		if counts[name] == 0 {
			continue
		}
		_, err := tx.ExecContext(ctx,
			`INSERT INTO tallies (connection, hour, name, n) VALUES (?, ?, ?, ?)
			 ON CONFLICT (connection, hour, name) DO UPDATE SET n = n + excluded.n`,
			connection, hourOf(now), name, counts[name])
		if err != nil {
			return fmt.Errorf("tally %s: %w", name, err)
		}
	}
	return nil
}

// hourOf is when the hour of a stored time began.
func hourOf(ms int64) int64 { return ms - ms%time.Hour.Milliseconds() }

// Tallies gives the counts of a connection by name, from the hour that since is in.
func (l *Ledger) Tallies(ctx context.Context, connection string, since time.Time) (map[string]int, error) {
	var rows []tally
	err := l.reader.SelectContext(ctx, &rows,
		`SELECT name, sum(n) AS count FROM tallies WHERE connection = ? AND hour >= ? GROUP BY name`,
		connection, hourOf(since.UnixMilli()))
	if err != nil {
		return nil, fmt.Errorf("read tallies of %s: %w", connection, err)
	}
	all := make(map[string]int, len(rows))
	for _, row := range rows {
		all[row.Name] = row.Count
	}
	return all, nil
}

// sortedKeys gives the keys of a map in their order.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
