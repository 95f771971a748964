package orderspace

import (
	"context"
	"iter"
	"net/url"
	"time"

	"spacebridge/mapping/money"
)

// InventoryLevel is the stock of a product variant. See https://apidocs.orderspace.com/#inventory-levels.
type InventoryLevel struct {
	SKU       string
	OnHand    money.NullDecimal
	Available money.NullDecimal
}

// InventoryOptions narrow a list of inventory levels. Zero values do not. StartingAfter is a SKU.
type InventoryOptions struct {
	CreatedSince time.Time
	UpdatedSince time.Time
	ProductID    string
	SKU          string
	Paging
}

func (o InventoryOptions) query() url.Values {
	return url.Values(filters{}.
		since("created_since", o.CreatedSince).since("updated_since", o.UpdatedSince).
		text("product_id", o.ProductID).text("sku", o.SKU))
}

var inventoryLevels = resource[InventoryLevel]{
	route: "/inventory_levels", plural: "inventory_levels", singular: "inventory_level", key: "sku", read: readInventoryLevel,
}

// InventoryLevels walks the stock in the order of SKUs.
//
// Endpoint: GET /inventory_levels. Errors: *trade.Fault for a record that cannot be understood, after which the walk goes
// on; *rest.Error, which ends it.
func (c *Client) InventoryLevels(ctx context.Context, opts InventoryOptions) iter.Seq2[InventoryLevel, error] {
	return inventoryLevels.walk(ctx, c, opts.query(), opts.Paging)
}

func readInventoryLevel(r *reader) InventoryLevel {
	return InventoryLevel{SKU: r.text("sku"), OnHand: r.number("on_hand"), Available: r.number("available")}
}
