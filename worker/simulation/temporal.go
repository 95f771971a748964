package simulation

import (
	"slices"
	"strings"
	"sync"

	"spacebridge/activities"
	"spacebridge/workflows"
)

// temporalServer keeps what Temporal keeps: which workflows are open and what was signalled to them. It outlives the processes.
type temporalServer struct {
	mu   sync.Mutex
	runs map[string]*run
}

// run is one open workflow of a sale.
type run struct {
	in      activities.SaleInput
	changed int
	words   map[string][]workflows.Word
	unsaid  func()        // gives back a word that was taken and is not yet written down
	wake    chan struct{} // a signal has come
	busy    bool          // a process works on it
}

func newTemporalServer() *temporalServer { return &temporalServer{runs: map[string]*run{}} }

// forget is the loss of Temporal's file.
func (s *temporalServer) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs = map[string]*run{}
}

// signal starts or wakes the workflow of a sale, and reports the run and whether it must be started.
func (s *temporalServer) signal(in activities.SaleInput) (*run, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := workflows.SyncSaleID(in.Connection, in.SaleID)
	r, ok := s.runs[id]
	if !ok {
		r = &run{in: in, words: map[string][]workflows.Word{}, wake: make(chan struct{}, 1)}
		s.runs[id] = r
	}
	r.changed++
	r.nudge()
	start := !r.busy
	r.busy = true
	return r, start
}

func (r *run) nudge() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// idle gives the open runs that nobody works on, and marks them as worked on.
func (s *temporalServer) idle() []*run {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*run
	for _, r := range s.runs {
		if !r.busy {
			r.busy = true
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *run) int { return strings.Compare(a.in.Connection+a.in.SaleID, b.in.Connection+b.in.SaleID) })
	return out
}

// end closes a run, unless a signal came after the loop had decided to end.
func (s *temporalServer) end(r *run) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.changed > 0 {
		return false
	}
	r.busy = false
	id := workflows.SyncSaleID(r.in.Connection, r.in.SaleID)
	if s.runs[id] == r {
		delete(s.runs, id)
	}
	return true
}

// abandon leaves a run open for the next process.
func (s *temporalServer) abandon(r *run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.busy = false
	if r.unsaid != nil {
		r.unsaid()
		r.unsaid = nil
	}
}

// say gives an operator's word to an open workflow, and reports whether there is one.
func (s *temporalServer) say(connection, sale, kind string, word workflows.Word) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.runs[workflows.SyncSaleID(connection, sale)]
	if ok {
		r.words[kind] = append(r.words[kind], word)
		r.nudge()
	}
	return ok
}

// said notes that the last word taken is written down.
func (s *temporalServer) said(r *run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.unsaid = nil
}
