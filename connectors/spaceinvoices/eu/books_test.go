package eu

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/rest"
	"spacebridge/mapping/trade"
)

func startBooks(t *testing.T, reply func(call) answer) (*fake, *Books) {
	t.Helper()
	f, client := start(t, reply)
	books, err := NewBooks(client)
	require.NoError(t, err)
	return f, books
}

// row is an order as a list shows it.
func row(id, sourceID, integration, deletedAt string) map[string]any {
	return map[string]any{"id": id, "source_id": sourceID, "order_integration_id": integration, "status": "pending", "deleted_at": deletedAt}
}

// pages serves rows by cursor, ignoring every filter; size is the server's page size.
func pages(t *testing.T, size int, rows ...map[string]any) func(call) answer {
	t.Helper()
	return func(c call) answer {
		query, err := url.ParseQuery(c.query)
		require.NoError(t, err)
		from, _ := strconv.Atoi(query.Get("next_cursor"))
		to := min(from+size, len(rows))
		pagination := map[string]any{"total": len(rows), "next_cursor": nil, "prev_cursor": nil, "has_more": to < len(rows)}
		if to < len(rows) {
			pagination["next_cursor"] = strconv.Itoa(to)
		}
		body, err := json.Marshal(map[string]any{"data": rows[from:to], "pagination": pagination})
		require.NoError(t, err)
		return answer{status: http.StatusOK, body: string(body)}
	}
}

func TestFindAsksForOneSaleOfOneIntegration(t *testing.T) {
	f, books := startBooks(t, pages(t, 10, row("ord_1", "or_1", "oint_1", "")))
	found, err := books.Find(t.Context(), "or_1")
	require.NoError(t, err)
	require.Len(t, found, 1)
	query, err := url.ParseQuery(f.calls[0].query)
	require.NoError(t, err)
	require.JSONEq(t, `{"order_integration_id":{"equals":"oint_1"},"source_id":{"equals":"or_1"}}`, query.Get("query"))
	require.Equal(t, "100", query.Get("limit"))
	require.Len(t, f.calls, 1)
}

// TestFindIsNotFooled: the fake server ignores the filter and gives everything it has.
func TestFindIsNotFooled(t *testing.T) {
	var rows []map[string]any
	for i := range 25 {
		rows = append(rows, row(fmt.Sprintf("ord_x%d", i), fmt.Sprintf("or_x%d", i), "oint_1", ""))
	}
	rows = append(rows,
		row("ord_other", "or_1", "oint_2", ""),
		row("ord_trash", "or_1", "oint_1", "2026-01-01T00:00:00.000Z"),
		row("ord_case", "OR_1", "oint_1", ""),
		row("ord_a", "or_1", "oint_1", ""),
		row("ord_b", "or_1", "oint_1", ""),
	)
	f, books := startBooks(t, pages(t, 7, rows...))
	found, err := books.Find(t.Context(), "or_1")
	require.NoError(t, err)
	require.Len(t, found, 2)
	require.Equal(t, "ord_a", found[0].ID)
	require.Equal(t, "ord_b", found[1].ID)
	require.Len(t, f.calls, 5, "every page is walked")

	found, err = books.Find(t.Context(), "or_none")
	require.NoError(t, err)
	require.Empty(t, found)
}

// TestFindNeverTakesPartOfAListForAllOfIt: "absent" must be certain, since it leads to a create.
func TestFindNeverTakesPartOfAListForAllOfIt(t *testing.T) {
	endless := func(c call) answer {
		query, _ := url.ParseQuery(c.query)
		n, _ := strconv.Atoi(query.Get("next_cursor"))
		return answer{status: 200, body: fmt.Sprintf(`{"data":[{"id":"ord_%d"}],"pagination":{"total":-1,"next_cursor":"%d","has_more":true}}`, n, n+1)}
	}
	cases := map[string]func(call) answer{
		"no list":               always(200, `{}`),
		"null":                  always(200, `{"data":null,"pagination":{"has_more":false}}`),
		"no pagination":         always(200, `{"data":[]}`),
		"a bare list":           always(200, `[]`),
		"more without a cursor": always(200, `{"data":[],"pagination":{"has_more":true,"next_cursor":null,"prev_cursor":"x"}}`),
		"a cursor that stays":   always(200, `{"data":[],"pagination":{"has_more":true,"next_cursor":"x"}}`),
		"fewer than counted":    always(200, `{"data":[],"pagination":{"total":2,"has_more":false,"next_cursor":null}}`),
		"a list without end":    endless,
		"a row that is no row":  always(200, `{"data":["ord_1"],"pagination":{"has_more":false}}`),
		"a fault":               always(500, `{"code":"x","message":"y"}`),
	}
	for name, reply := range cases {
		t.Run(name, func(t *testing.T) {
			f, books := startBooks(t, reply)
			found, err := books.Find(t.Context(), "or_1")
			require.Equal(t, rest.Unknown, rest.ClassOf(err))
			require.Empty(t, found)
			require.LessOrEqual(t, len(f.calls), maxPages)
		})
	}
}

func TestListWalksTheIntegration(t *testing.T) {
	_, books := startBooks(t, pages(t, 2, row("a", "1", "oint_1", ""), row("b", "2", "oint_2", ""), row("c", "3", "oint_1", "")))
	found, next, err := books.List(t.Context(), "")
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, "2", next)
	found, next, err = books.List(t.Context(), next)
	require.NoError(t, err)
	require.Equal(t, "c", found[0].ID)
	require.Empty(t, next)
}

func TestIntegrationSettings(t *testing.T) {
	_, books := startBooks(t, always(200, fixture(t, "integration.json")))
	got, err := books.Integration(t.Context())
	require.NoError(t, err)
	require.Equal(t, trade.BooksIntegration{ID: "oint_1", Name: "Spacebridge", Source: "manual", Active: true}, got)

	_, books = startBooks(t, always(200, fixture(t, "integration.json", `"auto_process": false`, `"auto_process": true, "auto_reissue_on_update": true`)))
	got, err = books.Integration(t.Context())
	require.NoError(t, err)
	require.True(t, got.AutoProcess)
	require.True(t, got.AutoReissueOnUpdate)

	_, books = startBooks(t, always(200, fixture(t, "integration.json", `"auto_process": false,`, ``)))
	_, err = books.Integration(t.Context())
	require.Equal(t, rest.Unknown, rest.ClassOf(err), "silence about auto_process is not safety")

	_, books = startBooks(t, always(200, fixture(t, "integration.json", `"oint_1"`, `"oint_2"`)))
	_, err = books.Integration(t.Context())
	require.Equal(t, rest.Unknown, rest.ClassOf(err))
}

func TestStepsSendWhatTheyMay(t *testing.T) {
	f, books := startBooks(t, always(200, fixture(t, "order.json")))
	sale := saleGBP(t)
	created, err := books.Create(t.Context(), "sb_1", sale)
	require.NoError(t, err)
	require.Equal(t, trade.BooksPending, created.Status)
	require.True(t, created.ItemsChanged)
	require.Equal(t, "100.10", created.Net.Decimal.String())
	bare := sale
	bare.ShippingAddress, bare.Party.Notes = trade.Address{}, ""
	_, err = books.Update(t.Context(), "sb_2", "ord_1", bare)
	require.NoError(t, err)
	_, err = books.Annotate(t.Context(), "sb_3", "ord_1", sale)
	require.NoError(t, err)
	_, err = books.SetPayment(t.Context(), "sb_4", "ord_1", trade.Paid)
	require.NoError(t, err)
	require.NoError(t, books.Delete(t.Context(), "sb_5", "ord_1"))

	require.Contains(t, f.calls[1].body, `"items":[`)
	require.Contains(t, f.calls[1].body, `"shipping_address":null`)
	for _, forbidden := range []string{"items", "total", "customer_name", `"customer":`, "billing_address", "tax"} {
		require.NotContains(t, f.calls[2].body, forbidden)
	}
	require.JSONEq(t, `{"payment_status":"paid"}`, f.calls[3].body)
	for i, c := range f.calls {
		require.Equal(t, fmt.Sprintf("sb_%d", i+1), c.header.Get("X-Request-Id"))
	}
	_, err = books.SetPayment(t.Context(), "sb_6", "ord_1", "")
	require.Equal(t, rest.NotSent, rest.ClassOf(err))
}

func TestUpdateNoticesATaxNumberThatStayed(t *testing.T) {
	_, books := startBooks(t, always(200, fixture(t, "order.json", `"is_business": null`, `"tax_number": "GB1"`)))
	sale := saleGBP(t)
	_, err := books.Update(t.Context(), "sb_1", "ord_1", sale)
	require.NoError(t, err)
	sale.Party.TaxNumber = ""
	_, err = books.Update(t.Context(), "sb_2", "ord_1", sale)
	require.Equal(t, rest.Rejected, rest.ClassOf(err))
	require.ErrorContains(t, err, "stale_tax_number")
}

func TestIssueAndCancelBelieveOnlyAClearAnswer(t *testing.T) {
	order := func(status, invoice, estimate string) string {
		quote := func(text string) string {
			if text == "" {
				return "null"
			}
			return strconv.Quote(text)
		}
		return fixture(t, "order.json", `"status": "pending"`, `"status": `+quote(status), `"invoice_id": null`, `"invoice_id": `+quote(invoice),
			`"estimate_id": null`, `"estimate_id": `+quote(estimate), `"error": null`, `"error": {"code":"vies","message":"is down"}`)
	}
	cases := map[string]struct {
		body          string
		issue, cancel rest.Class
	}{
		"invoiced":                  {body: order("invoiced", "inv_1", "")},
		"an estimate instead":       {body: order("invoiced", "", "est_1")},
		"another status":            {body: order("failed", "", "")},
		"still pending":             {body: order("pending", "", ""), issue: rest.Unknown, cancel: rest.Unknown},
		"invoiced without document": {body: order("invoiced", "", ""), issue: rest.Unknown},
		"cancelled":                 {body: order("cancelled", "", "")},
		"another order":             {body: strings.Replace(order("invoiced", "inv_1", ""), `"ord_1"`, `"ord_2"`, 1), issue: rest.Unknown, cancel: rest.Unknown},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f, books := startBooks(t, always(200, c.body))
			got, err := books.Issue(t.Context(), "sb_1", "ord_1")
			require.Equal(t, c.issue, rest.ClassOf(err))
			if err == nil {
				require.Equal(t, "vies: is down", got.Error)
			}
			_, err = books.Cancel(t.Context(), "sb_2", "ord_1")
			require.Equal(t, c.cancel, rest.ClassOf(err))
			require.Len(t, f.calls, 2)
			require.Empty(t, f.calls[0].body)
		})
	}
}

func TestErrorText(t *testing.T) {
	for raw, want := range map[string]string{
		`null`: "", ``: "", `"VIES is down"`: "VIES is down", `{"message":"m"}`: "m", `{"code":"c","message":"m"}`: "c: m", `[1]`: "[1]",
	} {
		require.Equal(t, want, errorText(json.RawMessage(raw)), raw)
	}
}

func TestGetReportsWhatIsGone(t *testing.T) {
	_, books := startBooks(t, always(404, `{"code":"not_found","message":"no"}`))
	_, err := books.Get(t.Context(), "ord_1")
	require.Equal(t, rest.NotFound, rest.ClassOf(err))
	_, ok := books.ServerClock()
	require.True(t, ok)
}
