package shop

import (
	"slices"

	"spacebridge/mapping/money"
)

// RemovePayment takes a payment of an invoice away, counted from 0, as a user does who recorded it by mistake. If the invoice
// was paid in full it no longer is, and the paid quantities of its order lines fall. No event tells of the invoice; an order
// that changes emits order.updated, if counts do. Errors are *NotFoundError or *InvalidError.
func (s *Shop) RemovePayment(invoiceID string, n int) (Invoice, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	invoice, err := s.invoice(invoiceID)
	if err != nil {
		return Invoice{}, err
	}
	if n < 0 || n >= len(invoice.Payments) {
		return Invoice{}, invalid("Invoice %s has no payment %d", invoice.Number, n)
	}
	rest := append([]Payment{}, invoice.Payments[:n]...)
	invoice.Payments = append(rest, invoice.Payments[n+1:]...)
	s.settlePaid(invoice)
	s.invoices.changed(invoice.ID)
	s.tell(invoice.ID, ChangeUnpaid)
	return invoice.clone(), nil
}

// EditInvoice changes what is written on an invoice: change is called with a copy, of which the dates, the comments, the
// e-mail address, the address and the lines are kept. Amounts and totals are computed again, a changed TaxRateID brings its
// percent, and the counts of its orders follow. The documents do not say that a site can; if it can, no event tells of the
// invoice. change must not call the Shop. Errors are *NotFoundError or *InvalidError.
func (s *Shop) EditInvoice(invoiceID string, change func(*Invoice)) (Invoice, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	invoice, err := s.invoice(invoiceID)
	if err != nil {
		return Invoice{}, err
	}
	edited := invoice.clone()
	change(&edited)
	kept := invoice.clone()
	kept.InvoiceDate, kept.DueDate, kept.Comments = edited.InvoiceDate, edited.DueDate, edited.Comments
	kept.EmailAddress, kept.Address, kept.Lines = edited.EmailAddress, edited.Address, edited.Lines
	if kept.Address != invoice.Address {
		kept.Renamed = s.now()
	}
	if !slices.Equal(kept.Lines, invoice.Lines) {
		if err := s.rewriteLines(invoice, &kept); err != nil {
			return Invoice{}, err
		}
	}
	*invoice = kept
	s.invoices.changed(invoice.ID)
	s.tell(invoice.ID, ChangeEdited)
	return invoice.clone(), nil
}

// rewriteLines completes the changed lines of an invoice and moves the counts of its orders from the old ones to the new.
func (s *Shop) rewriteLines(before, after *Invoice) error {
	for i := range after.Lines {
		line := &after.Lines[i]
		if line.TaxRateID == "" {
			line.TaxRate = money.Zero
			continue
		}
		var taxed OrderLine
		if err := s.applyTax(&taxed, line.TaxRateID, "", ""); err != nil {
			return err
		}
		line.TaxRate = taxed.TaxRate
	}
	if err := after.reckon(); err != nil {
		return err
	}
	if len(after.Payments) > 0 {
		after.Paid = !after.Outstanding().IsPos()
	}
	if after.Paid && after.FirstPaid.IsZero() {
		after.FirstPaid = s.now()
	}
	if after.Proforma {
		return nil
	}
	for _, order := range s.ordersOf(after) {
		order.count(before, -1)
		order.count(after, 1)
		order.settle()
		s.orderCounted(order, ChangeEdited)
	}
	return nil
}

// count adds (sign 1) or takes back (sign -1) an invoice on the lines of one order.
func (o *Order) count(invoice *Invoice, sign int64) {
	for _, billed := range invoice.Lines {
		line, ok := o.line(billed.OrderLineID)
		if !ok {
			continue
		}
		line.Invoiced += sign * billed.Quantity
		if invoice.Paid {
			line.Paid += sign * billed.Quantity
		}
	}
}

// RemakeInvoice deletes an invoice, with its payments, and makes another one for the same orders, as a user does after an
// edit of an order that was invoiced: by the zero spec for everything outstanding. The number of the old one may be asked for
// again. If no invoice can be made, the old one is gone all the same. It emits what DeleteInvoice and Invoice emit. Errors are
// *NotFoundError or *InvalidError.
func (s *Shop) RemakeInvoice(invoiceID string, spec InvoiceSpec) (Invoice, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, err := s.invoice(invoiceID)
	if err != nil {
		return Invoice{}, err
	}
	var orderIDs []string
	for _, order := range s.ordersOf(old) {
		orderIDs = append(orderIDs, order.ID)
	}
	if err := s.dropInvoice(invoiceID); err != nil {
		return Invoice{}, err
	}
	if spec.Number == old.Number {
		delete(s.invoiceNumbers, old.Number)
	}
	invoice, err := s.bill(old.CustomerID, orderIDs, spec)
	if err != nil {
		return Invoice{}, err
	}
	return invoice.clone(), nil
}
