package sqlite

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

func documents(t *testing.T, l *Ledger, saleID string) []Document {
	t.Helper()
	all, err := l.Documents(t.Context(), acme, saleID)
	require.NoError(t, err)
	return all
}

func reissueOf(saleID, orderID, documentID string) Claim {
	c := claimOf(saleID, StepReissue, "a")
	c.BooksOrderID, c.BooksDocumentID = orderID, documentID
	c.Prints = trade.Prints{Money: "m2", Identity: "i2", Quiet: "q2", Payment: "p2"}
	return c
}

// issued makes a sale with an invoice, made of what was written.
func issued(t *testing.T, l *Ledger, saleID, orderID, documentID string) {
	t.Helper()
	plant(t, l, saleID)
	finish(t, l, claim(t, l, claimOf(saleID, StepCreate, "a")), Outcome{State: EffectDone, BooksOrderID: orderID, BooksStatus: trade.BooksPending, SetPrints: true})
	issue := claimOf(saleID, StepIssue, "a")
	issue.BooksOrderID = orderID
	finish(t, l, claim(t, l, issue), Outcome{State: EffectDone, BooksDocumentID: documentID, BooksStatus: trade.BooksInvoiced, SetIssued: true})
}

// Invariant 1: a reissue replaces the document that lives, and no other.
func TestAReissueReplacesTheLiveDocument(t *testing.T) {
	l, c := open(t)
	ctx := t.Context()
	plant(t, l, "or_2")
	_, err := l.ClaimEffect(ctx, reissueOf("or_2", "ord_2", "inv_2"))
	require.ErrorIs(t, err, ErrIssued, "there is nothing to replace")
	issued(t, l, "or_1", "ord_1", "inv_1")
	for name, one := range map[string]struct {
		order, document string
		want            error
	}{
		"another document": {"ord_1", "inv_9", ErrIssued},
		"no document":      {"ord_1", "", ErrIssued},
		"another order":    {"ord_9", "inv_1", ErrTaken},
		"no order":         {"", "inv_1", ErrTaken},
	} {
		_, err := l.ClaimEffect(ctx, reissueOf("or_1", one.order, one.document))
		require.ErrorIs(t, err, one.want, name)
	}
	first := c.now()
	at := c.advance(time.Hour)
	e := claim(t, l, reissueOf("or_1", "ord_1", "inv_1"))
	require.Equal(t, "inv_1", e.Replaces)
	require.Equal(t, e, effectNow(t, l, e))
	for _, same := range []string{"inv_1", ""} {
		require.ErrorIs(t, l.FinishEffect(ctx, e.ID, "a", Outcome{State: EffectDone, BooksDocumentID: same, SetIssued: true}), ErrSameDocument)
		require.Equal(t, EffectSending, effectNow(t, l, e).State, "nothing was written")
	}
	finish(t, l, e, Outcome{State: EffectDone, BooksDocumentID: "inv_2", BooksStatus: trade.BooksInvoiced, SetIssued: true})
	got := sale(t, l, "or_1")
	require.Equal(t, "inv_2", got.BooksDocumentID)
	require.Equal(t, trade.Prints{Money: "m2", Identity: "i2"}, got.Issued)
	require.Equal(t, trade.Prints{Money: "m1", Identity: "i1", Quiet: "q1", Payment: "p1"}, got.Written)
	require.Equal(t, []Document{
		{ID: "inv_1", SaleID: "or_1", BooksOrderID: "ord_1", Step: "issue", Seq: 1, ReplacedBy: "inv_2", RecordedAt: first},
		{ID: "inv_2", SaleID: "or_1", BooksOrderID: "ord_1", Step: "reissue", Seq: 2, RecordedAt: at},
	}, documents(t, l, "or_1"))

	// A claim for the same edit that outlived its time finds another document, and the next edit replaces that one.
	_, err = l.ClaimEffect(ctx, reissueOf("or_1", "ord_1", "inv_1"))
	require.ErrorIs(t, err, ErrIssued)
	again := claim(t, l, reissueOf("or_1", "ord_1", "inv_2"))
	require.Equal(t, 2, again.Generation)
	require.ErrorIs(t, l.FinishEffect(ctx, again.ID, "a", Outcome{State: EffectDone, BooksDocumentID: "inv_1"}), ErrSameDocument, "replaced long ago")
	finish(t, l, again, Outcome{State: EffectDone, BooksDocumentID: "inv_3"})
	require.Equal(t, trade.Prints{}, sale(t, l, "or_1").Issued, "nobody said what it was made of")
	require.Len(t, documents(t, l, "or_1"), 3)
}

// A request id stands for the replacement of one document: the vendor may have kept what it answered for the one before.
func TestAReissueOfAnotherDocumentHasAnotherRequestID(t *testing.T) {
	l, _ := open(t)
	issued(t, l, "or_1", "ord_1", "inv_1")
	e := claim(t, l, reissueOf("or_1", "ord_1", "inv_1"))
	finish(t, l, e, Outcome{State: EffectPlanned})
	same := claim(t, l, reissueOf("or_1", "ord_1", "inv_1"))
	require.Equal(t, e.RequestID, same.RequestID)
	finish(t, l, same, Outcome{State: EffectPlanned})
	require.NoError(t, l.AdoptBooks(t.Context(), Adoption{Connection: acme, SaleID: "or_1", BooksDocumentID: "inv_2"}))
	other := claim(t, l, reissueOf("or_1", "ord_1", "inv_2"))
	require.NotEqual(t, e.RequestID, other.RequestID)
	require.Equal(t, "inv_2", other.Replaces)
	require.Equal(t, "inv_1", effectNow(t, l, e).Replaces)
}

// What is found in the books joins the chain; what was replaced does not come back, whoever says so.
func TestFoundDocumentsJoinTheChain(t *testing.T) {
	l, _ := open(t)
	ctx := t.Context()
	issued(t, l, "or_1", "ord_1", "inv_1")
	plant(t, l, "or_2")
	adopt := func(saleID, document string) error {
		return l.AdoptBooks(ctx, Adoption{Connection: acme, SaleID: saleID, BooksDocumentID: document, BooksStatus: trade.BooksInvoiced})
	}
	require.NoError(t, adopt("or_1", "inv_1"))
	require.Equal(t, trade.Prints{Money: "m1", Identity: "i1"}, sale(t, l, "or_1").Issued, "the same document says what it said")
	require.NoError(t, adopt("or_1", "inv_2"))
	require.Zero(t, sale(t, l, "or_1").Issued)
	require.ErrorIs(t, adopt("or_1", "inv_1"), ErrReplaced)
	require.ErrorIs(t, adopt("or_2", "inv_1"), ErrTaken, "another sale's, although it was replaced")
	require.ErrorIs(t, adopt("or_2", "inv_2"), ErrTaken)

	// An answer that the vendor kept from before closes its step, and changes no more than that.
	pay := claim(t, l, claimOf("or_1", "set_payment", "a"))
	finish(t, l, pay, Outcome{State: EffectDone, BooksOrderID: "ord_1", BooksDocumentID: "inv_1", SetPrints: true})
	require.Equal(t, "inv_2", sale(t, l, "or_1").BooksDocumentID)
	all := documents(t, l, "or_1")
	require.Len(t, all, 2)
	require.Equal(t, "inv_2", all[0].ReplacedBy)
	require.Equal(t, "found", all[1].Step)
	require.Empty(t, documents(t, l, "or_2"))
	// Ids of documents are those of one connection's books.
	require.NoError(t, l.AdoptBooks(ctx, Adoption{Connection: "other", SaleID: "or_1", BooksDocumentID: "inv_1"}))
}

// Prints of the document are set apart from those of the order: an edit changes one, and a reissue the other.
func TestWhatWasIssuedIsKeptApartFromWhatWasWritten(t *testing.T) {
	l, _ := open(t)
	issued(t, l, "or_1", "ord_1", "inv_1")
	update := claimOf("or_1", "update", "a")
	update.Prints = trade.Prints{Money: "m2", Identity: "i2"}
	finish(t, l, claim(t, l, update), Outcome{State: EffectDone, SetPrints: true})
	got := sale(t, l, "or_1")
	require.Equal(t, trade.Prints{Money: "m2", Identity: "i2", Quiet: "q1", Payment: "p1"}, got.Written)
	require.Equal(t, trade.Prints{Money: "m1", Identity: "i1"}, got.Issued)

	finish(t, l, claim(t, l, claimOf("or_1", "look", "a")), Outcome{State: EffectDone, ForgetPrints: true})
	require.Zero(t, sale(t, l, "or_1").Written)
	require.Equal(t, trade.Prints{Money: "m1", Identity: "i1"}, sale(t, l, "or_1").Issued)

	seen := claimOf("or_1", "look", "a")
	seen.Prints = trade.Prints{Money: "m3"}
	e := claim(t, l, seen)
	finish(t, l, e, Outcome{State: EffectUnknown, SetIssued: true})
	require.Equal(t, "m1", sale(t, l, "or_1").Issued.Money, "not before it is done")
	finish(t, l, e, Outcome{State: EffectDone, SetIssued: true})
	require.Equal(t, trade.Prints{Money: "m3", Identity: "i1"}, sale(t, l, "or_1").Issued)
}

func TestTheDatabaseItselfKeepsEveryDocument(t *testing.T) {
	l, _ := open(t)
	issued(t, l, "or_1", "ord_1", "inv_1")
	finish(t, l, claim(t, l, reissueOf("or_1", "ord_1", "inv_1")), Outcome{State: EffectDone, BooksDocumentID: "inv_2"})
	for _, statement := range []string{
		`DELETE FROM documents`,
		`UPDATE documents SET replaced_by = NULL WHERE seq = 1`,
		`UPDATE documents SET replaced_by = 'inv_3' WHERE seq = 1`,
		`UPDATE documents SET replaced_by = 'inv_2' WHERE seq = 2`,
		`UPDATE documents SET step = 'found' WHERE seq = 2`,
		`UPDATE documents SET replaced_by = 'inv_3', sale_id = 'or_9' WHERE seq = 2`,
		`INSERT INTO documents (connection, document_id, sale_id, books_order_id, step, seq, recorded_at) VALUES ('acme', 'inv_3', 'or_1', '', 'found', 3, 0)`,
		`INSERT OR REPLACE INTO documents (connection, document_id, sale_id, books_order_id, step, seq, recorded_at) VALUES ('acme', 'inv_2', 'or_1', '', 'found', 2, 0)`,
	} {
		old := dump(t, l)
		_, err := l.writer.ExecContext(t.Context(), statement)
		require.Error(t, err, statement)
		require.Equal(t, old, dump(t, l), statement)
	}
}
