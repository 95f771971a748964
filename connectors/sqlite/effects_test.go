package sqlite

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

func claimOf(saleID, step, owner string) Claim {
	return Claim{
		Connection: acme, SaleID: saleID, Step: step, BodyHash: "body", Owner: owner, Lease: time.Minute, Scope: "ent_1",
		Prints: trade.Prints{Money: "m1", Identity: "i1", Quiet: "q1", Payment: "p1"},
	}
}

func claim(t *testing.T, l *Ledger, c Claim) Effect {
	t.Helper()
	e, err := l.ClaimEffect(t.Context(), c)
	require.NoError(t, err)
	return e
}

func finish(t *testing.T, l *Ledger, e Effect, o Outcome) {
	t.Helper()
	require.NoError(t, l.FinishEffect(t.Context(), e.ID, e.LeaseOwner, o))
}

// history gives the states an effect went through, from its log.
func history(t *testing.T, l *Ledger, e Effect) []string {
	t.Helper()
	var states []string
	require.NoError(t, l.reader.Select(&states, `SELECT to_state FROM effect_log WHERE effect_id = ? ORDER BY seq`, e.ID))
	return states
}

func effectNow(t *testing.T, l *Ledger, e Effect) Effect {
	t.Helper()
	all, err := l.Effects(t.Context(), e.Connection, e.SaleID)
	require.NoError(t, err)
	for _, one := range all {
		if one.ID == e.ID {
			return one
		}
	}
	require.Fail(t, "the effect is gone")
	return Effect{}
}

func TestAStepIsClaimedSentAndDone(t *testing.T) {
	l, c := open(t)
	ctx := t.Context()
	plant(t, l, "or_1")
	e := claim(t, l, claimOf("or_1", "create", "a"))
	require.Equal(t, EffectSending, e.State)
	require.Equal(t, 1, e.Generation)
	require.Equal(t, 1, e.Attempts)
	require.Equal(t, c.now().Add(time.Minute), e.LeaseUntil)
	require.Equal(t, c.now(), e.SentAt)
	require.Regexp(t, `^sb_[0-9a-f]{32}$`, e.RequestID)
	require.Equal(t, e, effectNow(t, l, e), "what is returned is what is committed")

	seq := sale(t, l, "or_1").DirtySeq
	done := Outcome{State: EffectDone, Status: 201, BooksOrderID: "ord_1", BooksStatus: trade.BooksPending, SetPrints: true}
	finish(t, l, e, done)
	finish(t, l, e, done) // the answer of the first got lost
	got := sale(t, l, "or_1")
	require.Equal(t, "ord_1", got.BooksOrderID)
	require.Equal(t, trade.BooksPending, got.BooksStatus)
	require.Equal(t, trade.Prints{Money: "m1", Identity: "i1", Quiet: "q1", Payment: "p1"}, got.Written)
	require.Equal(t, seq+1, got.DirtySeq, "what the books hold changed")
	require.Equal(t, []string{"planned", "sending", "done"}, history(t, l, e))
	_, found, err := l.OpenEffect(ctx, acme, "or_1")
	require.NoError(t, err)
	require.False(t, found)

	// Prints that a step does not touch stay.
	pay := claimOf("or_1", "set_payment", "a")
	pay.Prints = trade.Prints{Payment: "p2"}
	finish(t, l, claim(t, l, pay), Outcome{State: EffectDone, SetPrints: true})
	require.Equal(t, trade.Prints{Money: "m1", Identity: "i1", Quiet: "q1", Payment: "p2"}, sale(t, l, "or_1").Written)
	require.ErrorIs(t, l.FinishEffect(ctx, e.ID, "a", Outcome{State: EffectRejected}), ErrTransition)
	require.ErrorIs(t, l.FinishEffect(ctx, 999, "a", Outcome{State: EffectDone}), ErrNoEffect)
}

func TestOneOfTwentyClaimsWins(t *testing.T) {
	l, _ := open(t)
	plant(t, l, "or_1")
	var group sync.WaitGroup
	results := make([]error, 20)
	start := make(chan struct{})
	for i := range results {
		group.Go(func() {
			<-start
			c := claimOf("or_1", []string{"create", "issue"}[i%2], "owner "+strconv.Itoa(i))
			_, results[i] = l.ClaimEffect(t.Context(), c)
		})
	}
	close(start)
	group.Wait()
	won := 0
	for _, err := range results {
		if err == nil {
			won++
			continue
		}
		require.ErrorIs(t, err, ErrBusy)
	}
	require.Equal(t, 1, won)
	all, err := l.Effects(t.Context(), acme, "or_1")
	require.NoError(t, err)
	require.Len(t, all, 1)
}

func TestALapsedLeaseBecomesUnknown(t *testing.T) {
	l, c := open(t)
	ctx := t.Context()
	plant(t, l, "or_1")
	e := claim(t, l, claimOf("or_1", "create", "a"))
	_, err := l.ClaimEffect(ctx, claimOf("or_1", "update", "b"))
	require.ErrorIs(t, err, ErrBusy)
	require.ErrorIs(t, l.FinishEffect(ctx, e.ID, "b", Outcome{State: EffectDone}), ErrLost)
	require.ErrorIs(t, l.NoteLookup(ctx, e.ID, e.Attempts, ""), ErrLost)

	lapsed := c.advance(time.Minute)
	_, err = l.ClaimEffect(ctx, claimOf("or_1", "update", "b"))
	require.ErrorIs(t, err, ErrUnresolved)
	open, found, err := l.OpenEffect(ctx, acme, "or_1")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, EffectUnknown, open.State)
	require.Equal(t, lapsed, open.UnknownSince)
	require.Equal(t, []string{"planned", "sending", "unknown"}, history(t, l, e))

	// The sender was only slow: what it knows counts.
	finish(t, l, e, Outcome{State: EffectDone, BooksOrderID: "ord_1"})
	require.Equal(t, "ord_1", sale(t, l, "or_1").BooksOrderID)
}

func TestRecoverIgnoresLeases(t *testing.T) {
	l, _ := open(t)
	plant(t, l, "or_1", "or_2", "or_3")
	one := claim(t, l, claimOf("or_1", "create", "a"))
	claim(t, l, claimOf("or_2", "create", "a"))
	finish(t, l, claim(t, l, claimOf("or_3", "create", "a")), Outcome{State: EffectDone})
	decide(t, l, Decided{SaleID: "or_1", DirtySeq: 1, Settled: true, State: trade.StateWaiting})
	n, err := l.Recover(t.Context())
	require.NoError(t, err)
	require.Equal(t, 2, n)
	require.Equal(t, EffectUnknown, effectNow(t, l, one).State)
	require.False(t, sale(t, l, "or_1").DirtySince.IsZero(), "somebody will look")
	n, err = l.Recover(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
}

// Invariant 3.
func TestNothingIsRepeatedBeforeItWasLookedUp(t *testing.T) {
	l, c := open(t)
	ctx := t.Context()
	plant(t, l, "or_1")
	e := claim(t, l, claimOf("or_1", "create", "a"))
	require.ErrorIs(t, l.FinishEffect(ctx, e.ID, "b", Outcome{State: EffectPlanned}), ErrLost)
	finish(t, l, e, Outcome{State: EffectUnknown, Status: 0, Detail: "reset"})
	require.ErrorIs(t, l.FinishEffect(ctx, e.ID, "b", Outcome{State: EffectPlanned}), ErrNotLookedUp)

	require.NoError(t, l.NoteLookup(ctx, e.ID, e.Attempts, "absent"))
	require.Equal(t, 1, effectNow(t, l, e).Lookups)
	c.advance(time.Second)
	require.NoError(t, l.FinishEffect(ctx, e.ID, "b", Outcome{State: EffectPlanned, Attempts: 1}))
	again := claim(t, l, claimOf("or_1", "create", "b"))
	require.Equal(t, e.ID, again.ID)
	require.Equal(t, e.RequestID, again.RequestID)
	require.Equal(t, e.Generation, again.Generation)
	require.Equal(t, 2, again.Attempts)
	require.Zero(t, again.Lookups, "they were about the first attempt")
	require.True(t, again.UnknownSince.IsZero())
	require.Equal(t, EffectSending, again.State)
	require.Equal(t, again, effectNow(t, l, e))

	// The old sender lost it, and after the second silence the first lookup counts no more.
	require.ErrorIs(t, l.FinishEffect(ctx, e.ID, "a", Outcome{State: EffectDone}), ErrLost)
	c.advance(time.Hour)
	require.ErrorIs(t, l.FinishEffect(ctx, e.ID, "c", Outcome{State: EffectPlanned}), ErrNotLookedUp)
	require.Equal(t, EffectUnknown, effectNow(t, l, e).State, "that the lease ran out is kept")
	require.ErrorIs(t, l.NoteLookup(ctx, e.ID, 1, "absent"), ErrLost)
	require.NoError(t, l.NoteLookup(ctx, e.ID, 2, "absent"))
	require.NoError(t, l.FinishEffect(ctx, e.ID, "c", Outcome{State: EffectPlanned}))
	anew := claim(t, l, claimOf("or_1", "create", "c"))
	require.Equal(t, e.RequestID, anew.RequestID)
}

func TestRequestIDsAreKeptAndRotated(t *testing.T) {
	l, _ := open(t)
	plant(t, l, "or_1")
	first := claim(t, l, claimOf("or_1", "update", "a"))
	finish(t, l, first, Outcome{State: EffectPlanned, Detail: "dial"}) // never sent
	second := claim(t, l, claimOf("or_1", "update", "a"))
	require.Equal(t, first.ID, second.ID)
	require.Equal(t, first.RequestID, second.RequestID)
	require.Equal(t, 2, second.Attempts)
	finish(t, l, second, Outcome{State: EffectPlanned})

	changed := claimOf("or_1", "update", "a")
	changed.BodyHash = "other"
	third := claim(t, l, changed)
	require.Equal(t, 2, third.Generation)
	require.NotEqual(t, first.RequestID, third.RequestID)
	finish(t, l, third, Outcome{State: EffectRejected, Status: 422, Detail: "invalid"})

	fourth := claim(t, l, changed) // the same body after a refusal: the vendor would repeat its answer
	require.Equal(t, 3, fourth.Generation)
	require.NotEqual(t, third.RequestID, fourth.RequestID)
	finish(t, l, fourth, Outcome{State: EffectDone})

	fifth := claim(t, l, changed)
	require.Equal(t, 4, fifth.Generation)
	finish(t, l, fifth, Outcome{State: EffectUnknown, Status: 503})
	require.NoError(t, l.NoteLookup(t.Context(), fifth.ID, fifth.Attempts, "absent"))
	finish(t, l, fifth, Outcome{State: EffectPlanned}) // answered 503, which the vendor may have kept for that request id
	sixth := claim(t, l, changed)
	require.Equal(t, 5, sixth.Generation)
	require.NotEqual(t, fifth.RequestID, sixth.RequestID)

	last, found, err := l.LastEffect(t.Context(), acme, "or_1", "update")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, sixth, last)

	other := changed
	other.Scope = "ent_2"
	require.NotEqual(t, requestID(changed, 1, l.life), requestID(other, 1, l.life))
	require.Equal(t, third.RequestID, requestID(changed, 2, l.life))
	require.NotEqual(t, third.RequestID, requestID(changed, 2, "another life"), "a restored ledger counts its generations again")
}
