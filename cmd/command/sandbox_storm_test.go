package command

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestStorm tries three receivers: one that takes everything, one that takes nothing, and one that is not there.
func TestStorm(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	status := http.StatusOK
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Orderspace-Signature") == "" {
			t.Error("no signature")
		}
		w.WriteHeader(status)
	}))
	defer receiver.Close()
	args := []string{"sandbox", "storm", "--url", receiver.URL, "--key", "k", "--rate", "100", "--events", "2", "--for", "200ms"}
	r := b.run(t, append(args, "--json")...)
	require.Equal(t, ExitOK, r.code, r.stderr)
	var told map[string]any
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &told))
	require.EqualValues(t, 20, told["sent"])
	require.EqualValues(t, 20, told["accepted"])
	require.Equal(t, map[string]any{"200": 20.0}, told["statuses"])
	require.Positive(t, told["p99_us"])

	status = http.StatusUnauthorized
	r = b.run(t, args...)
	require.Equal(t, ExitFailed, r.code)
	require.Contains(t, r.stdout, "answered 200: 0, 401: 20\n")
	receiver.Close()
	r = b.run(t, args...)
	require.Equal(t, ExitUnreachable, r.code)
	require.Contains(t, r.stderr, "no delivery was answered: [refused]")
	r = b.run(t, "sandbox", "storm", "--url", receiver.URL)
	require.Equal(t, ExitUsage, r.code)
	require.Contains(t, r.stderr, "signing key")
}
