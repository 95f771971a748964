package activities

import (
	"context"
	"time"

	"spacebridge/connectors/sqlite"
)

// A subscription can die without a word: Orderspace disables a webhook that fails too often, and nothing in its API says so.
// What tells is a record that reading found and no webhook told of. The thresholds weigh a few lost deliveries, which every
// subscription has, against days of a dead one.
const (
	silentRecords = 3              // this many untold records make a subscription silent
	silentAfter   = time.Hour      // once the first of them was found this long ago
	silentAtLast  = 24 * time.Hour // with fewer records, once the first was found this long ago
	recreateEvery = 6 * time.Hour  // a new subscription is given this long, lest a site without webhooks be asked for ever more

	// announceAfter is how long after a subscription was made records are not held against it: one created just before and
	// found just after was never to be told of.
	announceAfter = 10 * time.Minute
)

// silent reports whether the subscription that was made at a time is to be taken as dead. retired is when the latest one
// before it ended, zero when there was none.
func (a *Activities) silent(ctx context.Context, connection string, made, retired time.Time) (bool, error) {
	now := a.now()
	if age := now.Sub(retired); !retired.IsZero() && age >= 0 && age < recreateEvery {
		return false, nil
	}
	since := made.Add(announceAfter)
	// untold counts the records found between since and a while ago. What was found before since speaks against an earlier
	// subscription; it was held against that one already.
	untold := func(ago time.Duration) (int, error) {
		if !since.Before(now.Add(-ago)) {
			return 0, nil
		}
		all, _, err := a.ledger.Silence(ctx, connection, now.Add(-ago))
		if err != nil || all == 0 {
			return 0, err
		}
		earlier, _, err := a.ledger.Silence(ctx, connection, since)
		return all - earlier, err
	}
	if few, err := untold(silentAtLast); err != nil || few > 0 {
		return few > 0, err
	}
	if long, err := untold(silentAfter); err != nil || long == 0 {
		return false, err
	}
	many, err := untold(sqlite.LostAfter)
	return many >= silentRecords, err
}
