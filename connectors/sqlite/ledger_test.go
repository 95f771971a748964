package sqlite

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

const acme = "acme"

// clock is a time that moves only when told.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
	return c.at
}

func newClock() *clock { return &clock{at: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)} }

// open opens a fresh ledger that is closed at the end of the test.
func open(t *testing.T) (*Ledger, *clock) {
	t.Helper()
	c := newClock()
	return reopen(t, filepath.Join(t.TempDir(), "ledger.db"), c), c
}

func reopen(t *testing.T, path string, c *clock) *Ledger {
	t.Helper()
	l, err := Open(t.Context(), Options{Path: path, Now: c.now})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l
}

// order is an order record as a list gives it.
func order(id, status string) trade.Record {
	body, _ := json.Marshal(map[string]any{"id": id, "status": status})
	return trade.Record{
		Kind: trade.KindOrder, ID: id, Number: "10" + id, Status: status, Body: body,
		Created: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC),
		Refs:    []trade.Ref{{Kind: trade.KindCustomer, ID: "cu_1"}},
	}
}

// plant files an order and so makes its sale.
func plant(t *testing.T, l *Ledger, ids ...string) {
	t.Helper()
	batch := make([]Saved, 0, len(ids))
	for _, id := range ids {
		batch = append(batch, Saved{Record: order(id, "released"), Sales: []string{id}})
	}
	_, err := l.SaveRecords(t.Context(), acme, Reading{Source: trade.SourceList, At: l.now()}, batch)
	require.NoError(t, err)
}

func sale(t *testing.T, l *Ledger, id string) Sale {
	t.Helper()
	s, found, err := l.Sale(t.Context(), acme, id)
	require.NoError(t, err)
	require.True(t, found)
	return s
}

// requirePragmas checks the settings of one connection.
func requirePragmas(ctx context.Context, t *testing.T, conn *sqlx.Conn, want map[string]string) {
	t.Helper()
	for name, value := range want {
		var got string
		require.NoError(t, conn.GetContext(ctx, &got, "PRAGMA "+name))
		require.Equal(t, value, got, name)
	}
}

func TestEveryConnectionHasItsSettings(t *testing.T) {
	l, _ := open(t)
	ctx := t.Context()
	common := map[string]string{
		"foreign_keys": "1", "busy_timeout": "10000", "journal_mode": "wal", "trusted_schema": "0", "cell_size_check": "1",
	}
	writer := map[string]string{"synchronous": "2", "query_only": "0", "recursive_triggers": "1"}
	reader := map[string]string{"query_only": "1"}

	for range 2 {
		conn, err := l.writer.Connx(ctx)
		require.NoError(t, err)
		requirePragmas(ctx, t, conn, common)
		requirePragmas(ctx, t, conn, writer)
		// A broken connection is replaced; the next round looks at the new one.
		require.ErrorIs(t, conn.Raw(func(any) error { return driver.ErrBadConn }), driver.ErrBadConn)
		_ = conn.Close()
	}
	for range readers { // held all at once, so that each is another connection
		conn, err := l.reader.Connx(ctx)
		require.NoError(t, err)
		defer func() { _ = conn.Close() }()
		requirePragmas(ctx, t, conn, common)
		requirePragmas(ctx, t, conn, reader)
		_, err = conn.ExecContext(ctx, `DELETE FROM cursors`)
		require.Error(t, err)
		_, err = conn.ExecContext(ctx, `PRAGMA query_only = 0`)
		require.NoError(t, err)
		_, err = conn.ExecContext(ctx, `DELETE FROM cursors`)
		require.ErrorContains(t, err, "readonly", "mode=ro holds even when query_only is lifted")
	}
	require.Equal(t, 1, l.writer.Stats().MaxOpenConnections)
}

func TestTransactionsTakeTheWriteLockAtOnce(t *testing.T) {
	l, _ := open(t)
	other, err := sqlx.Open("sqlite", fileURI(l.path, map[string][]string{"mode": {"rw"}, "_busy_timeout": {"0"}}))
	require.NoError(t, err)
	defer func() { _ = other.Close() }()
	require.NoError(t, l.write(t.Context(), "test", func(*sqlx.Tx) error {
		_, err := other.ExecContext(t.Context(), `BEGIN IMMEDIATE`)
		require.ErrorContains(t, err, "locked")
		return nil
	}))
}

func TestFilesAreForTheOwnerOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a dir", "100% odd?#")
	path := filepath.Join(dir, "ledger.db")
	l := reopen(t, path, newClock())
	plant(t, l, "or_1")
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
	}
	info, err := os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())

	loose := filepath.Join(t.TempDir(), "loose.db")
	require.NoError(t, os.WriteFile(loose, nil, 0o644))
	reopen(t, loose, newClock())
	info, err = os.Stat(loose)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestReadOnlyBesideTheDaemonAndAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	_, err := OpenReadOnly(t.Context(), path)
	require.ErrorIs(t, err, os.ErrNotExist)

	daemon, err := Open(t.Context(), Options{Path: path})
	require.NoError(t, err)
	plant(t, daemon, "or_1")
	look := func() {
		l, err := OpenReadOnly(t.Context(), path)
		require.NoError(t, err)
		defer func() { require.NoError(t, l.Close()) }()
		require.Equal(t, "10or_1", sale(t, l, "or_1").Number)
		require.ErrorIs(t, l.MarkDirty(t.Context(), acme, "or_1"), errReadOnly)
		_, err = l.Backup(t.Context(), "")
		require.ErrorIs(t, err, errReadOnly)
	}
	look()
	require.NoError(t, daemon.Close())
	look()
}

func TestEmptyPathAndDirectoryAreRefused(t *testing.T) {
	_, err := Open(t.Context(), Options{})
	require.ErrorContains(t, err, "no file named")
	_, err = Open(t.Context(), Options{Path: t.TempDir()})
	require.ErrorIs(t, err, ErrForeign)
}

func TestBackupIsALedger(t *testing.T) {
	l, _ := open(t)
	plant(t, l, "or_1")
	copied, err := l.Backup(t.Context(), filepath.Join(t.TempDir(), "kept"))
	require.NoError(t, err)
	info, err := os.Stat(copied)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.Equal(t, "10or_1", sale(t, reopen(t, copied, newClock()), "or_1").Number)
}

func TestCursorsAndProblems(t *testing.T) {
	l, c := open(t)
	ctx := t.Context()
	_, found, err := l.Cursor(ctx, acme, "orders")
	require.NoError(t, err)
	require.False(t, found)
	require.NoError(t, l.AdvanceCursor(ctx, acme, "orders", "1"))
	moved := c.advance(time.Minute)
	require.NoError(t, l.AdvanceCursor(ctx, acme, "orders", "2"))
	require.NoError(t, l.AdvanceCursor(ctx, acme, "invoices", "1"))
	require.NoError(t, l.AdvanceCursor(ctx, "other", "orders", "9"))
	got, found, err := l.Cursor(ctx, acme, "orders")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, Cursor{Name: "orders", Value: "2", UpdatedAt: moved}, got)
	all, err := l.Cursors(ctx, acme)
	require.NoError(t, err)
	require.Len(t, all, 2)

	since := c.now()
	require.NoError(t, l.SetProblem(ctx, Problem{Connection: acme, Code: "auto_process", Message: "on", Advice: "switch off"}))
	c.advance(time.Hour)
	require.NoError(t, l.SetProblem(ctx, Problem{Connection: acme, Code: "auto_process", Message: "still on", Advice: "now"}))
	problems, err := l.Problems(ctx, acme)
	require.NoError(t, err)
	require.Equal(t, []Problem{
		{Connection: acme, Code: "auto_process", Message: "still on", Advice: "now", Since: since},
	}, problems)
	require.NoError(t, l.ClearProblem(ctx, acme, "auto_process"))
	require.NoError(t, l.ClearProblem(ctx, acme, "auto_process"))
	problems, err = l.Problems(ctx, acme)
	require.NoError(t, err)
	require.Empty(t, problems)
}
