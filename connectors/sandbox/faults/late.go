package faults

import "time"

// defers has something done after a while, by nobody's request.
func (p *Plan) defers(after time.Duration, do func()) {
	p.mu.Lock()
	p.ready()
	p.late++
	ended := p.ended
	p.mu.Unlock()
	go func() {
		defer func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			if p.late--; p.late == 0 {
				p.idle.Broadcast()
			}
		}()
		timer := time.NewTimer(after)
		defer timer.Stop()
		select {
		case <-timer.C:
			do()
		case <-ended:
		}
	}()
}

// Pending tells how many requests the vendor will still act on late.
func (p *Plan) Pending() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.late
}

// Wait returns when no late request is pending.
func (p *Plan) Wait() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ready()
	for p.late > 0 {
		p.idle.Wait()
	}
}

// Close ends everything that waits: late requests that were not carried out yet never are, and silent ones break off. It
// returns when nothing is left running but the handlers themselves. It may be called more than once.
func (p *Plan) Close() {
	p.mu.Lock()
	p.ready()
	p.healed = true
	if !p.closed {
		p.closed = true
		close(p.ended)
	}
	p.mu.Unlock()
	p.Wait()
}

func (p *Plan) end() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ready()
	return p.ended
}
