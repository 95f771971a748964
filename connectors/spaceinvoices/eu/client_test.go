package eu

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/rest"
)

func TestEveryCallHasItsRouteAndHeaders(t *testing.T) {
	order, integration := fixture(t, "order.json"), fixture(t, "integration.json")
	cases := []struct {
		want   string
		reply  string
		writes bool
		call   func(context.Context, *Client) error
	}{
		{"GET /orders/ord_1", order, false, func(ctx context.Context, c *Client) error { _, err := c.GetOrder(ctx, "ord_1"); return err }},
		{"POST /orders", order, true, func(ctx context.Context, c *Client) error {
			_, err := c.CreateOrder(ctx, "sb_1", OrderCreate{OrderIntegrationID: "oint_1", SourceID: "or_1"})
			return err
		}},
		{"PATCH /orders/ord_1", order, true, func(ctx context.Context, c *Client) error {
			_, err := c.UpdateOrder(ctx, "sb_1", "ord_1", OrderContent{CustomerName: Set("x")})
			return err
		}},
		{"DELETE /orders/ord_1", "", true, func(ctx context.Context, c *Client) error { return c.DeleteOrder(ctx, "sb_1", "ord_1") }},
		{"POST /orders/ord_1/process", order, true, func(ctx context.Context, c *Client) error { _, err := c.ProcessOrder(ctx, "sb_1", "ord_1"); return err }},
		{"POST /orders/ord_1/cancel", order, true, func(ctx context.Context, c *Client) error { _, err := c.CancelOrder(ctx, "sb_1", "ord_1"); return err }},
		{"POST /orders/ord_1/reissue", order, true, func(ctx context.Context, c *Client) error { _, err := c.ReissueOrder(ctx, "sb_1", "ord_1"); return err }},
		{"GET /order-integrations/oint_1", integration, false, func(ctx context.Context, c *Client) error { _, err := c.GetIntegration(ctx, "oint_1"); return err }},
		{"POST /order-integrations", integration, true, func(ctx context.Context, c *Client) error {
			_, err := c.CreateIntegration(ctx, "sb_1", IntegrationCreate{Name: "Spacebridge", AutoProcess: new(false)})
			return err
		}},
		{"PATCH /order-integrations/oint_1", integration, true, func(ctx context.Context, c *Client) error {
			_, err := c.UpdateIntegration(ctx, "sb_1", "oint_1", IntegrationUpdate{AutoProcess: new(false), Locale: Null[string]()})
			return err
		}},
		{"DELETE /order-integrations/oint_1", "", true, func(ctx context.Context, c *Client) error { return c.DeleteIntegration(ctx, "sb_1", "oint_1") }},
	}
	for _, c := range cases {
		t.Run(c.want, func(t *testing.T) {
			f, client := start(t, always(http.StatusOK, c.reply))
			require.NoError(t, c.call(t.Context(), client))
			require.Len(t, f.calls, 1)
			got := f.calls[0]
			require.Equal(t, c.want, got.method+" "+got.path)
			require.Equal(t, "Bearer sk_sandbox_x", got.header.Get("Authorization"))
			require.Equal(t, "ent_1", got.header.Get("X-Entity-Id"))
			require.Empty(t, got.header.Get("Idempotency-Key"))
			if c.writes {
				require.Equal(t, "sb_1", got.header.Get("X-Request-Id"))
			}
		})
	}
}

func TestIntegrationBodies(t *testing.T) {
	f, client := start(t, always(http.StatusOK, fixture(t, "integration.json")))
	_, err := client.CreateIntegration(t.Context(), "sb_1", IntegrationCreate{Name: "x", Source: "manual", AutoProcess: new(false), AutoReissueOnUpdate: new(false)})
	require.NoError(t, err)
	_, err = client.UpdateIntegration(t.Context(), "sb_2", "oint_1", IntegrationUpdate{
		IsActive: new(true), AutoProcessOn: "paid", AutoProcessDelaySeconds: new(0), IssueInvoiceForBank: new(true), BusinessUnitID: Null[string](),
	})
	require.NoError(t, err)
	require.JSONEq(t, `{"name":"x","source":"manual","auto_process":false,"auto_reissue_on_update":false}`, f.calls[0].body)
	require.JSONEq(t, `{"is_active":true,"auto_process_on":"paid","auto_process_delay_seconds":0,"issue_invoice_for_bank":true,"business_unit_id":null}`, f.calls[1].body)
}

func TestRefusalsBecomeOneErrorType(t *testing.T) {
	cases := map[string]struct {
		status     int
		header     map[string]string
		body       string
		class      rest.Class
		code       string
		issues     []rest.Issue
		retryAfter time.Duration
	}{
		"validation": {
			status: 422, class: rest.Rejected, code: "validation_error",
			body: `{"code":"validation_error","message":"Invalid","cause":{"name":"ZodError","issues":[` +
				`{"path":["items",0,"price"],"message":"Expected number"},{"path":[],"message":"Bad"}]}}`,
			issues: []rest.Issue{{Path: "items.0.price", Message: "Expected number"}, {Path: "", Message: "Bad"}},
		},
		"conflict":          {status: 409, body: `{"code":"conflict","message":"exists"}`, class: rest.Rejected, code: "conflict"},
		"cause of any kind": {status: 400, body: `{"code":"bad","message":"m","cause":"text"}`, class: rest.Rejected, code: "bad"},
		"code as a number":  {status: 400, body: `{"code":17,"message":null}`, class: rest.Rejected, code: "17"},
		"too many": {
			status: 429, header: map[string]string{"Retry-After": "7"}, body: `{"code":"rate_limit_exceeded","message":"Rate limit exceeded"}`,
			class: rest.RateLimited, code: "rate_limit_exceeded", retryAfter: 7 * time.Second,
		},
		"unauthorized":  {status: 401, body: `{"code":"unauthorized","message":"no"}`, class: rest.Unauthorized, code: "unauthorized"},
		"gone":          {status: 404, body: `{"code":"not_found","message":"no"}`, class: rest.NotFound, code: "not_found"},
		"proxy page":    {status: 502, body: `<html>Bad gateway</html>`, class: rest.Unknown},
		"server fault":  {status: 500, body: `{"code":"internal","message":"oops"}`, class: rest.Unknown, code: "internal"},
		"broken answer": {status: 200, body: `{"id":`, class: rest.Unknown},
		"empty answer":  {status: 204, class: rest.Unknown},
		"no id":         {status: 200, body: `{"status":"pending"}`, class: rest.Unknown},
		"wrapped":       {status: 200, body: `{"data":{"id":"ord_1"}}`, class: rest.Unknown},
		"another id":    {status: 200, body: `{"id":"ord_2"}`, class: rest.Unknown},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f, client := start(t, func(call) answer { return answer{c.status, c.header, c.body} })
			_, err := client.UpdateOrder(t.Context(), "sb_1", "ord_1", OrderContent{})
			var failure *rest.Error
			require.ErrorAs(t, err, &failure)
			require.Equal(t, c.class, failure.Class)
			require.Equal(t, c.code, failure.Code)
			require.Equal(t, c.issues, failure.Issues)
			if c.retryAfter > 0 {
				require.Equal(t, c.retryAfter, failure.RetryAfter)
			}
			require.Equal(t, "PATCH /orders/{id}", failure.Method+" "+failure.Route)
			require.Len(t, f.calls, 1, "a write leaves once")
		})
	}
}

func TestRepliesToACreateMustNameTheOrder(t *testing.T) {
	cases := map[string]string{
		"no id":               fixture(t, "order.json", `"id": "ord_1", `, ``),
		"another source id":   fixture(t, "order.json", `"or_1"`, `"or_2"`),
		"another integration": fixture(t, "order.json", `"oint_1"`, `"oint_2"`),
		"an empty object":     `{}`,
		"a list":              `[]`,
	}
	for name, body := range cases {
		t.Run(name, func(t *testing.T) {
			f, client := start(t, always(http.StatusCreated, body))
			_, err := client.CreateOrder(t.Context(), "sb_1", OrderCreate{OrderIntegrationID: "oint_1", SourceID: "or_1"})
			require.Equal(t, rest.Unknown, rest.ClassOf(err))
			require.Len(t, f.calls, 1)
		})
	}
}

func TestMistakesAreFoundBeforeSending(t *testing.T) {
	f, client := start(t, always(http.StatusOK, `{}`))
	_, err := client.GetOrder(t.Context(), "")
	require.Equal(t, rest.NotSent, rest.ClassOf(err))
	_, err = client.ProcessOrder(t.Context(), "sb_1", "..")
	require.Equal(t, rest.NotSent, rest.ClassOf(err))
	_, err = client.ProcessOrder(t.Context(), "", "ord_1")
	require.Equal(t, rest.NotSent, rest.ClassOf(err))
	require.Equal(t, rest.NotSent, rest.ClassOf(client.DeleteOrder(t.Context(), "sb_1", "")))
	require.Empty(t, f.calls)
}

func TestIdsAreEscaped(t *testing.T) {
	f, client := start(t, always(http.StatusOK, fixture(t, "order.json", `"ord_1"`, `"a/b?c"`)))
	_, err := client.GetOrder(t.Context(), "a/b?c")
	require.NoError(t, err)
	require.Equal(t, "/orders/a%2Fb%3Fc", f.calls[0].path)
}

func TestOrderIsReadTolerantly(t *testing.T) {
	_, client := start(t, always(http.StatusOK, fixture(t, "order.json", `"pending"`, `"awaiting_moon"`)))
	o, err := client.GetOrder(t.Context(), "ord_1")
	require.NoError(t, err)
	require.Equal(t, "awaiting_moon", o.Status)
	require.Equal(t, "100.10", o.Total.Decimal().Decimal.String())
	require.Equal(t, "122", o.TotalWithTax.Decimal().Decimal.String())
	require.Equal(t, "21.878", o.Items[0].TaxRate.Decimal().Decimal.String())
	require.Equal(t, Metadata{"po": "77", "n": "3"}, o.Metadata)
	require.Equal(t, "Leeds", o.ShippingAddress.City)
	require.Nil(t, o.BillingAddress)
	require.True(t, o.ItemsChangedAfterProcessing)
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	for name, options := range map[string]Options{
		"api_url":   {APIKey: "k", EntityID: "e", Pace: rest.NewPace(0)},
		"api_key":   {APIURL: "http://127.0.0.1", EntityID: "e", Pace: rest.NewPace(0)},
		"entity_id": {APIURL: "http://127.0.0.1", APIKey: "k", Pace: rest.NewPace(0)},
	} {
		_, err := New(options)
		require.ErrorContains(t, err, name)
	}
	client, err := New(Options{APIURL: "http://127.0.0.1", APIKey: "k", EntityID: "e", Pace: rest.NewPace(0)})
	require.NoError(t, err)
	_, err = NewBooks(client)
	require.ErrorContains(t, err, "order_integration_id")
}

// TestErrorsQuoteNothingPersonal: what a server says of a person stays out of the text that may be logged.
func TestErrorsQuoteNothingPersonal(t *testing.T) {
	for _, body := range []string{
		`{"code":"bad","message":"Jane Roe is unknown","cause":{"issues":[{"path":["customer"],"message":"Jane Roe"}]}}`,
		`{"id":"ord_1","total":"Jane Roe"}`,
		`{"id":"Jane Roe"}`,
		`{"id":"ord_1","paid":"Jane Roe"}`,
	} {
		status := http.StatusOK
		if strings.Contains(body, "code") {
			status = http.StatusUnprocessableEntity
		}
		_, client := start(t, always(status, body))
		_, err := client.UpdateOrder(t.Context(), "sb_1", "ord_1", OrderContent{})
		require.Error(t, err)
		require.NotContains(t, err.Error(), "Jane")
	}
}
