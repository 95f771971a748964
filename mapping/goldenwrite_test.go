package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// render writes a decision for an accountant to read.
func render(d Decision) string {
	var b strings.Builder
	say := func(key, format string, args ...any) { fmt.Fprintf(&b, "%-9s%s\n", key, fmt.Sprintf(format, args...)) }
	say("action", "%s%s", d.Action, refsOf(d.Read))
	say("state", "%s", d.State)
	say("rule", "%s", d.Rule)
	say("reason", "%s", d.Reason)
	if d.Hold != nil {
		say("hold", "%s", d.Hold.Code)
		say("advice", "%s", d.Hold.Advice)
		if d.Hold.Detail != "" {
			b.WriteString("\n" + d.Hold.Detail)
		}
	}
	if d.Action.writes() {
		say("writes", "%s", wordsOf(d.Prints))
	}
	if d.Sale != nil {
		b.WriteString("\n" + renderSale(d.Sale))
	}
	return b.String()
}

func refsOf(read []trade.Ref) string {
	var words strings.Builder
	for _, ref := range read {
		words.WriteString(" " + string(ref.Kind) + " " + ref.ID)
	}
	return words.String()
}

func wordsOf(p trade.Prints) string {
	var words []string
	for _, part := range []struct{ name, print string }{{"money", p.Money}, {"identity", p.Identity}, {"quiet", p.Quiet}, {"payment", p.Payment}} {
		if part.print != "" {
			words = append(words, part.name)
		}
	}
	if len(words) == 0 {
		return "nothing of the sale"
	}
	return strings.Join(words, ", ")
}

func renderSale(s *trade.Sale) string {
	var b strings.Builder
	say := func(key, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-9s%s\n", key, value)
		}
	}
	say("sale", fmt.Sprintf("%s, number %s, ordered %s", s.SourceID, s.Number, s.OrderedAt.Format("2006-01-02 15:04")))
	say("buyer", s.Party.Name)
	say("tax no.", s.Party.TaxNumber)
	say("e-mail", s.Party.Email)
	say("phone", s.Party.Phone)
	say("note", s.Party.Notes)
	say("billing", addressWords(s.BillingAddress))
	say("shipping", addressWords(s.ShippingAddress))
	b.WriteString("\n" + lineTable(s) + "\n")
	say("payment", strings.TrimSuffix(string(s.PaymentStatus)+", "+s.PaymentMethod, ", "))
	for _, key := range slices.Sorted(maps.Keys(s.Metadata)) {
		say("metadata", key+": "+s.Metadata[key])
	}
	return b.String()
}

func addressWords(a trade.Address) string {
	parts := []string{a.CompanyName, a.ContactName, a.Line1, a.Line2, a.City, a.State, a.PostalCode, a.Country}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), ", ")
}

// lineTable aligns the lines, figures to the right, with the totals under them.
func lineTable(s *trade.Sale) string {
	rows := [][]string{{"sku", "name", "qty", "price", "net", "rate", "tax", "gross"}}
	for _, line := range s.Lines {
		name := line.Name
		if line.Shipping {
			name += " [shipping]"
		}
		rows = append(rows, []string{
			line.SKU, name, money.Plain(line.Quantity), line.UnitPrice.String(), s.Currency.Format(line.Net), rateName(line),
			s.Currency.Format(line.Tax), s.Currency.Format(line.Gross),
		})
	}
	rows = append(rows,
		[]string{"", "total " + s.Currency.Code, "", "", s.Currency.Format(s.Net), "", s.Currency.Format(s.Tax), s.Currency.Format(s.Gross)},
		[]string{"", "of it shipping", "", "", s.Currency.Format(s.Shipping), "", "", ""})
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			gap := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i < 2 {
				line.WriteString(cell + gap + "  ")
			} else {
				line.WriteString(gap + cell + "  ")
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}
