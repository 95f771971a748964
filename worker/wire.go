package worker

import (
	"fmt"
	"time"

	"spacebridge/activities"
	"spacebridge/config"
	"spacebridge/connectors/orderspace"
	"spacebridge/connectors/rest"
	"spacebridge/connectors/spaceinvoices/eu"
	"spacebridge/mapping"
	"spacebridge/mapping/money"
)

// connect makes the clients of every connection.
func (o Options) connect() ([]*activities.Connection, error) {
	metrics := rest.NewMetrics(o.Registry)
	paces := booksPaces(o.Config.Connections)
	connections := make([]*activities.Connection, 0, len(o.Config.Connections))
	for _, settings := range o.Config.Connections {
		connection, err := o.connection(settings, metrics, paces[settings.SpaceInvoices.APIURL])
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

func (o Options) connection(settings config.Connection, metrics *rest.Metrics, booksPace *rest.Pace) (*activities.Connection, error) {
	logger := o.Logger.With("connection", settings.Name)
	agent := "spacebridge/" + o.Version
	shop, err := orderspace.New(orderspace.Options{
		APIURL: settings.Orderspace.APIURL, TokenURL: settings.Orderspace.TokenURL,
		ClientID: settings.Orderspace.ClientID, ClientSecret: settings.Orderspace.ClientSecret.Reveal(),
		// Invariant 8: one pace per site, and every request of the process pays into it.
		Pace:    rest.NewPace(settings.Orderspace.RequestsPerMinute),
		Metrics: metrics, Logger: logger, UserAgent: agent,
	})
	if err != nil {
		return nil, err
	}
	client, err := eu.New(eu.Options{
		APIURL: settings.SpaceInvoices.APIURL, APIKey: settings.SpaceInvoices.APIKey.Reveal(),
		EntityID: settings.SpaceInvoices.EntityID, IntegrationID: settings.SpaceInvoices.OrderIntegrationID,
		Pace:    booksPace,
		Metrics: metrics, Logger: logger, UserAgent: agent,
	})
	if err != nil {
		return nil, err
	}
	books, err := eu.NewBooks(client)
	if err != nil {
		return nil, err
	}
	policy, err := policyOf(settings)
	if err != nil {
		return nil, err
	}
	return &activities.Connection{
		Name: settings.Name, Shop: shop, Decoder: orderspace.Decoder{}, Books: books, Policy: policy,
		BooksScope:     settings.SpaceInvoices.EntityID,
		MaxSnapshotAge: settings.Policy.MaxSnapshotAge, SettleWindow: settings.SpaceInvoices.SettleWindow,
	}, nil
}

// policyOf gives mapping its policy in mapping's terms.
func policyOf(settings config.Connection) (mapping.Policy, error) {
	policy := mapping.Policy{
		IssueOn:     mapping.Trigger(settings.Policy.IssueOn),
		Since:       settings.StartsAt().UTC().Truncate(time.Second),
		StrictTaxes: settings.Policy.StrictTaxes,
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
