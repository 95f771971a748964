package command

import (
	"context"
	"slices"
	"time"

	"spacebridge/config"
	"spacebridge/connectors/spaceinvoices/eu"
)

// vendorPatience is how long check waits for one answer of a vendor.
const vendorPatience = 20 * time.Second

// clockTolerance is how far this machine's clock may be from a vendor's before somebody should look.
const clockTolerance = time.Minute

// checkConnection tries both vendors of a connection of the configuration.
func (a *app) checkConnection(ctx context.Context, settings *config.Config, connection config.Connection) findings {
	var found findings
	a.checkShop(ctx, &found, settings, connection)
	a.checkBooks(ctx, &found, connection, settings.Connections)
	return found.of(connection.Name)
}

func (a *app) checkShop(ctx context.Context, found *findings, settings *config.Config, connection config.Connection) {
	asking, cancel := context.WithTimeout(ctx, vendorPatience)
	defer cancel()
	shop, err := a.shopClient(connection)
	if err != nil {
		found.fail(ExitUsage, "orderspace", "", "%s", err)
		return
	}
	rates, err := shop.TaxRates(asking)
	if err != nil {
		message, remedy, code := vendorFault(err, asked{settings: "client_id and client_secret"})
		found.fail(code, "orderspace", remedy, "%s", message)
		return
	}
	found.ok("orderspace", "answers at %s", connection.Orderspace.APIURL)
	a.checkTaxes(ctx, found, settings, connection, rates)
	checkCurrencies(asking, found, shop, connection.Policy)
	checkPreorders(asking, found, shop, connection.Policy)
	skew, known := shop.ServerClock()
	checkClock(found, "Orderspace", skew, known)
}

func checkClock(found *findings, vendor string, skew time.Duration, known bool) {
	switch {
	case !known:
	case skew.Abs() > clockTolerance:
		found.warn("clock", "keep the clock right with NTP", "this machine's clock is %s away from that of %s", ago(skew.Abs()), vendor)
	default:
		found.ok("clock", "agrees with that of %s", vendor)
	}
}

func (a *app) checkBooks(ctx context.Context, found *findings, connection config.Connection, siblings []config.Connection) {
	ctx, cancel := context.WithTimeout(ctx, vendorPatience)
	defer cancel()
	books, err := a.booksClient(connection)
	if err != nil {
		found.fail(ExitUsage, "space invoices", "", "%s", err)
		return
	}
	integration, err := books.GetIntegration(ctx, connection.SpaceInvoices.OrderIntegrationID)
	if err != nil {
		s := connection.SpaceInvoices
		message, remedy, code := vendorFault(err, asked{
			settings: "api_key, entity_id and order_integration_id",
			subject:  "order integration " + s.OrderIntegrationID + " of entity " + s.EntityID,
		})
		found.fail(code, "space invoices", remedy, "%s", message)
		return
	}
	found.ok("space invoices", "answers at %s", connection.SpaceInvoices.APIURL)
	a.checkIntegration(found, integration)
	checkRivals(ctx, found, books, siblings)
	skew, known := books.ServerClock()
	checkClock(found, "Space Invoices", skew, known)
}

// checkIntegration makes sure that the books never issue by themselves: only then is one sale one invoice (invariant 1).
func (a *app) checkIntegration(found *findings, integration eu.Integration) {
	remedy := "run `" + a.build.Name + " init` with its name, or change it in Space Invoices"
	sound := true
	complain := func(message string) {
		sound = false
		found.fail(ExitFindings, "integration", remedy, "%s", message)
	}
	if integration.DeletedAt != "" {
		complain("is deleted")
	}
	if !integration.IsActive {
		complain("is not active")
	}
	if !off(integration.AutoProcess) {
		complain("auto_process is not off: the books could issue invoices by themselves")
	}
	if !off(integration.AutoReissueOnUpdate) {
		complain("auto_reissue_on_update is not off: the books could credit and reissue invoices by themselves")
	}
	if sound {
		found.ok("integration", "%q issues nothing by itself", integration.Name)
	}
}

// checkRivals looks for connections to the same entity that this configuration knows nothing of.
func checkRivals(ctx context.Context, found *findings, books *eu.Client, siblings []config.Connection) {
	all, err := listIntegrations(ctx, books)
	if err != nil {
		found.warn("integration", "try again", "whether the entity has others cannot be read: %s", err)
		return
	}
	others := rivals(all, func(i eu.Integration) bool {
		return slices.ContainsFunc(siblings, func(c config.Connection) bool { return c.SpaceInvoices.OrderIntegrationID == i.ID })
	})
	if len(others) > 0 {
		found.warn("integration", "make sure that it serves another shop; deactivate in Space Invoices what nobody uses",
			"the entity has another: %s; two connections to one shop would invoice each sale twice", naming(others))
	}
}
