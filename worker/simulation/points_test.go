package simulation

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox/books"
	"spacebridge/mapping"
)

var (
	pointsFlag       = flag.Int("simulation.points", 1, "how many crashes at named points; 0: every hit of every point")
	pointsReportFlag = flag.String("simulation.points.report", "", "file for the figures of the crash points, as JSON")
)

// pointsSeed is the world that is crashed at every point. It has a bit of everything: orders that are edited, cancelled,
// invoiced and paid, replies that get lost, and an integration that is read again.
const pointsSeed = 19

// smallWorld is a short life with one crash in it and some lost replies, so that every point of the protocol is met.
func smallWorld(seed uint64) profile {
	p := newProfile(seed, 4)
	p.Sites, p.Trigger = 1, mapping.OnCreated
	p.Pace, p.Rash, p.Operator, p.Poll, p.Sweep = 6*time.Hour, 14*time.Hour, 20*time.Hour, 12*time.Hour, 24*time.Hour
	p.FaultPerMille, p.WriteFaults, p.FaultKinds = 0, 500, []string{"late", "lost_request", "lost_reply"}
	p.Books.ListLag, p.Books.DuplicateSourceID, p.Books.RequestIDs = 3*time.Second, books.Accept, books.Ignore
	p.Crashes, p.Flapping, p.Stops, p.TemporalLoss, p.OldLedger, p.ClockJumps = 0, 0, 0, 0, 0, 0
	p.LostLedger, p.LostResults, p.Twins, p.BadDisk = false, false, false, 0
	p.Receiver, p.Mishaps, p.Care, p.Nightly = true, nil, 12*time.Hour, 48*time.Hour
	p.Shop.ManualWebhooks, p.Shop.AllowHTTPWebhooks = false, true
	return p
}

// dieAt lives the small life, dies at one hit of a point in the first process, and goes on with others.
func dieAt(t *testing.T, point string, hit int) Result {
	t.Helper()
	return live(t, pointsSeed, smallWorld(pointsSeed), func(w *World) {
		w.successor = true
		w.doom = func(p *process) {
			if p.number == 1 {
				p.doom(point, hit)
			}
		}
	})
}

// pointsReport are the figures of the crash points.
type pointsReport struct {
	Points   int            `json:"points"`  // names
	Hits     int            `json:"hits"`    // in a life without a crash
	Crashes  int            `json:"crashes"` // runs that died at their point
	Failures int            `json:"failures"`
	ByPoint  map[string]int `json:"by_point"` // crashes
}

// mostLives is how often a life is lived again until it comes to its point.
const mostLives = 8

// TestCrashPoints lets one life pass and counts the points it comes to, around every commit and every request; then it lives
// that life again once for each of them, dies there, starts again, and must end exact.
func TestCrashPoints(t *testing.T) {
	t.Parallel()
	if racing {
		t.Skip("takes too long under the race detector; TestSeeds runs the same code")
	}
	calm := live(t, pointsSeed, smallWorld(pointsSeed), nil)
	require.Empty(t, calm.Failures, calm)
	type place struct {
		point string
		hit   int
	}
	var places []place
	report := pointsReport{Points: len(calm.Points), ByPoint: map[string]int{}}
	for _, point := range slices.Sorted(maps.Keys(calm.Points)) {
		report.Hits += calm.Points[point]
		for hit := range calm.Points[point] {
			places = append(places, place{point, hit + 1})
		}
	}
	if n := *pointsFlag; n > 0 && n < len(places) { // a sample that has every point, first hits first
		slices.SortStableFunc(places, func(a, b place) int { return a.hit - b.hit })
		places = places[:max(n, report.Points)]
	}
	var next, failed atomic.Int32
	crashes := make([]atomic.Int32, len(places))
	t.Run("crash", func(t *testing.T) {
		for n := range runtime.GOMAXPROCS(0) {
			t.Run(strconv.Itoa(n), func(t *testing.T) {
				t.Parallel()
				for i := int(next.Add(1)) - 1; i < len(places) && failed.Load() < 3; i = int(next.Add(1)) - 1 {
					at := places[i]
					// Goroutines take turns as they like, so one life may come to a point less often than another, or not at all.
					for life, hit, crashed := 0, at.hit, 0; life < mostLives && crashed == 0; life++ {
						result := dieAt(t, at.point, hit)
						crashed = result.Counts.Crashes
						crashes[i].Store(int32(crashed))
						if len(result.Failures) > 0 {
							failed.Add(1)
							t.Errorf("died at hit %d of %q: %s", hit, at.point, result)
						}
						hit = max(1, hit-1-hit/20)
					}
				}
			})
		}
	})
	for i, at := range places {
		report.Crashes += int(crashes[i].Load())
		report.ByPoint[at.point] += int(crashes[i].Load())
	}
	report.Failures = int(failed.Load())
	for i, at := range places {
		if crashes[i].Load() == 0 {
			t.Logf("in %d lives nobody came to hit %d of %q again", mostLives, at.hit, at.point)
		}
	}
	if !t.Failed() {
		require.GreaterOrEqual(t, report.Crashes, len(places)*9/10, "lives that died at their point")
	}
	t.Logf("%d points, hit %d times in a calm life; %d lives crashed, one at each of %d hits; %d ended wrong",
		report.Points, report.Hits, report.Crashes, len(places), report.Failures)
	if *pointsReportFlag != "" {
		text, err := json.MarshalIndent(report, "", "  ")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(*pointsReportFlag, text, 0o600))
	}
}
