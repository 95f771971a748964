package sqlite

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

func TestHeldStepsWaitForARetry(t *testing.T) {
	l, _ := open(t)
	ctx := t.Context()
	plant(t, l, "or_1")
	e := claim(t, l, claimOf("or_1", "issue", "a"))
	require.ErrorIs(t, l.FinishEffect(ctx, e.ID, "a", Outcome{State: EffectHeld}), ErrTransition, "not before it is unknown")
	finish(t, l, e, Outcome{State: EffectUnknown, Status: 500})
	require.NoError(t, l.NoteLookup(ctx, e.ID, e.Attempts, "two found"))
	finish(t, l, e, Outcome{State: EffectHeld, Detail: "two found"})
	_, err := l.ClaimEffect(ctx, claimOf("or_1", "issue", "b"))
	require.ErrorIs(t, err, ErrUnresolved, "held is as open as unknown")
	require.NoError(t, l.NoteLookup(ctx, e.ID, e.Attempts, "still two"), "looking is free")
	for _, out := range []EffectState{EffectUnknown, EffectPlanned, EffectDone, EffectRejected} {
		for _, owner := range []string{"a", "b"} {
			require.ErrorIs(t, l.FinishEffect(ctx, e.ID, owner, Outcome{State: out}), ErrTransition, "only a person reopens it")
		}
	}
	require.NoError(t, l.Command(ctx, acme, "or_1", CommandIssue, "", "ann"))
	require.NoError(t, l.Command(ctx, acme, "or_1", CommandSkip, "sample", "ann"))
	n, err := l.Recover(ctx)
	require.NoError(t, err)
	require.Zero(t, n)
	open, found, err := l.OpenEffect(ctx, acme, "or_1")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, EffectHeld, open.State)

	require.NoError(t, l.Command(ctx, acme, "or_1", CommandRetry, "cleared by hand", "ann"))
	open = effectNow(t, l, e)
	require.Equal(t, EffectUnknown, open.State)
	require.Zero(t, open.Lookups)
	require.ErrorIs(t, l.FinishEffect(ctx, e.ID, "b", Outcome{State: EffectPlanned}), ErrNotLookedUp, "what was seen before the retry is old")
	require.NoError(t, l.FinishEffect(ctx, e.ID, "b", Outcome{State: EffectDone, BooksDocumentID: "inv_1"}))
	require.Equal(t, "inv_1", sale(t, l, "or_1").BooksDocumentID)
}

func TestRetriedAfterARefusal(t *testing.T) {
	l, c := open(t)
	plant(t, l, "or_1", "or_2")
	e := claim(t, l, claimOf("or_1", "update", "a"))
	finish(t, l, e, Outcome{State: EffectRejected, Status: 422})
	require.False(t, sale(t, l, "or_1").RetriedAfter(effectNow(t, l, e)))
	// In the same millisecond a retry is later than the refusal …
	require.NoError(t, l.Command(t.Context(), acme, "or_1", CommandRetry, "", "ann"))
	require.True(t, sale(t, l, "or_1").RetriedAfter(effectNow(t, l, e)))
	// … and with a clock set back, the next refusal is later than the retry, and the next retry than that.
	back := c.advance(-time.Hour)
	e = claim(t, l, claimOf("or_1", "update", "a"))
	finish(t, l, e, Outcome{State: EffectRejected, Status: 422})
	require.False(t, sale(t, l, "or_1").RetriedAfter(effectNow(t, l, e)))
	require.NoError(t, l.Command(t.Context(), acme, "or_1", CommandRetry, "", "ann"))
	got := sale(t, l, "or_1")
	require.True(t, got.RetriedAfter(effectNow(t, l, e)))
	require.Equal(t, back, got.RetriedAt, "no time that is still to come")

	// What goes on with a generation planned before the retry is later than it all the same.
	e = claim(t, l, claimOf("or_2", "update", "a"))
	finish(t, l, e, Outcome{State: EffectPlanned})
	require.NoError(t, l.Command(t.Context(), acme, "or_2", CommandRetry, "", "ann"))
	require.True(t, sale(t, l, "or_2").RetriedAfter(effectNow(t, l, e)))
	again := claim(t, l, claimOf("or_2", "update", "a"))
	require.Equal(t, e.ID, again.ID)
	finish(t, l, again, Outcome{State: EffectRejected, Status: 422})
	require.False(t, sale(t, l, "or_2").RetriedAfter(effectNow(t, l, again)))
	require.False(t, Sale{}.RetriedAfter(Effect{}), "nobody ever said so")
}

// A request id that was answered with an error is not used again, whatever is found out between: the vendor would repeat
// its answer. One that was met by silence is, whatever a look-up was answered.
func TestAnAnswerIsRememberedUntilTheNextAttempt(t *testing.T) {
	for name, one := range map[string]struct {
		answer, looked, voided int
		same                   bool
	}{
		"error, then held":            {503, 0, 0, false},
		"silence, then held":          {0, 404, 0, true},
		"error, then found absent":    {503, 0, 200, false},
		"silence, then found absent":  {0, 404, 200, true},
		"silence, then an error seen": {0, 0, 503, false},
	} {
		t.Run(name, func(t *testing.T) {
			l, _ := open(t)
			ctx := t.Context()
			plant(t, l, "or_1")
			e := claim(t, l, claimOf("or_1", "issue", "a"))
			finish(t, l, e, Outcome{State: EffectUnknown, Status: one.answer})
			require.NoError(t, l.FinishEffect(ctx, e.ID, "a", Outcome{State: EffectUnknown}), "said again")
			require.NoError(t, l.FinishEffect(ctx, e.ID, "b", Outcome{State: EffectHeld, Status: one.looked}))
			require.NoError(t, l.Command(ctx, acme, "or_1", CommandRetry, "", "ann"))
			require.NoError(t, l.NoteLookup(ctx, e.ID, 1, "absent"))
			require.NoError(t, l.FinishEffect(ctx, e.ID, "b", Outcome{State: EffectPlanned, Status: one.voided}))
			again := claim(t, l, claimOf("or_1", "issue", "b"))
			require.Equal(t, one.same, e.RequestID == again.RequestID)
		})
	}
}

// What changed last is told by Seq, which a clock set back cannot disturb.
func TestStepsAreOrderedByTheirLog(t *testing.T) {
	l, c := open(t)
	plant(t, l, "or_1")
	first := claim(t, l, claimOf("or_1", "create", "a"))
	finish(t, l, first, Outcome{State: EffectDone})
	c.advance(-time.Hour)
	second := claim(t, l, claimOf("or_1", "update", "a"))
	require.Equal(t, second, effectNow(t, l, second), "what is returned is what is committed")
	finish(t, l, second, Outcome{State: EffectRejected, Status: 422})
	require.Greater(t, effectNow(t, l, second).Seq, effectNow(t, l, first).Seq)
	require.Greater(t, effectNow(t, l, second).Seq, second.Seq)
}

// Nothing is sent for a sale that is not what it was when the step was decided on.
func TestAClaimOnAnOldDecisionIsRefused(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, l *Ledger, c *clock){
		"a poll": func(t *testing.T, l *Ledger, c *clock) {
			t.Helper()
			save(t, l, trade.SourceList, c.advance(time.Minute), order("or_1", "cancelled"), "or_1")
		},
		"an operator": func(t *testing.T, l *Ledger, _ *clock) {
			t.Helper()
			require.NoError(t, l.Command(t.Context(), acme, "or_1", CommandSkip, "sample", "ann"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			l, c := open(t)
			plant(t, l, "or_1")
			old := claimOf("or_1", "create", "a")
			old.DirtySeq = sale(t, l, "or_1").DirtySeq
			change(t, l, c)
			_, err := l.ClaimEffect(t.Context(), old)
			require.ErrorIs(t, err, ErrChanged)
			all, err := l.Effects(t.Context(), acme, "or_1")
			require.NoError(t, err)
			require.Empty(t, all)

			anew := old
			anew.DirtySeq = sale(t, l, "or_1").DirtySeq
			claim(t, l, anew)
			require.Equal(t, anew.DirtySeq, sale(t, l, "or_1").DirtySeq, "to claim is no change")
			_, err = l.ClaimEffect(t.Context(), old)
			require.ErrorIs(t, err, ErrBusy, "what is open comes first")
		})
	}
}

// A lookup speaks for the attempt that it looked at.
func TestALookupDoesNotCloseANewerAttempt(t *testing.T) {
	l, _ := open(t)
	ctx := t.Context()
	plant(t, l, "or_1")
	e := claim(t, l, claimOf("or_1", "create", "a"))
	finish(t, l, e, Outcome{State: EffectUnknown})
	require.NoError(t, l.NoteLookup(ctx, e.ID, 1, "absent"))
	void := Outcome{State: EffectPlanned, Attempts: e.Attempts}
	finish(t, l, e, void)
	same := claimOf("or_1", "create", "b")
	again := claim(t, l, same)
	require.Equal(t, e.ID, again.ID)
	require.ErrorIs(t, l.NoteLookup(ctx, e.ID, 1, "absent"), ErrLost)
	finish(t, l, again, Outcome{State: EffectUnknown})
	require.ErrorIs(t, l.NoteLookup(ctx, e.ID, 1, "absent"), ErrLost, "it is about the attempt before")
	require.ErrorIs(t, l.NoteLookup(ctx, e.ID, 3, "absent"), ErrLost)
	require.Zero(t, effectNow(t, l, e).Lookups)
	require.ErrorIs(t, l.FinishEffect(ctx, e.ID, "looker", Outcome{State: EffectPlanned, Attempts: 2}), ErrNotLookedUp)
	require.NoError(t, l.NoteLookup(ctx, e.ID, 2, "absent"))
	require.ErrorIs(t, l.FinishEffect(ctx, e.ID, "looker", void), ErrLost)
	require.Equal(t, EffectUnknown, effectNow(t, l, e).State)

	void.Attempts = again.Attempts
	require.NoError(t, l.FinishEffect(ctx, e.ID, "looker", void))
	require.NoError(t, l.FinishEffect(ctx, e.ID, "looker", void), "the same again")
	require.Equal(t, EffectPlanned, effectNow(t, l, e).State)
}

// Invariant 1.
func TestBooksIdentityIsUniqueBothWays(t *testing.T) {
	l, _ := open(t)
	ctx := t.Context()
	plant(t, l, "or_1", "or_2")
	finish(t, l, claim(t, l, claimOf("or_1", "create", "a")), Outcome{State: EffectDone, BooksOrderID: "ord_1"})
	e := claim(t, l, claimOf("or_2", "create", "a"))
	require.ErrorIs(t, l.FinishEffect(ctx, e.ID, "a", Outcome{State: EffectDone, BooksOrderID: "ord_1"}), ErrTaken)
	require.Equal(t, EffectSending, effectNow(t, l, e).State, "nothing was written")
	finish(t, l, e, Outcome{State: EffectDone, BooksOrderID: "ord_2"})

	wrong := claimOf("or_1", StepIssue, "a")
	wrong.BooksOrderID = "ord_2"
	_, err := l.ClaimEffect(ctx, wrong)
	require.ErrorIs(t, err, ErrTaken)

	right := claimOf("or_1", StepIssue, "a")
	right.BooksOrderID = "ord_1"
	finish(t, l, claim(t, l, right), Outcome{State: EffectDone, BooksDocumentID: "inv_1", BooksStatus: trade.BooksInvoiced})
	_, err = l.ClaimEffect(ctx, right)
	require.ErrorIs(t, err, ErrIssued)
	e = claim(t, l, claimOf("or_2", StepIssue, "a"))
	require.ErrorIs(t, l.FinishEffect(ctx, e.ID, "a", Outcome{State: EffectDone, BooksDocumentID: "inv_1"}), ErrTaken)

	// An issued sale stays with its order; another connection has ids of its own.
	require.ErrorIs(t, l.AdoptBooks(ctx, Adoption{Connection: acme, SaleID: "or_1", BooksOrderID: "ord_9"}), ErrTaken)
	_, err = l.SaveRecords(ctx, "other", Reading{Source: trade.SourceList, At: l.now()}, []Saved{{Record: order("or_1", "new"), Sales: []string{"or_1"}}})
	require.NoError(t, err)
	require.NoError(t, l.AdoptBooks(ctx, Adoption{
		Connection: "other", SaleID: "or_1", BooksOrderID: "ord_1", BooksDocumentID: "inv_1",
		BooksStatus: trade.BooksInvoiced, Why: "rebuild",
	}))
	other, _, err := l.Sale(ctx, "other", "or_1")
	require.NoError(t, err)
	require.Equal(t, "inv_1", other.BooksDocumentID)
	claimOther := right
	claimOther.Connection = "other"
	_, err = l.ClaimEffect(ctx, claimOther)
	require.ErrorIs(t, err, ErrIssued)
	require.NoError(t, l.AdoptBooks(ctx, Adoption{Connection: acme, SaleID: "or_9", BooksOrderID: "ord_77", BooksStatus: trade.BooksPending}))
	stranger, found, err := l.Sale(ctx, acme, "or_9")
	require.NoError(t, err)
	require.True(t, found, "what stands in the books is a sale, even if nothing else is known of it")
	require.Equal(t, "ord_77", stranger.BooksOrderID)
}

func TestClaimsMustMakeSense(t *testing.T) {
	l, _ := open(t)
	plant(t, l, "or_1")
	for name, spoil := range map[string]func(*Claim){
		"no sale named": func(c *Claim) { c.SaleID = "" },
		"no step":       func(c *Claim) { c.Step = "" },
		"no owner":      func(c *Claim) { c.Owner = "" },
		"no lease":      func(c *Claim) { c.Lease = 0 },
	} {
		c := claimOf("or_1", "create", "a")
		spoil(&c)
		_, err := l.ClaimEffect(t.Context(), c)
		require.ErrorContains(t, err, "needed", name)
	}
	_, err := l.ClaimEffect(t.Context(), claimOf("or_9", "create", "a"))
	require.ErrorIs(t, err, ErrNoSale)
	e := claim(t, l, claimOf("or_1", "create", "a"))
	require.ErrorIs(t, l.FinishEffect(t.Context(), e.ID, "a", Outcome{State: EffectSending}), ErrTransition)
	require.Error(t, l.FinishEffect(t.Context(), e.ID, "a", Outcome{State: "perhaps"}))
}

func TestAnOutcomeIsWrittenThoughTheCallerStops(t *testing.T) {
	l, _ := open(t)
	plant(t, l, "or_1")
	e := claim(t, l, claimOf("or_1", "create", "a"))
	stopped, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("the process stops"))
	require.NoError(t, l.FinishEffect(stopped, e.ID, "a", Outcome{State: EffectDone, BooksOrderID: "ord_1"}))
	require.Equal(t, "ord_1", sale(t, l, "or_1").BooksOrderID)
	_, err := l.ClaimEffect(stopped, claimOf("or_1", "update", "a"))
	require.ErrorIs(t, err, context.Canceled, "but nothing new is begun")
	_, found, err := l.OpenEffect(t.Context(), acme, "or_1")
	require.NoError(t, err)
	require.False(t, found)
}

func TestTheDatabaseItselfRefusesASecondOpenStep(t *testing.T) {
	l, _ := open(t)
	plant(t, l, "or_1")
	claim(t, l, claimOf("or_1", "create", "a"))
	_, err := l.writer.ExecContext(t.Context(),
		`INSERT INTO effects (connection, sale_id, step, generation, request_id, body_hash, state, created_at, updated_at)
		 VALUES ('acme', 'or_1', 'issue', 1, 'sb_x', '', 'sending', 0, 0)`)
	require.True(t, isUnique(err))
}

// The two tables that prove what was done can be added to, and not rewritten, whatever statement tries.
func TestTheDatabaseItselfKeepsWhatWasDone(t *testing.T) {
	l, _ := open(t)
	plant(t, l, "or_1")
	finish(t, l, claim(t, l, claimOf("or_1", "create", "a")), Outcome{State: EffectDone})
	for _, statement := range []string{
		`UPDATE effects SET request_id = 'sb_other'`,
		`UPDATE effects SET body_hash = 'other'`,
		`UPDATE effects SET sale_id = 'or_2'`,
		`UPDATE effects SET generation = 2`,
		`DELETE FROM effects`,
		`INSERT OR REPLACE INTO effects (id, connection, sale_id, step, generation, request_id, body_hash, state, created_at, updated_at)
		 VALUES (1, 'acme', 'or_1', 'issue', 1, 'sb_x', '', 'planned', 0, 0)`,
		`UPDATE effect_log SET to_state = 'rejected'`,
		`DELETE FROM effect_log`,
		`INSERT OR REPLACE INTO effect_log (seq, effect_id, at, from_state, to_state, owner, status, detail) VALUES (1, 1, 0, '', '', '', 0, '')`,
		`DELETE FROM sales`,
	} {
		old := dump(t, l)
		_, err := l.writer.ExecContext(t.Context(), statement)
		require.Error(t, err, statement)
		require.Equal(t, old, dump(t, l), statement)
	}
}

// Invariant 1: a document or the status alone is enough, whoever brought it.
func TestAnIssuedSaleIsNotIssuedAgain(t *testing.T) {
	for name, known := range map[string]Adoption{
		"document": {BooksDocumentID: "inv_1"},
		"status":   {BooksStatus: trade.BooksInvoiced},
	} {
		t.Run(name, func(t *testing.T) {
			l, _ := open(t)
			plant(t, l, "or_1")
			known.Connection, known.SaleID = acme, "or_1"
			require.NoError(t, l.AdoptBooks(t.Context(), known))
			_, err := l.ClaimEffect(t.Context(), claimOf("or_1", StepIssue, "a"))
			require.ErrorIs(t, err, ErrIssued)
			claim(t, l, claimOf("or_1", "annotate", "a"))
		})
	}
}
