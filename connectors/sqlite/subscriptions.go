package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jmoiron/sqlx"

	"spacebridge/mapping/trade"
)

// KeptSubscription is a webhook subscription of ours that the ledger knows. Its key is in the ledger's file, which only its
// owner can read.
type KeptSubscription struct {
	trade.Subscription

	SeenAt  time.Time // when the vendor last listed it
	Retired time.Time // when it was removed or its key was replaced; zero while it is live
}

// LogValue leaves the signing key out of logs.
func (s KeptSubscription) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON leaves the signing key out of JSON.
func (s KeptSubscription) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"id": s.ID})
}

// errNoKey refuses a subscription without a key: anybody can sign with none.
var errNoKey = errors.New("the subscription has no signing key")

// KeepSubscription notes a subscription as the vendor shows it. A key that differs from the one known is kept beside it; the
// one before is retired at seen. A subscription that is shown without its creation keeps the one known.
func (l *Ledger) KeepSubscription(ctx context.Context, connection string, s trade.Subscription, seen time.Time) error {
	err := l.write(ctx, "keep_subscription", func(tx *sqlx.Tx) error {
		if s.SigningKey == "" {
			return errNoKey
		}
		if err := putTimesRight(ctx, tx, connection, l.now().UnixMilli()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx,
			`UPDATE subscriptions SET retired_at = ? WHERE connection = ? AND webhook_id = ? AND signing_key <> ? AND retired_at IS NULL`,
			seen.UnixMilli(), connection, s.ID, s.SigningKey)
		if err != nil {
			return fmt.Errorf("retire key: %w", err)
		}
		return keepSubscription(ctx, tx, connection, s, seen)
	})
	if err != nil {
		return fmt.Errorf("keep subscription %s of %s: %w", s.ID, connection, err)
	}
	return nil
}

func keepSubscription(ctx context.Context, tx *sqlx.Tx, connection string, s trade.Subscription, seen time.Time) error {
	events, err := json.Marshal(append([]string{}, s.Events...))
	if err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	_, err = tx.ExecContext(ctx,
		`INSERT INTO subscriptions (connection, webhook_id, signing_key, endpoint, events, created_at, seen_at)
		 VALUES (?1, ?2, ?3, ?4, ?5,
		   coalesce(?6, (SELECT max(created_at) FROM subscriptions WHERE connection = ?1 AND webhook_id = ?2)), ?7)
		 ON CONFLICT (connection, webhook_id, signing_key) DO UPDATE SET endpoint = excluded.endpoint,
		   events = excluded.events, created_at = excluded.created_at, seen_at = excluded.seen_at, retired_at = NULL`,
		connection, s.ID, s.SigningKey, s.Endpoint, string(events), millis(s.Created), seen.UnixMilli())
	return err
}

// putTimesRight has what is dated in the future, before the clock was set back, date from now: a retired key would be valid
// for too long, and a silence would never be long enough.
func putTimesRight(ctx context.Context, tx *sqlx.Tx, connection string, now int64) error {
	_, err := tx.ExecContext(ctx, `UPDATE subscriptions SET retired_at = ?1 WHERE connection = ?2 AND retired_at > ?1`, now, connection)
	if err != nil {
		return fmt.Errorf("put times of keys right: %w", err)
	}
	_, err = tx.ExecContext(ctx, `UPDATE unheard SET found_at = ?1 WHERE connection = ?2 AND found_at > ?1`, now, connection)
	return wrap(err, "put times of untold records right")
}

// RetireSubscription notes that a subscription is no more. Its key stays valid for those deliveries that are still on their
// way, as long as SigningKeys is asked. One that the ledger does not know, or that is retired, is no error.
func (l *Ledger) RetireSubscription(ctx context.Context, connection, id string, at time.Time) error {
	err := l.write(ctx, "retire_subscription", func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx,
			`UPDATE subscriptions SET retired_at = ? WHERE connection = ? AND webhook_id = ? AND retired_at IS NULL`,
			at.UnixMilli(), connection, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("retire subscription %s of %s: %w", id, connection, err)
	}
	return nil
}

type subscriptionRow struct {
	ID       string        `db:"webhook_id"`
	Key      string        `db:"signing_key"`
	Endpoint string        `db:"endpoint"`
	Events   string        `db:"events"`
	Created  sql.NullInt64 `db:"created_at"`
	Seen     sql.NullInt64 `db:"seen_at"`
	Retired  sql.NullInt64 `db:"retired_at"`
}

// Subscriptions gives all subscriptions of a connection that the ledger knows, the live ones first and then those retired
// last. One whose key was replaced comes once for each key.
func (l *Ledger) Subscriptions(ctx context.Context, connection string) ([]KeptSubscription, error) {
	var rows []subscriptionRow
	err := l.reader.SelectContext(ctx, &rows,
		`SELECT webhook_id, signing_key, endpoint, events, created_at, seen_at, retired_at FROM subscriptions WHERE connection = ?
		 ORDER BY retired_at IS NOT NULL, retired_at DESC, seen_at DESC, webhook_id, signing_key`, connection)
	if err != nil {
		return nil, fmt.Errorf("list subscriptions of %s: %w", connection, err)
	}
	all := make([]KeptSubscription, 0, len(rows))
	for _, r := range rows {
		kept := KeptSubscription{
			Subscription: trade.Subscription{ID: r.ID, Endpoint: r.Endpoint, SigningKey: r.Key, Created: instant(r.Created)},
			SeenAt:       instant(r.Seen), Retired: instant(r.Retired),
		}
		if err := json.Unmarshal([]byte(r.Events), &kept.Events); err != nil {
			return nil, fmt.Errorf("read events of subscription %s: %w", r.ID, err)
		}
		all = append(all, kept)
	}
	return all, nil
}

// SigningKeys gives the keys that a delivery may be signed with: those of live subscriptions, and those retired after a time.
func (l *Ledger) SigningKeys(ctx context.Context, connection string, retiredAfter time.Time) ([]string, error) {
	keys := []string{}
	err := l.reader.SelectContext(ctx, &keys,
		`SELECT DISTINCT signing_key FROM subscriptions WHERE connection = ? AND (retired_at IS NULL OR retired_at > ?)
		 ORDER BY signing_key`, connection, retiredAfter.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("list signing keys of %s: %w", connection, err)
	}
	return keys, nil
}
