package command

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/config"
	"spacebridge/connectors/spaceinvoices/eu"
	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

func TestCheckAllIsWell(t *testing.T) {
	b := newBench(t)
	b.connect(t, vendors(t), nil)
	r := b.run(t, "check")
	require.Equal(t, ExitOK, r.code, r.stdout+r.stderr)
	for _, line := range []string{
		"ok    configuration: 1 connection, acme", "ok    temporal: the daemon does not run; its addresses are free", "ok    ledger: none yet",
		"ok    acme orderspace: answers", "carried over by percent", "ok    acme space invoices: answers", "issues nothing by itself", "clock: agrees",
	} {
		require.Contains(t, r.stdout, line)
	}
	r = b.run(t, "check", "--json")
	var out struct {
		OK     bool
		Checks []map[string]string
	}
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &out))
	require.True(t, out.OK)
	for _, key := range []string{"check", "connection", "status", "message", "remedy"} {
		require.Contains(t, out.Checks[0], key)
	}
}

// TestCheckFindings gives one thing after another to find, with the exit code it deserves.
func TestCheckFindings(t *testing.T) {
	s := vendors(t)
	cases := []struct {
		name   string
		change func(*config.Config)
		code   int
		want   string
	}{
		{"secret", func(c *config.Config) { c.Connections[0].Orderspace.ClientSecret = config.NewSecret("wrong") }, ExitUsage, "FAIL  acme orderspace: refuses the credentials"},
		{"key", func(c *config.Config) { c.Connections[0].SpaceInvoices.APIKey = config.NewSecret("wrong") }, ExitUsage, "FAIL  acme space invoices: refuses the credentials"},
		{"integration", func(c *config.Config) { c.Connections[0].SpaceInvoices.OrderIntegrationID = "oint_other" }, ExitUsage, "FAIL  acme space invoices: does not know"},
		{"strict", func(c *config.Config) { c.Connections[0].Policy.StrictTaxes = true }, ExitFindings, "FAIL  acme taxes: not in the table"},
		{"row", func(c *config.Config) {
			c.Connections[0].Policy.Taxes = []config.Tax{{Orderspace: config.TaxMatch{Name: "Standrad"}, Rate: "22"}}
		}, ExitOK, `no tax rate of the site is "Standrad"`},
		{"books away", func(c *config.Config) { c.Connections[0].SpaceInvoices.APIURL = nobody(t) }, ExitUnreachable, "FAIL  acme space invoices: cannot be reached"},
		{"shop away", func(c *config.Config) {
			c.Connections[0].Orderspace.APIURL = nobody(t) + "/v1"
		}, ExitUnreachable, "FAIL  acme orderspace: cannot be reached"},
		{"temporal away", func(c *config.Config) { c.Temporal.Address = nobody(t)[len("http://"):] }, ExitUnreachable, "FAIL  temporal: does not answer"},
		{"fault", func(c *config.Config) { c.Connections[0].Policy.IssueOn = "never" }, ExitUsage, "FAIL  configuration: "},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.connect(t, s, c.change)
			r := b.run(t, "check")
			require.Equal(t, c.code, r.code, r.stdout+r.stderr)
			require.Contains(t, r.stdout, c.want)
			require.Empty(t, r.stderr)
		})
	}
}

// TestCheckIntegrationThatActs finds books that could issue by themselves.
func TestCheckIntegrationThatActs(t *testing.T) {
	b := newBench(t)
	client := b.connect(t, vendors(t), nil)
	yes := true
	_, err := client.UpdateIntegration(t.Context(), requestID(), integrations(t, client)[0].ID, eu.IntegrationUpdate{AutoProcess: &yes})
	require.NoError(t, err)
	r := b.run(t, "check")
	require.Equal(t, ExitFindings, r.code)
	require.Contains(t, r.stdout, "FAIL  acme integration: auto_process is not off")
}

func TestCheckHolds(t *testing.T) {
	b := newBench(t)
	b.connect(t, vendors(t), nil)
	b.clerk(t).month("acme")
	r := b.run(t, "check")
	require.Equal(t, ExitFindings, r.code, r.stdout)
	require.Contains(t, r.stdout, "ok    ledger: opens, and its journal is whole")
	require.Contains(t, r.stdout, "FAIL  acme sales: 1 held: 1 penny_lock")
}

// TestTaxRow prefers the id to the name and the name to the percent.
func TestTaxRow(t *testing.T) {
	rows := []config.Tax{
		{Orderspace: config.TaxMatch{Percent: "20.0"}}, {Orderspace: config.TaxMatch{Name: "Standard"}}, {Orderspace: config.TaxMatch{ID: "tr_1"}},
	}
	rate := func(id, name, percent string) trade.TaxRate {
		return trade.TaxRate{ID: id, Name: name, Rate: money.MustParse(percent)}
	}
	require.Equal(t, 2, taxRow(rows, rate("tr_1", "Standard", "20")))
	require.Equal(t, 1, taxRow(rows, rate("tr_2", "Standard", "20")))
	require.Equal(t, 0, taxRow(rows, rate("tr_2", "Other", "20")))
	require.Equal(t, -1, taxRow(rows, rate("tr_2", "Other", "5")))
}
