package worker_test

import (
	"bufio"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox"
	"spacebridge/connectors/sandbox/faults"
)

// killWorld is a house whose merchant never rests and whose daemon is a process of its own, made to die again and again
// on the same data.
type killWorld struct {
	*house
	business sync.Mutex // held while the merchant rests
	begun    int        // processes so far
}

func newKillWorld(t *testing.T, seed uint64) *killWorld {
	t.Helper()
	w := &killWorld{house: newHouse(t, seed)}
	t.Cleanup(w.lossy.close)
	now := time.Now().UTC()
	require.NoError(t, w.merchant.History(now.AddDate(0, 0, -30), now, 40))
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan error, 1)
	go func() { over <- w.live(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-over, "the merchant's business")
	})
	return w
}

// pace is how often something happens in the shop: often enough that every process finds work.
const pace = 120 * time.Millisecond

// live is the merchant's business, one thing after the other.
func (w *killWorld) live(ctx context.Context) error {
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			w.business.Lock()
			_, err := w.merchant.Step(now.UTC())
			w.business.Unlock()
			if err != nil {
				return err
			}
		}
	}
}

// quiet lets the merchant rest and waits until the daemon that is started now has brought everything to its end, which is
// then judged as a whole.
func (w *killWorld) quiet() sandbox.Report {
	w.t.Helper()
	w.lossy.set(0)
	w.business.Lock()
	defer w.business.Unlock()
	process := w.begin("")
	w.rest()
	process.stop(w.t)
	w.sound()
	return w.exactlyOnce()
}

// daemon is one process.
type daemon struct {
	*exec.Cmd
	points string // file that it writes its crash points to
	ended  chan error
	log    *safeBuffer
}

// begin starts a daemon; die says at which hit of which point it kills itself, "" for never.
func (w *killWorld) begin(die string) *daemon {
	w.t.Helper()
	w.begun++
	w.log = &safeBuffer{} // of this process alone: hundreds may follow
	d := &daemon{points: filepath.Join(filepath.Dir(w.config.DataDir), "points."+strconv.Itoa(w.begun)), ended: make(chan error, 1), log: w.log}
	d.Cmd = w.spawn(d.points, die)
	go func() { d.ended <- d.Wait() }()
	return d
}

// passed counts the points a process has passed, and gives the one it died at.
func (d *daemon) passed(t *testing.T) (hits map[string]int, died string) {
	t.Helper()
	file, err := os.Open(d.points)
	if os.IsNotExist(err) {
		return nil, ""
	}
	require.NoError(t, err)
	defer file.Close()
	hits = map[string]int{}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if point, last := strings.CutPrefix(lines.Text(), diedMark); last {
			died = point
		} else {
			hits[lines.Text()]++
		}
	}
	require.NoError(t, lines.Err())
	return hits, died
}

// endsWithin reports whether the process ended by a SIGKILL in time. Any other end is a fault.
func (d *daemon) endsWithin(t *testing.T, limit time.Duration) bool {
	t.Helper()
	select {
	case err := <-d.ended:
		require.True(t, killed(d.Cmd), "the daemon ended by itself: %v\n%s", err, tail(d.log.String(), 2500))
		return true
	case <-time.After(limit):
		return false
	}
}

// kill sends SIGKILL and waits for the end.
func (d *daemon) kill(t *testing.T) {
	t.Helper()
	_ = d.Process.Kill() // it may just have died by itself
	require.True(t, d.endsWithin(t, patience), "SIGKILL")
}

// stop sends SIGTERM and waits for the clean end.
func (d *daemon) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, d.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-d.ended:
		require.NoError(t, err, "SIGTERM is a clean end\n%s", tail(d.log.String(), 2500))
	case <-time.After(patience):
		t.Fatalf("the daemon does not stop\n%s", tail(d.log.String(), 2500))
	}
}

func killed(c *exec.Cmd) bool {
	status, ok := c.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// lossyWay is a way to the books on which requests and replies get lost, as long as there is a plan for it.
type lossyWay struct {
	mu   sync.Mutex
	plan *faults.Plan
	old  []*faults.Plan // healed; late requests of theirs may still be carried out
}

// set begins a new series of losses, of some kinds or of all, or ends them with 0.
func (l *lossyWay) set(seed uint64, kinds ...faults.Kind) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.plan != nil {
		l.plan.Heal()
		l.old, l.plan = append(l.old, l.plan), nil
	}
	if seed == 0 {
		return
	}
	l.plan = &faults.Plan{
		Seed: seed,
		Reads: map[faults.Kind]int{
			faults.BadGatewayBefore: 20, faults.ResetBefore: 10, faults.Truncated: 10,
		},
		Writes: map[faults.Kind]int{ // more are carried out than not: the lost reply is what makes second invoices elsewhere
			faults.ResetBefore: 80, faults.ErrorBefore: 30,
			faults.ResetAfter: 120, faults.LostReply: 30, faults.UnavailableAfter: 50, faults.GatewayTimeoutAfter: 30,
			faults.HTML: 20, faults.Truncated: 30, faults.Late: 30,
		},
		// Later than the client gave up, and within the settle window of these tests.
		Late: faults.Range{Min: 300 * time.Millisecond, Max: 1500 * time.Millisecond},
	}
	l.plan.Only(kinds...)
}

// serve passes a request on, or does with it what the plan says.
func (l *lossyWay) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	l.mu.Lock()
	plan := l.plan
	l.mu.Unlock()
	if plan != nil {
		next = plan.Handler(next)
	}
	next.ServeHTTP(w, r)
}

// settled is true when no lost request can be carried out any more.
func (l *lossyWay) settled() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !slices.ContainsFunc(l.old, func(p *faults.Plan) bool { return p.Pending() > 0 })
}

// close ends all plans; what is late is never carried out.
func (l *lossyWay) close() {
	l.set(0)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, plan := range l.old {
		plan.Close()
	}
}
