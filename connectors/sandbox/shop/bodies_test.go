package shop_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox/shop"
	"spacebridge/mapping/money"
)

func TestErrorBodiesAreTheRecordedOnes(t *testing.T) {
	s := open(t, shop.Options{})
	tests := []struct {
		name, method, path, body string
		status                   int
		contentType, message     string
	}{
		{"no such customer", "GET", "/customers/_03dy67p3", "", 404, "application/json; charset=utf-8", "Couldn't find a customer with ID _03dy67p3"},
		{"no such order", "GET", "/orders/42", "", 404, "application/json; charset=utf-8", "Couldn't find order with id 42"},
		{"no such invoice", "GET", "/invoices/42", "", 404, "application/json; charset=utf-8", "Couldn't find invoice with id 42"},
		{"no such webhook", "DELETE", "/webhooks/42", "", 404, "application/json; charset=utf-8", "Couldn't find webhook with id 42"},
		{"unknown path", "GET", "/payments", "", 404, "text/html; charset=utf-8", ""},
		{"unknown method", "PUT", "/orders/42", `{"order":{}}`, 404, "text/html; charset=utf-8", ""},
		{"broken JSON", "POST", "/orders", `{"order":`, 400, "text/html", ""},
		{"no envelope", "POST", "/orders", `{"customer_id":"x"}`, 400, "text/html", ""},
		{"wrong type", "POST", "/orders", `{"order":{"customer_id":7}}`, 400, "text/html", ""},
		{"nothing", "POST", "/webhooks", ``, 400, "text/html", ""},
		{
			"refused", "POST", "/webhooks", `{"webhook":{"events":["order.created"]}}`, 422, "application/json; charset=utf-8",
			"Validation failed: Endpoint can't be blank, Endpoint must be a https url",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			reply := s.call(test.method, test.path, test.body)
			require.Equal(t, test.status, reply.StatusCode)
			require.Equal(t, test.contentType, reply.Header.Get("Content-Type"))
			require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-`, reply.Header.Get("X-Request-Id"))
			switch {
			case test.message != "":
				require.Equal(t, map[string]any{"message": test.message}, reply.JSON(t))
			case test.status == http.StatusNotFound:
				require.Contains(t, string(reply.Body), "Page Not Found")
			default:
				require.Empty(t, reply.Body)
				require.Equal(t, "0", reply.Header.Get("Content-Length"))
			}
		})
	}
}

func TestSuccessHeaders(t *testing.T) {
	s := open(t, shop.Options{})
	reply := s.get("/orders")
	require.Equal(t, "nginx", reply.Header.Get("Server"))
	require.Equal(t, "max-age=0, private, must-revalidate", reply.Header.Get("Cache-Control"))
	require.Regexp(t, `^W/"[0-9a-f]{32}"$`, reply.Header.Get("ETag"))
	require.NotEmpty(t, reply.Header.Get("X-Runtime"))
	require.NotEmpty(t, reply.Header.Get("Strict-Transport-Security"))
	require.Equal(t, "Mon, 02 Mar 2026 09:00:00 GMT", reply.Header.Get("Date"))
	require.Equal(t, reply.Header.Get("ETag"), s.get("/orders").Header.Get("ETag"))
	require.NotEqual(t, reply.Header.Get("X-Request-Id"), s.get("/orders").Header.Get("X-Request-Id"))
}

// orderMembers are the documented ones.
var orderMembers = []string{
	"id", "number", "created", "status", "customer_id", "company_name", "phone", "email_addresses", "created_by",
	"delivery_date", "reference", "internal_note", "customer_po_number", "customer_note", "standing_order_id",
	"shipping_type", "shipping_address", "billing_address", "order_lines", "currency", "net_total", "gross_total",
}

func keys(record map[string]any) []string {
	var names []string
	for name := range record {
		names = append(names, name)
	}
	return names
}

func TestOrderHasTheDocumentedMembers(t *testing.T) {
	s := open(t, shop.Options{})
	order := s.place(1, 0)
	record := s.one("order", "/orders/"+order.ID)
	require.ElementsMatch(t, orderMembers, keys(record))
	require.Equal(t, json.Number("1001"), record["number"])
	require.Equal(t, "2026-03-02T09:00:00Z", record["created"])
	require.Nil(t, record["created_by"])
	line, _ := record["order_lines"].([]any)[0].(map[string]any)
	require.ElementsMatch(t, []string{
		"id", "sku", "name", "options", "shipping", "quantity", "unit_price", "sub_total", "tax_rate_id", "tax_name",
		"tax_rate", "tax_amount", "preorder_window_id", "on_hold", "invoiced", "paid", "dispatched",
	}, keys(line))
	require.Equal(t, "Size: 16", line["options"])

	list, _ := s.get("/orders").JSON(t)["orders"].([]any)
	require.Equal(t, record, list[0]) // list and single record are the same
}

func TestInvoiceAddsUpLikeTheDocumentedExample(t *testing.T) {
	s := open(t, shop.Options{})
	order := s.place(1, 0)
	made, err := s.Invoice(order.ID, shop.InvoiceSpec{})
	require.NoError(t, err)
	_, err = s.Pay(made.ID, shop.PaymentSpec{Source: "card", Description: "Visa ending 3220", Reference: "pi_1"})
	require.NoError(t, err)
	record := s.one("invoice", "/invoices/"+made.ID)
	requireMoney(t, "22.25", number(t, record, "net_total"))
	requireMoney(t, "26.7", number(t, record, "gross_total"))
	require.Equal(t, json.Number("26.7"), record["gross_total"]) // never 26.70
	require.Equal(t, "accounts@example.com", record["email_address"])
	line, _ := record["invoice_lines"].([]any)[0].(map[string]any)
	require.Equal(t, order.Lines[0].ID, line["order_line_id"])
	require.NotContains(t, line, "tax_rate_id")
	require.NotContains(t, line, "tax_name")
	payment, _ := record["payments"].([]any)[0].(map[string]any)
	require.Equal(t, map[string]any{
		"amount": json.Number("26.7"), "payment_date": "2026-03-02", "source": "card", "description": "Visa ending 3220", "reference": "pi_1",
	}, payment)
}

func TestNumbersAndBlanksComeInEveryLiveForm(t *testing.T) {
	s := open(t, shop.Options{})
	repeat(60, func(int) {
		order := s.place(1, 1)
		_, err := s.Invoice(order.ID, shop.InvoiceSpec{Lines: []shop.InvoiceLineSpec{{SKU: "AD-18"}, {Name: "Fee"}}})
		require.NoError(t, err)
	})
	orders, invoices := string(s.get("/orders?limit=200").Body), string(s.get("/invoices?limit=200").Body)
	for _, form := range []string{
		`"unit_price":15,`, `"unit_price":15.0,`, `"unit_price":22.25`, `"tax_rate":20,`, `"tax_rate":20.0,`,
		`"standing_order_id":null`, `"standing_order_id":""`, `"preorder_window_id":null`, `"preorder_window_id":""`,
		`"delivery_date":null`, `"delivery_date":""`, `"created_by":null`,
	} {
		require.Contains(t, orders, form)
	}
	for _, form := range []string{
		`"deposit":null`, `"deposit":{"percentage":0`, `"proforma":false,"comments"`, `"order_line_id":null`,
		`"order_line_id":""`, `"tax_amount":0}`, `"unit_price":0,`,
	} {
		require.Contains(t, invoices, form)
	}
	require.Equal(t, orders, string(s.get("/orders?limit=200").Body)) // the same bytes every time
	require.False(t, regexp.MustCompile(`[0-9]\.[0-9]+0[,}]`).MatchString(orders), "trailing zeros")
}

func TestOptionsLeaveMembersOut(t *testing.T) {
	s := open(t, shop.Options{
		NoOrderLineIDs: true, NoStandingOrders: true, Deposits: shop.DepositAbsent, CustomerCreated: shop.CustomerCreated,
	})
	order := s.place(1, 0)
	invoice, err := s.Invoice(order.ID, shop.InvoiceSpec{})
	require.NoError(t, err)
	require.NotContains(t, string(s.get("/invoices/"+invoice.ID).Body), "order_line_id")
	require.NotContains(t, s.one("invoice", "/invoices/"+invoice.ID), "deposit")
	require.NotContains(t, s.one("order", "/orders/"+order.ID), "standing_order_id")
	customer := s.one("customer", "/customers/"+s.customer.ID)
	require.Contains(t, customer, "created")
	require.NotContains(t, customer, "created_at")
}

func TestDepositComesFromThePaymentTerms(t *testing.T) {
	s := open(t, shop.Options{Deposits: shop.DepositNull})
	terms := s.AddPaymentTerms(shop.PaymentTerms{Name: "Deposit", DaysDue: 30, DepositPercentage: money.MustParse("25"), DepositDaysDue: 7})
	with, err := s.Invoice(s.place(1, 0).ID, shop.InvoiceSpec{PaymentTermsID: terms.ID})
	require.NoError(t, err)
	without, err := s.Invoice(s.place(1, 0).ID, shop.InvoiceSpec{})
	require.NoError(t, err)
	deposit, _ := s.one("invoice", "/invoices/"+with.ID)["deposit"].(map[string]any)
	require.Equal(t, "2026-03-09", deposit["due_date"])
	requireMoney(t, "25", number(t, deposit, "percentage"))
	record := s.one("invoice", "/invoices/"+without.ID)
	require.Contains(t, record, "deposit")
	require.Nil(t, record["deposit"])
}

func TestCorruptRecordIsServedUntilMended(t *testing.T) {
	s := open(t, shop.Options{})
	broken, sound := s.place(1, 0), s.place(1, 0)
	path := "/orders/" + broken.ID
	before := s.one("order", path)
	s.Corrupt(broken.ID, func(raw map[string]any) {
		delete(raw, "order_lines")
		raw["currency"] = "XXX"
		raw["net_total"] = "n/a"
	})
	altered := s.one("order", path)
	require.NotContains(t, altered, "order_lines")
	require.Equal(t, "XXX", altered["currency"])
	require.Equal(t, "n/a", altered["net_total"])
	require.Equal(t, before["gross_total"], altered["gross_total"]) // other numbers keep their form
	list, _ := s.get("/orders").JSON(t)["orders"].([]any)
	require.Equal(t, altered, list[1])
	require.Contains(t, list[0], "order_lines")
	truth, _ := s.Order(broken.ID)
	require.Equal(t, broken, truth)

	_, err := s.Edit(broken.ID, func(o *shop.Order) { o.Reference = "edited meanwhile" })
	require.NoError(t, err)
	require.Equal(t, "edited meanwhile", s.one("order", path)["reference"])
	s.Mend(broken.ID)
	mended := s.one("order", path)
	require.Equal(t, "edited meanwhile", mended["reference"])
	require.Equal(t, before["order_lines"], mended["order_lines"])
	require.True(t, strings.HasPrefix(sound.ID, "or_"))
}
