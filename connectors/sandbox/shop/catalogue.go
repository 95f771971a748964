package shop

import (
	"slices"

	"spacebridge/mapping/money"
)

// Category groups products. Lists give categories in the site's sort order, which here is the order of their creation.
type Category struct {
	ID          string
	Name        string
	Description string // HTML
	Active      bool
	ParentID    string // "": none
}

// CategoryRef names a category inside another record.
type CategoryRef struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// CustomerGroup is a set of customers with shared settings.
type CustomerGroup struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// PriceList gives some customers other prices, and a currency.
type PriceList struct {
	ID             string
	Name           string
	Currency       string
	ConversionRate money.Decimal // percent of the ordinary price, where a variant has no price of its own; 0 counts as 100
}

// PaymentTerms say when an invoice is due.
type PaymentTerms struct {
	ID                string
	Name              string
	DaysDue           int           // 0: at once
	DepositPercentage money.Decimal // 0: no deposit
	DepositDaysDue    int
}

// TaxRate is a rate of tax of the site. The first one added is the site's default.
type TaxRate struct {
	ID   string
	Name string
	Rate money.Decimal // percent
}

// PreorderWindow is a season or drop that customers order ahead for.
type PreorderWindow struct {
	ID          string
	Name        string
	Deadline    string // plain dates or ""
	Due         string
	CategoryIDs []string
}

// adopt gives a record an id if it has none, and keeps a copy of it.
func adopt[T any](s *Shop, prefix string, list *[]*T, record T, id func(*T) *string) T {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := id(&record); *at == "" {
		*at = s.mint.id(prefix)
	}
	kept := record
	*list = append(*list, &kept)
	return record
}

// AddCategory creates a category.
func (s *Shop) AddCategory(c Category) Category {
	return adopt(s, "ca", &s.categories, c, func(c *Category) *string { return &c.ID })
}

// AddCustomerGroup creates a customer group.
func (s *Shop) AddCustomerGroup(g CustomerGroup) CustomerGroup {
	return adopt(s, "cg", &s.customerGroups, g, func(g *CustomerGroup) *string { return &g.ID })
}

// AddPriceList creates a price list.
func (s *Shop) AddPriceList(p PriceList) PriceList {
	return adopt(s, "pl", &s.priceLists, p, func(p *PriceList) *string { return &p.ID })
}

// AddPaymentTerms creates payment terms.
func (s *Shop) AddPaymentTerms(t PaymentTerms) PaymentTerms {
	return adopt(s, "pt", &s.paymentTerms, t, func(t *PaymentTerms) *string { return &t.ID })
}

// AddTaxRate creates a tax rate. The first one is the site's default.
func (s *Shop) AddTaxRate(t TaxRate) TaxRate {
	return adopt(s, "tr", &s.taxRates, t, func(t *TaxRate) *string { return &t.ID })
}

// AddPreorderWindow creates a preorder window.
func (s *Shop) AddPreorderWindow(w PreorderWindow) PreorderWindow {
	w.CategoryIDs = slices.Clone(w.CategoryIDs)
	return adopt(s, "pw", &s.preorders, w, func(w *PreorderWindow) *string { return &w.ID })
}

// TaxRates returns the site's tax rates.
func (s *Shop) TaxRates() []TaxRate {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]TaxRate, 0, len(s.taxRates))
	for _, rate := range s.taxRates {
		out = append(out, *rate)
	}
	return out
}

// byID finds a record of one of the short lists.
func byID[T any](list []*T, id string, idOf func(*T) string) (*T, bool) {
	at := slices.IndexFunc(list, func(record *T) bool { return idOf(record) == id })
	if at < 0 {
		return nil, false
	}
	return list[at], true
}

func (s *Shop) taxRate(id string) (*TaxRate, bool) {
	return byID(s.taxRates, id, func(t *TaxRate) string { return t.ID })
}

func (s *Shop) priceList(id string) (*PriceList, bool) {
	return byID(s.priceLists, id, func(p *PriceList) string { return p.ID })
}

func (s *Shop) category(id string) (*Category, bool) {
	return byID(s.categories, id, func(c *Category) string { return c.ID })
}

func (s *Shop) customerGroup(id string) (*CustomerGroup, bool) {
	return byID(s.customerGroups, id, func(g *CustomerGroup) string { return g.ID })
}

// terms finds payment terms; unknown ones read as due at once.
func (s *Shop) terms(id string) (PaymentTerms, bool) {
	if terms, ok := byID(s.paymentTerms, id, func(t *PaymentTerms) string { return t.ID }); ok {
		return *terms, true
	}
	return PaymentTerms{}, false
}

// categoryRef names a category, or nil if there is none.
func (s *Shop) categoryRef(id string) *CategoryRef {
	category, ok := s.category(id)
	if !ok {
		return nil
	}
	return &CategoryRef{ID: category.ID, Name: category.Name}
}

// currencyFor is the asked currency, or the customer's price list's, or the account's.
func (s *Shop) currencyFor(customer *Customer, asked string) string {
	if asked != "" {
		return asked
	}
	if list, ok := s.priceList(customer.PriceListID); ok && list.Currency != "" {
		return list.Currency
	}
	return s.currency.Code
}

// priceFor is a variant's price for a customer: the price list's own, or the ordinary one converted at the list's rate.
func (s *Shop) priceFor(customer *Customer, variant *Variant) money.Decimal {
	list, ok := s.priceList(customer.PriceListID)
	if !ok {
		return variant.UnitPrice
	}
	for _, price := range variant.PriceListPrices {
		if price.ID == list.ID && price.UnitPrice.Valid {
			return price.UnitPrice.Decimal
		}
	}
	if list.ConversionRate.IsZero() {
		return variant.UnitPrice
	}
	digits := s.currency.Digits
	if currency, err := money.ParseCurrency(list.Currency); err == nil {
		digits = currency.Digits
	}
	rate, err := list.ConversionRate.Mul(hundredth)
	if err != nil {
		return variant.UnitPrice
	}
	price, err := variant.UnitPrice.Mul(rate)
	if err != nil {
		return variant.UnitPrice
	}
	return money.RoundHalfUp(price, digits)
}
