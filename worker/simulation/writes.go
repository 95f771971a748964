package simulation

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"
)

// write is one request that changes the books, as it left.
type write struct {
	sale    string // connection and id
	effect  int
	attempt int
	step    string
	seq     int // of the effect log when it left
	at      time.Time
}

// writes remembers the last write of every sale of which nobody but the vendor knows whether it was done.
type writes struct {
	mu   sync.Mutex
	last map[string]write
}

// forget is told of a write that was certainly not carried out.
func (l *writes) forget(w write) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last[w.sale] == w {
		delete(l.last, w.sale)
	}
}

// reset is told that the ledger is another one: what it says of earlier writes is not what was known.
func (l *writes) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = map[string]write{}
}

// leave checks a write against the one before it of the same sale, and says what is wrong, "" for nothing.
//
// Invariant 3: an attempt leaves once. Before another write of the sale leaves, the ledger must hold the outcome of the one
// before or a look for it; before the same irreversible step leaves again, the settle window must have passed.
func (l *writes) leave(ctx context.Context, file *sql.DB, w write, settle time.Duration) string {
	l.mu.Lock()
	before, known := l.last[w.sale]
	l.last[w.sale] = w
	l.mu.Unlock()
	if !known {
		return ""
	}
	if before.effect == w.effect && before.attempt == w.attempt {
		return fmt.Sprintf("attempt %d left twice", w.attempt)
	}
	var closed, looked int
	err := file.QueryRowContext(ctx, `SELECT coalesce(sum(to_state IN ('done', 'rejected')), 0), coalesce(sum(from_state = 'unknown'), 0) FROM effect_log
		WHERE effect_id = ? AND seq > ?`, before.effect, before.seq).Scan(&closed, &looked)
	switch {
	case err != nil:
		return ""
	case closed > 0:
		return ""
	case looked == 0:
		return fmt.Sprintf("%s left again without a look for what became of attempt %d at %s", w.step, before.attempt, before.step)
	case w.step == "issue" && before.step == "issue" && w.at.Sub(before.at) < settle:
		return fmt.Sprintf("issue left again %s after an attempt without outcome", w.at.Sub(before.at))
	}
	return ""
}
