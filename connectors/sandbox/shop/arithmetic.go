package shop

import (
	"fmt"

	"spacebridge/mapping/money"
)

var hundredth = money.MustParse("0.01")

// whole turns a quantity into an exact number.
func whole(n int64) money.Decimal { return money.Currency{}.Decimal(money.Amount(n)) }

// amounts are what a line costs: unit price times quantity, and the tax on that, each rounded half up to the currency's
// digits. The documents do not state the rule; their one complete example fits it.
func amounts(currency string, price money.Decimal, quantity int64, percent money.Decimal) (sub, tax money.Decimal, err error) {
	cur, err := money.ParseCurrency(currency)
	if err != nil {
		return sub, tax, invalid("Currency is invalid")
	}
	exact, err := price.Mul(whole(quantity))
	if err != nil {
		return sub, tax, fmt.Errorf("multiply %s by %d: %w", price, quantity, err)
	}
	sub = money.RoundHalfUp(exact, cur.Digits)
	rate, err := percent.Mul(hundredth)
	if err != nil {
		return sub, tax, fmt.Errorf("tax rate %s: %w", percent, err)
	}
	exact, err = sub.Mul(rate)
	if err != nil {
		return sub, tax, fmt.Errorf("tax of %s: %w", sub, err)
	}
	return sub, money.RoundHalfUp(exact, cur.Digits), nil
}

// sum adds up. It only fails on amounts far beyond any shop's.
func sum(numbers ...money.Decimal) (money.Decimal, error) {
	total := money.Zero
	for _, n := range numbers {
		var err error
		if total, err = total.Add(n); err != nil {
			return total, fmt.Errorf("add %s: %w", n, err)
		}
	}
	return total, nil
}

// reckon computes the order's line amounts and totals from prices, quantities and rates.
func (o *Order) reckon() error {
	o.NetTotal, o.GrossTotal = money.Zero, money.Zero
	for i := range o.Lines {
		line := &o.Lines[i]
		var err error
		if line.SubTotal, line.TaxAmount, err = amounts(o.Currency, line.UnitPrice, line.Quantity, line.TaxRate); err != nil {
			return err
		}
		if o.NetTotal, err = sum(o.NetTotal, line.SubTotal); err != nil {
			return err
		}
		if o.GrossTotal, err = sum(o.GrossTotal, line.SubTotal, line.TaxAmount); err != nil {
			return err
		}
	}
	return nil
}

// reckon computes the invoice's line amounts and totals.
func (v *Invoice) reckon() error {
	v.NetTotal, v.GrossTotal = money.Zero, money.Zero
	for i := range v.Lines {
		line := &v.Lines[i]
		var err error
		if line.SubTotal, line.TaxAmount, err = amounts(v.Currency, line.UnitPrice, line.Quantity, line.TaxRate); err != nil {
			return err
		}
		if v.NetTotal, err = sum(v.NetTotal, line.SubTotal); err != nil {
			return err
		}
		if v.GrossTotal, err = sum(v.GrossTotal, line.SubTotal, line.TaxAmount); err != nil {
			return err
		}
	}
	return nil
}
