package sqlite

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

// giveUp voids a create that may still land until due.
func giveUp(t *testing.T, l *Ledger, id string, due time.Time) Effect {
	t.Helper()
	e := claim(t, l, claimOf(id, "create", "a"))
	finish(t, l, e, Outcome{State: EffectUnknown})
	require.NoError(t, l.NoteLookup(t.Context(), e.ID, e.Attempts, "absent"))
	require.NoError(t, l.FinishEffect(t.Context(), e.ID, "looker", Outcome{State: EffectPlanned, Attempts: e.Attempts, StraysDue: due}))
	return e
}

func clean(t *testing.T, l *Ledger, id string) {
	t.Helper()
	decide(t, l, Decided{SaleID: id, DirtySeq: sale(t, l, id).DirtySeq, Settled: true, State: trade.StatePending})
}

func dirty(t *testing.T, l *Ledger) []string {
	t.Helper()
	ids, err := l.DirtySales(t.Context(), acme, 0)
	require.NoError(t, err)
	return ids
}

// What was given up is looked for once more when it must have landed, if it ever does.
func TestStraysAreLookedForWhenTheyAreDue(t *testing.T) {
	l, c := open(t)
	plant(t, l, "or_1", "or_2")
	clean(t, l, "or_2")
	due := c.now().Add(10 * time.Minute)
	giveUp(t, l, "or_1", due)
	require.Equal(t, due, sale(t, l, "or_1").StraysDue)
	require.Equal(t, []string{"or_1"}, dirty(t, l), "by the void itself")
	clean(t, l, "or_1")
	require.Empty(t, dirty(t, l))
	c.advance(10*time.Minute - time.Millisecond)
	require.Empty(t, dirty(t, l))
	c.advance(time.Millisecond)
	require.Equal(t, []string{"or_1"}, dirty(t, l))

	// One that is dirty as well is listed once, and the longest waiting first.
	c.advance(time.Minute)
	require.NoError(t, l.MarkDirty(t.Context(), acme, "or_2"))
	require.Equal(t, []string{"or_1", "or_2"}, dirty(t, l))
	require.NoError(t, l.MarkDirty(t.Context(), acme, "or_1"))
	require.Len(t, dirty(t, l), 2)
	clean(t, l, "or_1")

	require.NoError(t, l.ClearStrays(t.Context(), acme, "or_1", due))
	require.True(t, sale(t, l, "or_1").StraysDue.IsZero())
	require.Equal(t, []string{"or_2"}, dirty(t, l))
	require.NoError(t, l.ClearStrays(t.Context(), acme, "or_1", due), "nothing to clear is no error")
}

// A look clears the date that it was made for, not that of what was given up during the look.
func TestStraysGivenUpDuringALookStay(t *testing.T) {
	l, c := open(t)
	plant(t, l, "or_1")
	first := c.now().Add(10 * time.Minute)
	e := giveUp(t, l, "or_1", first)
	c.advance(11 * time.Minute)
	second := c.now().Add(10*time.Minute + 300*time.Microsecond)
	require.Equal(t, e.ID, giveUp(t, l, "or_1", second).ID)
	require.NoError(t, l.ClearStrays(t.Context(), acme, "or_1", first))
	got := sale(t, l, "or_1").StraysDue
	require.False(t, got.Before(second), "never earlier than asked for")
	require.NoError(t, l.ClearStrays(t.Context(), acme, "or_1", got))
	require.True(t, sale(t, l, "or_1").StraysDue.IsZero())
}

// A date from before the clock was set back must not hide the next one; without a date, the one that stands is kept.
func TestTheLatestStraysDecide(t *testing.T) {
	l, c := open(t)
	plant(t, l, "or_1")
	c.advance(24 * time.Hour)
	giveUp(t, l, "or_1", c.now().Add(10*time.Minute))
	c.advance(-24 * time.Hour)
	due := c.now().Add(10 * time.Minute)
	giveUp(t, l, "or_1", due)
	require.Equal(t, due, sale(t, l, "or_1").StraysDue)
	giveUp(t, l, "or_1", time.Time{})
	require.Equal(t, due, sale(t, l, "or_1").StraysDue)
	finish(t, l, claim(t, l, claimOf("or_1", "create", "a")), Outcome{State: EffectDone, BooksOrderID: "ord_1", StraysDue: c.now()})
	require.Equal(t, due, sale(t, l, "or_1").StraysDue, "only what is given up leaves strays")
}
