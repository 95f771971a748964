package command

import (
	"context"
	"slices"
	"strings"

	"spacebridge/config"
	"spacebridge/connectors/orderspace"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// checkIssueFrom compares what the ledger says sales are made of with the configuration, as the daemon will at its start.
func checkIssueFrom(ctx context.Context, found *findings, ledger *sqlite.Ledger, connection config.Connection) {
	want := trade.Kind(connection.Policy.IssueFrom)
	fixed, err := ledger.MeaningChange(ctx, connection.Name, want)
	if err != nil {
		found.fail(ExitFailed, "issue_from", "", "%s", err)
		return
	}
	if fixed != nil {
		message, remedy := meaningFault(fixed)
		found.fail(ExitUsage, "issue_from", remedy, "%s", message)
		return
	}
	is, known, err := ledger.IssueFrom(ctx, connection.Name)
	switch {
	case err != nil:
		found.fail(ExitFailed, "issue_from", "", "%s", err)
	case known && is != want:
		found.ok("issue_from", "nothing is in the books yet, so sales, which are made of %ss, will be made of %ss when the daemon next starts", is, want)
	default:
		found.ok("issue_from", "sales are made of %ss", want)
	}
}

// checkCurrencies looks for price lists whose sales would be held for their currency.
func checkCurrencies(ctx context.Context, found *findings, shop *orderspace.Client, policy config.Policy) {
	lists, err := shop.PriceLists(ctx)
	if err != nil {
		found.warn("currencies", "try again", "the price lists cannot be read: %s", err)
		return
	}
	of := map[string][]string{} // names of price lists by currency
	var codes []string
	for _, list := range lists {
		code := strings.ToUpper(strings.TrimSpace(list.Currency))
		if _, known := of[code]; !known {
			codes = append(codes, code)
		}
		of[code] = append(of[code], list.Name)
	}
	slices.Sort(codes)
	held := false
	for _, code := range codes {
		currency, err := money.ParseCurrency(code)
		_, odd := config.OddCurrency(code)
		switch {
		case err != nil:
			held = true
			found.warn("currencies", "correct the currency of the price list in Orderspace", "sales of price list %s are held: %q is not a currency of ISO 4217",
				quotedNames(of[code]), code)
		case odd && !slices.Contains(policy.Currencies, code):
			held = true
			found.warn("currencies", "if they shall be invoiced, name "+code+" under policy.currencies and compare the first invoice: Space Invoices keeps two decimals",
				"sales in %s are held: it has %s (price list %s)", code, decimals(currency.Digits), quotedNames(of[code]))
		}
	}
	if !held && len(codes) > 0 {
		found.ok("currencies", "%s, by %s", strings.Join(codes, ", "), plural(len(lists), "price list"))
	}
}

func decimals(digits int) string {
	if digits == 0 {
		return "no decimals"
	}
	return plural(digits, "decimal")
}

func quotedNames(names []string) string {
	quoted := make([]string, 0, len(names))
	for _, name := range names {
		quoted = append(quoted, `"`+name+`"`)
	}
	return strings.Join(quoted, ", ")
}

// checkPreorders says what the policy does with goods that are ordered in advance, where the site has any.
func checkPreorders(ctx context.Context, found *findings, shop *orderspace.Client, policy config.Policy) {
	windows, err := shop.PreorderWindows(ctx)
	switch {
	case err != nil:
		found.warn("preorder", "try again", "the preorder windows cannot be read: %s", err)
	case len(windows) == 0:
	case policy.Preorder == "split":
		found.ok("preorder", "%s; an invoice with none of its own goods on hold is issued, and what is released later comes on another", plural(len(windows), "preorder window"))
	default:
		found.ok("preorder", "%s; nothing of a sale is invoiced before all its goods are released", plural(len(windows), "preorder window"))
	}
}
