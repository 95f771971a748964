package sqlite

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

// A ledger from before sales could be made of invoices keeps all it has, and knows the documents that its sales have.
func TestALedgerOfOrdersIsBroughtForward(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	l, err := newLedger(Options{Path: path, Now: newClock().now})
	require.NoError(t, err)
	require.NoError(t, prepareFile(path))
	l.writer, err = connect(t.Context(), writerDSN(path, l.busy), 1)
	require.NoError(t, err)
	require.NoError(t, l.migrate(t.Context(), embedded[:2]))
	require.NoError(t, l.writer.Close())
	raw(t, path,
		`INSERT INTO records (connection, kind, record_id, status, number, source, since, heard_at, read_at, appeared_at)
		   VALUES ('acme', 'invoice', 'iv_1', 'unpaid', '9', 'list', 5000, 5000, 5000, 5000)`,
		`INSERT INTO sales (connection, id, state, books_order_id, books_document_id, books_status, written_money, written_identity,
		   written_quiet, written_payment, updated_at, created_at) VALUES
		   ('acme', 'or_1', 'issued', 'ord_1', 'inv_1', 'invoiced', 'm', 'i', 'q', 'p', 7000, 900),
		   ('acme', 'or_2', 'issued', NULL, 'inv_2', 'invoiced', 'm', '', '', '', 8000, 900),
		   ('acme', 'or_3', 'pending', 'ord_3', NULL, 'pending', 'm', 'i', 'q', 'p', 9000, 900),
		   ('acme', 'iv_1', 'ignored', NULL, NULL, '', '', '', '', '', 100, NULL)`,
		`INSERT INTO effects (connection, sale_id, step, generation, request_id, body_hash, state, created_at, updated_at, books_order_id, books_document_id)
		   VALUES ('acme', 'or_1', 'issue', 1, 'sb_1', '', 'done', 6000, 6500, 'ord_1', 'inv_1'),
		     ('acme', 'or_1', 'set_payment', 1, 'sb_2', '', 'done', 6000, 6900, 'ord_1', 'inv_1'),
		     ('acme', 'or_2', 'issue', 1, 'sb_3', '', 'rejected', 6000, 6600, '', 'inv_2')`,
		`INSERT INTO effect_log (effect_id, at, from_state, to_state, owner, status, detail) SELECT id, 0, '', state, '', 0, '' FROM effects`,
		`INSERT INTO holds (connection, sale_id, code, reason, advice, opened_at) VALUES ('acme', 'or_3', 'vat', 'r', 'a', 1)`,
	)
	l = reopen(t, path, newClock())
	intact(t, l)
	kind, known, err := l.IssueFrom(t.Context(), acme)
	require.NoError(t, err)
	require.True(t, known)
	require.Equal(t, trade.KindOrder, kind)
	_, known, err = l.IssueFrom(t.Context(), "other")
	require.NoError(t, err)
	require.False(t, known)

	one, three, invoice := sale(t, l, "or_1"), sale(t, l, "or_3"), sale(t, l, "iv_1")
	require.Equal(t, trade.Prints{Money: "m", Identity: "i"}, one.Issued)
	require.Equal(t, trade.Prints{Money: "m", Identity: "i", Quiet: "q", Payment: "p"}, one.Written)
	require.Zero(t, three.Issued)
	require.Equal(t, &trade.Hold{Code: "vat", Reason: "r", Advice: "a"}, three.Hold)
	require.Equal(t, trade.KindOrder, one.Kind)
	require.Equal(t, trade.KindInvoice, invoice.Kind)
	require.Equal(t, time.UnixMilli(5000).UTC(), invoice.Created)
	require.Equal(t, []Document{{ID: "inv_1", SaleID: "or_1", BooksOrderID: "ord_1", Step: "issue", Seq: 1, RecordedAt: time.UnixMilli(6500).UTC()}}, documents(t, l, "or_1"))
	require.Equal(t, []Document{{ID: "inv_2", SaleID: "or_2", Step: "found", Seq: 1, RecordedAt: time.UnixMilli(8000).UTC()}}, documents(t, l, "or_2"))
	require.Empty(t, documents(t, l, "or_3"))

	// And it goes on from there.
	e := claim(t, l, reissueOf("or_1", "ord_1", "inv_1"))
	finish(t, l, e, Outcome{State: EffectDone, BooksDocumentID: "inv_3"})
	require.Equal(t, "inv_3", documents(t, l, "or_1")[0].ReplacedBy)
}
