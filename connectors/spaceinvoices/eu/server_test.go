package eu

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/rest"
)

// call is one request that the fake server got.
type call struct {
	method, path, query, body string
	header                    http.Header
}

// answer is what the fake server says.
type answer struct {
	status int
	header map[string]string
	body   string
}

// fake is a server that gives the same answer always, or one that the test computes, and remembers what it was asked.
type fake struct {
	calls  []call
	answer func(call) answer
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	got := call{method: r.Method, path: r.URL.EscapedPath(), query: r.URL.RawQuery, body: string(body), header: r.Header}
	f.calls = append(f.calls, got)
	reply := f.answer(got)
	w.Header().Set("Content-Type", "application/json")
	for name, value := range reply.header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(reply.status)
	_, _ = io.WriteString(w, reply.body)
}

// start runs a fake server and gives a client for it that reads once.
func start(t *testing.T, reply func(call) answer) (*fake, *Client) {
	t.Helper()
	f := &fake{answer: reply}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	client, err := New(Options{
		APIURL: server.URL, APIKey: "sk_sandbox_x", EntityID: "ent_1", IntegrationID: "oint_1", Pace: rest.NewPace(0), ReadRetries: -1,
	})
	require.NoError(t, err)
	return f, client
}

// always gives the same answer to every request.
func always(status int, body string) func(call) answer {
	return func(call) answer { return answer{status: status, body: body} }
}

// fixture reads a file of testdata, with replacements of one text by another.
func fixture(t *testing.T, name string, oldnew ...string) string {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	for i := 0; i < len(oldnew); i += 2 {
		require.Contains(t, string(body), oldnew[i])
	}
	return strings.NewReplacer(oldnew...).Replace(string(body))
}
