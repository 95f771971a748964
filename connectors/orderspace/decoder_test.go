package orderspace

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

func TestDecodeOrder(t *testing.T) {
	order, err := Decoder{}.Order(fixture(t, "order_created.json"))
	require.NoError(t, err)
	require.Equal(t, "or_v8zqdw8r", order.ID)
	require.Equal(t, "1204", order.Number)
	require.Equal(t, time.Date(2022, 9, 13, 8, 3, 33, 0, time.UTC), order.Created)
	require.Equal(t, trade.StatusNew, order.Status)
	require.Equal(t, "NY", order.BillingAddress.State)
	require.Equal(t, "BA1 2FJ", order.ShippingAddress.PostalCode)
	require.Len(t, order.Lines, 3)
	require.Equal(t, trade.OrderLine{
		ID: "ol_9mq3971w", Name: "International Courier Delivery", Shipping: true, Quantity: some("1"), UnitPrice: some("4.9"), SubTotal: some("4.9"),
		TaxRateID: "tr_qk85g0k7", TaxName: "Standard", TaxRate: some("20.0"), TaxAmount: some("0.98"),
		Invoiced: money.MustParse("0"), Paid: money.MustParse("0"), Dispatched: money.MustParse("0"),
	}, order.Lines[2])
	require.Equal(t, "274.95", order.Net.Decimal.String())
	require.Equal(t, "322.28", order.Gross.Decimal.String())
}

// As real sites send it since 2025: integers, null where the reference shows "", fields left out and fields added.
func TestDecodeOrderOf2025(t *testing.T) {
	order, err := Decoder{}.Order(fixture(t, "order_2025.json"))
	require.NoError(t, err)
	require.Equal(t, []string{"one@example.com", "two@example.com"}, order.Emails.Orders)
	require.Empty(t, order.Emails.Dispatches)
	require.Empty(t, order.Emails.Invoices)
	require.True(t, order.BillingAddress.IsZero())
	require.Empty(t, order.Lines[0].TaxRateID)
	require.Equal(t, some("15"), order.Lines[0].UnitPrice)
	require.Equal(t, some("0"), order.Lines[0].TaxRate)
	require.Empty(t, order.StandingOrderID)

	customer, err := Decoder{}.Customer(fixture(t, "customer_2025.json"))
	require.NoError(t, err)
	require.Equal(t, []string{"one@example.com", "two@example.com"}, customer.Emails.Orders)
	require.Empty(t, customer.BuyerEmails)
}

func TestDecodeInvoiceDispatchCustomer(t *testing.T) {
	invoice, err := Decoder{}.Invoice(fixture(t, "invoice.json"))
	require.NoError(t, err)
	require.Equal(t, "INV-1288", invoice.Number)
	require.Equal(t, []string{"or_e875r5l5"}, invoice.Orders)
	require.True(t, invoice.Paid)
	require.Equal(t, "26.7", invoice.Gross.Decimal.String())
	require.Equal(t, []trade.Payment{{
		Amount: some("26.7"), Date: "2021-04-24", Source: "card", Description: "Visa ending 3220", Reference: "pi_1IjW8KJzxI5C4d4qXkHyOFKZ",
	}}, invoice.Payments)

	require.Equal(t, "15 Days", invoice.Terms)

	dispatch, err := Decoder{}.Dispatch(fixture(t, "dispatch.json"))
	require.NoError(t, err)
	require.NotEmpty(t, dispatch.Comments)
	require.Equal(t, "or_wlvzog4g", dispatch.OrderID)
	require.Equal(t, trade.DispatchLine{OrderLineID: "ol_pmvznz21", SKU: "ZAG-D-20", Quantity: some("3")}, dispatch.Lines[2])

	customer, err := Decoder{}.Customer(fixture(t, "customer.json"))
	require.NoError(t, err)
	require.Equal(t, []string{"sample@orderspace.com"}, customer.BuyerEmails)
	require.Equal(t, "GB", customer.Addresses[0].Country)
}

// Absent, null and "" say the same, everywhere.
func TestAbsentNullAndEmptyAreAlike(t *testing.T) {
	keys := []string{
		"number", "created", "customer_id", "email_addresses", "shipping_address", "order_lines", "net_total", "gross_total", "phone", "currency",
	}
	want, err := Decoder{}.Order([]byte(`{"id":"or_1"}`))
	require.NoError(t, err)
	require.Equal(t, trade.Order{ID: "or_1"}, want)
	for _, nothing := range []string{`null`, `""`} {
		for _, key := range keys {
			got, err := Decoder{}.Order([]byte(`{"id":"or_1","` + key + `":` + nothing + `}`))
			require.NoError(t, err, key)
			require.Equal(t, want, got, key)
		}
		line, err := Decoder{}.Order([]byte(`{"order_lines":[{"quantity":` + nothing + `,"unit_price":` + nothing + `,"shipping":` + nothing + `,"invoiced":` + nothing + `}]}`))
		require.NoError(t, err)
		require.Equal(t, []trade.OrderLine{{}}, line.Lines)
	}
}

func TestAmountsAreExact(t *testing.T) {
	for text, want := range map[string]string{
		"15": "15", "20.0": "20.0", "26.7": "26.7", "0.1": "0.1", "-4.95": "-4.95", "1e2": "100", "0.07": "0.07",
		"9007199254740993": "9007199254740993", // 2^53 + 1
		"1234567890.12345": "1234567890.12345",
	} {
		order, err := Decoder{}.Order([]byte(`{"net_total":` + text + `}`))
		require.NoError(t, err)
		require.Equal(t, want, order.Net.Decimal.String())
	}
}

func TestUnknownStatusIsKept(t *testing.T) {
	order, err := Decoder{}.Order([]byte(`{"status":"awaiting_moonrise"}`))
	require.NoError(t, err)
	require.Equal(t, "awaiting_moonrise", order.Status)
}

func TestFaultsNameTheirPlace(t *testing.T) {
	lines := `{"order_lines":[{},{},{},{"unit_price":%}]}`
	for _, c := range []struct{ body, field, value string }{
		{strings.Replace(lines, "%", `"12,50"`, 1), "order_lines[3].unit_price", "text 12,50"},
		{strings.Replace(lines, "%", `"Jane Doe"`, 1), "order_lines[3].unit_price", "text"},
		{strings.Replace(lines, "%", `{"amount":1}`, 1), "order_lines[3].unit_price", "an object"},
		{strings.Replace(lines, "%", `true`, 1), "order_lines[3].unit_price", "true or false"},
		{strings.Replace(lines, "%", `123456789012345678901`, 1), "order_lines[3].unit_price", "a number 123456789012345678901"},
		{strings.Replace(lines, "%", `1e999999`, 1), "order_lines[3].unit_price", "a number 1e999999"},
		{`{"order_lines":{}}`, "order_lines", "an object"},
		{`{"order_lines":[null]}`, "order_lines[0]", "null"},
		{`{"order_lines":[{},"x"]}`, "order_lines[1]", "text"},
		{`{"order_lines":[{"shipping":"yes"}]}`, "order_lines[0].shipping", "text"},
		{`{"order_lines":[{"grouping_category":{"id":[]}}]}`, "order_lines[0].grouping_category.id", "a list"},
		{`{"company_name":{"x":1}}`, "company_name", "an object"},
		{`{"customer_id":true}`, "customer_id", "true or false"},
		{`{"email_addresses":"a@example.com"}`, "email_addresses", "text"},
		{`{"email_addresses":{"orders":["a@example.com"]}}`, "email_addresses.orders", "a list"},
		{`{"created":"yesterday"}`, "created", "text"},
		{`{"created":"31/01/2026"}`, "created", "text 31/01/2026"},
		{`{"net_total":"1","gross_total":"2"}`, "gross_total", "text 2"},
		{`[]`, "order", "a list"},
		{``, "order", "broken JSON"},
		{`{"id":`, "order", "broken JSON"},
		{`null`, "order", "null"},
	} {
		_, err := Decoder{}.Order([]byte(c.body))
		var fault *trade.Fault
		require.ErrorAs(t, err, &fault, c.body)
		if c.field == "gross_total" { // the first fault in the order of reading counts
			require.Contains(t, []string{"net_total", "gross_total"}, fault.Field)
			continue
		}
		require.Equal(t, c.field, fault.Field, c.body)
		require.Equal(t, c.value, fault.Value, c.body)
		require.NotEmpty(t, fault.Remedy)
	}
	_, err := Decoder{}.Invoice([]byte(`{"payments":[{},{"amount":"26.7"}]}`))
	require.ErrorContains(t, err, "payments[1].amount: text 26.7")
	_, err = Decoder{}.Dispatch([]byte(`{"dispatch_lines":[{"quantity":[]}]}`))
	require.ErrorContains(t, err, "dispatch_lines[0].quantity: a list")
	_, err = Decoder{}.Customer([]byte(`{"addresses":[{"line1":{}}]}`))
	require.ErrorContains(t, err, "addresses[0].line1: an object")
}

func TestPeek(t *testing.T) {
	for _, c := range []struct {
		kind trade.Kind
		body string
		want trade.Record
	}{
		{trade.KindOrder, `{"id":"or_1","number":7,"status":"new","created":"2026-01-02T03:04:05Z","customer_id":"cu_1","net_total":"broken"}`, trade.Record{
			ID: "or_1", Number: "7", Status: "new", Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Refs: []trade.Ref{{Kind: trade.KindCustomer, ID: "cu_1"}},
		}},
		{trade.KindInvoice, `{"id":"iv_1","number":"INV7","paid":true,"orders":[{"id":"or_1","number":1},{"id":"or_2"},{}],"customer_id":"cu_1"}`, trade.Record{
			ID: "iv_1", Number: "INV7", Status: InvoicePaid,
			Refs: []trade.Ref{{Kind: trade.KindOrder, ID: "or_1"}, {Kind: trade.KindOrder, ID: "or_2"}, {Kind: trade.KindCustomer, ID: "cu_1"}},
		}},
		{trade.KindInvoice, `{"id":"iv_1","paid":true,"proforma":true}`, trade.Record{ID: "iv_1", Status: InvoiceProforma}},
		{trade.KindInvoice, `{"id":"iv_1"}`, trade.Record{ID: "iv_1", Status: InvoiceUnpaid}},
		{trade.KindDispatch, `{"id":"di_1","order_id":"or_1","created":"2026-01-02"}`, trade.Record{
			ID: "di_1", Created: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), Refs: []trade.Ref{{Kind: trade.KindOrder, ID: "or_1"}},
		}},
		{trade.KindCustomer, `{"id":"cu_1","status":"active","created_at":"2026-01-02T03:04:05"}`, trade.Record{
			ID: "cu_1", Status: "active", Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		}},
		{trade.KindOrder, `"nonsense"`, trade.Record{}},
	} {
		c.want.Kind, c.want.Body = c.kind, json.RawMessage(c.body)
		require.Equal(t, c.want, Peek(c.kind, json.RawMessage(c.body)))
	}
}
