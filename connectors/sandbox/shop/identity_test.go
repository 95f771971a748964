package shop_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox/shop"
)

func TestTokenIsGivenForFormAndJSON(t *testing.T) {
	s := open(t, shop.Options{ClientID: "id", ClientSecret: "secret"})
	for contentType, body := range map[string]string{
		"application/x-www-form-urlencoded": "client_id=id&client_secret=secret&grant_type=client_credentials",
		"application/json":                  `{"client_id":"id","client_secret":"secret","grant_type":"client_credentials"}`,
	} {
		reply := s.askToken(contentType, body)
		require.Equal(t, http.StatusOK, reply.StatusCode)
		require.Equal(t, "private, no-store", reply.Header.Get("Cache-Control"))
		require.Equal(t, "no-cache", reply.Header.Get("Pragma"))
		fields := reply.JSON(t)
		require.Equal(t, "Bearer", fields["token_type"])
		require.Equal(t, "read write", fields["scope"])
		require.EqualValues(t, "1800", fields["expires_in"])
		require.Len(t, fields["access_token"], 43)
	}
}

func TestTokenIsRefused(t *testing.T) {
	s := open(t, shop.Options{ClientID: "id", ClientSecret: "secret"})
	const form = "application/x-www-form-urlencoded"
	tests := []struct {
		name, contentType, body string
		status                  int
		code                    string
	}{
		{"wrong secret", form, "client_id=id&client_secret=no&grant_type=client_credentials", 401, "invalid_client"},
		{"no client", form, "grant_type=client_credentials", 401, "invalid_client"},
		{"no grant", form, "client_id=id&client_secret=secret", 400, "invalid_request"},
		{"other grant", form, "client_id=id&client_secret=secret&grant_type=password", 400, "unsupported_grant_type"},
		{"no form", "text/plain", "client_id=id&client_secret=secret&grant_type=client_credentials", 400, "invalid_request"},
		{"broken JSON", "application/json", "{", 400, "invalid_request"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			reply := s.askToken(test.contentType, test.body)
			require.Equal(t, test.status, reply.StatusCode)
			require.Equal(t, test.code, reply.JSON(t)["error"])
			require.NotEmpty(t, reply.Header.Get("X-Request-Id"))
		})
	}
	require.Equal(t, http.StatusNotFound, send(s.identity, httptest.NewRequest(http.MethodGet, "/oauth/token", nil)).StatusCode)
}

func TestRequestsNeedALiveToken(t *testing.T) {
	s := open(t, shop.Options{})
	require.Equal(t, http.StatusOK, s.get("/orders").StatusCode)

	refused := func(description string) {
		t.Helper()
		reply := s.get("/orders")
		require.Equal(t, http.StatusUnauthorized, reply.StatusCode)
		require.Empty(t, reply.Body)
		require.Equal(t, "text/html", reply.Header.Get("Content-Type"))
		require.Equal(t, "0", reply.Header.Get("Content-Length"))
		require.Equal(t, `Bearer realm="Orderspace", error="invalid_token", error_description="`+description+`"`,
			reply.Header.Get("WWW-Authenticate"))
		require.NotEmpty(t, reply.Header.Get("X-Request-Id"))
	}
	s.clock.Add(30*time.Minute - time.Second)
	require.Equal(t, http.StatusOK, s.get("/orders").StatusCode)
	s.clock.Add(time.Second)
	refused("The access token expired")
	s.token = "made up"
	refused("The access token is invalid")
	s.token = s.newToken()
	require.Equal(t, http.StatusOK, s.get("/orders").StatusCode)
	s.RevokeTokens()
	refused("The access token is invalid")
}

func TestCredentialsComeFromTheSeed(t *testing.T) {
	one, two, other := open(t, shop.Options{Seed: 7}), open(t, shop.Options{Seed: 7}), open(t, shop.Options{Seed: 8})
	id1, secret1 := one.Credentials()
	id2, secret2 := two.Credentials()
	id3, _ := other.Credentials()
	require.Equal(t, []string{id1, secret1}, []string{id2, secret2})
	require.NotEqual(t, id1, id3)
	require.Equal(t, one.place(1, 0).ID, two.place(1, 0).ID)
	require.Regexp(t, `^or_[a-z0-9]{8}$`, other.place(1, 0).ID)
}
