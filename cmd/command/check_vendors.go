package command

import (
	"context"
	"slices"
	"strings"
	"time"

	"spacebridge/config"
	"spacebridge/connectors/spaceinvoices/eu"
	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// vendorPatience is how long check waits for one answer of a vendor.
const vendorPatience = 20 * time.Second

// clockTolerance is how far this machine's clock may be from a vendor's before somebody should look.
const clockTolerance = time.Minute

// checkConnection tries both vendors. siblings are all connections of the configuration, this one among them.
func (a *app) checkConnection(ctx context.Context, connection config.Connection, siblings []config.Connection) findings {
	var found findings
	a.checkShop(ctx, &found, connection)
	a.checkBooks(ctx, &found, connection, siblings)
	return found.of(connection.Name)
}

func (a *app) checkShop(ctx context.Context, found *findings, connection config.Connection) {
	ctx, cancel := context.WithTimeout(ctx, vendorPatience)
	defer cancel()
	shop, err := a.shopClient(connection)
	if err != nil {
		found.fail(ExitUsage, "orderspace", "", "%s", err)
		return
	}
	rates, err := shop.TaxRates(ctx)
	if err != nil {
		message, remedy, code := vendorFault(err, asked{settings: "client_id and client_secret"})
		found.fail(code, "orderspace", remedy, "%s", message)
		return
	}
	found.ok("orderspace", "answers at %s", connection.Orderspace.APIURL)
	checkTaxes(found, connection.Policy, rates)
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

// checkTaxes compares the site's tax rates with the table.
func checkTaxes(found *findings, policy config.Policy, rates []trade.TaxRate) {
	var open []string
	used := map[int]bool{}
	for _, rate := range rates {
		row := taxRow(policy.Taxes, rate)
		if row < 0 {
			open = append(open, rate.Name+" ("+rate.Rate.String()+"%)")
			continue
		}
		used[row] = true
	}
	switch {
	case len(open) == 0:
		found.ok("taxes", "%s, all in the table", plural(len(rates), "tax rate"))
	case policy.StrictTaxes:
		found.fail(ExitFindings, "taxes", "add rows for them to policy.taxes, or set strict_taxes: false", "not in the table, so sales with them are held: %s", strings.Join(open, ", "))
	default:
		found.ok("taxes", "%s; carried over by percent: %s", plural(len(rates), "tax rate"), strings.Join(open, ", "))
	}
	for i, row := range policy.Taxes {
		if !used[i] {
			found.warn("taxes", "check its spelling in policy.taxes", "no tax rate of the site is %q", row.Orderspace)
		}
	}
}

// taxRow finds the row that covers a rate: by id before name before percent; -1 for none.
func taxRow(rows []config.Tax, rate trade.TaxRate) int {
	matches := []func(config.TaxMatch) bool{
		func(m config.TaxMatch) bool { return m.ID != "" && m.ID == rate.ID },
		func(m config.TaxMatch) bool { return m.Name != "" && m.Name == rate.Name },
		func(m config.TaxMatch) bool {
			percent, err := money.ParseDecimal(string(m.Percent))
			return m.Percent != "" && err == nil && percent.Cmp(rate.Rate) == 0
		},
	}
	for _, match := range matches {
		for i, row := range rows {
			if match(row.Orderspace) {
				return i
			}
		}
	}
	return -1
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
