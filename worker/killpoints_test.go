package worker_test

import (
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox/faults"
	"spacebridge/worker"
)

// A crash point is a moment at which a process can die: "before" or "after" a transaction of the ledger is committed, a
// request leaves, or its reply has come. These are the names of all that a daemon passes, without the two words in front.
var (
	ledgerWrites = []string{
		"migrate", "recover", "set_issue_from", "advance_cursor", "save_records", "mark_gone", "mark_dirty", "record_decision", "command",
		"claim_effect", "finish_effect", "note_lookup", "adopt_books", "note_strays", "clear_strays", "set_problem", "clear_problem",
		"tally", "receive", "intend_subscription", "keep_subscription", "retire_subscription", "prune_inbox",
	}
	vendorRequests = []string{
		"request POST /oauth/token",
		"request GET /v1/orders", "request GET /v1/orders/{id}", "request GET /v1/invoices", "request GET /v1/invoices/{id}",
		"request GET /v1/dispatches", "request GET /v1/dispatches/{id}", "request GET /v1/customers", "request GET /v1/customers/{id}",
		"request GET /v1/webhooks", "request POST /v1/webhooks", "request PUT /v1/webhooks/{id}", "request DELETE /v1/webhooks/{id}",
		"request GET /order-integrations/{id}", "request GET /orders", "request GET /orders/{id}", "request POST /orders",
		"request PATCH /orders/{id}", "request POST /orders/{id}/process", "request POST /orders/{id}/cancel", "request DELETE /orders/{id}",
	}
	// dangerous are those around which a second invoice or a lost one would be made.
	dangerous = []string{
		"claim_effect", "finish_effect", "note_lookup", "record_decision", "save_records", "advance_cursor",
		"request POST /orders", "request POST /orders/{id}/process",
	}
)

// onceInALifetime are passed only by the process that makes the ledger; in this order two processes die at them.
var onceInALifetime = []string{"before migrate", "after migrate"}

// crashPoints lists every crash point of a daemon, sorted.
func crashPoints() []string {
	return bothSides(slices.Concat(ledgerWrites, vendorRequests))
}

func bothSides(names []string) []string {
	var points []string
	for _, name := range names {
		points = append(points, "before "+name, "after "+name)
	}
	slices.Sort(points)
	return points
}

// diedMark begins the last line that a process writes down when it dies at the point it was meant to die at.
const diedMark = "died "

// manyHits is how often a point is written down by one process; more often says nothing new.
const manyHits = 8

// fate sees a daemon pass its crash points, writes them down, and ends it at the one it is meant to die at.
type fate struct {
	mu    sync.Mutex
	seen  map[string]int
	file  *os.File
	point string
	hit   int
}

// fateOf reads the words that a daemon was started with: the file to write its points to, and at which hit of which point
// it is to kill itself, such as "3 before claim_effect". No words mean no fate.
func fateOf(words []string) (*fate, error) {
	if len(words) != 2 {
		return nil, nil
	}
	file, err := os.OpenFile(words[0], os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	f := &fate{seen: map[string]int{}, file: file}
	hit, point, found := strings.Cut(words[1], " ")
	if !found {
		return f, nil
	}
	f.point = point
	if f.hit, err = strconv.Atoi(hit); err != nil {
		return nil, err
	}
	return f, nil
}

// pass is told of every point. At the fatal one it does not return, and nothing else of the process goes past a point.
func (f *fate) pass(point string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen[point]++
	hits := f.seen[point]
	if point == f.point && hits == f.hit {
		if _, err := f.file.WriteString(diedMark + point + "\n"); err != nil {
			return err
		}
		killSelf()
	}
	if hits > manyHits {
		return nil
	}
	_, err := f.file.WriteString(point + "\n")
	return err
}

// killSelf ends this process as SIGKILL does: no deferred call runs, no buffer is written, no lock is given back in order.
func killSelf() {
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Kill()
	}
	select {} // the signal is on its way
}

// watch puts the points of a request around a transport.
func (f *fate) watch(next http.RoundTripper) http.RoundTripper { return watched{f, next} }

type watched struct {
	fate *fate
	next http.RoundTripper
}

// RoundTrip sends a request between two points; after a failure, too, the process has come past the second.
func (w watched) RoundTrip(r *http.Request) (*http.Response, error) {
	name := "request " + r.Method + " " + routeOf(r.URL.Path)
	if err := w.fate.pass("before " + name); err != nil {
		return nil, err
	}
	response, err := w.next.RoundTrip(r)
	if failed := w.fate.pass("after " + name); failed != nil && err == nil {
		_ = response.Body.Close()
		return nil, failed
	}
	return response, err
}

// routeWords are the parts of paths that are no ids.
var routeWords = strings.Fields("v1 oauth token orders invoices dispatches customers order-integrations webhooks process cancel reissue")

// routeOf is the path with {id} in place of every id.
func routeOf(path string) string {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, part := range parts {
		if !slices.Contains(routeWords, part) {
			parts[i] = "{id}"
		}
	}
	return "/" + strings.Join(parts, "/")
}

// attach makes a daemon pass its points before this fate.
func (f *fate) attach(o *worker.Options) {
	if f != nil {
		o.Probe, o.Transport = f.pass, f.watch
	}
}

// TestCrashPointsOfAProcess keeps the list of crash points true: a daemon with faults around it passes every dangerous one
// and none that is not listed.
func TestCrashPointsOfAProcess(t *testing.T) {
	notRacing(t)
	t.Parallel()
	w := newKillWorld(t, 61)
	w.lossy.set(61, faults.ResetBefore, faults.ResetAfter) // those that are over at once
	process := w.begin("")
	want := bothSides(dangerous)
	w.eventually("every dangerous point is passed", func() bool {
		passed, _ := process.passed(t)
		return !slices.ContainsFunc(want, func(point string) bool { return passed[point] == 0 })
	})
	w.lossy.set(0)
	process.stop(t)
	passed, died := process.passed(t)
	require.Empty(t, died)
	listed := crashPoints()
	for _, point := range slices.Sorted(maps.Keys(passed)) {
		require.Contains(t, listed, point, "a crash point that is not listed")
	}
	w.quiet()
}
