package sqlite

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

func signingKeys(t *testing.T, l *Ledger, retiredAfter time.Time) []string {
	t.Helper()
	keys, err := l.SigningKeys(t.Context(), acme, retiredAfter)
	require.NoError(t, err)
	return keys
}

func TestSubscriptionsAndTheirKeys(t *testing.T) {
	l, c := open(t)
	ctx := t.Context()
	keep := func(connection string, s trade.Subscription) {
		require.NoError(t, l.KeepSubscription(ctx, connection, s, c.now()))
	}
	made := c.now()
	one := trade.Subscription{ID: "wh_1", Endpoint: "https://a.example/hook", Events: []string{"order.created"}, SigningKey: "k1", Created: made}
	keep(acme, one)
	keep("other", trade.Subscription{ID: "wh_1", SigningKey: "theirs"})
	require.Equal(t, []string{"k1"}, signingKeys(t, l, made))

	// Seen again, with other events, and without saying when it was made.
	seen := c.advance(time.Hour)
	again := one
	again.Created, again.Events = time.Time{}, []string{"order.created", "order.updated"}
	keep(acme, again)
	again.Created = made
	all, err := l.Subscriptions(ctx, acme)
	require.NoError(t, err)
	require.Equal(t, []KeptSubscription{{Subscription: again, SeenAt: seen}}, all)

	// Its key is replaced. Both are valid until the old one is too old.
	replaced := c.advance(time.Hour)
	other := again
	other.SigningKey, other.Created = "k2", time.Time{}
	keep(acme, other)
	other.Created = made
	all, err = l.Subscriptions(ctx, acme)
	require.NoError(t, err)
	require.Equal(t, []KeptSubscription{
		{Subscription: other, SeenAt: replaced}, {Subscription: again, SeenAt: seen, Retired: replaced},
	}, all)
	require.Equal(t, []string{"k1", "k2"}, signingKeys(t, l, replaced.Add(-time.Millisecond)))
	require.Equal(t, []string{"k2"}, signingKeys(t, l, replaced))

	// It is removed, and then it is found to be there all the same.
	removed := c.advance(time.Hour)
	require.NoError(t, l.RetireSubscription(ctx, acme, "wh_1", removed))
	require.NoError(t, l.RetireSubscription(ctx, acme, "wh_1", c.advance(time.Hour)), "the first time counts")
	require.NoError(t, l.RetireSubscription(ctx, acme, "wh_9", removed))
	require.Equal(t, []string{"k2"}, signingKeys(t, l, replaced))
	require.Empty(t, signingKeys(t, l, removed))
	keep(acme, other)
	require.Equal(t, []string{"k2"}, signingKeys(t, l, c.now()))
	keep(acme, again)
	require.Equal(t, []string{"k1"}, signingKeys(t, l, c.now()), "the old key is back")
	theirs, err := l.SigningKeys(ctx, "other", c.now())
	require.NoError(t, err)
	require.Equal(t, []string{"theirs"}, theirs)
}

// With an empty key everybody's signature would be right.
func TestASubscriptionWithoutAKeyIsRefused(t *testing.T) {
	l, c := open(t)
	err := l.KeepSubscription(t.Context(), acme, trade.Subscription{ID: "wh_1"}, c.now())
	require.ErrorIs(t, err, errNoKey)
	_, err = l.writer.Exec(`INSERT INTO subscriptions (connection, webhook_id, signing_key, endpoint, events, seen_at) VALUES ('acme', 'wh_1', '', '', '[]', 1)`)
	require.ErrorContains(t, err, "CHECK")
	require.Empty(t, signingKeys(t, l, time.Time{}))
}

// A key that was retired in the future, before the clock was set back, must not be valid until then.
func TestAClockSetBackDoesNotKeepAKeyValid(t *testing.T) {
	l, c := open(t)
	s := trade.Subscription{ID: "wh_1", SigningKey: "k1"}
	require.NoError(t, l.KeepSubscription(t.Context(), acme, s, c.now()))
	s.SigningKey = "k2"
	require.NoError(t, l.KeepSubscription(t.Context(), acme, s, c.now()))
	now := c.advance(-365 * 24 * time.Hour)
	require.NoError(t, l.KeepSubscription(t.Context(), acme, s, now))
	c.advance(48 * time.Hour)
	require.Equal(t, []string{"k2"}, signingKeys(t, l, c.now().Add(-48*time.Hour)))
}

func TestIntendedEndpointsAreKept(t *testing.T) {
	l, _ := open(t)
	for _, endpoint := range []string{"https://b.example", "https://a.example", "https://b.example"} {
		require.NoError(t, l.IntendSubscription(t.Context(), acme, endpoint))
	}
	require.NoError(t, l.IntendSubscription(t.Context(), "other", "https://c.example"))
	endpoints, err := l.IntendedEndpoints(t.Context(), acme)
	require.NoError(t, err)
	require.Equal(t, []string{"https://a.example", "https://b.example"}, endpoints)
	require.Error(t, l.IntendSubscription(t.Context(), acme, ""))
}

// Invariant 10.
func TestASigningKeyIsNeverPrinted(t *testing.T) {
	const key = "zxcvbnm0123456789"
	kept := KeptSubscription{Subscription: trade.Subscription{ID: "wh_1", SigningKey: key}}
	var text strings.Builder
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		_, _ = fmt.Fprintf(&text, format, kept)
		_, _ = fmt.Fprintf(&text, format, &kept)
		_, _ = fmt.Fprintf(&text, format, []KeptSubscription{kept})
		_, _ = fmt.Fprintf(&text, format, map[string]KeptSubscription{"a": kept})
		_, _ = fmt.Fprintf(&text, format, struct{ Kept KeptSubscription }{kept})
	}
	for _, handler := range []slog.Handler{slog.NewJSONHandler(&text, nil), slog.NewTextHandler(&text, nil)} {
		logger := slog.New(handler)
		logger.Info("kept", "one", kept, "pointer", &kept, "all", []KeptSubscription{kept}, "in", struct{ Kept KeptSubscription }{kept})
	}
	for _, value := range []any{kept, &kept, []KeptSubscription{kept}} {
		encoded, err := json.Marshal(value)
		require.NoError(t, err)
		text.Write(encoded)
	}
	require.Contains(t, text.String(), "wh_1")
	require.NotContains(t, text.String(), key)
	require.NotContains(t, text.String(), fmt.Sprintf("%x", key))

	// No error of the ledger has it either.
	l, c := open(t)
	_, err := l.writer.Exec(`DROP TABLE subscriptions`)
	require.NoError(t, err)
	err = l.KeepSubscription(t.Context(), acme, kept.Subscription, c.now())
	require.Error(t, err)
	require.NotContains(t, err.Error(), key)
}

// Signing keys stand in the ledger, and personal data do: whoever else has an account on the machine reads none of its files.
func TestNoFileOfTheLedgerIsForOthers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	path := filepath.Join(dir, "ledger.db")
	l := reopen(t, path, newClock())
	require.NoError(t, l.KeepSubscription(t.Context(), acme, trade.Subscription{ID: "wh_1", SigningKey: "k"}, l.now()))
	_, err := l.Backup(t.Context(), "")
	require.NoError(t, err)
	require.NoError(t, l.migrate(t.Context(), append(append([]migration{}, embedded...), migration{version: latest(embedded) + 1, name: "next"})))
	files := 0
	require.NoError(t, filepath.Walk(dir, func(name string, info os.FileInfo, err error) error {
		require.NoError(t, err)
		require.Zero(t, info.Mode().Perm()&0o077, name)
		files++
		return nil
	}))
	require.Equal(t, 7, files, "two directories, the ledger with its two side files, two copies")

	// Files that a process left behind when it died, readable for all, are tightened as well.
	live, _ := open(t)
	plant(t, live, "or_1")
	left := filepath.Join(t.TempDir(), "ledger.db")
	for _, suffix := range []string{"", "-wal", "-shm"} {
		content, err := os.ReadFile(live.path + suffix)
		require.NoError(t, err)
		require.NotEmpty(t, content)
		require.NoError(t, os.WriteFile(left+suffix, content, 0o644))
	}
	again := reopen(t, left, newClock())
	plant(t, again, "or_2")
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(left + suffix)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), suffix)
	}
}
