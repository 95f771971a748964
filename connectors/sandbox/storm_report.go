package sandbox

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// StormDelivery is one delivery of a storm.
type StormDelivery struct {
	Number int               // counted from 0, in the order in which they were due
	Body   [sha256.Size]byte // the SHA-256 of the body
}

// StormReport is what came of a storm.
type StormReport struct {
	Sent     int             // deliveries
	Bytes    int64           // of their bodies
	Accepted []StormDelivery // those answered 200, by number: the receiver has promised to keep them
	Statuses map[int]int     // answers by status
	Failures map[string]int  // deliveries without an answer: refused, broken, timeout, cancelled, other
	Elapsed  time.Duration   // until the last answer
	Behind   time.Duration   // how late a delivery left at most because too many were under way

	// How long the 200s took, from the first byte sent to the reply's header. 0 without any.
	P50, P99, Max time.Duration

	mu    sync.Mutex
	times []time.Duration
}

// Rate is how many deliveries a second were sent, rounded.
func (r *StormReport) Rate() int {
	if r.Elapsed <= 0 {
		return 0
	}
	return int((int64(r.Sent)*int64(time.Second) + int64(r.Elapsed)/2) / int64(r.Elapsed))
}

// note counts one delivery.
func (r *StormReport) note(d sent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Sent++
	r.Bytes += int64(d.size)
	if d.err != nil {
		r.Failures[failure(d.err)]++
		return
	}
	r.Statuses[d.status]++
	if d.status == 200 {
		r.Accepted = append(r.Accepted, d.StormDelivery)
		r.times = append(r.times, d.took)
	}
}

// finish reckons what is known only at the end.
func (r *StormReport) finish(elapsed time.Duration) {
	r.Elapsed = elapsed
	slices.SortFunc(r.Accepted, func(a, b StormDelivery) int { return a.Number - b.Number })
	slices.Sort(r.times)
	if n := len(r.times); n > 0 {
		r.P50, r.P99, r.Max = r.times[(n-1)/2], r.times[(n-1)*99/100], r.times[n-1]
	}
}

// String writes the report for people.
func (r *StormReport) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%d deliveries (%d MB) in %s: %d a second\n", r.Sent, r.Bytes>>20, r.Elapsed.Round(time.Millisecond), r.Rate())
	fmt.Fprintf(&out, "answered 200: %d", len(r.Accepted))
	for _, status := range slices.Sorted(maps.Keys(r.Statuses)) {
		if status != 200 {
			fmt.Fprintf(&out, ", %d: %d", status, r.Statuses[status])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Failures)) {
		fmt.Fprintf(&out, ", %s: %d", name, r.Failures[name])
	}
	rounded := func(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }
	fmt.Fprintf(&out, "\nuntil a 200: half within %s, 99 of 100 within %s, all within %s; at most %s behind\n",
		rounded(r.P50), rounded(r.P99), rounded(r.Max), rounded(r.Behind))
	return out.String()
}
