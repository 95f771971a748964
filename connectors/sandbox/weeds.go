package sandbox

import (
	"encoding/json"

	"spacebridge/connectors/sandbox/shop"
	"spacebridge/mapping/money"
)

// oneIn is how rare deliberately broken orders are.
const oneIn = 40

// The deliberate faults. Each is the code of the hold that it deserves, but for the three ways to split_invoice.
const (
	weedNoLines  = "no_lines"
	weedCurrency = "unknown_currency"
	weedDecimals = "currency_decimals"
	weedNegative = "negative_total"
	weedTotals   = "totals_do_not_add_up"
	weedPenny    = "penny_lock"
	weedParts    = "split_invoice"
	weedJoint    = "split_invoice/joint"
	weedPartner  = "split_invoice/partner"
)

// weeds are the faults in the order in which they are sown.
var weeds = []string{weedPenny, weedParts, weedNoLines, weedTotals, weedCurrency, weedNegative, weedJoint, weedDecimals}

// nextWeed plans the next broken order. All of them come to be invoiced, so that there is something to hold.
func (m *Merchant) nextWeed() plan {
	p := plan{weed: weeds[m.sown%len(weeds)], todo: []action{doInvoice, doPay, doDispatch}, stop: -1}
	m.sown++
	switch p.weed {
	case weedNegative:
		p.todo = []action{doRelease, doInvoice} // nobody pays a negative amount
	case weedParts:
		p.todo = []action{doInvoiceSome, doPay, doInvoice, doPay}
	case weedJoint:
		p.todo = []action{doInvoiceJoint, doPay}
	}
	return p
}

// weedSpec makes an order wrong that can be placed that way.
func weedSpec(spec *shop.OrderSpec, weed string) {
	switch weed {
	case weedDecimals:
		// Dinars have three decimals; the books round to two.
		spec.Currency = "KWD"
		for i := range spec.Lines {
			spec.Lines[i].UnitPrice = money.Some(money.MustParse("4.255"))
		}
		spec.Lines[0].Quantity |= 1 // an odd number, so that the third decimal stays
	case weedNegative:
		spec.Lines = append(spec.Lines, shop.LineSpec{Name: "Goodwill credit", UnitPrice: money.Some(money.MustParse("-250000")), Untaxed: spec.Lines[0].Untaxed})
	case weedPenny:
		spec.Lines = append(spec.Lines, shop.LineSpec{Name: "Display stand", Quantity: 3, UnitPrice: money.Some(money.MustParse("10.03"))})
	case weedParts:
		spec.Lines = append(spec.Lines, shop.LineSpec{Name: "Display stand", Quantity: 4, UnitPrice: money.Some(money.MustParse("25")), Untaxed: spec.Lines[0].Untaxed})
	}
}

// sow finishes a broken order: it is noted as planted, and what cannot be placed is served altered. Its invoice is served
// altered in the same way, so that there is one thing wrong and not two.
func (m *Merchant) sow(j *journey, order shop.Order, weed string) {
	code := weed
	var alter func(raw map[string]any)
	switch weed {
	case "":
		return
	case weedJoint:
		code = weedParts
	case weedPartner:
		code = weedParts
		if len(m.journeys) > 0 {
			m.journeys[len(m.journeys)-1].partner = order.ID
		}
	case weedNoLines:
		if m.sown > len(weeds) { // the second time otherwise than the first
			alter = func(raw map[string]any) { delete(raw, "order_lines") }
		} else {
			alter = func(raw map[string]any) { raw["order_lines"] = []any{} }
		}
		m.shop.Corrupt(order.ID, alter)
		alter = nil // the invoice has its lines
	case weedCurrency:
		alter = func(raw map[string]any) { raw["currency"] = "XXQ" }
	case weedTotals:
		alter = func(raw map[string]any) { shift(raw, "gross_total", "10") }
	case weedPenny:
		alter = lowerTax
	}
	m.planted[order.ID] = code
	if alter != nil {
		m.shop.Corrupt(order.ID, alter)
		j.mirror = alter
	}
}

// lowerTax takes a cent off the tax of the first line that has some, and off the total, as a shop does that cuts off
// instead of rounding. The record still adds up.
func lowerTax(raw map[string]any) {
	lines, ok := raw["order_lines"].([]any)
	if !ok {
		lines, _ = raw["invoice_lines"].([]any)
	}
	for _, line := range lines {
		fields, _ := line.(map[string]any)
		if tax, ok := number(fields["tax_amount"]); ok && tax.Cmp(cent) > 0 {
			shift(fields, "tax_amount", "-0.01")
			shift(raw, "gross_total", "-0.01")
			return
		}
	}
}

var cent = money.MustParse("0.01")

// shift adds to a number of a record.
func shift(raw map[string]any, key, by string) {
	if n, ok := number(raw[key]); ok {
		if moved, err := n.Add(money.MustParse(by)); err == nil {
			raw[key] = json.Number(moved.String())
		}
	}
}

func number(v any) (money.Decimal, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return money.Decimal{}, false
	}
	d, err := money.ParseDecimal(n.String())
	return d, err == nil
}
