package shop_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox/shop"
	"spacebridge/mapping/money"
)

// walk reads a list to its end by the rule that is safe under every policy: a page shorter than the limit is the last.
func walk(s *site, plural, query string, limit int) (all []string, policies map[any]int) {
	policies = map[any]int{}
	after := ""
	for {
		q := fmt.Sprintf("?limit=%d%s", limit, query)
		if after != "" {
			q += "&starting_after=" + url.QueryEscape(after)
		}
		ids, more := s.ids(plural, q)
		policies[more]++
		all = append(all, ids...)
		if len(ids) < limit {
			return all, policies
		}
		after = ids[len(ids)-1]
	}
}

func TestPagingWithEveryEndOfListPolicy(t *testing.T) {
	tests := []struct {
		policy           shop.HasMorePolicy
		orders, invoices map[any]int
	}{
		{shop.HasMoreDocumented, map[any]int{true: 2, false: 1}, map[any]int{nil: 3}},
		{shop.HasMoreAlways, map[any]int{true: 2, false: 1}, map[any]int{true: 2, false: 1}},
		{shop.HasMoreNever, map[any]int{nil: 3}, map[any]int{nil: 3}},
	}
	for _, test := range tests {
		t.Run("policy "+string(test.policy), func(t *testing.T) {
			s := open(t, shop.Options{HasMore: test.policy})
			var orders, invoices []string
			repeat(7, func(int) {
				s.clock.Add(time.Minute)
				order := s.place(1, 1)
				invoice, err := s.Invoice(order.ID, shop.InvoiceSpec{})
				require.NoError(t, err)
				orders, invoices = append(orders, order.ID), append(invoices, invoice.ID)
			})
			slices.Reverse(orders)
			slices.Reverse(invoices)
			got, policies := walk(s, "orders", "", 3)
			require.Equal(t, orders, got)
			require.Equal(t, test.orders, policies)
			got, policies = walk(s, "invoices", "", 3)
			require.Equal(t, invoices, got)
			require.Equal(t, test.invoices, policies)
		})
	}
}

func TestPageSizes(t *testing.T) {
	s := open(t, shop.Options{})
	repeat(201, func(int) { s.place(1, 0) })
	for query, want := range map[string]int{"": 50, "?limit=1": 1, "?limit=200": 200, "?limit=1000": 200} {
		ids, more := s.ids("orders", query)
		require.Len(t, ids, want, query)
		require.Equal(t, true, more)
	}
	for _, query := range []string{"?limit=0", "?limit=-1", "?limit=all"} {
		reply := s.get("/orders" + query)
		require.Equal(t, http.StatusBadRequest, reply.StatusCode)
		require.Empty(t, reply.Body)
	}
}

func TestWalkIsStableWhileOrdersArriveAndLeave(t *testing.T) {
	for _, continued := range []bool{false, true} {
		s := open(t, shop.Options{ContinueAfterDeleted: continued})
		var placed []string
		repeat(6, func(int) { placed = append([]string{s.place(1, 0).ID}, placed...) })
		first, _ := s.ids("orders", "?limit=2")
		s.place(1, 0) // appears before the first page only
		second, _ := s.ids("orders", "?limit=2&starting_after="+first[1])
		require.Equal(t, placed[:4], append(first, second...))

		require.NoError(t, s.Delete(second[1]))
		reply := s.get("/orders?starting_after=" + second[1])
		if continued {
			rest, _ := s.ids("orders", "?starting_after="+second[1])
			require.Equal(t, placed[4:], rest)
		} else {
			require.Equal(t, http.StatusNotFound, reply.StatusCode)
		}
		require.Equal(t, http.StatusNotFound, s.get("/orders?starting_after=or_nobody00").StatusCode)
	}
}

func TestHistoryPlantedOutOfOrderIsListedByCreation(t *testing.T) {
	s := open(t, shop.Options{})
	at := func(day int) string {
		order, err := s.Place(shop.OrderSpec{
			CustomerID: s.customer.ID, Created: time.Date(2026, 1, day, 10, 0, 0, 0, time.UTC),
			Lines: []shop.LineSpec{{SKU: "AD-16"}},
		})
		require.NoError(t, err)
		return order.ID
	}
	third, first, second := at(3), at(1), at(2)
	all, _ := s.ids("orders", "")
	require.Equal(t, []string{third, second, first}, all)
}

func TestOrderFilters(t *testing.T) {
	s := open(t, shop.Options{})
	other := s.AddCustomer(shop.Customer{CompanyName: "Red Earth"})
	place := func(day int, customer, reference, delivery string) shop.Order {
		order, err := s.Place(shop.OrderSpec{
			CustomerID: customer, Reference: reference, DeliveryDate: delivery,
			Created: time.Date(2026, 1, day, 21, 0, 0, 0, time.UTC), Lines: []shop.LineSpec{{SKU: "AD-16"}},
		})
		require.NoError(t, err)
		return order
	}
	a := place(1, s.customer.ID, "A", "2026-02-01")
	b := place(2, other.ID, "B", "2026-02-02")
	c := place(3, s.customer.ID, "C", "")
	_, err := s.Release(b.ID)
	require.NoError(t, err)
	template, err := s.Place(shop.OrderSpec{
		CustomerID: other.ID, Standing: true, Created: a.Created.Add(-time.Hour), Lines: []shop.LineSpec{{SKU: "AD-16"}},
	})
	require.NoError(t, err)
	generated, err := s.GenerateOrder(template.ID, c.Created.Add(time.Hour))
	require.NoError(t, err)

	tests := []struct {
		query string
		want  []string
	}{
		{"", []string{generated.ID, c.ID, b.ID, a.ID, template.ID}},
		{"?created_since=2026-01-02T21:00", []string{generated.ID, c.ID, b.ID}},
		{"?created_since=2026-01-02T21:00:00Z", []string{generated.ID, c.ID, b.ID}},
		{"?created_since=2026-01-02T23:00:00%2B02:00", []string{generated.ID, c.ID, b.ID}},
		{"?created_since=2026-01-02T21:01", []string{generated.ID, c.ID}},
		{"?created_since=2026-01-03", []string{generated.ID, c.ID}},
		{"?created_before=2026-01-02T21:00", []string{a.ID, template.ID}},
		{"?created_since=2026-01-02&created_before=2026-01-03", []string{b.ID}},
		{"?delivery_date_since=2026-02-01", []string{b.ID}},
		{"?delivery_date_before=2026-02-02", []string{a.ID}},
		{fmt.Sprintf("?number=%d", c.Number), []string{c.ID}},
		{"?status=released", []string{b.ID}},
		{"?status=standing_order", []string{template.ID}},
		{"?reference=C", []string{c.ID}},
		{"?customer_id=" + s.customer.ID, []string{c.ID, a.ID}},
		{"?customer_id=" + s.customer.ID + "&status=released", nil},
		{"?standing_order_id=" + template.ID, []string{generated.ID}},
		{"?updated_since=2030-01-01", []string{generated.ID, c.ID, b.ID, a.ID, template.ID}}, // not documented: ignored
	}
	for _, test := range tests {
		got, _ := s.ids("orders", test.query)
		require.Equal(t, test.want, got, test.query)
	}
	require.Equal(t, http.StatusBadRequest, s.get("/orders?created_since=yesterday").StatusCode)
}

func TestSinceMayBeExclusive(t *testing.T) {
	s := open(t, shop.Options{ExclusiveSince: true})
	s.place(1, 0)
	got, _ := s.ids("orders", "?created_since=2026-03-02T09:00")
	require.Empty(t, got)
	got, _ = s.ids("orders", "?created_since=2026-03-02T08:59")
	require.Len(t, got, 1)
}

func TestInvoiceFilters(t *testing.T) {
	s := open(t, shop.Options{})
	invoice := func(day int, proforma bool) shop.Invoice {
		made, err := s.Invoice(s.place(1, 0).ID, shop.InvoiceSpec{
			Created: time.Date(2026, 2, day, 12, 0, 0, 0, time.UTC), Proforma: proforma,
		})
		require.NoError(t, err)
		return made
	}
	a, b, c := invoice(1, false), invoice(2, false), invoice(3, true)
	_, err := s.Pay(b.ID, shop.PaymentSpec{})
	require.NoError(t, err)
	tests := []struct {
		query string
		want  []string
	}{
		{"", []string{c.ID, b.ID, a.ID}},
		{"?created_since=2026-02-02", []string{c.ID, b.ID}},
		{"?invoice_date_after=2026-02-01&invoice_date_before=2026-02-03", []string{b.ID}},
		{"?due_date_after=2026-02-16", []string{c.ID, b.ID}},
		{"?due_date_before=2026-02-17", []string{a.ID}},
		{"?number=" + a.Number, []string{a.ID}},
		{"?customer_id=" + s.customer.ID, []string{c.ID, b.ID, a.ID}},
		{"?paid=true", []string{b.ID}},
		{"?paid=false", []string{c.ID, a.ID}},
		{"?paid=false&proforma=false", []string{a.ID}},
		{"?proforma=true", []string{c.ID}},
		{"?created_before=2026-01-01&order_id=or_x&status=paid", []string{c.ID, b.ID, a.ID}}, // none of these exists
	}
	for _, test := range tests {
		got, _ := s.ids("invoices", test.query)
		require.Equal(t, test.want, got, test.query)
	}
	require.Equal(t, http.StatusBadRequest, s.get("/invoices?paid=maybe").StatusCode)
}

func TestOtherFilters(t *testing.T) {
	s := open(t, shop.Options{})
	s.clock.Add(time.Hour)
	s.token = s.newToken()
	group := s.AddCustomerGroup(shop.CustomerGroup{Name: "Default"})
	prices := s.AddPriceList(shop.PriceList{Name: "Euros", Currency: "EUR"})
	red := s.AddCustomer(shop.Customer{
		CompanyName: "Red Earth", Status: shop.CustomerClosed, Reference: "R1", CustomerGroupID: group.ID, PriceListID: prices.ID,
		Buyers: []shop.Buyer{{EmailAddress: "Red@Example.com"}},
	})
	category := s.AddCategory(shop.Category{Name: "Dresses", Active: true})
	child := s.AddCategory(shop.Category{Name: "Summer", ParentID: category.ID})
	product := s.AddProduct(shop.Product{
		Code: "TC01", Name: "Trench Coat", CategoryIDs: []string{category.ID}, Variants: []shop.Variant{{SKU: "TC01-BLU"}},
	})
	order := s.place(2, 0)
	_, err := s.Release(order.ID)
	require.NoError(t, err)
	dispatch, err := s.Dispatch(order.ID, shop.DispatchSpec{})
	require.NoError(t, err)

	tests := []struct {
		plural, query string
		want          []string
	}{
		{"customers", "", []string{red.ID, s.customer.ID}},
		{"customers", "?created_since=2026-03-02T10:00", []string{red.ID}},
		{"customers", "?company_name=Red+Earth", []string{red.ID}},
		{"customers", "?buyers_email_address=red%40example.com", []string{red.ID}},
		{"customers", "?status=active", []string{s.customer.ID}},
		{"customers", "?reference=R1", []string{red.ID}},
		{"customers", "?payment_terms_id=" + s.customer.PaymentTermsID, []string{s.customer.ID}},
		{"customers", "?customer_group_id=" + group.ID, []string{red.ID}},
		{"customers", "?price_list_id=" + prices.ID, []string{red.ID}},
		{"products", "?code=TC01", []string{product.ID}},
		{"products", "?name=trench", []string{product.ID}},
		{"products", "?active=false", []string{product.ID}},
		{"products", "?category_id=" + category.ID, []string{product.ID}},
		{"products", "?created_since=2026-03-02T09:30", []string{product.ID}},
		{"products", "?updated_since=2026-03-02T10:30", nil},
		{"inventory_levels", "", []string{"AD-16", "AD-18", "TC01-BLU"}},
		{"inventory_levels", "?starting_after=AD-16&limit=1", []string{"AD-18"}},
		{"inventory_levels", "?product_id=" + product.ID, []string{"TC01-BLU"}},
		{"inventory_levels", "?sku=AD-18", []string{"AD-18"}},
		{"inventory_levels", "?updated_since=2026-03-02T09:30", []string{"AD-16", "TC01-BLU"}},
		{"inventory_levels", "?created_since=2026-03-02T09:30", []string{"TC01-BLU"}},
		{"dispatches", "?order_id=" + order.ID, []string{dispatch.ID}},
		{"dispatches", "?order_id=or_other", nil},
		{"dispatches", "?created_before=2026-03-02T10:00", nil},
		{"categories", "", []string{category.ID, child.ID}},
		{"categories", "?starting_after=" + category.ID, []string{child.ID}},
		{"categories", "?parent_id=" + category.ID, []string{child.ID}},
		{"categories", "?name=Dresses", []string{category.ID}},
		{"customer_groups", "", []string{group.ID}},
		{"price_lists", "?limit=0", []string{prices.ID}}, // does not support pagination
		{"tax_rates", "", []string{s.standard.ID, s.reduced.ID}},
	}
	for _, test := range tests {
		got, _ := s.ids(test.plural, test.query)
		require.Equal(t, test.want, got, test.plural+test.query)
	}
	s.clock.Add(time.Hour)
	s.token = s.newToken()
	_, err = s.SetProduct(product.ID, func(p *shop.Product) { p.Name = "Rain Coat" })
	require.NoError(t, err)
	got, _ := s.ids("products", "?updated_since=2026-03-02T10:30")
	require.Equal(t, []string{product.ID}, got)
}

func TestGetReadsAFormInTheBodyAsTheDocumentsShow(t *testing.T) {
	s := open(t, shop.Options{})
	repeat(3, func(int) { s.place(1, 0) })
	r := httptest.NewRequest(http.MethodGet, "/v1/orders", strings.NewReader("limit=2"))
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	orders, _ := send(s.api, r).JSON(t)["orders"].([]any)
	require.Len(t, orders, 2)
}

func TestShortListsShowWhatTheDocumentsShow(t *testing.T) {
	s := open(t, shop.Options{})
	season := s.AddCategory(shop.Category{Name: "Spring"})
	s.AddPreorderWindow(shop.PreorderWindow{Name: "SS26", Due: "2026-06-01", CategoryIDs: []string{season.ID}})
	s.AddPriceList(shop.PriceList{Name: "Euros", Currency: "EUR", ConversionRate: money.MustParse("115.5")})
	terms, _ := s.get("/payment_terms").JSON(t)["payment_terms"].([]any)
	require.EqualValues(t, "15", terms[0].(map[string]any)["days_due"])
	windows, _ := s.get("/preorder_windows").JSON(t)["preorder_windows"].([]any)
	require.Equal(t, []any{map[string]any{"id": season.ID, "name": "Spring"}}, windows[0].(map[string]any)["categories"])
	lists, _ := s.get("/price_lists").JSON(t)["price_lists"].([]any)
	requireMoney(t, "115.5", number(t, lists[0].(map[string]any), "conversion_rate"))
	require.NotContains(t, s.get("/tax_rates").JSON(t), "has_more")
}
