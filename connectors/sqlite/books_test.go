package sqlite

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

// A vendor that has seen a request id before answers with what it said then. What the ledger knows of an order is that or
// more, and none of it is taken back.
func TestAKeptAnswerTakesNothingBack(t *testing.T) {
	pending := Outcome{State: EffectDone, BooksOrderID: "ord_1", BooksStatus: trade.BooksPending}
	for name, c := range map[string]struct {
		known   Outcome
		answer  Outcome
		status  trade.BooksStatus
		invoice string
	}{
		"invoiced":                    {Outcome{BooksDocumentID: "inv_1", BooksStatus: trade.BooksInvoiced}, pending, trade.BooksInvoiced, "inv_1"},
		"invoiced, order not named":   {Outcome{BooksDocumentID: "inv_1", BooksStatus: trade.BooksInvoiced}, Outcome{State: EffectDone, BooksStatus: trade.BooksPending}, trade.BooksInvoiced, "inv_1"},
		"cancelled":                   {Outcome{BooksStatus: trade.BooksCancelled}, pending, trade.BooksCancelled, ""},
		"pending":                     {Outcome{}, pending, trade.BooksPending, ""},
		"further":                     {Outcome{}, Outcome{State: EffectDone, BooksOrderID: "ord_1", BooksStatus: trade.BooksCancelled}, trade.BooksCancelled, ""},
		"another order in its stead":  {Outcome{BooksStatus: trade.BooksCancelled}, Outcome{State: EffectDone, BooksOrderID: "ord_2", BooksStatus: trade.BooksPending}, trade.BooksPending, ""},
		"a status nobody knows stays": {Outcome{BooksStatus: "processing"}, pending, "processing", ""},
	} {
		t.Run(name, func(t *testing.T) {
			l, _ := open(t)
			plant(t, l, "or_1")
			c.known.State = EffectDone
			finish(t, l, claim(t, l, claimOf("or_1", "create", "a")), pending)
			finish(t, l, claim(t, l, claimOf("or_1", "a step", "a")), c.known)
			finish(t, l, claim(t, l, claimOf("or_1", "annotate", "a")), c.answer)
			got := sale(t, l, "or_1")
			require.Equal(t, c.status, got.BooksStatus)
			require.Equal(t, c.invoice, got.BooksDocumentID)
		})
	}
}

// An answer may be kept under a request id by the vendor. Another opening of the file may be another copy of it, which
// counts its steps again and must not be told answers to the first; but a claim that was sent blindly keeps its id.
func TestRequestIDsDoNotComeAgainInAnotherLife(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "ledger.db"), newClock()
	l := reopen(t, path, c)
	plant(t, l, "or_1", "or_2")
	sent := claim(t, l, claimOf("or_1", "create", "a"))
	first := requestID(claimOf("or_2", "create", "a"), 1, l.life)
	require.NoError(t, l.Close())

	l = reopen(t, path, c)
	n, err := l.Recover(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.NoError(t, l.NoteLookup(t.Context(), sent.ID, sent.Attempts, "absent"))
	require.NoError(t, l.FinishEffect(t.Context(), sent.ID, "b", Outcome{State: EffectPlanned}))
	again := claim(t, l, claimOf("or_1", "create", "b"))
	require.Equal(t, sent.ID, again.ID)
	require.Equal(t, sent.RequestID, again.RequestID, "the same request to the byte, blindly repeated")

	other := claim(t, l, claimOf("or_2", "create", "b"))
	require.Equal(t, 1, other.Generation)
	require.NotEqual(t, first, other.RequestID)
}

// What was adopted is not what was written: it is written or compared again, and the sale is worked on.
func TestAdoptionForgetsWhatWasWritten(t *testing.T) {
	l, _ := open(t)
	plant(t, l, "or_1")
	finish(t, l, claim(t, l, claimOf("or_1", "create", "a")), Outcome{State: EffectDone, BooksOrderID: "ord_1", BooksStatus: trade.BooksPending, SetPrints: true})
	require.Equal(t, trade.Prints{Money: "m1", Identity: "i1", Quiet: "q1", Payment: "p1"}, sale(t, l, "or_1").Written)
	clean(t, l, "or_1")
	require.NoError(t, l.AdoptBooks(t.Context(), Adoption{Connection: acme, SaleID: "or_1", BooksOrderID: "ord_1", BooksDocumentID: "inv_1", BooksStatus: trade.BooksInvoiced}))
	require.Zero(t, sale(t, l, "or_1").Written)
	require.Equal(t, []string{"or_1"}, dirty(t, l))
}
