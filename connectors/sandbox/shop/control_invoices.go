package shop

import (
	"net/http"
	"slices"
)

// handInvoice is an invoice in a request to the control handler.
type handInvoice struct {
	Orders         []string           `json:"orders"` // further orders on the same invoice, by id or number
	Number         string             `json:"number"`
	InvoiceDate    string             `json:"invoice_date"`
	DueDate        string             `json:"due_date"`
	PaymentTermsID string             `json:"payment_terms_id"`
	Deposit        *handDeposit       `json:"deposit"`
	Proforma       bool               `json:"proforma"`
	Comments       string             `json:"comments"`
	Address        *Address           `json:"address"`
	Lines          *[]handInvoiceLine `json:"lines"` // left out: everything outstanding
}

// handInvoiceLine is a line as the API reads it, with what the API has no member for.
type handInvoiceLine struct {
	invoiceLineWant
	Untaxed bool `json:"untaxed"` // custom lines only
}

type handDeposit struct {
	Percentage numberInput `json:"percentage"`
	DueDate    string      `json:"due_date"`
}

func (s *Shop) invoiceSpec(r *http.Request) (InvoiceSpec, error) {
	var in handInvoice
	if err := body(r, &in); err != nil {
		return InvoiceSpec{}, err
	}
	wanted := invoiceInput{
		Number: in.Number, InvoiceDate: in.InvoiceDate, DueDate: in.DueDate, PaymentTermsID: in.PaymentTermsID,
		Proforma: in.Proforma, Comments: in.Comments, Address: in.Address,
	}
	if in.Lines != nil {
		wanted.InvoiceLines = &[]invoiceLineWant{}
		for _, line := range *in.Lines {
			*wanted.InvoiceLines = append(*wanted.InvoiceLines, line.invoiceLineWant)
		}
	}
	spec, err := wanted.spec()
	if err != nil {
		return spec, err
	}
	for i := range spec.Lines {
		spec.Lines[i].Untaxed = (*in.Lines)[i].Untaxed
	}
	if in.Deposit != nil {
		spec.Deposit = &Deposit{Percentage: in.Deposit.Percentage.Decimal, DueDate: in.Deposit.DueDate}
	}
	for _, name := range in.Orders {
		id, err := s.orderNamed(name)
		if err != nil {
			return spec, err
		}
		spec.Orders = append(spec.Orders, id)
	}
	return spec, nil
}

// invoiceByHand answers POST /orders/{order}/invoice: everything outstanding, unless lines are named.
func (s *Shop) invoiceByHand(r *http.Request) (any, error) {
	id, err := s.orderNamed(r.PathValue("order"))
	if err != nil {
		return nil, err
	}
	spec, err := s.invoiceSpec(r)
	if err != nil {
		return nil, err
	}
	invoice, err := s.Invoice(id, spec)
	if err != nil {
		return nil, err
	}
	return s.showInvoice(invoice.ID)
}

// onInvoice makes an action of something that is done to an invoice, and shows the invoice that is there after it.
func (s *Shop) onInvoice(act func(id string, r *http.Request) (Invoice, error)) control {
	return func(r *http.Request) (any, error) {
		id, err := s.invoiceNamed(r.PathValue("invoice"))
		if err != nil {
			return nil, err
		}
		invoice, err := act(id, r)
		if err != nil {
			return nil, err
		}
		return s.showInvoice(invoice.ID)
	}
}

// remakeByHand answers POST /invoices/{invoice}/remake with the members of invoice.
func (s *Shop) remakeByHand(id string, r *http.Request) (Invoice, error) {
	spec, err := s.invoiceSpec(r)
	if err != nil {
		return Invoice{}, err
	}
	return s.RemakeInvoice(id, spec)
}

// unpayByHand answers POST /invoices/{invoice}/unpay: the n-th payment, counted from 0, is taken away.
func (s *Shop) unpayByHand(id string, r *http.Request) (Invoice, error) {
	var in struct {
		Payment int `json:"payment"`
	}
	if err := body(r, &in); err != nil {
		return Invoice{}, err
	}
	return s.RemovePayment(id, in.Payment)
}

// editInvoiceByHand answers POST /invoices/{invoice}/edit. Lines are counted from 0.
func (s *Shop) editInvoiceByHand(id string, r *http.Request) (Invoice, error) {
	var in struct {
		InvoiceDate  *string  `json:"invoice_date"`
		DueDate      *string  `json:"due_date"`
		Comments     *string  `json:"comments"`
		EmailAddress *string  `json:"email_address"`
		Address      *Address `json:"address"`
		Lines        []struct {
			Line      int         `json:"line"`
			Name      *string     `json:"name"`
			Quantity  numberInput `json:"quantity"`
			UnitPrice numberInput `json:"unit_price"`
			TaxRateID *string     `json:"tax_rate_id"`
		} `json:"lines"`
		Remove []int `json:"remove"`
	}
	if err := body(r, &in); err != nil {
		return Invoice{}, err
	}
	var fault error
	edit := func(v *Invoice) {
		v.InvoiceDate, v.DueDate = text(in.InvoiceDate, v.InvoiceDate), text(in.DueDate, v.DueDate)
		v.Comments, v.EmailAddress = text(in.Comments, v.Comments), text(in.EmailAddress, v.EmailAddress)
		if in.Address != nil {
			v.Address = *in.Address
		}
		for _, want := range in.Lines {
			quantity, err := want.Quantity.quantity()
			if fault = err; err != nil {
				return
			}
			if want.Line < 0 || want.Line >= len(v.Lines) {
				fault = invalid("lines: no line %d", want.Line)
				return
			}
			line := &v.Lines[want.Line]
			line.Name, line.TaxRateID = text(want.Name, line.Name), text(want.TaxRateID, line.TaxRateID)
			if want.Quantity.Valid {
				line.Quantity = quantity
			}
			if want.UnitPrice.Valid {
				line.UnitPrice = want.UnitPrice.Decimal
			}
		}
		var left []InvoiceLine
		for i, line := range v.Lines {
			if !slices.Contains(in.Remove, i) {
				left = append(left, line)
			}
		}
		v.Lines = left
	}
	// What is wrong must be known before anything is changed: the edit is tried on a copy.
	if trial, ok := s.FindInvoice(id); ok {
		if edit(&trial); fault != nil {
			return Invoice{}, fault
		}
	}
	return s.EditInvoice(id, edit)
}

// finaliseByHand answers POST /invoices/{invoice}/finalise: a proforma becomes an invoice.
func (s *Shop) finaliseByHand(r *http.Request) (any, error) {
	id, err := s.invoiceNamed(r.PathValue("invoice"))
	if err != nil {
		return nil, err
	}
	invoice, err := s.Finalise(id)
	if err != nil {
		return nil, err
	}
	return s.showInvoice(invoice.ID)
}

// deleteInvoiceByHand answers POST /invoices/{invoice}/delete.
func (s *Shop) deleteInvoiceByHand(r *http.Request) (any, error) {
	id, err := s.invoiceNamed(r.PathValue("invoice"))
	if err != nil {
		return nil, err
	}
	if err := s.DeleteInvoice(id); err != nil {
		return nil, err
	}
	return deleted("invoice", id), nil
}
