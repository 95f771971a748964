package receiver

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOldAndNewKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ledger := newShelf()
		r := start(t, ledger, nil)
		signed := func(key string) int {
			req := request(about("or_1"))
			req.Header.Set("X-Orderspace-Signature", sign(about("or_1"), key))
			return ask(r, req).Code
		}
		require.Equal(t, 200, signed(key))
		require.Equal(t, 401, signed("fresh"))
		ledger.set(func() { ledger.keys[acme] = []string{"fresh", key} })
		time.Sleep(keysAgain)
		require.Equal(t, 200, signed("fresh"), "a new subscription works from its first delivery on")
		require.Equal(t, 200, signed(key), "the key before stays valid")
		require.Equal(t, time.Now().Add(-48*time.Hour), ledger.after)
		ledger.set(func() { ledger.keys[acme] = []string{"fresh"} })
		require.Equal(t, 200, signed(key), "for seconds after it has expired")
		time.Sleep(keysFresh)
		require.Equal(t, 401, signed(key))
		require.Equal(t, 200, signed("fresh"))
	})
}

func TestKeysAreNotReadForEveryRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ledger := newShelf()
		r := start(t, ledger, nil)
		bad := request(about("or_1"))
		bad.Header.Set("X-Orderspace-Signature", sign(about("or_1"), "wrong"))
		for range 1000 {
			require.Equal(t, 200, give(r, about("or_1")))
			req := bad.Clone(t.Context())
			require.Equal(t, 401, ask(r, req).Code)
			time.Sleep(time.Millisecond)
		}
		require.InDelta(t, 10, ledger.asked, 1, "ten times a second at the most")
	})
}

func TestNoKeysYet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ledger := newShelf()
		ledger.keys[acme] = nil
		var log bytes.Buffer
		r := start(t, ledger, func(o *Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
		for range 50 {
			require.Equal(t, 401, give(r, about("or_1")))
			time.Sleep(time.Second)
		}
		require.Equal(t, 1, strings.Count(log.String(), "no signing key is known yet"), "once a minute")
		ledger.set(func() { ledger.keys[acme] = []string{key} })
		time.Sleep(keysAgain)
		require.Equal(t, 200, give(r, about("or_1")))
	})
}

func TestKeysThatCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ledger := newShelf()
		ledger.keyErr = errBroken
		r := start(t, ledger, nil)
		for range 100 {
			require.Equal(t, 503, give(r, about("or_1")), "whether it is signed nobody knows, so it shall come again")
		}
		require.Equal(t, 1, ledger.asked, "a ledger in trouble is left in peace")
		ledger.set(func() { ledger.keyErr = nil })
		time.Sleep(keysAgain)
		require.Equal(t, 200, give(r, about("or_1")))
		require.Zero(t, r.room.taken.Load())
	})
}
