package money

import (
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestParseDecimal(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"0", "0"},
		{"-0", "0"},
		{"0.0", "0.0"},
		{"15", "15"},
		{"20.0", "20.0"},
		{"26.7", "26.7"},
		{"-0.005", "-0.005"},
		{"020", "20"},
		{"9999999999999999999", "9999999999999999999"},
		{"1e3", "1000"},
		{"1.25E-2", "0.0125"},
		{"-2.5e+1", "-25"},
		{"1e-19", "0.0000000000000000001"},
	} {
		d, err := ParseDecimal(test.text)
		require.NoError(t, err, test.text)
		require.Equal(t, test.want, d.String(), test.text)
	}
	// What would have to be rounded, or is no number, is refused.
	for _, text := range []string{
		"", "abc", "1,5", "NaN", "Inf", "1e", "e5", "1e99999999999", "1e-30", "1.00000000000000000001", "12345678901234567890.5",
		"99999999999999999999", "1e40", "--1", strings.Repeat("9", 500),
	} {
		_, err := ParseDecimal(text)
		require.Error(t, err, text)
		require.Less(t, len(err.Error()), 200)
	}
}

func TestRoundHalfUp(t *testing.T) {
	for _, test := range []struct {
		number string
		scale  int
		want   string
	}{
		{"2.345", 2, "2.35"},
		{"-2.345", 2, "-2.35"},
		{"2.344999", 2, "2.34"},
		{"2.5", 0, "3"},
		{"-0.4", 0, "0"},
		{"1", 2, "1.00"},
		{"9.999", 2, "10.00"},
		{"0.0000000000000000005", 18, "0.000000000000000001"},
		{"999999999999999999.5", 0, "1000000000000000000"},
	} {
		require.Equal(t, test.want, RoundHalfUp(MustParse(test.number), test.scale).String(), test.number)
	}
}

// TestHalvesBelowZero shows the one place where the readings of half up differ.
func TestHalvesBelowZero(t *testing.T) {
	eur := Currency{Code: "EUR", Digits: 2}
	for _, test := range []struct {
		quantity, price string
		away, up        Amount
	}{
		{"1", "-0.025", -3, -2}, {"1", "0.025", 3, 3}, {"1", "-0.0251", -3, -3}, {"1", "-0.0249", -2, -2}, {"3", "-1.15", -345, -345},
	} {
		away, err := eur.Product(MustParse(test.quantity), MustParse(test.price), HalfAwayFromZero)
		require.NoError(t, err)
		up, err := eur.Product(MustParse(test.quantity), MustParse(test.price), HalfTowardPlus)
		require.NoError(t, err)
		require.Equal(t, []Amount{test.away, test.up}, []Amount{away, up}, test.price)
	}
}

func TestCurrencies(t *testing.T) {
	for _, test := range []struct {
		text, code string
		digits     int
	}{
		{"EUR", "EUR", 2},
		{"gbp", "GBP", 2},
		{" usd ", "USD", 2},
		{"JPY", "JPY", 0},
		{"KWD", "KWD", 3},
		{"CLF", "CLF", 4},
	} {
		c, err := ParseCurrency(test.text)
		require.NoError(t, err)
		require.Equal(t, Currency{Code: test.code, Digits: test.digits}, c)
	}
	for _, code := range []string{"", "GBX", "EURO", "E R", "AED AFN", "££"} {
		_, err := ParseCurrency(code)
		require.Error(t, err, code)
	}
}

func TestAmount(t *testing.T) {
	eur, yen := Currency{Code: "EUR", Digits: 2}, Currency{Code: "JPY"}
	amount, err := eur.Amount(MustParse("366.1000"))
	require.NoError(t, err)
	require.Equal(t, Amount(36610), amount)
	_, err = eur.Amount(MustParse("0.375"))
	require.ErrorIs(t, err, ErrFraction)
	_, err = yen.Amount(MustParse("8.4"))
	require.ErrorIs(t, err, ErrFraction)
	_, err = eur.Amount(MustParse("999999999999999999"))
	require.ErrorIs(t, err, ErrTooLarge)
	_, err = eur.Product(MustParse("9999999999999999999"), MustParse("9999999999999999999"), HalfAwayFromZero)
	require.ErrorIs(t, err, ErrTooLarge)
	rounded, err := eur.Round(MustParse("0.375"))
	require.NoError(t, err)
	require.Equal(t, Amount(38), rounded)
	require.Equal(t, "1200", yen.Format(1200))
	require.Equal(t, "-0.05", eur.Format(-5))
	_, ok := Amount(largest).Add(1)
	require.False(t, ok)
}

// TestRoundingAgreesWithFractions holds every rounding against exact fractions.
func TestRoundingAgreesWithFractions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyDecimal(t, "a"), anyDecimal(t, "b")
		digits := rapid.IntRange(0, 4).Draw(t, "digits")
		reading := rapid.SampledFrom([]Rounding{HalfAwayFromZero, HalfTowardPlus}).Draw(t, "reading")
		c := Currency{Code: "XXX", Digits: digits}

		product := new(big.Rat).Mul(rat(a), rat(b))
		requireAmount(t, product, digits, reading, func() (Amount, error) { return c.Product(a, b, reading) })

		of := Amount(rapid.Int64Range(-largest, largest).Draw(t, "of"))
		percent := new(big.Rat).Mul(rat(c.Decimal(of)), rat(b))
		percent.Quo(percent, big.NewRat(100, 1))
		requireAmount(t, percent, digits, reading, func() (Amount, error) { return c.Percent(of, b, reading) })

		scale := rapid.IntRange(0, 18).Draw(t, "scale")
		want := new(big.Rat).SetFrac(round(rat(a), scale, HalfAwayFromZero), power(scale))
		require.Zero(t, want.Cmp(rat(RoundHalfUp(a, scale))), "%s at %d", a, scale)
	})
}

func requireAmount(t *rapid.T, exact *big.Rat, digits int, reading Rounding, compute func() (Amount, error)) {
	want := round(exact, digits, reading)
	got, err := compute()
	if want.CmpAbs(big.NewInt(largest)) > 0 {
		require.ErrorIs(t, err, ErrTooLarge)
		return
	}
	require.NoError(t, err)
	require.Equal(t, want.Int64(), int64(got), "%s", exact.FloatString(12))
}

// round is the definition: the nearest whole number of units, and a half by the reading.
func round(exact *big.Rat, digits int, reading Rounding) *big.Int {
	units := new(big.Rat).Mul(exact, new(big.Rat).SetInt(power(digits)))
	half := big.NewRat(1, 2)
	if units.Sign() < 0 && reading == HalfAwayFromZero {
		return new(big.Int).Neg(floor(units.Neg(units).Add(units, half)))
	}
	return floor(units.Add(units, half))
}

func floor(r *big.Rat) *big.Int { return new(big.Int).Div(r.Num(), r.Denom()) } // Euclidean, and the denominator is positive

func rat(d Decimal) *big.Rat {
	r, ok := new(big.Rat).SetString(d.String())
	if !ok {
		panic(d.String())
	}
	return r
}

// anyDecimal draws numbers of every size, halves often.
func anyDecimal(t *rapid.T, label string) Decimal {
	digits := rapid.Int64Range(-999_999_999_999_999_999, 999_999_999_999_999_999)
	if rapid.Bool().Draw(t, label+" small") {
		digits = rapid.Map(rapid.Int64Range(-20_000, 20_000), func(n int64) int64 { return n * 5 })
	}
	return MustParse(new(big.Rat).SetFrac(big.NewInt(digits.Draw(t, label)), power(rapid.IntRange(0, 9).Draw(t, label+" scale"))).FloatString(9))
}

// TestFormatRoundTrip writes and reads every amount back in every kind of currency.
func TestFormatRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, err := ParseCurrency(rapid.SampledFrom([]string{"EUR", "JPY", "KWD", "CLF"}).Draw(t, "currency"))
		require.NoError(t, err)
		amount := Amount(rapid.Int64Range(-largest, largest).Draw(t, "amount"))
		d, err := ParseDecimal(c.Format(amount))
		require.NoError(t, err)
		back, err := c.Amount(d)
		require.NoError(t, err)
		require.Equal(t, amount, back)
		require.Equal(t, c.Decimal(amount), d)
	})
}

// FuzzParseDecimal: a number that is read is exactly the number that was written.
func FuzzParseDecimal(f *testing.F) {
	for _, seed := range []string{"0", "20.0", "-1.5", "1e-30", "1e19", "9999999999999999999", "0.1234567890123456789", "1E+2", ".5", "5.", "1_0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDecimal(text)
		if err != nil {
			return
		}
		written, ok := new(big.Rat).SetString(text)
		require.True(t, ok, "%q is read as %s and is not a number", text, d)
		require.Zero(t, written.Cmp(rat(d)), "%q is read as %s", text, d)
		again, err := ParseDecimal(Plain(d))
		require.NoError(t, err)
		require.True(t, d.Equal(again))
	})
}
