package eu

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// resource names a collection of the API and the fields it may be filtered by.
type resource struct {
	path   string
	fields []string
}

// The resources, with the fields that the reference allows in a query. There is no filter by metadata, by order number or
// by invoice.
var (
	orders = resource{path: "/orders", fields: []string{
		"id", "status", "source", "source_id", "customer_name", "customer_email", "payment_status", "order_integration_id",
		"created_at", "updated_at",
	}}
	integrations = resource{path: "/order-integrations", fields: []string{
		"id", "name", "source", "is_active", "created_at", "updated_at",
	}}
)

// Query filters a list: every condition must hold. Values are strings, booleans, whole numbers or times; Equals and Not
// also take nil. A mistake (a field the resource does not have, a value of another type) is reported when the query is
// used, before anything is sent.
//
// The vendor documents the operators at guides/filtering; `not` is missing in the reference but is used by its own UI.
type Query struct {
	of         *resource
	conditions map[string]map[string]any
	errs       []error
}

// NewOrderQuery starts a query over orders.
func NewOrderQuery() *Query { return newQuery(&orders) }

// NewIntegrationQuery starts a query over order integrations.
func NewIntegrationQuery() *Query { return newQuery(&integrations) }

func newQuery(of *resource) *Query {
	return &Query{of: of, conditions: map[string]map[string]any{}}
}

// Equals keeps records whose field is value.
func (q *Query) Equals(field string, value any) *Query { return q.one(field, "equals", value, true) }

// Not keeps records whose field is anything but value.
func (q *Query) Not(field string, value any) *Query { return q.one(field, "not", value, true) }

// Gt keeps records whose field is greater than value.
func (q *Query) Gt(field string, value any) *Query { return q.one(field, "gt", value, false) }

// Gte keeps records whose field is greater than or equal to value.
func (q *Query) Gte(field string, value any) *Query { return q.one(field, "gte", value, false) }

// Lt keeps records whose field is less than value.
func (q *Query) Lt(field string, value any) *Query { return q.one(field, "lt", value, false) }

// Lte keeps records whose field is less than or equal to value.
func (q *Query) Lte(field string, value any) *Query { return q.one(field, "lte", value, false) }

// In keeps records whose field is one of values.
func (q *Query) In(field string, values ...any) *Query { return q.many(field, "in", values) }

// NotIn keeps records whose field is none of values.
func (q *Query) NotIn(field string, values ...any) *Query { return q.many(field, "notIn", values) }

// Contains keeps records whose field contains text, in any case.
func (q *Query) Contains(field, text string) *Query { return q.one(field, "contains", text, false) }

// StartsWith keeps records whose field begins with text.
func (q *Query) StartsWith(field, text string) *Query { return q.one(field, "startsWith", text, false) }

// EndsWith keeps records whose field ends with text.
func (q *Query) EndsWith(field, text string) *Query { return q.one(field, "endsWith", text, false) }

// Between keeps records whose field lies between from and to, both included.
func (q *Query) Between(field string, from, to any) *Query {
	return q.many(field, "between", []any{from, to})
}

func (q *Query) one(field, operator string, value any, nullable bool) *Query {
	encoded, err := filterValue(value, nullable)
	return q.add(field, operator, encoded, err)
}

func (q *Query) many(field, operator string, values []any) *Query {
	if len(values) == 0 {
		return q.add(field, operator, nil, errors.New("no values"))
	}
	encoded := make([]any, len(values))
	for i, value := range values {
		item, err := filterValue(value, false)
		if err != nil {
			return q.add(field, operator, nil, err)
		}
		encoded[i] = item
	}
	return q.add(field, operator, encoded, nil)
}

func (q *Query) add(field, operator string, value any, err error) *Query {
	switch {
	case err != nil:
	case !slices.Contains(q.of.fields, field):
		err = fmt.Errorf("%s cannot be filtered by it", q.of.path)
	case q.conditions[field] == nil:
		q.conditions[field] = map[string]any{operator: value}
		return q
	default:
		if _, twice := q.conditions[field][operator]; !twice {
			q.conditions[field][operator] = value
			return q
		}
		err = errors.New("given twice")
	}
	q.errs = append(q.errs, fmt.Errorf("query %s %s: %w", field, operator, err))
	return q
}

// text gives the query as the JSON object the API expects, "" for a query without conditions. Keys are sorted.
func (q *Query) text(of *resource) (string, error) {
	if q == nil {
		return "", nil
	}
	if q.of.path != of.path {
		return "", fmt.Errorf("query over %s used for %s", q.of.path, of.path)
	}
	if err := errors.Join(q.errs...); err != nil {
		return "", err
	}
	if len(q.conditions) == 0 {
		return "", nil
	}
	text, err := json.Marshal(q.conditions)
	if err != nil {
		return "", fmt.Errorf("encode query: %w", err)
	}
	return string(text), nil
}

func filterValue(value any, nullable bool) (any, error) {
	switch v := value.(type) {
	case string, bool, int, int64:
		return v, nil
	case time.Time:
		return timestamp(v), nil
	case nil:
		if nullable {
			return nil, nil
		}
	}
	return nil, fmt.Errorf("value of type %T", value)
}

// timestamp writes a time the way the API does: ISO 8601 in UTC with milliseconds.
func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
