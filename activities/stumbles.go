package activities

import (
	"slices"
	"sync"
	"time"

	"spacebridge/connectors/rest"
	"spacebridge/mapping/trade"
)

// stumbles remembers the records that could not be read although others could. They come last and ever less often, so that
// a record which Orderspace cannot show keeps no other from its turn and does not use up the budget. It is lost with the
// process, which costs a few reads.
type stumbles struct {
	mu sync.Mutex
	of map[stumbleKey]stumble
}

type stumbleKey struct {
	connection string
	ref        trade.Ref
}

type stumble struct {
	times int
	last  time.Time
}

const (
	stumbleFirst = 30 * time.Second // after the first failure, and twice as long after each further one
	stumbleMost  = 30 * time.Minute
	stumbleCount = 10_000 // more are not remembered
)

// note files how a read of a record ended. What says nothing about the record, such as an outage, is left out.
func (s *stumbles) note(connection string, ref trade.Ref, class rest.Class, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := stumbleKey{connection, ref}
	switch class {
	case "", rest.NotFound:
		delete(s.of, key)
	case rest.Unknown, rest.Rejected:
		if s.of == nil || len(s.of) >= stumbleCount {
			s.of = map[stumbleKey]stumble{}
		}
		s.of[key] = stumble{times: s.of[key].times + 1, last: now}
	default: // the connection's trouble and not the record's
	}
}

// fit gives those of the records whose turn it may be, the ones that never failed first.
func (s *stumbles) fit(connection string, all []wanted, now time.Time) []wanted {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.of) == 0 {
		return all
	}
	failed := func(w wanted) stumble { return s.of[stumbleKey{connection, w.ref}] }
	fit := slices.DeleteFunc(slices.Clone(all), func(w wanted) bool {
		f := failed(w)
		return f.times > 0 && now.Sub(f.last) < min(stumbleFirst<<min(f.times-1, 10), stumbleMost)
	})
	slices.SortStableFunc(fit, func(x, y wanted) int { return failed(x).times - failed(y).times })
	return fit
}
