package receiver

import (
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/trade"
)

// open opens a ledger on disk that knows one subscription. probe may be nil.
func open(tb testing.TB, probe func(string) error) *sqlite.Ledger {
	tb.Helper()
	l, err := sqlite.Open(tb.Context(), sqlite.Options{Path: filepath.Join(tb.TempDir(), "ledger.db"), Probe: probe})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, l.Close()) })
	subscribe(tb, l, key)
	return l
}

func subscribe(tb testing.TB, l *sqlite.Ledger, key string) {
	tb.Helper()
	s := trade.Subscription{ID: "wh_1", Endpoint: "https://example.com" + path, SigningKey: key, Created: time.Now()}
	require.NoError(tb, l.KeepSubscription(tb.Context(), acme, s, time.Now()))
}

// waiting are the records that wait to be looked at.
func waiting(tb testing.TB, l *sqlite.Ledger) map[string]sqlite.Mark {
	tb.Helper()
	marks, err := l.Waiting(tb.Context(), acme, 0)
	require.NoError(tb, err)
	byID := map[string]sqlite.Mark{}
	for _, mark := range marks {
		byID[mark.ID] = mark
	}
	return byID
}

func TestFromTheWireIntoTheLedger(t *testing.T) {
	l := open(t, nil)
	address, client := listen(t, start(t, l, nil)), newClient(t)
	require.Equal(t, 200, post(client, address, about("or_1")))
	require.Equal(t, 200, post(client, address, `[{"event":"dispatch.created","data":{"dispatch":{"id":"di_1","order_id":"or_2"}}},`+
		`{"event":"order.deleted","data":{"order":{"id":"or_3","deleted":true}}},{"event":"order.lost"}]`))
	require.Equal(t, 200, post(client, address, `{"not":"a list"}`))
	require.Equal(t, 200, post(client, address, ""))
	require.Equal(t, 200, post(client, address, about("or_1")))

	marks := waiting(t, l)
	require.Len(t, marks, 4)
	require.Equal(t, "new", marks["or_1"].Status)
	require.True(t, marks["di_1"].New)
	require.Equal(t, trade.KindOrder, marks["or_2"].Kind)
	require.True(t, marks["or_3"].Deleted)
	inbox, err := l.InboxOf(t.Context(), acme, time.Now().Add(-time.Hour))
	require.NoError(t, err)
	require.Equal(t, 4, inbox.Waiting)
	require.Equal(t, 3, inbox.Bodies)
	tallies, err := l.Tallies(t.Context(), acme, time.Now().Add(-time.Hour))
	require.NoError(t, err)
	require.Equal(t, 5, tallies["deliveries/accepted"])
	require.Equal(t, 1, tallies["deliveries/repeated"])
	require.Equal(t, 3, tallies["events/unreadable"])

	subscribe(t, l, "a new key")
	require.Equal(t, 200, post(client, address, about("or_4")), "the key before is valid for 48 hours")
	require.Contains(t, waiting(t, l), "or_4")
}

// TestStrangeRecordsAreCommitted: nothing that the parser takes for a record may be refused by the ledger, for Orderspace
// would send it until it disables the webhook.
func TestStrangeRecordsAreCommitted(t *testing.T) {
	l := open(t, nil)
	r := start(t, l, nil)
	for _, body := range []string{
		`[{"event":"order.created","data":{"order":{"id":"или'\"%$🙂","status":"\u0000x'","created":"2999-12-31T23:59:59Z"}}}]`,
		`[{"event":"order.created","data":{"order":{"id":17.0,"status":5,"created":"2000-01-01"}}}]`,
		`[{"event":"customer.updated","data":{"customer":{"id":"cu_1","status":"` + "\xff" + `","created":"0000-00-00"}}}]`,
		`[{"event":"invoice.created","data":{"invoice":{"id":"or_1","orders":[{"id":"or_1"},{"id":"or_1"}]}}}]`,
		"\x00\xff", "[", "[null]",
	} {
		require.Equal(t, 200, give(r, body), body)
	}
	require.Len(t, waiting(t, l), 4, "two kinds of or_1 are told apart by kind alone")
	inbox, err := l.InboxOf(t.Context(), acme, time.Now())
	require.NoError(t, err)
	require.Equal(t, 5, inbox.Waiting)
	require.Equal(t, 3, inbox.Bodies)
}

// TestLedgerThatDiesAroundItsCommit: what was not committed is not acknowledged, and what was is harmless to send again.
func TestLedgerThatDiesAroundItsCommit(t *testing.T) {
	for _, c := range []struct {
		point string
		marks int
	}{{"before receive", 0}, {"after receive", 1}} {
		t.Run(c.point, func(t *testing.T) {
			var dead atomic.Bool
			l := open(t, func(point string) error {
				if dead.Load() && point == c.point {
					return errBroken
				}
				return nil
			})
			r := start(t, l, nil)
			dead.Store(true)
			require.Equal(t, 503, give(r, about("or_1")))
			require.Len(t, waiting(t, l), c.marks)
			dead.Store(false)
			require.Equal(t, 200, give(r, about("or_1")))
			require.Len(t, waiting(t, l), 1)
		})
	}
}
