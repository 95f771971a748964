package command

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/trade"
)

func TestOperatorsCommands(t *testing.T) {
	b := newBench(t, "acme")
	k := b.clerk(t)
	k.month("acme")
	daemon := &ears{}
	b.app.nudge = daemon

	r := b.run(t, "issue", "1003", "--by", "jo")
	require.Equal(t, ExitOK, r.code, r.stderr)
	require.Contains(t, r.stdout, "Order 1003 (or_pending) of acme: asked to be issued now. The daemon has been told.")
	sale, _, err := k.ledger.Sale(t.Context(), "acme", "or_pending")
	require.NoError(t, err)
	require.True(t, sale.Command.Issue)
	require.False(t, sale.DirtySince.IsZero())

	r = b.run(t, "retry", "or_held")
	require.Equal(t, ExitOK, r.code, r.stderr)
	sale, _, err = k.ledger.Sale(t.Context(), "acme", "or_held")
	require.NoError(t, err)
	require.False(t, sale.RetriedAt.IsZero())

	r = b.run(t, "skip", "1005", "--reason", "invoiced by hand", "--by", "jo")
	require.Equal(t, ExitOK, r.code, r.stderr)
	sale, _, err = k.ledger.Sale(t.Context(), "acme", "or_new")
	require.NoError(t, err)
	require.Equal(t, "invoiced by hand", sale.Command.SkipReason)
	entries, err := k.ledger.Journal(t.Context(), "acme", "or_new")
	require.NoError(t, err)
	require.Equal(t, "command.skip", entries[len(entries)-1].Rule)
	require.Equal(t, "jo: invoiced by hand", entries[len(entries)-1].Detail)
	require.NoError(t, k.ledger.VerifyJournal(t.Context()))
	require.Contains(t, b.run(t, "explain", "1005").stdout, "jo said skip: invoiced by hand")
	require.Contains(t, b.run(t, "explain", "1003").stdout, "jo said issue\n")
	require.Equal(t, []string{"acme/or_pending", "acme/or_held", "acme/or_new"}, daemon.heard)
}

// TestDaemonNotThere gives a command that nobody hears: it stands in the ledger all the same.
func TestDaemonNotThere(t *testing.T) {
	b := newBench(t, "acme")
	k := b.clerk(t)
	k.month("acme")
	r := b.run(t, "retry", "1002")
	require.Equal(t, ExitOK, r.code)
	require.Contains(t, r.stdout, "The daemon cannot be told at 127.0.0.1:7233; it takes this up within a minute if it runs, else when it starts.")
	sale, _, err := k.ledger.Sale(t.Context(), "acme", "or_held")
	require.NoError(t, err)
	require.False(t, sale.RetriedAt.IsZero())
}

func TestCommandsThatMakeNoSense(t *testing.T) {
	b := newBench(t, "acme")
	k := b.clerk(t)
	k.month("acme")
	daemon := &ears{}
	b.app.nudge = daemon
	r := b.run(t, "issue", "1001")
	require.Equal(t, ExitOK, r.code)
	require.Contains(t, r.stdout, "has its invoice already: inv_1. Nothing to do.")
	r = b.run(t, "skip", "1001", "--reason", "no")
	require.Equal(t, ExitFailed, r.code)
	require.Contains(t, r.stderr, "credit it in Space Invoices instead")
	r = b.run(t, "issue", "1004")
	require.Equal(t, ExitFailed, r.code)
	require.Contains(t, r.stderr, "is ignored (skipped by an operator): there is nothing to issue")
	require.Empty(t, daemon.heard)
	entries, err := k.ledger.Journal(t.Context(), "acme", "or_issued")
	require.NoError(t, err)
	require.NotContains(t, entries[len(entries)-1].Rule, "command")
}

// TestSkipOfAHeldInvoice: the holds after an invoice advise to correct it by hand, then skip.
func TestSkipOfAHeldInvoice(t *testing.T) {
	b := newBench(t, "acme")
	k := b.clerk(t)
	k.month("acme")
	sale, _, err := k.ledger.Sale(t.Context(), "acme", "or_issued")
	require.NoError(t, err)
	k.decide(sqlite.Decided{
		Connection: "acme", SaleID: "or_issued", Settled: true, Currency: "GBP", Digits: 2, Gross: sale.Gross, HasGross: true,
		SnapshotHash: strings.Repeat("b", 64), State: trade.StateHeld, Rule: "sale.changed_after_issue", Reason: "it changed",
		Hold: &trade.Hold{Code: "changed_after_issue", Reason: "it changed", Advice: "credit it, then skip"},
	})
	r := b.run(t, "skip", "1001", "--reason", "credited by hand", "--by", "jo")
	require.Equal(t, ExitOK, r.code, r.stderr)
	require.Contains(t, r.stdout, "Order 1001 (or_issued) of acme: its invoice inv_1 is left as it is.")
	sale, _, err = k.ledger.Sale(t.Context(), "acme", "or_issued")
	require.NoError(t, err)
	require.Equal(t, "credited by hand", sale.Command.SkipReason)
	require.Contains(t, b.run(t, "skip", "--help").stdout, "It can be once it is held")
}

// TestIssueTakesASkipBack keeps the promise of skip's help.
func TestIssueTakesASkipBack(t *testing.T) {
	b := newBench(t, "acme")
	k := b.clerk(t)
	k.month("acme")
	require.Equal(t, ExitOK, b.run(t, "skip", "1003", "--reason", "by mistake").code)
	k.decide(sqlite.Decided{
		Connection: "acme", SaleID: "or_pending", Settled: true, SnapshotHash: strings.Repeat("b", 64),
		State: trade.StateIgnored, Rule: "sale.skipped", Reason: "an operator skipped this sale",
	})
	r := b.run(t, "explain", "1003")
	require.Contains(t, r.stdout, "  operator  said to leave it out: by mistake\n")
	require.Regexp(t, `1003 +ignored`, b.run(t, "sales").stdout)
	r = b.run(t, "issue", "1003")
	require.Equal(t, ExitOK, r.code, r.stderr)
	sale, _, err := k.ledger.Sale(t.Context(), "acme", "or_pending")
	require.NoError(t, err)
	require.Equal(t, sqlite.Command{Issue: true}, sale.Command)
	require.Contains(t, b.run(t, "explain", "1003").stdout, "  operator  said to issue it, whatever the trigger\n")
}
