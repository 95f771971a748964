package money

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/govalues/decimal"
)

// Currency is an ISO 4217 currency and the number of digits its minor unit has.
type Currency struct {
	Code   string // upper case, three letters
	Digits int    // 2 for EUR, 0 for JPY, 3 for KWD
}

// Amount is money in minor units (cents for EUR, yen for JPY) of a currency that its holder names.
type Amount int64

// ParseCurrency looks a currency up by its ISO 4217 code, in any case.
func ParseCurrency(code string) (Currency, error) {
	upper := strings.ToUpper(strings.TrimSpace(code))
	if digits, odd := minorDigits[upper]; odd {
		return Currency{Code: upper, Digits: digits}, nil
	}
	if strings.Contains(twoDigits, " "+upper+" ") && len(upper) == 3 {
		return Currency{Code: upper, Digits: 2}, nil
	}
	return Currency{}, fmt.Errorf("currency %q is not in ISO 4217", code)
}

// Why a number is not an amount of a currency.
var (
	ErrFraction = errors.New("not a whole number of minor units")
	ErrTooLarge = errors.New("too large")
)

// Amount converts an exact number of major units. It fails with ErrFraction for a number that is not a whole number of
// minor units, and with ErrTooLarge beyond 2^53 minor units.
func (c Currency) Amount(d Decimal) (Amount, error) {
	if d.Trim(c.Digits).Scale() > c.Digits {
		return 0, fmt.Errorf("%s %s: %w", d, c.Code, ErrFraction)
	}
	return c.minor(d.Pad(c.Digits))
}

// Round converts an exact number of major units, rounding halves away from zero. It fails with ErrTooLarge only.
func (c Currency) Round(d Decimal) (Amount, error) { return c.minor(RoundHalfUp(d, c.Digits)) }

// minor expects d at exactly the currency's scale.
func (c Currency) minor(d Decimal) (Amount, error) {
	d = d.Rescale(c.Digits)
	if d.Scale() != c.Digits || d.Coef() > largest {
		return 0, fmt.Errorf("%s %s: %w", d, c.Code, ErrTooLarge)
	}
	return Amount(coefficient(d).Int64()), nil
}

// largest is the greatest amount in minor units: what a JSON number carries exactly for every reader.
const largest = 1 << 53

// fits reports whether the amount is small enough to travel.
func (a Amount) fits() bool { return a <= largest && a >= -largest }

// Add adds without ever wrapping around; ok is false when the sum is too large to be an amount.
func (a Amount) Add(b Amount) (sum Amount, ok bool) {
	if !a.fits() || !b.fits() {
		return 0, false
	}
	sum = a + b
	return sum, sum.fits()
}

// Decimal gives the amount in major units, with the currency's digits after the point.
func (c Currency) Decimal(a Amount) Decimal { return decimal.MustNew(int64(a), c.Digits) }

// Format writes the amount in major units: "366.10", "-0.05", "1200" for a currency without minor units.
func (c Currency) Format(a Amount) string {
	if c.Digits == 0 {
		return strconv.FormatInt(int64(a), 10)
	}
	return c.Decimal(a).String()
}

// minorDigits lists the currencies whose minor unit is not two digits.
// Source: ISO 4217 list one.
var minorDigits = map[string]int{
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
	"CLF": 4, "UYW": 4,
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0,
	"RWF": 0, "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}

// twoDigits lists the currencies with two digits, each between blanks.
const twoDigits = " AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHE" +
	" CHF CHW CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR" +
	" ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR" +
	" MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN" +
	" SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG "
