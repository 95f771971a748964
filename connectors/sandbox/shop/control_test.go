package shop_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox/shop"
)

// hand drives the control handler.
func (s *site) hand(method, path, body string) (int, map[string]any) {
	s.t.Helper()
	reply := send(s.ControlHandler(), httptest.NewRequest(method, path, strings.NewReader(body)))
	return reply.StatusCode, reply.JSON(s.t)
}

// ok requires success and takes a record out of the reply.
func (s *site) ok(method, path, body, name string) map[string]any {
	s.t.Helper()
	status, reply := s.hand(method, path, body)
	require.Equal(s.t, http.StatusOK, status, "%v", reply)
	record, ok := reply[name].(map[string]any)
	require.True(s.t, ok, "%v", reply)
	return record
}

func TestControlDrivesAnOrderThroughItsLife(t *testing.T) {
	s := open(t, shop.Options{})
	order := s.ok("POST", "/orders", "", "order") // everything assumed
	require.EqualValues(t, "1001", order["number"])
	require.Equal(t, "Sandbox", order["created_by"])
	id := order["id"].(string)

	edited := s.ok("POST", "/orders/1001/edit", `{"reference":"by hand","lines":[{"sku":"AD-16","quantity":3,"unit_price":"20.00"}],
		"add":[{"sku":"AD-18","quantity":2},{"name":"Courier","shipping":true,"unit_price":4.9}]}`, "order")
	require.Equal(t, "by hand", edited["reference"])
	requireMoney(t, "94.9", number(t, edited, "net_total"))
	edited = s.ok("POST", "/orders/1001/edit", `{"remove":["AD-18"]}`, "order")
	requireMoney(t, "64.9", number(t, edited, "net_total"))

	require.Equal(t, "released", s.ok("POST", "/orders/"+id+"/release", "", "order")["status"])
	part := s.ok("POST", "/orders/1001/invoice", `{"lines":[{"sku":"AD-16","quantity":1}],"number":"N-1"}`, "invoice")
	requireMoney(t, "24", number(t, part, "gross_total"))
	rest := s.ok("POST", "/orders/1001/invoice", "", "invoice")
	require.Len(t, rest["invoice_lines"], 2)
	require.Equal(t, false, s.ok("POST", "/orders/1001/pay", `{"amount":"4.00","source":"cash"}`, "invoice")["paid"])
	require.Equal(t, true, s.ok("POST", "/invoices/N-1/pay", "", "invoice")["paid"])
	require.Equal(t, true, s.ok("POST", "/orders/1001/pay", "", "invoice")["paid"])
	sent := s.ok("POST", "/orders/1001/dispatch", `{"comments":"van","lines":[{"sku":"AD-16","quantity":1}]}`, "dispatch")
	require.Equal(t, "van", sent["comments"])
	s.ok("POST", "/orders/1001/dispatch", "", "dispatch")
	require.Equal(t, "fulfilled", s.ok("GET", "/orders/1001", "", "order")["status"])
	s.ok("POST", "/invoices/"+rest["number"].(string)+"/delete", "", "invoice")
	require.Equal(t, true, s.ok("POST", "/orders/1001/delete", "", "order")["deleted"])
}

func TestControlDoesTheRest(t *testing.T) {
	s := open(t, shop.Options{})
	s.ok("POST", "/orders", `{"standing":true,"lines":[{"sku":"AD-16"}]}`, "order")
	require.NotEmpty(t, s.ok("POST", "/orders/1001/generate", "", "order")["standing_order_id"])
	require.Equal(t, "preorder", s.ok("POST", "/orders/1002/hold", "", "order")["status"])
	require.Equal(t, "new", s.ok("POST", "/orders/1002/release_hold", "", "order")["status"])
	require.Equal(t, "XXX", s.ok("POST", "/orders/1002/corrupt", `{"set":{"currency":"XXX"},"remove":["order_lines"]}`, "order")["currency"])
	require.Equal(t, "GBP", s.ok("POST", "/orders/1002/mend", "", "order")["currency"])
	proforma := s.ok("POST", "/orders/1002/invoice", `{"proforma":true}`, "invoice")
	require.Equal(t, false, s.ok("POST", "/invoices/"+proforma["id"].(string)+"/finalise", "", "invoice")["proforma"])
	require.Equal(t, "cancelled", s.ok("POST", "/orders/1002/cancel", "", "order")["status"])
	require.Equal(t, "X", s.ok("POST", "/customers/"+s.customer.ID+"/edit", `{"tax_number":"X"}`, "customer")["tax_number"])
	for _, path := range []string{"/orders?status=cancelled", "/invoices", "/customers", "/products", "/webhooks", "/requests", "/"} {
		status, reply := s.hand(http.MethodGet, path, "")
		require.Equal(t, http.StatusOK, status)
		require.NotEmpty(t, reply)
	}
	for _, path := range []string{"/webhooks/mute", "/webhooks/unmute", "/webhooks/flush", "/tokens/revoke"} {
		status, _ := s.hand(http.MethodPost, path, "")
		require.Equal(t, http.StatusOK, status)
	}
}

func TestControlSaysWhatIsWrong(t *testing.T) {
	s := open(t, shop.Options{})
	s.place(1, 0)
	tests := []struct {
		method, path, body string
		status             int
		message            string
	}{
		{"POST", "/orders/77/release", "", 404, "Couldn't find order with id 77"},
		{"POST", "/invoices/77/pay", "", 404, "Couldn't find invoice with id 77"},
		{"POST", "/orders/1001/dispatch", "", 422, "The order has not been released, it is new"},
		{"POST", "/orders/1001/pay", "", 422, "the order has no invoice that is not paid"},
		{"POST", "/orders/1001/edit", `{"refrence":"x"}`, 400, `body: json: unknown field "refrence"`},
		{"POST", "/orders/1001/edit", `{"lines":[{"sku":"ZZ","quantity":1}]}`, 422, `lines: no line with id "" or sku "ZZ"`},
		{"POST", "/orders/1001/corrupt", "", 400, `body: say what to alter, as in {"remove": ["order_lines"], "set": {"currency": "XXX"}}`},
		{"POST", "/orders", `{"lines":[{"sku":"ZZ"}]}`, 422, "ZZ - No longer available"},
		{"POST", "/customers/cu_x/edit", `{}`, 404, "Couldn't find a customer with ID cu_x"},
		{"PUT", "/orders/1001", "", 404, "no such action: PUT /orders/1001 (GET / lists them)"},
	}
	for _, test := range tests {
		status, reply := s.hand(test.method, test.path, test.body)
		require.Equal(t, test.status, status, test.path)
		require.Equal(t, test.message, reply["error"])
	}
	before, _ := s.hand(http.MethodGet, "/orders/1001", "")
	require.Equal(t, http.StatusOK, before)
}
