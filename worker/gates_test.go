package worker

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"spacebridge/activities"
	"spacebridge/config"
	"spacebridge/connectors/rest"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/trade"
)

// limited is both vendors: every request but those for a token is answered 429.
type limited struct{ hits atomic.Int32 }

func (l *limited) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body := http.StatusTooManyRequests, `{"message":"slow down"}`
	if strings.HasSuffix(r.URL.Path, "/token") {
		status, body = http.StatusOK, `{"access_token":"t","token_type":"Bearer","expires_in":1800}`
	} else {
		l.hits.Add(1)
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}, "Retry-After": {"120"}},
		Body: io.NopCloser(strings.NewReader(body)), Request: r,
	}, nil
}

// twoShops is a configuration of two sites whose books are on one host.
func twoShops() *config.Config {
	c := config.Default()
	for _, name := range []string{"acme", "bolt"} {
		one := config.DefaultConnection()
		one.Name, one.Since, one.Policy.TimeZone = name, config.Date{Year: 2026, Month: 1, Day: 1}, "UTC"
		one.Orderspace.APIURL, one.Orderspace.TokenURL = "http://"+name+".shop.invalid/v1", "http://"+name+".shop.invalid/oauth/token"
		one.Orderspace.ClientID, one.Orderspace.ClientSecret = "id", config.NewSecret("secret")
		one.SpaceInvoices.APIURL, one.SpaceInvoices.APIKey = "http://books.invalid", config.NewSecret("key")
		one.SpaceInvoices.EntityID, one.SpaceInvoices.OrderIntegrationID = "ent_1", "oint_1"
		c.Connections = append(c.Connections, one)
	}
	return c
}

// opened opens the ledger as a process does at its start; calling it twice is a restart.
func opened(t *testing.T, path string) *sqlite.Ledger {
	t.Helper()
	ledger, err := sqlite.Open(t.Context(), sqlite.Options{Path: path, SkipCheck: true})
	require.NoError(t, err)
	return ledger
}

// Invariant 8: the silence that a vendor asked for is kept by the next process, by every connection that shares its limit.
func TestClosedGateOutlivesTheProcess(t *testing.T) { synctest.Test(t, closedGateOutlivesTheProcess) }

func closedGateOutlivesTheProcess(t *testing.T) {
	path, vendors := filepath.Join(t.TempDir(), "ledger.db"), &limited{}
	process := func() (*sqlite.Ledger, []*activities.Connection) {
		ledger := opened(t, path)
		connections, err := Options{
			Config: twoShops(), Logger: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry(),
			Transport: func(http.RoundTripper) http.RoundTripper { return vendors },
		}.connect(t.Context(), ledger)
		require.NoError(t, err)
		return ledger, connections
	}
	soon := func() context.Context {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		t.Cleanup(cancel)
		return ctx
	}
	ledger, connections := process()
	_, err := connections[0].Shop.GetRecord(soon(), trade.KindOrder, "or_1")
	require.Equal(t, rest.RateLimited, rest.ClassOf(err))
	_, err = connections[0].Books.Get(soon(), "ord_1")
	require.Equal(t, rest.RateLimited, rest.ClassOf(err))
	require.NoError(t, ledger.Close())
	require.EqualValues(t, 2, vendors.hits.Load())

	ledger, connections = process()
	defer func() { require.NoError(t, ledger.Close()) }()
	_, err = connections[0].Shop.GetRecord(soon(), trade.KindOrder, "or_1")
	require.ErrorIs(t, err, rest.ErrNoTurn)
	for _, connection := range connections { // the vendor counts by address, so the other connection is meant too
		_, err = connection.Books.Get(soon(), "ord_1")
		var failure *rest.Error
		require.ErrorAs(t, err, &failure)
		require.ErrorIs(t, err, rest.ErrNoTurn)
		require.Greater(t, failure.RetryAfter, 100*time.Second)
	}
	require.EqualValues(t, 2, vendors.hits.Load(), "nothing is sent before the time is over")
	_, err = connections[1].Shop.GetRecord(soon(), trade.KindOrder, "or_1")
	require.Equal(t, rest.RateLimited, rest.ClassOf(err), "another site was never told to be silent")
}

func TestSilenceIsNeverMoreThanWasAskedFor(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) string { return gateValue + now.Add(d).Format(time.RFC3339) }
	for _, c := range []struct {
		name    string
		value   string
		written time.Duration // from now
		left    time.Duration
	}{
		{"half of it is over", at(30 * time.Second), -30 * time.Second, 30 * time.Second},
		{"all of it is over", at(-time.Second), -time.Minute, -time.Second},
		{"the clock was set back by a day", at(24*time.Hour + time.Minute), 24 * time.Hour, time.Minute},
		{"a year, by whatever mistake", at(365 * 24 * time.Hour), 0, longestGate},
		{"not a gate", now.Add(time.Minute).Format(time.RFC3339), 0, 0},
		{"not a time", gateValue + "tomorrow", 0, 0},
		{"empty", "", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.left, silence(sqlite.Cursor{Value: c.value, UpdatedAt: now.Add(c.written)}, now))
		})
	}
}
