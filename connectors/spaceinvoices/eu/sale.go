package eu

import (
	"strings"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// Words of the API that a sale is written with.
const (
	sourceManual = "manual"
	kindItem     = "line_item"
	kindShipping = "shipping"
)

// orderOf writes a sale as a new order.
func orderOf(s trade.Sale, integrationID string) OrderCreate {
	return OrderCreate{
		OrderIntegrationID: integrationID,
		Source:             sourceManual,
		SourceID:           s.SourceID,
		OrderContent:       content(s, false),
	}
}

// content writes everything of a sale that can change. With clearing set, what the sale does not have is sent as null, so that an
// update also takes away what an earlier one brought.
func content(s trade.Sale, clearing bool) OrderContent {
	c := quietContent(s, clearing)
	c.SourceOrderNumber = textField(s.Number, clearing)
	c.CurrencyCode = s.Currency.Code
	c.Total = amount(s.Currency, s.Net)
	c.TotalWithTax = amount(s.Currency, s.Gross)
	c.TotalShipping = amount(s.Currency, s.Shipping)
	c.Items = items(s)
	c.CustomerName = textField(s.Party.Name, clearing)
	c.Customer = orNull(customer(s.Party), s.Party != trade.Party{}, clearing)
	c.BillingAddress = addressField(s.BillingAddress, clearing)
	if !s.OrderedAt.IsZero() {
		c.OrderedAt = Set(timestamp(s.OrderedAt))
	}
	return c
}

// quietContent writes the part of a sale that moves neither money nor the buyer's legal identity.
func quietContent(s trade.Sale, clearing bool) OrderContent {
	return OrderContent{
		CustomerEmail:   textField(firstEmail(s.Party.Email), clearing),
		ShippingAddress: addressField(s.ShippingAddress, clearing),
		PaymentStatus:   string(s.PaymentStatus),
		Metadata:        orNull(Metadata(s.Metadata), len(s.Metadata) > 0, clearing),
	}
}

func items(s trade.Sale) []OrderItem {
	out := make([]OrderItem, len(s.Lines))
	for i, line := range s.Lines {
		item := OrderItem{
			Name:         line.Name,
			Quantity:     plain(line.Quantity),
			Price:        plain(line.UnitPrice),
			Total:        amount(s.Currency, line.Net),
			TotalWithTax: amount(s.Currency, line.Gross),
			Taxes:        []ItemTax{},
			SKU:          line.SKU,
			SourceID:     line.SourceID,
			Kind:         kindItem,
		}
		if line.Shipping {
			item.Kind = kindShipping
		}
		if line.Taxed {
			item.TaxRate = plain(line.TaxRate)
			item.Taxes = append(item.Taxes, ItemTax{Rate: plain(line.TaxRate)})
		}
		out[i] = item
	}
	return out
}

// customer writes the buyer. Orderspace sells wholesale only, so every buyer is a business.
func customer(p trade.Party) Customer {
	return Customer{CompanyName: p.Name, TaxNumber: p.TaxNumber, Phone: p.Phone, IsBusiness: new(true), Notes: p.Notes}
}

func address(a trade.Address) Address {
	return Address{
		Address:     a.Line1,
		Address2:    a.Line2,
		City:        a.City,
		State:       a.State,
		PostCode:    a.PostalCode,
		CountryCode: strings.ToUpper(strings.TrimSpace(a.Country)),
	}
}

func addressField(a trade.Address, clearing bool) Field[Address] {
	written := address(a)
	return orNull(written, written != Address{}, clearing)
}

func textField(text string, clearing bool) Field[string] { return orNull(text, text != "", clearing) }

// orNull sets a field that has something, and leaves it out or clears it otherwise.
func orNull[T any](value T, has, clearing bool) Field[T] {
	switch {
	case has:
		return Set(value)
	case clearing:
		return Null[T]()
	}
	return Field[T]{}
}

// firstEmail takes the first address of a list separated by commas; the books have room for one.
func firstEmail(list string) string {
	first, _, _ := strings.Cut(list, ",")
	return strings.TrimSpace(first)
}

// amount writes money in major units with the currency's own digits: 366.10 EUR, 1200 JPY.
func amount(c money.Currency, a money.Amount) Number { return NumberOf(c.Decimal(a)) }

// plain writes a price, quantity or rate without trailing zeros.
func plain(d money.Decimal) Number { return NumberOf(d.Trim(0)) }
