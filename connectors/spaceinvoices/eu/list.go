package eu

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"spacebridge/connectors/rest"
)

// maxLimit is the most records a page can have.
const maxLimit = 100

// ListOptions says which page of which list to read. The zero value reads the first page in the server's own order, which
// is by id, with the server's own page size, which is 10.
type ListOptions struct {
	Limit        int    // records per page, 1 to 100; 0 for the server's default
	NextCursor   string // Page.NextCursor of the page before; not together with PrevCursor
	PrevCursor   string // Page.PrevCursor of the page after
	IncludeTotal bool   // count the whole list, which costs the server time
	OrderBy      string // a field, "-field" for descending
	Query        *Query
	Search       string // free text over all text fields
	// Trashed lists only what was deleted, instead of only what was not. The public reference leaves out the parameter's
	// name; "trashed" is assumed, so check Deleted on what comes back.
	Trashed bool
}

// Page is one page of a list.
type Page[T any] struct {
	Items      []T
	Total      int64 // of the whole list; -1 if it was not counted
	NextCursor string
	PrevCursor string
	HasMore    bool
}

// wirePage is a page as it comes. Pointers tell an empty list from a reply that is no list at all: to take the second for
// the first would make "not found" of "not answered".
type wirePage[T any] struct {
	Data       *[]T `json:"data"`
	Pagination *struct {
		Total      *int64 `json:"total"`
		NextCursor string `json:"next_cursor"`
		PrevCursor string `json:"prev_cursor"`
		HasMore    *bool  `json:"has_more"`
	} `json:"pagination"`
}

func (o ListOptions) values(of *resource) (url.Values, error) {
	if o.Limit < 0 || o.Limit > maxLimit {
		return nil, fmt.Errorf("limit %d is not between 1 and %d", o.Limit, maxLimit)
	}
	if o.NextCursor != "" && o.PrevCursor != "" {
		return nil, errors.New("both cursors given: a list is read in one direction")
	}
	query, err := o.Query.text(of)
	if err != nil {
		return nil, err
	}
	values := url.Values{"include_total_count": {strconv.FormatBool(o.IncludeTotal)}}
	set := func(name, value string) {
		if value != "" {
			values.Set(name, value)
		}
	}
	if o.Limit > 0 {
		set("limit", strconv.Itoa(o.Limit))
	}
	set("next_cursor", o.NextCursor)
	set("prev_cursor", o.PrevCursor)
	set("order_by", o.OrderBy)
	set("query", query)
	set("search", o.Search)
	if o.Trashed {
		set("trashed", "true")
	}
	return values, nil
}

// list reads one page of a resource.
func list[T any](ctx context.Context, c *Client, of *resource, o ListOptions) (Page[T], error) {
	request := rest.Request{Method: http.MethodGet, Route: of.path}
	values, err := o.values(of)
	if err != nil {
		return Page[T]{}, notSent(request, err)
	}
	request.Query = values
	var wire wirePage[T]
	if err := c.rest.Read(ctx, request, &wire); err != nil {
		return Page[T]{}, err
	}
	if wire.Data == nil || wire.Pagination == nil {
		return Page[T]{}, unclear(request, errors.New("the reply is not a list"))
	}
	p := wire.Pagination
	page := Page[T]{Items: *wire.Data, Total: -1, NextCursor: p.NextCursor, PrevCursor: p.PrevCursor, HasMore: p.NextCursor != ""}
	if p.Total != nil {
		page.Total = *p.Total
	}
	if p.HasMore != nil {
		page.HasMore = *p.HasMore
	}
	return page, nil
}
