package orderspace

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"spacebridge/connectors/rest"
)

// MaxLimit is the largest page that Orderspace gives, and the default of this package: a page costs one request, whatever
// its size.
const MaxLimit = 200

// Paging says where a list begins and how large its pages are.
type Paging struct {
	Limit         int    // records per request, 1 to MaxLimit; MaxLimit if 0
	StartingAfter string // id of the record before the first one wanted (the SKU for inventory levels); "" for all
}

// resource is an endpoint with a list.
type resource[T any] struct {
	route    string // "/orders"
	plural   string // key of the list in its envelope, and of nothing else
	singular string // key of one record in its envelope
	key      string // field that the cursor holds
	read     func(*reader) T
}

// decode understands one record.
func (e resource[T]) decode(body []byte) (T, error) {
	r := newReader(e.singular, body)
	record := e.read(r)
	if fault := r.fault(); fault != nil {
		var none T
		return none, fault
	}
	return record, nil
}

// one reads one record by its id.
func (e resource[T]) one(ctx context.Context, c *Client, id string) (T, error) {
	body, err := c.get(ctx, e.route, e.singular, id)
	if err != nil {
		var none T
		return none, err
	}
	return e.decode(body)
}

// walk reads a list, page by page as the caller goes on. A record that cannot be understood is yielded as a *trade.Fault
// and the walk goes on; any other error ends it.
func (e resource[T]) walk(ctx context.Context, c *Client, filter url.Values, from Paging) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		cursor, seen := from.StartingAfter, map[string]bool{}
		for {
			items, next, err := c.page(ctx, e.route, e.plural, e.key, filter, Paging{Limit: from.Limit, StartingAfter: cursor})
			if err == nil && seen[next] {
				err = fail(rest.Unknown, http.MethodGet, e.route, errRepeats)
			}
			if err != nil {
				yield(none, err)
				return
			}
			for _, item := range items {
				if !yield(e.decode(item)) {
					return
				}
			}
			if next == "" {
				return
			}
			seen[next], cursor = true, next
		}
	}
}

// all reads a list that has no pages.
func (e resource[T]) all(ctx context.Context, c *Client) ([]T, error) {
	items, _, err := c.page(ctx, e.route, e.plural, "", nil, Paging{})
	if err != nil {
		return nil, err
	}
	records := make([]T, 0, len(items))
	for _, item := range items {
		record, err := e.decode(item)
		if err != nil {
			return nil, err
		}
		records = append(records, record)
	}
	return records, nil
}

var (
	errRepeats  = errors.New("list repeats itself: the same cursor came again")
	errNoList   = errors.New("reply holds no list")
	errNoCursor = errors.New("no record of a full page has an id to go on from")
)

// page reads one page and finds the cursor of the next, "" at the end of the list. An empty key reads a list without pages.
func (c *Client) page(ctx context.Context, route, plural, key string, filter url.Values, at Paging) ([]json.RawMessage, string, error) {
	limit := min(at.Limit, MaxLimit)
	if limit <= 0 {
		limit = MaxLimit
	}
	query := url.Values{}
	maps.Copy(query, filter)
	if key != "" {
		query.Set("limit", strconv.Itoa(limit))
		if at.StartingAfter != "" {
			query.Set("starting_after", at.StartingAfter)
		}
	}
	var envelope map[string]json.RawMessage
	if err := c.rest.Read(ctx, rest.Request{Method: http.MethodGet, Route: route, Query: query}, &envelope); err != nil {
		return nil, "", err
	}
	// A reply without the list is not an empty list: from what a list no longer holds, conclusions are drawn.
	var items []json.RawMessage
	if shapeOf(envelope[plural]) != "a list" || json.Unmarshal(envelope[plural], &items) != nil {
		return nil, "", fail(rest.Unknown, http.MethodGet, route, errNoList)
	}
	if key == "" || !goesOn(len(items), limit, envelope["has_more"]) {
		return items, "", nil
	}
	next := cursorOf(items, key)
	switch next {
	case "":
		return nil, "", fail(rest.Unknown, http.MethodGet, route, errNoCursor)
	case at.StartingAfter:
		return nil, "", fail(rest.Unknown, http.MethodGet, route, errRepeats)
	}
	return items, next, nil
}

// goesOn tells whether there is another page. has_more decides where it is given: invoices and dispatches are documented
// without it, and then it means nothing, and only a page that is not full is the last. Should a site cap pages below the
// limit that was asked for, has_more keeps the list from ending early.
func goesOn(items, limit int, hasMore json.RawMessage) bool {
	switch {
	case items == 0 || string(hasMore) == "false":
		return false
	case string(hasMore) == "true":
		return true
	default:
		return items >= limit
	}
}

// cursorOf gives the id of the last record. One that has no readable id is passed over; it comes again with the next page.
func cursorOf(items []json.RawMessage, key string) string {
	for _, item := range slices.Backward(items) {
		if id := peekText(item, key); id != "" {
			return id
		}
	}
	return ""
}

// filters collects query parameters, leaving out what is not set.
type filters url.Values

func (f filters) text(name, value string) filters {
	if value != "" {
		f[name] = []string{value}
	}
	return f
}

func (f filters) flag(name string, value *bool) filters {
	if value != nil {
		f[name] = []string{strconv.FormatBool(*value)}
	}
	return f
}

// since writes a lower bound, rounded down to the second, in UTC with its zone: the reference shows times without a zone
// but does not say that they must lack one.
func (f filters) since(name string, t time.Time) filters {
	if !t.IsZero() {
		f[name] = []string{t.UTC().Format(time.RFC3339)}
	}
	return f
}

// before writes an upper bound, rounded up to the second.
func (f filters) before(name string, t time.Time) filters {
	if !t.IsZero() {
		f.since(name, t.Add(time.Second-time.Nanosecond))
	}
	return f
}
