package sqlite

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

// aged makes a ledger with some life in it and closes it.
func aged(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ledger.db")
	l, err := Open(t.Context(), Options{Path: path, Now: newClock().now})
	require.NoError(t, err)
	for i := range 30 {
		live(t, l, "or_"+strconv.Itoa(i))
	}
	require.NoError(t, l.Close())
	return path
}

// live leads one sale from its record to its order in the books.
func live(t *testing.T, l *Ledger, id string) {
	t.Helper()
	plant(t, l, id)
	finish(t, l, claim(t, l, claimOf(id, "create", "a")), Outcome{State: EffectDone, BooksOrderID: "ord_" + id})
	decide(t, l, Decided{SaleID: id, DirtySeq: sale(t, l, id).DirtySeq, Settled: true, State: trade.StatePending, Rule: "wait"})
	require.NoError(t, l.AdvanceCursor(t.Context(), acme, "orders", id))
}

// A backup in the ledger's place is the ledger as it was then: whole, and open to work.
func TestARestoredBackupIsTheLedgerAsItWas(t *testing.T) {
	path := aged(t)
	l := reopen(t, path, newClock())
	older := dump(t, l)
	copied, err := l.Backup(t.Context(), t.TempDir())
	require.NoError(t, err)
	live(t, l, "or_new")
	e := claim(t, l, claimOf("or_1", "update", "a"))
	require.NoError(t, l.Close())

	require.NoError(t, os.Rename(copied, path))
	for _, side := range []string{"-wal", "-shm"} {
		require.True(t, removed(path+side))
	}
	l = reopen(t, path, newClock())
	intact(t, l)
	require.Equal(t, older, dump(t, l))
	n, err := l.Recover(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
	// What was done since is forgotten. The same claim must not go by the same name: the vendor may still have its old answer.
	again := claim(t, l, claimOf("or_1", "update", "a"))
	require.NotEqual(t, e.RequestID, again.RequestID)
}

func removed(path string) bool {
	err := os.Remove(path)
	return err == nil || errors.Is(err, os.ErrNotExist)
}

func TestALostLedgerIsBegunAnew(t *testing.T) {
	path := aged(t)
	require.NoError(t, os.Remove(path))
	l := reopen(t, path, newClock())
	intact(t, l)
	counts, err := l.Counts(t.Context(), acme)
	require.NoError(t, err)
	require.Zero(t, counts.Sales[trade.StatePending])
	live(t, l, "or_1")
}

// A file that was cut off or has one bad page is refused when it is opened, with what to do; it is never worked with.
func TestADamagedLedgerIsRefused(t *testing.T) {
	notRacing(t)
	whole, err := os.ReadFile(aged(t))
	require.NoError(t, err)
	const page = 4096
	pages := len(whole) / page
	require.Greater(t, pages, 30)
	refused := func(t *testing.T, content []byte) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "ledger.db")
		require.NoError(t, os.WriteFile(path, content, 0o600))
		l, err := Open(t.Context(), Options{Path: path})
		if err == nil {
			require.NoError(t, l.Close())
		}
		require.Error(t, err)
		require.True(t, errors.Is(err, ErrCorrupt) || errors.Is(err, ErrForeign), "%v", err)
		if errors.Is(err, ErrCorrupt) {
			require.ErrorContains(t, err, "put the newest good copy from backups in its place")
		}
		left, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Len(t, left, len(content), "it is kept as it was found")
	}
	for number := range pages {
		t.Run("page "+strconv.Itoa(number+1)+" overwritten", func(t *testing.T) {
			bad := bytes.Clone(whole)
			copy(bad[number*page:], bytes.Repeat([]byte{0xa5}, page))
			refused(t, bad)
		})
		t.Run("cut off before page "+strconv.Itoa(number+1), func(t *testing.T) {
			if number == 0 {
				t.Skip("an empty file is no ledger yet: see TestALostLedgerIsBegunAnew")
			}
			refused(t, whole[:number*page])
		})
	}
	t.Run("cut off within the first page", func(t *testing.T) { refused(t, whole[:50]) })
	t.Run("cut off within a page", func(t *testing.T) { refused(t, whole[:len(whole)-100]) })
}

// Somebody tidies up after a process that died: what was only in the log beside the file is lost, what is left is whole.
func TestALedgerWithoutItsLogIsOlderAndWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	l := reopen(t, path, newClock())
	live(t, l, "or_1")
	_, err := l.writer.ExecContext(t.Context(), `PRAGMA wal_checkpoint(TRUNCATE)`)
	require.NoError(t, err)
	older := dump(t, l)
	live(t, l, "or_2")
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	copied := filepath.Join(t.TempDir(), "ledger.db") // the file alone
	require.NoError(t, os.WriteFile(copied, content, 0o600))
	again := reopen(t, copied, newClock())
	intact(t, again)
	require.Equal(t, older, dump(t, again))
	live(t, again, "or_2")
}

// A file that may not be written to is refused when it is opened, not at the first write.
func TestAFileThatMayNotBeWrittenTo(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write to every file; a disk that is read-only is tried instead")
	}
	path := aged(t)
	require.NoError(t, os.Chmod(path, 0o400))
	_, err := Open(t.Context(), Options{Path: path})
	require.ErrorIs(t, err, ErrUnwritable)
}
