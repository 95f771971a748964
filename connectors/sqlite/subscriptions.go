package sqlite

import (
	"context"
	"errors"
	"time"

	"spacebridge/mapping/trade"
)

// KeptSubscription is a webhook subscription of ours that the ledger knows. Its key is in the ledger's file, which only its
// owner can read.
type KeptSubscription struct {
	trade.Subscription

	SeenAt  time.Time // when the vendor last listed it
	Retired time.Time // when it was removed or its key was replaced; zero while it is live
}

// IntendSubscription notes that a subscription of an endpoint is about to be made, so that one whose answer gets lost is
// known as ours when it is found (invariant 2).
func (l *Ledger) IntendSubscription(ctx context.Context, connection, endpoint string) error {
	return errors.New("intend subscription: not built")
}

// IntendedEndpoints gives the endpoints that a connection has ever meant to subscribe, so that what points there is ours.
func (l *Ledger) IntendedEndpoints(ctx context.Context, connection string) ([]string, error) {
	return nil, errors.New("intended endpoints: not built")
}

// KeepSubscription notes a subscription as the vendor shows it. A key that differs from the one known is kept beside it; the
// one before is retired at seen.
func (l *Ledger) KeepSubscription(ctx context.Context, connection string, s trade.Subscription, seen time.Time) error {
	return errors.New("keep subscription: not built")
}

// RetireSubscription notes that a subscription is no more. Its key stays valid for those deliveries that are still on their
// way, as long as SigningKeys is asked.
func (l *Ledger) RetireSubscription(ctx context.Context, connection, id string, at time.Time) error {
	return errors.New("retire subscription: not built")
}

// Subscriptions gives all subscriptions of a connection that the ledger knows, the live ones first.
func (l *Ledger) Subscriptions(ctx context.Context, connection string) ([]KeptSubscription, error) {
	return nil, errors.New("subscriptions: not built")
}

// SigningKeys gives the keys that a delivery may be signed with: those of live subscriptions, and those retired after a time.
func (l *Ledger) SigningKeys(ctx context.Context, connection string, retiredAfter time.Time) ([]string, error) {
	return nil, errors.New("signing keys: not built")
}
