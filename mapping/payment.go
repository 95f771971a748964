package mapping

import (
	"fmt"
	"slices"
	"strings"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// paidInvoices are the invoices whose payments count for the sale: its own, or all that bill the order.
func (r *review) paidInvoices() []trade.Invoice {
	if r.kind() == trade.KindInvoice {
		return []trade.Invoice{*r.Invoice}
	}
	return r.realInvoices()
}

// payment says what is known of the money. Orderspace's invoices know it best; where there are none, or one cannot be
// read, the order's lines do. An order is paid when all of it is invoiced and all of its invoices are paid: a part invoice
// that is paid makes it partially paid. It is refunded when money came and none of it is left.
func (r *review) payment(gross money.Amount, currency money.Currency) trade.PaymentStatus {
	invoices := r.paidInvoices()
	if r.kind() == trade.KindOrder && (len(invoices) == 0 || len(r.InvoiceFaults) > 0) {
		return paidByLines(r.doc.Lines)
	}
	counted := map[trade.PaymentStatus]int{}
	for _, invoice := range invoices {
		counted[paidByPayments(invoice)]++
	}
	switch {
	case counted[trade.Paid] == len(invoices) && (r.kind() == trade.KindInvoice || r.covered(invoices, gross, currency)):
		return trade.Paid
	case counted[trade.Paid]+counted[trade.PartiallyPaid] > 0:
		return trade.PartiallyPaid
	case counted[trade.Refunded] > 0:
		return trade.Refunded
	default:
		return trade.Unpaid
	}
}

// paidByPayments judges one invoice. Its flag says that it is paid in full, and so do payments that reach its total; more than
// the total is paid all the same. How Orderspace shows a refund is not documented: a negative payment is one, and after it the
// sum counts, since the flag may be from before. Where the money that came was never recorded, some of it is still there.
func paidByPayments(invoice trade.Invoice) trade.PaymentStatus {
	sum := received(invoice.Payments)
	refunded := slices.ContainsFunc(invoice.Payments, func(p trade.Payment) bool { return p.Amount.Decimal.IsNeg() })
	came := slices.ContainsFunc(invoice.Payments, func(p trade.Payment) bool { return p.Amount.Decimal.IsPos() })
	reached := invoice.Gross.Decimal.IsPos() && !sum.Less(invoice.Gross.Decimal)
	switch {
	case reached || invoice.Paid && !refunded:
		return trade.Paid
	case sum.IsPos() || invoice.Paid && !came:
		return trade.PartiallyPaid
	case refunded && came:
		return trade.Refunded
	default:
		return trade.Unpaid
	}
}

// covered reports whether the invoices bill the whole order: by sum, or by the order's own count.
func (r *review) covered(invoices []trade.Invoice, gross money.Amount, currency money.Currency) bool {
	sum := money.Zero
	for _, invoice := range invoices {
		if len(distinct(invoice.Orders)) > 1 {
			continue // how much of it is this order's is not said
		}
		if next, err := sum.Add(invoice.Gross.Decimal); err == nil {
			sum = next
		}
	}
	if !sum.Less(currency.Decimal(gross)) {
		return true
	}
	short, _ := shortOf(r.doc.Lines, func(l trade.OrderLine) money.Decimal { return l.Invoiced })
	return len(short) == 0
}

func paidByLines(lines []trade.OrderLine) trade.PaymentStatus {
	all, some := true, false
	for _, line := range lines {
		if counts(line) {
			all = all && !line.Paid.Less(line.Quantity.Decimal)
			some = some || line.Paid.IsPos()
		}
	}
	switch {
	case all && some:
		return trade.Paid
	case some:
		return trade.PartiallyPaid
	default:
		return trade.Unpaid
	}
}

// paymentMethods names the ways in which money came, each once, in the site's own words.
func (r *review) paymentMethods() (methods []string) {
	for _, invoice := range r.paidInvoices() {
		for _, payment := range invoice.Payments {
			if method := strings.TrimSpace(payment.Source); method != "" && !slices.Contains(methods, method) {
				methods = append(methods, method)
			}
		}
	}
	slices.Sort(methods)
	return methods
}

// received sums payments; a refund is thought to be a negative one.
func received(payments []trade.Payment) money.Decimal {
	sum := money.Zero
	for _, payment := range payments {
		if next, err := sum.Add(payment.Amount.Decimal); err == nil {
			sum = next
		}
	}
	return sum
}

// paidSoFar says how far payment has come, for a reason.
func (r *review) paidSoFar() string {
	invoices, paid, sum := r.paidInvoices(), 0, money.Zero
	for _, invoice := range invoices {
		if paidByPayments(invoice) == trade.Paid {
			paid++
		}
		if next, err := sum.Add(received(invoice.Payments)); err == nil {
			sum = next
		}
	}
	return fmt.Sprintf("%d of %s paid in full, %s %s received of %s", paid, plural(len(invoices), "invoice"),
		r.sale.Currency.Code, money.RoundHalfUp(sum, r.sale.Currency.Digits), r.format(r.sale.Gross))
}
