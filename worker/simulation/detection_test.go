package simulation

import (
	"errors"
	"flag"
	"math/rand/v2"
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
	detectFlag = flag.Int("simulation.detect", 4, "for how many days the detection of changes is measured")
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

// watched lives a world: first quietly, until what was there before is in the ledger, then with business, of which it measures
// how long every change takes into the ledger.
type watched struct {
	profile profile
	quiet   time.Duration // before business begins
	busy    time.Duration // business and measurement
	prepare func(*World)
	during  func(*World) // begins with business; nil for nothing

	found  []Detection
	late   []string // changes that were never found
	counts *Counts
	budget map[string]int // requests to Orderspace during business, by work
}

func (o *watched) run(t *testing.T, seed uint64) {
	t.Helper()
	dir, err := os.MkdirTemp(room(), "spacebridge-world") //nolint:usetesting // in memory, and removed with each world
	require.NoError(t, err)
	defer func() { require.NoError(t, os.RemoveAll(dir)) }()
	d := newDetections()
	o.profile.Shop.OnChange = d.happened
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(seed, o.profile, dir)
		s := w.sites[0]
		s.merchant = sandbox.NewMerchant(s.shop, seed, sandbox.WithoutBroken(), sandbox.WithAfterthoughts(30))
		w.committed = func(p *process, point string) {
			if point == "after save_records" || point == "after mark_gone" {
				if err := d.look(p.file, s.name); err != nil && !p.isDead() {
					w.fail("look for changes: %v", err)
				}
			}
		}
		if o.prepare != nil {
			o.prepare(w)
		}
		w.startPatiently()
		w.sleep(o.quiet)
		before := w.used()
		d.begin()
		w.life()
		if o.during != nil {
			o.during(w)
		}
		w.sleep(o.busy)
		o.budget = w.used()
		for work, n := range before {
			o.budget[work] -= n
		}
		w.healed.Store(true) // business ends
		w.sleep(o.profile.Sweep + o.profile.Sweep/2)
		o.late = d.overdue(0)
		w.end()
		require.Empty(t, w.failures)
		o.counts = w.counts
	})
	o.found = d.result()
}

// used tells the requests to Orderspace so far, by the work they were for, from what the ledger keeps for status.
func (w *World) used() map[string]int {
	tallies, err := w.current().ledger.Tallies(w.ctx, w.sites[0].name, w.since)
	if err != nil {
		w.fail("read the tallies: %v", err)
	}
	used := map[string]int{}
	for name, n := range tallies {
		if work, ok := strings.CutPrefix(name, "requests/"); ok {
			used[work] = n
		}
	}
	return used
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
			o := &watched{profile: p, busy: time.Duration(*detectFlag) * 24 * time.Hour}
			o.run(t, 7)
			t.Logf("%s, polled every %s and swept every %s, %d days: %d deliveries, %v\n%s", way.name, poll, sweep, *detectFlag, o.counts.Deliveries, o.counts.Mishaps, detectionTable(o.found))
			require.Empty(t, o.late)
			require.Zero(t, o.counts.Breaches)
			if *detectFlag >= 30 {
				requireKinds(t, o.found)
			}
			for _, row := range o.found {
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
	const poll, sweep, walk, quiet, busy = time.Minute, 15 * time.Minute, 2 * time.Minute, 2 * time.Hour, 4 * time.Hour
	p := calm(11, 1)
	p.Pace, p.Poll, p.Sweep, p.Nightly = 5*time.Minute, poll, sweep, 0
	o := &watched{profile: p, quiet: quiet, busy: busy, prepare: func(w *World) {
		w.since = time.Now().AddDate(0, 0, -120).Truncate(24 * time.Hour)
		w.config = w.configure()
		fill(t, w.sites[0], *openFlag)
	}, during: func(w *World) {
		w.regularly(2*time.Minute, "open orders", func(rng *rand.Rand) { touch(t, w.sites[0].shop, rng) })
	}}
	o.run(t, 11)
	t.Logf("%d orders open at the beginning, no webhooks, polled every %s and swept every %s at 60 requests a minute\n%s\n%s", *openFlag, poll, sweep, detectionTable(o.found), budgetTable(o.budget, busy))
	require.Empty(t, o.late)
	require.Zero(t, o.counts.Breaches)
	for _, row := range o.found {
		bound := sweep + walk
		if strings.HasSuffix(row.Change, " created") {
			bound = poll + walk
		}
		require.LessOrEqual(t, row.Most, bound, row.Change)
	}
}

// fill plants a past: a few orders in every stage of life, and many open ones, all of the last 80 days: what is
// older and closed is found by webhook only.
func fill(t *testing.T, s *site, open int) {
	t.Helper()
	now := time.Now()
	require.NoError(t, s.merchant.History(now.AddDate(0, 0, -80), now, 60))
	customers, past := s.shop.Customers(), s.shop.Orders()
	var sku string
	for _, order := range past {
		for _, line := range order.Lines {
			if line.SKU != "" {
				sku = line.SKU
			}
		}
	}
	for n := range open {
		_, err := s.shop.Place(shop.OrderSpec{
			CustomerID: customers[n%len(customers)].ID, Created: now.Add(-time.Duration(open-n) * 80 * 24 * time.Hour / time.Duration(open)),
			Lines: []shop.LineSpec{{SKU: sku, Quantity: int64(1 + n%20)}, {Name: "Carriage", Shipping: true}},
		})
		require.NoError(t, err)
	}
}

// touch changes one of the open orders.
func touch(t *testing.T, s *shop.Shop, rng *rand.Rand) {
	t.Helper()
	orders := s.Orders()
	order := orders[rng.IntN(len(orders))]
	if order.Status != shop.StatusNew {
		return
	}
	var err error
	switch rng.IntN(6) {
	case 0:
		_, err = s.Cancel(order.ID)
	case 1:
		err = s.Delete(order.ID)
	case 2:
		_, err = s.Release(order.ID)
	case 3:
		_, err = s.Invoice(order.ID, shop.InvoiceSpec{})
	default:
		_, err = s.Edit(order.ID, func(o *shop.Order) { o.Lines[0].Quantity++ })
	}
	if refusal := (*shop.InvalidError)(nil); !errors.As(err, &refusal) {
		require.NoError(t, err)
	}
}

// TestRepeatedWebhooksWriteNothing: every webhook comes twice, out of order, and once more days later, when the record has
// changed again or is gone. Once business has ended and the books are at rest, nothing of that leads to another write.
func TestRepeatedWebhooksWriteNothing(t *testing.T) {
	p := calm(23, 5)
	p.Pace, p.Poll, p.Sweep, p.Care, p.Nightly = 40*time.Minute, time.Hour, 6*time.Hour, time.Hour, 0
	p.Receiver, p.Mishaps = true, map[faults.Mishap]int{faults.Doubled: 150, faults.Reordered: 150, faults.Replayed: 700}
	result := live(t, 23, p, func(w *World) {
		w.afterwards = func() {
			writes, deliveries := w.counts.sofar()
			w.sleep(9 * 24 * time.Hour)
			more, repeated := w.counts.sofar()
			if more != writes || repeated < deliveries+20 {
				w.fail("%d repeated webhooks led to %d writes to the books", repeated-deliveries, more-writes)
			}
		}
	})
	require.Empty(t, result.Failures, result)
}
