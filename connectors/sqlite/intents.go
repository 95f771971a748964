package sqlite

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"
)

// IntendSubscription notes that a subscription of an endpoint is about to be made, so that one whose answer gets lost is
// known as ours when it is found (invariant 2).
func (l *Ledger) IntendSubscription(ctx context.Context, connection, endpoint string) error {
	err := l.write(ctx, "intend_subscription", func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx,
			`INSERT INTO subscription_intents (connection, endpoint, first_at, last_at) VALUES (?1, ?2, ?3, ?3)
			 ON CONFLICT (connection, endpoint) DO UPDATE SET last_at = excluded.last_at`,
			connection, endpoint, l.now().UnixMilli())
		return err
	})
	if err != nil {
		return fmt.Errorf("intend subscription of %s: %w", connection, err)
	}
	return nil
}

// IntendedEndpoints gives the endpoints that a connection has ever meant to subscribe, so that what points there is ours.
func (l *Ledger) IntendedEndpoints(ctx context.Context, connection string) ([]string, error) {
	endpoints := []string{}
	err := l.reader.SelectContext(ctx, &endpoints,
		`SELECT endpoint FROM subscription_intents WHERE connection = ? ORDER BY endpoint`, connection)
	if err != nil {
		return nil, fmt.Errorf("list intended endpoints of %s: %w", connection, err)
	}
	return endpoints, nil
}
