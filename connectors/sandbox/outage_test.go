package sandbox_test

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"spacebridge/connectors/sandbox"
	"spacebridge/connectors/sandbox/faults"
)

// dial tells whether somebody listens at a URL.
func dial(t *testing.T, base string) error {
	t.Helper()
	at, err := url.Parse(base)
	require.NoError(t, err)
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", at.Host)
	if err != nil {
		return err
	}
	return conn.Close()
}

// post sends a write on a connection of its own.
func post(ctx context.Context, t *testing.T, at, token string) (int, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, at, strings.NewReader("{}"))
	require.NoError(t, err)
	r.Close = true
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}

// TestOutage refuses connections for a while, after which the same port listens again.
func TestOutage(t *testing.T) {
	defer goleak.VerifyNone(t)
	plan := &faults.Plan{PerMille: map[faults.Kind]int{faults.Refused: 1000}, Outage: faults.Range{Min: 300 * time.Millisecond, Max: 300 * time.Millisecond}}
	s, err := sandbox.Start(t.Context(), sandbox.Options{BooksFaults: plan})
	require.NoError(t, err)
	_, err = post(t.Context(), t, s.SpaceInvoicesURL+"/orders", s.APIKey)
	require.Error(t, err, "the request that began it")
	plan.Heal()
	require.ErrorIs(t, dial(t, s.SpaceInvoicesURL), syscall.ECONNREFUSED)
	require.NoError(t, dial(t, s.OrderspaceURL), "the other vendor is up")
	require.Eventually(t, func() bool { return dial(t, s.SpaceInvoicesURL) == nil }, 10*time.Second, 10*time.Millisecond)
	status, err := post(t.Context(), t, s.SpaceInvoicesURL+"/orders", s.APIKey)
	require.NoError(t, err)
	require.Equal(t, 422, status)
	require.Equal(t, 1, s.Books.Stats().Requests)
	require.NoError(t, s.Close())
	require.ErrorIs(t, dial(t, s.SpaceInvoicesURL), syscall.ECONNREFUSED)
}

// TestCloseDuringAnOutage ends the sandbox while nobody listens, and the token endpoint is out with the API.
func TestCloseDuringAnOutage(t *testing.T) {
	defer goleak.VerifyNone(t)
	plan := &faults.Plan{Writes: map[faults.Kind]int{faults.Refused: 1000}, Outage: faults.Range{Min: time.Hour, Max: time.Hour}}
	s, err := sandbox.Start(t.Context(), sandbox.Options{ShopFaults: plan})
	require.NoError(t, err)
	_, err = post(t.Context(), t, s.OrderspaceURL+"/orders", "any")
	require.Error(t, err)
	require.ErrorIs(t, dial(t, s.OrderspaceURL), syscall.ECONNREFUSED)
	require.ErrorIs(t, dial(t, s.TokenURL), syscall.ECONNREFUSED)
	require.NoError(t, dial(t, s.SpaceInvoicesURL))
	require.NoError(t, s.Close())
}

// TestExpiredTokenIsReallyRevoked uses a token that was good until the fault.
func TestExpiredTokenIsReallyRevoked(t *testing.T) {
	defer goleak.VerifyNone(t)
	plan := &faults.Plan{Reads: map[faults.Kind]int{faults.ExpiredToken: 1000}, Writes: map[faults.Kind]int{}}
	s, err := sandbox.Start(t.Context(), sandbox.Options{ShopFaults: plan})
	require.NoError(t, err)
	form := url.Values{"client_id": {s.ClientID}, "client_secret": {s.ClientSecret}, "grant_type": {"client_credentials"}}
	_, reply := fetch(t, http.MethodPost, s.TokenURL, "", form.Encode())
	token := reply["access_token"].(string)
	plan.Only(faults.Slow)
	status, _ := fetch(t, http.MethodGet, s.OrderspaceURL+"/orders", token, "")
	require.Equal(t, 200, status)
	plan.Only()
	status, _ = fetch(t, http.MethodGet, s.OrderspaceURL+"/orders", token, "")
	require.Equal(t, 401, status)
	plan.Heal()
	status, _ = fetch(t, http.MethodGet, s.OrderspaceURL+"/orders", token, "")
	require.Equal(t, 401, status, "it stays worthless")
	require.Equal(t, map[faults.Kind]int{faults.ExpiredToken: 1}, plan.Counts())
	require.NoError(t, s.Close())
}

// TestLateWritesAreUnmetered gives up on a write, which is then carried out without counting against the limit again.
func TestLateWritesAreUnmetered(t *testing.T) {
	defer goleak.VerifyNone(t)
	plan := &faults.Plan{Writes: map[faults.Kind]int{faults.Late: 1000}, Late: faults.Range{Min: time.Millisecond, Max: time.Millisecond}}
	s, err := sandbox.Start(t.Context(), sandbox.Options{BooksFaults: plan})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = post(ctx, t, s.SpaceInvoicesURL+"/orders", s.APIKey)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	plan.Wait()
	require.Equal(t, 1, s.Books.Stats().Writes)
	require.Equal(t, 0, s.Books.Stats().MostAMinute)
	require.NoError(t, s.Close())
}

// TestCloseEndsWhatIsSilent does not wait for clients that would wait for ever.
func TestCloseEndsWhatIsSilent(t *testing.T) {
	defer goleak.VerifyNone(t)
	plan := &faults.Plan{PerMille: map[faults.Kind]int{faults.LostReply: 1000}}
	s, err := sandbox.Start(t.Context(), sandbox.Options{BooksFaults: plan})
	require.NoError(t, err)
	ended := make(chan error)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.SpaceInvoicesURL+"/orders", nil)
	require.NoError(t, err)
	r.Close = true
	r.Header.Set("Authorization", "Bearer "+s.APIKey)
	go func() {
		res, err := http.DefaultTransport.RoundTrip(r)
		if err == nil {
			err = res.Body.Close()
		}
		ended <- err
	}()
	require.Eventually(t, func() bool { return s.Books.Stats().Writes == 1 }, 10*time.Second, time.Millisecond)
	start := time.Now()
	require.NoError(t, s.Close())
	require.Less(t, time.Since(start), 4*time.Second)
	require.Error(t, <-ended)
}
