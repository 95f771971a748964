package books

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"spacebridge/mapping/money"
)

// text accepts a string of between least and most characters; most 0 means without end.
func text(least, most int) check {
	return func(v any, path []any) []issue {
		s, ok := v.(string)
		n := utf8.RuneCountInString(s)
		switch {
		case !ok:
			return []issue{wrongType(path, "string", v)}
		case n < least:
			return []issue{{Code: "too_small", Path: path, Message: fmt.Sprintf("String must contain at least %d character(s)", least)}}
		case most > 0 && n > most:
			return []issue{{Code: "too_big", Path: path, Message: fmt.Sprintf("String must contain at most %d character(s)", most)}}
		}
		return nil
	}
}

// oneOf accepts the values of an enum.
func oneOf(values ...string) check {
	return func(v any, path []any) []issue {
		if s, ok := v.(string); ok && slices.Contains(values, s) {
			return nil
		}
		return []issue{{Code: "invalid_enum_value", Path: path, Message: "Invalid enum value. Expected '" + strings.Join(values, "' | '") + "'"}}
	}
}

// amountBound is the largest amount an order may carry, 2^47 (the vendor's generated request schema).
var amountBound = money.MustParse("140737488355328")

// number accepts a JSON number within the bound of the vendor.
func number(v any, path []any) []issue {
	d, ok := decimalOf(v)
	switch {
	case !ok:
		return []issue{wrongType(path, "number", v)}
	case d.CmpAbs(amountBound) > 0:
		return []issue{{Code: "too_big", Path: path, Message: "Number is out of range"}}
	}
	return nil
}

// count accepts a whole number that is not negative.
func count(v any, path []any) []issue {
	d, ok := decimalOf(v)
	if !ok || d.IsNeg() || d.Trim(0).Scale() > 0 {
		return []issue{wrongType(path, "non-negative integer", v)}
	}
	return nil
}

// flag accepts true and false.
func flag(v any, path []any) []issue {
	if _, ok := v.(bool); !ok {
		return []issue{wrongType(path, "boolean", v)}
	}
	return nil
}

// object accepts a JSON object of a shape.
func object(s schema) check {
	return func(v any, path []any) []issue {
		m, ok := v.(map[string]any)
		if !ok {
			return []issue{wrongType(path, "object", v)}
		}
		return s.validate(m, path, false, false)
	}
}

// list accepts an array of at least so many objects of a shape.
func list(least int, s schema) check {
	each := object(s)
	return func(v any, path []any) []issue {
		items, ok := v.([]any)
		if !ok {
			return []issue{wrongType(path, "array", v)}
		}
		if len(items) < least {
			return []issue{{Code: "too_small", Path: path, Message: fmt.Sprintf("Array must contain at least %d element(s)", least)}}
		}
		var found []issue
		for i, item := range items {
			found = append(found, each(item, append(slices.Clone(path), i))...)
		}
		return found
	}
}

// metadata accepts up to 50 properties whose values are strings of up to 250 characters, as documented for every resource.
func metadata(v any, path []any) []issue {
	m, ok := v.(map[string]any)
	if !ok {
		return []issue{wrongType(path, "object", v)}
	}
	if len(m) > 50 {
		return []issue{{Code: "too_big", Path: path, Message: "Metadata can have up to 50 properties"}}
	}
	var found []issue
	for _, key := range sortedKeys(m) {
		found = append(found, text(0, 250)(m[key], append(slices.Clone(path), key))...)
	}
	return found
}

// moment accepts a plain date or an ISO date and time.
func moment(v any, path []any) []issue {
	s, ok := v.(string)
	if !ok {
		return []issue{wrongType(path, "string", v)}
	}
	if _, ok := parseMoment(s); !ok {
		return []issue{{Code: "invalid_string", Path: path, Message: "Invalid datetime"}}
	}
	return nil
}

func parseMoment(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// wrongType is the issue of a value that is not of the expected type. The value itself is not repeated.
func wrongType(path []any, want string, got any) issue {
	name := "unknown"
	switch got.(type) {
	case nil:
		name = "null"
	case string:
		name = "string"
	case bool:
		name = "boolean"
	case json.Number:
		name = "number"
	case []any:
		name = "array"
	case map[string]any:
		name = "object"
	}
	if path == nil {
		path = []any{}
	}
	return issue{Code: "invalid_type", Path: path, Message: "Expected " + want + ", received " + name}
}

// decimalOf reads a JSON number exactly.
func decimalOf(v any) (money.Decimal, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return money.Decimal{}, false
	}
	d, err := money.ParseDecimal(n.String())
	return d, err == nil
}

// jsonNumber writes a number as a JavaScript server does: without zeros after the point.
func jsonNumber(d money.Decimal) json.Number { return json.Number(d.Trim(0).String()) }

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
