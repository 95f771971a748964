package books

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"spacebridge/mapping/money"
)

// kind is the type of a field that lists can be filtered by.
type kind int

const (
	textKind kind = iota
	flagKind
	momentKind
	numberKind
)

// condition is one comparison of a query; several in one query must all hold.
type condition struct {
	field    string
	operator string
	operands []any // as the values of the field: string, bool, time.Time, money.Decimal, or nil for null
}

// ordered and wordy operators are only for fields of a fitting kind.
var (
	ordered = []string{"gt", "gte", "lt", "lte", "between"}
	wordy   = []string{"contains", "startsWith", "endsWith"}
	plain   = []string{"equals", "not", "in", "notIn"}
)

// parseQuery reads the JSON of the query parameter: {"field": value} or {"field": {"operator": value}}. Only the
// whitelisted fields of the resource exist; dotted and nested names are unknown fields like any other.
func (r resource[T]) parseQuery(text string) ([]condition, *fault) {
	var tree map[string]any
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&tree); err != nil || tree == nil {
		return nil, &fault{status: 400, Code: "invalid_query", Message: "query must be a JSON object"}
	}
	var out []condition
	for _, name := range sortedKeys(tree) {
		kind, known := r.fields[name]
		if !known {
			return nil, badQuery("Field is not allowed in queries", name)
		}
		operators, nested := tree[name].(map[string]any)
		if !nested {
			operators = map[string]any{"equals": tree[name]}
		}
		for _, operator := range sortedKeys(operators) {
			c, f := parseCondition(name, kind, operator, operators[operator])
			if f != nil {
				return nil, f
			}
			out = append(out, c)
		}
	}
	return out, nil
}

// parseCondition checks an operator and its operand against the kind of the field.
func parseCondition(name string, k kind, operator string, operand any) (condition, *fault) {
	c := condition{field: name, operator: operator}
	fits := slices.Contains(plain, operator) ||
		slices.Contains(ordered, operator) && k != flagKind ||
		slices.Contains(wordy, operator) && k == textKind
	if !fits {
		return c, badQuery(fmt.Sprintf("Operator %q is not supported here", operator), name)
	}
	values := []any{operand}
	if operator == "in" || operator == "notIn" || operator == "between" {
		list, ok := operand.([]any)
		if !ok || (operator == "between" && len(list) != 2) {
			return c, badQuery("Expected an array", name, operator)
		}
		values = list
	}
	for _, v := range values {
		value, ok := operandOf(k, v)
		if !ok || (value == nil && operator != "equals" && operator != "not") {
			return c, badQuery("Invalid value", name, operator)
		}
		c.operands = append(c.operands, value)
	}
	return c, nil
}

// operandOf reads a value of a query as a value of the field. Null stands for "not set".
func operandOf(k kind, v any) (any, bool) {
	if v == nil {
		return nil, true
	}
	switch k {
	case textKind:
		s, ok := v.(string)
		return s, ok
	case flagKind:
		b, ok := v.(bool)
		return b, ok
	case momentKind:
		s, ok := v.(string)
		if !ok {
			return nil, false
		}
		t, ok := parseMoment(s)
		return t, ok
	case numberKind:
		d, ok := decimalOf(v)
		return d, ok
	}
	return nil, false
}

// holds compares a value of a record. A field that is not set equals null and nothing else.
func (c condition) holds(v any) bool {
	if unset(v) {
		switch c.operator {
		case "equals":
			return c.operands[0] == nil || unset(c.operands[0])
		case "not":
			return c.operands[0] != nil
		}
		return c.operator == "notIn"
	}
	same := func(o any) bool { return o != nil && compareValues(v, o) == 0 }
	switch c.operator {
	case "equals":
		return same(c.operands[0])
	case "not":
		return !same(c.operands[0])
	case "in":
		return slices.ContainsFunc(c.operands, same)
	case "notIn":
		return !slices.ContainsFunc(c.operands, same)
	case "gt":
		return compareValues(v, c.operands[0]) > 0
	case "gte":
		return compareValues(v, c.operands[0]) >= 0
	case "lt":
		return compareValues(v, c.operands[0]) < 0
	case "lte":
		return compareValues(v, c.operands[0]) <= 0
	case "between":
		return compareValues(v, c.operands[0]) >= 0 && compareValues(v, c.operands[1]) <= 0
	}
	return wordHolds(c.operator, v, c.operands[0])
}

// wordHolds compares texts without regard to case.
func wordHolds(operator string, value, operand any) bool {
	v, _ := value.(string)
	o, _ := operand.(string)
	v, o = strings.ToLower(v), strings.ToLower(o)
	switch operator {
	case "contains":
		return strings.Contains(v, o)
	case "startsWith":
		return strings.HasPrefix(v, o)
	default:
		return strings.HasSuffix(v, o)
	}
}

// unset reports whether a field has no value; the record would show null.
func unset(v any) bool {
	switch v := v.(type) {
	case string:
		return v == ""
	case time.Time:
		return v.IsZero()
	case bool, money.Decimal:
		return false
	}
	return v == nil
}

func badQuery(message string, path ...any) *fault {
	return invalid(issue{Code: "invalid_query", Path: append([]any{"query"}, path...), Message: message})
}
