package eu

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/rest"
)

func TestQueryWritesEveryOperator(t *testing.T) {
	day := time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.FixedZone("", 3600))
	cases := map[string]struct {
		query *Query
		want  string
	}{
		"equals":     {NewOrderQuery().Equals("source_id", "or_1"), `{"source_id":{"equals":"or_1"}}`},
		"equals nil": {NewOrderQuery().Equals("customer_email", nil), `{"customer_email":{"equals":null}}`},
		"not":        {NewOrderQuery().Not("status", "pending"), `{"status":{"not":"pending"}}`},
		"gt":         {NewOrderQuery().Gt("id", "ord_1"), `{"id":{"gt":"ord_1"}}`},
		"gte and lt": {
			NewOrderQuery().Gte("created_at", day).Lt("created_at", day.Add(time.Hour)),
			`{"created_at":{"gte":"2026-01-02T02:04:05.006Z","lt":"2026-01-02T03:04:05.006Z"}}`,
		},
		"lte":        {NewOrderQuery().Lte("updated_at", day), `{"updated_at":{"lte":"2026-01-02T02:04:05.006Z"}}`},
		"in":         {NewOrderQuery().In("status", "pending", "invoiced"), `{"status":{"in":["pending","invoiced"]}}`},
		"notIn":      {NewOrderQuery().NotIn("status", "cancelled"), `{"status":{"notIn":["cancelled"]}}`},
		"contains":   {NewOrderQuery().Contains("customer_name", `A "B" & C`), `{"customer_name":{"contains":"A \"B\" \u0026 C"}}`},
		"startsWith": {NewOrderQuery().StartsWith("source_id", "or_"), `{"source_id":{"startsWith":"or_"}}`},
		"endsWith":   {NewOrderQuery().EndsWith("source_id", "1"), `{"source_id":{"endsWith":"1"}}`},
		"between":    {NewOrderQuery().Between("id", "a", "b"), `{"id":{"between":["a","b"]}}`},
		"bool":       {NewIntegrationQuery().Equals("is_active", true), `{"is_active":{"equals":true}}`},
		"two fields": {
			NewOrderQuery().Equals("source_id", "x").Equals("order_integration_id", "y"),
			`{"order_integration_id":{"equals":"y"},"source_id":{"equals":"x"}}`,
		},
		"none": {NewOrderQuery(), ""},
		"nil":  {nil, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			of := &orders
			if c.query != nil {
				of = c.query.of
			}
			got, err := c.query.text(of)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestListMistakesAreFoundBeforeSending(t *testing.T) {
	cases := map[string]ListOptions{
		"a field that cannot be filtered":  {Query: NewOrderQuery().Equals("invoice_id", "inv_1")},
		"metadata":                         {Query: NewOrderQuery().Equals("metadata.order_id", "1")},
		"a field of the other resource":    {Query: NewOrderQuery().Equals("is_active", true)},
		"a query over the other resource":  {Query: NewIntegrationQuery().Equals("id", "oint_1")},
		"a number that is not whole":       {Query: NewOrderQuery().Equals("id", 1.5)},
		"nil where it has no meaning":      {Query: NewOrderQuery().Gt("id", nil)},
		"no values":                        {Query: NewOrderQuery().In("status")},
		"a value of another type":          {Query: NewOrderQuery().In("status", "a", []string{"b"})},
		"the same condition twice":         {Query: NewOrderQuery().Equals("id", "a").Equals("id", "b")},
		"a limit that is too high":         {Limit: 101},
		"a limit that is too low":          {Limit: -1},
		"cursors in both directions":       {NextCursor: "a", PrevCursor: "b"},
		"an earlier mistake is remembered": {Query: NewOrderQuery().Equals("nope", "a").Equals("id", "b")},
	}
	for name, options := range cases {
		t.Run(name, func(t *testing.T) {
			f, client := start(t, always(http.StatusOK, `{}`))
			_, err := client.ListOrders(t.Context(), options)
			require.Equal(t, rest.NotSent, rest.ClassOf(err))
			require.Empty(t, f.calls)
		})
	}
}

func TestListSendsItsOptions(t *testing.T) {
	f, client := start(t, always(http.StatusOK, `{"data":[],"pagination":{"total":-1,"next_cursor":null,"prev_cursor":null,"has_more":false}}`))
	_, err := client.ListOrders(t.Context(), ListOptions{})
	require.NoError(t, err)
	_, err = client.ListIntegrations(t.Context(), ListOptions{
		Limit: 100, NextCursor: "n", IncludeTotal: true, OrderBy: "-created_at", Search: "a b", Trashed: true,
		Query: NewIntegrationQuery().Equals("name", "x"),
	})
	require.NoError(t, err)
	_, err = client.ListOrders(t.Context(), ListOptions{Limit: 1, PrevCursor: "p"})
	require.NoError(t, err)
	want := []struct {
		path  string
		query url.Values
	}{
		{"/orders", url.Values{"include_total_count": {"false"}}},
		{"/order-integrations", url.Values{
			"limit": {"100"}, "next_cursor": {"n"}, "include_total_count": {"true"}, "order_by": {"-created_at"}, "search": {"a b"},
			"trashed": {"true"}, "query": {`{"name":{"equals":"x"}}`},
		}},
		{"/orders", url.Values{"include_total_count": {"false"}, "limit": {"1"}, "prev_cursor": {"p"}}},
	}
	require.Len(t, f.calls, len(want))
	for i, w := range want {
		got, err := url.ParseQuery(f.calls[i].query)
		require.NoError(t, err)
		require.Equal(t, w.path, f.calls[i].path)
		require.Equal(t, w.query, got)
	}
}
