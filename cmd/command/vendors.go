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

// asked is what a call to a vendor was about.
type asked struct {
	settings string // that the call rested on, as their reader knows them
	subject  string // what was asked for, such as entity ent_1; "" for nothing of its own
}

// vendorFault says what a failed call to a vendor means for a person: what happened, what to do, and the exit code.
func vendorFault(err error, what asked) (message, remedy string, code int) {
	switch rest.ClassOf(err) {
	case rest.Unauthorized:
		message = "refuses the credentials"
		if what.subject != "" {
			message += ", or does not let them see " + what.subject // the vendor does not say which
		}
		return message, "check " + what.settings + ", and that they belong to this account", ExitUsage
	case rest.NotFound:
		return "does not know " + or(what.subject, "what was asked for"), "check the ids and api_url", ExitUsage
	case rest.Rejected:
		return "refuses the request: " + err.Error(), "check api_url", ExitUsage
	case rest.RateLimited:
		return "asks to wait: too many requests", "try again in a minute", ExitUnreachable
	default:
		return "cannot be reached: " + err.Error(), "check the network, the address and the vendor's status page", ExitUnreachable
	}
}
