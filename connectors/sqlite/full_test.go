package sqlite

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// intact checks that a ledger is sound in every respect.
func intact(t *testing.T, l *Ledger) {
	t.Helper()
	var found []string
	require.NoError(t, l.reader.Select(&found, `PRAGMA integrity_check`))
	require.Equal(t, []string{"ok"}, found)
	require.NoError(t, l.VerifyJournal(t.Context()))
	var orphans int
	require.NoError(t, l.reader.Get(&orphans,
		`SELECT count(*) FROM effects e WHERE e.state <> (SELECT to_state FROM effect_log g WHERE g.effect_id = e.id ORDER BY g.seq DESC LIMIT 1)`))
	require.Zero(t, orphans, "each effect is in the state that its log says")
}

// asAfterDeath opens a copy of the files as they are on the disk, as after a loss of power at this moment.
func asAfterDeath(t *testing.T, l *Ledger) *Ledger {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "ledger.db")
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(l.path + suffix)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(copied+suffix, content, 0o600))
	}
	return reopen(t, copied, newClock())
}

// refusesFull checks that an act fails for want of space, says so, and leaves everything as it was.
func refusesFull(t *testing.T, a act, l *Ledger, old map[string][]map[string]any) {
	t.Helper()
	err := a.do(t.Context(), l)
	require.ErrorIs(t, err, ErrFull)
	require.ErrorContains(t, err, "the disk is full")
	require.True(t, l.Full())
	require.Equal(t, old, dump(t, l))
	intact(t, l)
}

// Wherever there is no disk to fill, the file is not allowed to grow: the n-th new page fails, for each n.
func TestEveryWriteMeetsAFileThatCannotGrow(t *testing.T) {
	notRacing(t)
	met := 0
	for _, a := range acts() {
		t.Run(a.name, func(t *testing.T) {
			l := a.ready(t, Options{})
			old := dump(t, l)
			var pages int
			require.NoError(t, l.writer.Get(&pages, `PRAGMA page_count`))
			for room := 0; ; room++ {
				require.Less(t, room, 100)
				var limit int
				require.NoError(t, l.writer.Get(&limit, `PRAGMA max_page_count = `+strconv.Itoa(pages+room)))
				l.probe = (&probe{point: "before " + a.name, fail: deaths["error"]}).reach
				err := a.do(t.Context(), l)
				l.probe = nil
				if errors.Is(err, errProbe) {
					break // there is room enough
				}
				refusesFull(t, a, l, old)
				met++
			}
			require.NoError(t, a.do(t.Context(), l))
			require.False(t, l.Full())
			require.NotEqual(t, old, dump(t, l))
			intact(t, l)
		})
	}
	require.Positive(t, met, "some write needs a new page")
}
