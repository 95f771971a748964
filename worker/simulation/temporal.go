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

// run is one open workflow that can be signalled: of a sale, or of an inbox.
type run struct {
	id      string
	name    string
	loop    func(workflows.Engine) error
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

// newRun makes the workflow of a loop.
func newRun(id, name string, loop func(workflows.Engine) error) *run {
	return &run{id: id, name: name, loop: loop, words: map[string][]workflows.Word{}, wake: make(chan struct{}, 1)}
}

// saleRun is the workflow of a sale.
func saleRun(in activities.SaleInput) *run {
	return newRun(workflows.SyncSaleID(in.Connection, in.SaleID), in.Connection+" "+in.SaleID, func(e workflows.Engine) error { return workflows.SyncSaleOn(e, in) })
}

// inboxRun is the workflow that reads what webhooks told of a connection.
func inboxRun(connection string) *run {
	in := activities.PlanReadsInput{Connection: connection}
	return newRun(workflows.DrainInboxID(connection), "inbox "+connection, func(e workflows.Engine) error { _, err := workflows.DrainInboxOn(e, in); return err })
}

// signal starts or wakes a workflow, and reports its run and whether it must be started.
func (s *temporalServer) signal(wanted *run) (*run, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.runs[wanted.id]
	if !ok {
		r = wanted
		s.runs[wanted.id] = r
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
	slices.SortFunc(out, func(a, b *run) int { return strings.Compare(a.id, b.id) })
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
	if s.runs[r.id] == r {
		delete(s.runs, r.id)
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
