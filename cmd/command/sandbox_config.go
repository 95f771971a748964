package command

import (
	"net"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"spacebridge/config"
	"spacebridge/connectors/sandbox"
)

// directly gives the host:port of a webhook URL between which and the daemon nothing stands: a plain one with a port, on this
// machine. Behind any other there is a proxy or a tunnel, which leads wherever it leads.
func directly(webhookURL string) (host string, direct bool) {
	u, err := url.Parse(webhookURL)
	if err != nil || u.Scheme != "http" || u.Port() == "" {
		return "", false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Host, u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// settings is a configuration for the sandbox. Its credentials stand in it as they are: they open nothing else.
func (p *playground) settings(c *cobra.Command, s *sandbox.Sandbox, from time.Time) (*config.Config, error) {
	settings := config.Default()
	settings.Log.Format = "text"
	connection := config.DefaultConnection()
	connection.Name = "sandbox"
	connection.Since = config.Date{Year: from.Year(), Month: from.Month(), Day: from.Day()}
	connection.Orderspace.APIURL, connection.Orderspace.TokenURL = s.OrderspaceURL, s.TokenURL
	connection.Orderspace.ClientID, connection.Orderspace.ClientSecret = s.ClientID, config.NewSecret(s.ClientSecret)
	connection.SpaceInvoices.APIURL = s.SpaceInvoicesURL
	connection.SpaceInvoices.APIKey, connection.SpaceInvoices.EntityID = config.NewSecret(s.APIKey), s.EntityID
	connection.Orderspace.WebhookURL = p.webhookURL
	if host, direct := directly(p.webhookURL); direct {
		settings.HTTP.WebhookListen = host
	}
	connection.Policy.TimeZone = "UTC"
	connection.Policy.IssueFrom, connection.Policy.IssueOn = p.issueFrom, config.DefaultTrigger(p.issueFrom)
	connection.Policy.OnEdit, connection.Policy.Currencies = p.onEdit, []string{"JPY"} // some of the customers buy in yen
	if p.requestsPerMinute > 0 {
		connection.Orderspace.RequestsPerMinute = p.requestsPerMinute
	}
	if p.fast {
		connection.Orderspace.RequestsPerMinute, connection.SpaceInvoices.RequestsPerMinute = 6000, 6000
		connection.Orderspace.PollInterval, connection.Orderspace.SweepInterval = 2*time.Second, 5*time.Second
		connection.SpaceInvoices.SettleWindow = 10 * time.Second
	}
	client, err := p.app.booksClient(connection)
	if err != nil {
		return nil, err
	}
	integration, _, err := ensureIntegration(c.Context(), client, "Spacebridge sandbox", nil)
	if err != nil {
		return nil, err
	}
	connection.SpaceInvoices.OrderIntegrationID = integration.ID
	settings.Connections = []config.Connection{connection}
	return settings, nil
}
