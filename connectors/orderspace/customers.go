package orderspace

import (
	"context"
	"iter"
	"net/url"
	"time"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// Customer is a customer as Orderspace gives it. See https://apidocs.orderspace.com/#customers.
type Customer struct {
	ID              string
	CompanyName     string
	Created         time.Time // documented as created_at, sent as created (recorded 2022 and 2025)
	Status          string    // new, active or closed
	Reference       string
	InternalNote    string
	Buyers          []Buyer
	Phone           string
	Emails          trade.Emails
	TaxNumber       string
	TaxRateID       string // "" for the products' own rates
	Addresses       []trade.Address
	MinimumSpend    money.NullDecimal
	PaymentTermsID  string
	CustomerGroupID string
	PriceListID     string
}

// Buyer is a person who orders for a customer.
type Buyer struct {
	Name  string
	Email string
}

// Trade gives the customer in our words.
func (c Customer) Trade() trade.Customer {
	customer := trade.Customer{
		ID: c.ID, CompanyName: c.CompanyName, Reference: c.Reference, Phone: c.Phone, Emails: c.Emails,
		TaxNumber: c.TaxNumber, TaxRateID: c.TaxRateID, Addresses: c.Addresses,
	}
	for _, buyer := range c.Buyers {
		if buyer.Email != "" {
			customer.BuyerEmails = append(customer.BuyerEmails, buyer.Email)
		}
	}
	return customer
}

// CustomerOptions narrow a list of customers. Zero values do not.
type CustomerOptions struct {
	CreatedSince       time.Time
	CompanyName        string
	BuyersEmailAddress string
	Status             string // new, active or closed
	Reference          string
	PaymentTermsID     string
	CustomerGroupID    string
	PriceListID        string
	Paging
}

func (o CustomerOptions) query() url.Values {
	return url.Values(filters{}.
		since("created_since", o.CreatedSince).text("company_name", o.CompanyName).
		text("buyers_email_address", o.BuyersEmailAddress).text("status", o.Status).text("reference", o.Reference).
		text("payment_terms_id", o.PaymentTermsID).text("customer_group_id", o.CustomerGroupID).text("price_list_id", o.PriceListID))
}

var customers = resource[Customer]{route: "/customers", plural: "customers", singular: "customer", key: "id", read: readCustomer}

// Customers walks the customers, newest first.
//
// Endpoint: GET /customers. Errors: *trade.Fault for a record that cannot be understood, after which the walk goes on;
// *rest.Error, which ends it.
func (c *Client) Customers(ctx context.Context, opts CustomerOptions) iter.Seq2[Customer, error] {
	return customers.walk(ctx, c, opts.query(), opts.Paging)
}

// Customer reads one customer.
//
// Endpoint: GET /customers/{id}. Errors: *rest.Error of class NotFound when there is none; *trade.Fault.
func (c *Client) Customer(ctx context.Context, id string) (Customer, error) {
	return customers.one(ctx, c, id)
}

func readCustomer(r *reader) Customer {
	return Customer{
		ID: r.text("id"), CompanyName: r.text("company_name"), Created: r.timestamp("created", "created_at"), Status: r.text("status"),
		Reference: r.text("reference"), InternalNote: r.text("internal_note"), Buyers: each(r, "buyers", readBuyer), Phone: r.text("phone"),
		Emails: readEmails(r.object("email_addresses")), TaxNumber: r.text("tax_number"), TaxRateID: r.text("tax_rate_id"),
		Addresses: each(r, "addresses", readAddress), MinimumSpend: r.number("minimum_spend"), PaymentTermsID: r.text("payment_terms_id"),
		CustomerGroupID: r.text("customer_group_id"), PriceListID: r.text("price_list_id"),
	}
}

func readBuyer(r *reader) Buyer { return Buyer{Name: r.text("name"), Email: r.text("email_address")} }
