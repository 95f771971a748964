package sqlite

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

func meaning(t *testing.T, l *Ledger) trade.Kind {
	t.Helper()
	kind, _, err := l.IssueFrom(t.Context(), acme)
	require.NoError(t, err)
	return kind
}

func TestWhatSalesAreMadeOfIsSetOnce(t *testing.T) {
	l, _ := open(t)
	ctx := t.Context()
	kind, known, err := l.IssueFrom(ctx, acme)
	require.NoError(t, err)
	require.False(t, known)
	require.Empty(t, kind)
	fixed, err := l.MeaningChange(ctx, acme, trade.KindInvoice)
	require.NoError(t, err)
	require.Nil(t, fixed)
	for _, wrong := range []trade.Kind{"", trade.KindCustomer} {
		require.ErrorIs(t, l.SetIssueFrom(ctx, acme, wrong), errNoMeaning)
	}
	require.NoError(t, l.SetIssueFrom(ctx, acme, trade.KindInvoice))
	require.Equal(t, trade.KindInvoice, meaning(t, l))
	old := dump(t, l)
	require.NoError(t, l.SetIssueFrom(ctx, acme, trade.KindInvoice))
	require.Equal(t, old, dump(t, l), "the same again")
}

// Where nobody has said, as after the loss of the ledger, what stands in the books tells.
func TestWhatStandsInTheBooksTellsTheMeaning(t *testing.T) {
	l, _ := open(t)
	adopt := func(id, orderID string, status trade.BooksStatus) {
		require.NoError(t, l.AdoptBooks(t.Context(), Adoption{Connection: acme, SaleID: id, BooksOrderID: orderID, BooksStatus: status}))
	}
	adopt("or_1", "ord_1", trade.BooksCancelled)
	require.Equal(t, trade.KindOrder, meaning(t, l))
	adopt("iv_1", "ord_2", trade.BooksPending)
	require.Equal(t, trade.KindInvoice, sale(t, l, "iv_1").Kind)
	require.Equal(t, trade.KindInvoice, meaning(t, l), "the order was cancelled without a document")
	adopt("or_2", "ord_3", trade.BooksPending)
	require.Equal(t, trade.KindOrder, meaning(t, l))
	require.ErrorIs(t, l.SetIssueFrom(t.Context(), acme, trade.KindInvoice), ErrMeaning)
}

// Invariant 1: while anything of a connection is in the books, or may come to be there, its sales stay what they are.
func TestTheMeaningIsFixedByTheBooks(t *testing.T) {
	sent := func(t *testing.T, l *Ledger, o Outcome) {
		t.Helper()
		finish(t, l, claim(t, l, claimOf("or_1", StepCreate, "a")), o)
	}
	for name, c := range map[string]struct {
		ready         func(t *testing.T, l *Ledger)
		inBooks, open int
	}{
		"an order": {func(t *testing.T, l *Ledger) {
			t.Helper()
			sent(t, l, Outcome{State: EffectDone, BooksOrderID: "ord_1", BooksStatus: trade.BooksPending})
		}, 1, 0},
		"an order of unknown status": {func(t *testing.T, l *Ledger) {
			t.Helper()
			sent(t, l, Outcome{State: EffectDone, BooksOrderID: "ord_1"})
		}, 1, 0},
		"a document": {func(t *testing.T, l *Ledger) { t.Helper(); issued(t, l, "or_1", "ord_1", "inv_1") }, 1, 0},
		"a document of an order that was cancelled": {func(t *testing.T, l *Ledger) {
			t.Helper()
			issued(t, l, "or_1", "ord_1", "inv_1")
			finish(t, l, claim(t, l, cancelOf("or_1", "ord_1")), Outcome{State: EffectDone, BooksStatus: trade.BooksCancelled})
		}, 1, 0},
		"the status alone": {func(t *testing.T, l *Ledger) {
			t.Helper()
			require.NoError(t, l.AdoptBooks(t.Context(), Adoption{Connection: acme, SaleID: "or_1", BooksStatus: trade.BooksInvoiced}))
		}, 1, 0},
		"a cancelled order": {func(t *testing.T, l *Ledger) {
			t.Helper()
			sent(t, l, Outcome{State: EffectDone, BooksOrderID: "ord_1", BooksStatus: trade.BooksPending})
			finish(t, l, claim(t, l, cancelOf("or_1", "ord_1")), Outcome{State: EffectDone, BooksStatus: trade.BooksCancelled})
		}, 0, 0},
		"being sent": {func(t *testing.T, l *Ledger) { t.Helper(); claim(t, l, claimOf("or_1", StepCreate, "a")) }, 0, 1},
		"unknown":    {func(t *testing.T, l *Ledger) { t.Helper(); sent(t, l, Outcome{State: EffectUnknown}) }, 0, 1},
		"held": {func(t *testing.T, l *Ledger) {
			t.Helper()
			e := claim(t, l, claimOf("or_1", StepCreate, "a"))
			finish(t, l, e, Outcome{State: EffectUnknown})
			finish(t, l, e, Outcome{State: EffectHeld})
		}, 0, 1},
		"strays": {func(t *testing.T, l *Ledger) {
			t.Helper()
			sent(t, l, Outcome{State: EffectPlanned, StraysDue: strayDate})
		}, 0, 1},
		"planned": {func(t *testing.T, l *Ledger) { t.Helper(); sent(t, l, Outcome{State: EffectPlanned}) }, 0, 0},
		"refused": {func(t *testing.T, l *Ledger) { t.Helper(); sent(t, l, Outcome{State: EffectRejected}) }, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			l, _ := open(t)
			ctx := t.Context()
			require.NoError(t, l.SetIssueFrom(ctx, acme, trade.KindOrder))
			plant(t, l, "or_1", "or_2")
			c.ready(t, l)
			old := dump(t, l)
			told, err := l.MeaningChange(ctx, acme, trade.KindInvoice)
			require.NoError(t, err)
			same, err := l.MeaningChange(ctx, acme, trade.KindOrder)
			require.NoError(t, err)
			require.Nil(t, same)
			require.NoError(t, l.SetIssueFrom(ctx, acme, trade.KindOrder))
			require.NoError(t, l.SetIssueFrom(ctx, "other", trade.KindInvoice), "of another connection")
			err = l.SetIssueFrom(ctx, acme, trade.KindInvoice)
			if c.inBooks+c.open == 0 {
				require.NoError(t, err)
				require.Nil(t, told)
				return
			}
			var fixed *MeaningError
			require.ErrorAs(t, err, &fixed)
			require.ErrorIs(t, err, ErrMeaning)
			require.Equal(t, fixed, told)
			require.Equal(t, &MeaningError{Connection: acme, From: trade.KindOrder, To: trade.KindInvoice, InBooks: c.inBooks, Open: c.open, Examples: []string{"10or_1"}}, fixed)
			now := dump(t, l)
			now["meanings"] = now["meanings"][:1]
			require.Equal(t, old, now, "nothing was written")
		})
	}
}

// After a change, what is known of the new kind gets its sales, and those of the old kind are looked at so that they end.
func TestAChangeOfMeaningFilesTheOtherRecords(t *testing.T) {
	l, c := open(t)
	ctx := t.Context()
	require.NoError(t, l.SetIssueFrom(ctx, acme, trade.KindOrder))
	plant(t, l, "or_1", "or_2")
	seen := c.advance(time.Minute)
	save(t, l, trade.SourceList, c.now(), invoice("iv_1", "or_1"), "or_1")
	save(t, l, trade.SourceList, c.now(), invoice("iv_2", "or_2"), "or_2")
	unreadable := invoice("", "or_1")
	unreadable.Body = []byte(`{"id":7}`)
	save(t, l, trade.SourceList, c.now(), unreadable)
	require.NoError(t, l.MarkGone(ctx, acme, Reading{At: c.advance(time.Minute)}, trade.KindInvoice, "iv_2", nil))
	for _, id := range []string{"or_1", "or_2"} {
		clean(t, l, id)
	}
	before := sale(t, l, "or_1").DirtySeq
	require.NoError(t, l.SetIssueFrom(ctx, acme, trade.KindInvoice))
	require.Equal(t, trade.KindInvoice, meaning(t, l))
	require.Equal(t, []string{"iv_1", "or_1", "or_2", UnreadableID(unreadable.Body)}, dirty(t, l), "iv_2 is gone")
	require.Equal(t, before+1, sale(t, l, "or_1").DirtySeq, "a step decided on before is not claimed any more")
	made := sale(t, l, "iv_1")
	require.Equal(t, trade.KindInvoice, made.Kind)
	require.Equal(t, "inviv_1", made.Number)
	require.Equal(t, seen, made.Created)
	require.Equal(t, trade.StateWaiting, made.State)
	require.Equal(t, trade.KindInvoice, sale(t, l, UnreadableID(unreadable.Body)).Kind)
	require.Equal(t, trade.KindOrder, sale(t, l, "or_1").Kind)

	// Nothing of the old kind comes into the books any more, whoever has not heard of the change.
	for _, step := range []string{StepCreate, StepIssue} {
		_, err := l.ClaimEffect(ctx, claimOf("or_1", step, "a"))
		require.ErrorIs(t, err, ErrMeaning)
	}
	// And back, as long as nothing is in the books.
	require.NoError(t, l.SetIssueFrom(ctx, acme, trade.KindOrder))
	claim(t, l, claimOf("or_1", StepCreate, "a"))
	_, err := l.ClaimEffect(ctx, claimOf("iv_1", StepCreate, "a"))
	require.ErrorIs(t, err, ErrMeaning)
}

func TestKindsOfSales(t *testing.T) {
	for _, c := range []struct {
		id            string
		meaning, want trade.Kind
	}{
		{"or_1", trade.KindInvoice, trade.KindOrder},
		{"iv_1", trade.KindOrder, trade.KindInvoice},
		{"iv_1", "", trade.KindInvoice},
		{"unreadable:7", trade.KindInvoice, trade.KindInvoice},
		{"unreadable:7", trade.KindOrder, trade.KindOrder},
		{"unreadable:7", "", trade.KindOrder},
	} {
		require.Equal(t, c.want, kindOf(c.id, c.meaning), c.id)
	}
}
