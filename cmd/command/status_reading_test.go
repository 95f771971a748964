package command

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/config"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/trade"
)

const hookURL = "https://hooks.example.com/webhooks/orderspace/acme"

// change writes the configuration of a bench anew.
func (b *bench) change(t *testing.T, do func(*config.Config)) {
	t.Helper()
	c, err := config.Load(b.path("spacebridge.yaml"), config.Options{})
	require.NoError(t, err)
	do(c)
	require.NoError(t, writeConfig(b.path("spacebridge.yaml"), c))
}

func (k *clerk) subscribe(endpoint string) {
	k.t.Helper()
	s := trade.Subscription{ID: "wh_1", Endpoint: endpoint, SigningKey: "s3cret", Created: k.at}
	require.NoError(k.t, k.ledger.KeepSubscription(k.t.Context(), "acme", s, k.at))
}

func (k *clerk) receive(d sqlite.Delivery) {
	k.t.Helper()
	d.Connection = "acme"
	_, err := k.ledger.Receive(k.t.Context(), []sqlite.Delivery{d})
	require.NoError(k.t, err)
}

func (k *clerk) tally(counts map[string]int) {
	k.t.Helper()
	require.NoError(k.t, k.ledger.Tally(k.t.Context(), "acme", counts))
}

// day fills a ledger with what a day of webhooks and of reading leaves behind.
func (k *clerk) day() {
	k.t.Helper()
	k.at = noon.Add(-48 * time.Hour)
	k.subscribe(hookURL)
	k.tally(map[string]int{"requests/sweep": 5_000, "found/order/sweep": 3}) // two days ago, and so not told
	k.at = noon.Add(-2 * time.Hour)
	k.tally(map[string]int{
		"requests/poll": 5_640, "requests/sweep": 1_248, "requests/inbox": 202, "requests/sale": 96, "requests/upkeep": 24, "requests/nightly": 80,
	})
	for i, kind := range []trade.Kind{trade.KindOrder, trade.KindOrder, trade.KindInvoice, trade.KindDispatch, trade.KindCustomer} {
		record := trade.Record{Kind: kind, ID: string(kind) + "_" + string(rune('a'+i)), Created: k.at.Add(-time.Minute), Body: json.RawMessage(`{}`)}
		reading := sqlite.Reading{Source: trade.SourceList, At: k.at, By: []string{"inbox", "inbox", "poll", "inbox", "sweep"}[i]}
		if i == 2 {
			reading.Announced = k.at.Add(-time.Hour) // no webhook tells of the invoice
		}
		_, err := k.ledger.SaveRecords(k.t.Context(), "acme", reading, []sqlite.Saved{{Record: record}})
		require.NoError(k.t, err)
	}
	told := func(ids ...string) (all []sqlite.Told) {
		for _, id := range ids {
			all = append(all, sqlite.Told{Kind: trade.KindOrder, ID: id, New: true})
		}
		return all
	}
	k.receive(sqlite.Delivery{Hash: "a", Events: 3, Dropped: 1, Told: told("or_1", "or_2")})
	k.at = noon.Add(-time.Hour)
	k.receive(sqlite.Delivery{Hash: "a", Events: 3, Dropped: 1, Told: told("or_1", "or_2")})
	k.receive(sqlite.Delivery{Hash: "b", Events: 2, Unreadable: 1, Body: []byte("?"), Told: told("or_3")})
	for name, at := range map[string]string{"orders_created": "11:00", "sweep_started": "10:45", "nightly_started": "02:30"} {
		require.NoError(k.t, k.ledger.AdvanceCursor(k.t.Context(), "acme", name, "2026-03-02T"+at+":00Z"))
	}
}

// TestStatusOfWebhooks keeps word for word what status says of webhooks, and how wide it is.
func TestStatusOfWebhooks(t *testing.T) {
	b := newBench(t, "acme")
	b.hookAt(t, hookURL)
	k := b.clerk(t)
	golden(t, "status_silent.txt", b.run(t, "status").stdout)
	k.day()
	r := b.run(t, "status")
	require.Equal(t, ExitOK, r.code, r.stderr)
	golden(t, "status_webhooks.txt", r.stdout)
	for line := range strings.SplitSeq(r.stdout, "\n") {
		require.LessOrEqual(t, len(line), 120, line)
	}
	r = b.run(t, "status", "--json")
	require.Equal(t, ExitOK, r.code, r.stderr)
	golden(t, "status_webhooks.json", r.stdout)
	require.NotContains(t, r.stdout, "s3cret")

	// Turned off, the connection has no webhooks, whatever the ledger still knows; reading is told as before.
	b.hookAt(t, "")
	r = b.run(t, "status", "--json")
	require.Contains(t, r.stdout, `"webhooks": null`)
	require.Contains(t, r.stdout, `"sweep": 1248`)
	require.NotContains(t, b.run(t, "status").stdout, "webhooks")
}

// TestSubscribedIsAtOurAddress: a subscription that was retired, or points elsewhere, is none.
func TestSubscribedIsAtOurAddress(t *testing.T) {
	for name, c := range map[string]struct {
		endpoint string
		retired  bool
		want     bool
	}{
		"ours":      {endpoint: hookURL, want: true},
		"retired":   {endpoint: hookURL, retired: true},
		"elsewhere": {endpoint: "https://old.example.com/webhooks/orderspace/acme"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, "acme")
			b.hookAt(t, hookURL)
			k := b.clerk(t)
			k.subscribe(c.endpoint)
			if c.retired {
				require.NoError(t, k.ledger.RetireSubscription(t.Context(), "acme", "wh_1", k.at))
			}
			var out statusJSON
			require.NoError(t, json.Unmarshal([]byte(b.run(t, "status", "--json").stdout), &out))
			require.Equal(t, c.want, out.Connections[0].Webhooks.Subscribed)
			require.Equal(t, c.want, out.Connections[0].Webhooks.SubscribedSince != nil)
			require.Equal(t, c.want, strings.Contains(b.run(t, "status").stdout, "subscribed since"))
		})
	}
}

// TestWebhooksBeforeTheFirstRun: a webhook_url alone makes it part of the answer.
func TestWebhooksBeforeTheFirstRun(t *testing.T) {
	b := newBench(t, "acme")
	b.hookAt(t, hookURL)
	var out statusJSON
	require.NoError(t, json.Unmarshal([]byte(b.run(t, "status", "--json").stdout), &out))
	require.Equal(t, &webhooksJSON{Endpoint: hookURL}, out.Connections[0].Webhooks)
}

func TestBudgetLines(t *testing.T) {
	require.Empty(t, budgetLines(map[string]int{}, 60))
	require.Equal(t, []string{"864 of 86400 requests to Orderspace in 24 h (1.0 %)", "sweep 600, poll 132, sale 132"},
		budgetLines(map[string]int{"sale": 132, "sweep": 600, "poll": 132}, 60))
	require.Equal(t, []string{"1 request to Orderspace in 24 h", "poll 1"}, budgetLines(map[string]int{"poll": 1}, 0), "without a limit there is no share")
	require.Equal(t, "0.0 %", percent(0, 3))
	require.Equal(t, "33.3 %", percent(1, 3))
	require.Equal(t, "100.0 %", percent(3, 3))
}
