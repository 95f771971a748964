package books_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox/books"
)

// shelf holds 25 orders, or_00 to or_24, a minute apart; each third is paid.
func shelf(t *testing.T, o books.Options) *api {
	t.Helper()
	a := open(t, o)
	for i := range 25 {
		change := object{"customer_name": fmt.Sprintf("Customer %c", 'A'+i%5), "metadata": object{"n": fmt.Sprintf("note-%d", i)}}
		if i%3 == 0 {
			change["payment_status"] = "paid"
		}
		a.create(fmt.Sprintf("or_%02d", i), change)
		a.clock.advance(time.Minute)
	}
	return a
}

func sourceIDs(a answer) []string {
	var out []string
	rows, _ := a.json["data"].([]any)
	for _, row := range rows {
		out = append(out, row.(map[string]any)["source_id"].(string))
	}
	return out
}

func pagination(a answer) map[string]any { p, _ := a.json["pagination"].(map[string]any); return p }

func TestPagesForwardAndBack(t *testing.T) {
	t.Parallel()
	a := shelf(t, books.Options{})
	first := a.do("GET", "/orders", nil)
	require.Len(t, sourceIDs(first), 10, "the default limit")
	require.Equal(t, "or_00", sourceIDs(first)[0], "id ascending by default")
	require.Nil(t, pagination(first)["prev_cursor"])
	require.Equal(t, true, pagination(first)["has_more"])
	require.Contains(t, first.body, `"total":25`)

	var forward []string
	pages, at := []answer{}, "/orders?limit=7"
	for {
		got := a.do("GET", at, nil)
		require.Equal(t, 200, got.status, got.body)
		pages = append(pages, got)
		forward = append(forward, sourceIDs(got)...)
		next, more := pagination(got)["next_cursor"].(string)
		require.Equal(t, pagination(got)["has_more"], more)
		if !more {
			break
		}
		at = "/orders?limit=7&next_cursor=" + next
	}
	require.Len(t, pages, 4)
	require.Len(t, slices.Compact(slices.Clone(forward)), 25)
	require.True(t, slices.IsSorted(forward))

	for i := len(pages) - 1; i > 0; i-- {
		prev := pagination(pages[i])["prev_cursor"].(string)
		back := a.do("GET", "/orders?limit=7&prev_cursor="+prev, nil)
		require.Equal(t, sourceIDs(pages[i-1]), sourceIDs(back))
	}
	require.Contains(t, a.do("GET", "/orders?include_total_count=false", nil).body, `"total":-1`)
	descending := a.do("GET", "/orders?order_by=-created_at&limit=100", nil)
	require.Equal(t, "or_24", sourceIDs(descending)[0])
	require.Nil(t, pagination(descending)["next_cursor"])
	require.Equal(t, false, pagination(descending)["has_more"])
}

func TestCursorOutlivesItsRecord(t *testing.T) {
	t.Parallel()
	a := shelf(t, books.Options{})
	filter := "/orders?limit=5&query=" + query(object{"status": "pending"})
	first := a.do("GET", filter, nil)
	cursor := pagination(first)["next_cursor"].(string)
	a.do("POST", "/orders/"+cursor+"/cancel", nil)
	require.Equal(t, "or_05", sourceIDs(a.do("GET", filter+"&next_cursor="+cursor, nil))[0])
}

func TestListParameters(t *testing.T) {
	t.Parallel()
	a := shelf(t, books.Options{})
	for path, status := range map[string]int{
		"limit=0": 422, "limit=101": 422, "limit=x": 422, "limit=100": 200, "limit=1": 200,
		"next_cursor=ord_x": 422, "next_cursor=a&prev_cursor=b": 422, "include_total_count=maybe": 422, "trashed=1": 422,
		"order_by=total": 422, "order_by=-updated_at": 200, "cursor=whatever": 200,
	} {
		require.Equal(t, status, a.do("GET", "/orders?"+path, nil).status, path)
	}
}

func TestQuery(t *testing.T) {
	t.Parallel()
	a := shelf(t, books.Options{})
	tests := map[string]struct {
		query any
		want  int // rows; below 0 the status of the refusal, negated
	}{
		"direct value":                {object{"source_id": "or_07"}, 1},
		"equals":                      {object{"source_id": object{"equals": "or_07"}}, 1},
		"equals regards case":         {object{"source_id": "OR_07"}, 0},
		"both fields must hold":       {object{"source_id": "or_07", "order_integration_id": "oint_other"}, 0},
		"not":                         {object{"payment_status": object{"not": "paid"}}, 16},
		"in":                          {object{"source_id": object{"in": []string{"or_01", "or_02", "or_99"}}}, 2},
		"notIn":                       {object{"source_id": object{"notIn": []string{"or_01", "or_02"}}}, 23},
		"contains, whatever case":     {object{"customer_name": object{"contains": "TOMER b"}}, 5},
		"startsWith":                  {object{"source_id": object{"startsWith": "or_1"}}, 10},
		"endsWith":                    {object{"source_id": object{"endsWith": "4"}}, 3},
		"gt":                          {object{"created_at": object{"gt": "2026-03-02T09:20:00Z"}}, 4},
		"gte":                         {object{"created_at": object{"gte": "2026-03-02T09:20:00Z"}}, 5},
		"lt and gte together":         {object{"created_at": object{"lt": "2026-03-02T09:05:00Z", "gte": "2026-03-02T09:02:00Z"}}, 3},
		"lte":                         {object{"created_at": object{"lte": "2026-03-02T09:05:00Z"}}, 6},
		"between":                     {object{"created_at": object{"between": []string{"2026-03-02T09:02:00Z", "2026-03-02T09:04:00Z"}}}, 3},
		"null is not set":             {object{"customer_email": nil}, 0},
		"not null":                    {object{"customer_email": object{"not": nil}}, 25},
		"metadata is not whitelisted": {object{"metadata.n": "note-1"}, -422},
		"nested metadata neither":     {object{"metadata": object{"n": "note-1"}}, -422},
		"total of the examples":       {object{"total": object{"gte": 1000}}, -422},
		"customer.name neither":       {object{"customer.name": object{"contains": "Acme"}}, -422},
		"order number neither":        {object{"source_order_number": "1"}, -422},
		"invoice_id neither":          {object{"invoice_id": "1"}, -422},
		"unknown operator":            {object{"source_id": object{"like": "x"}}, -422},
		"logic is not supported":      {object{"OR": []object{{"source_id": "x"}}}, -422},
		"in without an array":         {object{"source_id": object{"in": "or_01"}}, -422},
		"between of one":              {object{"created_at": object{"between": []string{"2026-03-02"}}}, -422},
		"number for a text":           {object{"source_id": 7}, -422},
		"no date":                     {object{"created_at": object{"gt": "today"}}, -422},
		"an array":                    {[]any{}, -400},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := a.do("GET", "/orders?limit=100&query="+query(tc.query), nil)
			if tc.want < 0 {
				require.Equal(t, -tc.want, got.status, got.body)
				require.Equal(t, tc.want == -400, got.code() == "invalid_query")
				return
			}
			require.Equal(t, 200, got.status, got.body)
			require.Len(t, sourceIDs(got), tc.want)
		})
	}
	t.Run("not JSON", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, 400, a.do("GET", "/orders?query=status:pending", nil).status)
	})
	t.Run("search reaches metadata values", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, []string{"or_07"}, sourceIDs(a.do("GET", "/orders?search=NOTE-7", nil)))
	})
}

func TestServerThatIgnoresTheQuery(t *testing.T) {
	t.Parallel()
	a := shelf(t, books.Options{IgnoreQuery: true})
	require.Len(t, sourceIDs(a.do("GET", "/orders?query="+query(object{"source_id": "or_99"}), nil)), 10)
}

func TestListInvoices(t *testing.T) {
	t.Parallel()
	a := shelf(t, books.Options{})
	for _, o := range a.books.Orders()[:15] {
		a.do("POST", "/orders/"+o.ID+"/process", nil)
	}
	first := a.do("GET", "/invoices?limit=10", nil)
	require.Contains(t, first.body, `"total":15`)
	second := a.do("GET", "/invoices?limit=10&next_cursor="+pagination(first)["next_cursor"].(string), nil)
	require.Len(t, second.json["data"], 5)
	one := a.do("GET", "/invoices?query="+query(object{"number": "INV-2026-0003"}), nil)
	require.Len(t, one.json["data"], 1)
	require.Empty(t, a.do("GET", "/invoices?query="+query(object{"total": object{"gt": 100}}), nil).json["data"])
	require.Len(t, a.do("GET", "/invoices?query="+query(object{"voided_at": nil}), nil).json["data"], 10)
}
