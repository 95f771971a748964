package mapping

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

func printedSale() *trade.Sale {
	line := trade.SaleLine{
		SourceID: "ol_1", SKU: "TEA-100", Name: "Assam", Quantity: money.MustParse("10"), UnitPrice: money.MustParse("8.00"),
		Net: 8000, Tax: 1600, Gross: 9600, Taxed: true, TaxRate: money.MustParse("20"),
	}
	carriage := trade.SaleLine{SourceID: "ol_2", Name: "Carriage", Shipping: true, Quantity: money.MustParse("1"), UnitPrice: money.MustParse("20"), Net: 2000, Gross: 2000}
	return &trade.Sale{
		SourceID: "or_1", Number: "1001", Currency: money.Currency{Code: "GBP", Digits: 2}, OrderedAt: time.Date(2026, 3, 2, 9, 15, 0, 0, time.UTC),
		Party:          trade.Party{Name: "A Ltd", TaxNumber: "GB1", Email: "a@x.example", Phone: "1", Notes: "n"},
		BillingAddress: trade.Address{Line1: "1 Quay Street", Country: "GB"}, ShippingAddress: trade.Address{Line1: "2 Dock Road"},
		Lines: []trade.SaleLine{line, carriage}, Net: 10000, Tax: 1600, Gross: 11600, Shipping: 2000,
		PaymentStatus: trade.Unpaid, Metadata: map[string]string{"reference": "Spring", "order_number": "1001"},
	}
}

// TestPrintsPinned pins version 1: prints lie in ledgers, and another way of writing them would make every issued sale
// look changed.
func TestPrintsPinned(t *testing.T) {
	p := printsOf(printedSale())
	require.Equal(t, trade.Prints{
		Money:    "c71312fb95812cc497a361213426b9ff09cfec19a5d08632dd8fa834e3915f40",
		Identity: "40e1c0170ed3c2b93312de5115bc07694addede13f88eb8681b3eedaa96e007e",
		Quiet:    "44aa3ef5f4e3cd6f0b73b421e94f6173e3dbd005049b4b84c8949a7d59d18114",
		Payment:  "93b53a29c41f730bfd750e91118d8e082093d82b9c8b2f0ca1a924a8149f899e",
	}, p)
}

// TestPrintsAreSensitive changes one thing at a time: just the one print that it belongs to must change.
func TestPrintsAreSensitive(t *testing.T) {
	for _, test := range []struct {
		what   string
		change func(*trade.Sale)
		parts  []string
	}{
		{"currency", func(s *trade.Sale) { s.Currency.Code = "EUR" }, []string{partMoney}},
		{"net", func(s *trade.Sale) { s.Net++ }, []string{partMoney}},
		{"tax", func(s *trade.Sale) { s.Tax++ }, []string{partMoney}},
		{"gross", func(s *trade.Sale) { s.Gross++ }, []string{partMoney}},
		{"shipping total", func(s *trade.Sale) { s.Shipping++ }, []string{partQuiet}},
		{"payment method", func(s *trade.Sale) { s.PaymentMethod = "card" }, []string{partQuiet}},
		{"quantity", func(s *trade.Sale) { s.Lines[0].Quantity = money.MustParse("11") }, []string{partMoney}},
		{"price", func(s *trade.Sale) { s.Lines[0].UnitPrice = money.MustParse("8.001") }, []string{partMoney}},
		{"line net", func(s *trade.Sale) { s.Lines[0].Net++ }, []string{partMoney}},
		{"line tax", func(s *trade.Sale) { s.Lines[0].Tax++ }, []string{partMoney}},
		{"line gross", func(s *trade.Sale) { s.Lines[0].Gross++ }, []string{partMoney}},
		{"rate", func(s *trade.Sale) { s.Lines[0].TaxRate = money.MustParse("22") }, []string{partMoney}},
		{"untaxed is not 0%", func(s *trade.Sale) { s.Lines[1].Taxed = true }, []string{partMoney}},
		{"sku", func(s *trade.Sale) { s.Lines[0].SKU = "TEA-101" }, []string{partMoney}},
		{"line name", func(s *trade.Sale) { s.Lines[0].Name = "Darjeeling" }, []string{partMoney}},
		{"kind of line", func(s *trade.Sale) { s.Lines[1].Shipping = false }, []string{partQuiet}},
		{"the same line twice", func(s *trade.Sale) { s.Lines = append(s.Lines, s.Lines[0]) }, []string{partMoney, partQuiet}},
		{"name", func(s *trade.Sale) { s.Party.Name = "B Ltd" }, []string{partIdentity}},
		{"tax number", func(s *trade.Sale) { s.Party.TaxNumber = "" }, []string{partQuiet}},
		{"billing address", func(s *trade.Sale) { s.BillingAddress.City = "Leeds" }, []string{partIdentity}},
		{"moved between fields", func(s *trade.Sale) { s.BillingAddress.Line1, s.BillingAddress.Line2 = "", s.BillingAddress.Line1 }, []string{partIdentity}},
		{"shipping address", func(s *trade.Sale) { s.ShippingAddress.City = "Leeds" }, []string{partQuiet}},
		{"number", func(s *trade.Sale) { s.Number = "1002" }, []string{partQuiet}},
		{"order date", func(s *trade.Sale) { s.OrderedAt = s.OrderedAt.Add(time.Second) }, []string{partQuiet}},
		{"e-mail", func(s *trade.Sale) { s.Party.Email = "" }, []string{partQuiet}},
		{"phone", func(s *trade.Sale) { s.Party.Phone = "2" }, []string{partQuiet}},
		{"note", func(s *trade.Sale) { s.Party.Notes = "m" }, []string{partQuiet}},
		{"metadata", func(s *trade.Sale) { s.Metadata["delivery_date"] = "2026-03-20" }, []string{partQuiet}},
		{"line id", func(s *trade.Sale) { s.Lines[0].SourceID = "ol_9" }, []string{partQuiet}},
		{"payment", func(s *trade.Sale) { s.PaymentStatus = trade.Paid }, []string{partPayment}},
	} {
		changed := printedSale()
		test.change(changed)
		require.Equal(t, test.parts, differing(printsOf(printedSale()), printsOf(changed)), test.what)
	}
}

// TestPrintsAreStable writes the same thing in other ways: no print may change.
func TestPrintsAreStable(t *testing.T) {
	other := printedSale()
	other.Lines[0].Quantity, other.Lines[0].UnitPrice, other.Lines[0].TaxRate = money.MustParse("10.000"), money.MustParse("8"), money.MustParse("20.0")
	other.OrderedAt = other.OrderedAt.In(time.FixedZone("BST", 3600))
	require.Empty(t, differing(printsOf(printedSale()), printsOf(other)))

	rapid.Check(t, func(t *rapid.T) {
		policy := drawPolicy(t)
		facts := drawFacts(t, policy)
		if facts.Order == nil {
			return
		}
		again := *facts.Order
		again.Lines = nil
		for _, line := range facts.Order.Lines {
			line.Quantity, line.UnitPrice = padded(line.Quantity), padded(line.UnitPrice)
			line.SubTotal, line.TaxRate, line.TaxAmount = padded(line.SubTotal), padded(line.TaxRate), padded(line.TaxAmount)
			again.Lines = append(again.Lines, line)
		}
		again.Net, again.Gross = padded(again.Net), padded(again.Gross)
		rewritten := facts
		rewritten.Order = &again
		require.Equal(t, Decide(policy, facts).Prints, Decide(policy, rewritten).Prints)
		require.Equal(t, Decide(policy, facts).Action, Decide(policy, rewritten).Action)
	})
}

// TestLineOrderIsNotMoney: Orderspace does not promise an order of lines, and an issued sale must not be held for one.
func TestLineOrderIsNotMoney(t *testing.T) {
	sale := printedSale()
	for range 5 {
		rand.Shuffle(len(sale.Lines), func(i, j int) { sale.Lines[i], sale.Lines[j] = sale.Lines[j], sale.Lines[i] })
		require.Equal(t, printsOf(printedSale()).Money, printsOf(sale).Money)
	}
}

func padded(n money.NullDecimal) money.NullDecimal {
	if n.Valid && n.Decimal.Prec() < 10 && n.Decimal.Scale() < 10 {
		n.Decimal = n.Decimal.Pad(n.Decimal.Scale() + 2)
	}
	return n
}
