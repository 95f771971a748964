package receiver

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/trade"
)

func TestAnswers(t *testing.T) {
	const good = `[{"event":"order.updated","data":{"order":{"id":"or_1"}}}]`
	large := `["` + strings.Repeat("x", 1<<10) + `"]`
	unknown := -1 // the length, as with a chunked body
	for _, c := range []struct {
		name, method, path, kind, body, signature string
		length                                    int
		want                                      int
		what                                      string // the metric's connection and result
	}{
		{"good", "POST", path, "application/json", good, sign(good, key), 0, 200, "acme accepted"},
		{"good, in pieces", "POST", path, "application/json", good, sign(good, key), unknown, 200, "acme accepted"},
		{"type absent", "POST", path, "", good, sign(good, key), 0, 200, "acme accepted"},
		{"type with a parameter", "POST", path, "application/json; charset=utf-8", good, sign(good, key), 0, 200, "acme accepted"},
		{"type with a faulty parameter", "POST", path, "application/json; charset", good, sign(good, key), 0, 200, "acme accepted"},
		{"type like JSON", "POST", path, "application/vnd.orderspace+json", good, sign(good, key), 0, 200, "acme accepted"},
		{"nobody understands it", "POST", path, "", "{}", sign("{}", key), 0, 200, "acme accepted"},
		{"empty body, signed", "POST", path, "", "", sign("", key), 0, 200, "acme accepted"},

		{"other path", "POST", "/webhooks/orderspace", "", good, sign(good, key), 0, 404, "(none) not_found"},
		{"no connection", "POST", "/webhooks/orderspace/", "", good, sign(good, key), 0, 404, "(none) not_found"},
		{"unknown connection", "POST", pathPrefix + "nobody", "", good, sign(good, key), 0, 404, "(none) not_found"},
		{"below a connection", "POST", path + "/x", "", good, sign(good, key), 0, 404, "(none) not_found"},
		{"metrics are elsewhere", "GET", "/metrics", "", "", "", 0, 404, "(none) not_found"},
		{"GET", "GET", path, "", "", "", 0, 405, "acme wrong_method"},
		{"PUT", "PUT", path, "text/plain", good, sign(good, key), 0, 405, "acme wrong_method"},
		{"form", "POST", path, "application/x-www-form-urlencoded", good, sign(good, key), 0, 415, "acme wrong_type"},
		{"broken type", "POST", path, ";;", good, sign(good, key), 0, 415, "acme wrong_type"},
		{"too large", "POST", path, "", large, sign(large, key), 0, 413, "acme too_large"},
		{"too large, in pieces", "POST", path, "", large, sign(large, key), unknown, 413, "acme too_large"},
		{"no signature", "POST", path, "", good, "", 0, 401, "acme unsigned"},
		{"wrong signature", "POST", path, "", good, sign(good, "wrong"), 0, 401, "acme unsigned"},
		{"another connection's signature", "POST", path, "", good, sign(good, "another key"), 0, 401, "acme unsigned"},
		{"changed body", "POST", path, "", good + " ", sign(good, key), 0, 401, "acme unsigned"},

		// What is wrong in several ways is answered by the first of them.
		{"all wrong", "GET", pathPrefix + "nobody", "text/plain", large, "", 0, 404, "(none) not_found"},
		{"all wrong but the path", "PUT", path, "text/plain", large, "", 0, 405, "acme wrong_method"},
		{"all wrong but path and method", "POST", path, "text/plain", large, "", 0, 415, "acme wrong_type"},
		{"too large and unsigned", "POST", path, "", large, "", 0, 413, "acme too_large"},
		{"unsigned and not understood", "POST", path, "", "{", "x", 0, 401, "acme unsigned"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ledger, registry := newShelf(), prometheus.NewRegistry()
			r := start(t, ledger, func(o *Options) { o.MaxBody, o.Metrics = 1<<10, NewMetrics(registry) })
			req := httptest.NewRequest(c.method, c.path, strings.NewReader(c.body))
			if c.length == unknown {
				req.ContentLength = -1
			}
			if c.kind != "" {
				req.Header.Set("Content-Type", c.kind)
			}
			if c.signature != "" {
				req.Header.Set("X-Orderspace-Signature", c.signature)
			}
			answer := ask(r, req)
			text := answer.Body.String()
			require.Equal(t, c.want, answer.Code)
			require.LessOrEqual(t, len(text), 64)
			connection, result, _ := strings.Cut(c.what, " ")
			require.InDelta(t, 1, testutil.ToFloat64(r.metrics.deliveries.WithLabelValues(connection, result)), 0)
			require.Equal(t, 1, testutil.CollectAndCount(r.metrics.deliveries))
			require.Zero(t, testutil.ToFloat64(r.metrics.bodies), "memory was given back")
			if c.want == 200 {
				require.Empty(t, text)
				require.Len(t, ledger.deliveries(), 1)
				return
			}
			require.Empty(t, ledger.deliveries())
			require.Equal(t, c.want == 405, answer.Header().Get("Allow") == "POST")
			require.Equal(t, "close", answer.Header().Get("Connection"))
			if c.want == 401 {
				require.Equal(t, "Unauthorized\n", text, "no detail")
			}
		})
	}
}

func TestWhatIsCommitted(t *testing.T) {
	ledger := newShelf()
	r := start(t, ledger, func(o *Options) { o.Metrics = NewMetrics(prometheus.NewRegistry()) })
	body := `[{"event":"order.created","data":{"order":{"id":"or_1","status":"new","created":"2026-11-01T10:00:00Z"}}},` +
		`{"event":"product.updated","data":{}},{"event":"payment.created","data":{"payment":{"invoice_id":"iv_1"}}},` +
		`{"event":"invoice.created","data":{"invoice":{"id":"iv_2","orders":[{"id":"or_1"}]}}},{"event":"order.deleted","data":{"order":{"id":"or_2"}}}]`
	require.Equal(t, 200, give(r, body))
	bad := `[{"event":"order.forgotten"},{"event":"order.updated","data":{"order":{"id":"or_3"}}}]`
	require.Equal(t, 200, give(r, bad))
	require.Equal(t, 200, give(r, "nonsense"))
	got := ledger.deliveries()
	require.Len(t, got, 3)
	require.Len(t, got[0].Hash, 64)
	require.Equal(t, sqlite.Delivery{
		Connection: acme, Hash: got[0].Hash, Events: 5, Dropped: 1,
		Told: []sqlite.Told{
			{Kind: trade.KindOrder, ID: "or_1", Status: "new", Created: time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC), New: true},
			{Kind: trade.KindInvoice, ID: "iv_1"},
			{Kind: trade.KindInvoice, ID: "iv_2", New: true},
			{Kind: trade.KindOrder, ID: "or_1"},
			{Kind: trade.KindOrder, ID: "or_2", Deleted: true},
		},
	}, got[0])
	require.Equal(t, sqlite.Delivery{
		Connection: acme, Hash: got[1].Hash, Events: 2, Unreadable: 1, Body: []byte(bad), Told: []sqlite.Told{{Kind: trade.KindOrder, ID: "or_3"}},
	}, got[1])
	require.Equal(t, sqlite.Delivery{Connection: acme, Hash: got[2].Hash, Events: 1, Unreadable: 1, Body: []byte("nonsense")}, got[2])

	count := func(event, result string) int {
		return int(testutil.ToFloat64(r.metrics.events.WithLabelValues(acme, event, result)))
	}
	require.Equal(t, 1, count("order.created", "taken"))
	require.Equal(t, 1, count("product.updated", "dropped"))
	require.Equal(t, 2, count("other", "unreadable"), "an unknown event and a body that is no list")

	require.Equal(t, 200, give(r, body), "the same again is accepted again")
	require.InDelta(t, 1, testutil.ToFloat64(r.metrics.deliveries.WithLabelValues(acme, "repeated")), 0)
}

func TestNothingOfARequestIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		ledger := newShelf()
		r := start(t, ledger, func(o *Options) {
			o.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
		canary := `[{"event":"CANARY","data":{"order":{"id":"CANARY"}}}]`
		require.Equal(t, 200, give(r, canary))
		for range 100 {
			req := request(canary)
			req.Header.Set("X-Orderspace-Signature", sign(canary, "CANARY"))
			require.Equal(t, 401, ask(r, req).Code)
			req = request(canary)
			req.URL.Path = pathPrefix + "CANARY"
			require.Equal(t, 404, ask(r, req).Code)
		}
		require.NotContains(t, log.String(), "CANARY")
		require.NotContains(t, log.String(), key)
		require.Equal(t, 1, strings.Count(log.String(), `"level":"WARN"`), "refusals are told once a minute")
		time.Sleep(time.Minute)
		req := request(canary)
		req.Header.Del("X-Orderspace-Signature")
		require.Equal(t, 401, ask(r, req).Code)
		require.Contains(t, log.String(), `"since_last":99`)
	})
}

func TestEveryResultHasItsStatus(t *testing.T) {
	for what, want := range map[result]int{
		accepted: 200, repeated: 200, notFound: 404, wrongMethod: 405, wrongType: 415, tooLarge: 413, incomplete: 408, unsigned: 401, busy: 503, failed: 503,
	} {
		require.Equal(t, want, what.status())
	}
	require.Equal(t, http.StatusServiceUnavailable, result("").status(), "nothing but a commit is acknowledged")
}
