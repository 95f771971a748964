package books

import (
	"slices"

	"spacebridge/mapping/money"
)

// cents is the scale of every amount of a document, whatever its currency.
const cents = 2

// TaxTotal is the tax of one rate in a document.
type TaxTotal struct {
	Rate   money.Decimal // percent
	Base   money.Decimal // net
	Amount money.Decimal
}

// InvoiceLine is one line of a document with what was calculated for it.
type InvoiceLine struct {
	Name         string
	Quantity     money.Decimal
	Price        money.Decimal // net, per unit
	Rates        []money.Decimal
	Total        money.Decimal // net
	TotalWithTax money.Decimal
}

// computed is the arithmetic of a document.
type computed struct {
	lines []InvoiceLine
	taxes []TaxTotal
	net   money.Decimal
	gross money.Decimal
}

// compute works out a document from the items of an order. What the order said of its totals plays no part.
func compute(rule Calculation, items []Item) computed {
	var out computed
	var taxSum money.Decimal
	for _, it := range items {
		line := computeLine(rule, it)
		out.net = add(out.net, line.Total)
		taxSum = add(taxSum, sub(line.TotalWithTax, line.Total))
		out.addTaxes(line)
		out.lines = append(out.lines, line)
	}
	slices.SortFunc(out.taxes, func(a, b TaxTotal) int { return a.Rate.Cmp(b.Rate) })
	if rule == TaxPerRate {
		taxSum = money.Zero
		for i := range out.taxes {
			out.taxes[i].Amount = share(out.taxes[i].Base, out.taxes[i].Rate)
			taxSum = add(taxSum, out.taxes[i].Amount)
		}
	}
	out.net = money.RoundHalfUp(out.net, cents)
	out.gross = money.RoundHalfUp(add(out.net, taxSum), cents)
	return out
}

// computeLine rounds the line's net half up to cents, and the tax on that net, per tax, half up to cents.
func computeLine(rule Calculation, it Item) InvoiceLine {
	line := InvoiceLine{Name: it.Name, Quantity: it.Quantity, Price: it.Price, Rates: it.rates()}
	var rate money.Decimal
	for _, r := range line.Rates {
		rate = add(rate, r)
	}
	if rule == B2CGross {
		unit := it.GrossPrice.Decimal
		if !it.GrossPrice.Valid {
			unit = add(it.Price, mul(it.Price, quo(rate, hundred)))
		}
		line.TotalWithTax = money.RoundHalfUp(sub(mul(unit, it.Quantity), it.Discount), cents)
		line.Total = money.RoundHalfUp(quo(mul(line.TotalWithTax, hundred), add(rate, hundred)), cents)
		return line
	}
	line.Total = money.RoundHalfUp(sub(mul(it.Price, it.Quantity), it.Discount), cents)
	line.TotalWithTax = line.Total
	for _, r := range line.Rates {
		line.TotalWithTax = add(line.TotalWithTax, share(line.Total, r))
	}
	return line
}

// rates are the taxes of a line: those of taxes[] when it was given, else tax_rate, else none.
func (it Item) rates() []money.Decimal {
	switch {
	case it.HasTaxes:
		return it.Taxes
	case it.TaxRate.Valid:
		return []money.Decimal{it.TaxRate.Decimal}
	}
	return nil
}

// addTaxes adds a line to the totals per rate.
func (c *computed) addTaxes(line InvoiceLine) {
	for _, rate := range line.Rates {
		at := slices.IndexFunc(c.taxes, func(t TaxTotal) bool { return t.Rate.Equal(rate) })
		if at < 0 {
			c.taxes = append(c.taxes, TaxTotal{Rate: rate})
			at = len(c.taxes) - 1
		}
		c.taxes[at].Base = add(c.taxes[at].Base, line.Total)
		c.taxes[at].Amount = add(c.taxes[at].Amount, share(line.Total, rate))
	}
}

var hundred = money.MustParse("100")

// share is so many percent of an amount, rounded half up to cents.
func share(base, rate money.Decimal) money.Decimal {
	return money.RoundHalfUp(quo(mul(base, rate), hundred), cents)
}

// The operations below cannot fail on amounts within the bound that bodies are checked for, short of absurd quantities;
// then they give zero, which no comparison takes for right.
func add(a, b money.Decimal) money.Decimal { return must(a.Add(b)) }
func sub(a, b money.Decimal) money.Decimal { return must(a.Sub(b)) }
func mul(a, b money.Decimal) money.Decimal { return must(a.Mul(b)) }
func quo(a, b money.Decimal) money.Decimal { return must(a.Quo(b)) }

func must(d money.Decimal, err error) money.Decimal {
	if err != nil {
		return money.Zero
	}
	return d
}
