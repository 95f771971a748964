package shop

import "net/http"

// handPayment is a payment in a request to the control handler.
type handPayment struct {
	Amount      numberInput `json:"amount"`
	PaymentDate string      `json:"payment_date"`
	Source      string      `json:"source"`
	Description string      `json:"description"`
	Reference   string      `json:"reference"`
	Anyway      bool        `json:"anyway"` // although it is more than the rest
}

func (in handPayment) spec() PaymentSpec {
	return PaymentSpec{
		Amount: in.Amount.Decimal, Date: in.PaymentDate, Source: in.Source, Description: in.Description,
		Reference: in.Reference, Anyway: in.Anyway,
	}
}

// payByHand answers POST /invoices/{invoice}/pay.
func (s *Shop) payByHand(r *http.Request) (any, error) {
	id, err := s.invoiceNamed(r.PathValue("invoice"))
	if err != nil {
		return nil, err
	}
	return s.payInvoice(id, r)
}

// payOrderByHand answers POST /orders/{order}/pay: the order's oldest invoice that is not paid.
func (s *Shop) payOrderByHand(r *http.Request) (any, error) {
	id, err := s.orderNamed(r.PathValue("order"))
	if err != nil {
		return nil, err
	}
	for _, invoice := range s.Invoices() {
		if invoice.Paid {
			continue
		}
		for _, ref := range invoice.Orders {
			if ref.ID == id {
				return s.payInvoice(invoice.ID, r)
			}
		}
	}
	return nil, invalid("the order has no invoice that is not paid")
}

func (s *Shop) payInvoice(id string, r *http.Request) (any, error) {
	var in handPayment
	if err := body(r, &in); err != nil {
		return nil, err
	}
	if _, err := s.Pay(id, in.spec()); err != nil {
		return nil, err
	}
	return s.showInvoice(id)
}

// dispatchByHand answers POST /orders/{order}/dispatch: everything that is left, unless lines are named.
func (s *Shop) dispatchByHand(r *http.Request) (any, error) {
	id, err := s.orderNamed(r.PathValue("order"))
	if err != nil {
		return nil, err
	}
	var in struct {
		Comments string     `json:"comments"`
		Lines    []handLine `json:"lines"`  // sku or id, and quantity
		Anyway   bool       `json:"anyway"` // although it is cancelled or not released, or more than was ordered
	}
	if err := body(r, &in); err != nil {
		return nil, err
	}
	spec := DispatchSpec{Comments: in.Comments, Anyway: in.Anyway}
	for _, line := range in.Lines {
		quantity, err := line.Quantity.count()
		if err != nil {
			return nil, err
		}
		spec.Lines = append(spec.Lines, DispatchLineSpec{OrderLineID: line.ID, SKU: line.SKU, Quantity: quantity})
	}
	dispatch, err := s.Dispatch(id, spec)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.getDispatch(&call{id: dispatch.ID})
}

// editCustomerByHand answers POST /customers/{customer}/edit with the members of PUT /customers.
func (s *Shop) editCustomerByHand(r *http.Request) (any, error) {
	var in customerInput
	if err := body(r, &in); err != nil {
		return nil, err
	}
	id := r.PathValue("customer")
	_, err := s.SetCustomer(id, func(c *Customer) {
		*c = in.applyTo(*c)
		if in.Status != nil {
			c.Status = *in.Status
		}
	})
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.getCustomer(&call{id: id})
}
