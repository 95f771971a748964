package books

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"spacebridge/mapping/money"
)

// Bounds of the limit parameter.
const (
	defaultLimit = 10
	maxLimit     = 100
)

// resource says how a kind of record is listed: which fields may be asked for and how to get at them.
type resource[T any] struct {
	fields  map[string]kind
	value   func(T, string) any // string, bool, time.Time or money.Decimal
	id      func(T) string
	deleted func(T) bool
	wire    func(T) any
}

// page is the reply of every list.
type page struct {
	Data       any        `json:"data"`
	Pagination pagination `json:"pagination"`
}

type pagination struct {
	Total      int     `json:"total"` // -1 when the count was not asked for
	NextCursor *string `json:"next_cursor"`
	PrevCursor *string `json:"prev_cursor"`
	HasMore    bool    `json:"has_more"`
}

// listing is the parsed query string of a list.
type listing struct {
	limit      int
	next, prev string
	total      bool
	orderBy    string
	descending bool
	filter     []condition
	search     string
	trashed    bool
}

// page answers a list request over all records of an entity, deleted ones included.
func (r resource[T]) page(all []T, q url.Values, ignoreQuery bool) (any, *fault) {
	l, f := r.parse(q, ignoreQuery)
	if f != nil {
		return nil, f
	}
	order := func(a, b T) int {
		n := compareValues(r.value(a, l.orderBy), r.value(b, l.orderBy))
		if l.descending {
			n = -n
		}
		return cmp.Or(n, strings.Compare(r.id(a), r.id(b)))
	}
	matching := slices.DeleteFunc(slices.Clone(all), func(t T) bool { return !r.matches(t, l) })
	slices.SortStableFunc(matching, order)

	first, last, f := r.cut(all, matching, l, order)
	if f != nil {
		return nil, f
	}
	out := pagination{Total: -1, HasMore: last < len(matching)}
	if l.total {
		out.Total = len(matching)
	}
	rows := matching[first:last]
	if len(rows) > 0 && last < len(matching) {
		out.NextCursor = new(r.id(rows[len(rows)-1]))
	}
	if len(rows) > 0 && first > 0 {
		out.PrevCursor = new(r.id(rows[0]))
	}
	data := make([]any, 0, len(rows))
	for _, row := range rows {
		data = append(data, r.wire(row))
	}
	return page{Data: data, Pagination: out}, nil
}

// cut finds the rows of the page. A cursor is the id of a record; it stays good when that record no longer matches.
func (r resource[T]) cut(all, matching []T, l listing, order func(a, b T) int) (first, last int, f *fault) {
	cursor := cmp.Or(l.next, l.prev)
	if cursor == "" {
		return 0, min(l.limit, len(matching)), nil
	}
	at := slices.IndexFunc(all, func(t T) bool { return r.id(t) == cursor })
	if at < 0 {
		name := "next_cursor"
		if l.next == "" {
			name = "prev_cursor"
		}
		return 0, 0, invalid(issue{Code: "custom", Path: []any{name}, Message: "Unknown cursor"})
	}
	place, exact := slices.BinarySearchFunc(matching, all[at], order)
	if l.next != "" {
		if exact {
			place++
		}
		return place, min(place+l.limit, len(matching)), nil
	}
	return max(0, place-l.limit), place, nil
}

// parse reads and checks the query string. Parameters the API does not have are ignored.
func (r resource[T]) parse(q url.Values, ignoreQuery bool) (listing, *fault) {
	l := listing{limit: defaultLimit, next: q.Get("next_cursor"), prev: q.Get("prev_cursor"), orderBy: "id", search: strings.ToLower(q.Get("search"))}
	var found []issue
	if text := q.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxLimit {
			found = append(found, issue{Code: "too_big", Path: []any{"limit"}, Message: fmt.Sprintf("limit must be between 1 and %d", maxLimit)})
		}
		l.limit = n
	}
	if l.next != "" && l.prev != "" {
		found = append(found, issue{Code: "custom", Path: []any{"prev_cursor"}, Message: "next_cursor and prev_cursor exclude each other"})
	}
	total, bad := boolParam(q, "include_total_count", true)
	found = append(found, bad...)
	trashed, bad := boolParam(q, "trashed", false)
	found = append(found, bad...)
	l.total, l.trashed = total, trashed
	if by := q.Get("order_by"); by != "" {
		l.orderBy, l.descending = strings.CutPrefix(by, "-")
		if _, known := r.fields[l.orderBy]; !known {
			found = append(found, issue{Code: "custom", Path: []any{"order_by"}, Message: "Unknown field to order by"})
		}
	}
	if len(found) > 0 {
		return l, invalid(found...)
	}
	if text := q.Get("query"); text != "" && !ignoreQuery {
		var f *fault
		if l.filter, f = r.parseQuery(text); f != nil {
			return l, f
		}
	}
	return l, nil
}

func boolParam(q url.Values, name string, absent bool) (bool, []issue) {
	switch q.Get(name) {
	case "":
		return absent, nil
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, []issue{{Code: "invalid_type", Path: []any{name}, Message: "Expected boolean"}}
}

func (r resource[T]) matches(t T, l listing) bool {
	if r.deleted(t) != l.trashed {
		return false
	}
	for _, c := range l.filter {
		if !c.holds(r.value(t, c.field)) {
			return false
		}
	}
	return l.search == "" || containsText(r.wire(t), l.search)
}

// containsText looks for a lower-case text in all strings of a record, metadata values included.
func containsText(wire any, wanted string) bool {
	var tree any
	if err := json.Unmarshal(encode(wire), &tree); err != nil {
		return false
	}
	var walk func(any) bool
	walk = func(v any) bool {
		switch v := v.(type) {
		case string:
			return strings.Contains(strings.ToLower(v), wanted)
		case []any:
			return slices.ContainsFunc(v, walk)
		case map[string]any:
			for _, inner := range v {
				if walk(inner) {
					return true
				}
			}
		}
		return false
	}
	return walk(tree)
}

// compareValues orders two values of the same field.
func compareValues(a, b any) int {
	switch a := a.(type) {
	case string:
		b, _ := b.(string)
		return strings.Compare(a, b)
	case time.Time:
		b, _ := b.(time.Time)
		return a.Compare(b)
	case money.Decimal:
		b, _ := b.(money.Decimal)
		return a.Cmp(b)
	case bool:
		b, _ := b.(bool)
		switch {
		case a == b:
			return 0
		case b:
			return -1
		}
		return 1
	}
	return 0
}
