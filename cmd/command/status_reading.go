package command

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"spacebridge/config"
	"spacebridge/connectors/sqlite"
)

// recent is the span that status sums up.
const recent = 24 * time.Hour

// webhooksJSON tells how the webhooks of a connection fare. Counts are of the last 24 hours.
type webhooksJSON struct {
	Endpoint             string  `json:"endpoint"`
	Subscribed           bool    `json:"subscribed"`
	SubscribedSince      *string `json:"subscribed_since"`
	LastDelivery         *string `json:"last_delivery"`
	Waiting              int     `json:"waiting"`
	OldestWaitingSeconds int64   `json:"oldest_waiting_seconds"`
	Events               int     `json:"events"`
	Dropped              int     `json:"dropped"`
	Unreadable           int     `json:"unreadable"`
	Deliveries           int     `json:"deliveries"`
	Repeated             int     `json:"repeated"`
	Told                 int     `json:"told"`
	Lost                 int     `json:"lost"`
	KeptBodies           int     `json:"kept_bodies"`
	lastDelivery         time.Time
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
		what, rest, _ := strings.Cut(name, "/")
		switch what {
		case "requests":
			one.Reading.Requests[rest] += n
		case "found":
			kind, by, _ := strings.Cut(rest, "/")
			if one.Reading.Found[kind] == nil {
				one.Reading.Found[kind] = map[string]int{}
			}
			one.Reading.Found[kind][by] += n
		}
	}
	if connection.Orderspace.WebhookURL == "" {
		return nil
	}
	inbox, err := ledger.InboxOf(ctx, one.Name, now.Add(-recent))
	if err != nil {
		return err
	}
	one.Webhooks = &webhooksJSON{
		Endpoint: connection.Orderspace.WebhookURL, LastDelivery: stamp(inbox.Last), lastDelivery: inbox.Last,
		Waiting: inbox.Waiting, KeptBodies: inbox.Bodies, Told: inbox.Heard, Lost: inbox.Lost,
		Events: tallies["events/received"], Dropped: tallies["events/dropped"], Unreadable: tallies["events/unreadable"],
		Deliveries: tallies["deliveries/accepted"], Repeated: tallies["deliveries/repeated"],
	}
	if !inbox.Oldest.IsZero() {
		one.Webhooks.OldestWaitingSeconds = max(0, int64(now.Sub(inbox.Oldest)/time.Second))
	}
	subscriptions, err := ledger.Subscriptions(ctx, one.Name)
	if err != nil {
		return err
	}
	for _, s := range subscriptions {
		if s.Retired.IsZero() && s.Endpoint == connection.Orderspace.WebhookURL {
			one.Webhooks.Subscribed, one.Webhooks.SubscribedSince = true, stamp(s.Created)
			break
		}
	}
	return nil
}

// writeReading tells people of the webhooks, of what found the changes, and of who used the budget.
func writeReading(text *strings.Builder, one connectionJSON, perMinute int, now time.Time) {
	if hooks := one.Webhooks; hooks != nil {
		fmt.Fprintf(text, "  webhooks  %s\n", webhookLine(hooks, now))
		if hooks.Told+hooks.Lost > 0 {
			fmt.Fprintf(text, "            of %s created in 24 h, %d came without a webhook\n", plural(hooks.Told+hooks.Lost, "record"), hooks.Lost)
		}
		if hooks.KeptBodies > 0 {
			fmt.Fprintf(text, "            %s not understood in full; the ledger keeps their bodies\n", plural(hooks.KeptBodies, "request"))
		}
	}
	if found := foundLine(one.Reading.Found); found != "" {
		fmt.Fprintf(text, "  found     in 24 h: %s\n", found)
	}
	used := 0
	var parts []string
	for _, work := range slices.SortedFunc(maps.Keys(one.Reading.Requests), func(a, b string) int {
		if d := one.Reading.Requests[b] - one.Reading.Requests[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	}) {
		used += one.Reading.Requests[work]
		parts = append(parts, fmt.Sprintf("%s %d", work, one.Reading.Requests[work]))
	}
	if used > 0 {
		all := perMinute * int(recent/time.Minute)
		fmt.Fprintf(text, "  budget    in 24 h: %d of %d requests to Orderspace (%d.%d %%): %s\n", used, all, used*100/all, used*1000/all%10, strings.Join(parts, ", "))
	}
}

func webhookLine(hooks *webhooksJSON, now time.Time) string {
	if !hooks.Subscribed {
		return "not subscribed yet; the daemon sees to it hourly"
	}
	line := "subscribed; nothing received yet"
	if !hooks.lastDelivery.IsZero() {
		line = fmt.Sprintf("subscribed; last received %s ago; in 24 h %s in %s", ago(now.Sub(hooks.lastDelivery)), plural(hooks.Events, "event"), plural(hooks.Deliveries, "request"))
	}
	if hooks.Repeated > 0 {
		line += fmt.Sprintf(", %d of them repeated", hooks.Repeated)
	}
	if hooks.Waiting > 0 {
		line += fmt.Sprintf("; %s to be read, the oldest for %s", plural(hooks.Waiting, "record"), ago(time.Duration(hooks.OldestWaitingSeconds)*time.Second))
	}
	return line
}

// foundLine sums up over the kinds of records who found the changes.
func foundLine(found map[string]map[string]int) string {
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(found)) {
		var by []string
		for _, work := range slices.Sorted(maps.Keys(found[kind])) {
			by = append(by, fmt.Sprintf("%d by %s", found[kind][work], work))
		}
		parts = append(parts, kind+"s "+strings.Join(by, ", "))
	}
	return strings.Join(parts, "; ")
}
