package mapping

import "spacebridge/mapping/money"

// arithmetic checks Orderspace's numbers against each other, at the digits of the currency: lines against totals, and
// each line in itself. How Orderspace rounds is not documented, so a line is wrong here only if no way of rounding explains
// it: if it is off by more than one minor unit. One unit is the penny lock's to judge.
func (d *draft) arithmetic() {
	currency := d.sale.Currency
	net, tax, ok := d.sums()
	switch {
	case !ok:
		d.fault(HoldAmountTooLarge, "the sum of the lines is too large")
	case net != d.sale.Net || net+tax != d.sale.Gross:
		d.fault(HoldTotals, "the lines add up to ", currency.Format(net), " net and ", currency.Format(net+tax), " gross, and the order's totals are ",
			currency.Format(d.sale.Net), " net and ", currency.Format(d.sale.Gross), " gross")
	}
	for i, sold := range d.sale.Lines {
		name, line := d.origins[i].name, d.origins[i].line
		should, err := currency.Product(sold.Quantity, sold.UnitPrice, money.HalfAwayFromZero)
		if err != nil || !near(should, sold.Net) {
			d.fault(HoldLine, name, ": ", money.Plain(sold.Quantity), " x ", sold.UnitPrice.String(), " is not the sub-total ", currency.Format(sold.Net))
		}
		if !line.TaxRate.Valid {
			continue // the tax table gave the rate, and the penny lock will ask
		}
		should, err = currency.Percent(sold.Net, line.TaxRate.Decimal, money.HalfAwayFromZero)
		if err != nil || !near(should, sold.Tax) {
			d.fault(HoldLine, name, ": ", money.Plain(line.TaxRate.Decimal), "% of ", currency.Format(sold.Net), " is not the tax ", currency.Format(sold.Tax))
		}
	}
}

// near reports whether two amounts are at most one minor unit apart.
func near(a, b money.Amount) bool { return a-b <= 1 && b-a <= 1 }

// sums adds the lines up; ok is false when a sum is too large to be an amount.
func (d *draft) sums() (net, tax money.Amount, ok bool) {
	ok = true
	for _, line := range d.sale.Lines {
		var netOK, taxOK bool
		net, netOK = net.Add(line.Net)
		tax, taxOK = tax.Add(line.Tax)
		ok = ok && netOK && taxOK
	}
	return net, tax, ok
}
