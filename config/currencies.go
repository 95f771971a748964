package config

import (
	"fmt"
	"strings"
)

// oddCurrencies are the currencies whose minor unit has not two digits. Source: ISO 4217 list one.
var oddCurrencies = map[string]int{
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
	"CLF": 4, "UYW": 4,
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0,
	"RWF": 0, "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}

// OddCurrency reports whether ISO 4217 gives a currency other than two decimals, and how many. Code is in upper case. Only such
// a currency has a place under policy.currencies.
func OddCurrency(code string) (decimals int, odd bool) {
	decimals, odd = oddCurrencies[code]
	return decimals, odd
}

// twoDecimals lists the currencies with two decimals, each between blanks.
const twoDecimals = " AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHE" +
	" CHF CHW CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR" +
	" ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR" +
	" MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN" +
	" SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG "

// currencies checks the names of currencies that need permission.
func (v *validator) currencies(path string, codes []string) {
	seen := map[string]int{}
	for i, code := range codes {
		at := fmt.Sprintf("%s[%d]", path, i)
		upper := strings.ToUpper(strings.TrimSpace(code))
		_, odd := OddCurrency(upper)
		first, twice := claim(seen, upper, i)
		switch {
		case twice:
			v.add(at, code, fmt.Sprintf("is %s[%d] too", path, first), "keep one of them")
		case odd && code == upper:
		case odd:
			v.add(at, code, "is not written as ISO 4217 has it", "write "+upper)
		case isTwoDecimals(upper):
			v.add(at, code, "has two decimals and needs no permission", "leave it out: the list is for currencies with none or three, such as JPY and KWD")
		default:
			v.add(at, code, "is not a currency of ISO 4217", "write its three letters, such as JPY")
		}
	}
}

// isTwoDecimals reports whether ISO 4217 has a currency of that code, in upper case, with two decimals.
func isTwoDecimals(code string) bool {
	return len(code) == 3 && strings.Contains(twoDecimals, " "+code+" ")
}
