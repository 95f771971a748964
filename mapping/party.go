package mapping

import (
	"strings"

	"spacebridge/mapping/trade"
)

// party settles who the buyer is, as a legal person: the company that is billed.
func (d *draft) party() {
	var customer trade.Customer
	if d.buyerKnown() {
		customer = *d.Customer
	}
	d.sale.Party = trade.Party{
		Name:      shorten(first(d.doc.BillingAddress.CompanyName, d.doc.CompanyName, customer.CompanyName, d.doc.BillingAddress.ContactName), limitText),
		TaxNumber: clean(customer.TaxNumber),
		Phone:     shorten(first(d.doc.Phone, customer.Phone), limitText),
		Notes:     shorten(clean(d.doc.CustomerNote), limitNotes),
	}
	if emails := d.emails(); len(emails) > 0 {
		d.sale.Party.Email = emails[0]
	}
	if d.sale.Party.Name == "" && !d.Books.issued() {
		d.fault(HoldBuyerUnnamed, "neither the billing address nor the ", d.noun(), " nor the customer names a company or person")
	}
}

// emails are the addresses that invoices go to: those meant for invoices, else for orders, else the buyers'. The order's
// own come before the customer's.
func (d *draft) emails() []string {
	var customer trade.Customer
	if d.buyerKnown() {
		customer = *d.Customer
	}
	for _, group := range [][]string{
		d.doc.Emails.Invoices, customer.Emails.Invoices, d.doc.Emails.Orders, customer.Emails.Orders, customer.BuyerEmails,
	} {
		if valid := validEmails(group); len(valid) > 0 {
			return valid
		}
	}
	return nil
}

// validEmails keeps what looks like an address, each once. Space Invoices would refuse a whole order for one bad address.
func validEmails(list []string) (valid []string) {
	seen := map[string]bool{}
	for _, text := range list {
		address := strings.TrimSpace(text)
		if key := strings.ToLower(address); isEmail(address) && !seen[key] {
			seen[key] = true
			valid = append(valid, address)
		}
	}
	return valid
}

// isEmail is strict on purpose: an odd but legal address is left out rather than refused by the books.
func isEmail(text string) bool {
	local, domain, found := strings.Cut(text, "@")
	if !found || len(text) > 254 || local == "" || len(local) > 64 || strings.Contains(domain, "@") {
		return false
	}
	odd := func(c rune) bool { return c <= ' ' || c > '~' || strings.ContainsRune(",;:<>()[]\\\"", c) }
	if strings.ContainsFunc(text, odd) {
		return false
	}
	for _, part := range []string{local, domain} {
		if strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".") || strings.Contains(part, "..") {
			return false
		}
	}
	return strings.Contains(domain, ".")
}

func address(a trade.Address) trade.Address {
	fit := func(text string) string { return shorten(clean(text), limitText) }
	return trade.Address{
		CompanyName: fit(a.CompanyName), ContactName: fit(a.ContactName), Line1: fit(a.Line1), Line2: fit(a.Line2),
		City: fit(a.City), State: fit(a.State), PostalCode: fit(a.PostalCode), Country: strings.ToUpper(fit(a.Country)),
	}
}

// first gives the first text that says something.
func first(texts ...string) string {
	for _, text := range texts {
		if cleaned := clean(text); cleaned != "" {
			return cleaned
		}
	}
	return ""
}
