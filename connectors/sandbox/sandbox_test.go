package sandbox_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"spacebridge/connectors/sandbox"
	"spacebridge/connectors/sandbox/shop"
)

// fetch sends a request without keeping the connection.
func fetch(t *testing.T, method, at, token, form string) (int, map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, at, strings.NewReader(form))
	require.NoError(t, err)
	r.Close = true
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	var out map[string]any
	_ = json.NewDecoder(resp.Body).Decode(&out)
	return resp.StatusCode, out
}

func TestStartServesBothVendors(t *testing.T) {
	defer goleak.VerifyNone(t)
	wrapped := 0
	s, err := sandbox.Start(t.Context(), sandbox.Options{Seed: 1, WrapBooks: func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { wrapped++; h.ServeHTTP(w, r) })
	}})
	require.NoError(t, err)
	form := url.Values{"client_id": {s.ClientID}, "client_secret": {s.ClientSecret}, "grant_type": {"client_credentials"}}
	status, token := fetch(t, http.MethodPost, s.TokenURL, "", form.Encode())
	require.Equal(t, 200, status)
	status, orders := fetch(t, http.MethodGet, s.OrderspaceURL+"/orders", token["access_token"].(string), "")
	require.Equal(t, 200, status)
	require.Contains(t, orders, "orders")
	status, list := fetch(t, http.MethodGet, s.SpaceInvoicesURL+"/orders", s.APIKey, "")
	require.Equal(t, 200, status)
	require.Contains(t, list, "pagination")
	require.Equal(t, 1, wrapped)
	require.Equal(t, 1, s.Books.Stats().Requests)

	require.NoError(t, s.Close())
	require.NoError(t, s.Close(), "a second time")
	_, err = new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.SpaceInvoicesURL, "http://"))
	require.Error(t, err)
}

func TestStartOnOneListener(t *testing.T) {
	defer goleak.VerifyNone(t)
	probe, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := probe.Addr().String()
	require.NoError(t, probe.Close())
	s, err := sandbox.Start(t.Context(), sandbox.Options{ShopListen: address, IdentityListen: address})
	require.NoError(t, err)
	require.Equal(t, "http://"+address+"/v1", s.OrderspaceURL)
	require.Equal(t, "http://"+address+"/oauth/token", s.TokenURL)
	form := url.Values{"client_id": {s.ClientID}, "client_secret": {s.ClientSecret}, "grant_type": {"client_credentials"}}
	status, _ := fetch(t, http.MethodPost, s.TokenURL, "", form.Encode())
	require.Equal(t, 200, status)
	status, _ = fetch(t, http.MethodGet, s.OrderspaceURL+"/orders", "wrong", "")
	require.Equal(t, 401, status)
	require.NoError(t, s.Close())
}

func TestStartNamesTheAddressThatIsTaken(t *testing.T) {
	defer goleak.VerifyNone(t)
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	_, err = sandbox.Start(t.Context(), sandbox.Options{BooksListen: taken.Addr().String()})
	require.ErrorContains(t, err, taken.Addr().String())
}

func TestSandboxOutlivesTheContextOfItsStart(t *testing.T) {
	defer goleak.VerifyNone(t)
	ctx, cancel := context.WithCancel(t.Context())
	s, err := sandbox.Start(ctx, sandbox.Options{Shop: shop.Options{Now: func() time.Time { return april }}})
	require.NoError(t, err)
	cancel()
	status, _ := fetch(t, http.MethodGet, s.SpaceInvoicesURL+"/orders", s.APIKey, "")
	require.Equal(t, 200, status)
	require.NoError(t, s.Close())
}
