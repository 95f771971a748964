package command

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sqlite"
	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

// lockTable is what mapping writes for a penny lock.
const lockTable = `line               quantity x price  rate     net    tax  net by Space Invoices  tax by Space Invoices
1 (TC02-BLU-S)     3 x 33.33         20%    99.99  20.00                  99.99                  20.00
2 (TC02-BLU-M)     1 x 100.05        20%   100.05  20.01                 100.05                  20.02  differs by 0.01
all lines at                         20%   200.04  40.01                 200.04                  40.02  differs by 0.01
the document                               200.04  40.01                 200.04                  40.02  differs by 0.01
`

// TestExplainDetail shows the table of a hold under its reason.
func TestExplainDetail(t *testing.T) {
	b := newBench(t, "acme")
	k := b.clerk(t)
	k.order("acme", "or_1", "1042")
	k.decide(sqlite.Decided{
		Connection: "acme", SaleID: "or_1", State: trade.StateHeld, Rule: "sale.penny_lock", Reason: "the totals differ", Settled: true,
		Currency: "GBP", Digits: 2, Gross: 24005, HasGross: true,
		Hold: &trade.Hold{
			Code: mapping.HoldPennyLock, Reason: "Orderspace says 240.05 GBP and Space Invoices would compute 240.06 GBP",
			Advice: "Compare the named lines.", Detail: lockTable,
		},
	})
	r := b.run(t, "explain", "1042")
	require.Equal(t, ExitOK, r.code, r.stderr)
	golden(t, "explain_detail.txt", r.stdout)
	require.NotContains(t, r.stdout, " \n")
	require.Contains(t, b.run(t, "sales", "--json", "--state", "held").stdout, `"detail": "line               quantity x price`)
}

// reissued files a sale of an invoice whose invoice in the books was replaced.
func (k *clerk) reissued(connection, id, number string) {
	k.t.Helper()
	k.record(connection, trade.KindInvoice, id, number, time.Time{}, true, `{"id":"`+id+`"}`)
	k.decide(sqlite.Decided{Connection: connection, SaleID: id, State: trade.StateWaiting, Rule: "books.create", Reason: "the invoice is not in the books yet"})
	k.step(connection, id, "create", sqlite.Outcome{State: sqlite.EffectDone, Status: 201, BooksOrderID: "ord_1", BooksStatus: trade.BooksPending})
	k.step(connection, id, sqlite.StepIssue, sqlite.Outcome{
		State: sqlite.EffectDone, Status: 200, BooksOrderID: "ord_1", BooksDocumentID: "inv_1", BooksStatus: trade.BooksInvoiced,
	})
	k.at = k.at.Add(time.Minute)
	effect, err := k.ledger.ClaimEffect(k.t.Context(), sqlite.Claim{
		Connection: connection, SaleID: id, Step: sqlite.StepReissue, BodyHash: "body", Owner: "test", Lease: time.Minute, Scope: "ent_1", BooksOrderID: "ord_1", BooksDocumentID: "inv_1",
	})
	require.NoError(k.t, err)
	require.NoError(k.t, k.ledger.FinishEffect(k.t.Context(), effect.ID, "test", sqlite.Outcome{
		State: sqlite.EffectDone, Status: 200, BooksOrderID: "ord_1", BooksDocumentID: "inv_2", BooksStatus: trade.BooksInvoiced,
	}))
	k.decide(sqlite.Decided{
		Connection: connection, SaleID: id, State: trade.StateIssued, Rule: "done", Reason: "nothing is left to do", Settled: true,
		Currency: "GBP", Digits: 2, Gross: 36610, HasGross: true,
	})
}

// TestExplainInvoice tells of a sale that is an Orderspace invoice, with the chain of its invoices in the books, and every
// command speaks of it so.
func TestExplainInvoice(t *testing.T) {
	b := newBench(t, "acme")
	b.app.nudge = &ears{}
	k := b.clerk(t)
	require.NoError(t, k.ledger.SetIssueFrom(t.Context(), "acme", trade.KindInvoice))
	k.reissued("acme", "iv_1", "1748")
	for _, key := range []string{"1748", "iv_1"} {
		r := b.run(t, "explain", key)
		require.Equal(t, ExitOK, r.code, r.stderr)
		golden(t, "explain_invoice.txt", r.stdout)
	}
	golden(t, "explain_invoice.json", opaque.ReplaceAllString(b.run(t, "explain", "iv_1", "--json").stdout, `"$1": "…"`))
	require.Contains(t, b.run(t, "issue", "1748").stdout, "Invoice 1748 (iv_1) of acme has its invoice already: inv_2")
	r := b.run(t, "skip", "1748", "--reason", "x")
	require.Equal(t, ExitFailed, r.code)
	require.Contains(t, r.stderr, "invoice 1748 (iv_1) has its invoice already (inv_2)")
	require.Contains(t, b.run(t, "retry", "iv_1").stdout, "Invoice 1748 (iv_1) of acme: asked to be looked at again")

	k.record("acme", trade.KindInvoice, "iv_2", "1749", time.Time{}, true, `{"id":"iv_2"}`)
	k.decide(sqlite.Decided{Connection: "acme", SaleID: "iv_2", State: trade.StatePending, Rule: "wait.paid", Reason: "it is not paid", Settled: true})
	require.True(t, strings.HasPrefix(b.run(t, "explain", "1749").stdout,
		"Invoice 1749 (iv_2) of acme is pending: its order is in the books, its invoice there is not issued yet.\n"))
}

// TestFindingAmongKinds: a record that is a sale no more does not stand in the way of one that is, and is found by its id.
func TestFindingAmongKinds(t *testing.T) {
	b := newBench(t, "acme")
	k := b.clerk(t)
	require.NoError(t, k.ledger.SetIssueFrom(t.Context(), "acme", trade.KindOrder))
	k.order("acme", "or_1", "7")
	k.order("acme", "or_2", "8")
	require.NoError(t, k.ledger.SetIssueFrom(t.Context(), "acme", trade.KindInvoice))
	k.record("acme", trade.KindInvoice, "iv_1", "7", time.Time{}, true, `{"id":"iv_1"}`)
	require.Equal(t, ExitUsage, b.run(t, "explain", "7").code, "not yet decided on, either may be meant")
	for _, id := range []string{"or_1", "or_2"} {
		k.decide(sqlite.Decided{Connection: "acme", SaleID: id, State: trade.StateIgnored, Rule: mapping.RuleOtherSource, Reason: "sales are made of invoices", Settled: true})
	}
	for key, want := range map[string]string{"7": "Invoice 7 (iv_1)", "or_1": "Order 7 (or_1)", "8": "Order 8 (or_2)"} {
		r := b.run(t, "explain", key)
		require.Equal(t, ExitOK, r.code, r.stderr)
		require.Contains(t, r.stdout, want)
	}
}
