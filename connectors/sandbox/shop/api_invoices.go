package shop

// invoiceInput is what POST /invoices reads.
type invoiceInput struct {
	CustomerID string `json:"customer_id"`
	Orders     []struct {
		ID string `json:"id"`
	} `json:"orders"`
	Number         string             `json:"number"`
	InvoiceDate    string             `json:"invoice_date"`
	PaymentTermsID string             `json:"payment_terms_id"`
	DueDate        string             `json:"due_date"`
	Proforma       bool               `json:"proforma"`
	Comments       string             `json:"comments"`
	Address        *Address           `json:"address"`
	InvoiceLines   *[]invoiceLineWant `json:"invoice_lines"` // left out: everything outstanding
}

type invoiceLineWant struct {
	OrderLineID string      `json:"order_line_id"`
	SKU         string      `json:"sku"`
	Name        string      `json:"name"`
	Quantity    numberInput `json:"quantity"`
	UnitPrice   numberInput `json:"unit_price"`
	TaxRateID   string      `json:"tax_rate_id"`
}

func (in invoiceInput) spec() (InvoiceSpec, error) {
	spec := InvoiceSpec{
		Proforma: in.Proforma, Number: in.Number, InvoiceDate: in.InvoiceDate, DueDate: in.DueDate,
		PaymentTermsID: in.PaymentTermsID, Comments: in.Comments, Address: in.Address,
	}
	if in.InvoiceLines == nil {
		return spec, nil
	}
	spec.Lines = []InvoiceLineSpec{}
	for i, line := range *in.InvoiceLines {
		quantity, err := line.Quantity.count()
		if err != nil {
			return spec, invalid("invoice_lines[%d] %s", i, err)
		}
		spec.Lines = append(spec.Lines, InvoiceLineSpec{
			OrderLineID: line.OrderLineID, SKU: line.SKU, Name: line.Name, Quantity: quantity,
			UnitPrice: line.UnitPrice.NullDecimal, TaxRateID: line.TaxRateID,
		})
	}
	return spec, nil
}

// createInvoice answers POST /invoices.
func (s *Shop) createInvoice(c *call) (any, error) {
	var in invoiceInput
	if err := c.read("invoice", &in); err != nil {
		return nil, err
	}
	spec, err := in.spec()
	if err != nil {
		return nil, err
	}
	var orderIDs []string
	for _, order := range in.Orders {
		orderIDs = append(orderIDs, order.ID)
	}
	invoice, err := s.bill(in.CustomerID, orderIDs, spec)
	if err != nil {
		return nil, err
	}
	return envelope{"invoice": s.invoiceJSON(invoice)}, nil
}

// listInvoices answers GET /invoices. There is no filter for orders or status, and none for created_before.
func (s *Shop) listInvoices(c *call) (any, error) {
	created, err := s.created(c.query, false)
	if err != nil {
		return nil, err
	}
	issued, err := queryDays(c.query, "invoice_date_after", "invoice_date_before")
	if err != nil {
		return nil, err
	}
	due, err := queryDays(c.query, "due_date_after", "due_date_before")
	if err != nil {
		return nil, err
	}
	paid, err := queryFlag(c.query, "paid")
	if err != nil {
		return nil, err
	}
	proforma, err := queryFlag(c.query, "proforma")
	if err != nil {
		return nil, err
	}
	match := func(r *row[Invoice]) bool {
		v := r.value
		return issued.holds(v.InvoiceDate) && due.holds(v.DueDate) && is(c.query, "number", v.Number) &&
			is(c.query, "customer_id", v.CustomerID) && flagIs(paid, v.Paid) && flagIs(proforma, v.Proforma)
	}
	return list(s, c, listing[Invoice]{
		plural: "invoices", kind: "invoice", records: s.invoices, match: match, write: s.invoiceJSON,
	}, created)
}

// getInvoice answers GET /invoices/:id.
func (s *Shop) getInvoice(c *call) (any, error) {
	invoice, err := s.invoice(c.id)
	if err != nil {
		return nil, err
	}
	return envelope{"invoice": s.invoiceJSON(invoice)}, nil
}

// deleteInvoice answers DELETE /invoices/:id.
func (s *Shop) deleteInvoice(c *call) (any, error) {
	if err := s.dropInvoice(c.id); err != nil {
		return nil, err
	}
	return deleted("invoice", c.id), nil
}
