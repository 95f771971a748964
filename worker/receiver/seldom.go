package receiver

import (
	"sync"
	"time"
)

// seldom keeps what strangers can cause from filling the log. Keys must be few: names of connections.
type seldom struct {
	every time.Duration

	mu    sync.Mutex
	last  map[string]time.Time
	since map[string]int
}

func newSeldom(every time.Duration) *seldom {
	return &seldom{every: every, last: map[string]time.Time{}, since: map[string]int{}}
}

// due reports whether something is to be said about key now, and how many times it was not since the last time.
func (s *seldom) due(key string) (unsaid int, now bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last, said := s.last[key]; said && time.Since(last) < s.every {
		s.since[key]++
		return 0, false
	}
	unsaid = s.since[key]
	s.last[key], s.since[key] = time.Now(), 0
	return unsaid, true
}
