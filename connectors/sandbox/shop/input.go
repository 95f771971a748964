package shop

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"spacebridge/mapping/money"
)

// numberInput is a number in a request: a JSON number, or one written as text; null and "" are none.
type numberInput struct{ money.NullDecimal }

// UnmarshalJSON reads the number exactly.
func (n *numberInput) UnmarshalJSON(data []byte) error {
	text := string(bytes.TrimSpace(data))
	if unquoted, err := strconv.Unquote(text); err == nil {
		text = strings.TrimSpace(unquoted)
	}
	if text == "" || text == "null" {
		n.NullDecimal = money.NullDecimal{}
		return nil
	}
	d, err := money.ParseDecimal(text)
	if err != nil {
		return fmt.Errorf("read number: %w", err)
	}
	n.NullDecimal = money.Some(d)
	return nil
}

// quantity is the number as a whole quantity. None is 0.
func (n numberInput) quantity() (int64, error) {
	if !n.Valid {
		return 0, nil
	}
	whole, _, ok := n.Decimal.Int64(0)
	if !ok || !n.Decimal.IsInt() {
		return 0, invalid("Quantity must be a whole number")
	}
	return whole, nil
}

// count is quantity for lines, which must ask for something if they ask at all.
func (n numberInput) count() (int64, error) {
	quantity, err := n.quantity()
	if err == nil && n.Valid && quantity <= 0 {
		return 0, invalid("Quantity must be greater than 0")
	}
	return quantity, err
}

// text is the given text, or the one there was.
func text(given *string, before string) string {
	if given == nil {
		return before
	}
	return *given
}
