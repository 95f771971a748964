package orderspace

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// reader takes the fields of a JSON object and knows where it stands, so that a fault can name its place. The first fault
// of a record is kept; after it, reading goes on with zero values.
type reader struct {
	path   string // of this object inside the record, "" for the record
	fields map[string]json.RawMessage
	first  **trade.Fault
}

// newReader opens a record; name stands for it in faults. It may still be in its envelope, {"order": {…}}.
func newReader(name string, body []byte) *reader {
	r := &reader{first: new(*trade.Fault)}
	if json.Unmarshal(body, &r.fields) != nil || r.fields == nil {
		shape := shapeOf(body)
		if !json.Valid(body) {
			shape = "broken JSON"
		}
		r.report(name, shape, "expected an object")
		return r
	}
	if inner, ok := r.fields[name]; ok && shapeOf(inner) == "an object" && blank(r.fields["id"]) {
		r.fields = nil
		_ = json.Unmarshal(inner, &r.fields) // its shape was checked
	}
	return r
}

// fault gives the first fault, nil if there is none.
func (r *reader) fault() *trade.Fault { return *r.first }

func (r *reader) report(field, value, wanted string) {
	if *r.first == nil {
		*r.first = &trade.Fault{Field: field, Value: value, Remedy: wanted + "; correct the record in Orderspace, then retry"}
	}
}

// at gives the path of a field.
func (r *reader) at(key string) string {
	if r.path == "" {
		return key
	}
	return r.path + "." + key
}

// text reads a string. Numbers are taken as they are written, for order numbers are numbers and invoice numbers are not.
func (r *reader) text(key string) string {
	text, ok := textOf(r.fields[key])
	if !ok {
		r.report(r.at(key), shapeOf(r.fields[key]), "expected text")
	}
	return text
}

// number reads a JSON number exactly.
func (r *reader) number(key string) money.NullDecimal {
	raw := r.fields[key]
	if blank(raw) {
		return money.NullDecimal{}
	}
	if shapeOf(raw) != "a number" {
		r.report(r.at(key), harmless(raw), "expected a number")
		return money.NullDecimal{}
	}
	d, err := money.ParseDecimal(string(raw))
	if err != nil {
		r.report(r.at(key), harmless(raw), "expected a number of at most 19 digits")
		return money.NullDecimal{}
	}
	return money.Some(d)
}

// amount reads a number that is 0 where there is none.
func (r *reader) amount(key string) money.Decimal { return r.number(key).Decimal }

// flag reads true or false; false where there is nothing.
func (r *reader) flag(key string) bool {
	switch raw := r.fields[key]; {
	case string(raw) == "true":
		return true
	case blank(raw), string(raw) == "false":
		return false
	default:
		r.report(r.at(key), shapeOf(raw), "expected true or false")
		return false
	}
}

// timestamp reads the first of the keys that holds something. Times without a zone are UTC.
func (r *reader) timestamp(keys ...string) time.Time {
	for _, key := range keys {
		if blank(r.fields[key]) {
			continue
		}
		text, _ := textOf(r.fields[key])
		t, ok := timeOf(text)
		if !ok {
			r.report(r.at(key), harmless(r.fields[key]), "expected a time such as 2026-01-31T13:45:00Z")
		}
		return t
	}
	return time.Time{}
}

// object opens a nested object; an absent one reads as empty.
func (r *reader) object(key string) *reader {
	inner := &reader{path: r.at(key), first: r.first}
	if raw := r.fields[key]; !blank(raw) && json.Unmarshal(raw, &inner.fields) != nil {
		r.report(inner.path, shapeOf(raw), "expected an object")
	}
	return inner
}

// list opens the elements of a list of objects.
func (r *reader) list(key string) []*reader {
	var list []*reader
	for i, raw := range r.elements(key) {
		inner := &reader{path: fmt.Sprintf("%s[%d]", r.at(key), i), first: r.first}
		if shapeOf(raw) != "an object" || json.Unmarshal(raw, &inner.fields) != nil {
			r.report(inner.path, shapeOf(raw), "expected an object")
		}
		list = append(list, inner)
	}
	return list
}

// texts reads a list of strings.
func (r *reader) texts(key string) []string {
	var list []string
	for i, raw := range r.elements(key) {
		text, ok := textOf(raw)
		if !ok {
			r.report(fmt.Sprintf("%s[%d]", r.at(key), i), shapeOf(raw), "expected text")
		}
		list = append(list, text)
	}
	return list
}

func (r *reader) elements(key string) []json.RawMessage {
	raw := r.fields[key]
	if blank(raw) {
		return nil
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		r.report(r.at(key), shapeOf(raw), "expected a list")
	}
	return list
}

// addresses reads e-mail addresses: one field may hold several, separated by commas.
func (r *reader) addresses(key string) []string {
	var list []string
	for part := range strings.SplitSeq(r.text(key), ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// blank reports whether a field says nothing: absent, null or "".
func blank(raw json.RawMessage) bool {
	return len(raw) == 0 || string(raw) == "null" || string(raw) == `""`
}

// textOf gives the text of a string or number.
func textOf(raw json.RawMessage) (string, bool) {
	switch {
	case blank(raw):
		return "", true
	case raw[0] == '"':
		var text string
		return text, json.Unmarshal(raw, &text) == nil
	case shapeOf(raw) == "a number":
		return strings.TrimSuffix(string(raw), ".0"), true
	default:
		return "", false
	}
}

// timeOf reads the forms of time that Orderspace shows or might.
func timeOf(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateTime, time.DateOnly} {
		if t, err := time.Parse(layout, strings.TrimSpace(text)); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// shapeOf names what a piece of JSON is, without saying what is in it.
func shapeOf(raw json.RawMessage) string {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return "nothing"
	}
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "text"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return "a number"
	default:
		return "broken JSON"
	}
}

// harmless quotes a value that should have been a number or a time, if it is short and made of what those are made of.
// Anything else could be personal, and only its shape is told.
func harmless(raw json.RawMessage) string {
	text := strings.Trim(string(raw), `"`)
	for _, r := range text {
		if !strings.ContainsRune("0123456789.,:+-/ eETZ£$€%", r) {
			return shapeOf(raw)
		}
	}
	if len(text) > 24 {
		text = strings.ToValidUTF8(text[:24], "") + "…"
	}
	return shapeOf(raw) + " " + text
}
