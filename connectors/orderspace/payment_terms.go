package orderspace

import (
	"context"

	"spacebridge/mapping/money"
)

// PaymentTerms say when an invoice is due. See https://apidocs.orderspace.com/#payment-terms.
type PaymentTerms struct {
	ID                string
	Name              string
	DaysDue           money.NullDecimal // 0 for at once
	DepositPercentage money.NullDecimal // 0 for none
	DepositDaysDue    money.NullDecimal
}

var paymentTerms = resource[PaymentTerms]{
	route: "/payment_terms", plural: "payment_terms", singular: "payment_terms", read: readPaymentTerms,
}

// PaymentTerms reads all payment terms. The list has no pages.
//
// Endpoint: GET /payment_terms. Errors: *rest.Error, *trade.Fault.
func (c *Client) PaymentTerms(ctx context.Context) ([]PaymentTerms, error) {
	return paymentTerms.all(ctx, c)
}

func readPaymentTerms(r *reader) PaymentTerms {
	return PaymentTerms{
		ID: r.text("id"), Name: r.text("name"), DaysDue: r.number("days_due"), DepositDaysDue: r.number("deposit_days_due"),
		// The examples of the reference misspell the attribute that its list spells right.
		DepositPercentage: orNumber(r.number("deposit_percentage"), r.number("deposit_pecentage")),
	}
}

// orNumber takes the first number that is there.
func orNumber(numbers ...money.NullDecimal) money.NullDecimal {
	for _, n := range numbers {
		if n.Valid {
			return n
		}
	}
	return money.NullDecimal{}
}
