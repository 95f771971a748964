package shop

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// window is the span that the documented limit counts in.
const window = time.Minute

// RequestStats say how well clients kept to the limit.
type RequestStats struct {
	Count         int            // all requests, refused ones and token requests included
	TooMany       int            // answered 429
	MostInMinute  int            // the most requests that came in any 60 s
	DuringPenalty int            // came after a 429, before the time asked was over: a violation each
	ByRoute       map[string]int // admitted requests by method and route, "GET /v1/orders/{id}"
}

// limiter counts requests over a sliding window. Breaking the limit starts a penalty.
type limiter struct {
	perMinute int
	penalty   time.Duration
	now       func() time.Time

	mu           sync.Mutex
	admitted     []time.Time // in the window before the latest request
	arrived      []time.Time // the same, with those refused
	blockedUntil time.Time
	stats        RequestStats
}

func newLimiter(perMinute int, penalty time.Duration, now func() time.Time) *limiter {
	return &limiter{perMinute: perMinute, penalty: penalty, now: now, stats: RequestStats{ByRoute: map[string]int{}}}
}

// admit counts a request and reports whether it may pass.
func (l *limiter) admit() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	l.stats.Count++
	l.arrived = append(recent(l.arrived, now), now)
	l.stats.MostInMinute = max(l.stats.MostInMinute, len(l.arrived))
	if l.perMinute < 0 {
		return true
	}
	if now.Before(l.blockedUntil) {
		l.stats.DuringPenalty++
		l.stats.TooMany++
		return false
	}
	l.admitted = recent(l.admitted, now)
	if len(l.admitted) >= l.perMinute {
		l.stats.TooMany++
		l.blockedUntil = now.Add(l.penalty)
		return false
	}
	l.admitted = append(l.admitted, now)
	return true
}

// recent drops what is a whole window old or older.
func recent(times []time.Time, now time.Time) []time.Time {
	oldest := now.Add(-window)
	first := slices.IndexFunc(times, func(t time.Time) bool { return t.After(oldest) })
	if first < 0 {
		return times[:0]
	}
	return times[first:]
}

// saw notes which route a request that passed was for.
func (l *limiter) saw(route string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stats.ByRoute[route]++
}

// Requests returns what was counted at both handlers since the start or the last ResetRequests.
func (s *Shop) Requests() RequestStats {
	s.limit.mu.Lock()
	defer s.limit.mu.Unlock()
	stats := s.limit.stats
	stats.ByRoute = maps.Clone(stats.ByRoute)
	return stats
}

// ResetRequests sets the counts to zero. The limit itself goes on: what was sent before still counts against it.
func (s *Shop) ResetRequests() {
	s.limit.mu.Lock()
	defer s.limit.mu.Unlock()
	s.limit.stats = RequestStats{ByRoute: map[string]int{}}
}
