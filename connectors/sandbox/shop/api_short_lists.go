package shop

import (
	"slices"

	"spacebridge/mapping/money"
)

// short answers a GET of a list that "does not support pagination".
func short[T any](plural string, records []*T, write func(*T) any) envelope {
	out := []any{}
	for _, record := range records {
		out = append(out, write(record))
	}
	return envelope{plural: out}
}

// listCustomerGroups answers GET /customer_groups.
func (s *Shop) listCustomerGroups(*call) (any, error) {
	return short("customer_groups", s.customerGroups, func(g *CustomerGroup) any { return g }), nil
}

// listTaxRates answers GET /tax_rates.
func (s *Shop) listTaxRates(*call) (any, error) {
	return short("tax_rates", s.taxRates, func(t *TaxRate) any {
		return taxRateWire{ID: t.ID, Name: t.Name, Rate: style{id: t.ID}.number("rate", t.Rate)}
	}), nil
}

// listPaymentTerms answers GET /payment_terms.
func (s *Shop) listPaymentTerms(*call) (any, error) {
	return short("payment_terms", s.paymentTerms, func(t *PaymentTerms) any {
		return termsWire{
			ID: t.ID, Name: t.Name, DaysDue: t.DaysDue, DepositDaysDue: t.DepositDaysDue,
			DepositPercentage: style{id: t.ID}.number("deposit_percentage", t.DepositPercentage),
		}
	}), nil
}

// listPreorderWindows answers GET /preorder_windows.
func (s *Shop) listPreorderWindows(*call) (any, error) {
	return short("preorder_windows", s.preorders, func(w *PreorderWindow) any {
		return preorderWire{
			ID: w.ID, Name: w.Name, Deadline: w.Deadline, Due: w.Due, Categories: s.categoryRefs(w.CategoryIDs),
		}
	}), nil
}

func priceListJSON(p *PriceList) any {
	rate := p.ConversionRate
	if rate.IsZero() {
		rate = whole(100)
	}
	return priceListWire{
		ID: p.ID, Name: p.Name, Currency: p.Currency, ConversionRate: style{id: p.ID}.number("conversion_rate", rate),
	}
}

func (s *Shop) findPriceList(id string) (*PriceList, error) {
	list, ok := s.priceList(id)
	if !ok {
		return nil, &NotFoundError{Kind: "price list", ID: id}
	}
	return list, nil
}

// createPriceList answers POST /price_lists.
func (s *Shop) createPriceList(c *call) (any, error) {
	var in priceListInput
	if err := c.read("price_list", &in); err != nil {
		return nil, err
	}
	list := &PriceList{Currency: s.currency.Code, ConversionRate: money.Zero}
	if err := in.applyTo(list); err != nil {
		return nil, err
	}
	list.ID = s.mint.id("pl")
	s.priceLists = append(s.priceLists, list)
	return envelope{"price_list": priceListJSON(list)}, nil
}

// listPriceLists answers GET /price_lists.
func (s *Shop) listPriceLists(*call) (any, error) {
	return short("price_lists", s.priceLists, priceListJSON), nil
}

// getPriceList answers GET /price_lists/:id.
func (s *Shop) getPriceList(c *call) (any, error) {
	list, err := s.findPriceList(c.id)
	if err != nil {
		return nil, err
	}
	return envelope{"price_list": priceListJSON(list)}, nil
}

// updatePriceList answers PUT /price_lists/:id.
func (s *Shop) updatePriceList(c *call) (any, error) {
	list, err := s.findPriceList(c.id)
	if err != nil {
		return nil, err
	}
	var in priceListInput
	if err := c.read("price_list", &in); err != nil {
		return nil, err
	}
	if err := in.applyTo(list); err != nil {
		return nil, err
	}
	return envelope{"price_list": priceListJSON(list)}, nil
}

// deletePriceList answers DELETE /price_lists/:id.
func (s *Shop) deletePriceList(c *call) (any, error) {
	if _, err := s.findPriceList(c.id); err != nil {
		return nil, err
	}
	s.priceLists = slices.DeleteFunc(s.priceLists, func(list *PriceList) bool { return list.ID == c.id })
	return deleted("price_list", c.id), nil
}
