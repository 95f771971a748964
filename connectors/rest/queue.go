package rest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"golang.org/x/time/rate"
)

// rereadEvery is the floor of re-reading: while live work always waits, one turn in so many is for re-reading. At
// Orderspace's limit of 60 that is 9 requests a minute, or 142 in a quarter of an hour, with 200 records to a page.
const rereadEvery = 6

// waiter is a request that waits for its turn.
type waiter struct {
	work     Work
	rank     rank
	number   int64     // in the order of coming
	deadline time.Time // after which its turn is of no use
	bound    bool      // there is a deadline

	done chan struct{} // closed when it need not wait any longer
	at   time.Time     // when its turn came
	err  error         // ErrNoTurn if none will come in time
}

func newWaiter(ctx context.Context, r rank) *waiter {
	w := &waiter{work: WorkOf(ctx), rank: r}
	w.deadline, w.bound = ctx.Deadline()
	return w
}

// late reports whether a turn at this time would be of no use.
func (w *waiter) late(at time.Time) bool { return w.bound && w.deadline.Before(at) }

func (w *waiter) refuse() {
	w.err = ErrNoTurn
	close(w.done)
}

// enter has w wait for its turn, which may come at once, or refuses it. Who enters again has the place it had.
func (p *Pace) enter(w *waiter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.number == 0 {
		p.came++
		w.number = p.came
	}
	place, _ := slices.BinarySearchFunc(p.queues[w.rank], w.number, func(other *waiter, number int64) int {
		return cmp.Compare(other.number, number)
	})
	now := time.Now()
	if w.late(p.soonest(w.rank, place, now)) {
		w.refuse()
		return
	}
	p.queues[w.rank] = slices.Insert(p.queues[w.rank], place, w)
	p.serve(now)
}

// leave takes w out of its queue; false if it is in none any more.
func (p *Pace) leave(w *waiter) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.Index(p.queues[w.rank], w)
	if i < 0 {
		return false
	}
	p.queues[w.rank] = slices.Delete(p.queues[w.rank], i, i+1)
	p.arm(time.Now())
	return true
}

// serve gives the turns that are there to those who are first, and sees to it that the next one is given when it comes.
// There is no goroutine behind it: it runs where somebody enters, and by a timer while somebody waits. p.mu is held.
func (p *Pace) serve(now time.Time) {
	for !p.gate.After(now) {
		r, ok := p.first(now)
		if !ok || !p.all.AllowN(now, 1) { // Invariant 8: the one place where turns come from
			break
		}
		p.give(r, now)
	}
	p.arm(now)
}

// first says which rank has the next turn, if one of those that wait may have it now.
func (p *Pace) first(now time.Time) (r rank, ok bool) {
	live := len(p.queues[rankLive]) > 0
	spare := within(p.spare, now, 1) == 0
	switch {
	case spare && len(p.queues[rankReread]) > 0 && (!live || p.passed >= rereadEvery-1):
		return rankReread, true
	case live:
		return rankLive, true
	case spare && len(p.queues[rankBackfill]) > 0:
		return rankBackfill, true
	default:
		return 0, false
	}
}

// give lets the first of a rank have a turn that was taken from the budget.
func (p *Pace) give(r rank, now time.Time) {
	w := p.queues[r][0]
	p.queues[r] = slices.Delete(p.queues[r], 0, 1)
	if r == rankLive {
		p.passed++ // also while no re-reading waits: what comes back for its next page has waited its share already
	} else {
		p.spare.AllowN(now, 1)
	}
	if r == rankReread {
		p.passed = 0
	}
	p.used[w.work]++
	p.metrics.turnGiven(p.vendor, w.work)
	w.at = now
	close(w.done)
}

// arm sets the timer to when the next turn can be given, or stops it when nobody waits.
func (p *Pace) arm(now time.Time) {
	if p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
	r := slices.IndexFunc(p.queues[:], func(queue []*waiter) bool { return len(queue) > 0 })
	if r < 0 {
		return
	}
	p.timer = time.AfterFunc(p.after(now, rank(r), 1, 1).Sub(now), func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.serve(time.Now())
	})
}

// soonest is when a place in a queue has its turn at best: after those who wait and go before it. The turns that re-reading
// takes from live work, and those who are yet to come, are left out.
func (p *Pace) soonest(r rank, place int, now time.Time) time.Time {
	live, reread := len(p.queues[rankLive]), len(p.queues[rankReread])
	switch r {
	case rankLive:
		return p.after(now, r, place+1, 0)
	case rankReread:
		return p.after(now, r, place+1, place+1)
	default:
		return p.after(now, r, live+reread+place+1, reread+place+1)
	}
}

// after is when the gate is open and the budget has had so many turns, and for all but live work its half so many.
func (p *Pace) after(now time.Time, r rank, all, spare int) time.Time {
	from := now
	if p.gate.After(now) {
		from = p.gate
	}
	wait := within(p.all, from, all)
	if r != rankLive {
		wait = max(wait, within(p.spare, from, spare))
	}
	return from.Add(wait)
}

// within is how long after a time a bucket has had n turns, if none is taken before that.
func within(bucket *rate.Limiter, from time.Time, n int) time.Duration {
	missing := float64(n) - bucket.TokensAt(from)
	// Rounded down, as the bucket itself does: what is missing less than a nanosecond is there.
	return max(0, time.Duration(missing/float64(bucket.Limit())*float64(time.Second)))
}
