package shop

import "net/http"

func (s *Shop) showTaxRates(r *http.Request) (any, error) { return s.shown(s.listTaxRates, r) }

func (s *Shop) showPaymentTerms(r *http.Request) (any, error) { return s.shown(s.listPaymentTerms, r) }

// addTaxRateByHand answers POST /tax_rates and shows all of them. Two may have the same percent.
func (s *Shop) addTaxRateByHand(r *http.Request) (any, error) {
	var in struct {
		Name string      `json:"name"`
		Rate numberInput `json:"rate"`
	}
	if err := body(r, &in); err != nil {
		return nil, err
	}
	if in.Name == "" || !in.Rate.Valid || in.Rate.Decimal.IsNeg() {
		return nil, invalid("a tax rate has a name and a rate in percent")
	}
	s.AddTaxRate(TaxRate{Name: in.Name, Rate: in.Rate.Decimal})
	return s.showTaxRates(r)
}

// addTermsByHand answers POST /payment_terms and shows all of them.
func (s *Shop) addTermsByHand(r *http.Request) (any, error) {
	var in struct {
		Name              string      `json:"name"`
		DaysDue           int         `json:"days_due"`
		DepositPercentage numberInput `json:"deposit_percentage"`
		DepositDaysDue    int         `json:"deposit_days_due"`
	}
	if err := body(r, &in); err != nil {
		return nil, err
	}
	if in.Name == "" {
		return nil, invalid("payment terms have a name")
	}
	s.AddPaymentTerms(PaymentTerms{
		Name: in.Name, DaysDue: in.DaysDue, DepositPercentage: in.DepositPercentage.Decimal, DepositDaysDue: in.DepositDaysDue,
	})
	return s.showPaymentTerms(r)
}
