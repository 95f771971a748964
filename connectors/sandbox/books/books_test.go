package books_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox/books"
)

// clock is turned by hand.
type clock struct{ t time.Time }

func (c *clock) now() time.Time          { return c.t }
func (c *clock) advance(d time.Duration) { c.t = c.t.Add(d) }

// api is a client that knows nothing but HTTP and JSON.
type api struct {
	t           *testing.T
	books       *books.Books
	clock       *clock
	url         string
	header      http.Header
	integration string
}

type answer struct {
	status int
	header http.Header
	body   string
	json   map[string]any
}

// code is the error code of the answer.
func (a answer) code() string { s, _ := a.json["code"].(string); return s }

// paths lists the paths of the issues of a 422, joined by dots.
func (a answer) paths() []string {
	cause, _ := a.json["cause"].(map[string]any)
	issues, _ := cause["issues"].([]any)
	var out []string
	for _, i := range issues {
		out = append(out, strings.Trim(fmt.Sprint(i.(map[string]any)["path"]), "[]"))
	}
	return out
}

func open(t *testing.T, o books.Options) *api {
	t.Helper()
	c := &clock{t: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	o.Now = c.now
	if o.RequestsPerMinute == 0 {
		o.RequestsPerMinute = -1
	}
	b := books.New(o)
	server := httptest.NewServer(b.Handler())
	t.Cleanup(server.Close)
	a := &api{t: t, books: b, clock: c, url: server.URL, header: http.Header{"Authorization": {"Bearer " + b.APIKey()}, "X-Entity-Id": {b.EntityID()}}}
	a.integration = b.AddIntegration("Orderspace").ID
	return a
}

func (a *api) do(method, path string, body any, headers ...string) answer {
	a.t.Helper()
	var payload []byte
	switch body := body.(type) {
	case nil:
	case string:
		payload = []byte(body)
	default:
		var err error
		payload, err = json.Marshal(body)
		require.NoError(a.t, err)
	}
	r, err := http.NewRequestWithContext(a.t.Context(), method, a.url+path, bytes.NewReader(payload))
	require.NoError(a.t, err)
	r.Header = a.header.Clone()
	if len(payload) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Del(headers[i])
		if headers[i+1] != "" {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(a.t, err)
	defer resp.Body.Close()
	var buf bytes.Buffer
	_, err = buf.ReadFrom(resp.Body)
	require.NoError(a.t, err)
	out := answer{status: resp.StatusCode, header: resp.Header, body: buf.String()}
	if buf.Len() > 0 {
		dec := json.NewDecoder(&buf)
		dec.UseNumber()
		require.NoError(a.t, dec.Decode(&out.json))
	}
	return out
}

type object = map[string]any

// order is a valid body; changes replace keys, nil removes one.
func (a *api) order(sourceID string, changes ...object) object {
	body := object{
		"order_integration_id": a.integration, "source": "manual", "source_id": sourceID, "currency_code": "EUR",
		"total": 100, "total_with_tax": 122, "customer_name": "Kavarna Ljubljana", "customer_email": "racuni@example.com",
		"items": []object{item("Widget Pro", "2", "50", "22")},
	}
	for _, c := range changes {
		maps.Copy(body, c)
	}
	maps.DeleteFunc(body, func(_ string, v any) bool { return v == nil })
	return body
}

func item(name, quantity, price, rate string) object {
	out := object{"name": name, "quantity": json.Number(quantity), "price": json.Number(price), "total": 0, "total_with_tax": 0}
	if rate != "" {
		out["tax_rate"] = json.Number(rate)
		out["taxes"] = []object{{"rate": json.Number(rate)}}
	}
	return out
}

// create posts a valid order and returns its id.
func (a *api) create(sourceID string, changes ...object) string {
	a.t.Helper()
	got := a.do("POST", "/orders", a.order(sourceID, changes...))
	require.Equal(a.t, 201, got.status, got.body)
	return got.json["id"].(string)
}

func query(v any) string {
	text, _ := json.Marshal(v)
	return url.QueryEscape(string(text))
}

func TestDoor(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		options books.Options
		header  []string
		path    string
		status  int
		code    string
	}{
		"right key":                    {path: "/orders", status: 200},
		"no key":                       {path: "/orders", header: []string{"Authorization", ""}, status: 401, code: "unauthorized"},
		"wrong key":                    {path: "/orders", header: []string{"Authorization", "Bearer sk_live_x"}, status: 401, code: "unauthorized"},
		"key without Bearer":           {path: "/orders", header: []string{"Authorization", books.DefaultAPIKey}, status: 401, code: "unauthorized"},
		"one entity, none named":       {path: "/orders", header: []string{"x-entity-id", ""}, status: 200},
		"several entities, none named": {path: "/orders", options: books.Options{OtherEntities: []string{"ent_2"}}, header: []string{"x-entity-id", ""}, status: 422, code: "entity_required"},
		"several entities, one named":  {path: "/orders", options: books.Options{OtherEntities: []string{"ent_2"}}, status: 200},
		"entity of somebody else":      {path: "/orders", header: []string{"x-entity-id", "ent_ffffffffffffffffffffffff"}, status: 403, code: "forbidden"},
		"entity that does not exist":   {path: "/orders", header: []string{"x-entity-id", "nothing"}, status: 404, code: "not_found"},
		"versioned path of the guides": {path: "/v1/orders", status: 404, code: "not_found"},
		"unknown order":                {path: "/orders/ord_000000000000000000000000", status: 404, code: "not_found"},
		"entities need no entity":      {path: "/entities", options: books.Options{OtherEntities: []string{"ent_2"}}, header: []string{"x-entity-id", ""}, status: 200},
		"unknown invoice":              {path: "/invoices/inv_000000000000000000000000", status: 404, code: "not_found"},
		"unknown integration":          {path: "/order-integrations/oint_0000000000000000000000", status: 404, code: "not_found"},
		"a path nobody has":            {path: "/orders/x/y/z", status: 404, code: "not_found"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := open(t, tc.options).do("GET", tc.path, nil, tc.header...)
			require.Equal(t, tc.status, got.status, got.body)
			require.Equal(t, tc.code, got.code())
			require.NotEmpty(t, got.header.Get("X-Request-Id"))
			require.Equal(t, "Mon, 02 Mar 2026 09:00:00 GMT", got.header.Get("Date"))
		})
	}
}

func TestEntitiesAreApart(t *testing.T) {
	t.Parallel()
	a := open(t, books.Options{OtherEntities: []string{"ent_2"}})
	id := a.create("or_1")
	require.Equal(t, 404, a.do("GET", "/orders/"+id, nil, "x-entity-id", "ent_2").status)
	require.Contains(t, a.do("GET", "/orders", nil, "x-entity-id", "ent_2").body, `"total":0`)
	got := a.do("POST", "/orders", a.order("or_1"), "x-entity-id", "ent_2")
	require.Equal(t, []string{"order_integration_id"}, got.paths(), "the integration belongs to another entity")
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	a := open(t, books.Options{RequestsPerMinute: 3})
	for range 3 {
		require.Equal(t, 200, a.do("GET", "/orders", nil).status)
		a.clock.advance(10 * time.Second)
	}
	got := a.do("GET", "/orders", nil)
	require.Equal(t, 429, got.status)
	require.JSONEq(t, `{"code":"rate_limit_exceeded","message":"Rate limit exceeded"}`, got.body)
	require.Equal(t, "30", got.header.Get("Retry-After"))

	a.clock.advance(29 * time.Second)
	require.Equal(t, 429, a.do("GET", "/orders", nil, "Authorization", "").status, "the limit comes before the key")
	a.clock.advance(time.Second)
	require.Equal(t, 200, a.do("GET", "/orders", nil).status, "the window slides")
	require.Equal(t, 429, a.do("GET", "/orders", nil).status)

	stats := a.books.Stats()
	require.Equal(t, 7, stats.Requests)
	require.Equal(t, 3, stats.RateLimited)
	require.Equal(t, 6, stats.MostAMinute, "refused requests count here")
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	t.Run("a repeat returns the first reply", func(t *testing.T) {
		t.Parallel()
		a := open(t, books.Options{})
		first := a.do("POST", "/orders", a.order("or_1"), "X-Request-Id", "sb_1")
		again := a.do("POST", "/orders", a.order("or_2"), "X-Request-Id", "sb_1")
		require.Equal(t, "sb_1", again.header.Get("X-Request-Id"))
		require.Equal(t, first.status, again.status)
		require.Equal(t, first.body, again.body)
		require.Len(t, a.books.Orders(), 1)
		require.Equal(t, 1, a.books.Stats().Replayed)
	})
	t.Run("errors are replayed too", func(t *testing.T) {
		t.Parallel()
		a := open(t, books.Options{})
		bad := a.do("POST", "/orders", a.order("or_1", object{"items": []object{}}), "X-Request-Id", "sb_1")
		require.Equal(t, 422, bad.status)
		mended := a.do("POST", "/orders", a.order("or_1"), "X-Request-Id", "sb_1")
		require.Equal(t, 422, mended.status)
		require.Equal(t, bad.body, mended.body)
		require.Equal(t, 201, a.do("POST", "/orders", a.order("or_1"), "X-Request-Id", "sb_2").status)
	})
	t.Run("what was turned away at the door is not replayed", func(t *testing.T) {
		t.Parallel()
		a := open(t, books.Options{RequestsPerMinute: 2})
		a.do("POST", "/orders", a.order("or_1"), "X-Request-Id", "sb_1", "Authorization", "")
		a.do("GET", "/orders", nil)
		require.Equal(t, 429, a.do("POST", "/orders", a.order("or_1"), "X-Request-Id", "sb_1").status)
		a.clock.advance(time.Minute)
		require.Equal(t, 201, a.do("POST", "/orders", a.order("or_1"), "X-Request-Id", "sb_1").status)
	})
	t.Run("by option every request is carried out", func(t *testing.T) {
		t.Parallel()
		a := open(t, books.Options{RequestIDs: books.Ignore})
		a.do("POST", "/orders", a.order("or_1"), "X-Request-Id", "sb_1")
		a.do("POST", "/orders", a.order("or_1"), "X-Request-Id", "sb_1")
		require.Len(t, a.books.Orders(), 2)
	})
	t.Run("process is not carried out twice", func(t *testing.T) {
		t.Parallel()
		a := open(t, books.Options{})
		id := a.create("or_1")
		first := a.do("POST", "/orders/"+id+"/process", nil, "X-Request-Id", "sb_p")
		again := a.do("POST", "/orders/"+id+"/process", nil, "X-Request-Id", "sb_p")
		require.Equal(t, 200, again.status)
		require.Equal(t, first.body, again.body)
		require.Len(t, a.books.Invoices(), 1)
	})
}
