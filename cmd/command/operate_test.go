package command

import (
	"testing"

	"github.com/stretchr/testify/require"
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
	require.Positive(t, sale.Retried)

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
	require.Positive(t, sale.Retried)
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
