// Package money holds amounts, rates and currencies without ever touching binary floating point.
//
// A Decimal is an exact number as it came over the wire; an Amount is a whole number of minor units (cents, pence) of a
// known currency. Meaning is given to a Decimal by rounding it, once and visibly, into an Amount.
package money

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/govalues/decimal"
)

// Decimal is an exact decimal number of up to 19 digits. The zero value is 0.
type Decimal = decimal.Decimal

// NullDecimal is a Decimal that a vendor may leave out (absent, null or "").
type NullDecimal = decimal.NullDecimal

// Some returns a NullDecimal that holds d.
func Some(d Decimal) NullDecimal { return NullDecimal{Decimal: d, Valid: true} }

// Zero is the number 0.
var Zero = decimal.Zero

// ParseDecimal reads a JSON number exactly. It refuses what it would have to round: more than 19 significant digits, or
// more than 19 digits after the point.
func ParseDecimal(text string) (Decimal, error) {
	plain, err := expand(text)
	if err != nil {
		return Decimal{}, err
	}
	d, err := decimal.Parse(plain)
	if err != nil {
		return Decimal{}, fmt.Errorf("number %q: %w", brief(text), err)
	}
	if significant(plain) != significant(d.String()) {
		return Decimal{}, fmt.Errorf("number %q has more than %d digits", brief(text), decimal.MaxPrec)
	}
	return d, nil
}

// MustParse is ParseDecimal for constants in tests and tables; it panics on bad text.
func MustParse(text string) Decimal {
	d, err := ParseDecimal(text)
	if err != nil {
		panic(err)
	}
	return d
}

// Plain writes d without insignificant zeros, so that 20, 20.0 and 20.00 read the same: "20".
func Plain(d Decimal) string { return d.Trim(0).String() }

// expand writes a number without its exponent. An exponent is legal JSON, and the decimal library rounds silently where
// one makes the number too fine, so that 1e-30 would be read as 0.
func expand(text string) (string, error) {
	mark := strings.IndexAny(text, "eE")
	if mark < 0 {
		return text, nil
	}
	exponent, err := strconv.Atoi(text[mark+1:])
	if err != nil || exponent > 2*decimal.MaxPrec || exponent < -2*decimal.MaxPrec {
		return "", fmt.Errorf("number %q: exponent out of range", brief(text))
	}
	sign, mantissa := "", text[:mark]
	if strings.HasPrefix(mantissa, "-") || strings.HasPrefix(mantissa, "+") {
		sign, mantissa = mantissa[:1], mantissa[1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if whole+fraction == "" {
		return "", fmt.Errorf("number %q has no digits", brief(text))
	}
	point := len(whole) + exponent
	digits := whole + fraction
	if point < 0 {
		digits, point = strings.Repeat("0", -point)+digits, 0
	}
	if short := point - len(digits); short > 0 {
		digits += strings.Repeat("0", short)
	}
	plain := sign + "0" + digits[:point]
	if rest := digits[point:]; rest != "" {
		plain += "." + rest
	}
	return plain, nil
}

// significant strips sign, point and insignificant zeros so that 20.0, 20 and 020 compare equal.
func significant(text string) string {
	text = strings.TrimLeft(text, "+-")
	whole, fraction, _ := strings.Cut(text, ".")
	return strings.TrimLeft(whole, "0") + "." + strings.TrimRight(fraction, "0")
}

// brief keeps a hostile number from filling an error.
func brief(text string) string {
	if len(text) > 40 {
		return strings.ToValidUTF8(text[:40], "") + "…"
	}
	return text
}
