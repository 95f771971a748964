package shop

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

// EditInvoice changes what is written on an invoice: change is called with a copy, of which the due date, the comments, the
// e-mail address and the address are kept. The documents do not say that a site can; if it can, no event tells. change must
// not call the Shop. The error is a *NotFoundError.
func (s *Shop) EditInvoice(invoiceID string, change func(*Invoice)) (Invoice, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	invoice, err := s.invoice(invoiceID)
	if err != nil {
		return Invoice{}, err
	}
	edited := invoice.clone()
	change(&edited)
	invoice.DueDate, invoice.Comments = edited.DueDate, edited.Comments
	invoice.EmailAddress, invoice.Address = edited.EmailAddress, edited.Address
	s.invoices.changed(invoice.ID)
	s.tell(invoice.ID, ChangeEdited)
	return invoice.clone(), nil
}
