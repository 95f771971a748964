package orderspace

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/rest"
	"spacebridge/mapping/trade"
)

// numbered serves orders or_001 to or_n by cursor; more says what has_more holds, nil leaves it out; limit caps pages.
func numbered(n, limit int, more func(left int) any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		asked, _ := strconv.Atoi(r.URL.Query().Get("limit"))
		start := 0
		if after := r.URL.Query().Get("starting_after"); after != "" {
			start, _ = strconv.Atoi(after[3:])
		}
		var list []map[string]any
		for i := start; i < min(start+min(asked, limit), n); i++ {
			list = append(list, map[string]any{"id": fmt.Sprintf("or_%03d", i+1), "number": i + 1})
		}
		envelope := map[string]any{"orders": slices.Clip(append([]map[string]any{}, list...))}
		if more != nil {
			envelope["has_more"] = more(n - start - len(list))
		}
		reply(w, http.StatusOK, toJSON(envelope))
	}
}

func TestEndOfList(t *testing.T) {
	truth := func(left int) any { return left > 0 }
	for _, c := range []struct {
		name     string
		n, limit int
		more     func(int) any
		requests int
	}{
		{"empty", 0, 200, truth, 1},
		{"one short page", 3, 200, truth, 1},
		{"one short page without has_more", 3, 200, nil, 1},
		{"exactly one page", 10, 200, truth, 1},
		{"exactly one page without has_more", 10, 200, nil, 2},
		{"several pages", 25, 200, truth, 3},
		{"several pages without has_more", 25, 200, nil, 3},
		{"has_more is null", 25, 200, func(int) any { return nil }, 3},
		{"pages capped below the limit, has_more true", 25, 5, truth, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			site := newSite(t, numbered(c.n, c.limit, c.more))
			client := site.client(t, nil)
			var ids []string
			for order, err := range client.Orders(t.Context(), OrderOptions{Paging: Paging{Limit: 10}}) {
				require.NoError(t, err)
				ids = append(ids, order.ID)
			}
			require.Len(t, ids, c.n)
			require.Len(t, slices.Compact(ids), c.n)
			require.Len(t, site.seen(), c.requests)
		})
	}
}

func TestListRecordsWalksByCursor(t *testing.T) {
	site := newSite(t, numbered(450, 200, nil))
	client := site.client(t, nil)
	cursor, records := "", 0
	for {
		page, err := client.ListRecords(t.Context(), trade.KindOrder, trade.ListFilter{Status: "new"}, cursor)
		require.NoError(t, err)
		records += len(page.Records)
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	require.Equal(t, 450, records)
	require.Equal(t, []string{
		"GET /v1/orders?limit=200&status=new", "GET /v1/orders?limit=200&starting_after=or_200&status=new",
		"GET /v1/orders?limit=200&starting_after=or_400&status=new",
	}, site.seen())
}

// A server that ignores the cursor, or sends us in circles, ends in an error and not in an endless walk.
func TestRepeatingListsEnd(t *testing.T) {
	circle := func(w http.ResponseWriter, r *http.Request) {
		next := map[string]string{"": "a", "a": "b", "b": "a"}[r.URL.Query().Get("starting_after")]
		reply(w, http.StatusOK, fmt.Sprintf(`{"orders":[{"id":%q}],"has_more":true}`, next))
	}
	stuck := func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, `{"orders":[{"id":"a"}],"has_more":true}`)
	}
	for name, handler := range map[string]http.HandlerFunc{"circle": circle, "stuck": stuck} {
		t.Run(name, func(t *testing.T) {
			site := newSite(t, handler)
			var last error
			for _, err := range site.client(t, nil).Orders(t.Context(), OrderOptions{}) {
				last = err
			}
			require.ErrorIs(t, last, errRepeats)
			require.Equal(t, rest.Unknown, rest.ClassOf(last))
			require.LessOrEqual(t, len(site.seen()), 3)
		})
	}
	_, err := newSite(t, stuck).client(t, nil).ListRecords(t.Context(), trade.KindOrder, trade.ListFilter{}, "a")
	require.ErrorIs(t, err, errRepeats)
}

// From what a list no longer holds, conclusions are drawn; a reply without the list must not pass for an empty one.
func TestNoListIsNoEmptyList(t *testing.T) {
	for _, body := range []string{`{}`, `{"orders":null}`, `{"orders":{}}`, `{"customers":[]}`, `[]`, `null`, `{"message":"x"}`} {
		site := newSite(t, func(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, body) })
		_, err := site.client(t, nil).ListRecords(t.Context(), trade.KindOrder, trade.ListFilter{}, "")
		require.Equal(t, rest.Unknown, rest.ClassOf(err), body)
	}
}

// One record that cannot be understood spoils neither its neighbours nor the cursor.
func TestBadRecordsAreAlone(t *testing.T) {
	site := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("starting_after") != "" {
			reply(w, http.StatusOK, `{"orders":[]}`)
			return
		}
		reply(w, http.StatusOK, `{"orders":[{"id":"a"},{"id":"b","net_total":"many"},17,{"id":{}}],"has_more":true}`)
	})
	client := site.client(t, nil)
	page, err := client.ListRecords(t.Context(), trade.KindOrder, trade.ListFilter{}, "")
	require.NoError(t, err)
	require.Len(t, page.Records, 4)
	require.Equal(t, "b", page.Next)
	require.Equal(t, "b", page.Records[1].ID)
	require.Empty(t, page.Records[2].ID)
	require.JSONEq(t, `17`, string(page.Records[2].Body))

	var good, faults int
	for _, err := range client.Orders(t.Context(), OrderOptions{}) {
		if err == nil {
			good++
			continue
		}
		var fault *trade.Fault
		require.ErrorAs(t, err, &fault)
		faults++
	}
	require.Equal(t, 1, good)
	require.Equal(t, 3, faults)

	nameless := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, `{"orders":[{},{}],"has_more":true}`)
	})
	_, err = nameless.client(t, nil).ListRecords(t.Context(), trade.KindOrder, trade.ListFilter{}, "")
	require.ErrorIs(t, err, errNoCursor)
}

func TestEveryFilterReachesTheQuery(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 600, time.FixedZone("", 3600))
	yes, no := true, false
	for want, query := range map[string]url.Values{
		"created_before=2026-01-02T02%3A04%3A06Z&created_since=2026-01-02T02%3A04%3A05Z&customer_id=cu&delivery_date_before=2026-02-02&" +
			"delivery_date_since=2026-02-01&number=7&reference=r&standing_order_id=or&status=new": OrderOptions{
			CreatedSince: at, CreatedBefore: at, DeliveryDateSince: "2026-02-01", DeliveryDateBefore: "2026-02-02",
			Number: "7", Status: "new", Reference: "r", CustomerID: "cu", StandingOrderID: "or",
		}.query(),
		"created_since=2026-01-02T02%3A04%3A05Z&customer_id=cu&due_date_after=3&due_date_before=4&invoice_date_after=1&" +
			"invoice_date_before=2&number=INV&paid=false&proforma=true": InvoiceOptions{
			CreatedSince: at, InvoiceDateAfter: "1", InvoiceDateBefore: "2", DueDateAfter: "3", DueDateBefore: "4",
			Number: "INV", CustomerID: "cu", Paid: &no, Proforma: &yes,
		}.query(),
		"created_before=2026-01-02T02%3A04%3A06Z&created_since=2026-01-02T02%3A04%3A05Z&order_id=or": DispatchOptions{
			CreatedSince: at, CreatedBefore: at, OrderID: "or",
		}.query(),
		"buyers_email_address=e&company_name=c&created_since=2026-01-02T02%3A04%3A05Z&customer_group_id=cg&payment_terms_id=pt&" +
			"price_list_id=pl&reference=r&status=active": CustomerOptions{
			CreatedSince: at, CompanyName: "c", BuyersEmailAddress: "e", Status: "active", Reference: "r",
			PaymentTermsID: "pt", CustomerGroupID: "cg", PriceListID: "pl",
		}.query(),
		"active=true&category_id=ca&code=c&created_since=2026-01-02T02%3A04%3A05Z&name=n&updated_since=2026-01-02T02%3A04%3A05Z": ProductOptions{
			CreatedSince: at, UpdatedSince: at, Code: "c", Name: "n", Active: &yes, CategoryID: "ca",
		}.query(),
		"created_since=2026-01-02T02%3A04%3A05Z&product_id=pr&sku=s&updated_since=2026-01-02T02%3A04%3A05Z": InventoryOptions{
			CreatedSince: at, UpdatedSince: at, ProductID: "pr", SKU: "s",
		}.query(),
		"name=n&parent_id=ca": CategoryOptions{Name: "n", ParentID: "ca"}.query(),
		"":                    OrderOptions{}.query(),
	} {
		require.Equal(t, want, query.Encode())
	}
}

func TestListRecordsFilters(t *testing.T) {
	since := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	site := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, `{"orders":[],"invoices":[],"dispatches":[],"customers":[]}`)
	})
	client := site.client(t, nil)
	for _, c := range []struct {
		kind   trade.Kind
		filter trade.ListFilter
	}{
		{trade.KindInvoice, trade.ListFilter{CreatedSince: since, Unpaid: true, CustomerID: "cu"}},
		{trade.KindDispatch, trade.ListFilter{CreatedSince: since, OrderID: "or"}},
		{trade.KindDispatch, trade.ListFilter{CreatedSince: since, CreatedBefore: since.AddDate(0, 1, 0)}},
		{trade.KindOrder, trade.ListFilter{CreatedSince: since, CreatedBefore: since.Add(time.Millisecond), Status: "new"}},
		{trade.KindCustomer, trade.ListFilter{CreatedSince: since, Status: "active"}},
	} {
		_, err := client.ListRecords(t.Context(), c.kind, c.filter, "")
		require.NoError(t, err)
	}
	require.Equal(t, []string{
		"GET /v1/invoices?created_since=2026-01-02T00%3A00%3A00Z&customer_id=cu&limit=200&paid=false",
		"GET /v1/dispatches?created_since=2026-01-02T00%3A00%3A00Z&limit=200&order_id=or",
		"GET /v1/dispatches?created_before=2026-02-02T00%3A00%3A00Z&created_since=2026-01-02T00%3A00%3A00Z&limit=200",
		"GET /v1/orders?created_before=2026-01-02T00%3A00%3A01Z&created_since=2026-01-02T00%3A00%3A00Z&limit=200&status=new",
		"GET /v1/customers?created_since=2026-01-02T00%3A00%3A00Z&limit=200&status=active",
	}, site.seen())

	for _, kind := range []trade.Kind{trade.KindInvoice, trade.KindCustomer} {
		_, err := client.ListRecords(t.Context(), kind, trade.ListFilter{CreatedBefore: since}, "")
		require.Equal(t, rest.Rejected, rest.ClassOf(err), kind)
	}
	for kind, filter := range map[trade.Kind]trade.ListFilter{
		trade.KindOrder: {Unpaid: true}, trade.KindInvoice: {OrderID: "or"}, trade.KindDispatch: {Status: "new"},
		trade.KindCustomer: {CustomerID: "cu"}, "product": {},
	} {
		_, err := client.ListRecords(t.Context(), kind, filter, "")
		require.Equal(t, rest.Rejected, rest.ClassOf(err), kind)
	}
	require.Len(t, site.seen(), 5)
}
