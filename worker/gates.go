package worker

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"spacebridge/connectors/rest"
	"spacebridge/connectors/sqlite"
)

// Cursors under which closed gates outlive the process. They are no marks of how far something was read.
const (
	cursorGatePrefix = "gate_"
	cursorGateShop   = cursorGatePrefix + "orderspace"
	cursorGateBooks  = cursorGatePrefix + "spaceinvoices"
)

// isGate reports whether a cursor is a gate's.
func isGate(cursor string) bool { return strings.HasPrefix(cursor, cursorGatePrefix) }

const (
	gateValue   = "closed until "         // before the time, so that nobody takes it for a watermark
	longestGate = time.Hour + time.Second // no vendor is believed to ask for more, see rest.RetryAfter
	gateCommit  = 2 * time.Second         // how long the request that was told 429 waits for the ledger
)

// gate carries the closed gate of one pace over a restart.
//
// Invariant 8: after a 429 nothing is sent for the time asked, also not by the process after this one.
type gate struct {
	ledger      *sqlite.Ledger
	now         func() time.Time // the ledger's clock
	log         *slog.Logger
	name        string   // of the cursor
	connections []string // that share the pace, each of which keeps it

	mu      sync.Mutex
	wanted  time.Time // what is to be in the ledger
	stored  time.Time // what is
	storing bool
}

// reopen closes the gate of a pace for as long as the process before this one was told to be silent, and has the pace's
// closings written down from now on.
func (g *gate) reopen(ctx context.Context, pace *rest.Pace) error {
	for _, connection := range g.connections {
		cursor, found, err := g.ledger.Cursor(ctx, connection, g.name)
		if err != nil {
			return fmt.Errorf("read how long a vendor asked for silence: %w", err)
		}
		if !found {
			continue
		}
		if left := silence(cursor, g.now()); left > 0 {
			pace.CloseGate(left)
			g.log.InfoContext(ctx, "a vendor asked for silence before the start", "connection", connection, "gate", g.name, "seconds", int(left.Seconds()))
		}
	}
	ctx = context.WithoutCancel(ctx)
	pace.Keep(func(until time.Time) { g.keep(ctx, until) })
	return nil
}

// silence is how much is left of a closing. It is never more than was asked for when it was written down, whatever the
// clock has done since; what cannot be read is nothing.
func silence(cursor sqlite.Cursor, now time.Time) time.Duration {
	text, ok := strings.CutPrefix(cursor.Value, gateValue)
	until, err := time.Parse(time.RFC3339, text)
	if !ok || err != nil {
		return 0
	}
	return min(until.Sub(now), until.Sub(cursor.UpdatedAt), longestGate)
}

// keep writes down until when the gate is closed. One caller writes and the others go on: what they bring is written too.
func (g *gate) keep(ctx context.Context, until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if until.After(g.wanted) {
		g.wanted = until
	}
	if g.storing {
		return
	}
	g.storing = true
	defer func() { g.storing = false }()
	for g.wanted.After(g.stored) {
		// A second more makes one commit of a burst of answers that all say the same.
		through := g.wanted.Add(time.Second)
		if err := g.store(ctx, through); err != nil {
			g.log.ErrorContext(ctx, "a closed gate is not written down and would not outlive this process", "gate", g.name, "error", err)
			g.wanted = g.stored // the next closing tries again
			return
		}
		g.stored = through
	}
}

// store commits a closing, without the lock meanwhile.
func (g *gate) store(ctx context.Context, until time.Time) error {
	g.mu.Unlock()
	defer g.mu.Lock()
	ctx, cancel := context.WithTimeout(ctx, gateCommit)
	defer cancel()
	// The times in here are those of this process, which nobody sets; what is written down is by the ledger's clock.
	value := gateValue + g.now().Add(time.Until(until)).UTC().Format(time.RFC3339)
	for _, connection := range g.connections {
		if err := g.ledger.AdvanceCursor(ctx, connection, g.name, value); err != nil {
			return fmt.Errorf("connection %s: %w", connection, err)
		}
	}
	return nil
}
