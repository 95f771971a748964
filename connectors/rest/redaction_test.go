package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
)

// Invariant 10: whatever comes back, nothing of query, path, body, header or token is in errors or logs.
func TestNothingPersonalInErrorsAndLogs(t *testing.T) {
	const canary = "CANARY"
	raw := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_, _ = conn.Write([]byte(text))
				_ = conn.Close()
			}
		}
	}
	for name, handler := range map[string]http.HandlerFunc{
		"422":               answer(422, asJSON, `{"code":"bad CANARY@example.com","message":"CANARY@example.com has been taken"}`),
		"404":               answer(404, asJSON, `{"message":"no CANARY"}`),
		"500":               answer(500, asHTML, canary),
		"page":              answer(200, asHTML, canary),
		"broken JSON":       answer(200, asJSON, `{"a":CANARY`),
		"other type":        answer(200, asJSON, `{"a":"CANARY"}`),
		"malformed status":  raw("HTTP/1.1 CANARY\r\n\r\n"),
		"malformed header":  raw("HTTP/1.1 200 OK\r\nCANARY\r\n\r\n"),
		"malformed framing": raw("HTTP/1.1 200 OK\r\nContent-Length: CANARY\r\n\r\n"),
		"no HTTP":           raw(canary + "\r\n\r\n"),
		"success":           answer(200, asJSON, `{"a":1}`),
		"redirect":          func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/?"+canary, http.StatusFound) },
	} {
		t.Run(name, func(t *testing.T) {
			server := serve(t, handler)
			var log bytes.Buffer
			client := newClient(t, server.URL, func(o *Options) {
				o.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
				o.Auth = &tokens{list: []string{"secret-" + canary}}
				o.ReadRetries = -1
			})
			req := Request{
				Route: "/things/{id}", Path: "/things/" + canary, Query: url.Values{"email": {canary}},
				Header: http.Header{"X-Secret": {canary}},
			}
			var out struct{ A int }
			readErr := client.Read(t.Context(), req, &out)
			req.Method, req.Body = http.MethodPost, map[string]string{"name": canary}
			writeErr := client.Write(t.Context(), req, &out)
			for _, err := range []error{readErr, writeErr} {
				require.NotContains(t, fmt.Sprint(err), canary)
			}
			require.NotContains(t, log.String(), canary)
		})
	}
}

func TestDebugLine(t *testing.T) {
	server := serve(t, answer(422, asJSON, `{"code":"c"}`))
	var log bytes.Buffer
	client := newClient(t, server.URL, func(o *Options) {
		o.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	require.Error(t, client.Read(t.Context(), Request{Route: "/things/{id}", Path: "/things/1"}, nil))
	var line map[string]any
	decoder := json.NewDecoder(&log)
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&line))
	for key, want := range map[string]any{
		"msg": "vendor request", "vendor": "vendor", "method": "GET", "route": "/things/{id}", "status": json.Number("422"), "class": "rejected", "request_id": "req-1",
	} {
		require.Equal(t, want, line[key], key)
	}
	require.Contains(t, line, "duration")
}

func TestMetrics(t *testing.T) {
	server := serve(t, replies(answer(500, asHTML, ""), answer(200, asJSON, "{}"), answer(429, asJSON, "{}")))
	registry := prometheus.NewPedanticRegistry()
	pace := NewPace(0)
	client := newClient(t, server.URL, func(o *Options) { o.Pace, o.Metrics, o.Penalty = pace, NewMetrics(registry), 30*time.Second })
	require.NoError(t, client.Read(t.Context(), Request{Route: "/things/{id}", Path: "/things/1"}, nil))
	require.Error(t, client.Write(t.Context(), Request{Method: http.MethodPost, Route: "/things"}, nil))
	pace.CloseGate(40 * time.Second) // counts only what it adds

	require.NoError(t, testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP spacebridge_vendor_requests_total Attempts to send a request to a vendor, by route and outcome: ok or the class of the failure.
# TYPE spacebridge_vendor_requests_total counter
spacebridge_vendor_requests_total{method="GET",outcome="ok",route="/things/{id}",vendor="vendor"} 1
spacebridge_vendor_requests_total{method="GET",outcome="unknown",route="/things/{id}",vendor="vendor"} 1
spacebridge_vendor_requests_total{method="POST",outcome="rate_limited",route="/things",vendor="vendor"} 1
`), "spacebridge_vendor_requests_total"))
	count, err := testutil.GatherAndCount(registry, "spacebridge_vendor_request_duration_seconds")
	require.NoError(t, err)
	require.Equal(t, 2, count)
	require.InDelta(t, 40, testutil.ToFloat64(client.opts.Metrics.gate.WithLabelValues("vendor")), 1)
}
