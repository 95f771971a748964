package eu

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

func currency(t *testing.T, code string) money.Currency {
	t.Helper()
	c, err := money.ParseCurrency(code)
	require.NoError(t, err)
	return c
}

// saleGBP has a taxed line, an untaxed line of one penny and taxed shipping.
func saleGBP(t *testing.T) trade.Sale {
	t.Helper()
	return trade.Sale{
		SourceID: "or_1", Number: "1042", Currency: currency(t, "GBP"),
		OrderedAt: time.Date(2026, 3, 29, 0, 30, 0, 0, time.FixedZone("BST", 3600)),
		Party: trade.Party{
			Name: "Corner Shop Ltd", TaxNumber: "GB123456789", Email: "a@example.com, b@example.com", Phone: "020 7946 0000", Notes: "Ring <twice>",
		},
		BillingAddress:  trade.Address{Line1: "1 High St", Line2: "Unit 2", City: "Leeds", State: "Yorks", PostalCode: "LS1 1AA", Country: "gb"},
		ShippingAddress: trade.Address{ContactName: "Bob", City: "York", Country: "GB"},
		Lines: []trade.SaleLine{
			{
				SourceID: "ol_1", SKU: "W-1", Name: "Widget", Quantity: money.MustParse("2.0"), UnitPrice: money.MustParse("50.00"),
				Net: 10000, Tax: 2000, Gross: 12000, Taxed: true, TaxRate: money.MustParse("20.0"),
			},
			{Name: "Leaflet", Quantity: money.MustParse("1"), UnitPrice: money.MustParse("0.0125"), Net: 1, Gross: 1},
			{
				Name: "Delivery", Shipping: true, Quantity: money.MustParse("1"), UnitPrice: money.MustParse("5.5"),
				Net: 550, Tax: 0, Gross: 550, Taxed: true, TaxRate: money.MustParse("0"),
			},
		},
		Net: 10551, Tax: 2000, Gross: 12551, Shipping: 550, PaymentStatus: trade.PartiallyPaid,
		Metadata: map[string]string{"spacebridge": "acme", "po": "77"},
	}
}

// compact takes the layout out of a JSON text that is written readably.
func compact(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return strings.Join(lines, "")
}

func TestCreateBody(t *testing.T) {
	yen := trade.Sale{
		SourceID: "or_2", Currency: currency(t, "JPY"),
		Lines: []trade.SaleLine{{
			Name: "Tea", Quantity: money.MustParse("3"), UnitPrice: money.MustParse("400"), Net: 1200, Tax: 120, Gross: 1320,
			Taxed: true, TaxRate: money.MustParse("10"),
		}},
		Net: 1200, Tax: 120, Gross: 1320,
	}
	cases := map[string]struct {
		sale trade.Sale
		want string
	}{
		"two digits, untaxed penny, shipping": {saleGBP(t), `{
			"order_integration_id":"oint_1","source":"manual","source_id":"or_1","source_order_number":"1042","currency_code":"GBP",
			"total":105.51,"total_with_tax":125.51,"total_shipping":5.50,
			"items":[
				{"name":"Widget","quantity":2,"price":50,"total":100.00,"total_with_tax":120.00,"tax_rate":20,"taxes":[{"rate":20}],"sku":"W-1","source_id":"ol_1","kind":"line_item"},
				{"name":"Leaflet","quantity":1,"price":0.0125,"total":0.01,"total_with_tax":0.01,"taxes":[],"kind":"line_item"},
				{"name":"Delivery","quantity":1,"price":5.5,"total":5.50,"total_with_tax":5.50,"tax_rate":0,"taxes":[{"rate":0}],"kind":"shipping"}
			],
			"customer_name":"Corner Shop Ltd","customer_email":"a@example.com",
			"customer":{"company_name":"Corner Shop Ltd","tax_number":"GB123456789","phone":"020 7946 0000","is_business":true,"notes":"Ring \u003ctwice\u003e"},
			"billing_address":{"address":"1 High St","address_2":"Unit 2","city":"Leeds","state":"Yorks","post_code":"LS1 1AA","country_code":"GB"},
			"shipping_address":{"city":"York","country_code":"GB"},
			"payment_status":"partially_paid","ordered_at":"2026-03-28T23:30:00.000Z","metadata":{"po":"77","spacebridge":"acme"}
		}`},
		"no digits, nothing but the lines": {yen, `{
			"order_integration_id":"oint_1","source":"manual","source_id":"or_2","currency_code":"JPY",
			"total":1200,"total_with_tax":1320,"total_shipping":0,
			"items":[{"name":"Tea","quantity":3,"price":400,"total":1200,"total_with_tax":1320,"tax_rate":10,"taxes":[{"rate":10}],"kind":"line_item"}]
		}`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			body, err := json.Marshal(orderOf(c.sale, "oint_1"))
			require.NoError(t, err)
			require.Equal(t, compact(c.want), string(body))
		})
	}
}

func TestUpdateBodyClearsWhatTheSaleNoLongerHas(t *testing.T) {
	sale := saleGBP(t)
	sale.ShippingAddress, sale.Party.Email, sale.Metadata, sale.Number = trade.Address{}, "", nil, ""
	body, err := json.Marshal(content(sale, true))
	require.NoError(t, err)
	for _, part := range []string{`"shipping_address":null`, `"customer_email":null`, `"metadata":null`, `"source_order_number":null`} {
		require.Contains(t, string(body), part)
	}
	for _, fixed := range []string{"order_integration_id", `"source"`, "gross_price"} {
		require.NotContains(t, string(body), fixed)
	}
}

func TestAnnotateBodyMovesNeitherMoneyNorIdentity(t *testing.T) {
	body, err := json.Marshal(quietContent(saleGBP(t), true))
	require.NoError(t, err)
	want := `{"customer_email":"a@example.com","shipping_address":{"city":"York","country_code":"GB"},` +
		`"payment_status":"partially_paid","metadata":{"po":"77","spacebridge":"acme"}}`
	require.Equal(t, want, string(body))
}

var plainNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// TestAmountsRoundTrip: whatever amount, price or rate is sent is written plainly and is read back as the same.
func TestAmountsRoundTrip(t *testing.T) {
	codes := []string{"EUR", "GBP", "JPY", "KWD", "CLF"}
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.SampledFrom(codes).Draw(t, "currency")
		c, err := money.ParseCurrency(code)
		require.NoError(t, err)
		minor := money.Amount(rapid.Int64Range(-1<<53, 1<<53).Draw(t, "minor units"))
		price := money.MustParse(rapid.StringMatching(`-?[0-9]{1,9}(\.[0-9]{1,9})?`).Draw(t, "price"))

		body, err := json.Marshal(OrderItem{Total: amount(c, minor), Price: plain(price)})
		require.NoError(t, err)
		var raw map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(body, &raw))
		require.Regexp(t, plainNumber, string(raw["total"]))
		require.Regexp(t, plainNumber, string(raw["price"]))

		var back OrderItem
		require.NoError(t, json.Unmarshal(body, &back))
		got, err := c.Amount(back.Total.Decimal().Decimal)
		require.NoError(t, err)
		require.Equal(t, minor, got)
		require.Zero(t, price.Cmp(back.Price.Decimal().Decimal))
	})
}
