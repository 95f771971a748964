package activities

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"spacebridge/mapping/trade"
)

var day = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

// ago is a time so many minutes before the day.
func ago(minutes int) time.Time { return day.Add(-time.Duration(minutes) * time.Minute) }

// cost is what a plan takes in requests, by the same counts that it was made from.
func cost(c catalogue, all []wanted, walks []Walk, single []trade.Ref) int {
	sum, seen := len(single), map[trade.Ref]bool{}
	for _, w := range walks {
		l, to := list{kind: w.Kind, status: w.Status}, time.Time{}
		if w.Unpaid {
			l.status = unpaid
		}
		if !w.CreatedBefore.IsZero() {
			to = w.CreatedBefore.Add(-boundary)
		}
		n := 0
		for _, of := range all {
			if shows(w, of) && (to.IsZero() || of.since.Before(to)) && !seen[of.ref] {
				seen[of.ref] = true
				n++
			}
		}
		sum += c.pages(l, w.CreatedSince, to, n)
	}
	return sum
}

// shows reports whether a walk shows a record that was created when its since says, at the earliest.
func shows(w Walk, of wanted) bool {
	if of.since.IsZero() || w.Kind != of.ref.Kind || of.since.Before(w.CreatedSince) || !w.CreatedBefore.IsZero() && !of.since.Before(w.CreatedBefore) {
		return false
	}
	if w.Unpaid {
		return of.status == unpaid
	}
	return w.Status == "" || w.Status == of.status
}

// drawCatalogue draws a shop with a few pages of records, and a few of them that are wanted.
func drawCatalogue(t *rapid.T) ([]wanted, catalogue) {
	c := catalogue{perPage: rapid.IntRange(1, 4).Draw(t, "per page"), lists: map[list]shown{}}
	if rapid.Bool().Draw(t, "an end") {
		c.until = ago(rapid.IntRange(-5, 15).Draw(t, "until"))
	}
	statuses := map[trade.Kind][]string{
		trade.KindOrder: {"", "new", "released"}, trade.KindInvoice: {"", unpaid}, trade.KindDispatch: {""}, trade.KindCustomer: {""},
	}
	var all []wanted
	for _, kind := range []trade.Kind{trade.KindOrder, trade.KindInvoice, trade.KindDispatch} {
		times := map[string][]time.Time{}
		for i := range rapid.IntRange(0, 14).Draw(t, string(kind)+"s") {
			status := rapid.SampledFrom(statuses[kind]).Draw(t, "status")
			w := wanted{ref: trade.Ref{Kind: kind, ID: fmt.Sprintf("%s_%d", kind, i)}, since: ago(rapid.IntRange(0, 20).Draw(t, "minutes")), status: status}
			times[""] = append(times[""], w.since)
			if status != "" {
				times[status] = append(times[status], w.since)
			}
			if rapid.IntRange(0, 9).Draw(t, "alone") == 0 {
				w.since = time.Time{}
			}
			if len(all) < 12 && rapid.Bool().Draw(t, "wanted") {
				all = append(all, w)
			}
		}
		for _, status := range statuses[kind] {
			of := times[status]
			slices.SortFunc(of, func(a, b time.Time) int { return b.Compare(a) })
			if cut := rapid.IntRange(0, 20).Draw(t, "known"); cut < len(of) {
				c.lists[list{kind, status}] = shown{times: of[:cut], more: true}
				continue
			}
			c.lists[list{kind, status}] = shown{times: of}
		}
	}
	return all, c
}

// bruteForce tries every plan: for each kind every beginning of the list of everything, or none, and with it every beginning
// of each list by status, or none.
func bruteForce(all []wanted, c catalogue) int {
	sum := 0
	for _, kind := range []trade.Kind{trade.KindOrder, trade.KindInvoice, trade.KindDispatch, trade.KindCustomer} {
		var of []wanted
		begins := []time.Time{{}}
		groups := map[string]bool{}
		for _, w := range all {
			if !c.helps(w) {
				w.since = time.Time{}
			}
			if w.ref.Kind == kind {
				of, begins, groups[w.status] = append(of, w), append(begins, w.since), true
			}
		}
		end := time.Time{}
		if hasEnd(kind) {
			end = c.until
		}
		best := len(of)
		for _, from := range begins {
			price, older := 0, end
			covered := map[trade.Ref]bool{}
			if !from.IsZero() {
				if hasEnd(kind) {
					older = from
				}
				for _, w := range of {
					if !w.since.IsZero() && !w.since.Before(from) {
						covered[w.ref] = true
					}
				}
				price = c.pages(list{kind: kind}, from, end, len(covered))
			}
			for status := range groups {
				cheapest := never
				for _, begin := range begins {
					walks, walk, left, shown := !begin.IsZero() && status != "", 0, 0, 0
					for _, w := range of {
						switch {
						case w.status != status || covered[w.ref]:
						case !walks || w.since.IsZero() || w.since.Before(begin):
							left++
						default:
							shown++
						}
					}
					if walks {
						walk = c.pages(list{kind: kind, status: status}, begin, older, shown)
					}
					cheapest = min(cheapest, walk+left)
				}
				price += cheapest
			}
			best = min(best, price)
		}
		sum += best
	}
	return sum
}

func TestCheapestIsTheBestOfAllPlansAndMissesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all, c := drawCatalogue(t)
		walks, single := cheapest(all, c)
		for _, w := range all {
			covered := slices.Contains(single, w.ref)
			for _, walk := range walks {
				covered = covered || shows(walk, w)
			}
			require.True(t, covered, "%v is neither in a walk nor read by itself", w)
		}
		price := cost(c, all, walks, single)
		require.LessOrEqual(t, price, len(all), "never more than one by one")
		require.Equal(t, bruteForce(all, c), price)
	})
}

func TestCheapestKeepsTheOrderOfSingleReads(t *testing.T) {
	var all []wanted
	for i := range 5 {
		all = append(all, wanted{ref: trade.Ref{Kind: trade.KindOrder, ID: fmt.Sprint("or_", 5-i)}})
	}
	all = append(all, all[0])
	walks, single := cheapest(all, catalogue{perPage: 200})
	require.Empty(t, walks)
	require.Equal(t, []trade.Ref{all[0].ref, all[1].ref, all[2].ref, all[3].ref, all[4].ref}, single, "those first that wait longest, and none twice")
}

// shop is a catalogue of orders, perDay of them for each of so many days, in the status that their age suggests.
func shop(days, perDay int) (catalogue, func(i int) wanted) {
	status := func(age time.Duration) string {
		switch {
		case age < 24*time.Hour:
			return trade.StatusNew
		case age < 4*24*time.Hour:
			return trade.StatusReleased
		default:
			return trade.StatusFulfilled
		}
	}
	c := catalogue{perPage: 200, lists: map[list]shown{}}
	at := func(i int) time.Time { return day.Add(-time.Duration(i) * 24 * time.Hour / time.Duration(perDay)) }
	for i := range days * perDay {
		for _, s := range []string{"", status(day.Sub(at(i)))} {
			key := list{trade.KindOrder, s}
			c.lists[key] = shown{times: append(c.lists[key].times, at(i))}
		}
	}
	return c, func(i int) wanted {
		return wanted{ref: trade.Ref{Kind: trade.KindOrder, ID: fmt.Sprint("or_", i)}, since: at(i), status: status(day.Sub(at(i)))}
	}
}

// A burst of 2,000 events on 500 orders costs a handful of requests. The plan is printed with -v.
func TestBurstsCostAHandfulOfRequests(t *testing.T) {
	for name, test := range map[string]struct {
		days, perDay int
		wanted       []int // by age, 0 is the newest
		most         int   // requests
	}{
		"the newest 500":                                 {90, 250, span(0, 500, 1), 3},
		"every tenth of the last 5,000":                  {90, 250, span(0, 5000, 10), 27},
		"500 that were open, among 22,500":               {90, 250, span(0, 1000, 2), 6},
		"480 new and released, and 20 finished for long": {90, 250, append(span(0, 960, 2), span(2000, 22000, 1000)...), 26},
		"three of today":                                 {90, 250, span(0, 3, 1), 1},
		"one":                                            {90, 250, span(0, 1, 1), 1},
		"one of last year":                               {90, 250, span(22000, 22001, 1), 1},
	} {
		t.Run(name, func(t *testing.T) {
			c, at := shop(test.days, test.perDay)
			var all []wanted
			for _, i := range test.wanted {
				all = append(all, at(i))
			}
			walks, single := cheapest(all, c)
			for _, w := range walks {
				t.Logf("walk %s: %d pages", w.Name, cost(c, all, []Walk{w}, nil))
			}
			t.Logf("%d read by themselves; %d requests for %d records", len(single), cost(c, all, walks, single), len(all))
			require.LessOrEqual(t, cost(c, all, walks, single), test.most)
		})
	}
}

func TestOneIsReadByItself(t *testing.T) {
	c, at := shop(1, 10)
	walks, single := cheapest([]wanted{at(0)}, c)
	require.Empty(t, walks, "a read of its own settles for certain, and costs no more")
	require.Len(t, single, 1)
}

func span(from, to, step int) []int {
	var all []int
	for i := from; i < to; i += step {
		all = append(all, i)
	}
	return all
}

// Thousands of marks must be planned within the time of a ledger call.
func BenchmarkCheapest(b *testing.B) {
	c, at := shop(90, 500)
	var all []wanted
	for i := range 10_000 {
		all = append(all, at(4*i))
	}
	for b.Loop() {
		cheapest(all, c)
	}
}

func TestReach(t *testing.T) {
	now := day
	every := func(step time.Duration, n int) shown {
		var s shown
		for i := range n {
			s.times = append(s.times, now.Add(-time.Duration(i)*step))
		}
		return s
	}
	for name, test := range map[string]struct {
		earliest time.Duration // before now
		budget   int
		lists    []shown
		want     time.Duration // before now, to the hour
	}{
		"nothing known":                  {sweepFarthest, 225, nil, sweepFarthest},
		"all of it fits":                 {sweepFarthest, 225, []shown{every(time.Hour, 5000), every(time.Hour, 5000)}, sweepFarthest},
		"half of it fits":                {sweepFarthest, 10, []shown{every(30*time.Minute, 5000)}, 999 * time.Hour},
		"two lists share":                {sweepFarthest, 10, []shown{every(30*time.Minute, 5000), every(30*time.Minute, 5000)}, 499 * time.Hour},
		"not even a day fits":            {sweepFarthest, 1, []shown{every(time.Minute, 50000)}, sweepNearest},
		"what is older is not known":     {sweepFarthest, 10, []shown{{times: every(time.Hour, 100).times, more: true}}, 99 * time.Hour},
		"the connection began yesterday": {time.Hour, 1, []shown{every(time.Minute, 50000)}, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			got := reach(now.Add(-test.earliest), now.Add(-sweepNearest), test.budget, 200, test.lists...)
			require.InDelta(t, test.want.Hours(), now.Sub(got).Hours(), 1.01)
		})
	}
}

func TestReachIsTheFarthestThatFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a shown
		at := day
		for range rapid.IntRange(0, 60).Draw(t, "records") {
			at = at.Add(-time.Duration(rapid.IntRange(0, 600).Draw(t, "minutes")) * time.Minute)
			a.times = append(a.times, at)
		}
		earliest, latest := day.Add(-time.Duration(rapid.IntRange(1, 400).Draw(t, "hours"))*time.Hour), day.Add(-sweepNearest)
		budget := rapid.IntRange(1, 20).Draw(t, "budget")
		got := reach(earliest, latest, budget, 4, a)
		require.False(t, got.Before(earliest))
		if earliest.Before(latest) {
			require.False(t, got.After(latest))
		}
		if got.Before(latest) && got.After(earliest) {
			require.LessOrEqual(t, a.pages(4, got, time.Time{}), budget)
			require.Greater(t, a.pages(4, got.Add(-time.Hour), time.Time{}), budget)
		}
	})
}

func TestSweepBudget(t *testing.T) {
	require.Equal(t, 225, sweepBudget(60, 15*time.Minute), "a quarter of 900")
	require.Equal(t, 1, sweepBudget(1, time.Minute))
	require.Equal(t, never, sweepBudget(0, 15*time.Minute))
}
