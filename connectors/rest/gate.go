package rest

import (
	"slices"
	"time"
)

// CloseGate lets nothing pass for d from now. A gate that is closed for longer stays so. Whoever waits and has no time
// until it opens is refused at once; when it opens, those who still wait go on by rank. It returns after what Keep asks
// for, with the gate closed all the while.
func (p *Pace) CloseGate(d time.Duration) {
	until := time.Now().Add(d)
	if keep := p.closeUntil(until); keep != nil {
		keep(until)
	}
}

// closeUntil closes the gate and gives whom to tell, nil for nobody.
func (p *Pace) closeUntil(until time.Time) (keep func(time.Time)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !until.After(p.gate) {
		return nil
	}
	now := time.Now()
	from := now
	if p.gate.After(now) {
		from = p.gate
	}
	p.gate = until
	p.metrics.gateClosed(p.vendor, until.Sub(from))
	for r := range p.queues {
		p.queues[r] = slices.DeleteFunc(p.queues[r], func(w *waiter) bool {
			if !w.late(until) {
				return false
			}
			w.refuse()
			return true
		})
	}
	p.arm(now)
	return p.keep
}

// Gate gives the time at which the gate opens; a time in the past means that it is open.
func (p *Pace) Gate() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gate
}

// Keep has f called with the time at which the gate opens, whenever that is later than before, so that it can be written
// down for the next process. It is called on the way of a request, possibly by several at once, and must not take long.
func (p *Pace) Keep(f func(until time.Time)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keep = f
}
