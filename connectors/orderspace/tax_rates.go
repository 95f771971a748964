package orderspace

import (
	"context"

	"spacebridge/mapping/trade"
)

var taxRates = resource[trade.TaxRate]{
	route: "/tax_rates", plural: "tax_rates", singular: "tax_rate",
	read: func(r *reader) trade.TaxRate {
		return trade.TaxRate{ID: r.text("id"), Name: r.text("name"), Rate: r.amount("rate")}
	},
}

// TaxRates reads all tax rates of the site. The list has no pages. See https://apidocs.orderspace.com/#tax-rates.
//
// Endpoint: GET /tax_rates. Errors: *rest.Error, *trade.Fault.
func (c *Client) TaxRates(ctx context.Context) ([]trade.TaxRate, error) { return taxRates.all(ctx, c) }
