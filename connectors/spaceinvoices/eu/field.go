package eu

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"spacebridge/mapping/money"
)

// Number is a JSON number kept exactly, digit by digit. Absent, null and "" make it invalid. It is written plainly: never
// through binary floating point and never with an exponent.
type Number struct {
	value money.Decimal
	valid bool
}

// NumberOf makes a Number; it is written with just the digits that d has.
func NumberOf(d money.Decimal) Number { return Number{value: d, valid: true} }

// Decimal gives the number; it is invalid where the reply had none.
func (n Number) Decimal() money.NullDecimal {
	return money.NullDecimal{Decimal: n.value, Valid: n.valid}
}

// IsZero reports whether there is no number at all, so that omitzero leaves it out. The number 0 is a number.
func (n Number) IsZero() bool { return !n.valid }

// MarshalJSON writes the number without quotes.
func (n Number) MarshalJSON() ([]byte, error) {
	if !n.valid {
		return []byte("null"), nil
	}
	return []byte(n.value.String()), nil
}

// UnmarshalJSON reads a number exactly, also one in quotes. A number of more than 19 digits is an error, never rounded.
func (n *Number) UnmarshalJSON(data []byte) error {
	text := strings.Trim(string(data), `"`)
	if text == "null" || text == "" {
		*n = Number{}
		return nil
	}
	value, err := money.ParseDecimal(text)
	if err != nil {
		return fmt.Errorf("read number: %w", err)
	}
	*n = NumberOf(value)
	return nil
}

// Field is one value of a request body that has three states: left out (the zero value), null, and set. A PATCH changes
// only what it names, so clearing something takes a null that is really sent.
type Field[T any] struct {
	value *T
	sent  bool
}

// Set makes a field that carries v.
func Set[T any](v T) Field[T] { return Field[T]{value: &v, sent: true} }

// Null makes a field that clears what the server holds.
func Null[T any]() Field[T] { return Field[T]{sent: true} }

// IsZero reports whether the field is left out.
func (f Field[T]) IsZero() bool { return !f.sent }

// MarshalJSON writes the value or null.
func (f Field[T]) MarshalJSON() ([]byte, error) { return json.Marshal(f.value) }

// Metadata is the free-form metadata of a record. The vendor documents strings; other values are kept as their JSON text.
type Metadata map[string]string

// UnmarshalJSON reads an object; anything else, such as the empty list, counts as no metadata.
func (m *Metadata) UnmarshalJSON(data []byte) error {
	*m = nil
	if !bytes.HasPrefix(data, []byte("{")) {
		return nil
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	*m = make(Metadata, len(raw))
	for key, value := range raw {
		(*m)[key] = looseText(value)
	}
	return nil
}

// looseText gives the string in raw, or the JSON text of whatever else it is; null is "".
func looseText(raw json.RawMessage) string {
	var text *string
	if err := json.Unmarshal(raw, &text); err != nil {
		return string(raw)
	}
	if text == nil {
		return ""
	}
	return *text
}
