package mapping

import (
	"fmt"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// payment says what is known of the money. Orderspace's invoices know it best; where there are none, or one cannot be
// read, the order's lines do. An order is paid when all of it is invoiced and all of its invoices are paid: a part invoice
// that is paid makes it partially paid.
func (r *review) payment(gross money.Amount, currency money.Currency) trade.PaymentStatus {
	invoices := r.realInvoices()
	if len(invoices) == 0 || len(r.InvoiceFaults) > 0 {
		return paidByLines(r.Order.Lines)
	}
	paid, some := 0, false
	for _, invoice := range invoices {
		if invoice.Paid {
			paid++
		}
		some = some || invoice.Paid || received(invoice.Payments).IsPos()
	}
	switch {
	case paid == len(invoices) && r.covered(invoices, gross, currency):
		return trade.Paid
	case some:
		return trade.PartiallyPaid
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
	short, _ := shortOf(r.Order.Lines, func(l trade.OrderLine) money.Decimal { return l.Invoiced })
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
	invoices, paid, sum := r.realInvoices(), 0, money.Zero
	for _, invoice := range invoices {
		if invoice.Paid {
			paid++
		}
		if next, err := sum.Add(received(invoice.Payments)); err == nil {
			sum = next
		}
	}
	return fmt.Sprintf("%d of %s paid in full, %s %s received of %s", paid, plural(len(invoices), "invoice"),
		r.sale.Currency.Code, money.RoundHalfUp(sum, r.sale.Currency.Digits), r.format(r.sale.Gross))
}
