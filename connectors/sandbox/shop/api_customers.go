package shop

import (
	"encoding/json"
	"slices"
	"strings"
)

// customerInput is what POST and PUT /customers read. Members left out stay as they are.
type customerInput struct {
	CompanyName     *string         `json:"company_name"`
	Status          *CustomerStatus `json:"status"` // PUT only
	Reference       *string         `json:"reference"`
	InternalNote    *string         `json:"internal_note"`
	Buyers          *[]Buyer        `json:"buyers"`
	Phone           *string         `json:"phone"`
	EmailAddresses  *EmailAddresses `json:"email_addresses"`
	TaxNumber       *string         `json:"tax_number"`
	TaxRateID       *string         `json:"tax_rate_id"`
	Addresses       *[]Address      `json:"addresses"`
	MinimumSpend    *numberInput    `json:"minimum_spend"`
	PaymentTermsID  *string         `json:"payment_terms_id"`
	CustomerGroupID *string         `json:"customer_group_id"`
	PriceListID     *string         `json:"price_list_id"`
}

// applyTo gives the customer as it would be.
func (in customerInput) applyTo(c Customer) Customer {
	c.CompanyName = text(in.CompanyName, c.CompanyName)
	c.Reference = text(in.Reference, c.Reference)
	c.InternalNote = text(in.InternalNote, c.InternalNote)
	c.Phone = text(in.Phone, c.Phone)
	c.TaxNumber = text(in.TaxNumber, c.TaxNumber)
	c.TaxRateID = text(in.TaxRateID, c.TaxRateID)
	c.PaymentTermsID = text(in.PaymentTermsID, c.PaymentTermsID)
	c.CustomerGroupID = text(in.CustomerGroupID, c.CustomerGroupID)
	c.PriceListID = text(in.PriceListID, c.PriceListID)
	if in.Buyers != nil {
		c.Buyers = *in.Buyers
	}
	if in.EmailAddresses != nil {
		c.EmailAddresses = *in.EmailAddresses
	}
	if in.Addresses != nil {
		c.Addresses = *in.Addresses
	}
	if in.MinimumSpend != nil {
		c.MinimumSpend = in.MinimumSpend.NullDecimal
	}
	return c
}

// checkCustomer finds what is wrong with a customer that came through the API.
func (s *Shop) checkCustomer(c *Customer) error {
	var found faults
	found.addIf(strings.TrimSpace(c.CompanyName) == "", "Company name can't be blank")
	found.addIf(len(c.Buyers) > 1, "Buyers can not be more than one")
	for _, buyer := range c.Buyers {
		found.addIf(buyer.EmailAddress == "", "Email address can't be blank")
		found.addIf(s.buyerTaken(buyer.EmailAddress, c.ID), "Email address has already been taken")
	}
	_, known := s.terms(c.PaymentTermsID)
	found.addIf(c.PaymentTermsID != "" && !known, "Payment Terms are invalid")
	_, known = s.customerGroup(c.CustomerGroupID)
	found.addIf(c.CustomerGroupID != "" && !known, "Customer Group is invalid")
	_, known = s.priceList(c.PriceListID)
	found.addIf(c.PriceListID != "" && !known, "Price List is invalid")
	_, known = s.taxRate(c.TaxRateID)
	found.addIf(c.TaxRateID != "" && !known, "Tax Rate is invalid")
	statuses := []CustomerStatus{CustomerNew, CustomerActive, CustomerClosed}
	found.addIf(!slices.Contains(statuses, c.Status), "Status is invalid")
	return found.err()
}

// createCustomer answers POST /customers.
func (s *Shop) createCustomer(c *call) (any, error) {
	var in customerInput
	if err := c.read("customer", &in); err != nil {
		return nil, err
	}
	customer := in.applyTo(Customer{Status: CustomerActive})
	if err := s.checkCustomer(&customer); err != nil {
		return nil, err
	}
	return envelope{"customer": s.customerJSON(s.addCustomer(customer), formNull)}, nil
}

// updateCustomer answers PUT /customers/:id.
func (s *Shop) updateCustomer(c *call) (any, error) {
	customer, err := s.customer(c.id)
	if err != nil {
		return nil, err
	}
	var in customerInput
	if err := c.read("customer", &in); err != nil {
		return nil, err
	}
	changed := in.applyTo(customer.clone())
	if in.Status != nil {
		changed.Status = *in.Status
	}
	if err := s.checkCustomer(&changed); err != nil {
		return nil, err
	}
	s.replaceCustomer(customer, changed)
	s.customers.changed(customer.ID)
	s.tell(customer.ID, ChangeEdited)
	s.emit(eventCustomerUpdated, s.customerEvent(customer))
	return envelope{"customer": s.customerJSON(customer, formNull)}, nil
}

// listCustomers answers GET /customers.
func (s *Shop) listCustomers(c *call) (any, error) {
	created, err := s.created(c.query, false)
	if err != nil {
		return nil, err
	}
	buyer := c.query.Get("buyers_email_address")
	match := func(r *row[Customer]) bool {
		customer := r.value
		isBuyer := func(b Buyer) bool { return strings.EqualFold(b.EmailAddress, buyer) }
		return is(c.query, "company_name", customer.CompanyName) && is(c.query, "status", string(customer.Status)) &&
			is(c.query, "reference", customer.Reference) && is(c.query, "payment_terms_id", customer.PaymentTermsID) &&
			is(c.query, "customer_group_id", customer.CustomerGroupID) &&
			is(c.query, "price_list_id", customer.PriceListID) &&
			(buyer == "" || slices.ContainsFunc(customer.Buyers, isBuyer))
	}
	write := func(customer *Customer) json.RawMessage { return s.customerJSON(customer, formNull) }
	return list(s, c, listing[Customer]{
		plural: "customers", kind: "customer", records: s.customers, match: match, write: write, hasMore: true,
	}, created)
}

// getCustomer answers GET /customers/:id.
func (s *Shop) getCustomer(c *call) (any, error) {
	customer, err := s.customer(c.id)
	if err != nil {
		return nil, err
	}
	return envelope{"customer": s.customerJSON(customer, formNull)}, nil
}

// deleteCustomer answers DELETE /customers/:id.
func (s *Shop) deleteCustomer(c *call) (any, error) {
	if err := s.dropCustomer(c.id); err != nil {
		return nil, err
	}
	return deleted("customer", c.id), nil
}
