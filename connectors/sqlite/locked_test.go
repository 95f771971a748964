package sqlite

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestChildHold(t *testing.T) {
	if *childHold == "" {
		t.Skip("runs as another process only")
	}
	other, err := connect(t.Context(), writerDSN(*childHold, busyWait), 1)
	require.NoError(t, err)
	tx, err := other.Beginx() // takes the lock
	require.NoError(t, err)
	_, err = tx.Exec(`DELETE FROM cursors`)
	require.NoError(t, err)
	sleepUntilKilled()
}

// Somebody has the ledger open in a tool and forgot to commit. Writes wait, give up, say why, and leave nothing behind;
// reads go on; and when the other process is gone, the same call succeeds.
func TestEveryWriteMeetsALockedLedger(t *testing.T) {
	for _, a := range acts() {
		t.Run(a.name, func(t *testing.T) {
			const wait = 30 * time.Millisecond
			l := a.ready(t, Options{busyWait: wait})
			old := dump(t, l)
			child := startChild(t, "TestChildHold", "child-hold", l.path)
			begun := time.Now()
			err := a.do(t.Context(), l)
			require.ErrorIs(t, err, ErrWriteLocked)
			require.ErrorContains(t, err, "another process keeps the ledger locked")
			require.GreaterOrEqual(t, time.Since(begun), wait)
			require.False(t, l.Full())
			require.Equal(t, old, dump(t, l), "and what the other one did not commit is not seen")
			kill(t, child)
			require.NoError(t, a.do(t.Context(), l))
			require.NotEqual(t, old, dump(t, l))
			intact(t, l)
		})
	}
}

// A lock that is given back in time is waited for.
func TestALockOfAMomentIsWaitedFor(t *testing.T) {
	l, _ := open(t)
	plant(t, l, "or_1")
	child := startChild(t, "TestChildHold", "child-hold", l.path)
	done := make(chan error, 1)
	go func() { done <- l.MarkDirty(t.Context(), acme, "or_1") }()
	kill(t, child)
	require.NoError(t, <-done)
}
