package sqlite

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

// jumps are what happens to clocks: a battery runs out, a time server answers, somebody types.
var jumps = map[string]time.Duration{"an hour back": -time.Hour, "a year back": -365 * 24 * time.Hour, "a day ahead": 24 * time.Hour}

// twoClocks opens a ledger with a clock that is set and one that nobody sets.
func twoClocks(t *testing.T) (l *Ledger, wall, steady *clock) {
	t.Helper()
	wall, steady = newClock(), newClock()
	l, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "ledger.db"), Now: wall.now, Steady: steady.now})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l, wall, steady
}

// A lease lasts as long as it was given for, whatever the clock says meanwhile.
func TestALeaseOutlastsAJumpOfTheClock(t *testing.T) {
	for name, jump := range jumps {
		t.Run(name, func(t *testing.T) {
			l, wall, steady := twoClocks(t)
			ctx := t.Context()
			plant(t, l, "or_1")
			e := claim(t, l, claimOf("or_1", "create", "a"))
			now := wall.advance(jump)
			require.Equal(t, now.Add(time.Minute), effectNow(t, l, e).LeaseUntil, "what is left of it, by the clock as it is")
			steady.advance(59 * time.Second)
			_, err := l.ClaimEffect(ctx, claimOf("or_1", "create", "b"))
			require.ErrorIs(t, err, ErrBusy)
			require.ErrorIs(t, l.NoteLookup(ctx, e.ID, 1, "absent"), ErrLost)
			require.ErrorIs(t, l.FinishEffect(ctx, e.ID, "b", Outcome{State: EffectDone}), ErrLost)

			steady.advance(time.Second)
			_, err = l.ClaimEffect(ctx, claimOf("or_1", "create", "b"))
			require.ErrorIs(t, err, ErrUnresolved, "over, even if the clock says that it is still to come")
			got := effectNow(t, l, e)
			require.Equal(t, EffectUnknown, got.State)
			require.Equal(t, now, got.UnknownSince)
			require.NoError(t, l.NoteLookup(ctx, e.ID, 1, "absent"))
			require.NoError(t, l.FinishEffect(ctx, e.ID, "b", Outcome{State: EffectPlanned}))
			again := claim(t, l, claimOf("or_1", "create", "b"))
			require.Equal(t, e.RequestID, again.RequestID)
			require.Equal(t, now.Add(time.Minute), again.LeaseUntil)
			finish(t, l, again, Outcome{State: EffectDone, BooksOrderID: "ord_1"})
		})
	}
}

// Where nothing but the clock is known, going back makes a lease last once more as long, and not for ever.
func TestALeaseByTheClockAlone(t *testing.T) {
	l, c := open(t)
	plant(t, l, "or_1")
	claim(t, l, claimOf("or_1", "create", "a"))
	c.advance(30 * time.Second)
	c.advance(-time.Hour) // nobody looked at the half minute
	_, err := l.ClaimEffect(t.Context(), claimOf("or_1", "create", "b"))
	require.ErrorIs(t, err, ErrBusy)
	c.advance(time.Minute)
	_, err = l.ClaimEffect(t.Context(), claimOf("or_1", "create", "b"))
	require.ErrorIs(t, err, ErrUnresolved)
}

// The lease of a process that died is measured by the clock, and Recover does not ask for it.
func TestALeaseOfAnotherProcessIsMeasuredByTheClock(t *testing.T) {
	l, wall, steady := twoClocks(t)
	plant(t, l, "or_1")
	e := claim(t, l, claimOf("or_1", "create", "a"))
	other, err := Open(t.Context(), Options{Path: l.path, Now: wall.now, Steady: steady.now})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, other.Close()) })
	_, err = other.ClaimEffect(t.Context(), claimOf("or_1", "create", "b"))
	require.ErrorIs(t, err, ErrBusy)
	require.Equal(t, e.LeaseUntil, effectNow(t, other, e).LeaseUntil)
	wall.advance(-time.Hour)
	n, err := other.Recover(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, n)
}

// A claim that was rolled back leaves no lease behind that would count for the next one.
func TestALeaseOfAClaimThatWasRolledBack(t *testing.T) {
	l, wall, steady := twoClocks(t)
	plant(t, l, "or_1")
	l.probe = (&probe{point: "before claim_effect", fail: deaths["error"]}).reach
	_, err := l.ClaimEffect(t.Context(), claimOf("or_1", "create", "a"))
	require.ErrorIs(t, err, errProbe)
	l.probe = nil
	wall.advance(time.Hour)
	steady.advance(time.Hour)
	e := claim(t, l, claimOf("or_1", "create", "b"))
	require.Equal(t, wall.now().Add(time.Minute), effectNow(t, l, e).LeaseUntil)
	_, err = l.ClaimEffect(t.Context(), claimOf("or_1", "create", "a"))
	require.ErrorIs(t, err, ErrBusy)
}

// Between any two writes of a sale's life the clock may jump: each goes through, and the journal stays whole.
func TestAClockThatJumpsAllTheTime(t *testing.T) {
	for name, jump := range jumps {
		t.Run(name, func(t *testing.T) {
			l, c := open(t)
			ctx := t.Context()
			leap := func() { c.advance(jump); jump = -jump }
			plant(t, l, "or_1")
			leap()
			decide(t, l, Decided{SaleID: "or_1", DirtySeq: 1, State: trade.StateWaiting, Rule: "create"})
			leap()
			e := claim(t, l, claimOf("or_1", "create", "a"))
			leap()
			require.NoError(t, l.FinishEffect(ctx, e.ID, "a", Outcome{State: EffectUnknown}))
			leap()
			require.NoError(t, l.NoteLookup(ctx, e.ID, 1, "absent"))
			leap()
			require.NoError(t, l.FinishEffect(ctx, e.ID, "b", Outcome{State: EffectHeld, Detail: "two"}))
			leap()
			require.NoError(t, l.Command(ctx, acme, "or_1", CommandRetry, "", "ann"))
			leap()
			require.NoError(t, l.NoteLookup(ctx, e.ID, 1, "there"))
			leap()
			require.NoError(t, l.FinishEffect(ctx, e.ID, "b", Outcome{State: EffectDone, BooksOrderID: "ord_1"}))
			leap()
			s := sale(t, l, "or_1")
			require.False(t, s.DirtySince.IsZero())
			ids, err := l.DirtySales(ctx, acme, 0)
			require.NoError(t, err)
			require.Equal(t, []string{"or_1"}, ids, "dirty is dirty, whatever date it bears")
			leap()
			decide(t, l, Decided{SaleID: "or_1", DirtySeq: s.DirtySeq, Settled: true, State: trade.StatePending, Rule: "wait"})
			ids, err = l.DirtySales(ctx, acme, 0)
			require.NoError(t, err)
			require.Empty(t, ids)
			require.NoError(t, l.VerifyJournal(ctx))
			require.Equal(t, []string{"planned", "sending", "unknown", "unknown", "held", "unknown", "unknown", "done"}, history(t, l, e))
		})
	}
}
