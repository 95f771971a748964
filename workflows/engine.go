package workflows

import (
	"time"

	"go.temporal.io/sdk/log"

	"spacebridge/activities"
)

// Engine is what the workflows need of Temporal. Temporal itself satisfies it (see temporal.go), and so does the simulation,
// which runs the very same loops for simulated weeks with faults that no real server can be asked for.
type Engine interface {
	// Call runs an activity and puts its result into out, nil for none. How long it may take and how often it is tried again
	// is a matter of its kind.
	Call(kind Call, summary string, activity, in, out any) error
	// Sleep waits. Nothing but the end of the workflow cuts it short.
	Sleep(wait time.Duration, summary string) error
	// Listen waits for a signal or for the time given; 0 waits for a signal alone. It takes none.
	Listen(wait time.Duration, summary string)
	// Heard reports whether a signal waits.
	Heard() bool
	// News takes every signal that says only that something has changed.
	News()
	// Word takes the oldest of an operator's words of that kind, false when there is none.
	Word(kind string) (Word, bool)
	// Ended is the error that a workflow ends with once it was cancelled, nil until then.
	Ended() error
	// LongHistory reports that it is time to begin anew.
	LongHistory() bool
	// Tell shows people where the workflow stands.
	Tell(details string)
	// File makes a sale findable by its order number, state and hold.
	File(number, state, hold string)
	// Log is the workflow's log, silent in a replay.
	Log() log.Logger
}

// Call is a kind of activity: how long it may take and what happens when it fails.
type Call int

// The kinds of activities.
const (
	CallLedger Call = iota // touches the ledger only: quick, tried again until the disk answers
	CallRead               // one read over HTTP, tried again, slower and slower, for as long as it takes
	CallList               // a read that others wait behind: it gives up after some minutes, and the next scheduled run tries again
	CallOne                // one of many single reads: tried a few times, so that the others have their turn
	CallRelay              // wakes sales
	CallStep               // one change to the books: never tried again by Temporal, the loop decides what comes next
)

// act names the activities for the calls; it is never dereferenced.
var act *activities.Activities
