package command

import (
	"spacebridge/config"
	"spacebridge/connectors/orderspace"
	"spacebridge/connectors/rest"
	"spacebridge/connectors/spaceinvoices/eu"
)

// shopClient makes a client for the Orderspace side of a connection.
func (a *app) shopClient(c config.Connection) (*orderspace.Client, error) {
	return orderspace.New(orderspace.Options{
		APIURL:       c.Orderspace.APIURL,
		TokenURL:     c.Orderspace.TokenURL,
		ClientID:     c.Orderspace.ClientID,
		ClientSecret: c.Orderspace.ClientSecret.Reveal(),
		Pace:         rest.NewPace(c.Orderspace.RequestsPerMinute),
		UserAgent:    a.userAgent(),
	})
}

// booksClient makes a client for the Space Invoices side of a connection.
func (a *app) booksClient(c config.Connection) (*eu.Client, error) {
	return eu.New(eu.Options{
		APIURL:        c.SpaceInvoices.APIURL,
		APIKey:        c.SpaceInvoices.APIKey.Reveal(),
		EntityID:      c.SpaceInvoices.EntityID,
		IntegrationID: c.SpaceInvoices.OrderIntegrationID,
		Pace:          rest.NewPace(c.SpaceInvoices.RequestsPerMinute),
		UserAgent:     a.userAgent(),
	})
}

func (a *app) userAgent() string { return "spacebridge/" + a.build.Version }

// vendorFault says what a failed call to a vendor means for a person: what happened, what to do, and the exit code.
func vendorFault(err error, credentials string) (message, remedy string, code int) {
	switch rest.ClassOf(err) {
	case rest.Unauthorized:
		return "refuses the credentials", "check " + credentials + ", and that they belong to this account", ExitUsage
	case rest.NotFound:
		return "does not know what was asked for", "check the ids and api_url", ExitUsage
	case rest.Rejected:
		return "refuses the request: " + err.Error(), "check api_url", ExitUsage
	case rest.RateLimited:
		return "asks to wait: too many requests", "try again in a minute", ExitUnreachable
	default:
		return "cannot be reached: " + err.Error(), "check the network, the address and the vendor's status page", ExitUnreachable
	}
}
