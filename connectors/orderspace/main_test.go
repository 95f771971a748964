package orderspace

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"spacebridge/connectors/rest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fixture reads a file of testdata.
func fixture(tb testing.TB, name string) []byte {
	tb.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(tb, err)
	return body
}

// site is a stand-in for Orderspace that knows tokens and hands everything else to a handler.
type site struct {
	*httptest.Server
	mu      sync.Mutex
	tokens  int      // handed out
	refuses []string // tokens that are answered 401
	calls   []string // method and request URI of API calls
	answer  http.HandlerFunc
}

func newSite(t *testing.T, answer http.HandlerFunc) *site {
	t.Helper()
	s := &site{answer: answer}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/oauth/token" {
		s.token(w, r)
		return
	}
	s.mu.Lock()
	s.calls = append(s.calls, r.Method+" "+r.RequestURI)
	bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	refused := !strings.HasPrefix(bearer, "token-")
	for _, token := range s.refuses {
		refused = refused || token == bearer
	}
	s.mu.Unlock()
	if refused {
		w.Header().Set("WWW-Authenticate", `Bearer realm="Orderspace", error="invalid_token", error_description="The access token expired"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	s.answer(w, r)
}

func (s *site) token(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if r.ParseForm() != nil || r.PostForm.Get("client_secret") != "secret" || r.PostForm.Get("grant_type") != "client_credentials" {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error":"invalid_client","error_description":"Client authentication failed CANARY"}`)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens++
	fmt.Fprintf(w, `{"access_token":"token-%d","token_type":"Bearer","expires_in":1800,"scope":"read write"}`, s.tokens)
}

func (s *site) seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.calls...)
}

func (s *site) issued() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokens
}

// client makes a client of the site, without limits; change may alter its options.
func (s *site) client(t *testing.T, change func(*Options)) *Client {
	t.Helper()
	opts := Options{
		APIURL: s.URL + "/v1", TokenURL: s.URL + "/oauth/token", ClientID: "id", ClientSecret: "secret",
		Pace: rest.NewPace(0), ReadRetries: -1, Penalty: 50 * time.Millisecond,
	}
	if change != nil {
		change(&opts)
	}
	client, err := New(opts)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

// files answers paths with fixtures.
func files(t *testing.T, paths map[string]string) http.HandlerFunc {
	t.Helper()
	bodies := map[string][]byte{}
	for path, name := range paths {
		bodies[path] = fixture(t, name)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		body, ok := bodies[strings.TrimPrefix(r.URL.Path, "/v1")]
		if !ok {
			reply(w, http.StatusNotFound, `{"message":"Couldn't find it"}`)
			return
		}
		reply(w, http.StatusOK, string(body))
	}
}

func reply(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

// toJSON writes a value for a reply.
func toJSON(value any) string {
	body, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(body)
}
