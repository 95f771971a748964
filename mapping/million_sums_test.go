package mapping_test

import (
	"math/bits"
	"slices"
)

// Arithmetic of whole numbers in 128 bits, which shares nothing with the package money: how Orderspace may have reckoned an
// order, and how Space Invoices says that it does.

// half says where what is left of a division goes.
type half int

const (
	away  half = iota // halves away from zero
	even              // halves to the even neighbour
	plus              // halves upward, below zero too
	floor             // everything toward zero: cut off
)

// ratio is a*b/c, rounded once; c is above zero.
func ratio(a, b, c int64, h half) int64 {
	negative := (a < 0) != (b < 0)
	high, low := bits.Mul64(magnitude(a), magnitude(b))
	if high >= uint64(c) {
		panic("too large for this test")
	}
	quotient, rest := bits.Div64(high, low, uint64(c))
	twice := rest * 2
	switch {
	case twice > uint64(c) && h != floor, twice == uint64(c) && (h == away || h == even && quotient%2 == 1 || h == plus && !negative):
		quotient++
	}
	if negative {
		return -int64(quotient)
	}
	return int64(quotient)
}

func magnitude(a int64) uint64 {
	if a < 0 {
		return uint64(-a)
	}
	return uint64(a)
}

// lineSums are a line's numbers in minor units.
type lineSums struct{ net, tax int64 }

// sums are an order's numbers in minor units.
type sums struct {
	lines      []lineSums
	net, gross int64
}

func (s *sums) add(line lineSums) {
	s.lines = append(s.lines, line)
	s.net += line.net
	s.gross += line.net + line.tax
}

// finer is what a quantity in tenths times a price in ten-thousandths must be divided by to give minor units.
func finer(digits int) int64 { return []int64{100_000, 10_000, 1000, 100}[digits] }

// house is a way in which Orderspace might reckon; its own is not documented.
type house struct {
	name   string
	reckon func(b basket) sums
}

var houses = []house{
	{"half up, tax of each line", func(b basket) sums { return byLine(b, away) }},
	{"half to even, tax of each line", func(b basket) sums { return byLine(b, even) }},
	{"cut off, tax of each line", func(b basket) sums { return byLine(b, floor) }},
	{"tax once for each rate, spread", taxByRate},
	{"tax on the unrounded net", taxUnrounded},
	{"totals of unrounded lines", totalsUnrounded},
}

func byLine(b basket, h half) (out sums) {
	for _, line := range b.lines {
		net := ratio(line.quantity, line.price, finer(b.digits), h)
		out.add(lineSums{net, ratio(net, line.rate, 1000, h)})
	}
	return out
}

// taxByRate rounds the tax of a rate once, and gives the odd pennies to the lines that lost most.
func taxByRate(b basket) sums {
	out := byLine(b, floor)
	out.net, out.gross = 0, 0
	for i, line := range b.lines {
		out.lines[i].net = ratio(line.quantity, line.price, finer(b.digits), away)
		out.lines[i].tax = ratio(out.lines[i].net, line.rate, 1000, floor)
	}
	for _, rate := range distinctRates(b) {
		base, spread, at := int64(0), int64(0), []int(nil)
		for i, line := range b.lines {
			if line.rate == rate {
				base, spread, at = base+out.lines[i].net, spread+out.lines[i].tax, append(at, i)
			}
		}
		left := ratio(base, rate, 1000, away) - spread
		lost := func(i int) int64 { return magnified(out.lines[i].net, rate) }
		slices.SortStableFunc(at, func(i, j int) int {
			if left < 0 {
				i, j = j, i
			}
			return int(lost(j) - lost(i))
		})
		for _, i := range at {
			switch {
			case left > 0:
				out.lines[i].tax++
				left--
			case left < 0:
				out.lines[i].tax--
				left++
			}
		}
	}
	for _, line := range out.lines {
		out.net += line.net
		out.gross += line.net + line.tax
	}
	return out
}

// magnified is what cutting off lost of net*rate, in thousandths.
func magnified(net, rate int64) int64 { return (net % 1000) * rate % 1000 }

func distinctRates(b basket) (rates []int64) {
	for _, line := range b.lines {
		if !slices.Contains(rates, line.rate) {
			rates = append(rates, line.rate)
		}
	}
	return rates
}

// taxUnrounded takes the tax from the net before that was rounded.
func taxUnrounded(b basket) (out sums) {
	for _, line := range b.lines {
		exact := line.quantity * line.price
		out.add(lineSums{ratio(exact, 1, finer(b.digits), away), ratio(exact, line.rate, 1000*finer(b.digits), away)})
	}
	return out
}

// totalsUnrounded rounds each total once, so that rounded lines need not add up to them.
func totalsUnrounded(b basket) sums {
	out, net, tax := byLine(b, away), int64(0), int64(0)
	for _, line := range b.lines {
		exact := line.quantity * line.price
		net += exact
		tax += ratio(exact, line.rate, 1000, away) // a hundred-thousandth is fine enough
	}
	out.net = ratio(net, 1, finer(b.digits), away)
	out.gross = out.net + ratio(tax, 1, finer(b.digits), away)
	return out
}

// issued is what Space Invoices puts on an invoice, in hundredths: each line's net, and the tax on that, half up, at two digits
// in any currency (guides/calculation-modes). What "half up" means below zero is not said, so there are two answers.
func issued(b basket, h half) (out sums) {
	for _, line := range b.lines {
		net := ratio(line.quantity, line.price, finer(2), h)
		out.add(lineSums{net, ratio(net, line.rate, 1000, h)})
	}
	return out
}

// inHundredths writes minor units as hundredths; whole says whether that can be done without rounding.
func (s sums) inHundredths(digits int) (out sums, whole bool) {
	whole = true
	convert := func(units int64) int64 {
		switch digits {
		case 0:
			return units * 100
		case 3:
			whole = whole && units%10 == 0
			return units / 10
		default:
			return units
		}
	}
	for _, line := range s.lines {
		out.lines = append(out.lines, lineSums{convert(line.net), convert(line.tax)})
	}
	out.net, out.gross = convert(s.net), convert(s.gross)
	return out, whole
}

// addsUp reports whether the lines make up the totals.
func (s sums) addsUp() bool {
	net, gross := int64(0), int64(0)
	for _, line := range s.lines {
		net += line.net
		gross += line.net + line.tax
	}
	return net == s.net && gross == s.gross
}

// same reports whether every number of two reckonings is the same.
func (s sums) same(o sums) bool {
	return s.net == o.net && s.gross == o.gross && slices.Equal(s.lines, o.lines)
}
