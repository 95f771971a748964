package mapping

import (
	"errors"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// notAmount turns money's refusal into a fault.
func (d *draft) notAmount(err error, what string) {
	if errors.Is(err, money.ErrFraction) {
		d.fault(HoldCurrencyDecimals, what, " has more digits after the point than can be held")
		return
	}
	d.fault(HoldAmountTooLarge, what, " is too large")
}

// origin is the order line that a line of the sale comes from, with its name for reasons.
type origin struct {
	name string
	line trade.OrderLine
}

// lines reads the lines. A line of quantity zero that carries no money sells nothing and is left out.
func (d *draft) lines() {
	for i, line := range d.doc.Lines {
		if line.Quantity.Valid && !counts(line) && line.SubTotal.Decimal.IsZero() && line.TaxAmount.Decimal.IsZero() {
			continue
		}
		from := origin{lineName(i, line), line}
		d.origins = append(d.origins, from)
		d.sale.Lines = append(d.sale.Lines, d.line(from))
	}
	if len(d.sale.Lines) == 0 && len(d.doc.Lines) > 0 {
		d.fault(HoldNoLines, "every line of the ", d.noun(), " has a quantity of zero")
	}
	for _, line := range d.sale.Lines {
		if line.Shipping {
			d.sale.Shipping, _ = d.sale.Shipping.Add(line.Net)
		}
	}
}

func (d *draft) line(from origin) trade.SaleLine {
	name, line := from.name, from.line
	switch quantity := line.Quantity; {
	case !quantity.Valid:
		d.fault(HoldMissingQuantity, name, " has no quantity")
	case quantity.Decimal.IsNeg():
		d.fault(HoldNegativeQuantity, name, " has the quantity ", money.Plain(quantity.Decimal))
	case quantity.Decimal.IsZero():
		d.fault(HoldZeroQuantity, name, " has a quantity of zero, a sub-total of ", line.SubTotal.Decimal.String(), " and tax of ", line.TaxAmount.Decimal.String())
	}
	if !line.UnitPrice.Valid {
		d.fault(HoldMissingPrice, name, " has no unit price")
	}
	if !line.SubTotal.Valid {
		d.fault(HoldMissingPrice, name, " has no sub-total")
	}
	if !line.TaxAmount.Valid && !line.TaxRate.Decimal.IsZero() {
		d.fault(HoldMissingTax, name, " is taxed at ", money.Plain(line.TaxRate.Decimal), "% and has no tax amount")
	}
	sold := trade.SaleLine{
		SourceID: line.ID, SKU: shorten(clean(line.SKU), limitText), Name: itemName(line), Shipping: line.Shipping,
		Quantity: line.Quantity.Decimal, UnitPrice: line.UnitPrice.Decimal,
		Net: d.amount(name+": sub-total", line.SubTotal.Decimal),
		Tax: d.amount(name+": tax", line.TaxAmount.Decimal),
	}
	sold.Gross = sold.Net + sold.Tax
	return sold
}

// itemName is what the invoice shows: the name and its options, "Tea (Size: 100 g)".
func itemName(line trade.OrderLine) string {
	name := clean(line.Name)
	if name == "" {
		name = clean(line.SKU)
	}
	if name == "" && line.Shipping {
		name = "Shipping"
	}
	if name == "" {
		name = "Item"
	}
	if options := clean(line.Options); options != "" {
		name += " (" + options + ")"
	}
	return shorten(name, limitText)
}
