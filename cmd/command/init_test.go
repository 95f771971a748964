package command

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/config"
	"spacebridge/connectors/spaceinvoices/eu"
)

func TestInitByFlagsAndEnvironment(t *testing.T) {
	s := vendors(t)
	b := newBench(t)
	environment(t, s)
	args := initArgs(s, "--name", "acme", "--since", "2026-01-01", "--entity", s.EntityID, "--integration-name", "Shop", "--issue-on", "paid")
	r := b.run(t, args...)
	require.Equal(t, ExitOK, r.code, r.stderr)
	require.Contains(t, r.stdout, "Wrote "+b.path("spacebridge.yaml"))
	require.Contains(t, r.stderr, `order integration "Shop" created`)
	require.NotContains(t, r.stdout, "export", "the environment has the credentials already")
	require.Equal(t, os.FileMode(0o600), mode(t, b.path("spacebridge.yaml")))

	text, err := os.ReadFile(b.path("spacebridge.yaml"))
	require.NoError(t, err)
	for _, secret := range []string{s.ClientSecret, s.APIKey} {
		require.NotContains(t, string(text)+r.stdout+r.stderr, secret)
	}
	c, err := config.Load(b.path("spacebridge.yaml"), config.Options{})
	require.NoError(t, err)
	require.Equal(t, "paid", c.Connections[0].Policy.IssueOn)
	require.Equal(t, s.APIKey, c.Connections[0].SpaceInvoices.APIKey.Reveal())
	require.Equal(t, config.SpaceInvoicesSandboxLimit, c.Connections[0].SpaceInvoices.RequestsPerMinute)

	client, err := b.app.booksClient(c.Connections[0])
	require.NoError(t, err)
	all := integrations(t, client)
	require.Len(t, all, 1)
	require.True(t, safe(all[0]))
	require.Equal(t, c.Connections[0].SpaceInvoices.OrderIntegrationID, all[0].ID)

	// Again: the file is not overwritten unasked, and the integration is found and not created twice.
	r = b.run(t, args...)
	require.Equal(t, ExitUsage, r.code)
	require.Contains(t, r.stderr, "exists already")
	r = b.run(t, append(args, "--force")...)
	require.Equal(t, ExitOK, r.code, r.stderr)
	require.Contains(t, r.stderr, `order integration "Shop" found: `+all[0].ID)
	require.Len(t, integrations(t, client), 1)
}

// TestInitTouchesOnlyItsIntegration finds one of the same name that issues by itself, beside others.
func TestInitTouchesOnlyItsIntegration(t *testing.T) {
	s := vendors(t)
	b := newBench(t)
	environment(t, s)
	client, err := b.app.booksClient(config.Connection{SpaceInvoices: config.SpaceInvoices{
		APIURL: s.SpaceInvoicesURL, APIKey: config.NewSecret(s.APIKey), EntityID: s.EntityID, RequestsPerMinute: 60000,
	}})
	require.NoError(t, err)
	yes := true
	for _, name := range []string{"Shop", "shop", "Shop 2"} {
		_, err := client.CreateIntegration(t.Context(), requestID(), eu.IntegrationCreate{Name: name, AutoProcess: &yes})
		require.NoError(t, err)
	}
	args := initArgs(s, "--name", "acme", "--since", "2026-01-01", "--entity", s.EntityID, "--integration-name", "Shop")
	r := b.run(t, args...)
	require.Equal(t, ExitUsage, r.code)
	require.Contains(t, r.stderr, `"shop" (oint_`)
	require.Contains(t, r.stderr, `"Shop 2" (oint_`)
	require.Contains(t, r.stderr, "would invoice each sale twice")
	require.Contains(t, r.stderr, "--another-integration")
	require.NoFileExists(t, b.path("spacebridge.yaml"))
	for _, integration := range integrations(t, client) {
		require.False(t, safe(integration), "nothing is changed before consent")
	}
	r = b.run(t, append(args, "--another-integration")...)
	require.Equal(t, ExitOK, r.code, r.stderr)
	require.Contains(t, r.stderr, "found, and told not to issue by itself")
	for _, integration := range integrations(t, client) {
		require.Equal(t, integration.Name == "Shop", safe(integration), integration.Name)
	}
}

// TestInitBesideAnotherConnection creates nothing beside another integration until a person says that it serves another shop.
func TestInitBesideAnotherConnection(t *testing.T) {
	s := vendors(t)
	b := newBench(t)
	environment(t, s)
	args := func(name string) []string {
		return initArgs(s, "--name", name, "--since", "2026-01-01", "--entity", s.EntityID, "--force")
	}
	require.Equal(t, ExitOK, b.run(t, args("acme")...).code)
	c, err := config.Load(b.path("spacebridge.yaml"), config.Options{})
	require.NoError(t, err)
	client, err := b.app.booksClient(c.Connections[0])
	require.NoError(t, err)

	b.stdin = "yes\n" // a script is not asked
	r := b.run(t, args("again")...)
	require.Equal(t, ExitUsage, r.code)
	require.Contains(t, r.stderr, `"Spacebridge acme" (oint_`)
	b.app.interactive = true
	for _, answer := range []string{"", "\n", "no\n"} {
		b.stdin = answer
		r = b.run(t, args("again")...)
		require.Equal(t, ExitUsage, r.code)
		require.Contains(t, r.stderr, "Does it serve another shop? (yes or no) [no]: ")
		require.Len(t, integrations(t, client), 1)
	}
	b.stdin = "yes\n"
	r = b.run(t, args("again")...)
	require.Equal(t, ExitOK, r.code, r.stderr)
	require.Len(t, integrations(t, client), 2)
}

// TestInitAnswersAreLookedAtAtOnce gives wrong answers: a person is asked again, a script is told.
func TestInitAnswersAreLookedAtAtOnce(t *testing.T) {
	s := vendors(t)
	b := newBench(t)
	environment(t, s)
	b.stdin = "Acme UK\n2026-01-01\n"
	r := b.run(t, initArgs(s)...)
	require.Equal(t, ExitUsage, r.code)
	require.Contains(t, r.stderr, `"Acme UK" cannot be part of keys`)
	require.NotContains(t, r.stderr, "First day", "nothing more is asked")
	require.NotContains(t, r.stderr, "connections[0]")
	b.stdin = "acme\nsoon\n"
	r = b.run(t, initArgs(s)...)
	require.Equal(t, ExitUsage, r.code)
	require.Contains(t, r.stderr, `"soon" is not a day such as 2026-01-01`)
	r = b.run(t, initArgs(s, "--time-zone", "London")...)
	require.Equal(t, ExitUsage, r.code)
	require.NotContains(t, r.stderr, "Name of the connection", "flags are looked at before anything is asked")

	b.app.interactive = true
	b.stdin = "Acme UK\nacme\nsoon\n2026-01-01\nent one\n" + s.EntityID + "\nLondon\nEurope/Ljubljana\nShop\n"
	r = b.run(t, initArgs(s)...)
	require.Equal(t, ExitOK, r.code, r.stderr)
	require.Contains(t, r.stderr, "Time zone of the Orderspace site [Europe/London]: \n")
	require.Contains(t, r.stderr, "Name of the order integration in Space Invoices [Spacebridge acme]: \n")
	c, err := config.Load(b.path("spacebridge.yaml"), config.Options{})
	require.NoError(t, err)
	require.Equal(t, "Europe/Ljubljana", c.Connections[0].Policy.TimeZone)
	require.Equal(t, "acme", c.Names()[0])
}

// TestInitAsksOnlyForWhatIsMissing has everything that has no default from flags.
func TestInitAsksOnlyForWhatIsMissing(t *testing.T) {
	s := vendors(t)
	for _, interactive := range []bool{false, true} {
		b := newBench(t)
		b.app.interactive = interactive
		environment(t, s)
		r := b.run(t, initArgs(s, "--name", "acme", "--since", "2026-01-01", "--entity", s.EntityID)...)
		require.Equal(t, ExitOK, r.code, r.stderr)
		require.NotContains(t, r.stderr, "]: ")
		require.Contains(t, r.stderr, `order integration "Spacebridge acme"`)
		require.Contains(t, r.stdout, "Plain dates are taken to be those of Europe/London")
	}
}

func TestInitNamesAnUnknownEntity(t *testing.T) {
	s := vendors(t)
	b := newBench(t)
	environment(t, s)
	r := b.run(t, initArgs(s, "--name", "acme", "--since", "2026-01-01", "--entity", "ent_elsewhere")...)
	require.Equal(t, ExitUsage, r.code)
	require.Contains(t, r.stderr, "entity ent_elsewhere")
}

// TestInitAsks answers the questions by lines, and keeps the credentials in files.
func TestInitAsks(t *testing.T) {
	s := vendors(t)
	b := newBench(t)
	for _, name := range []string{envClientID, envClientSecret, envAPIKey} {
		t.Setenv(name, "")
	}
	b.stdin = "acme\n2026-01-01\n" + s.ClientID + "\n" + s.ClientSecret + "\n" + s.APIKey + "\n" + s.EntityID + "\n\n"
	r := b.run(t, initArgs(s, "--secrets-dir", b.path("secrets"))...)
	require.Equal(t, ExitOK, r.code, r.stderr)
	require.Contains(t, r.stderr, "Name of the connection (a-z, 0-9, -) [acme]: ")
	require.Equal(t, os.FileMode(0o600), mode(t, b.path("secrets/acme_client_secret")))
	c, err := config.Load(b.path("spacebridge.yaml"), config.Options{})
	require.NoError(t, err)
	require.Equal(t, s.ClientSecret, c.Connections[0].Orderspace.ClientSecret.Reveal())
	require.Equal(t, s.APIKey, c.Connections[0].SpaceInvoices.APIKey.Reveal())

	// Without files it says what to export.
	r = b.run(t, initArgs(s, "--force")...)
	require.Equal(t, ExitOK, r.code, r.stderr)
	require.Contains(t, r.stdout, envClientSecret+" in the daemon's environment: export it")
}

func TestInitRefuses(t *testing.T) {
	s := vendors(t)
	b := newBench(t)
	environment(t, s)
	r := b.run(t, initArgs(s)...)
	require.Equal(t, ExitUsage, r.code)
	require.Contains(t, r.stderr, "give it as a flag")
	full := func(more ...string) []string {
		return initArgs(s, append([]string{"--name", "acme", "--since", "2026-01-01", "--entity", s.EntityID, "--integration-name", "Shop"}, more...)...)
	}
	r = b.run(t, full("--since", "soon")...)
	require.Equal(t, ExitUsage, r.code)
	r = b.run(t, full("--issue-on", "shipped")...)
	require.Equal(t, ExitUsage, r.code)
	require.Contains(t, r.stderr, "connections[0].policy.issue_on")
	t.Setenv(envClientSecret, "wrong-secret")
	r = b.run(t, full()...)
	require.Equal(t, ExitUsage, r.code)
	require.Contains(t, r.stderr, "Orderspace refuses the credentials")
	require.NotContains(t, r.stderr, "wrong-secret")
	t.Setenv(envClientSecret, s.ClientSecret)
	t.Setenv(envAPIKey, "wrong-key")
	r = b.run(t, full()...)
	require.Equal(t, ExitUsage, r.code)
	require.Contains(t, r.stderr, "Space Invoices refuses the credentials")
	require.NoFileExists(t, b.path("spacebridge.yaml"))
}

// TestInitOfInvoices: issue_on follows what sales are made of, unless it is given; what does not go together is refused.
func TestInitOfInvoices(t *testing.T) {
	s := vendors(t)
	environment(t, s)
	for want, more := range map[string][]string{"created": nil, "paid": {"--issue-on", "paid"}} {
		b := newBench(t)
		r := b.run(t, initArgs(s, append([]string{"--name", "acme", "--since", "2026-01-01", "--entity", s.EntityID, "--integration-name", "Shop", "--issue-from", "invoice"}, more...)...)...)
		require.Equal(t, ExitOK, r.code, r.stderr)
		c, err := config.Load(b.path("spacebridge.yaml"), config.Options{})
		require.NoError(t, err)
		require.Equal(t, []string{"invoice", want}, []string{c.Connections[0].Policy.IssueFrom, c.Connections[0].Policy.IssueOn})
	}
	b := newBench(t)
	r := b.run(t, initArgs(s, "--name", "acme", "--since", "2026-01-01", "--entity", s.EntityID, "--issue-from", "invoice", "--issue-on", "released")...)
	require.Equal(t, ExitUsage, r.code)
	require.Contains(t, r.stderr, `"released" says nothing about an Orderspace invoice`)
}
