package sqlite

import (
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

func cancelOf(saleID, orderID string) Claim {
	c := claimOf(saleID, StepCancel, "a")
	c.BooksOrderID = orderID
	return c
}

// An order that we cancelled makes room for another when the sale lives again, and replies that come late change nothing of
// the other one.
func TestASaleIsCreatedAnewAfterOurOwnCancel(t *testing.T) {
	l, _ := open(t)
	ctx := t.Context()
	plant(t, l, "or_1")
	created := func(id string) Outcome {
		return Outcome{State: EffectDone, BooksOrderID: id, BooksStatus: trade.BooksPending, SetPrints: true}
	}
	cancelled := Outcome{State: EffectDone, BooksStatus: trade.BooksCancelled}
	first := claim(t, l, claimOf("or_1", StepCreate, "a"))
	finish(t, l, first, created("ord_1"))
	require.False(t, sale(t, l, "or_1").WeEnded)
	_, err := l.ClaimEffect(ctx, claimOf("or_1", StepCreate, "a"))
	require.ErrorIs(t, err, ErrTaken)
	end := claim(t, l, cancelOf("or_1", "ord_1"))
	finish(t, l, end, cancelled)
	require.True(t, sale(t, l, "or_1").WeEnded)

	second := claim(t, l, claimOf("or_1", StepCreate, "a"))
	require.Equal(t, 2, second.Generation)
	require.NotEqual(t, first.RequestID, second.RequestID, "the vendor would answer with the order that was cancelled")
	late := func() {
		before := sale(t, l, "or_1")
		require.NoError(t, l.FinishEffect(ctx, first.ID, "a", created("ord_1")), "the same again")
		require.NoError(t, l.FinishEffect(ctx, end.ID, "a", cancelled), "the same again")
		for _, e := range []Effect{first, end} {
			for _, state := range []EffectState{EffectRejected, EffectUnknown, EffectPlanned} {
				require.ErrorIs(t, l.FinishEffect(ctx, e.ID, "a", Outcome{State: state, BooksOrderID: "ord_1", BooksStatus: trade.BooksCancelled}), ErrTransition)
			}
			require.ErrorIs(t, l.FinishEffect(ctx, e.ID, "b", Outcome{State: EffectDone, BooksOrderID: "ord_1", BooksStatus: trade.BooksCancelled}), ErrTransition)
		}
		require.Equal(t, before, sale(t, l, "or_1"))
	}
	late()
	finish(t, l, second, created("ord_2"))
	got := sale(t, l, "or_1")
	require.Equal(t, "ord_2", got.BooksOrderID)
	require.Equal(t, trade.BooksPending, got.BooksStatus)
	require.False(t, got.WeEnded)
	late()

	_, err = l.ClaimEffect(ctx, claimOf("or_1", StepCreate, "a"))
	require.ErrorIs(t, err, ErrTaken)
	wrong := claimOf("or_1", StepIssue, "a")
	wrong.BooksOrderID = "ord_1"
	_, err = l.ClaimEffect(ctx, wrong)
	require.ErrorIs(t, err, ErrTaken, "the first order is not issued any more")
	again := claim(t, l, cancelOf("or_1", "ord_2"))
	finish(t, l, again, cancelled)
	require.True(t, sale(t, l, "or_1").WeEnded)
	require.Equal(t, 3, claim(t, l, claimOf("or_1", StepCreate, "a")).Generation)
}

// An order that somebody else cancelled stands, and so does one of which a document was made.
func TestNothingIsCreatedAnewAfterAnotherEnd(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, l *Ledger){
		"by somebody else": func(t *testing.T, l *Ledger) {
			t.Helper()
			require.NoError(t, l.AdoptBooks(t.Context(), Adoption{Connection: acme, SaleID: "or_1", BooksOrderID: "ord_1", BooksStatus: trade.BooksCancelled}))
		},
		"our step was refused, and then somebody else": func(t *testing.T, l *Ledger) {
			t.Helper()
			finish(t, l, claim(t, l, cancelOf("or_1", "ord_1")), Outcome{State: EffectRejected, Status: 409, BooksStatus: trade.BooksCancelled})
		},
		"our step was refused when it was taken again": func(t *testing.T, l *Ledger) {
			t.Helper()
			finish(t, l, claim(t, l, cancelOf("or_1", "ord_1")), Outcome{State: EffectDone, BooksStatus: trade.BooksCancelled})
			finish(t, l, claim(t, l, cancelOf("or_1", "ord_1")), Outcome{State: EffectRejected, Status: 409})
		},
		"our step was for another order": func(t *testing.T, l *Ledger) {
			t.Helper()
			finish(t, l, claim(t, l, cancelOf("or_1", "ord_0")), Outcome{State: EffectDone, BooksStatus: trade.BooksCancelled})
		},
		"there is a document": func(t *testing.T, l *Ledger) {
			t.Helper()
			finish(t, l, claim(t, l, cancelOf("or_1", "ord_1")), Outcome{State: EffectDone, BooksStatus: trade.BooksCancelled})
			require.NoError(t, l.AdoptBooks(t.Context(), Adoption{Connection: acme, SaleID: "or_1", BooksDocumentID: "inv_1"}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			l, _ := open(t)
			plant(t, l, "or_1")
			finish(t, l, claim(t, l, claimOf("or_1", StepCreate, "a")), Outcome{State: EffectDone, BooksOrderID: "ord_1", BooksStatus: trade.BooksPending})
			end(t, l)
			require.Equal(t, trade.BooksCancelled, sale(t, l, "or_1").BooksStatus)
			require.False(t, sale(t, l, "or_1").WeEnded)
			_, err := l.ClaimEffect(t.Context(), claimOf("or_1", StepCreate, "a"))
			require.ErrorIs(t, err, ErrTaken)
		})
	}
}
