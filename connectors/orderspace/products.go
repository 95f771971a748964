package orderspace

import (
	"context"
	"iter"
	"maps"
	"net/url"
	"slices"
	"time"

	"spacebridge/mapping/money"
)

// Product is something for sale. See https://apidocs.orderspace.com/#products.
type Product struct {
	ID                 string
	Code               string
	Name               string
	Description        string
	Active             bool
	Minimum            money.NullDecimal // only on sites with minimums per product
	TariffCode         string
	CountryOfOrigin    string
	Composition        string
	VariantOptions     []string
	Variants           []ProductVariant
	Categories         []CategoryRef
	GroupingCategoryID string
	Images             []string // URLs
}

// ProductVariant is one version of a product.
type ProductVariant struct {
	ID              string
	SKU             string
	Barcode         string
	Options         map[string]string
	UnitPrice       money.NullDecimal // wholesale, without tax
	PriceListPrices []PriceListPrice
	RRP             money.NullDecimal
	Backorder       bool
	Minimum         money.NullDecimal
	Multiple        money.NullDecimal
	Weight          money.NullDecimal // kilograms
	TaxRateID       string            // "" for the default rate
	Location        string
}

// PriceListPrice is the price of a variant in a price list.
type PriceListPrice struct {
	ID        string // of the price list
	UnitPrice money.NullDecimal
}

// ProductOptions narrow a list of products. Zero values do not.
type ProductOptions struct {
	CreatedSince time.Time
	UpdatedSince time.Time
	Code         string
	Name         string
	Active       *bool
	CategoryID   string
	Paging
}

func (o ProductOptions) query() url.Values {
	return url.Values(filters{}.
		since("created_since", o.CreatedSince).since("updated_since", o.UpdatedSince).
		text("code", o.Code).text("name", o.Name).flag("active", o.Active).text("category_id", o.CategoryID))
}

var products = resource[Product]{route: "/products", plural: "products", singular: "product", key: "id", read: readProduct}

// Products walks the products, newest first.
//
// Endpoint: GET /products. Errors: *trade.Fault for a record that cannot be understood, after which the walk goes on;
// *rest.Error, which ends it.
func (c *Client) Products(ctx context.Context, opts ProductOptions) iter.Seq2[Product, error] {
	return products.walk(ctx, c, opts.query(), opts.Paging)
}

// Product reads one product.
//
// Endpoint: GET /products/{id}. Errors: *rest.Error of class NotFound when there is none; *trade.Fault.
func (c *Client) Product(ctx context.Context, id string) (Product, error) {
	return products.one(ctx, c, id)
}

func readProduct(r *reader) Product {
	return Product{
		ID: r.text("id"), Code: r.text("code"), Name: r.text("name"), Description: r.text("description"), Active: r.flag("active"),
		Minimum: r.number("minimum"), TariffCode: r.text("tariff_code"), CountryOfOrigin: r.text("country_of_origin"),
		Composition: r.text("composition"), VariantOptions: r.texts("variant_options"), Variants: each(r, "product_variants", readVariant),
		Categories: each(r, "categories", readCategoryRef), GroupingCategoryID: r.text("grouping_category_id"), Images: r.texts("images"),
	}
}

func readVariant(r *reader) ProductVariant {
	return ProductVariant{
		ID: r.text("id"), SKU: r.text("sku"), Barcode: r.text("barcode"), Options: readOptions(r.object("options")),
		UnitPrice: r.number("unit_price"), PriceListPrices: each(r, "price_list_prices", readPriceListPrice), RRP: r.number("rrp"),
		Backorder: r.flag("backorder"), Minimum: r.number("minimum"), Multiple: r.number("multiple"), Weight: r.number("weight"),
		TaxRateID: r.text("tax_rate_id"), Location: r.text("location"),
	}
}

func readPriceListPrice(r *reader) PriceListPrice {
	return PriceListPrice{ID: r.text("id"), UnitPrice: r.number("unit_price")}
}

// readOptions reads an object whose keys the merchant chose.
func readOptions(r *reader) map[string]string {
	options := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(r.fields)) {
		options[name] = r.text(name)
	}
	return options
}
