package activities_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"spacebridge/activities"
	"spacebridge/connectors/rest"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

// measured opens the ledger again with metrics.
func (b *bench) measured(trigger mapping.Trigger) *prometheus.Registry {
	b.t.Helper()
	registry := prometheus.NewRegistry()
	b.setUp = func(o *activities.Options) { o.Metrics = activities.NewMetrics(registry) }
	b.restart(trigger)
	return registry
}

// series gives the values of a metric by its labels, of a histogram the number and the sum of what it saw.
func series(t *testing.T, registry *prometheus.Registry, name string) map[string]string {
	t.Helper()
	families, err := registry.Gather()
	require.NoError(t, err)
	all := map[string]string{}
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, metric := range family.GetMetric() {
			var labels []string
			for _, label := range metric.GetLabel() {
				labels = append(labels, label.GetValue())
			}
			value := fmt.Sprint(metric.GetCounter().GetValue())
			if h := metric.GetHistogram(); h != nil {
				value = fmt.Sprintf("%d in %v s", h.GetSampleCount(), h.GetSampleSum())
			}
			all[strings.Join(labels, " ")] = value
		}
	}
	return all
}

func TestChangesAreCountedByWhoFoundThem(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	registry := b.measured(mapping.OnManual)
	b.shop.records[trade.Ref{Kind: trade.KindOrder, ID: "or_1"}] = orderBody(nil) // a day ago
	b.put(10_000, trade.StatusNew, "")                                            // history
	_, err := b.poll()
	require.NoError(t, err)
	b.clock = b.clock.Add(time.Minute)
	b.shop.records[theOrder] = orderBody(func(o map[string]any) { o["status"] = "released" })
	_, err = b.sweep()
	require.NoError(t, err)
	_, err = b.ReadRecord(t.Context(), activities.ReadRecordInput{Connection: "acme", Kind: trade.KindOrder, ID: "or_1"})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"poll acme customer": "1", "poll acme order": "2", "sweep acme order": "1"},
		series(t, registry, "spacebridge_changes_found_total"), "what is there is not found again")
	require.Equal(t, map[string]string{"poll acme order": "1 in 82800 s"}, series(t, registry, "spacebridge_creation_to_ledger_seconds"), "history says nothing about how fast we are")
	tallies, err := b.ledger.Tallies(t.Context(), "acme", b.clock.Add(-time.Hour))
	require.NoError(t, err)
	require.Equal(t, map[string]int{"found/customer/poll": 1, "found/order/poll": 2, "found/order/sweep": 1}, tallies)
}

// From the first word of a change to the books: a webhook's, where there was one.
func TestTimeFromAChangeToTheBooksIsMeasured(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	registry := b.measured(mapping.OnManual)
	b.receive(sqlite.Delivery{Connection: "acme", Hash: "a", Events: 1, Told: []sqlite.Told{{Kind: trade.KindOrder, ID: "or_1", New: true}}})
	b.clock = b.clock.Add(40 * time.Second)
	b.readAll()
	b.clock = b.clock.Add(2 * time.Second)
	b.step()
	require.Equal(t, []string{"create"}, b.books.steps())
	require.Equal(t, map[string]string{"acme": "1 in 42 s"}, series(t, registry, "spacebridge_change_to_books_seconds"))
}

func TestRequestsAreTalliedByWork(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	used := map[rest.Work]int64{rest.WorkPoll: 4, rest.WorkSweep: 9}
	b.setUp = func(o *activities.Options) {
		o.Connections[0].Used = func() map[rest.Work]int64 { return used }
	}
	b.restart(mapping.OnManual)
	relay := func() map[string]int {
		_, err := b.RelaySales(t.Context(), activities.RelaySalesInput{Connection: "acme"})
		require.NoError(t, err)
		tallies, err := b.ledger.Tallies(t.Context(), "acme", b.clock.Add(-24*time.Hour))
		require.NoError(t, err)
		return tallies
	}
	require.Equal(t, map[string]int{"requests/poll": 4, "requests/sweep": 9}, relay())
	used = map[rest.Work]int64{rest.WorkPoll: 6, rest.WorkSweep: 9, rest.WorkInbox: 1}
	require.Equal(t, map[string]int{"requests/poll": 4, "requests/sweep": 9}, relay(), "at most once a minute")
	b.clock = b.clock.Add(time.Minute)
	require.Equal(t, map[string]int{"requests/poll": 6, "requests/sweep": 9, "requests/inbox": 1}, relay())
}

// Only what was created while a subscription had stood for some minutes ought to have a webhook.
func TestMissingWebhooksAreNotedWhileASubscriptionStands(t *testing.T) {
	for name, test := range map[string]struct {
		subscribed, retired bool
		age                 time.Duration // of the subscription when the order is created
		lost                int
	}{
		"no subscription":      {},
		"a fresh one":          {subscribed: true, age: 5 * time.Minute},
		"one that stands":      {subscribed: true, age: 15 * time.Minute, lost: 1},
		"one that was removed": {subscribed: true, retired: true, age: 15 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, mapping.OnManual)
			made := b.clock
			if test.subscribed {
				s := trade.Subscription{ID: "wh_1", Endpoint: "https://example.com", SigningKey: "k", Created: made}
				require.NoError(t, b.ledger.KeepSubscription(t.Context(), "acme", s, made))
				if test.retired {
					require.NoError(t, b.ledger.RetireSubscription(t.Context(), "acme", "wh_1", made))
				}
			}
			b.clock = b.clock.Add(time.Hour)
			b.shop.records[order(1)] = orderBody(func(o map[string]any) { o["id"], o["created"] = order(1).ID, made.Add(test.age).Format(time.RFC3339) })
			_, err := b.poll()
			require.NoError(t, err)
			b.clock = b.clock.Add(sqlite.LostAfter + time.Minute)
			inbox, err := b.ledger.InboxOf(t.Context(), "acme", made.Add(-time.Hour))
			require.NoError(t, err)
			require.Equal(t, test.lost, inbox.Lost)
		})
	}
}
