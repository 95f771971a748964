package command

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"spacebridge/config"
	"spacebridge/connectors/sqlite"
)

// recent is the span that status sums up. Counts are kept by the hour, so up to an hour more is in them.
const recent = 24 * time.Hour

// webhooksJSON tells how the webhooks of a connection fare, as far as the ledger knows. Counts are of the last 24 hours.
type webhooksJSON struct {
	Endpoint             string  `json:"endpoint"`
	Subscribed           bool    `json:"subscribed"`
	SubscribedSince      *string `json:"subscribed_since"`
	LastDelivery         *string `json:"last_delivery"`
	Waiting              int     `json:"waiting"` // records that were told of and are not read yet
	OldestWaitingSeconds int64   `json:"oldest_waiting_seconds"`
	Deliveries           int     `json:"deliveries"` // requests that were accepted
	Repeated             int     `json:"repeated"`   // of them, those that came before
	Events               int     `json:"events"`
	Dropped              int     `json:"dropped"`    // of them, about what the books do not know
	Unreadable           int     `json:"unreadable"` // of them, those that nobody could make sense of
	Told                 int     `json:"told"`       // records whose creation a webhook told of
	Lost                 int     `json:"lost"`       // records that were found by reading and never told of
	KeptBodies           int     `json:"kept_bodies"`

	since, last time.Time
}

// readingJSON tells what reading Orderspace cost and brought in the last 24 hours: requests by the work they were sent for,
// and records new or changed by kind and the work that found them.
type readingJSON struct {
	Requests map[string]int            `json:"requests"`
	Found    map[string]map[string]int `json:"found"`
}

func emptyReading() readingJSON {
	return readingJSON{Requests: map[string]int{}, Found: map[string]map[string]int{}}
}

// fillReading adds what the ledger tells of the reading of a connection.
func fillReading(ctx context.Context, ledger *sqlite.Ledger, one *connectionJSON, connection config.Connection, now time.Time) error {
	tallies, err := ledger.Tallies(ctx, one.Name, now.Add(-recent))
	if err != nil {
		return err
	}
	for name, n := range tallies {
		what, of, _ := strings.Cut(name, "/")
		switch what {
		case "requests":
			one.Reading.Requests[of] = n
		case "found":
			kind, work, _ := strings.Cut(of, "/")
			if one.Reading.Found[kind] == nil {
				one.Reading.Found[kind] = map[string]int{}
			}
			one.Reading.Found[kind][work] = n
		}
	}
	one.Webhooks, err = webhooksOf(ctx, ledger, connection, tallies, now)
	return err
}

// webhooksOf is nil for a connection without webhooks.
func webhooksOf(ctx context.Context, ledger *sqlite.Ledger, connection config.Connection, tallies map[string]int, now time.Time) (*webhooksJSON, error) {
	if connection.Orderspace.WebhookURL == "" {
		return nil, nil
	}
	inbox, err := ledger.InboxOf(ctx, connection.Name, now.Add(-recent))
	if err != nil {
		return nil, err
	}
	since, subscribed, err := subscribedSince(ctx, ledger, connection)
	if err != nil {
		return nil, err
	}
	hooks := &webhooksJSON{
		Endpoint: connection.Orderspace.WebhookURL, Subscribed: subscribed, SubscribedSince: stamp(since), LastDelivery: stamp(inbox.Last),
		Waiting: inbox.Waiting, KeptBodies: inbox.Bodies, Told: inbox.Heard, Lost: inbox.Lost,
		Events: tallies["events/received"], Dropped: tallies["events/dropped"], Unreadable: tallies["events/unreadable"],
		Deliveries: tallies["deliveries/accepted"], Repeated: tallies["deliveries/repeated"],
		since: since, last: inbox.Last,
	}
	if !inbox.Oldest.IsZero() {
		hooks.OldestWaitingSeconds = max(0, int64(now.Sub(inbox.Oldest)/time.Second))
	}
	return hooks, nil
}

// subscribedSince asks the ledger for a live subscription at the connection's webhook_url.
func subscribedSince(ctx context.Context, ledger *sqlite.Ledger, connection config.Connection) (since time.Time, found bool, err error) {
	all, err := ledger.Subscriptions(ctx, connection.Name)
	at := slices.IndexFunc(all, func(s sqlite.KeptSubscription) bool {
		return s.Retired.IsZero() && s.Endpoint == connection.Orderspace.WebhookURL
	})
	if err != nil || at < 0 {
		return time.Time{}, false, err
	}
	return all[at].Created, true, nil
}

// byCount gives the names of counts, the largest first.
func byCount(counts map[string]int) []string {
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return strings.Compare(a, b)
	})
}
