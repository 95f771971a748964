package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/config"
	"spacebridge/connectors/spaceinvoices/eu"
	"spacebridge/worker"
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
		Checks []map[string]any
	}
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &out))
	require.True(t, out.OK)
	for _, key := range []string{"check", "connection", "status", "message", "remedy"} {
		require.Contains(t, out.Checks[0], key)
	}
}

// TestCheckFindings gives one thing after another to find, with the exit code it deserves.
func TestCheckFindings(t *testing.T) {
	t.Parallel() // it waits for vendors that do not answer
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

// TestCheckSecondConnection finds an integration that the configuration does not know, and none that it knows.
func TestCheckSecondConnection(t *testing.T) {
	b := newBench(t)
	client := b.connect(t, vendors(t), nil)
	yes, no := true, false
	second, err := client.CreateIntegration(t.Context(), requestID(), eu.IntegrationCreate{Name: "Spacebridge again"})
	require.NoError(t, err)
	third, err := client.CreateIntegration(t.Context(), requestID(), eu.IntegrationCreate{Name: "Given up"})
	require.NoError(t, err)
	_, err = client.UpdateIntegration(t.Context(), requestID(), third.ID, eu.IntegrationUpdate{IsActive: &no})
	require.NoError(t, err)
	_, err = client.UpdateIntegration(t.Context(), requestID(), second.ID, eu.IntegrationUpdate{IsActive: &yes})
	require.NoError(t, err)
	r := b.run(t, "check")
	require.Equal(t, ExitOK, r.code, r.stdout)
	require.Contains(t, r.stdout, `warn  acme integration: the entity has another: "Spacebridge again" (`+second.ID+`); two connections to one shop would invoice each sale twice`)
	require.NotContains(t, r.stdout, "Given up")

	c, err := config.Load(b.path("spacebridge.yaml"), config.Options{})
	require.NoError(t, err)
	other := c.Connections[0]
	other.SpaceInvoices.OrderIntegrationID = second.ID
	c.Connections = append(c.Connections, other)
	for _, f := range b.app.checkConnection(t.Context(), c, c.Connections[0]) {
		require.False(t, f.Check == "integration" && f.Status == warn, f.Message)
	}
}

// TestTakenPort expects the same exit code of check and run: it is a setting to change.
func TestTakenPort(t *testing.T) {
	t.Parallel()
	s := vendors(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	for name, change := range map[string]func(*config.Config){
		"temporal.listen":   func(c *config.Config) { c.Temporal.Listen = taken.Addr().String() },
		"http.admin_listen": func(c *config.Config) { c.HTTP.AdminListen = taken.Addr().String() },
	} {
		b := newBench(t)
		b.connect(t, s, change)
		r := b.run(t, "check")
		require.Equal(t, ExitUsage, r.code, r.stdout)
		require.Contains(t, r.stdout, "-> stop what listens there, or change "+name)
	}
	_, err = net.Listen("tcp", taken.Addr().String())
	b := newBench(t)
	b.connect(t, s, nil)
	b.app.build.Embedded = func(context.Context, worker.EmbeddedOptions) (worker.EmbeddedServer, error) {
		return nil, fmt.Errorf("listen is taken: %w", err)
	}
	r := b.run(t, "run")
	require.Equal(t, ExitUsage, r.code, r.stderr)
	require.Contains(t, r.stderr, taken.Addr().String())
	coded, ok := errors.AsType[*Error](daemonError(fmt.Errorf("http.admin_listen: %w", err)))
	require.True(t, ok)
	require.Equal(t, ExitUsage, coded.Code)
}

// TestCheckAdmin tells our own daemon from a stranger at the address of the metrics.
func TestCheckAdmin(t *testing.T) {
	serve := func(text string) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }))
		t.Cleanup(server.Close)
		return strings.TrimPrefix(server.URL, "http://")
	}
	for text, code := range map[string]int{"# HELP x\nspacebridge_sales 3\n": ExitOK, "hello": ExitUsage} {
		var found findings
		checkAdmin(t.Context(), &found, serve(text))
		require.Equal(t, code, found.exitCode(), text)
	}
	var found findings
	checkAdmin(t.Context(), &found, "127.0.0.1:0")
	require.Empty(t, found)
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
