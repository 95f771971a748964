package sqlite

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// hashBody fingerprints a record by its meaning: JSON with its keys in another order, other white space or 20.0 for 20
// is the same version. A body that is not JSON is fingerprinted byte by byte.
func hashBody(body []byte) string {
	canonical, err := canonicalJSON(body)
	if err != nil {
		canonical = body
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}

var errNotOneValue = errors.New("not one JSON value in UTF-8")

// canonicalJSON writes one JSON value compactly with sorted keys.
func canonicalJSON(body []byte) ([]byte, error) {
	if !utf8.Valid(body) {
		return nil, errNotOneValue // the decoder would make different bad bytes equal
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber() // never through a binary fraction
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errNotOneValue
	}
	return json.Marshal(trimNumbers(value)) // sorts the keys of maps
}

// trimNumbers drops zeros at the end of fractions, in place.
func trimNumbers(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key, item := range v {
			v[key] = trimNumbers(item)
		}
	case []any:
		for i, item := range v {
			v[i] = trimNumbers(item)
		}
	case json.Number:
		return trimNumber(v)
	}
	return value
}

func trimNumber(n json.Number) json.Number {
	s := n.String()
	if !strings.Contains(s, ".") || strings.ContainsAny(s, "eE") {
		return n
	}
	return json.Number(strings.TrimSuffix(strings.TrimRight(s, "0"), "."))
}
