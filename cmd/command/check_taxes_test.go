package command

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/config"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/trade"
)

// siteRates are those of a site that knows two taxes of nothing and two of twenty percent.
var siteRates = []trade.TaxRate{
	rateOf("tr_std", "Standard", "20"), rateOf("tr_old", "Old standard", "20"), rateOf("tr_red", "Reduced", "5"),
	rateOf("tr_zero", "Zero rated", "0"), rateOf("tr_ex", "Exempt", "0"),
}

// taxed is a line of an order in Orderspace's JSON.
func taxed(id, rateID, name, percent string) string {
	return fmt.Sprintf(`{"id":%q,"sku":"A","name":"A","quantity":1,"unit_price":10,"sub_total":10,"tax_rate_id":%q,"tax_name":%q,"tax_rate":%s,"tax_amount":1}`,
		id, rateID, name, percent)
}

// record files a record with a body, as the sale it is or not.
func (k *clerk) record(connection string, kind trade.Kind, id, number string, created time.Time, sale bool, body string) {
	k.t.Helper()
	saved := sqlite.Saved{Record: trade.Record{Kind: kind, ID: id, Number: number, Status: "new", Created: created, Body: json.RawMessage(body)}}
	if sale {
		saved.Sales = []string{id}
	}
	_, err := k.ledger.SaveRecords(k.t.Context(), connection, sqlite.Reading{Source: trade.SourceList, At: k.at}, []sqlite.Saved{saved})
	require.NoError(k.t, err)
}

func (k *clerk) sold(connection, id string, created time.Time, lines ...string) {
	k.t.Helper()
	k.record(connection, trade.KindOrder, id, id, created, true, `{"id":"`+id+`","order_lines":[`+strings.Join(lines, ",")+`]}`)
}

// taxFindings runs the part of check that is about taxes.
func (b *bench) taxFindings(t *testing.T, policy func(*config.Policy)) (found findings, text string) {
	t.Helper()
	settings, err := config.Load(b.path("spacebridge.yaml"), config.Options{})
	require.NoError(t, err)
	connection := settings.Connections[0]
	policy(&connection.Policy)
	b.app.checkTaxes(t.Context(), &found, settings, connection, siteRates)
	found = found.of(connection.Name)
	var out strings.Builder
	require.NoError(t, writeFindings(&out, found, false))
	return found, out.String()
}

// TestCheckTaxes keeps the whole of what check says about taxes, with sales of every kind in the ledger.
func TestCheckTaxes(t *testing.T) {
	b := newBench(t, "acme")
	k := b.clerk(t)
	recent := noon.AddDate(0, 0, -89)
	k.sold("acme", "or_1", recent, taxed("ol_1", "tr_std", "Standard", "20"), taxed("ol_2", "tr_std", "Standard", "20"), taxed("ol_3", "tr_zero", "Zero rated", "0"))
	k.sold("acme", "or_2", recent, taxed("ol_4", "", "standard", "20"), taxed("ol_5", "", "", "20"), taxed("ol_6", "tr_gone", "Luxury", "25"))
	k.sold("acme", "or_3", noon.AddDate(0, 0, -91), taxed("ol_7", "tr_red", "Reduced", "5"))
	k.sold("acme", "or_4", recent, `{"id":"ol_8","sku":"B","tax_rate_id":null,"tax_name":"","tax_rate":0,"tax_amount":0}`)
	k.sold("acme", "or_5", recent, taxed("ol_9", "tr_red", "Reduced", "5"))
	k.decide(sqlite.Decided{Connection: "acme", SaleID: "or_5", State: trade.StateIgnored, Rule: "skipped", Reason: "skipped by an operator", Settled: true})
	k.record("acme", trade.KindOrder, "or_6", "6", recent, true, `{"id":"or_6","order_lines":7}`)
	k.sold("other", "or_7", recent, taxed("ol_10", "tr_ex", "Exempt", "0"))

	found, text := b.taxFindings(t, func(p *config.Policy) {
		p.Taxes = []config.Tax{
			byID("tr_std", "22.0"), byName("Standard", "20.0"), byID("tr_old", "9.5"), byPercent("0", "0"), byName("Standrad", "22"), byID("tr_red", "9.5"), byPercent("5", "10"),
		}
	})
	golden(t, "check_taxes.txt", text)
	require.Equal(t, ExitFindings, found.exitCode())
	require.Len(t, found[0].Taxes, 7)
	body, err := json.MarshalIndent(found[0], "", "  ")
	require.NoError(t, err)
	golden(t, "check_taxes.json", string(body)+"\n")
	for _, one := range found[1:] {
		require.Empty(t, one.Taxes)
	}
}

// TestCheckTaxesOfInvoices names the taxes of invoice lines by the lines of the orders that they bill.
func TestCheckTaxesOfInvoices(t *testing.T) {
	b := newBench(t, "acme")
	k := b.clerk(t)
	require.NoError(t, k.ledger.SetIssueFrom(t.Context(), "acme", trade.KindInvoice))
	k.record("acme", trade.KindOrder, "or_1", "1", k.at, false, `{"id":"or_1","order_lines":[`+taxed("ol_1", "tr_std", "Standard", "20")+`,`+taxed("ol_2", "tr_ex", "Exempt", "0")+`]}`)
	line := func(orderLine, percent string) string {
		return fmt.Sprintf(`{"order_line_id":%q,"sku":"A","name":"A","quantity":1,"unit_price":10,"tax_rate":%s,"tax_amount":1}`, orderLine, percent)
	}
	invoice := func(id string, lines ...string) {
		k.record("acme", trade.KindInvoice, id, id, time.Time{}, true, `{"id":"`+id+`","orders":[{"id":"or_1"},{"id":"or_unread"}],"invoice_lines":[`+strings.Join(lines, ",")+`]}`)
	}
	invoice("iv_1", line("ol_1", "20"), line("ol_2", "0"))
	invoice("iv_2", line("ol_1", "20"))
	invoice("iv_3", line("", "20"))      // an old site: the only line that says the same
	invoice("iv_4", line("ol_9", "5"))   // nothing to join to
	invoice("iv_5", line("ol_1", "17"))  // the order was edited since
	invoice("iv_6", `{"order_line_id":`) // never read as a whole
	found, _ := b.taxFindings(t, func(*config.Policy) {})
	sales := map[string]int{}
	for _, tax := range found[0].Taxes {
		sales[tax.ID+tax.Name+" "+tax.Percent] = *tax.Sales
	}
	require.Equal(t, map[string]int{
		"tr_stdStandard 20": 3, "tr_oldOld standard 20": 0, "tr_redReduced 5": 0, "tr_zeroZero rated 0": 0, "tr_exExempt 0": 1, " 5": 1, " 17": 1,
	}, sales)
}

// TestCheckTaxesWithoutLedger tells no sales from no ledger.
func TestCheckTaxesWithoutLedger(t *testing.T) {
	b := newBench(t, "acme")
	found, text := b.taxFindings(t, func(*config.Policy) {})
	require.Contains(t, text, "no ledger yet")
	require.Nil(t, found[0].Taxes[0].Sales)
	b.clerk(t)
	found, text = b.taxFindings(t, func(*config.Policy) {})
	require.NotContains(t, text, "no ledger yet")
	require.Zero(t, *found[0].Taxes[0].Sales)
}

// TestCheckTaxesWarnings expects each warning where it is due, and none where it is not.
func TestCheckTaxesWarnings(t *testing.T) {
	b := newBench(t, "acme")
	for _, c := range []struct {
		name string
		rows []config.Tax
		want []string
	}{
		{"no table", nil, nil},
		{"each by its id", []config.Tax{byID("tr_std", "22"), byID("tr_old", "22"), byID("tr_red", "9.5"), byID("tr_zero", "0"), byID("tr_ex", "0")}, nil},
		{"the same percent, other rates", []config.Tax{byID("tr_std", "22"), byID("tr_old", "20")}, []string{
			"Standard (tr_std), Old standard (tr_old) are all 20% and become 22% and 20%: they are told apart only where a line names its tax; of a line that gives its percent alone, the tax is held: tax_ambiguous",
		}},
		{"a percent for the one, an id for the other", []config.Tax{byID("tr_std", "22"), byPercent("20", "20")}, []string{
			"they are told apart only where a line names its tax; of a line that gives its percent alone, the tax is 20%, by its percent",
			"the row for 20% covers Old standard (tr_old) by percent alone, and the site has 2 tax rates of that percent",
		}},
		{"a percent of one tax", []config.Tax{byPercent("5", "9.5")}, nil},
		{"a row for lines that name less", []config.Tax{byID("tr_red", "9.5"), byName("Reduced", "9.5"), byPercent("5", "9.50")}, nil},
		{"a row that says something else", []config.Tax{byID("tr_red", "9.5"), byPercent("5", "10.0")}, []string{`the row "5" says 10.0%, and other rows say something else of each tax rate that it matches`}},
		{"a row for nothing", []config.Tax{byID("tr_none", "1")}, []string{`no tax rate of the site is "tr_none"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			found, _ := b.taxFindings(t, func(p *config.Policy) { p.Taxes = c.rows })
			var warnings []string
			for _, one := range found {
				if one.Status == warn {
					warnings = append(warnings, one.Message)
				}
			}
			require.Len(t, warnings, len(c.want), warnings)
			for i, want := range c.want {
				require.Contains(t, warnings[i], want)
			}
		})
	}
}
