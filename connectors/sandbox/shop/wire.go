package shop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"spacebridge/mapping/money"
)

// style writes a record's numbers and blanks in the forms that the live API mixes. What form a field has depends only
// on the record and the field, so that two reads of an unchanged record are the same bytes.
type style struct{ id string }

// number writes an exact number: 26.7, and 20 or 20.0 when it is whole.
func (st style) number(field string, d money.Decimal) json.Number {
	d = d.Trim(0)
	if d.Scale() == 0 && choice(st.id, field, 2) == 1 {
		return json.Number(d.String() + ".0")
	}
	return json.Number(d.String())
}

// optional writes a number that may be null.
func (st style) optional(field string, d money.NullDecimal) *json.Number {
	if !d.Valid {
		return nil
	}
	n := st.number(field, d.Decimal)
	return &n
}

// blank is text that, when empty, is "" or null or left out.
type blank struct {
	text string
	form blankForm
}

type blankForm int

const (
	formEmpty blankForm = iota
	formNull
	formAbsent
)

// IsZero makes encoding/json leave the member out, where it has omitzero.
func (b blank) IsZero() bool { return b.text == "" && b.form == formAbsent }

// MarshalJSON writes the text, "" or null.
func (b blank) MarshalJSON() ([]byte, error) {
	if b.text == "" && b.form == formNull {
		return []byte("null"), nil
	}
	return json.Marshal(b.text)
}

// null is text that is null when empty.
func null(text string) blank { return blank{text: text, form: formNull} }

// nullOrEmpty is text that is null or "" when empty, always the same for a record and field.
func (st style) nullOrEmpty(field, text string) blank {
	return blank{text: text, form: []blankForm{formEmpty, formNull}[choice(st.id, field, 2)]}
}

// timestamp writes a time as the API does: UTC, whole seconds.
func timestamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// render writes a record, altered if Corrupt asked for it.
func (s *Shop) render(id string, wire any) json.RawMessage {
	body, err := json.Marshal(wire)
	if err != nil {
		// Wire structs hold nothing that can fail; a fault in one must not pass for an empty record.
		return mustMarshal(map[string]string{"id": id, "simulator_error": err.Error()})
	}
	alter, corrupt := s.alterations[id]
	if !corrupt {
		return body
	}
	raw, err := decodeObject(body)
	if err != nil {
		return body
	}
	alter(raw)
	altered, err := json.Marshal(raw)
	if err != nil {
		return mustMarshal(map[string]string{"id": id, "simulator_error": err.Error()})
	}
	return altered
}

// decodeObject reads a JSON object, keeping numbers as they are written.
func decodeObject(body []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var raw map[string]any
	if err := decoder.Decode(&raw); err != nil {
		return nil, fmt.Errorf("decode object: %w", err)
	}
	return raw, nil
}

// mustMarshal writes values that cannot fail: maps and structs of text, numbers and flags.
func mustMarshal(v any) json.RawMessage {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return body
}
