package orderspace

import (
	"context"

	"spacebridge/mapping/money"
)

// PriceList holds prices in a currency. See https://apidocs.orderspace.com/#price-lists.
type PriceList struct {
	ID             string
	Name           string
	Currency       string
	ConversionRate money.NullDecimal // percent, where a product has no price of its own
}

var priceLists = resource[PriceList]{
	route: "/price_lists", plural: "price_lists", singular: "price_list",
	read: func(r *reader) PriceList {
		return PriceList{ID: r.text("id"), Name: r.text("name"), Currency: r.text("currency"), ConversionRate: r.number("conversion_rate")}
	},
}

// PriceLists reads all price lists. The list has no pages.
//
// Endpoint: GET /price_lists. Errors: *rest.Error, *trade.Fault.
func (c *Client) PriceLists(ctx context.Context) ([]PriceList, error) { return priceLists.all(ctx, c) }

// PriceList reads one price list.
//
// Endpoint: GET /price_lists/{id} (since May 2025). Errors: *rest.Error of class NotFound when there is none; *trade.Fault.
func (c *Client) PriceList(ctx context.Context, id string) (PriceList, error) {
	return priceLists.one(ctx, c, id)
}
