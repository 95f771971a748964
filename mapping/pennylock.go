package mapping

import (
	"fmt"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// readings are the ways in which "half up" can be meant. Space Invoices documents the words and not the sign, so a sale
// must come out right either way.
var readings = []money.Rounding{money.HalfAwayFromZero, money.HalfTowardPlus}

// computed is what Space Invoices makes of a line or of a whole sale, in hundredths of the currency.
type computed struct{ net, tax money.Amount }

// comparison is a sale beside what Space Invoices will compute of it by one reading of its rule, all in hundredths.
type comparison struct {
	books money.Currency
	sale  *trade.Sale
	names []string   // of the lines
	lines []computed // by Space Invoices
	sum   computed   // of those
}

// pennyLock compares what Space Invoices will compute with what Orderspace says: every line's net and tax, and the
// sale's net and gross, at two digits whatever the currency, since Space Invoices would put hundredths of a yen on an
// invoice.
//
// Invariant 7: what is issued equals Orderspace's own document to the minor unit, or it is not issued but held.
func (d *draft) pennyLock() {
	names := make([]string, 0, len(d.origins))
	for _, from := range d.origins {
		names = append(names, from.name)
	}
	for i, reading := range readings {
		c, err := compareBooks(d.sale, names, reading)
		if err != nil {
			d.notAmount(err, "an amount of the "+d.noun())
			return
		}
		reason := c.reason()
		if reason == "" {
			continue
		}
		if i > 0 {
			reason = "if it rounds halves below zero upward: " + reason
		}
		d.faults = append(d.faults, fault{code: HoldPennyLock, text: reason, table: c.table()})
		return
	}
}

// compareBooks computes a sale as Space Invoices does.
func compareBooks(sale *trade.Sale, names []string, reading money.Rounding) (comparison, error) {
	c := comparison{books: money.Currency{Code: sale.Currency.Code, Digits: booksDigits}, sale: sale, names: names}
	for _, line := range sale.Lines {
		its, err := computeLine(c.books, line, reading)
		if err != nil {
			return c, err
		}
		c.lines = append(c.lines, its)
		var netOK, taxOK bool
		c.sum.net, netOK = c.sum.net.Add(its.net)
		c.sum.tax, taxOK = c.sum.tax.Add(its.tax)
		if !netOK || !taxOK {
			return c, money.ErrTooLarge
		}
	}
	return c, nil
}

// differs lists the lines of which Space Invoices makes something else than Orderspace.
func (c comparison) differs() (lines []int) {
	for i, line := range c.sale.Lines {
		if c.lines[i].net != hundredths(c.sale.Currency, line.Net) || c.lines[i].tax != hundredths(c.sale.Currency, line.Tax) {
			lines = append(lines, i)
		}
	}
	return lines
}

// reason is empty when Space Invoices computes what the sale says, and otherwise has the numbers, line by line.
func (c comparison) reason() string {
	net, gross := hundredths(c.sale.Currency, c.sale.Net), hundredths(c.sale.Currency, c.sale.Gross)
	differing := c.differs()
	if len(differing) == 0 && c.sum.net == net && c.sum.net+c.sum.tax == gross {
		return ""
	}
	var lines []string
	for _, i := range differing {
		line := c.sale.Lines[i]
		lines = append(lines, fmt.Sprintf("%s: %s x %s is %s net and %s tax (%s), Orderspace has %s and %s", c.names[i],
			money.Plain(line.Quantity), line.UnitPrice, c.books.Format(c.lines[i].net), c.books.Format(c.lines[i].tax), rateName(line),
			c.books.Format(hundredths(c.sale.Currency, line.Net)), c.books.Format(hundredths(c.sale.Currency, line.Tax))))
	}
	return fmt.Sprintf("Space Invoices would compute %s net and %s gross, and Orderspace says %s net and %s gross: %s", c.books.Format(c.sum.net),
		c.books.Format(c.sum.net+c.sum.tax), c.books.Format(net), c.books.Format(gross), listed(lines))
}

// computeLine is Space Invoices' documented rule b2b_standard: price times quantity rounded half up to 2 digits, and tax
// on that rounded net, rounded likewise.
func computeLine(books money.Currency, line trade.SaleLine, reading money.Rounding) (computed, error) {
	net, err := books.Product(line.Quantity, line.UnitPrice, reading)
	if err != nil || !line.Taxed {
		return computed{net: net}, err
	}
	tax, err := books.Percent(net, line.TaxRate, reading)
	return computed{net: net, tax: tax}, err
}

// hundredths is an amount at the books' two digits. Amounts that are finer do not come this far.
func hundredths(currency money.Currency, amount money.Amount) money.Amount {
	for digits := currency.Digits; digits < booksDigits; digits++ {
		amount *= 10
	}
	for digits := currency.Digits; digits > booksDigits; digits-- {
		amount /= 10
	}
	return amount
}

func rateName(line trade.SaleLine) string {
	if !line.Taxed {
		return "no tax"
	}
	return money.Plain(line.TaxRate) + "%"
}
