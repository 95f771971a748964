package mapping_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// The generator of believable wholesale orders. All of it is arithmetic in whole numbers, apart from the code under test.

// market is where an order is sold: its currency, the tax rates there in tenths of a percent, and how its prices look.
type market struct {
	share       int // of 100 orders
	currency    string
	digits      int // of the currency
	rates       []int64
	finest      int   // most digits of a price
	wholePrices int64 // the usual step of a price, in hundredths of a cent
}

var markets = []market{
	{share: 20, currency: "GBP", digits: 2, rates: []int64{200, 200, 50, 0}, finest: 4, wholePrices: 100},
	{share: 10, currency: "EUR", digits: 2, rates: []int64{220, 95, 50}, finest: 4, wholePrices: 100},
	{share: 10, currency: "EUR", digits: 2, rates: []int64{200, 100, 55}, finest: 3, wholePrices: 100},
	{share: 10, currency: "EUR", digits: 2, rates: []int64{190, 70, 0}, finest: 4, wholePrices: 100},
	{share: 7, currency: "EUR", digits: 2, rates: []int64{210, 210, 90}, finest: 2, wholePrices: 100},
	{share: 5, currency: "EUR", digits: 2, rates: []int64{255, 135}, finest: 4, wholePrices: 100},
	{share: 8, currency: "CHF", digits: 2, rates: []int64{81, 77, 26}, finest: 2, wholePrices: 500},
	{share: 10, currency: "USD", digits: 2, rates: []int64{0}, finest: 4, wholePrices: 100},
	{share: 10, currency: "SEK", digits: 2, rates: []int64{250, 120, 60}, finest: 2, wholePrices: 5000},
	{share: 6, currency: "JPY", digits: 0, rates: []int64{100, 80}, finest: 0, wholePrices: 100_000},
	{share: 4, currency: "KWD", digits: 3, rates: []int64{0, 0, 50}, finest: 3, wholePrices: 500},
}

// goods is a line before anybody has reckoned it.
type goods struct {
	quantity int64 // in tenths
	price    int64 // in ten-thousandths of the major unit
	rate     int64 // in tenths of a percent
	untaxed  bool  // no tax at all, not even one of 0
	shipping bool
}

// basket is an order before anybody has reckoned it.
type basket struct {
	market
	lines []goods
}

func drawBasket(r *rand.Rand) basket {
	b := basket{market: markets[0]}
	at := r.IntN(100)
	for _, m := range markets {
		if at -= m.share; at < 0 {
			b.market = m
			break
		}
	}
	size, most := 1+min(r.IntN(40), r.IntN(40)), int64(0)
	if r.IntN(500) == 0 { // near the bound of what can be held, and past it
		most = 8_900_000_000_000_000_000 / int64(size)
	}
	for range size {
		b.lines = append(b.lines, b.drawGoods(r, most))
	}
	worth := int64(0)
	for _, line := range b.lines {
		worth += line.quantity * line.price / 10
	}
	if r.IntN(8) == 0 && worth > 100_000 && most == 0 { // a discount is a line with a price below zero
		discount := b.step(r, worth/20+1)
		b.lines = append(b.lines, goods{quantity: 10, price: -discount, rate: b.lines[0].rate, untaxed: b.lines[0].untaxed})
	}
	if r.IntN(3) > 0 {
		b.lines = append(b.lines, goods{quantity: 10, price: b.step(r, 200_000), rate: b.rates[0], shipping: true})
	}
	return b
}

// drawGoods draws a line; most is what quantity times price may come to in one that shall be huge, and 0 otherwise.
func (b basket) drawGoods(r *rand.Rand, most int64) goods {
	line := goods{quantity: 10 * (1 + int64(min(r.IntN(144), r.IntN(144)))), rate: b.rates[r.IntN(len(b.rates))]}
	if r.IntN(15) == 0 {
		line.quantity += 5 // half a metre, half a case
	}
	switch {
	case most > 0:
		line.price = b.step(r, most/line.quantity)
	case r.IntN(30) == 0:
		line.price = 0 // free of charge
	case r.IntN(20) == 0:
		line.price = b.step(r, 50_000_000)
	default:
		line.price = b.step(r, 1_000_000)
	}
	line.untaxed = line.rate == 0 && r.IntN(3) == 0
	return line
}

// step draws a price: usually a round one, sometimes as fine as this market's prices become.
func (b basket) step(r *rand.Rand, most int64) int64 {
	step := b.wholePrices
	if r.IntN(6) == 0 {
		step = []int64{10_000, 1000, 100, 10, 1}[b.finest]
	}
	return (1 + r.Int64N(max(most/step, 1))) * step
}

// order writes a basket with the numbers that a way of rounding makes of it, as a record of Orderspace.
func (b basket) order(id string, s sums) trade.Order {
	o := trade.Order{
		ID: id, Number: id[3:], Created: at.Add(-24 * time.Hour), Status: trade.StatusReleased, CustomerID: "cu_1", CompanyName: "Wholesale Ltd",
		Currency: b.currency, Net: some(s.net, b.digits), Gross: some(s.gross, b.digits), Lines: make([]trade.OrderLine, 0, len(b.lines)),
	}
	for i, line := range b.lines {
		out := trade.OrderLine{
			ID: fmt.Sprintf("ol_%d", i), SKU: fmt.Sprintf("SKU-%d", i), Name: "Goods", Shipping: line.shipping,
			Quantity: some(line.quantity, 1), UnitPrice: some(line.price, 4), SubTotal: some(s.lines[i].net, b.digits), TaxAmount: some(s.lines[i].tax, b.digits),
		}
		if !line.untaxed {
			out.TaxName, out.TaxRate = "VAT", some(line.rate, 1)
		}
		if line.shipping {
			out.SKU, out.Name = "", "Delivery"
		}
		o.Lines = append(o.Lines, out)
	}
	return o
}

// some writes a whole number of units with so many digits after the point.
func some(units int64, digits int) money.NullDecimal {
	return money.Some(money.Currency{Digits: digits}.Decimal(money.Amount(units)))
}
