package shop

import (
	"strconv"
	"time"

	"spacebridge/mapping/money"
)

// InvoiceSpec is what an invoice is made with. The zero value bills everything outstanding.
type InvoiceSpec struct {
	Orders         []string          // further orders of the same customer and currency on the same invoice
	Lines          []InvoiceLineSpec // nil: all outstanding quantities of all order lines
	Proforma       bool
	Number         string    // "": the next free one
	Created        time.Time // zero: now
	InvoiceDate    string    // "": the day of Created
	DueDate        string    // "": from the payment terms
	PaymentTermsID string    // "": the customer's
	Deposit        *Deposit  // nil: as the payment terms say
	Comments       string
	Address        *Address // nil: the order's billing address
}

// InvoiceLineSpec picks an order line by id or SKU, or describes a custom line by name. A custom line may cost less than
// nothing, and so may a whole invoice.
type InvoiceLineSpec struct {
	OrderLineID string
	SKU         string
	Name        string
	Quantity    int64             // 0: what is outstanding; 1 for custom lines
	UnitPrice   money.NullDecimal // custom lines only
	TaxRateID   string            // custom lines only; "": the site's default rate
	Untaxed     bool              // custom lines only: no tax rate at all
}

// Invoice bills an order, whole or in part. It raises the invoiced quantities (not for a proforma), moves a new order
// to invoiced, and emits invoice.created and order.updated. Errors are *NotFoundError or *InvalidError.
func (s *Shop) Invoice(orderID string, spec InvoiceSpec) (Invoice, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	order, err := s.order(orderID)
	if err != nil {
		return Invoice{}, err
	}
	invoice, err := s.bill(order.CustomerID, append([]string{orderID}, spec.Orders...), spec)
	if err != nil {
		return Invoice{}, err
	}
	return invoice.clone(), nil
}

// bill makes an invoice for orders of one customer and lets the world see it.
func (s *Shop) bill(customerID string, orderIDs []string, spec InvoiceSpec) (*Invoice, error) {
	customer, ok := s.customers.find(customerID)
	if !ok {
		return nil, invalid("Customer must exist")
	}
	orders, err := s.billable(customerID, orderIDs)
	if err != nil {
		return nil, err
	}
	if spec.Number != "" && s.invoiceNumbers[spec.Number] {
		return nil, invalid("Validation failed: Number has already been taken")
	}
	invoice := &Invoice{
		Created: s.at(spec.Created), CustomerID: customerID, CompanyName: customer.CompanyName,
		EmailAddress: customer.EmailAddresses.Invoices, Proforma: spec.Proforma, Comments: spec.Comments,
		Address: orders[0].BillingAddress, Currency: orders[0].Currency,
	}
	for _, order := range orders {
		invoice.Orders = append(invoice.Orders, OrderRef{ID: order.ID, Number: order.Number})
	}
	if spec.Address != nil {
		invoice.Address = *spec.Address
	}
	if err := s.billDates(invoice, customer, spec); err != nil {
		return nil, err
	}
	if invoice.Lines, err = s.billLines(orders, customer, spec.Lines); err != nil {
		return nil, err
	}
	if err := invoice.reckon(); err != nil {
		return nil, err
	}
	invoice.ID, invoice.Number = s.mint.id("iv"), s.invoiceNumber(spec.Number)
	s.invoices.add(invoice.ID, invoice.Created, invoice)
	s.tell(invoice.ID, ChangeCreated)
	s.emit(eventInvoiceCreated, s.invoiceEvent(invoice))
	if !invoice.Proforma {
		s.countInvoiced(invoice, 1)
	}
	return invoice, nil
}

// billable checks that the orders exist and may share an invoice.
func (s *Shop) billable(customerID string, orderIDs []string) ([]*Order, error) {
	if len(orderIDs) == 0 {
		return nil, invalid("Validation failed: Orders can't be blank")
	}
	var orders []*Order
	for _, id := range orderIDs {
		order, ok := s.orders.find(id)
		switch {
		case !ok:
			return nil, invalid("Order %s does not exist", id)
		case order.CustomerID != customerID:
			return nil, invalid("Order %d belongs to another customer", order.Number)
		case order.Status == StatusStandingOrder || order.Status == StatusCancelled:
			return nil, invalid("Order %d can not be invoiced, it is %s", order.Number, order.Status)
		case len(orders) > 0 && orders[0].Currency != order.Currency:
			return nil, invalid("All orders on an invoice must have the same currency")
		}
		orders = append(orders, order)
	}
	return orders, nil
}

// billDates sets dates, terms and deposit.
func (s *Shop) billDates(invoice *Invoice, customer *Customer, spec InvoiceSpec) error {
	invoice.InvoiceDate = spec.InvoiceDate
	if invoice.InvoiceDate == "" {
		invoice.InvoiceDate = s.day(invoice.Created)
	}
	day, err := time.Parse(time.DateOnly, invoice.InvoiceDate)
	if err != nil {
		return invalid("Validation failed: Invoice date is invalid")
	}
	invoice.DueDate = spec.DueDate
	id := spec.PaymentTermsID
	if id == "" {
		id = customer.PaymentTermsID
	}
	terms, ok := s.terms(id)
	if id != "" && !ok {
		return invalid("Validation failed: Payment Terms are invalid")
	}
	if invoice.DueDate == "" {
		invoice.DueDate = day.AddDate(0, 0, terms.DaysDue).Format(time.DateOnly)
	} else if _, err := time.Parse(time.DateOnly, invoice.DueDate); err != nil {
		return invalid("Validation failed: Due date is invalid")
	}
	invoice.PaymentTerms, invoice.PaymentTermsID = terms.Name, terms.ID
	switch {
	case spec.Deposit != nil:
		asked := *spec.Deposit
		invoice.Deposit = &asked
	case terms.DepositPercentage.IsPos():
		due := day.AddDate(0, 0, terms.DepositDaysDue).Format(time.DateOnly)
		invoice.Deposit = &Deposit{Percentage: terms.DepositPercentage, DueDate: due}
	}
	return nil
}

// invoiceNumber takes the asked number, or the next one that is free.
func (s *Shop) invoiceNumber(asked string) string {
	for asked == "" || s.invoiceNumbers[asked] {
		asked = "INV-" + strconv.FormatInt(s.nextInvoice, 10)
		s.nextInvoice++
	}
	s.invoiceNumbers[asked] = true
	return asked
}

// countInvoiced adds (sign 1) or takes back (sign -1) an invoice's quantities on the lines of its orders.
func (s *Shop) countInvoiced(invoice *Invoice, sign int64) {
	for _, order := range s.ordersOf(invoice) {
		for _, billed := range invoice.Lines {
			if line, ok := order.line(billed.OrderLineID); ok {
				line.Invoiced += sign * billed.Quantity
			}
		}
		order.settle()
		s.orderCounted(order, either(sign > 0, ChangeInvoiced, ChangeUninvoiced))
	}
}

// ordersOf gives the orders of an invoice that still exist.
func (s *Shop) ordersOf(invoice *Invoice) []*Order {
	var orders []*Order
	for _, ref := range invoice.Orders {
		if order, ok := s.orders.find(ref.ID); ok {
			orders = append(orders, order)
		}
	}
	return orders
}
