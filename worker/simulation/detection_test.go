package simulation

import (
	"flag"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox"
	"spacebridge/connectors/sandbox/faults"
	"spacebridge/connectors/sandbox/shop"
	"spacebridge/mapping"
)

var (
	detectFlag = flag.Int("simulation.detect", 6, "for how many days the detection of changes is measured")
	openFlag   = flag.Int("simulation.open", 300, "how many orders are open while the bound of detection is measured at the real limits")
)

// calm is a world in which only webhooks fail.
func calm(seed uint64, days int) profile {
	p := newProfile(seed, days)
	p.Sites, p.Trigger, p.PageSize = 1, mapping.OnInvoiced, 0
	p.FaultPerMille, p.WriteFaults = 0, 0
	p.Crashes, p.Flapping, p.Stops, p.TemporalLoss, p.OldLedger, p.ClockJumps, p.Rash, p.Operator = 0, 0, 0, 0, 0, 0, 0, 0
	p.LostLedger, p.LostResults, p.Twins, p.BadDisk = false, false, false, 0
	p.Shop.ListLag, p.Books.ListLag, p.Books.RaceProcess, p.Books.RequestsPerMinute = 0, 0, 0, 600
	p.Shop.NoOrderLineIDs = false
	p.Receiver, p.Mishaps, p.Nightly = false, nil, 24*time.Hour
	p.Shop.ManualWebhooks, p.Shop.AllowHTTPWebhooks = false, true
	return p
}

// watched lives a world for its days and measures how long every change takes into the ledger.
func watched(t *testing.T, seed uint64, p profile, prepare func(*World)) (found []Detection, late []string, counts *Counts) {
	t.Helper()
	dir, err := os.MkdirTemp(room(), "spacebridge-world") //nolint:usetesting // in memory, and removed with each world
	require.NoError(t, err)
	defer func() { require.NoError(t, os.RemoveAll(dir)) }()
	d := newDetections()
	p.Shop.OnChange = d.happened
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(seed, p, dir)
		w.sites[0].merchant = sandbox.NewMerchant(w.sites[0].shop, seed, sandbox.WithoutBroken(), sandbox.WithAfterthoughts(30))
		w.committed = func(p *process, point string) {
			if point == "after save_records" || point == "after mark_gone" {
				if err := d.look(p.file, w.sites[0].name); err != nil && !p.isDead() {
					w.fail("look for changes: %v", err)
				}
			}
		}
		if prepare != nil {
			prepare(w)
		}
		w.startPatiently()
		w.life()
		w.sleep(time.Duration(p.Days) * 24 * time.Hour)
		w.healed.Store(true) // business ends
		w.sleep(p.Sweep + p.Sweep/2)
		late = d.overdue(p.Sweep + p.Sweep/2)
		w.end()
		require.Empty(t, w.failures)
		counts = w.counts
	})
	return d.result(), late, counts
}

// TestEveryChangeIsFoundInTime measures how long changes take into the ledger: with webhooks that arrive, with webhooks that
// are lost, doubled, late, repeated and out of order, and without any. Whatever becomes of the webhooks, what is new is
// there within a poll interval, and every other change within a sweep interval, and the time that the walks take.
func TestEveryChangeIsFoundInTime(t *testing.T) {
	if testing.Short() || racing {
		t.Skip("months of simulated time")
	}
	const poll, sweep, walk = 10 * time.Minute, time.Hour, 3 * time.Minute
	many := map[faults.Mishap]int{}
	for _, m := range faults.Mishaps() {
		many[m] = 80
	}
	for _, way := range []struct {
		name     string
		receiver bool
		mishaps  map[faults.Mishap]int
	}{
		{"webhooks arrive", true, nil},
		{"webhooks fail in every way", true, many},
		{"no webhooks", false, nil},
	} {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			p := calm(7, *detectFlag)
			p.Pace, p.Poll, p.Sweep, p.Care = 2*time.Hour, poll, sweep, time.Hour
			p.Receiver, p.Mishaps = way.receiver, way.mishaps
			found, late, counts := watched(t, 7, p, nil)
			t.Logf("%s, polled every %s and swept every %s: %d requests, %d deliveries, %v\n%s", way.name, poll, sweep, counts.Requests, counts.Deliveries, counts.Mishaps, detectionTable(found))
			require.Empty(t, late)
			require.Zero(t, counts.Breaches)
			if *detectFlag >= 30 {
				requireKinds(t, found)
			}
			for _, row := range found {
				bound := sweep + walk
				if strings.HasSuffix(row.Change, " created") {
					bound = poll + walk
				}
				require.LessOrEqual(t, row.Most, bound, row.Change)
				if way.receiver && way.mishaps == nil && told(row.Change) {
					require.LessOrEqual(t, row.Most, 2*time.Minute, "%s: a webhook tells of it at once", row.Change)
				}
			}
		})
	}
}

// requireKinds makes sure that the measurement has met everything that can happen.
func requireKinds(t *testing.T, found []Detection) {
	t.Helper()
	seen := map[string]bool{}
	for _, row := range found {
		seen[row.Change] = true
	}
	for _, change := range []string{
		"order created", "order edited", "order released", "order invoiced", "order dispatched", "order cancelled", "order deleted",
		"invoice created", "invoice paid", "invoice edited", "invoice deleted", "dispatch created", "customer created", "customer edited",
	} {
		require.True(t, seen[change], "nothing like %q has happened", change)
	}
}

// told are the changes that Orderspace has an event for.
func told(change string) bool {
	switch change {
	case "order created", "order edited", "order released", "order cancelled", "order deleted", "invoice created", "invoice deleted",
		"invoice paid", "invoice part_paid", "dispatch created", "customer created", "customer edited", "customer deleted":
		return true
	default:
		return false
	}
}

// TestBoundHoldsAtTheRealLimits polls every minute and sweeps every 15 minutes within 60 requests a minute, with many open
// orders and no webhooks, and tells which share of the budget that takes.
func TestBoundHoldsAtTheRealLimits(t *testing.T) {
	if testing.Short() || racing {
		t.Skip("many orders")
	}
	p := calm(11, 1)
	p.Pace, p.Poll, p.Sweep, p.Nightly = 5*time.Minute, time.Minute, 15*time.Minute, 0
	p.Shop.Seed = 11
	var first, requests int
	found, late, counts := watched(t, 11, p, func(w *World) {
		s := w.sites[0]
		now := time.Now()
		w.since = now.AddDate(0, 0, -60).Truncate(24 * time.Hour)
		require.NoError(t, s.merchant.History(now.AddDate(0, 0, -59), now, *openFlag))
		for _, order := range s.shop.Orders() {
			if order.Status != shop.StatusFulfilled && order.Status != shop.StatusCancelled && order.Status != shop.StatusStandingOrder {
				first++
			}
		}
		w.config = w.configure()
	})
	requests = counts.Requests
	t.Logf("%d orders open at the beginning; %d requests in all\n%s", first, requests, detectionTable(found))
	require.Empty(t, late)
	require.Zero(t, counts.Breaches)
}
