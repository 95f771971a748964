package worker

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"spacebridge/activities"
	"spacebridge/config"
	"spacebridge/connectors/orderspace"
	"spacebridge/connectors/rest"
	"spacebridge/connectors/spaceinvoices/eu"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping"
	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// connect makes the clients of every connection.
func (o Options) connect(ctx context.Context, ledger *sqlite.Ledger) ([]*activities.Connection, error) {
	metrics := rest.NewMetrics(o.Registry)
	paces := booksPaces(o.Config.Connections)
	for host, pace := range paces {
		if err := o.reopenGate(ctx, ledger, pace, cursorGateBooks, booksOf(host, o.Config.Connections)...); err != nil {
			return nil, err
		}
	}
	connections := make([]*activities.Connection, 0, len(o.Config.Connections))
	for _, settings := range o.Config.Connections {
		// Invariant 8: one pace per site, and every request of the process pays into it.
		shopPace := rest.NewPace(settings.Orderspace.RequestsPerMinute)
		if err := o.reopenGate(ctx, ledger, shopPace, cursorGateShop, settings.Name); err != nil {
			return nil, err
		}
		connection, err := o.connection(settings, metrics, shopPace, paces[settings.SpaceInvoices.APIURL])
		if err != nil {
			return nil, fmt.Errorf("connection %s: %w", settings.Name, err)
		}
		connections = append(connections, connection)
	}
	return connections, nil
}

// booksPaces makes one pace per Space Invoices host.
//
// Invariant 8: that vendor counts by IP address, so all connections to it share one budget, the smallest configured.
func booksPaces(connections []config.Connection) map[string]*rest.Pace {
	limits := map[string]int{}
	for _, connection := range connections {
		books := connection.SpaceInvoices
		if limit, found := limits[books.APIURL]; !found || books.RequestsPerMinute < limit {
			limits[books.APIURL] = books.RequestsPerMinute
		}
	}
	paces := make(map[string]*rest.Pace, len(limits))
	for host, limit := range limits {
		paces[host] = rest.NewPace(limit)
	}
	return paces
}

// booksOf names the connections whose books are on a host.
func booksOf(host string, connections []config.Connection) []string {
	var names []string
	for _, connection := range connections {
		if connection.SpaceInvoices.APIURL == host {
			names = append(names, connection.Name)
		}
	}
	return names
}

// reopenGate takes over from the process before this one until when a vendor wants silence.
func (o Options) reopenGate(ctx context.Context, ledger *sqlite.Ledger, pace *rest.Pace, name string, connections ...string) error {
	carried := &gate{ledger: ledger, now: o.Now, log: o.Logger, name: name, connections: connections}
	if carried.now == nil {
		carried.now = time.Now
	}
	return carried.reopen(ctx, pace)
}

func (o Options) connection(settings config.Connection, metrics *rest.Metrics, shopPace, booksPace *rest.Pace) (*activities.Connection, error) {
	logger := o.Logger.With("connection", settings.Name)
	agent := "spacebridge/" + o.Version
	shop, err := orderspace.New(orderspace.Options{
		APIURL: settings.Orderspace.APIURL, TokenURL: settings.Orderspace.TokenURL,
		ClientID: settings.Orderspace.ClientID, ClientSecret: settings.Orderspace.ClientSecret.Reveal(),
		Pace:    shopPace,
		Metrics: metrics, Logger: logger, UserAgent: agent, Transport: o.transport(), PageSize: o.PageSize,
	})
	if err != nil {
		return nil, err
	}
	client, err := eu.New(eu.Options{
		APIURL: settings.SpaceInvoices.APIURL, APIKey: settings.SpaceInvoices.APIKey.Reveal(),
		EntityID: settings.SpaceInvoices.EntityID, IntegrationID: settings.SpaceInvoices.OrderIntegrationID,
		Pace:    booksPace,
		Metrics: metrics, Logger: logger, UserAgent: agent, Transport: o.transport(),
	})
	if err != nil {
		return nil, err
	}
	books, err := eu.NewBooks(client)
	if err != nil {
		return nil, err
	}
	policy, err := PolicyOf(settings)
	if err != nil {
		return nil, err
	}
	return &activities.Connection{
		Name: settings.Name, Shop: shop, Decoder: orderspace.Decoder{}, Books: books, Policy: policy,
		Webhooks: shop, WebhookURL: settings.Orderspace.WebhookURL,
		RequestsPerMinute: settings.Orderspace.RequestsPerMinute, SweepInterval: settings.Orderspace.SweepInterval,
		PageSize: o.PageSize, Used: shopPace.Used,
		BooksScope:     settings.SpaceInvoices.EntityID,
		MaxSnapshotAge: settings.Policy.MaxSnapshotAge, SettleWindow: settings.SpaceInvoices.SettleWindow,
	}, nil
}

// transport is nil, which lets the clients make their own, unless somebody watches the requests.
func (o Options) transport() http.RoundTripper {
	if o.Transport == nil {
		return nil
	}
	return o.Transport(rest.NewTransport())
}

// PolicyOf gives the policy of a connection in mapping's terms. It fails only for percents that validation refuses.
func PolicyOf(settings config.Connection) (mapping.Policy, error) {
	policy := mapping.Policy{
		IssueFrom:   trade.Kind(settings.Policy.IssueFrom),
		IssueOn:     mapping.Trigger(settings.Policy.IssueOn),
		OnEdit:      mapping.Edits(settings.Policy.OnEdit),
		Preorder:    mapping.Preorders(settings.Policy.Preorder),
		Since:       settings.StartsAt().UTC().Truncate(time.Second),
		Zone:        settings.Policy.Location(),
		StrictTaxes: settings.Policy.StrictTaxes,
		Currencies:  slices.Clone(settings.Policy.Currencies),
	}
	for _, tax := range settings.Policy.Taxes {
		rule := mapping.TaxRule{ID: tax.Orderspace.ID, Name: tax.Orderspace.Name}
		var err error
		if rule.Rate, err = money.ParseDecimal(string(tax.Rate)); err != nil {
			return policy, fmt.Errorf("policy.taxes rate: %w", err)
		}
		if tax.Orderspace.Percent != "" {
			percent, err := money.ParseDecimal(string(tax.Orderspace.Percent))
			if err != nil {
				return policy, fmt.Errorf("policy.taxes percent: %w", err)
			}
			rule.Percent = money.Some(percent)
		}
		policy.Taxes = append(policy.Taxes, rule)
	}
	return policy, nil
}
