package worker_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var (
	killCount  = flag.Int("kills", -1, "how often TestKills kills the daemon; 0 leaves it out, and -1 stands for 6, 3 with -short, none with -race")
	killSeed   = flag.Uint64("kills.seed", 1, "what decides where TestKills kills")
	killReport = flag.String("kills.report", "", "file that TestKills writes its figures to, as JSON")
)

const (
	// reachLimit is how long a process may take to come to the point it is meant to die at; then it is killed where it is.
	reachLimit = 5 * time.Second
	// restEvery is after how many kills the world comes to rest and is judged as a whole.
	restEvery = 25
)

// kills is how often TestKills kills.
func kills() int {
	switch {
	case *killCount >= 0:
		return *killCount
	case racing:
		return 0
	case testing.Short():
		return 3
	default:
		return 6
	}
}

// figures are what TestKills reports.
type figures struct {
	Kills        int            `json:"kills"`
	ByPoint      map[string]int `json:"by_point"`
	RandomTime   int            `json:"random_time"`
	Sigterm      int            `json:"sigterm"`
	TemporalLost int            `json:"temporal_lost"`
	Orders       int            `json:"orders"`
	Invoices     int            `json:"invoices"`
	Duplicates   int            `json:"duplicates"`
	Missing      int            `json:"missing"`
	Differences  int            `json:"differences"`
	StraysLater  int            `json:"strays_later"` // pending orders that were left to a later look while the world was judged
	Seconds      int            `json:"seconds"`
}

// killer draws from its seed how each process of a world shall end.
type killer struct {
	*killWorld
	rng     *rand.Rand
	hits    map[string]int // the most hits of each point in one process so far
	figures figures
}

// TestKills kills a daemon again and again while a merchant's business goes on: by SIGKILL at crash points and at random
// times, in full flight and while it recovers from the kill before, with replies lost on the way as well. Whatever the
// moment, what is left is consistent; and once it is left in peace, every sale has its one invoice.
func TestKills(t *testing.T) {
	wanted := kills()
	if wanted == 0 {
		t.Skip("no kills")
	}
	t.Parallel()
	began := time.Now()
	k := &killer{
		killWorld: newKillWorld(t, *killSeed),
		rng:       rand.New(rand.NewPCG(*killSeed, 0xdead)),
		hits:      map[string]int{}, figures: figures{ByPoint: map[string]int{}},
	}
	k.acquaint()
	for k.figures.Kills < wanted {
		k.round()
		k.consistent()
		if k.figures.Kills%restEvery == 0 && k.figures.Kills < wanted {
			k.quiet()
		}
	}
	report := k.quiet()
	f := &k.figures
	f.StraysLater = k.strays
	f.Orders, f.Invoices, f.Missing = report.Orders, report.Invoices, len(report.Missing)
	f.Duplicates, f.Differences, f.Seconds = len(report.Duplicates), len(report.Differences), int(time.Since(began).Seconds())
	t.Log(f.table())
	f.write(t)
}

// acquaint kills the first processes at the points that no later one passes, then lets one show which others there are,
// and kills it as it works.
func (k *killer) acquaint() {
	for _, point := range onceInALifetime {
		k.killedAt(point, 1)
		k.consistent()
	}
	process := k.begin("")
	k.eventually("the first process works", func() bool { return len(k.sandbox.Books.Invoices()) >= 3 })
	process.kill(k.t)
	k.learn(process)
	k.figures.Kills++
	k.figures.RandomTime++
}

// round lets one process live and die.
func (k *killer) round() {
	if k.rng.IntN(100) < 40 {
		k.lossy.set(k.rng.Uint64() | 1)
	} else {
		k.lossy.set(0)
	}
	if k.rng.IntN(100) < 50 { // what Temporal remembers makes a restart slower, and without it other ways are gone
		k.figures.TemporalLost += k.forgetTemporal()
	}
	n := k.rng.IntN(100)
	switch {
	case n < 10:
		k.terminated(k.between(0, 3*time.Second))
	case n < 20: // while it starts and recovers
		k.killedAfter(k.between(0, 1200*time.Millisecond))
	case n < 30:
		k.killedAfter(k.between(time.Second, 4*time.Second))
	default:
		k.killedAt(k.drawPoint())
	}
}

// forgetTemporal removes the file of Temporal and gives 1, or 0 when the process before has not come as far as making it.
func (k *killer) forgetTemporal() int {
	if _, err := os.Stat(k.config.TemporalPath()); os.IsNotExist(err) {
		return 0
	}
	k.loseTemporal()
	return 1
}

func (k *killer) between(low, high time.Duration) time.Duration {
	return low + time.Duration(k.rng.Int64N(int64(high-low)))
}

// drawPoint picks one of the points seen so far, the dangerous ones more often, and at which of its hits to die.
func (k *killer) drawPoint() (point string, hit int) {
	risky := bothSides(dangerous)
	var urn []string
	for _, point := range slices.Sorted(maps.Keys(k.hits)) {
		weight := 1
		switch {
		case slices.Contains(onceInALifetime, point):
			continue
		case slices.Contains(risky, point):
			weight = 5
		}
		urn = append(urn, slices.Repeat([]string{point}, weight)...)
	}
	point = urn[k.rng.IntN(len(urn))]
	for hit = 1; hit < k.hits[point] && k.rng.IntN(2) == 0; hit++ { // the first hits are the likeliest
	}
	return point, hit
}

// killedAt lets a process kill itself at a point, or kills it where it is when it does not come there.
func (k *killer) killedAt(point string, hit int) {
	process := k.begin(fmt.Sprintf("%d %s", hit, point))
	reached := process.endsWithin(k.t, reachLimit)
	if !reached {
		process.kill(k.t)
	}
	_, died := process.passed(k.t)
	k.learn(process)
	k.figures.Kills++
	if died == "" {
		k.t.Logf("kill %d: at random, not having come to %s for the %d. time", k.figures.Kills, point, hit)
		k.figures.RandomTime++
		return
	}
	require.Equal(k.t, point, died)
	k.t.Logf("kill %d: %s, hit %d", k.figures.Kills, point, hit)
	k.figures.ByPoint[point]++
}

// killedAfter kills a process from outside, at whatever it does then.
func (k *killer) killedAfter(life time.Duration) {
	process := k.begin("")
	if !process.endsWithin(k.t, life) {
		process.kill(k.t)
	}
	k.learn(process)
	k.figures.Kills++
	k.figures.RandomTime++
	k.t.Logf("kill %d: after %s", k.figures.Kills, life)
}

// terminated stops a process as an operator does, as soon as it hears of such things or later.
func (k *killer) terminated(life time.Duration) {
	process := k.begin("")
	k.eventually("the process listens to signals", func() bool { _, err := os.Stat(process.points); return err == nil })
	require.False(k.t, process.endsWithin(k.t, life))
	process.stop(k.t)
	k.learn(process)
	k.figures.Sigterm++
}

func (k *killer) learn(process *daemon) {
	hits, _ := process.passed(k.t)
	for point, n := range hits {
		k.hits[point] = max(k.hits[point], n)
	}
	require.NoError(k.t, os.RemoveAll(process.points))
}

// table is the figures for people.
func (f *figures) table() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%d kills in %d s, %d of them at random times; %d stops by SIGTERM; Temporal's file lost %d times\n",
		f.Kills, f.Seconds, f.RandomTime, f.Sigterm, f.TemporalLost)
	fmt.Fprintf(&out, "%d orders, %d invoices: %d duplicates, %d missing, %d differences; %d strays left to a later look\n",
		f.Orders, f.Invoices, f.Duplicates, f.Missing, f.Differences, f.StraysLater)
	for _, point := range slices.Sorted(maps.Keys(f.ByPoint)) {
		fmt.Fprintf(&out, "%6d  %s\n", f.ByPoint[point], point)
	}
	return out.String()
}

func (f *figures) write(t *testing.T) {
	t.Helper()
	if *killReport == "" {
		return
	}
	text, err := json.MarshalIndent(f, "", "  ")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(*killReport, append(text, '\n'), 0o600))
}
