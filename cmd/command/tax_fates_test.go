package command

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/config"
	"spacebridge/mapping"
	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
	"spacebridge/worker"
)

func rateOf(id, name, percent string) trade.TaxRate {
	return trade.TaxRate{ID: id, Name: name, Rate: money.MustParse(percent)}
}

func byID(id, rate string) config.Tax {
	return config.Tax{Orderspace: config.TaxMatch{ID: id}, Rate: config.Percent(rate)}
}

func byName(name, rate string) config.Tax {
	return config.Tax{Orderspace: config.TaxMatch{Name: name}, Rate: config.Percent(rate)}
}

func byPercent(percent, rate string) config.Tax {
	return config.Tax{Orderspace: config.TaxMatch{Percent: config.Percent(percent)}, Rate: config.Percent(rate)}
}

// TestFateOf shows what check says of a tax under each kind of table.
func TestFateOf(t *testing.T) {
	standard, bare := rateOf("tr_1", "Standard", "20"), rateOf("", "", "20")
	cases := []struct {
		name   string
		strict bool
		rows   []config.Tax
		rate   trade.TaxRate
		want   string
	}{
		{"no table", false, nil, standard, "20%, carried over"},
		{"no table, strict", true, nil, standard, "held: strict_taxes"},
		{"the id before the rest", false, []config.Tax{byPercent("20.0", "1"), byName("Other", "2"), byID("tr_1", "22.0")}, standard, "22%, by its id"},
		{"the name before the percent", false, []config.Tax{byPercent("20.0", "1"), byName(" standard ", "22.5")}, standard, "22.5%, by its name"},
		{"the percent, however it is written", true, []config.Tax{byPercent("20.00", "22")}, standard, "22%, by its percent"},
		{"id and name at odds", false, []config.Tax{byName("Standard", "20"), byID("tr_1", "22")}, standard, "held: 22% by id, 20% by name"},
		{"id and name agree", false, []config.Tax{byName("Standard", "22.0"), byID("tr_1", "22")}, standard, "22%, by its id"},
		{"another percent", false, []config.Tax{byPercent("5", "1")}, standard, "20%, carried over"},
		{"no name, no table", false, nil, bare, "20%, carried over"},
		{"no name, a row by percent", false, []config.Tax{byPercent("20", "22"), byID("tr_1", "1")}, bare, "22%, by its percent"},
		{"no name, only rows by name", false, []config.Tax{byName("Standard", "22")}, bare, "held: tax_ambiguous"},
		{"a rate of nothing", false, nil, rateOf("tr_0", "Exempt", "0"), "0%, carried over"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			connection := config.DefaultConnection()
			connection.Policy.StrictTaxes, connection.Policy.Taxes = c.strict, c.rows
			rules, err := worker.PolicyOf(connection)
			require.NoError(t, err)
			fate := fateOf(connection.Policy, rules, c.rate)
			require.Equal(t, c.want, fate.text())
			require.Equal(t, fate.held, fate.json(true).Becomes == nil)
		})
	}
}

// TestFateIsWhatSalesGet compares what check says of a tax with what becomes of a sale with that tax, over all tables of up to
// three rows: by id, by name and by percent.
func TestFateIsWhatSalesGet(t *testing.T) {
	rates := []string{"", "20", "22.0"}
	var held, mapped int
	for i := range 3 * 3 * 3 * 2 * 2 * 2 * 2 {
		pick := func(choices ...string) string {
			at := i % len(choices)
			i /= len(choices)
			return choices[at]
		}
		var rows []config.Tax
		for _, row := range []config.Tax{byID("tr_1", pick(rates...)), byName("standard", pick(rates...)), byPercent("20.0", pick(rates...))} {
			if row.Rate != "" {
				rows = append(rows, row)
			}
		}
		rate := rateOf(pick("tr_1", ""), pick("Standard", ""), pick("20", "0"))
		connection := config.DefaultConnection()
		connection.Policy.IssueOn, connection.Policy.Taxes, connection.Policy.StrictTaxes = "created", rows, pick("yes", "no") == "yes"
		rules, err := worker.PolicyOf(connection)
		require.NoError(t, err)
		tax, gross := money.MustParse("2"), money.MustParse("12")
		if rate.Rate.IsZero() {
			tax, gross = money.Zero, money.MustParse("10")
			if rate.ID+rate.Name == "" {
				continue // no tax at all, which check does not list
			}
		}
		fate := fateOf(connection.Policy, rules, rate)
		decision := mapping.Decide(rules, mapping.Facts{
			SaleID: "or_1", Record: mapping.Known{ReadAt: noon}, CustomerReadAt: noon, Customer: &trade.Customer{ID: "cu_1", CompanyName: "Shop"},
			Order: &trade.Order{
				ID: "or_1", Number: "1", Created: noon, Status: trade.StatusNew, CustomerID: "cu_1", CompanyName: "Shop", Currency: "GBP",
				Net: money.Some(money.MustParse("10")), Gross: money.Some(gross),
				Lines: []trade.OrderLine{{
					ID: "ol_1", SKU: "A", Name: "A", Quantity: money.Some(money.MustParse("1")), UnitPrice: money.Some(money.MustParse("10")),
					SubTotal: money.Some(money.MustParse("10")), TaxRateID: rate.ID, TaxName: rate.Name, TaxRate: money.Some(rate.Rate), TaxAmount: money.Some(tax),
				}},
			},
		})
		what := fmt.Sprintf("%+v %+v: %s, %+v", rows, rate, fate.text(), decision)
		code := ""
		if decision.Hold != nil {
			code = decision.Hold.Code
		}
		if fate.held {
			held++
			require.Equal(t, fate.by, code, what)
			continue
		}
		mapped++
		require.NotNil(t, decision.Sale, what)
		require.True(t, fate.books.Equal(decision.Sale.Lines[0].TaxRate), what)
		require.Contains(t, []string{"", mapping.HoldPennyLock}, code, what) // another rate is another sum, which the lock holds
	}
	require.Greater(t, held, 50)
	require.Greater(t, mapped, 50)
}
