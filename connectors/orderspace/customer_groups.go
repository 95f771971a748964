package orderspace

import "context"

// CustomerGroup is a set of customers with shared settings. See https://apidocs.orderspace.com/#customer-groups.
type CustomerGroup struct {
	ID   string
	Name string
}

var customerGroups = resource[CustomerGroup]{
	route: "/customer_groups", plural: "customer_groups", singular: "customer_group",
	read: func(r *reader) CustomerGroup { return CustomerGroup{ID: r.text("id"), Name: r.text("name")} },
}

// CustomerGroups reads all customer groups. The list has no pages.
//
// Endpoint: GET /customer_groups. Errors: *rest.Error, *trade.Fault.
func (c *Client) CustomerGroups(ctx context.Context) ([]CustomerGroup, error) {
	return customerGroups.all(ctx, c)
}
