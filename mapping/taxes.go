package mapping

import (
	"strings"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// taxes gives every line its rate in the books.
func (d *draft) taxes() {
	for i, from := range d.origins {
		d.tax(&d.sale.Lines[i], from)
	}
}

// tax carries a line's tax over. No tax at all is not the same as a named tax of 0 percent: an export is not an exempt sale.
func (d *draft) tax(sold *trade.SaleLine, from origin) {
	name, line := from.name, from.line
	named := strings.TrimSpace(line.TaxRateID) != "" || strings.TrimSpace(line.TaxName) != ""
	if !named && line.TaxRate.Decimal.IsZero() && line.TaxAmount.Decimal.IsZero() {
		return
	}
	sold.Taxed = true
	rule, covered := d.covering(line)
	switch {
	case covered:
		sold.TaxRate = rule.Rate
	case d.StrictTaxes && !d.Books.issued():
		d.fault(HoldTaxNotMapped, name, ": the tax table does not cover ", taxName(line))
	case !line.TaxRate.Valid:
		d.fault(HoldTaxWithoutRate, name, ": ", taxName(line), " has no rate, and the tax is ", line.TaxAmount.Decimal.String())
	default:
		sold.TaxRate = line.TaxRate.Decimal
	}
	if sold.TaxRate.IsNeg() || hundred.Less(sold.TaxRate) {
		d.fault(HoldTaxRate, name, ": a tax rate of ", money.Plain(sold.TaxRate), "% is not between 0 and 100")
	}
}

var hundred = money.MustParse("100")

// taxName says which tax a line names.
func taxName(line trade.OrderLine) string {
	var parts []string
	if line.TaxName != "" {
		parts = append(parts, quoted(line.TaxName, 40))
	}
	if line.TaxRateID != "" {
		parts = append(parts, "id "+shorten(clean(line.TaxRateID), 40))
	}
	if line.TaxRate.Valid {
		parts = append(parts, money.Plain(line.TaxRate.Decimal)+"%")
	}
	if len(parts) == 0 {
		return "an unnamed tax"
	}
	return "tax " + strings.Join(parts, ", ")
}

// covering finds the row of the tax table for a line: by id before by name before by percent, since a percent may be
// shared by taxes that mean different things.
func (p Policy) covering(line trade.OrderLine) (TaxRule, bool) {
	by := []func(TaxRule) bool{
		func(t TaxRule) bool { return t.ID != "" && t.ID == line.TaxRateID },
		func(t TaxRule) bool {
			return t.Name != "" && strings.EqualFold(strings.TrimSpace(t.Name), strings.TrimSpace(line.TaxName))
		},
		func(t TaxRule) bool {
			return t.Percent.Valid && line.TaxRate.Valid && t.Percent.Decimal.Equal(line.TaxRate.Decimal)
		},
	}
	for _, match := range by {
		for _, rule := range p.Taxes {
			if match(rule) {
				return rule, true
			}
		}
	}
	return TaxRule{}, false
}
