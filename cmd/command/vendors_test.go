package command

import (
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/config"
	"spacebridge/connectors/sandbox"
	"spacebridge/connectors/sandbox/books"
	"spacebridge/connectors/sandbox/shop"
	"spacebridge/connectors/spaceinvoices/eu"
)

// vendors are both vendors on loopback, with an hour of business in the shop.
func vendors(t *testing.T) *sandbox.Sandbox {
	t.Helper()
	s, err := sandbox.Start(t.Context(), sandbox.Options{
		Seed: 1, Shop: shop.Options{RequestsPerMinute: -1}, Books: books.Options{RequestsPerMinute: -1},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, sandbox.NewMerchant(s.Shop, 1).History(time.Now().Add(-time.Hour), time.Now(), 3))
	return s
}

// connect writes a configuration for the vendors and gives a client for the books. change may spoil it first.
func (b *bench) connect(t *testing.T, s *sandbox.Sandbox, change func(*config.Config)) *eu.Client {
	t.Helper()
	c := config.Default()
	c.HTTP.AdminListen, c.Temporal.Listen, c.Temporal.UIListen = "127.0.0.1:0", "127.0.0.1:0", ""
	connection := config.DefaultConnection()
	connection.Name, connection.Since = "acme", config.Date{Year: 2026, Month: time.January, Day: 1}
	connection.Orderspace.APIURL, connection.Orderspace.TokenURL = s.OrderspaceURL, s.TokenURL
	connection.Orderspace.ClientID, connection.Orderspace.ClientSecret = s.ClientID, config.NewSecret(s.ClientSecret)
	connection.Orderspace.RequestsPerMinute, connection.SpaceInvoices.RequestsPerMinute = 60000, 60000
	connection.SpaceInvoices.APIURL, connection.SpaceInvoices.EntityID = s.SpaceInvoicesURL, s.EntityID
	connection.SpaceInvoices.APIKey = config.NewSecret(s.APIKey)
	client, err := b.app.booksClient(connection)
	require.NoError(t, err)
	integration, _, err := ensureIntegration(t.Context(), client, "Spacebridge acme", nil)
	require.NoError(t, err)
	connection.SpaceInvoices.OrderIntegrationID = integration.ID
	c.Connections = []config.Connection{connection}
	if change != nil {
		change(c)
	}
	require.NoError(t, writeConfig(b.path("spacebridge.yaml"), c))
	return client
}

// nobody is an address at which nothing listens.
func nobody(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return "http://" + listener.Addr().String()
}

func integrations(t *testing.T, client *eu.Client) []eu.Integration {
	t.Helper()
	page, err := client.ListIntegrations(t.Context(), eu.ListOptions{Limit: 100})
	require.NoError(t, err)
	return page.Items
}

// environment gives init its credentials the way a daemon has them.
func environment(t *testing.T, s *sandbox.Sandbox) {
	t.Helper()
	t.Setenv(envClientID, s.ClientID)
	t.Setenv(envClientSecret, s.ClientSecret)
	t.Setenv(envAPIKey, s.APIKey)
}

func initArgs(s *sandbox.Sandbox, more ...string) []string {
	return append([]string{
		"init", "--orderspace-url", s.OrderspaceURL, "--orderspace-token-url", s.TokenURL, "--space-invoices-url", s.SpaceInvoicesURL,
	}, more...)
}

func mode(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	return info.Mode().Perm()
}
