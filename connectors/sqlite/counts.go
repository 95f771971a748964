package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"spacebridge/mapping/trade"
)

// Counts are the figures of a connection that status and metrics show.
type Counts struct {
	Sales          map[trade.State]int // every state is a key
	UnknownEffects int
	OldestDirty    time.Time      // since when the longest waiting change waits; zero: none waits
	Holds          map[string]int // open holds by code
}

// tally is one group of a count.
type tally struct {
	Name  string `db:"name"`
	Count int    `db:"count"`
}

// Counts gives the figures of a connection.
func (l *Ledger) Counts(ctx context.Context, connection string) (Counts, error) {
	c := Counts{Sales: map[trade.State]int{}, Holds: map[string]int{}}
	for _, state := range states {
		c.Sales[state] = 0
	}
	sales, err := l.tally(ctx, `SELECT state AS name, count(*) AS count FROM sales WHERE connection = ? GROUP BY state`,
		connection)
	if err != nil {
		return Counts{}, fmt.Errorf("count sales: %w", err)
	}
	for _, t := range sales {
		c.Sales[trade.State(t.Name)] = t.Count
	}
	holds, err := l.tally(ctx,
		`SELECT code AS name, count(*) AS count FROM holds INDEXED BY holds_open
		 WHERE connection = ? AND closed_at IS NULL GROUP BY code`,
		connection)
	if err != nil {
		return Counts{}, fmt.Errorf("count holds: %w", err)
	}
	for _, t := range holds {
		c.Holds[t.Name] = t.Count
	}
	err = l.reader.GetContext(ctx, &c.UnknownEffects,
		`SELECT count(*) FROM effects INDEXED BY effects_open
		 WHERE connection = ? AND state IN ('sending', 'unknown', 'held') AND state = 'unknown'`, connection)
	if err != nil {
		return Counts{}, fmt.Errorf("count unknown steps: %w", err)
	}
	var oldest sql.NullInt64
	err = l.reader.GetContext(ctx, &oldest,
		`SELECT min(dirty_since) FROM sales WHERE connection = ? AND dirty_since IS NOT NULL`, connection)
	if err != nil {
		return Counts{}, fmt.Errorf("read oldest change: %w", err)
	}
	c.OldestDirty = instant(oldest)
	return c, nil
}

func (l *Ledger) tally(ctx context.Context, query, connection string) ([]tally, error) {
	var found []tally
	err := l.reader.SelectContext(ctx, &found, query, connection)
	return found, err
}
