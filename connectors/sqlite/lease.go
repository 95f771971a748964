package sqlite

import (
	"sync"
	"time"
)

// Leases are measured by time that has passed, not by the clock on the wall: a clock that is set forward must not end a
// lease while its request is on its way, and one that is set back must not make it last for ever. What has passed is
// known to the process that began the lease, and no lease outlives its process (see Recover). The time that is stored is
// for people, and for the case that another process looks.

// attempt names one attempt at a step.
type attempt struct {
	effect int64
	number int
}

func (r *effectRow) attempt() attempt { return attempt{effect: r.ID, number: r.Attempts} }

// leases are those that this process began.
type leases struct {
	steady func() time.Time // a clock that nobody sets

	mu   sync.Mutex
	ends map[attempt]time.Time // by the steady clock
}

// newLeases measures by steady. Without it, by the process's own clock if now is not given either, otherwise by now, as far
// as it moves forward.
func newLeases(steady, now func() time.Time) *leases {
	switch {
	case steady != nil:
	case now == nil:
		steady = time.Now // its monotonic reading is what counts
	default:
		steady = forward(now)
	}
	return &leases{steady: steady, ends: map[attempt]time.Time{}}
}

// forward is a clock that adds up how far another one moves forward; going back counts for nothing.
func forward(now func() time.Time) func() time.Time {
	var mu sync.Mutex
	last := now()
	sum := last
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		at := now()
		sum = sum.Add(max(at.Sub(last), 0))
		last = at
		return sum
	}
}

// begin begins the lease of an attempt. One that is rolled back is begun anew by the next claim, under the same name.
func (s *leases) begin(a attempt, length time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ends[a] = s.steady().Add(length)
}

// left is how much of a lease is left; false when it was not begun by this process.
func (s *leases) left(a attempt) (time.Duration, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	end, known := s.ends[a]
	return end.Sub(s.steady()), known
}

// over drops the lease of an attempt whose outcome is known.
func (s *leases) over(a attempt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.ends, a)
}

// clockMoved is the least difference between the clock and the time passed that is taken for a clock that was set.
const clockMoved = time.Second

// leaseUntil is the end of a lease by the clock as it is set now.
func (l *Ledger) leaseUntil(r *effectRow) time.Time {
	stored := instant(r.LeaseUntil)
	left, known := l.leases.left(r.attempt())
	if !known || stored.IsZero() {
		return stored
	}
	until := l.now().Add(left)
	if until.Sub(stored).Abs() < clockMoved {
		return stored
	}
	return until.UTC().Truncate(time.Millisecond)
}

// live reports whether somebody may be sending the request at this moment.
func (l *Ledger) live(r *effectRow) bool {
	return r.State == string(EffectSending) && l.now().Before(l.leaseUntil(r))
}
