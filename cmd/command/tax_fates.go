package command

import (
	"fmt"
	"slices"
	"strings"

	"spacebridge/config"
	"spacebridge/mapping"
	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// carriedOver stands where no row of the tax table covers a rate, and its own percent is used.
const carriedOver = "carried_over"

// taxJSON is a tax rate of the site in JSON output, with what it becomes in the books.
type taxJSON struct {
	ID      string  `json:"id"`
	Name    string  `json:"name"`
	Percent string  `json:"percent"` // at Orderspace
	Becomes *string `json:"becomes"` // percent in the books; null where sales with it are held
	By      string  `json:"by"`      // id, name or percent (of the row), carried_over, or the code of the hold
	Sales   *int    `json:"sales"`   // of the last 90 days; null where there is no ledger
	Listed  bool    `json:"listed"`  // false for a tax of sales that the site does not list, or that has no name

	text      string // what it becomes, in words
	uncounted string // why Sales is null
}

// taxFate is what a tax becomes in the books.
type taxFate struct {
	rate  trade.TaxRate
	by    string // as in taxJSON
	held  bool
	books money.Decimal // percent
	other money.Decimal // with a conflict: what the row by name says
	rows  []int         // rows of the table that match it
}

// fateOf asks mapping, which decides for every line of a sale, what becomes of a tax.
func fateOf(policy config.Policy, rules mapping.Policy, rate trade.TaxRate) taxFate {
	fate := taxFate{rate: rate, books: rate.Rate}
	cover := rules.Covering(trade.OrderLine{TaxRateID: rate.ID, TaxName: rate.Name, TaxRate: money.Some(rate.Rate)})
	unnamed := rate.ID == "" && strings.TrimSpace(rate.Name) == ""
	switch {
	case cover.Conflict != nil:
		fate.by, fate.held, fate.books, fate.other = mapping.HoldTaxConflict, true, cover.Rate, cover.Conflict.Rate
	case cover.By != "":
		fate.by, fate.books = cover.By, cover.Rate
	case unnamed && slices.ContainsFunc(policy.Taxes, func(row config.Tax) bool { return row.Orderspace.Percent == "" }):
		fate.by, fate.held = mapping.HoldTaxAmbiguous, true
	case policy.StrictTaxes:
		fate.by, fate.held = mapping.HoldTaxNotMapped, true
	default:
		fate.by = carriedOver
	}
	for i, row := range policy.Taxes {
		if matchedBy(row.Orderspace, rate) != "" {
			fate.rows = append(fate.rows, i)
		}
	}
	return fate
}

// matchedBy says by what a row matches a rate, "" when it does not.
func matchedBy(match config.TaxMatch, rate trade.TaxRate) string {
	switch {
	case match.ID != "" && match.ID == rate.ID:
		return "id"
	case match.Name != "" && strings.EqualFold(strings.TrimSpace(match.Name), strings.TrimSpace(rate.Name)):
		return "name"
	case match.Percent != "":
		if percent, err := money.ParseDecimal(string(match.Percent)); err == nil && percent.Equal(rate.Rate) {
			return "percent"
		}
	}
	return ""
}

// usedBy reports whether a row decides about the tax, or is at odds with the one that does.
func (f taxFate) usedBy(match config.TaxMatch) bool {
	by := matchedBy(match, f.rate)
	return by != "" && (by == f.by || f.by == mapping.HoldTaxConflict && by != "percent")
}

// name is the tax as people know it.
func (f taxFate) name() string {
	switch {
	case f.rate.Name != "" && f.rate.ID != "":
		return f.rate.Name + " (" + f.rate.ID + ")"
	default:
		return or(or(f.rate.Name, f.rate.ID), "a tax without a name")
	}
}

// text is what becomes of the tax, in words.
func (f taxFate) text() string {
	switch f.by {
	case carriedOver:
		return percentText(f.books) + ", carried over"
	case mapping.HoldTaxConflict:
		return fmt.Sprintf("held: %s by id, %s by name", percentText(f.books), percentText(f.other))
	case mapping.HoldTaxAmbiguous:
		return "held: " + f.by
	case mapping.HoldTaxNotMapped:
		return "held: strict_taxes"
	default:
		return percentText(f.books) + ", by its " + f.by
	}
}

func (f taxFate) json(listed bool) taxJSON {
	out := taxJSON{ID: f.rate.ID, Name: f.rate.Name, Percent: money.Plain(f.rate.Rate), By: f.by, Listed: listed, text: f.text()}
	if !f.held {
		becomes := money.Plain(f.books)
		out.Becomes = &becomes
	}
	return out
}

func percentText(percent money.Decimal) string { return money.Plain(percent) + "%" }
