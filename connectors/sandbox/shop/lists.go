package shop

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strconv"
	"time"
)

// The documented page sizes.
const (
	defaultLimit = 50
	maxLimit     = 200
)

// limit reads the page size. What happens above 200 is not documented; here it reads as 200.
func (c *call) limit() (int, error) {
	text := c.query.Get("limit")
	if text == "" {
		return defaultLimit, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, &malformedError{fmt.Errorf("limit %q is not a positive number", text)}
	}
	return min(n, maxLimit), nil
}

// page writes the first records of a sequence that match, and whether more would.
func page[T any](c *call, records iter.Seq[T], match func(T) bool, write func(T) any) (list []any, more bool, err error) {
	limit, err := c.limit()
	if err != nil {
		return nil, false, err
	}
	list = []any{}
	for record := range records {
		if !match(record) {
			continue
		}
		if len(list) == limit {
			return list, true, nil
		}
		list = append(list, write(record))
	}
	return list, false, nil
}

// listing describes how one resource is listed, newest first.
type listing[T any] struct {
	plural, kind string
	records      *table[T]
	match        func(*row[T]) bool
	write        func(*T) json.RawMessage
	hasMore      bool // the documents show has_more
}

// list answers a GET of a resource, with created_since and created_before where they are documented.
func list[T any](s *Shop, c *call, l listing[T], created span) (any, error) {
	after := c.query.Get("starting_after")
	rows, ok := l.records.newest(after, s.opts.ContinueAfterDeleted)
	if !ok {
		return nil, &NotFoundError{Kind: l.kind, ID: after}
	}
	match := func(r *row[T]) bool { return created.holds(r.created) && l.match(r) }
	write := func(r *row[T]) any { return l.write(r.value) }
	records, more, err := page(c, until(rows, func(r *row[T]) bool { return created.passed(r.created) }), match, write)
	if err != nil {
		return nil, err
	}
	return s.paged(l.plural, records, more, l.hasMore), nil
}

// until ends a sequence at the first record that stop accepts.
func until[T any](records iter.Seq[T], stop func(T) bool) iter.Seq[T] {
	return func(yield func(T) bool) {
		for record := range records {
			if stop(record) || !yield(record) {
				return
			}
		}
	}
}

// paged wraps a page, with has_more as the policy wants it.
func (s *Shop) paged(plural string, records []any, more, documented bool) envelope {
	reply := envelope{plural: records}
	switch s.opts.HasMore {
	case HasMoreAlways:
		reply["has_more"] = more
	case HasMoreNever:
	default:
		if documented {
			reply["has_more"] = more
		}
	}
	return reply
}

// span is a range of times to filter by; zero ends are open.
type span struct {
	since, before time.Time
	exclusive     bool // since itself is outside
}

// created reads created_since and, where documented, created_before.
func (s *Shop) created(query url.Values, before bool) (span, error) {
	out := span{exclusive: s.opts.ExclusiveSince}
	var err error
	if out.since, err = queryTime(query, "created_since"); err != nil {
		return out, err
	}
	if before {
		out.before, err = queryTime(query, "created_before")
	}
	return out, err
}

func (p span) holds(t time.Time) bool {
	return !p.passed(t) && (p.before.IsZero() || t.Before(p.before))
}

// passed reports whether t is so old that nothing older can be in the span.
func (p span) passed(t time.Time) bool {
	if p.since.IsZero() {
		return false
	}
	return t.Before(p.since) || p.exclusive && t.Equal(p.since)
}

// queryTime reads a time: "2019-10-29T21:00", with seconds, with a zone, or a plain date. Without a zone it is UTC.
func queryTime(query url.Values, name string) (time.Time, error) {
	text := query.Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02T15:04Z07:00", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, &malformedError{fmt.Errorf("%s %q is not a time", name, text)}
}

// queryDay reads a plain date; a time is cut to its date.
func queryDay(query url.Values, name string) (string, error) {
	t, err := queryTime(query, name)
	if err != nil || t.IsZero() {
		return "", err
	}
	return t.UTC().Format(time.DateOnly), nil
}

// days is a range of plain dates, both ends outside: the documents say "after" and "before". "" is open.
type days struct{ after, before string }

func queryDays(query url.Values, after, before string) (days, error) {
	var out days
	var err error
	if out.after, err = queryDay(query, after); err != nil {
		return out, err
	}
	out.before, err = queryDay(query, before)
	return out, err
}

func (d days) holds(day string) bool {
	if d.after == "" && d.before == "" {
		return true
	}
	return day != "" && (d.after == "" || day > d.after) && (d.before == "" || day < d.before)
}

// queryFlag reads "true" or "false", or "" when it was not given.
func queryFlag(query url.Values, name string) (string, error) {
	asked := query.Get(name)
	switch asked {
	case "", "true", "false":
		return asked, nil
	default:
		return "", &malformedError{errors.New(name + " is neither true nor false")}
	}
}

// is reports whether a filter that may be absent accepts a value.
func is(query url.Values, name, value string) bool {
	asked := query.Get(name)
	return asked == "" || asked == value
}

// flagIs is the same for flags.
func flagIs(asked string, value bool) bool { return asked == "" || (asked == "true") == value }
