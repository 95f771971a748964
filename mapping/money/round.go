package money

import (
	"fmt"
	"math/big"

	"github.com/govalues/decimal"
)

// Rounding says where an exact half goes. "Half up" is read in both ways, and they differ below zero only.
type Rounding int

// The two readings of half up.
const (
	HalfAwayFromZero Rounding = iota // 2.345 -> 2.35, -2.345 -> -2.35: commercial rounding
	HalfTowardPlus                   // 2.345 -> 2.35, -2.345 -> -2.34: adding a half and cutting off, as many programs do
)

// RoundHalfUp rounds d to scale digits after the point; halves move away from zero (2.345 -> 2.35, -2.345 -> -2.35).
// This is commercial rounding, and the rule Space Invoices documents for its amounts (guides/calculation-modes).
func RoundHalfUp(d Decimal, scale int) Decimal {
	if d.Scale() <= scale {
		return d.Pad(scale)
	}
	// At least one digit is dropped, so what is left of 19 fits an int64.
	return decimal.MustNew(drop(coefficient(d), d.Scale()-scale, HalfAwayFromZero).Int64(), scale)
}

// Product multiplies exactly (a quantity by a price in major units) and rounds the product once, into minor units.
// It fails with ErrTooLarge.
func (c Currency) Product(a, b Decimal, rounding Rounding) (Amount, error) {
	exact := new(big.Int).Mul(coefficient(a), coefficient(b))
	return c.rescale(exact, a.Scale()+b.Scale(), rounding)
}

// Percent takes rate percent of an amount exactly (22 of 10.00 is 2.20) and rounds once, into minor units.
// It fails with ErrTooLarge.
func (c Currency) Percent(of Amount, rate Decimal, rounding Rounding) (Amount, error) {
	exact := new(big.Int).Mul(big.NewInt(int64(of)), coefficient(rate))
	return c.rescale(exact, c.Digits+rate.Scale()+2, rounding)
}

// rescale turns coefficient·10^-scale major units into minor units.
func (c Currency) rescale(coefficient *big.Int, scale int, rounding Rounding) (Amount, error) {
	if scale < c.Digits {
		coefficient = new(big.Int).Mul(coefficient, power(c.Digits-scale))
	} else {
		coefficient = drop(coefficient, scale-c.Digits, rounding)
	}
	if !coefficient.IsInt64() || !Amount(coefficient.Int64()).fits() {
		return 0, fmt.Errorf("product in %s: %w", c.Code, ErrTooLarge)
	}
	return Amount(coefficient.Int64()), nil
}

// drop takes the last digits off a number and rounds what is left.
func drop(coefficient *big.Int, digits int, rounding Rounding) *big.Int {
	unit := power(digits)
	quotient, rest := new(big.Int).QuoRem(coefficient, unit, new(big.Int))
	half := rest.Abs(rest).Lsh(rest, 1).Cmp(unit) // twice the rest against one unit
	switch {
	case half < 0:
	case coefficient.Sign() > 0:
		quotient.Add(quotient, big.NewInt(1))
	case half > 0 || rounding == HalfAwayFromZero:
		quotient.Sub(quotient, big.NewInt(1))
	}
	return quotient
}

// coefficient is d without its point: -1.25 is -125.
func coefficient(d Decimal) *big.Int {
	whole := new(big.Int).SetUint64(d.Coef())
	if d.IsNeg() {
		whole.Neg(whole)
	}
	return whole
}

func power(digits int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
}
