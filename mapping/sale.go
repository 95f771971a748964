package mapping

import (
	"strconv"
	"strings"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// fault is one thing that keeps an order from being a sale.
type fault struct {
	code string // of a hold
	text string // plain words with numbers, never personal data
}

// faults are in the order of their weight: the first names the hold, all of them are shown.
type faults []fault

// String joins what is wrong.
func (f faults) String() string {
	texts := make([]string, 0, len(f))
	for _, one := range f {
		texts = append(texts, one.text)
	}
	return listed(texts)
}

// rule names the rule that the first fault breaks.
func (f faults) rule() string {
	switch f[0].code {
	case HoldPennyLock:
		return RulePennyLock
	case HoldTaxNotMapped:
		return RuleTaxNotMapped
	default:
		return RuleFaulty
	}
}

// draft is a sale in the making.
type draft struct {
	*review
	sale    *trade.Sale
	origins []origin // of the sale's lines, one each
	faults  faults
}

func (d *draft) fault(code string, words ...string) {
	d.faults = append(d.faults, fault{code: code, text: strings.Join(words, "")})
}

// newSale makes the sale that an order says, and lists all that is wrong with it. The sale is nil where something is
// missing from it; it is there, to be shown, where only its numbers contradict each other.
func newSale(r *review) (*trade.Sale, faults) {
	order := r.Order
	d := &draft{review: r, sale: &trade.Sale{
		SourceID:        r.SaleID,
		Number:          shorten(clean(order.Number), limitText),
		OrderedAt:       order.Created.UTC(),
		BillingAddress:  address(order.BillingAddress),
		ShippingAddress: address(order.ShippingAddress),
	}}
	if length(r.SaleID) > limitSourceID {
		d.fault(HoldUnreadable, "the order's id is longer than ", strconv.Itoa(limitSourceID), " characters")
	}
	if !d.currency() {
		return nil, d.faults
	}
	d.totals()
	d.lines()
	d.party()
	d.taxes()
	if len(d.faults) > 0 {
		return nil, d.faults
	}
	if d.arithmetic(); len(d.faults) == 0 {
		d.pennyLock() // Invariant 7
	}
	d.sale.PaymentStatus = r.payment(d.sale.Gross, d.sale.Currency)
	d.sale.Metadata = d.metadata()
	return d.sale, d.faults
}

// currency settles what the numbers mean. Without it no other number can be judged.
func (d *draft) currency() bool {
	if len(d.Order.Lines) == 0 {
		d.fault(HoldNoLines, "the order has no lines")
	}
	currency, err := money.ParseCurrency(d.Order.Currency)
	if err != nil {
		d.fault(HoldUnknownCurrency, "currency ", quoted(d.Order.Currency, 8), " is not in ISO 4217")
		return false
	}
	if currency.Digits > booksDigits {
		d.fault(HoldCurrencyDecimals, currency.Code, " has ", strconv.Itoa(currency.Digits), " digits after the point, and Space Invoices rounds amounts to 2")
		return false
	}
	d.sale.Currency = currency
	return true
}

// totals reads the order's own totals.
func (d *draft) totals() {
	read := func(name string, total money.NullDecimal) money.Amount {
		switch {
		case !total.Valid:
			d.fault(HoldMissingTotal, "the order has no ", name)
		case total.Decimal.IsNeg():
			d.fault(HoldNegativeTotal, name, " is ", total.Decimal.String())
		default:
			return d.amount(name, total.Decimal)
		}
		return 0
	}
	d.sale.Net = read("net total", d.Order.Net)
	d.sale.Gross = read("gross total", d.Order.Gross)
	d.sale.Tax = d.sale.Gross - d.sale.Net
}

// amount reads an exact number of minor units.
func (d *draft) amount(name string, number money.Decimal) money.Amount {
	amount, err := d.sale.Currency.Amount(number)
	if err != nil {
		d.notAmount(err, name+" "+number.String()+" "+d.sale.Currency.Code)
	}
	return amount
}
