package shop_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox/shop"
)

// write sends a record and takes the reply's record out of its envelope.
func (s *site) write(method, path, name, record string) map[string]any {
	s.t.Helper()
	reply := s.call(method, path, `{"`+name+`":`+record+`}`)
	require.Equal(s.t, http.StatusOK, reply.StatusCode, "%s", reply.Body)
	got, ok := reply.JSON(s.t)[name].(map[string]any)
	require.True(s.t, ok, "%s", reply.Body)
	return got
}

// refuses sends a record and requires a 422 with this message.
func (s *site) refuses(method, path, name, record, message string) {
	s.t.Helper()
	reply := s.call(method, path, `{"`+name+`":`+record+`}`)
	require.Equal(s.t, http.StatusUnprocessableEntity, reply.StatusCode, "%s", reply.Body)
	require.Equal(s.t, message, reply.Message(s.t))
}

func (s *site) deletes(path, name string) {
	s.t.Helper()
	reply := s.call(http.MethodDelete, path, "")
	require.Equal(s.t, http.StatusOK, reply.StatusCode)
	id := path[strings.LastIndex(path, "/")+1:]
	require.Equal(s.t, map[string]any{"id": id, "deleted": true}, reply.JSON(s.t)[name])
	require.Equal(s.t, http.StatusNotFound, s.get(path).StatusCode)
	require.Equal(s.t, http.StatusNotFound, s.call(http.MethodDelete, path, "").StatusCode)
}

func TestCreateOrder(t *testing.T) {
	s := open(t, shop.Options{})
	order := s.write("POST", "/orders", "order", `{"customer_id":"`+s.customer.ID+`","reference":"R","order_lines":[
		{"sku":"AD-16","quantity":9,"unit_price":0.01},
		{"name":"Custom Item","quantity":10,"unit_price":2.00,"tax_rate_id":"`+s.reduced.ID+`"},
		{"name":"Special Delivery","unit_price":4.9,"shipping":true}]}`)
	require.Equal(t, "new", order["status"])
	require.Equal(t, "Special Delivery", order["shipping_type"])
	lines, _ := order["order_lines"].([]any)
	item, _ := lines[0].(map[string]any)
	requireMoney(t, "22.25", number(t, item, "unit_price")) // the catalogue's, whatever was sent
	custom, _ := lines[1].(map[string]any)
	require.Equal(t, "Reduced", custom["tax_name"])
	requireMoney(t, "1", number(t, custom, "tax_amount"))
	shipping, _ := lines[2].(map[string]any)
	require.Equal(t, true, shipping["shipping"])
	requireMoney(t, "0.98", number(t, shipping, "tax_amount"))
	requireMoney(t, "225.15", number(t, order, "net_total")) // 200.25 + 20 + 4.90
	requireMoney(t, "267.18", number(t, order, "gross_total"))

	customer := `"customer_id":"` + s.customer.ID + `"`
	line := `"order_lines":[{"sku":"AD-16","quantity":1}]`
	numbered := s.write("POST", "/orders", "order", `{`+customer+`,"number":1003,`+line+`}`)
	require.EqualValues(t, "1003", numbered["number"])
	require.EqualValues(t, "1002", s.write("POST", "/orders", "order", `{`+customer+`,`+line+`}`)["number"])
	require.EqualValues(t, "1004", s.write("POST", "/orders", "order", `{`+customer+`,`+line+`}`)["number"])

	s.refuses("POST", "/orders", "order", `{`+line+`}`, "Customer must exist")
	s.refuses("POST", "/orders", "order", `{`+customer+`}`, "Validation failed: Order lines can't be blank")
	s.refuses("POST", "/orders", "order", `{`+customer+`,"number":1003,`+line+`}`, "Validation failed: Number has already been taken")
	s.refuses("POST", "/orders", "order", `{`+customer+`,"order_lines":[{"sku":"TC02-BLU-S"},{"sku":"AD-16"},{"sku":"TC02-BLU-M"}]}`,
		"TC02-BLU-S - No longer available,TC02-BLU-M - No longer available")
	s.refuses("POST", "/orders", "order", `{`+customer+`,"order_lines":[{"sku":"AD-16","quantity":1.5}]}`, "Quantity must be a whole number")
	s.refuses("POST", "/orders", "order", `{`+customer+`,"order_lines":[{"sku":"AD-16","quantity":0}]}`, "Quantity must be greater than 0")
	s.deletes("/orders/"+order["id"].(string), "order")
}

func TestCreateInvoice(t *testing.T) {
	s := open(t, shop.Options{})
	order := s.place(5, 2)
	head := `"customer_id":"` + s.customer.ID + `","orders":[{"id":"` + order.ID + `"}]`
	part := s.write("POST", "/invoices", "invoice", `{`+head+`,"number":"A-1","due_date":"2026-04-01","invoice_lines":[
		{"order_line_id":"`+order.Lines[0].ID+`","quantity":2},{"sku":"AD-18"},{"name":"Handling","quantity":1,"unit_price":1.5}]}`)
	require.Equal(t, "A-1", part["number"])
	require.Equal(t, "2026-04-01", part["due_date"])
	requireMoney(t, "76", number(t, part, "net_total")) // 44.50 + 30 + 1.50
	rest := s.write("POST", "/invoices", "invoice", `{`+head+`}`)
	requireMoney(t, "66.75", number(t, rest, "net_total"))
	require.Equal(t, []any{}, rest["payments"])

	twice, err := s.Place(shop.OrderSpec{CustomerID: s.customer.ID, Lines: []shop.LineSpec{{SKU: "AD-16"}, {SKU: "AD-16"}}})
	require.NoError(t, err)
	again := `"customer_id":"` + s.customer.ID + `","orders":[{"id":"` + twice.ID + `"}]`
	s.refuses("POST", "/invoices", "invoice", `{`+head+`}`, "There are no outstanding items to invoice")
	s.refuses("POST", "/invoices", "invoice", `{`+again+`,"invoice_lines":[{"sku":"AD-16"}]}`,
		"invoice_lines[0] SKU 'AD-16' matches more than one order line")
	s.refuses("POST", "/invoices", "invoice", `{`+again+`,"payment_terms_id":"pt_x"}`, "Validation failed: Payment Terms are invalid")
	s.refuses("POST", "/invoices", "invoice", `{`+again+`,"invoice_date":"soon"}`, "Validation failed: Invoice date is invalid")
	s.refuses("POST", "/invoices", "invoice", `{"customer_id":"`+s.customer.ID+`"}`, "Validation failed: Orders can't be blank")
	other := s.AddCustomer(shop.Customer{CompanyName: "Red"})
	s.refuses("POST", "/invoices", "invoice", `{"customer_id":"`+other.ID+`","orders":[{"id":"`+twice.ID+`"}]}`,
		fmt.Sprintf("Order %d belongs to another customer", twice.Number))
	s.deletes("/invoices/"+rest["id"].(string), "invoice")
}

func TestCreateDispatch(t *testing.T) {
	s := open(t, shop.Options{})
	order := s.place(2, 1)
	head := `"order_id":"` + order.ID + `"`
	s.refuses("POST", "/dispatches", "dispatch", `{`+head+`}`, "The order has not been released, it is new")
	_, err := s.Release(order.ID)
	require.NoError(t, err)
	s.refuses("POST", "/dispatches", "dispatch", `{`+head+`,"dispatch_lines":[{"sku":"AD-16","quantity":3}]}`,
		"SKU 'AD-16' quantity must be between 1 and the outstanding 2")
	dispatch := s.write("POST", "/dispatches", "dispatch",
		`{`+head+`,"comments":"Royal Mail","dispatch_lines":[{"sku":"AD-16","quantity":2}]}`)
	require.ElementsMatch(t, []string{
		"id", "order_id", "order_number", "created", "comments", "customer_note", "customer_po_number", "shipping_type",
		"shipping_address", "email_address", "phone", "dispatch_lines",
	}, keys(dispatch))
	require.Equal(t, dispatch, s.one("dispatch", "/dispatches/"+dispatch["id"].(string)))
	s.write("POST", "/dispatches", "dispatch", `{`+head+`}`)
	s.refuses("POST", "/dispatches", "dispatch", `{`+head+`}`, "The order has already been fulfilled")
	s.refuses("POST", "/dispatches", "dispatch", `{"order_id":"or_x"}`, "Order must exist")
}

func TestCustomersAreWritten(t *testing.T) {
	s := open(t, shop.Options{})
	made := s.write("POST", "/customers", "customer", `{"company_name":"Red Earth","status":"closed","phone":"123",
		"buyers":[{"name":"R","email_address":"red@example.com"}],"minimum_spend":150.0}`)
	require.Equal(t, "active", made["status"]) // not settable on create
	requireMoney(t, "150", number(t, made, "minimum_spend"))
	require.Nil(t, made["tax_rate_id"])
	path := "/customers/" + made["id"].(string)
	changed := s.write("PUT", path, "customer", `{"company_name":"Red Sea","status":"closed","minimum_spend":null,"tax_rate_id":"`+s.reduced.ID+`"}`)
	require.Equal(t, "Red Sea", changed["company_name"])
	require.Equal(t, "123", changed["phone"]) // left out: stays
	require.Equal(t, "closed", changed["status"])
	require.Equal(t, s.reduced.ID, changed["tax_rate_id"])

	s.refuses("PUT", path, "customer", `{"buyers":[{"email_address":"SAMPLE@example.com"}]}`,
		"Validation failed: Email address has already been taken")
	s.refuses("POST", "/customers", "customer", `{"company_name":"X","payment_terms_id":"pt_x","customer_group_id":"cg_x"}`,
		"Validation failed: Payment Terms are invalid, Customer Group is invalid")
	s.refuses("POST", "/customers", "customer", `{}`, "Validation failed: Company name can't be blank")
	s.deletes(path, "customer")
}

func TestProductsAreWritten(t *testing.T) {
	s := open(t, shop.Options{})
	category := s.write("POST", "/categories", "category", `{"name":"Coats"}`)
	made := s.write("POST", "/products", "product", `{"code":"TC01","name":"Trench Coat","variant_options":["Colour"],
		"product_variants":[{"sku":"TC01-BLU","options":{"Colour":"Blue"},"unit_price":32.0,"rrp":72.0,"minimum":4,"multiple":null},
		{"sku":"TC01-RED","options":{"Colour":"Red"},"unit_price":32.5}],"categories":[{"id":"`+category["id"].(string)+`"}]}`)
	variants, _ := made["product_variants"].([]any)
	blue, _ := variants[0].(map[string]any)
	requireMoney(t, "32", number(t, blue, "unit_price"))
	require.Nil(t, blue["multiple"])
	path := "/products/" + made["id"].(string)
	changed := s.write("PUT", path, "product", `{"name":"Rain Coat","product_variants":[
		{"id":"`+blue["id"].(string)+`","sku":"TC01-NAVY","unit_price":40}]}`)
	require.Equal(t, "TC01", changed["code"])
	require.Len(t, changed["product_variants"], 1)
	levels, _ := s.ids("inventory_levels", "?product_id="+made["id"].(string))
	require.Equal(t, []string{"TC01-NAVY"}, levels)
	inCategory, _ := s.one("category", "/categories/"+category["id"].(string))["products"].([]any)
	require.Equal(t, []any{map[string]any{"product_id": made["id"], "product_name": "Rain Coat"}}, inCategory)

	s.refuses("POST", "/products", "product", `{"code":"TC01","name":"Copy","product_variants":[{"sku":"AD-16"}]}`,
		"Validation failed: Product Code must be unique, SKU must be unique")
	s.refuses("PUT", path, "product", `{"product_variants":[{"id":"pv_x","sku":"Y"}]}`, "Product variant pv_x does not exist")
	s.deletes(path, "product")
	levels, _ = s.ids("inventory_levels", "")
	require.Equal(t, []string{"AD-16", "AD-18"}, levels)
}

func TestInventoryIsWritten(t *testing.T) {
	s := open(t, shop.Options{})
	s.place(10, 0)
	reply := s.call("POST", "/inventory_levels", `{"inventory_levels":[{"sku":"AD-16","on_hand":120},{"sku":"AD-18","available":7.0}]}`)
	require.Equal(t, http.StatusOK, reply.StatusCode)
	require.Equal(t, []shop.InventoryLevel{{SKU: "AD-16", OnHand: 120, Available: 110}, {SKU: "AD-18", OnHand: 7, Available: 7}}, s.Stock())
	s.refuses("POST", "/inventory_levels", "inventory_levels", `[{"sku":"AD-18","on_hand":1},{"sku":"AD-16","on_hand":1,"available":1}]`,
		"On Hand and Available can not be updated at the same time because one is automatically calculated from the other")
	require.Equal(t, int64(7), s.Stock()[1].OnHand) // all or nothing
	many := strings.TrimSuffix(strings.Repeat(`{"sku":"AD-16","on_hand":1},`, 201), ",")
	s.refuses("POST", "/inventory_levels", "inventory_levels", `[`+many+`]`,
		"No more than 200 inventory levels can be updated at the same time")
}

func TestCategoriesAndPriceListsAreWritten(t *testing.T) {
	s := open(t, shop.Options{})
	parent := s.write("POST", "/categories", "category", `{"name":"All"}`)["id"].(string)
	child := s.write("POST", "/categories", "category", `{"name":"Some","parent_id":"`+parent+`","active":false}`)
	require.Equal(t, parent, child["parent_id"])
	changed := s.write("PUT", "/categories/"+child["id"].(string), "category", `{"description":"<p>x</p>"}`)
	require.Equal(t, "Some", changed["name"])
	s.refuses("PUT", "/categories/"+parent, "category", `{"name":"","parent_id":"`+parent+`"}`,
		"Validation failed: Name can't be blank, Parent is invalid")
	s.deletes("/categories/"+child["id"].(string), "category")

	list := s.write("POST", "/price_lists", "price_list", `{"name":"Euros","currency":"EUR"}`)
	requireMoney(t, "100", number(t, list, "conversion_rate"))
	path := "/price_lists/" + list["id"].(string)
	requireMoney(t, "90.5", number(t, s.write("PUT", path, "price_list", `{"conversion_rate":"90.5"}`), "conversion_rate"))
	s.refuses("PUT", path, "price_list", `{"currency":"EURO"}`, "Validation failed: Currency is invalid")
	s.deletes(path, "price_list")
}
