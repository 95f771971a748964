package mapping

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"spacebridge/mapping/money"
)

// mostRows bounds the table of a very long order: the lines that differ are all there before any that does not.
const mostRows = 40

// table spells both arithmetics out, line by line and by rate, for whoever has to find the penny.
func (c comparison) table() string {
	rows := [][]string{{"line", "quantity x price", "rate", "net", "tax", "net by Space Invoices", "tax by Space Invoices", ""}}
	differing := c.differs()
	shown := slices.Clone(differing)
	for i := range c.sale.Lines {
		if !slices.Contains(differing, i) && len(shown) < mostRows {
			shown = append(shown, i)
		}
	}
	shown = shown[:min(len(shown), mostRows)]
	slices.Sort(shown)
	for _, i := range shown {
		line := c.sale.Lines[i]
		rows = append(rows, c.row(c.names[i], money.Plain(line.Quantity)+" x "+line.UnitPrice.String(), rateName(line),
			computed{hundredths(c.sale.Currency, line.Net), hundredths(c.sale.Currency, line.Tax)}, c.lines[i]))
	}
	if left := len(c.sale.Lines) - len(shown); left > 0 {
		rows = append(rows, []string{"and " + plural(left, "more line"), "", "", "", "", "", "", ""})
	}
	rows = append(rows, c.byRate()...)
	rows = append(rows, c.row("the document", "", "",
		computed{hundredths(c.sale.Currency, c.sale.Net), hundredths(c.sale.Currency, c.sale.Gross-c.sale.Net)}, c.sum))
	return columns(rows)
}

func (c comparison) row(name, what, rate string, orderspace, books computed) []string {
	mark := ""
	if orderspace != books {
		mark = "differs by " + c.books.Format(books.net+books.tax-orderspace.net-orderspace.tax)
	}
	return []string{name, what, rate, c.books.Format(orderspace.net), c.books.Format(orderspace.tax), c.books.Format(books.net), c.books.Format(books.tax), mark}
}

// byRate sums the lines up by their rate: where a system rounds tax once for each rate, this is where it shows.
func (c comparison) byRate() (rows [][]string) {
	type sums struct{ orderspace, books computed }
	by := map[string]*sums{}
	for i, line := range c.sale.Lines {
		s := by[rateName(line)]
		if s == nil {
			s = &sums{}
			by[rateName(line)] = s
		}
		s.orderspace.net += hundredths(c.sale.Currency, line.Net)
		s.orderspace.tax += hundredths(c.sale.Currency, line.Tax)
		s.books.net += c.lines[i].net
		s.books.tax += c.lines[i].tax
	}
	for _, rate := range slices.SortedFunc(maps.Keys(by), func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }) {
		rows = append(rows, c.row("all lines at", "", rate, by[rate].orderspace, by[rate].books))
	}
	return rows
}

// columns sets rows in columns: the first three to the left, numbers to the right.
func columns(rows [][]string) string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], length(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			gap := strings.Repeat(" ", widths[i]-length(cell))
			if i < 3 || i == len(row)-1 {
				line.WriteString(cell + gap + "  ")
			} else {
				line.WriteString(gap + cell + "  ")
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}
