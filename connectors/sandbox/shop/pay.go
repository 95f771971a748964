package shop

import (
	"time"

	"spacebridge/mapping/money"
)

// PaymentSpec is a payment to record. The zero value pays the rest, today, by bank transfer.
type PaymentSpec struct {
	Amount      money.Decimal // major units; 0: the rest. Below 0: money given back, which the API cannot name
	Date        string        // plain date; "": today in the account's time zone
	Source      string        // "": "Bank transfer"
	Description string
	Reference   string
	Anyway      bool // record it although it is more than the rest: an overpayment
}

// Pay records a payment. When the invoice is then paid in full, the paid quantities of its order lines are raised and
// orders that waited for the payment are released. It emits payment.created and, if an order changed, order.updated.
// Errors are *NotFoundError or *InvalidError.
func (s *Shop) Pay(invoiceID string, spec PaymentSpec) (Invoice, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	invoice, err := s.invoice(invoiceID)
	if err != nil {
		return Invoice{}, err
	}
	payment := Payment{
		Amount: spec.Amount, PaymentDate: spec.Date, Source: spec.Source,
		Description: spec.Description, Reference: spec.Reference,
	}
	if err := s.completePayment(invoice, &payment, spec.Anyway); err != nil {
		return Invoice{}, err
	}
	invoice.Payments = append(invoice.Payments, payment)
	s.emit(eventPaymentCreated, s.paymentEvent(invoice, payment))
	if refund := invoice.Paid && payment.Amount.IsNeg(); !refund || !s.opts.RefundsKeepPaid {
		s.settlePaid(invoice)
	}
	s.invoices.changed(invoice.ID)
	s.tell(invoice.ID, either(invoice.Paid, ChangePaid, ChangePartPaid))
	return invoice.clone(), nil
}

func (s *Shop) completePayment(invoice *Invoice, payment *Payment, anyway bool) error {
	rest := invoice.Outstanding()
	if payment.Amount.IsZero() {
		payment.Amount = rest
	}
	switch {
	case payment.Amount.IsZero():
		return invalid("Invoice %s is already paid", invoice.Number)
	case payment.Amount.Cmp(rest) > 0 && !anyway:
		return invalid("Amount must not be more than the outstanding %s", rest)
	}
	currency, err := money.ParseCurrency(invoice.Currency)
	if err != nil {
		return invalid("Currency is invalid")
	}
	if _, err := currency.Amount(payment.Amount); err != nil {
		return invalid("Amount is invalid")
	}
	if payment.PaymentDate == "" {
		payment.PaymentDate = s.day(s.now())
	} else if _, err := time.Parse(time.DateOnly, payment.PaymentDate); err != nil {
		return invalid("Payment date is invalid")
	}
	if payment.Source == "" {
		payment.Source = "Bank transfer"
	}
	return nil
}

// settlePaid follows a change of an invoice's payments: paid is all or nothing, and so are the lines' paid quantities.
func (s *Shop) settlePaid(invoice *Invoice) {
	paid := !invoice.Outstanding().IsPos()
	if paid == invoice.Paid {
		return
	}
	invoice.Paid = paid
	if paid && invoice.FirstPaid.IsZero() {
		invoice.FirstPaid = s.now()
	}
	if invoice.Proforma {
		return
	}
	sign := int64(1)
	if !paid {
		sign = -1
	}
	s.countPaid(invoice, sign)
}

// countPaid adds (sign 1) or takes back (sign -1) an invoice's quantities as paid, and releases orders whose billed
// lines are all paid: "items stay out of dispatch until the invoice is marked paid".
func (s *Shop) countPaid(invoice *Invoice, sign int64) {
	for _, order := range s.ordersOf(invoice) {
		for _, billed := range invoice.Lines {
			if line, ok := order.line(billed.OrderLineID); ok {
				line.Paid += sign * billed.Quantity
			}
		}
		if sign > 0 && order.allPaid() {
			order.released = true
		}
		order.settle()
		s.orderCounted(order, either(sign > 0, ChangePaid, ChangeUnpaid))
	}
}

// allPaid reports whether everything that was billed is paid.
func (o *Order) allPaid() bool {
	for _, line := range o.Lines {
		if line.Paid < line.Invoiced {
			return false
		}
	}
	return true
}

// DeleteInvoice removes an invoice with its payments and takes its quantities back. It emits invoice.deleted and
// order.updated. The error is a *NotFoundError.
func (s *Shop) DeleteInvoice(invoiceID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dropInvoice(invoiceID)
}

func (s *Shop) dropInvoice(invoiceID string) error {
	invoice, err := s.invoice(invoiceID)
	if err != nil {
		return err
	}
	s.invoices.remove(invoiceID)
	s.tell(invoiceID, ChangeDeleted)
	s.emit(eventInvoiceDeleted, deletedInvoice{ID: invoice.ID, Number: invoice.Number, Deleted: true})
	if invoice.Proforma {
		return nil
	}
	if invoice.Paid {
		s.countPaid(invoice, -1)
	}
	s.countInvoiced(invoice, -1)
	return nil
}

// Finalise makes a proforma a real invoice: the same record with proforma false or, with Options.ProformaReplaced, a
// new one while the proforma is deleted. Its payments stay. It emits what that implies; there is no invoice.updated.
// Errors are *NotFoundError or *InvalidError.
func (s *Shop) Finalise(invoiceID string) (Invoice, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	invoice, err := s.invoice(invoiceID)
	if err != nil {
		return Invoice{}, err
	}
	if !invoice.Proforma {
		return Invoice{}, invalid("Invoice %s is not a proforma", invoice.Number)
	}
	if s.opts.ProformaReplaced {
		if err := s.dropInvoice(invoiceID); err != nil {
			return Invoice{}, err
		}
		replaced := invoice.clone()
		invoice = &replaced
		invoice.ID, invoice.Number, invoice.Created = s.mint.id("iv"), s.invoiceNumber(""), s.now()
		invoice.Proforma = false
		s.invoices.add(invoice.ID, invoice.Created, invoice)
		s.tell(invoice.ID, ChangeCreated)
		s.emit(eventInvoiceCreated, s.invoiceEvent(invoice))
	}
	invoice.Proforma = false
	s.invoices.changed(invoice.ID)
	s.tell(invoice.ID, ChangeFinalised)
	s.countInvoiced(invoice, 1)
	if invoice.Paid {
		s.countPaid(invoice, 1)
	}
	return invoice.clone(), nil
}
