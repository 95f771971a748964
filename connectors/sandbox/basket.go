package sandbox

import (
	"fmt"
	"time"

	"spacebridge/connectors/sandbox/shop"
	"spacebridge/mapping/money"
)

// begin places an order and starts its journey.
func (m *Merchant) begin(at time.Time, p plan) (*journey, error) {
	m.placed++
	order, err := m.place(at, p)
	if err != nil {
		return nil, err
	}
	j := &journey{
		orderID: order.ID, number: order.Number, todo: p.todo, broken: p.weed != "",
		about: fmt.Sprintf("placed, %d lines, %s %s", len(order.Lines), order.GrossTotal, order.Currency),
	}
	m.sow(j, order, p.weed)
	m.remember(order.ID)
	m.journeys = append(m.journeys, j)
	return j, nil
}

// place puts an ordinary order into the shop, or one that a plan asks for; now and then it is one of a standing order.
func (m *Merchant) place(at time.Time, p plan) (shop.Order, error) {
	if p.weed == "" && !p.hold && p.stop < 0 && len(m.standing) > 0 && m.chance(6) {
		return m.shop.GenerateOrder(m.standing[m.rng.IntN(len(m.standing))], at)
	}
	n := m.rng.IntN(len(m.goods.customers))
	switch p.weed {
	case weedPenny:
		n = 0 // a domestic buyer: there has to be tax
	case weedJoint, weedPartner:
		n = 1 // both orders are the same buyer's
	}
	spec := m.basket(n, at)
	if p.stop >= 0 { // stages are only to be seen on an order of more than one piece
		spec.Lines = append(spec.Lines, shop.LineSpec{SKU: m.goods.skus[0], Quantity: 12, Untaxed: spec.Lines[0].Untaxed})
	}
	if p.hold {
		m.holdBack(&spec, p.stop < 0 && (m.placed%2 == 0 || p.todo[0] == doInvoiceFree))
	}
	weedSpec(&spec, p.weed)
	return m.shop.Place(spec)
}

// basket fills an order for the n-th customer.
func (m *Merchant) basket(n int, at time.Time) shop.OrderSpec {
	spec := shop.OrderSpec{CustomerID: m.goods.customers[n].ID, Created: at}
	m.header(&spec, at)
	lines := 1 + m.rng.IntN(8)
	switch draw := m.rng.IntN(100); {
	case draw < 2 || m.placed%60 == 17:
		lines = 100
	case draw < 5 || m.placed%60 == 33:
		spec.Lines = []shop.LineSpec{{Name: "Sample", UnitPrice: m.oneMinorUnit(n)}}
		lines = 0
	}
	for range lines {
		spec.Lines = append(spec.Lines, shop.LineSpec{SKU: m.goods.skus[m.rng.IntN(len(m.goods.skus))], Quantity: int64(1 + m.rng.IntN(48))})
	}
	if m.chance(15) && lines > 0 {
		spec.Lines = append(spec.Lines, m.extra(n))
	}
	if m.chance(70) && lines > 0 {
		spec.Lines = append(spec.Lines, shop.LineSpec{Name: "Courier, next day", Shipping: true, UnitPrice: m.money(n, "7.95", "1500")})
	}
	if !m.goods.buyers[n].home() { // exports carry no tax at all
		for i := range spec.Lines {
			spec.Lines[i].Untaxed = true
		}
	}
	return spec
}

// header fills in what buyers write on orders.
func (m *Merchant) header(spec *shop.OrderSpec, at time.Time) {
	if m.chance(50) {
		spec.CustomerPONumber = fmt.Sprintf("PO-%05d", m.rng.IntN(1e5))
	}
	if m.chance(25) {
		spec.Reference = fmt.Sprintf("Ref/%d", m.placed)
	}
	if m.chance(20) {
		spec.CustomerNote = "Please ring before delivery. “Danke” & merci."
	}
	if m.chance(40) {
		spec.CreatedBy = "Sales desk"
	}
	if m.chance(60) {
		spec.DeliveryDate = at.AddDate(0, 0, 2+m.rng.IntN(12)).Format(time.DateOnly)
	}
}

// extra is a custom line: something without a SKU, at a price of three or four decimals where the currency has decimals.
func (m *Merchant) extra(n int) shop.LineSpec {
	kinds := []shop.LineSpec{
		{Name: "Gift wrapping, per piece", UnitPrice: m.money(n, "0.1875", "35")},
		{Name: "Printed label", UnitPrice: m.money(n, "0.0425", "8")},
		{Name: "Restocking service", UnitPrice: m.money(n, "12.505", "2400")},
	}
	line := kinds[m.rng.IntN(len(kinds))]
	line.Quantity = int64(1 + m.rng.IntN(250))
	return line
}

// money is a price for the n-th customer: the first, or the second where the currency has no minor unit. A price in
// fractions of a yen would round otherwise in the books, which know cents only.
func (m *Merchant) money(n int, decimals, whole string) money.NullDecimal {
	if m.goods.buyers[n].currency(n) == "JPY" {
		return money.Some(money.MustParse(whole))
	}
	return money.Some(money.MustParse(decimals))
}

func (m *Merchant) oneMinorUnit(n int) money.NullDecimal { return m.money(n, "0.01", "1") }

// holdBack makes a preorder: all items are on hold or, in a mixed one of several items, all but the first.
func (m *Merchant) holdBack(spec *shop.OrderSpec, mixed bool) {
	for i := range spec.Lines {
		line := &spec.Lines[i]
		if line.Shipping || (i == 0 && mixed && len(spec.Lines) > 2) {
			continue
		}
		line.OnHold, line.PreorderWindowID = true, m.goods.window
	}
}

// change edits an order: one more of the first line, and sometimes another line or the last one gone.
func (m *Merchant) change(order *shop.Order) {
	order.Lines[0].Quantity++
	switch last := order.Lines[len(order.Lines)-1]; {
	case m.chance(30) && len(order.Lines) > 2:
		order.Lines = order.Lines[:len(order.Lines)-1]
	case m.chance(30):
		more := shop.OrderLine{Name: "Replacement part", Quantity: 2, UnitPrice: money.MustParse("3"), TaxRateID: last.TaxRateID}
		order.Lines = append(order.Lines, more)
	}
}

// openStanding makes two standing order templates.
func (m *Merchant) openStanding(at time.Time) error {
	for _, n := range []int{1, 3} {
		if len(m.standing) == 2 {
			return nil
		}
		spec := m.basket(n, at)
		spec.Standing = true
		template, err := m.shop.Place(spec)
		if err != nil {
			return fmt.Errorf("open standing order: %w", err)
		}
		m.standing = append(m.standing, template.ID)
	}
	return nil
}
