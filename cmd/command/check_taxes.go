package command

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"spacebridge/config"
	"spacebridge/mapping"
	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
	"spacebridge/worker"
)

// checkTaxes compares the site's tax rates with the table, and counts the sales of each.
func (a *app) checkTaxes(ctx context.Context, found *findings, settings *config.Config, connection config.Connection, rates []trade.TaxRate) {
	rules, err := worker.PolicyOf(connection)
	if err != nil {
		found.fail(ExitUsage, "taxes", "", "%s", err)
		return
	}
	uses, uncounted := a.countTaxes(ctx, found, settings, connection, rates)
	policy := connection.Policy
	fates := make([]taxFate, 0, len(rates))
	for _, rate := range rates {
		fates = append(fates, fateOf(policy, rules, rate))
	}
	all := fates
	for _, key := range uses.order {
		all = append(all, fateOf(policy, rules, uses.uses[key].rate))
	}
	first := len(*found)
	tellTaxes(found, policy, fates)
	for i, fate := range all {
		row := fate.json(i < len(fates))
		if row.uncounted = uncounted; uncounted == "" {
			row.Sales = &uses.uses[taxKey(fate.rate)].sales
		}
		(*found)[first].Taxes = append((*found)[first].Taxes, row)
	}
	warnAlike(found, policy, rules, fates)
	warnRows(found, policy.Taxes, fates)
}

// countTaxes reads the ledger, or says why sales are not counted: what is wrong with a ledger is told with the ledger.
func (a *app) countTaxes(
	ctx context.Context, found *findings, settings *config.Config, connection config.Connection, rates []trade.TaxRate,
) (uses *taxUses, uncounted string) {
	uses = newTaxUses(rates)
	ledger, err := a.openReader(ctx, settings)
	switch {
	case errors.Is(err, errNoLedger):
		return uses, "no ledger yet"
	case err != nil:
		return uses, "not known"
	}
	defer ledger.Close()
	if err := uses.read(ctx, ledger, connection.Name, a.now().AddDate(0, 0, -taxUseDays)); err != nil {
		found.fail(ExitFailed, "taxes", "", "%s", err)
		return newTaxUses(rates), "not known"
	}
	return uses, ""
}

// tellTaxes says how the table and the site's rates go together, beginning with what holds sales.
func tellTaxes(found *findings, policy config.Policy, fates []taxFate) {
	var open, torn []string
	for _, fate := range fates {
		switch fate.by {
		case mapping.HoldTaxConflict:
			torn = append(torn, fmt.Sprintf("%s is %s by its id and %s by its name", fate.name(), percentText(fate.books), percentText(fate.other)))
		case mapping.HoldTaxNotMapped, mapping.HoldTaxAmbiguous, carriedOver:
			open = append(open, fate.rate.Name+" ("+percentText(fate.rate.Rate)+")")
		}
	}
	if len(torn) > 0 {
		found.fail(ExitFindings, "taxes", "take one of the two rows out of policy.taxes, or give both the same rate",
			"the table contradicts itself, so sales with these taxes are held (tax_conflict): %s", strings.Join(torn, "; "))
	}
	switch {
	case len(open) > 0 && policy.StrictTaxes:
		found.fail(ExitFindings, "taxes", "add rows for them to policy.taxes, or set strict_taxes: false",
			"not in the table, so sales with them are held: %s", strings.Join(open, ", "))
	case len(open) > 0:
		found.ok("taxes", "%s; carried over by percent: %s", plural(len(fates), "tax rate"), strings.Join(open, ", "))
	case len(torn) == 0:
		found.ok("taxes", "%s, all in the table", plural(len(fates), "tax rate"))
	}
}

// warnAlike points out taxes of one percent that only their name or id tells apart, and rows by percent that cover more than
// one tax.
func warnAlike(found *findings, policy config.Policy, rules mapping.Policy, fates []taxFate) {
	done := map[string]bool{}
	for _, fate := range fates {
		percent := percentText(fate.rate.Rate)
		if done[percent] {
			continue
		}
		done[percent] = true
		var alike, differing, byPercent []string
		for _, other := range fates {
			if !other.rate.Rate.Equal(fate.rate.Rate) {
				continue
			}
			alike = append(alike, other.name())
			if text := percentText(other.books); !other.held && !slices.Contains(differing, text) {
				differing = append(differing, text)
			}
			if other.by == "percent" {
				byPercent = append(byPercent, other.name())
			}
		}
		if len(differing) > 1 {
			bare := fateOf(policy, rules, trade.TaxRate{Rate: fate.rate.Rate})
			found.warn("taxes", "see that orders and invoices of the site name their tax; nothing is to do where they do",
				"%s are all %s and become %s: they are told apart only where a line names its tax; of a line that gives its percent alone, the tax is %s",
				strings.Join(alike, ", "), percent, strings.Join(differing, " and "), bare.text())
		}
		if len(byPercent) > 0 && len(alike) > 1 {
			found.warn("taxes", "if they mean different things, give each its own row by id",
				"the row for %s covers %s by percent alone, and the site has %s of that percent", percent, strings.Join(byPercent, ", "), plural(len(alike), "tax rate"))
		}
	}
}

// warnRows points out rows that decide nothing, though they say something else than what is decided. One that says the same is
// there for lines that name less of their tax.
func warnRows(found *findings, rows []config.Tax, fates []taxFate) {
	for i, row := range rows {
		matches := slices.ContainsFunc(fates, func(f taxFate) bool { return slices.Contains(f.rows, i) })
		used := slices.ContainsFunc(fates, func(f taxFate) bool { return f.usedBy(row.Orderspace) })
		switch {
		case !matches:
			found.warn("taxes", "check its spelling in policy.taxes", "no tax rate of the site is %q", row.Orderspace)
		case !used && !slices.ContainsFunc(fates, func(f taxFate) bool { return slices.Contains(f.rows, i) && says(row, f) }):
			found.warn("taxes", "take it out of policy.taxes, or correct it: it decides only about lines that name less of their tax",
				"the row %q says %s%%, and other rows say something else of each tax rate that it matches", row.Orderspace, row.Rate)
		}
	}
}

// says reports whether a row says what becomes of the tax.
func says(row config.Tax, fate taxFate) bool {
	rate, err := money.ParseDecimal(string(row.Rate))
	return err == nil && rate.Equal(fate.books)
}

// writeTaxes writes the table of tax rates below its finding.
func writeTaxes(text *strings.Builder, taxes []taxJSON) {
	if len(taxes) == 0 {
		return
	}
	t := newTable("      TAX RATE", "ID", "PERCENT", "IN THE BOOKS", fmt.Sprintf("SALES IN %d DAYS", taxUseDays)).alignRight(2, 4)
	for _, tax := range taxes {
		sales := tax.uncounted
		if tax.Sales != nil {
			sales = strconv.Itoa(*tax.Sales)
		}
		name := or(tax.Name, "(no name)")
		if !tax.Listed && tax.ID != "" {
			name += " (not listed any more)"
		}
		t.add("      "+name, or(tax.ID, "-"), tax.Percent+"%", tax.text, sales)
	}
	_ = t.write(text) // a strings.Builder takes everything
}
