package config

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Percent is a percentage as it was written, such as "22.0"; it is never a binary fraction.
type Percent string

var percentForm = regexp.MustCompile(`^(100(\.0{1,4})?|\d{1,2}(\.\d{1,4})?)$`)

// ParsePercent reads a percentage from 0 to 100 with at most four digits after the point.
func ParsePercent(text string) (Percent, error) {
	if !percentForm.MatchString(text) {
		return "", fmt.Errorf("%q is not a percentage from 0 to 100", text)
	}
	return Percent(text), nil
}

// value is the percentage without insignificant zeros, so that 20 and 20.0 are the same rate.
func (p Percent) value() string {
	text := strings.TrimLeft(string(p), "0")
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// TaxMatch names a tax rate of an Orderspace site. Exactly one of its fields is set.
type TaxMatch struct {
	ID      string  // tr_…
	Name    string  // as the site calls it
	Percent Percent // every rate of that percent
}

// parseTaxMatch tells ids, names and percents apart: a bare number is a percent, tr_… an id, everything else a name.
func parseTaxMatch(text string, number bool) (TaxMatch, error) {
	switch {
	case text == "":
		return TaxMatch{}, errors.New("names no tax rate")
	case number:
		percent, err := ParsePercent(text)
		return TaxMatch{Percent: percent}, err
	case strings.HasPrefix(text, "tr_"):
		return TaxMatch{ID: text}, nil
	default:
		return TaxMatch{Name: text}, nil
	}
}

// String writes the match as it stands in the file.
func (m TaxMatch) String() string { return m.ID + m.Name + string(m.Percent) }

// key is equal for two rows that match the same rates.
func (m TaxMatch) key() string {
	if m.Percent != "" {
		return "percent " + m.Percent.value()
	}
	return "rate " + m.ID + strings.ToLower(strings.TrimSpace(m.Name)) // names are compared in any case
}
