package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// prunePortion is how many rows of each table one transaction removes, so that a webhook never waits long for the only writer.
const prunePortion = 500

// prunings remove what is older than a time, at most a number of rows each. What waits is never removed, and neither is the
// latest delivery of a connection, which tells when its subscription last spoke.
var prunings = []string{
	`DELETE FROM inbox WHERE (connection, kind, record_id) IN (SELECT connection, kind, record_id FROM inbox INDEXED BY inbox_settled
	   WHERE waiting_since IS NULL AND last_at < ? LIMIT ?)`,
	`DELETE FROM deliveries WHERE id IN (SELECT d.id FROM deliveries d INDEXED BY deliveries_age WHERE d.last_at < ?
	   AND d.last_at < (SELECT max(last_at) FROM deliveries m WHERE m.connection = d.connection) LIMIT ?)`,
	`DELETE FROM unheard WHERE (connection, kind, record_id) IN (SELECT connection, kind, record_id FROM unheard WHERE found_at < ? LIMIT ?)`,
	`DELETE FROM subscriptions WHERE (connection, webhook_id, signing_key) IN (SELECT connection, webhook_id, signing_key
	   FROM subscriptions WHERE retired_at < ? LIMIT ?)`,
	`DELETE FROM tallies WHERE (connection, hour, name) IN (SELECT connection, hour, name FROM tallies WHERE hour < ? LIMIT ?)`,
}

// PruneInbox forgets what was received before a time and does not wait, in portions, and gives how many rows it removed. Old
// tallies go with it, and the keys of subscriptions retired before that time.
func (l *Ledger) PruneInbox(ctx context.Context, before time.Time) (int, error) {
	removed := 0
	for more := true; more; {
		n := 0
		err := l.write(ctx, "prune_inbox", func(tx *sqlx.Tx) (err error) {
			n, more, err = prune(ctx, tx, before)
			return err
		})
		if err != nil {
			return removed, fmt.Errorf("prune inbox: %w", err)
		}
		removed += n
	}
	return removed, nil
}

// prune removes one portion, and reports whether there may be more.
func prune(ctx context.Context, tx *sqlx.Tx, before time.Time) (removed int, more bool, err error) {
	for _, pruning := range prunings {
		done, err := tx.ExecContext(ctx, pruning, before.UnixMilli(), prunePortion)
		if err != nil {
			return 0, false, err
		}
		n, err := done.RowsAffected()
		if err != nil {
			return 0, false, err
		}
		removed += int(n)
		more = more || n == prunePortion
	}
	return removed, more, nil
}
