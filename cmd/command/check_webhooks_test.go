package command

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/config"
	"spacebridge/connectors/sqlite"
	"spacebridge/worker"
)

// webhookFindings are what check says of webhooks on a bench, without the rest of it.
func webhookFindings(t *testing.T, b *bench) string {
	t.Helper()
	c, err := config.Load(b.path("spacebridge.yaml"), config.Options{})
	require.NoError(t, err)
	found := b.app.checkWebhooks(t.Context(), c, c.Connections[0])
	require.Equal(t, ExitOK, found.exitCode(), "nothing about webhooks is a failure")
	var text strings.Builder
	require.NoError(t, writeFindings(&text, found, false))
	return text.String()
}

// hookAt sets the webhook_url of a bench.
func (b *bench) hookAt(t *testing.T, url string) {
	t.Helper()
	b.change(t, func(c *config.Config) { c.Connections[0].Orderspace.WebhookURL = url })
}

// TestCheckWebhooks asks the daemon's own receiver, behind addresses that lead to it more or less well.
func TestCheckWebhooks(t *testing.T) {
	b := newBench(t, "acme")
	b.hookAt(t, hookURL)
	k := b.clerk(t)
	c, err := config.Load(b.path("spacebridge.yaml"), config.Options{})
	require.NoError(t, err)
	receiver := worker.NewReceiver(worker.Options{Config: c}, k.ledger, func(string) {}, nil)
	t.Cleanup(func() { require.NoError(t, receiver.Close(context.WithoutCancel(t.Context()))) })
	proxy := http.NewServeMux()
	proxy.Handle("/webhooks/", receiver)
	proxy.HandleFunc("/hooks/", func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path = "/webhooks/orderspace/acme"
		receiver.ServeHTTP(w, r)
	})
	server := httptest.NewServer(proxy)
	defer server.Close()
	for _, at := range []struct {
		path  string
		ok    string
		warns []string
	}{
		{"/webhooks/orderspace/acme", "leads to the daemon, which refuses what is not signed", nil},
		{"/hooks/7", "leads to the daemon", []string{"does not end in /webhooks/orderspace/acme"}},
		{"/webhooks/orderspace/beta", "", []string{"does not end in", "answers 404", "have the proxy hand it on to http://127.0.0.1:8080/webhooks/orderspace/acme"}},
		{"/webhooks/orderspace/acme/", "", []string{"does not end in", "answers 404"}},
	} {
		t.Run(at.path, func(t *testing.T) {
			b.hookAt(t, server.URL+at.path)
			text := webhookFindings(t, b)
			require.Equal(t, at.ok != "", strings.Contains(text, "ok    acme webhooks: "+server.URL))
			require.Contains(t, text, at.ok)
			for _, want := range at.warns {
				require.Contains(t, text, want)
			}
			require.Equal(t, len(at.warns) > 0, strings.Contains(strings.ReplaceAll(text, "the ledger knows of no", ""), "does not end in"))
		})
	}
	marks, err := k.ledger.Waiting(t.Context(), "acme", 0)
	require.NoError(t, err)
	require.Empty(t, marks, "a check leaves nothing behind")
}

// TestCheckWebhookAnswers gives every other answer than the daemon's, with what to do about it.
func TestCheckWebhookAnswers(t *testing.T) {
	b := newBench(t, "acme")
	for name, c := range map[string]struct {
		status int
		header string
		body   string
		want   string
	}{
		"login":        {http.StatusUnauthorized, "WWW-Authenticate", "Unauthorized\n", "ask for no login"},
		"login page":   {http.StatusUnauthorized, "", "<html>please log in</html>", "ask for no login"},
		"forbidden":    {http.StatusForbidden, "", "", "ask for no login"},
		"nobody":       {http.StatusBadGateway, "", "", "compare the proxy's target with http.webhook_listen, which is 127.0.0.1:8080"},
		"overloaded":   {http.StatusServiceUnavailable, "", "", "start the daemon"},
		"redirect":     {http.StatusMovedPermanently, "Location", "", "redirect nothing here"},
		"takes all":    {http.StatusOK, "", "Unauthorized\n", "answer nothing itself"},
		"wrong method": {http.StatusMethodNotAllowed, "", "", "answer nothing itself"},
	} {
		t.Run(name, func(t *testing.T) {
			var asked []string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked = append(asked, r.Method+" "+r.Header.Get("Content-Type")+" "+r.UserAgent()+r.Header.Get("X-Orderspace-Signature"))
				if c.header != "" {
					w.Header().Set(c.header, "/")
				}
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}))
			defer server.Close()
			b.hookAt(t, server.URL+"/webhooks/orderspace/acme")
			text := webhookFindings(t, b)
			require.Contains(t, text, "warn  acme webhooks: "+server.URL+"/webhooks/orderspace/acme answers ")
			require.Contains(t, text, c.want)
			require.NotContains(t, text, "leads to the daemon")
			require.Equal(t, []string{"POST application/json spacebridge/1.2.3"}, asked)
		})
	}
	b.hookAt(t, nobody(t)+"/webhooks/orderspace/acme")
	require.Contains(t, webhookFindings(t, b), "cannot be reached from here: dial tcp")
	b.hookAt(t, "")
	require.Empty(t, webhookFindings(t, b), "who wants no webhooks is told nothing of them")
}

// TestCheckSubscription tells what the ledger knows, from the first start on.
func TestCheckSubscription(t *testing.T) {
	b := newBench(t, "acme")
	b.hookAt(t, nobody(t)+"/webhooks/orderspace/acme")
	require.Contains(t, webhookFindings(t, b), "ok    acme webhooks: not subscribed yet; the daemon will do it when it starts")
	k := b.clerk(t)
	text := webhookFindings(t, b)
	require.Contains(t, text, "warn  acme webhooks: the ledger knows of no subscription at ")
	require.Contains(t, text, "the workflow subscription/acme say why")
	c, err := config.Load(b.path("spacebridge.yaml"), config.Options{})
	require.NoError(t, err)
	k.subscribe(c.Connections[0].Orderspace.WebhookURL)
	require.Contains(t, webhookFindings(t, b), "ok    acme webhooks: subscribed since 2026-03-02 11:00:00 GMT; nothing received yet")
	k.at = noon.Add(-10 * time.Minute)
	k.receive(sqlite.Delivery{Hash: "a", Events: 1, Told: []sqlite.Told{{Kind: "order", ID: "or_1"}}})
	text = webhookFindings(t, b)
	require.Contains(t, text, "; last request 10 minutes ago")
	require.NotContains(t, text, "to be read", "what came a moment ago may wait")
	k.at = noon.Add(-2 * time.Hour)
	k.receive(sqlite.Delivery{Hash: "b", Events: 1, Told: []sqlite.Told{{Kind: "order", ID: "or_2"}}})
	require.Contains(t, webhookFindings(t, b), "warn  acme webhooks: 2 records to be read, the oldest for 2 hours")
	for i := range sqlite.MaxBodies {
		k.receive(sqlite.Delivery{Hash: strings.Repeat("c", i+1), Events: 1, Unreadable: 1, Body: []byte("?")})
	}
	require.Contains(t, webhookFindings(t, b), "100 requests were not understood in full")
}

// TestWebhookPortIsTriedWhenWebhooksAreWanted and not otherwise.
func TestWebhookPortIsTriedWhenWebhooksAreWanted(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	for url, code := range map[string]int{"": ExitOK, hookURL: ExitUsage} {
		c := config.Default()
		c.HTTP.AdminListen, c.Temporal.Listen, c.Temporal.UIListen = "127.0.0.1:0", "127.0.0.1:0", ""
		c.HTTP.WebhookListen = taken.Addr().String()
		c.Connections = []config.Connection{{Orderspace: config.Orderspace{WebhookURL: url}}}
		var found findings
		checkPorts(t.Context(), &found, c)
		require.Equal(t, code, found.exitCode(), url)
	}
}

// TestCheckWithWebhooks is the whole command, with the daemon not running yet.
func TestCheckWithWebhooks(t *testing.T) {
	b := newBench(t)
	b.connect(t, vendors(t), func(c *config.Config) {
		c.HTTP.WebhookListen = "127.0.0.1:0"
		c.Connections[0].Orderspace.WebhookURL = nobody(t) + "/webhooks/orderspace/acme"
	})
	r := b.run(t, "check")
	require.Equal(t, ExitOK, r.code, r.stdout+r.stderr)
	require.Contains(t, r.stdout, "ok    acme webhooks: not subscribed yet")
	require.Contains(t, r.stdout, "warn  acme webhooks: ")
}
