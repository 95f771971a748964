package orderspace

import (
	"iter"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/rest"
	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

func collect[T any](t *testing.T, list iter.Seq2[T, error]) []T {
	t.Helper()
	var all []T
	for item, err := range list {
		require.NoError(t, err)
		all = append(all, item)
	}
	return all
}

func some(text string) money.NullDecimal { return money.Some(money.MustParse(text)) }

// Every resource of the reference, read from its documented example.
func TestResources(t *testing.T) {
	site := newSite(t, files(t, map[string]string{
		"/orders": "orders.json", "/orders/or_l5DYqeDn": "order.json", "/invoices": "invoices.json", "/invoices/iv_7xg471xv": "invoice.json",
		"/dispatches": "dispatches.json", "/dispatches/di_4kzzxdk2": "dispatch.json", "/customers": "customers.json", "/customers/cu_dnwz8gnx": "customer.json",
		"/products": "products.json", "/products/pr_lj3pwm1n": "product.json", "/inventory_levels": "inventory_levels.json",
		"/categories": "categories.json", "/categories/ca_n51qpxjd": "category.json", "/customer_groups": "customer_groups.json",
		"/price_lists": "price_lists.json", "/payment_terms": "payment_terms.json", "/tax_rates": "tax_rates.json", "/preorder_windows": "preorder_windows.json",
	}))
	client, ctx := site.client(t, nil), t.Context()
	one := Paging{Limit: 1}

	for order, err := range client.Orders(ctx, OrderOptions{Paging: one}) {
		require.NoError(t, err)
		single, err := client.Order(ctx, order.ID)
		require.NoError(t, err)
		require.Equal(t, "or_68ogydlx", single.StandingOrderID)
		single.StandingOrderID = "" // the two examples differ in it
		require.Equal(t, single, order)
		break // the example says that there is more, and would again
	}
	for invoice, err := range client.Invoices(ctx, InvoiceOptions{}) {
		require.NoError(t, err)
		single, err := client.Invoice(ctx, invoice.ID)
		require.NoError(t, err)
		require.Equal(t, single, invoice)
		require.Equal(t, []OrderRef{{ID: "or_e875r5l5", Number: "1288"}}, single.OrderRefs)
		require.Equal(t, Deposit{Percentage: some("25.0"), DueDate: "2021-04-24"}, single.Deposit)
		require.Equal(t, "15 Days", single.PaymentTerms)
	}
	for _, dispatch := range collect(t, client.Dispatches(ctx, DispatchOptions{})) {
		single, err := client.Dispatch(ctx, dispatch.ID)
		require.NoError(t, err)
		require.Equal(t, "1289", single.OrderNumber)
		require.Equal(t, []string{"sample@orderspace.com"}, single.Emails)
		require.Equal(t, dispatch.Lines, single.Lines)
	}
	for customer, err := range client.Customers(ctx, CustomerOptions{Paging: one}) {
		require.NoError(t, err)
		single, err := client.Customer(ctx, customer.ID)
		require.NoError(t, err)
		require.Equal(t, single, customer)
		require.Equal(t, time.Date(2021, 3, 9, 13, 8, 51, 0, time.UTC), single.Created)
		require.Equal(t, some("150.0"), single.MinimumSpend)
		break
	}
	for product, err := range client.Products(ctx, ProductOptions{Paging: one}) {
		require.NoError(t, err)
		single, err := client.Product(ctx, product.ID)
		require.NoError(t, err)
		require.Equal(t, single, product)
		require.Equal(t, map[string]string{"Color": "Red", "Size": "10"}, single.Variants[0].Options)
		require.Equal(t, []PriceListPrice{{ID: "pr_z0j7yjl2", UnitPrice: some("35.0")}}, single.Variants[0].PriceListPrices)
		require.False(t, single.Variants[2].Multiple.Valid)
		break
	}
	levels := collect(t, client.InventoryLevels(ctx, InventoryOptions{}))
	require.Equal(t, InventoryLevel{SKU: "AD-10", OnHand: some("10"), Available: some("4")}, levels[0])
	for category, err := range client.Categories(ctx, CategoryOptions{}) {
		require.NoError(t, err)
		single, err := client.Category(ctx, category.ID)
		require.NoError(t, err)
		require.Equal(t, Category{ID: "ca_n51qpxjd", Name: "Dresses", Active: true}, single)
		break
	}
	groups, err := client.CustomerGroups(ctx)
	require.NoError(t, err)
	require.Equal(t, []CustomerGroup{{ID: "cg_mg5r89wo", Name: "Default"}}, groups)
	lists, err := client.PriceLists(ctx)
	require.NoError(t, err)
	require.Equal(t, []PriceList{{ID: "pr_z0j7yjl2", Name: "Euros", Currency: "EUR", ConversionRate: some("100")}}, lists)
	terms, err := client.PaymentTerms(ctx)
	require.NoError(t, err)
	require.Equal(t, some("0.0"), terms[0].DepositPercentage)
	rates, err := client.TaxRates(ctx)
	require.NoError(t, err)
	require.Equal(t, []trade.TaxRate{{ID: "tr_xk7pe5kd", Name: "Standard", Rate: money.MustParse("20.0")}}, rates)
	windows, err := client.PreorderWindows(ctx)
	require.NoError(t, err)
	require.Equal(t, []CategoryRef{{ID: "ca_kj6mz919", Name: "Spring/Summer 2021"}}, windows[0].Categories)
}

func TestGetRecord(t *testing.T) {
	site := newSite(t, files(t, map[string]string{
		"/orders/or_l5DYqeDn": "order.json", "/orders/or_other": "order.json", "/orders/or_list": "orders.json",
	}))
	client := site.client(t, nil)
	record, err := client.GetRecord(t.Context(), trade.KindOrder, "or_l5DYqeDn")
	require.NoError(t, err)
	require.Equal(t, "1204", record.Number)
	require.Equal(t, "new", record.Status)
	require.Equal(t, time.Date(2020, 4, 8, 15, 3, 55, 0, time.UTC), record.Created)
	require.Equal(t, []trade.Ref{{Kind: trade.KindCustomer, ID: "cu_gpbOljAn"}}, record.Refs)
	_, err = Decoder{}.Order(record.Body)
	require.NoError(t, err)

	for id, class := range map[string]rest.Class{
		"or_gone": rest.NotFound, "or_other": rest.Unknown, "or_list": rest.Unknown, "": rest.Rejected, "..": rest.Rejected,
	} {
		_, err := client.GetRecord(t.Context(), trade.KindOrder, id)
		require.Equal(t, class, rest.ClassOf(err), id)
	}
	require.NotContains(t, site.seen(), "GET /v1/orders/")
	_, err = client.GetRecord(t.Context(), trade.KindOrder, "a/../b?c")
	require.Equal(t, rest.NotFound, rest.ClassOf(err))
	require.Contains(t, site.seen(), "GET /v1/orders/a%2F..%2Fb%3Fc")
}

func TestWebhooks(t *testing.T) {
	var bodies []map[string]any
	site := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		bodies = append(bodies, bodyOf(t, r))
		switch r.Method + " " + r.URL.Path {
		case "GET /v1/webhooks":
			reply(w, 200, string(fixture(t, "webhooks.json")))
		case "GET /v1/webhooks/wh_nq479yz6", "POST /v1/webhooks", "PUT /v1/webhooks/wh_nq479yz6":
			reply(w, 200, string(fixture(t, "webhook.json")))
		case "DELETE /v1/webhooks/wh_nq479yz6":
			reply(w, 200, `{"webhook":{"id":"wh_nq479yz6","deleted":true}}`)
		default:
			reply(w, 404, `{"message":"Couldn't find it"}`)
		}
	})
	client, ctx := site.client(t, nil), t.Context()
	all, err := client.ListWebhooks(ctx)
	require.NoError(t, err)
	require.Equal(t, "wh_o9ernm4p", all[0].ID)
	require.Len(t, all[0].SigningKey, 40)

	hook, err := client.GetWebhook(ctx, "wh_nq479yz6")
	require.NoError(t, err)
	require.Equal(t, []string{"order.created", "dispatch.created"}, hook.Events)
	created, err := client.CreateWebhook(ctx, "https://example.com/hook", []string{"order.created"})
	require.NoError(t, err)
	require.Equal(t, hook, created)
	want := map[string]any{"webhook": map[string]any{"endpoint": "https://example.com/hook", "events": []any{"order.created"}}}
	require.Equal(t, want, bodies[len(bodies)-1])
	_, err = client.UpdateWebhook(ctx, hook.ID, "https://example.com/hook", []string{"order.created"})
	require.NoError(t, err)
	require.Equal(t, want, bodies[len(bodies)-1])
	require.NoError(t, client.DeleteWebhook(ctx, hook.ID))
	require.Equal(t, rest.NotFound, rest.ClassOf(client.DeleteWebhook(ctx, "wh_gone")))
	require.Equal(t, rest.Rejected, rest.ClassOf(client.DeleteWebhook(ctx, "")))
	_, err = client.UpdateWebhook(ctx, "", "https://example.com/hook", nil)
	require.Equal(t, rest.Rejected, rest.ClassOf(err))
	_, err = client.UpdateWebhook(ctx, "wh_gone", "https://example.com/hook", nil)
	require.Equal(t, rest.NotFound, rest.ClassOf(err))
}

// An answer about another webhook says nothing about the one that was asked for.
func TestUpdateWebhookAnsweredWithAnother(t *testing.T) {
	site := newSite(t, func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, string(fixture(t, "webhook.json"))) })
	_, err := site.client(t, nil).UpdateWebhook(t.Context(), "wh_other", "https://example.com", nil)
	require.Equal(t, rest.Unknown, rest.ClassOf(err))
}

// A create that is answered with something else may have created.
func TestCreateWebhookWithAStrangeReply(t *testing.T) {
	for _, body := range []string{`{}`, `{"webhook":{}}`, `{"webhook":{"id":7,"events":{}}}`, `{"webhook":{"id":"wh_1","events":[]}}`, `[]`} {
		site := newSite(t, func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, body) })
		_, err := site.client(t, nil).CreateWebhook(t.Context(), "https://example.com", nil)
		require.Equal(t, rest.Unknown, rest.ClassOf(err), body)
		require.Len(t, site.seen(), 1)
	}
}

func TestErrorsOfTheVendor(t *testing.T) {
	site := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusUnprocessableEntity, `{"message":"Validation failed: Endpoint can't be blank"}`)
	})
	_, err := site.client(t, nil).CreateWebhook(t.Context(), "", nil)
	var failure *rest.Error
	require.ErrorAs(t, err, &failure)
	require.Equal(t, rest.Rejected, failure.Class)
	require.Equal(t, "Validation failed: Endpoint can't be blank", failure.Message)
	require.NotContains(t, err.Error(), "Validation")
}
