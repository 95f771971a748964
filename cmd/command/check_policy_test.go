package command

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/config"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/trade"
)

// TestCheckIssueFrom: check says before the daemon does whether the ledger allows a change.
func TestCheckIssueFrom(t *testing.T) {
	b := newBench(t, "acme")
	k := b.clerk(t)
	connection := func(from string) config.Connection {
		c := config.DefaultConnection()
		c.Name, c.Policy.IssueFrom, c.Policy.IssueOn = "acme", from, config.DefaultTrigger(from)
		return c
	}
	check := func(from string) finding {
		var found findings
		checkIssueFrom(t.Context(), &found, k.ledger, connection(from))
		require.Len(t, found, 1)
		return found[0]
	}
	require.Equal(t, "sales are made of invoices", check("invoice").Message, "an empty ledger allows both")
	require.NoError(t, k.ledger.SetIssueFrom(t.Context(), "acme", trade.KindOrder))
	k.order("acme", "or_new", "1005")
	require.Equal(t, "sales are made of orders", check("order").Message)
	one := check("invoice")
	require.Equal(t, good, one.Status)
	require.Equal(t, "nothing is in the books yet, so sales, which are made of orders, will be made of invoices when the daemon next starts", one.Message)
	k.month("acme")
	one = check("invoice")
	require.Equal(t, bad, one.Status)
	require.Equal(t, ExitUsage, one.code)
	require.Equal(t, "issue_from is invoice, but sales are made of orders here, with 1 sale already in the books, such as 1001: the same goods would be invoiced a second time", one.Message)
	require.Equal(t, "set issue_from back to order, or use a new connection name with its own order integration and a later since", one.Remedy)
	require.Equal(t, good, check("order").Status)
}

// TestRefusedMeaningIsUsage: the daemon that does not start for it ends like any other fault of the configuration.
func TestRefusedMeaningIsUsage(t *testing.T) {
	refused := &sqlite.MeaningError{Connection: "acme", From: trade.KindOrder, To: trade.KindInvoice, InBooks: 12, Open: 1, Examples: []string{"1042", "1043", "1044"}}
	err := daemonError(fmt.Errorf("open ledger: %w", refused))
	coded, ok := errors.AsType[*Error](err)
	require.True(t, ok)
	require.Equal(t, ExitUsage, coded.Code)
	require.ErrorIs(t, err, sqlite.ErrMeaning)
	require.EqualError(t, err, "connection acme: issue_from is invoice, but sales are made of orders here, with 12 sales already in the books and 1 sale with a step under way, "+
		"such as 1042, 1043, 1044: the same goods would be invoiced a second time; "+
		"set issue_from back to order, or use a new connection name with its own order integration and a later since")
	coded, ok = errors.AsType[*Error](daemonError(fmt.Errorf("start: %w", sqlite.ErrMeaning)))
	require.True(t, ok)
	require.Equal(t, ExitUsage, coded.Code)
}

// TestCheckSite asks the sandbox's shop, which sells in yen and has a preorder window.
func TestCheckSite(t *testing.T) {
	s := vendors(t)
	for _, c := range []struct {
		name   string
		change func(*config.Policy)
		want   []string
	}{
		{"plain", func(*config.Policy) {}, []string{
			"warn  acme currencies: sales in JPY are held: it has no decimals (price list \"Japan JPY\")\n      -> if they shall be invoiced, name JPY under policy.currencies and compare the first invoice: Space Invoices keeps two decimals",
			"ok    acme preorder: 1 preorder window; nothing of a sale is invoiced before all its goods are released",
		}},
		{"allowed and split", func(p *config.Policy) {
			p.Currencies, p.IssueFrom, p.IssueOn, p.Preorder = []string{"JPY"}, "invoice", "created", "split"
		}, []string{"ok    acme currencies: ", "JPY", "what is released later comes on another"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.connect(t, s, func(settings *config.Config) { c.change(&settings.Connections[0].Policy) })
			r := b.run(t, "check")
			require.Equal(t, ExitOK, r.code, r.stdout)
			for _, want := range c.want {
				require.Contains(t, r.stdout, want)
			}
		})
	}
}
