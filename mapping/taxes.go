package mapping

import (
	"slices"
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
	if !named(line) && line.TaxRate.Decimal.IsZero() && line.TaxAmount.Decimal.IsZero() && !d.mayBeZeroRated(line) {
		return
	}
	sold.Taxed = true
	row := d.Covering(line)
	switch {
	case row.Conflict != nil:
		d.doubt(HoldTaxConflict, name, ": of ", taxName(line), " the tax table says ", money.Plain(row.Rate), "% by its id and ", money.Plain(row.Conflict.Rate), "% by its name")
		sold.TaxRate = row.Rate
	case row.By != "":
		sold.TaxRate = row.Rate
	case d.ambiguous(line):
		d.doubt(HoldTaxAmbiguous, name, ": the line names no tax, only ", percentText(line), ", and the tax table tells taxes apart by id or name")
		sold.TaxRate = line.TaxRate.Decimal
	case !line.TaxRate.Valid:
		d.fault(HoldTaxWithoutRate, name, ": ", taxName(line), " has no rate, and the tax is ", line.TaxAmount.Decimal.String())
	default:
		if d.StrictTaxes {
			d.doubt(HoldTaxNotMapped, name, ": the tax table does not cover ", taxName(line))
		}
		sold.TaxRate = line.TaxRate.Decimal
	}
	if sold.TaxRate.IsNeg() || hundred.Less(sold.TaxRate) {
		d.fault(HoldTaxRate, name, ": a tax rate of ", money.Plain(sold.TaxRate), "% is not between 0 and 100")
	}
}

// doubt is a fault of the tax table, and not of the sale: an invoice that exists is not called in question by a table that was
// changed since.
func (d *draft) doubt(code string, words ...string) {
	one := fault{code: code, text: strings.Join(words, "")}
	if d.Books.issued() {
		d.uncovered = append(d.uncovered, one)
		return
	}
	d.faults = append(d.faults, one)
}

func named(line trade.OrderLine) bool {
	return strings.TrimSpace(line.TaxRateID) != "" || strings.TrimSpace(line.TaxName) != ""
}

// mayBeZeroRated reports whether a line without any tax may have one of 0 percent all the same.
func (d *draft) mayBeZeroRated(line trade.OrderLine) bool {
	return line.TaxUntold && slices.ContainsFunc(d.Taxes, func(t TaxRule) bool {
		return (t.ID != "" || t.Name != "") && t.Rate.IsZero()
	})
}

// ambiguous reports whether a line gives a percent alone while the table has rows that only a name or an id can choose.
func (d *draft) ambiguous(line trade.OrderLine) bool {
	if named(line) {
		return false
	}
	return slices.ContainsFunc(d.Taxes, func(t TaxRule) bool { return t.ID != "" || t.Name != "" })
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

func percentText(line trade.OrderLine) string {
	if !line.TaxRate.Valid {
		return "no percent"
	}
	return money.Plain(line.TaxRate.Decimal) + "%"
}

// Cover is what the tax table says of a tax.
type Cover struct {
	By       string        // id, name or percent: what its row names; "" when no row covers it
	Rate     money.Decimal // in the books, in percent
	Conflict *TaxRule      // a row by name that says another rate than the row by id
}

// Covering finds the row of the tax table for a line: by id before by name before by percent, since a percent may be
// shared by taxes that mean different things.
func (p Policy) Covering(line trade.OrderLine) Cover {
	byID, hasID := p.row(func(t TaxRule) bool { return t.ID != "" && t.ID == strings.TrimSpace(line.TaxRateID) })
	byName, hasName := p.row(func(t TaxRule) bool {
		return t.Name != "" && strings.EqualFold(strings.TrimSpace(t.Name), strings.TrimSpace(line.TaxName))
	})
	byPercent, hasPercent := p.row(func(t TaxRule) bool {
		return t.Percent.Valid && line.TaxRate.Valid && t.Percent.Decimal.Equal(line.TaxRate.Decimal)
	})
	switch {
	case hasID && hasName && !byID.Rate.Equal(byName.Rate):
		return Cover{By: "id", Rate: byID.Rate, Conflict: &byName}
	case hasID:
		return Cover{By: "id", Rate: byID.Rate}
	case hasName:
		return Cover{By: "name", Rate: byName.Rate}
	case hasPercent:
		return Cover{By: "percent", Rate: byPercent.Rate}
	default:
		return Cover{}
	}
}

func (p Policy) row(match func(TaxRule) bool) (TaxRule, bool) {
	if at := slices.IndexFunc(p.Taxes, match); at >= 0 {
		return p.Taxes[at], true
	}
	return TaxRule{}, false
}
