package books

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// check looks at one value and reports what is wrong with it.
type check func(v any, path []any) []issue

// field is one key of a body.
type field struct {
	name     string
	required bool
	nullable bool
	check    check
}

// schema is the shape of a body or a part of it. An open one lets unknown keys pass through.
type schema struct {
	fields []field
	open   bool
}

// req and opt name the common kinds of fields: required; optional; optional and nullable.
func req(name string, c check) field { return field{name: name, required: true, check: c} }
func opt(name string, c check) field { return field{name: name, check: c} }
func nul(name string, c check) field { return field{name: name, nullable: true, check: c} }

// decode reads a JSON object with its numbers exact. An empty body is an empty object.
func decode(body []byte) (map[string]any, *fault) {
	if len(bytes.TrimSpace(body)) == 0 {
		return map[string]any{}, nil
	}
	malformed := &fault{status: 400, Code: "invalid_json", Message: "Malformed JSON in request body"}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, malformed
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, malformed
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, invalid(wrongType(nil, "object", v))
	}
	return m, nil
}

// validate checks a body. With partial nothing is required. Unknown keys are an issue, or dropped when strip is set.
func (s schema) validate(m map[string]any, path []any, partial, strip bool) []issue {
	var found []issue
	known := make(map[string]bool, len(s.fields))
	for _, f := range s.fields {
		known[f.name] = true
		at := append(slices.Clone(path), f.name)
		v, given := m[f.name]
		switch {
		case !given && f.required && !partial:
			found = append(found, issue{Code: "invalid_type", Path: at, Message: "Required"})
		case !given, v == nil && f.nullable:
		default:
			found = append(found, f.check(v, at)...)
		}
	}
	if s.open {
		return found
	}
	for _, key := range sortedKeys(m) {
		switch {
		case known[key]:
		case strip:
			delete(m, key)
		default:
			found = append(found, issue{Code: "unrecognized_keys", Path: append(slices.Clone(path), key), Message: fmt.Sprintf("Unrecognized key: %q", key)})
		}
	}
	return found
}
