package worker

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"spacebridge/connectors/rest"
	"spacebridge/connectors/sqlite"
)

// counter is books that have nothing, and count.
type counter struct {
	mu sync.Mutex
	at []time.Time
}

func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = append(c.at, time.Now())
	return &http.Response{
		StatusCode: http.StatusNotFound, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(`{"message":"none"}`)), Request: r,
	}, nil
}

// Invariant 8: Space Invoices counts by address, so two connections together send no more than one may.
func TestConnectionsToOneHostShareItsLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ledger, vendors := opened(t, filepath.Join(t.TempDir(), "ledger.db")), &counter{}
		defer func() { require.NoError(t, ledger.Close()) }()
		c := twoShops()
		c.Connections[0].SpaceInvoices.RequestsPerMinute, c.Connections[1].SpaceInvoices.RequestsPerMinute = 60, 600
		connections, err := Options{
			Config: c, Logger: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry(),
			Transport: func(http.RoundTripper) http.RoundTripper { return vendors },
		}.connect(t.Context(), ledger)
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var group sync.WaitGroup
		for _, connection := range connections {
			group.Go(func() {
				for ctx.Err() == nil {
					if _, err := connection.Books.Get(ctx, "ord_1"); errors.Is(err, rest.ErrNoTurn) {
						return
					}
				}
			})
		}
		group.Wait()
		require.LessOrEqual(t, len(vendors.at), 60, "the smaller limit holds for both")
		require.Greater(t, len(vendors.at), 50)
	})
}

// However many requests are told 429 at once, the ledger is not written by each, and the longest closing is what stays.
func TestClosingsAreWrittenTogether(t *testing.T) {
	commits := 0
	ledger, err := sqlite.Open(t.Context(), sqlite.Options{
		Path: filepath.Join(t.TempDir(), "ledger.db"), SkipCheck: true,
		Probe: func(point string) error {
			if point == "after advance_cursor" {
				commits++
			}
			return nil
		},
	})
	require.NoError(t, err)
	defer func() { require.NoError(t, ledger.Close()) }()
	pace := rest.NewPace(60)
	carried := &gate{ledger: ledger, now: time.Now, log: slog.New(slog.DiscardHandler), name: cursorGateShop, connections: []string{"acme"}}
	require.NoError(t, carried.reopen(t.Context(), pace))
	for range 50 {
		pace.CloseGate(time.Minute)
	}
	require.LessOrEqual(t, commits, 10)
	pace.CloseGate(10 * time.Minute)
	cursor, found, err := ledger.Cursor(t.Context(), "acme", cursorGateShop)
	require.NoError(t, err)
	require.True(t, found)
	require.GreaterOrEqual(t, silence(cursor, time.Now()), 10*time.Minute-5*time.Second)
	require.LessOrEqual(t, silence(cursor, time.Now()), 10*time.Minute+time.Second)
}

// A ledger that cannot be written costs the memory of the gate, not the request, and is tried again by the next closing.
func TestLedgerFaultDoesNotStopTheRequest(t *testing.T) {
	var broken error
	ledger, err := sqlite.Open(t.Context(), sqlite.Options{
		Path: filepath.Join(t.TempDir(), "ledger.db"), SkipCheck: true,
		Probe: func(string) error { return broken },
	})
	require.NoError(t, err)
	defer func() { require.NoError(t, ledger.Close()) }()
	var log strings.Builder
	carried := &gate{ledger: ledger, now: time.Now, log: slog.New(slog.NewTextHandler(&log, nil)), name: cursorGateShop, connections: []string{"acme"}}
	pace := rest.NewPace(60)
	require.NoError(t, carried.reopen(t.Context(), pace))
	broken = errors.New("disk trouble")
	pace.CloseGate(time.Minute)
	require.Contains(t, log.String(), "disk trouble")
	require.Greater(t, time.Until(pace.Gate()), 50*time.Second)
	broken = nil
	pace.CloseGate(2 * time.Minute)
	cursor, found, err := ledger.Cursor(t.Context(), "acme", cursorGateShop)
	require.NoError(t, err)
	require.True(t, found)
	require.Greater(t, silence(cursor, time.Now()), time.Minute)
}

// While one closing is being committed, the requests of others do not wait for it, and what they bring is not lost.
func TestClosingDuringACommitIsWrittenToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		entered, release := make(chan struct{}), make(chan struct{})
		first := true
		ledger, err := sqlite.Open(t.Context(), sqlite.Options{
			Path: filepath.Join(t.TempDir(), "ledger.db"), SkipCheck: true,
			Probe: func(point string) error {
				if first && point == "before advance_cursor" {
					first = false
					close(entered)
					<-release
				}
				return nil
			},
		})
		require.NoError(t, err)
		defer func() { require.NoError(t, ledger.Close()) }()
		carried := &gate{ledger: ledger, now: time.Now, log: slog.New(slog.DiscardHandler), name: cursorGateShop, connections: []string{"acme"}}
		pace := rest.NewPace(60)
		require.NoError(t, carried.reopen(t.Context(), pace))
		go pace.CloseGate(time.Minute)
		<-entered
		pace.CloseGate(10 * time.Minute) // returns although the first is still at it
		close(release)
		synctest.Wait()
		cursor, _, err := ledger.Cursor(t.Context(), "acme", cursorGateShop)
		require.NoError(t, err)
		require.GreaterOrEqual(t, silence(cursor, time.Now()), 10*time.Minute)
	})
}

// The clock may be set while the process runs. Later closings are written down all the same, and mean the time asked for.
func TestClosingAfterTheClockWasSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var moved time.Duration
		now := func() time.Time { return time.Now().Add(moved) }
		ledger, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "ledger.db"), SkipCheck: true, Now: now})
		require.NoError(t, err)
		defer func() { require.NoError(t, ledger.Close()) }()
		carried := &gate{ledger: ledger, now: now, log: slog.New(slog.DiscardHandler), name: cursorGateShop, connections: []string{"acme"}}
		pace := rest.NewPace(60)
		require.NoError(t, carried.reopen(t.Context(), pace))
		for _, moved = range []time.Duration{0, -2 * time.Hour, 2 * time.Hour, -time.Second} {
			time.Sleep(time.Until(pace.Gate()) + time.Second)
			pace.CloseGate(time.Minute)
			next := rest.NewPace(60)
			require.NoError(t, (&gate{ledger: ledger, now: now, log: carried.log, name: cursorGateShop, connections: carried.connections}).reopen(t.Context(), next))
			left := time.Until(next.Gate())
			require.GreaterOrEqual(t, left, time.Minute)
			require.LessOrEqual(t, left, time.Minute+time.Second)
		}
	})
}
