package orderspace

import (
	"context"
	"iter"
	"net/url"
)

// Category groups products. See https://apidocs.orderspace.com/#categories.
type Category struct {
	ID          string
	Name        string
	Description string // HTML
	Active      bool
	ParentID    string
	Products    []CategoryProduct // only when read by id
}

// CategoryProduct names a product of a category.
type CategoryProduct struct {
	ID   string
	Name string
}

// CategoryOptions narrow a list of categories. Zero values do not.
type CategoryOptions struct {
	Name     string
	ParentID string
	Paging
}

func (o CategoryOptions) query() url.Values {
	return url.Values(filters{}.text("name", o.Name).text("parent_id", o.ParentID))
}

var categories = resource[Category]{route: "/categories", plural: "categories", singular: "category", key: "id", read: readCategory}

// Categories walks the categories in the order of the site.
//
// Endpoint: GET /categories. Errors: *trade.Fault for a record that cannot be understood, after which the walk goes on;
// *rest.Error, which ends it.
func (c *Client) Categories(ctx context.Context, opts CategoryOptions) iter.Seq2[Category, error] {
	return categories.walk(ctx, c, opts.query(), opts.Paging)
}

// Category reads one category with its products.
//
// Endpoint: GET /categories/{id} (since May 2025). Errors: *rest.Error of class NotFound when there is none; *trade.Fault.
func (c *Client) Category(ctx context.Context, id string) (Category, error) {
	return categories.one(ctx, c, id)
}

func readCategory(r *reader) Category {
	return Category{
		ID: r.text("id"), Name: r.text("name"), Description: r.text("description"), Active: r.flag("active"), ParentID: r.text("parent_id"),
		Products: each(r, "products", func(r *reader) CategoryProduct {
			return CategoryProduct{ID: r.text("product_id"), Name: r.text("product_name")}
		}),
	}
}
