package simulation

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// maxTrace bounds the events that are kept: the last ones tell the most.
const maxTrace = 6_000

// trace is what happened in a world, in order.
type trace struct {
	mu      sync.Mutex
	from    time.Time
	events  []event
	dropped int
}

type event struct {
	at   time.Duration
	who  string
	what string
}

func newTrace() *trace { return &trace{from: time.Now()} }

// note adds an event. It must be cheap: every request and every commit of every seed is noted.
func (t *trace) note(who, what string) {
	at := time.Since(t.from)
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.events) >= maxTrace {
		half := maxTrace / 2
		t.dropped += half
		t.events = append(t.events[:0], t.events[half:]...)
	}
	t.events = append(t.events, event{at: at, who: who, what: what})
}

func (t *trace) notef(who, format string, args ...any) { t.note(who, fmt.Sprintf(format, args...)) }

// about gives the events that mention any of the words, and those that concern everybody; with no words, all of them.
func (t *trace) about(words ...string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var b strings.Builder
	if t.dropped > 0 {
		fmt.Fprintf(&b, "(%d earlier events are not kept)\n", t.dropped)
	}
	for _, e := range t.events {
		if !e.mentions(words) {
			continue
		}
		day := e.at / (24 * time.Hour)
		rest := e.at % (24 * time.Hour)
		fmt.Fprintf(&b, "day %2d %02d:%02d:%06.3f  %-9s %s\n", day, int(rest.Hours()), int(rest.Minutes())%60, rest.Seconds()-60*float64(int(rest.Minutes())), e.who, e.what)
	}
	return b.String()
}

func (e event) mentions(words []string) bool {
	if len(words) == 0 || e.who == "world" || e.who == "process" {
		return true
	}
	for _, word := range words {
		if word != "" && strings.Contains(e.what, word) {
			return true
		}
	}
	return false
}
