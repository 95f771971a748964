package mapping

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// fault is one thing that keeps an order from being a sale.
type fault struct {
	code  string // of a hold
	text  string // plain words with numbers, never personal data
	table string // the numbers line by line, "" where the text says it all
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
	case HoldTaxNotMapped, HoldTaxConflict, HoldTaxAmbiguous:
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

// newSale makes the sale that a document says, and lists all that is wrong with it. The sale is nil where something is
// missing from it; it is there, to be shown, where only its numbers contradict each other.
func newSale(r *review) (*trade.Sale, faults) {
	doc := r.doc
	d := &draft{review: r, sale: &trade.Sale{
		SourceID:        r.SaleID,
		Number:          shorten(clean(doc.Number), limitText),
		OrderedAt:       r.orderedAt(),
		BillingAddress:  address(doc.BillingAddress),
		ShippingAddress: address(doc.ShippingAddress),
	}}
	if length(r.SaleID) > limitSourceID {
		d.fault(HoldUnreadable, "the ", r.noun(), "'s id is longer than ", strconv.Itoa(limitSourceID), " characters")
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
	d.sale.PaymentMethod = joinTo(limitText, r.paymentMethods())
	d.sale.Metadata = d.metadata()
	return d.sale, d.faults
}

// orderedAt is when the sale was made: the moment of the order, or midnight UTC of the day that the invoice bears, as the books
// write days.
func (r *review) orderedAt() time.Time {
	if r.kind() == trade.KindOrder {
		return r.doc.Created.UTC()
	}
	day, _ := invoiceDay(*r.Invoice)
	return day
}

// currency settles what the numbers mean. Without it no other number can be judged.
func (d *draft) currency() bool {
	if len(d.doc.Lines) == 0 {
		d.fault(HoldNoLines, "the ", d.noun(), " has no lines")
	}
	currency, err := money.ParseCurrency(d.doc.Currency)
	if err != nil {
		d.fault(HoldUnknownCurrency, "currency ", quoted(d.doc.Currency, 8), " is not in ISO 4217")
		return false
	}
	if currency.Digits != booksDigits && !slices.ContainsFunc(d.Currencies, func(code string) bool { return strings.EqualFold(code, currency.Code) }) {
		d.fault(HoldCurrencyNotAllowed, currency.Code, " has ", plural(currency.Digits, "digit"), " after the point, Space Invoices rounds amounts to 2, and policy.currencies does not name it")
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
			d.fault(HoldMissingTotal, "the ", d.noun(), " has no ", name)
		case total.Decimal.IsNeg():
			d.fault(HoldNegativeTotal, name, " is ", total.Decimal.String())
		default:
			return d.amount(name, total.Decimal)
		}
		return 0
	}
	d.sale.Net = read("net total", d.doc.Net)
	d.sale.Gross = read("gross total", d.doc.Gross)
	d.sale.Tax = d.sale.Gross - d.sale.Net
}

// amount reads an exact number of minor units.
func (d *draft) amount(name string, number money.Decimal) money.Amount {
	amount, err := d.sale.Currency.Amount(number)
	if err == nil {
		err = booksCanHold(d.sale.Currency, amount)
	}
	if err != nil {
		d.notAmount(err, name+" "+number.String()+" "+d.sale.Currency.Code)
	}
	return amount
}
