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

// pennyLock compares what Space Invoices will compute with what Orderspace says: every line's net and tax, and the
// order's net and gross, at two digits whatever the currency, since Space Invoices would put hundredths of a yen on an
// invoice.
//
// Invariant 7: what is issued equals Orderspace's own document to the minor unit, or it is not issued but held.
func (d *draft) pennyLock() {
	books := money.Currency{Code: d.sale.Currency.Code, Digits: booksDigits}
	var differences []string
	for i, reading := range readings {
		reason, err := lockReason(books, d.sale, d.origins, reading)
		switch {
		case err != nil:
			d.notAmount(err, "an amount of the order")
			return
		case reason != "" && i > 0:
			reason = "if it rounds halves below zero upward: " + reason
		}
		if reason != "" {
			differences = append(differences, reason)
		}
	}
	if len(differences) > 0 {
		d.fault(HoldPennyLock, differences[0])
	}
}

// lockReason is empty when Space Invoices computes what the sale says, and otherwise has the numbers, line by line.
func lockReason(books money.Currency, sale *trade.Sale, origins []origin, reading money.Rounding) (string, error) {
	var sum computed
	var lines []string
	for i, line := range sale.Lines {
		its, err := computeLine(books, line, reading)
		if err != nil {
			return "", err
		}
		net, tax := hundredths(sale.Currency, line.Net), hundredths(sale.Currency, line.Tax)
		if its.net != net || its.tax != tax {
			lines = append(lines, fmt.Sprintf("%s: %s x %s is %s net and %s tax (%s), Orderspace has %s and %s", origins[i].name,
				money.Plain(line.Quantity), line.UnitPrice, books.Format(its.net), books.Format(its.tax), rateName(line), books.Format(net), books.Format(tax)))
		}
		var netOK, taxOK bool
		sum.net, netOK = sum.net.Add(its.net)
		sum.tax, taxOK = sum.tax.Add(its.tax)
		if !netOK || !taxOK {
			return "", money.ErrTooLarge
		}
	}
	net, gross := hundredths(sale.Currency, sale.Net), hundredths(sale.Currency, sale.Gross)
	if len(lines) == 0 && sum.net == net && sum.net+sum.tax == gross {
		return "", nil
	}
	return fmt.Sprintf("Space Invoices would compute %s net and %s gross, and Orderspace says %s net and %s gross: %s", books.Format(sum.net),
		books.Format(sum.net+sum.tax), books.Format(net), books.Format(gross), listed(lines)), nil
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

// hundredths is an amount at the books' two digits. No currency with more digits comes this far.
func hundredths(currency money.Currency, amount money.Amount) money.Amount {
	for range booksDigits - currency.Digits {
		amount *= 10
	}
	return amount
}

func rateName(line trade.SaleLine) string {
	if !line.Taxed {
		return "no tax"
	}
	return money.Plain(line.TaxRate) + "%"
}
