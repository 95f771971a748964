package shop

import (
	"slices"
	"strings"
	"time"

	"spacebridge/mapping/money"
)

// CustomerStatus is new, active or closed.
type CustomerStatus string

// The documented statuses.
const (
	CustomerNew    CustomerStatus = "new"
	CustomerActive CustomerStatus = "active"
	CustomerClosed CustomerStatus = "closed"
)

// Customer is a company that orders. It has no currency of its own: that comes from the price list.
type Customer struct {
	ID              string
	CompanyName     string
	Created         time.Time
	Status          CustomerStatus
	Reference       string
	InternalNote    string
	Buyers          []Buyer
	Phone           string
	EmailAddresses  EmailAddresses
	TaxNumber       string
	TaxRateID       string // "": the products' rates
	Addresses       []Address
	MinimumSpend    money.NullDecimal
	PaymentTermsID  string
	CustomerGroupID string
	PriceListID     string
	Renamed         time.Time // when its name or tax number last changed; zero for never; not shown by the API
}

// Buyer is a person who orders for a customer.
type Buyer struct {
	Name         string `json:"name"`
	EmailAddress string `json:"email_address"`
}

// clone copies a customer so that the copy may be changed.
func (c *Customer) clone() Customer {
	out := *c
	out.Buyers = slices.Clone(c.Buyers)
	out.Addresses = slices.Clone(c.Addresses)
	return out
}

// address is the given one, or the customer's first for billing and last for shipping.
func (c *Customer) address(given *Address, shipping bool) Address {
	switch {
	case given != nil:
		return *given
	case len(c.Addresses) == 0:
		return Address{CompanyName: c.CompanyName}
	case shipping:
		return c.Addresses[len(c.Addresses)-1]
	default:
		return c.Addresses[0]
	}
}

// AddCustomer creates a customer and emits customer.created. ID, Created (now) and Status (active) are filled in when
// empty. The record is taken as it is, unchecked, so that sites with odd data can be built.
func (s *Shop) AddCustomer(customer Customer) Customer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if customer.Status == "" {
		customer.Status = CustomerActive
	}
	return s.addCustomer(customer).clone()
}

func (s *Shop) addCustomer(customer Customer) *Customer {
	if customer.ID == "" {
		customer.ID = s.mint.id("cu")
	}
	customer.Created = s.at(customer.Created)
	kept := customer.clone()
	s.customers.add(kept.ID, kept.Created, &kept)
	s.tell(kept.ID, ChangeCreated)
	s.emit(eventCustomerCreated, s.customerEvent(&kept))
	return &kept
}

// SetCustomer changes a customer: change is called with a copy, whose id stays. It emits customer.updated. Orders and
// invoices keep the name and addresses they were made with. The error is a *NotFoundError.
func (s *Shop) SetCustomer(id string, change func(*Customer)) (Customer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	customer, err := s.customer(id)
	if err != nil {
		return Customer{}, err
	}
	changed := customer.clone()
	change(&changed)
	changed.ID, changed.Created = customer.ID, customer.Created
	s.replaceCustomer(customer, changed)
	s.customers.changed(customer.ID)
	s.tell(customer.ID, ChangeEdited)
	s.emit(eventCustomerUpdated, s.customerEvent(customer))
	return customer.clone(), nil
}

// replaceCustomer makes a customer what it is to be.
func (s *Shop) replaceCustomer(customer *Customer, changed Customer) {
	if changed.CompanyName != customer.CompanyName || changed.TaxNumber != customer.TaxNumber {
		changed.Renamed = s.now()
	}
	*customer = changed
}

// DeleteCustomer removes a customer and emits customer.deleted; orders and invoices stay. The error is a
// *NotFoundError.
func (s *Shop) DeleteCustomer(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dropCustomer(id)
}

func (s *Shop) dropCustomer(id string) error {
	customer, err := s.customer(id)
	if err != nil {
		return err
	}
	s.customers.remove(id)
	s.tell(id, ChangeDeleted)
	s.emit(eventCustomerDeleted, deletedCustomer{ID: id, CompanyName: customer.CompanyName, Deleted: true})
	return nil
}

// Customers returns copies of all customers, oldest first.
func (s *Shop) Customers() []Customer {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Customer, 0, len(s.customers.rows))
	for customer := range s.customers.all() {
		out = append(out, customer.clone())
	}
	return out
}

// Customer returns a copy of one customer and whether it exists.
func (s *Shop) Customer(id string) (Customer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	customer, ok := s.customers.find(id)
	if !ok {
		return Customer{}, false
	}
	return customer.clone(), true
}

// customer finds a customer to change.
func (s *Shop) customer(id string) (*Customer, error) {
	customer, ok := s.customers.find(id)
	if !ok {
		return nil, &NotFoundError{Kind: "customer", ID: id}
	}
	return customer, nil
}

// buyerTaken reports whether another customer has a buyer with this address.
func (s *Shop) buyerTaken(email, exceptID string) bool {
	for customer := range s.customers.all() {
		if customer.ID == exceptID {
			continue
		}
		for _, buyer := range customer.Buyers {
			if email != "" && strings.EqualFold(buyer.EmailAddress, email) {
				return true
			}
		}
	}
	return false
}
