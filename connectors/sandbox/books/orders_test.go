package books_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox/books"
)

func TestCreateOrderChecksItsBody(t *testing.T) {
	t.Parallel()
	many := object{}
	for i := range 51 {
		many[strings.Repeat("k", i+1)] = "v"
	}
	tests := map[string]struct {
		change object
		paths  []string // of the issues; none means the order is accepted
	}{
		"valid":                         {},
		"unknown integration":           {object{"order_integration_id": "oint_x"}, []string{"order_integration_id"}},
		"no integration":                {object{"order_integration_id": nil}, []string{"order_integration_id"}},
		"integration id too long":       {object{"order_integration_id": strings.Repeat("x", 37)}, []string{"order_integration_id"}},
		"no source":                     {object{"source": nil}, []string{"source"}},
		"source not in the enum":        {object{"source": "orderspace"}, []string{"source"}},
		"no source id":                  {object{"source_id": nil}, []string{"source_id"}},
		"source id too long":            {object{"source_id": strings.Repeat("é", 256)}, []string{"source_id"}},
		"source id at its limit":        {object{"source_id": strings.Repeat("é", 255)}, nil},
		"no currency, no totals":        {object{"currency_code": nil, "total": nil, "total_with_tax": nil}, []string{"currency_code", "total", "total_with_tax"}},
		"currency too long":             {object{"currency_code": "EURO"}, []string{"currency_code"}},
		"unknown currency passes":       {object{"currency_code": "XXQ"}, nil},
		"total as text":                 {object{"total": "100"}, []string{"total"}},
		"total beyond 2^47":             {object{"total": 140737488355329}, []string{"total"}},
		"total at 2^47":                 {object{"total": 140737488355328}, nil},
		"no items":                      {object{"items": nil}, []string{"items"}},
		"empty items":                   {object{"items": []object{}}, []string{"items"}},
		"items not objects":             {object{"items": []any{"x"}}, []string{"items 0"}},
		"item lacks everything":         {object{"items": []object{item("a", "1", "1", ""), {}}}, []string{"items 1 name", "items 1 quantity", "items 1 price", "items 1 total", "items 1 total_with_tax"}},
		"item kind not in the enum":     {object{"items": []object{{"name": "a", "quantity": 1, "price": 1, "total": 1, "total_with_tax": 1, "kind": "postage"}}}, []string{"items 0 kind"}},
		"item price null":               {object{"items": []object{{"name": "a", "quantity": 1, "price": nil, "total": 1, "total_with_tax": 1}}}, []string{"items 0 price"}},
		"tax rate above 100":            {object{"items": []object{{"name": "a", "quantity": 1, "price": 1, "total": 1, "total_with_tax": 1, "taxes": []object{{"rate": 101}}}}}, []string{"items 0 taxes 0 rate"}},
		"unknown item key passes":       {object{"items": []object{{"name": "a", "quantity": 1, "price": 1, "total": 1, "total_with_tax": 1, "colour": "blue"}}}, nil},
		"unknown key":                   {object{"colour": "blue"}, []string{"colour"}},
		"status cannot be set":          {object{"status": "invoiced"}, []string{"status"}},
		"invoice id cannot be set":      {object{"invoice_id": "inv_1"}, []string{"invoice_id"}},
		"payment status not in enum":    {object{"payment_status": "part"}, []string{"payment_status"}},
		"metadata value not a string":   {object{"metadata": object{"n": 1}}, []string{"metadata n"}},
		"metadata value too long":       {object{"metadata": object{"n": strings.Repeat("x", 251)}}, []string{"metadata n"}},
		"too much metadata":             {object{"metadata": many}, []string{"metadata"}},
		"ordered at is no time":         {object{"ordered_at": "yesterday"}, []string{"ordered_at"}},
		"ordered at with zone":          {object{"ordered_at": "2026-03-01T10:00:00+01:00"}, nil},
		"customer of wrong type":        {object{"customer": "Acme"}, []string{"customer"}},
		"customer field of wrong type":  {object{"customer": object{"is_business": "yes", "vip": true}}, []string{"customer is_business"}},
		"address field of wrong type":   {object{"billing_address": object{"post_code": 1000}}, []string{"billing_address post_code"}},
		"discount may be left out only": {object{"total_discount": "0"}, []string{"total_discount"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := open(t, books.Options{})
			got := a.do("POST", "/orders", a.order("or_1", tc.change))
			require.Equal(t, tc.paths, got.paths(), got.body)
			if tc.paths == nil {
				require.Equal(t, 201, got.status)
				return
			}
			require.Equal(t, 422, got.status)
			require.Equal(t, "validation_error", got.code())
			require.Empty(t, a.books.Orders())
		})
	}
}

func TestBodyThatIsNoObject(t *testing.T) {
	t.Parallel()
	a := open(t, books.Options{})
	for body, status := range map[string]int{`{`: 400, `{} {}`: 400, `[]`: 422, `"x"`: 422} {
		require.Equal(t, status, a.do("POST", "/orders", body).status, body)
	}
	require.Equal(t, 415, a.do("POST", "/orders", `{}`, "Content-Type", "text/plain").status)
}

func TestOrderLooksAsDocumented(t *testing.T) {
	t.Parallel()
	a := open(t, books.Options{})
	got := a.do("POST", "/orders", `{"order_integration_id":"`+a.integration+`","source":"manual","source_id":"manual-001","currency_code":"EUR","total":100.00,"total_with_tax":122.0,
		"items":[{"name":"Widget Pro","quantity":2,"price":50.0,"gross_price":61.00,"total":100,"total_with_tax":122,"tax_rate":22,"colour":"blue"}]}`)
	id := got.json["id"].(string)
	require.Regexp(t, `^ord_[0-9a-f]{24}$`, id)
	want := `{"id":"` + id + `","entity_id":"` + books.DefaultEntityID + `","order_integration_id":"` + a.integration + `","source":"manual","source_id":"manual-001",
		"source_order_number":null,"status":"pending","paid":false,"paid_at":null,"fulfilled":false,"fulfilled_at":null,"cancelled":false,"cancelled_at":null,
		"refunded":false,"refunded_at":null,"customer_name":null,"customer_email":null,"customer":null,"billing_address":null,"shipping_address":null,
		"customer_id":null,"currency_code":"EUR","total":100,"total_with_tax":122,"total_discount":0,"total_shipping":0,
		"items":[{"name":"Widget Pro","quantity":2,"price":50,"gross_price":61,"total":100,"total_with_tax":122,"tax_rate":22,"colour":"blue"}],
		"payment_status":"unpaid","payment_method":null,"payment_gateway":null,"invoice_id":null,"estimate_id":null,"process_after":null,"transactions":[],
		"complete":false,"items_changed_after_processing":false,"raw_data":null,"source_event_id":null,"error":null,"ordered_at":null,"processed_at":null,
		"metadata":{},"created_at":"2026-03-02T09:00:00.000Z","updated_at":"2026-03-02T09:00:00.000Z","deleted_at":null}`
	require.JSONEq(t, want, got.body)
	require.Contains(t, got.body, `"total":100,"total_with_tax":122,`, "numbers as JavaScript writes them")
	require.Equal(t, got.body, a.do("GET", "/orders/"+id, nil).body)
}

func TestUpdateOrder(t *testing.T) {
	t.Parallel()
	a := open(t, books.Options{})
	id := a.create("or_1")
	a.clock.advance(time.Hour)

	for _, key := range []string{"order_integration_id", "source", "source_id"} {
		got := a.do("PATCH", "/orders/"+id, object{key: "x", "customer_name": "Other"})
		require.Equal(t, 422, got.status)
		require.Equal(t, []string{key}, got.paths())
	}
	require.Equal(t, []string{"items"}, a.do("PATCH", "/orders/"+id, object{"items": []object{}}).paths())
	require.Equal(t, []string{"currency_code"}, a.do("PATCH", "/orders/"+id, object{"currency_code": nil}).paths())

	got := a.do("PATCH", "/orders/"+id, object{"customer_name": "Other", "customer_email": nil, "payment_status": "paid"})
	require.Equal(t, 200, got.status, got.body)
	require.Equal(t, "Other", got.json["customer_name"])
	require.Nil(t, got.json["customer_email"], "null empties")
	require.Equal(t, true, got.json["paid"])
	require.Equal(t, "2026-03-02T10:00:00.000Z", got.json["paid_at"])
	require.Equal(t, "2026-03-02T10:00:00.000Z", got.json["updated_at"])
	require.Len(t, got.json["items"], 1, "what is not provided stays")
}

func TestDeleteIsSoft(t *testing.T) {
	t.Parallel()
	a := open(t, books.Options{})
	id := a.create("or_1")
	require.Equal(t, 204, a.do("DELETE", "/orders/"+id, nil).status)
	for _, call := range [][2]string{{"GET", ""}, {"PATCH", ""}, {"DELETE", ""}, {"POST", "/process"}, {"POST", "/cancel"}, {"POST", "/reissue"}} {
		require.Equal(t, 404, a.do(call[0], "/orders/"+id+call[1], nil).status, call)
	}
	require.Empty(t, a.do("GET", "/orders", nil).json["data"])
	trashed := a.do("GET", "/orders?trashed=true", nil)
	require.Contains(t, trashed.body, id)
	require.Contains(t, trashed.body, `"deleted_at":"2026-03-02T09:00:00.000Z"`)
	require.Len(t, a.books.Orders(), 1, "the oracle sees deleted orders")
}

func TestDuplicateSourceID(t *testing.T) {
	t.Parallel()
	accepting := open(t, books.Options{})
	accepting.create("or_1")
	accepting.create("or_1")
	orders, _ := accepting.books.ForSource("or_1")
	require.Len(t, orders, 2)

	refusing := open(t, books.Options{DuplicateSourceID: books.Refuse})
	id := refusing.create("or_1")
	got := refusing.do("POST", "/orders", refusing.order("or_1"))
	require.Equal(t, 409, got.status)
	require.Equal(t, "duplicate_source_id", got.code())
	refusing.do("DELETE", "/orders/"+id, nil)
	refusing.create("or_1")
}

func TestIntegrations(t *testing.T) {
	t.Parallel()
	a := open(t, books.Options{})
	for body, path := range map[string]string{
		`{}`: "name", `{"name":""}`: "name", `{"name":"A","source":"orderspace"}`: "source",
		`{"name":"A","is_active":true}`: "is_active", `{"name":"A","auto_process_on":"paid"}`: "auto_process_on",
		`{"name":"A","default_payment_type":"bank_transfer"}`: "default_payment_type", `{"name":"A","send_invoice_email":true}`: "send_invoice_email",
	} {
		got := a.do("POST", "/order-integrations", body)
		require.Equal(t, 422, got.status, body)
		require.Equal(t, []string{path}, got.paths(), body)
	}
	made := a.do("POST", "/order-integrations", `{"name":"My Store","auto_process":true,"auto_reissue_on_update":true,"metadata":{"by":"test"}}`)
	require.Equal(t, 201, made.status, made.body)
	require.Equal(t, "manual", made.json["source"])
	require.Equal(t, true, made.json["is_active"])
	require.Equal(t, "paid", made.json["auto_process_on"])
	path := "/order-integrations/" + made.json["id"].(string)

	patched := a.do("PATCH", path, `{"is_active":false,"auto_process":false,"auto_process_on":"created","default_payment_type":"bank_transfer","auto_process_delay_seconds":30}`)
	require.Equal(t, 200, patched.status, patched.body)
	require.Equal(t, false, patched.json["is_active"])
	require.Equal(t, "created", patched.json["auto_process_on"])
	require.Contains(t, patched.body, `"auto_process_delay_seconds":30`)
	require.Equal(t, []string{"source"}, a.do("PATCH", path, `{"source":"shopify"}`).paths())
	require.Equal(t, []string{"auto_process_on"}, a.do("PATCH", path, `{"auto_process_on":"shipped"}`).paths())

	require.Contains(t, a.do("GET", "/order-integrations?query="+query(object{"is_active": false}), nil).body, "My Store")
	require.Equal(t, 204, a.do("DELETE", path, nil).status)
	require.Equal(t, 404, a.do("GET", path, nil).status)
	require.Len(t, a.books.Integrations(), 2)
}
