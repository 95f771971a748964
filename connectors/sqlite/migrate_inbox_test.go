package sqlite

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

// firstSchema makes a ledger as the first release left it, without anything in it.
func firstSchema(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ledger.db")
	l, err := newLedger(Options{Path: path, Now: newClock().now})
	require.NoError(t, err)
	require.NoError(t, prepareFile(path))
	l.writer, err = connect(t.Context(), writerDSN(path, l.busy), 1)
	require.NoError(t, err)
	require.NoError(t, l.migrate(t.Context(), embedded[:1]))
	require.NoError(t, l.writer.Close())
	return path
}

// A ledger of the first release keeps all it has, is copied first, and knows at once what readers of lists ask.
func TestALedgerOfTheFirstReleaseIsBroughtForward(t *testing.T) {
	path := firstSchema(t)
	hash := hashBody(nil)
	raw(t, path,
		`INSERT INTO snapshots (id, connection, kind, record_id, hash, body, source, first_seen) VALUES
		   (1, 'acme', 'order', 'or_1', '`+hash+`', x'7b7d', 'list', 1000),
		   (2, 'acme', 'invoice', 'iv_1', '`+hash+`', x'7b7d', 'list', 5000),
		   (3, 'acme', 'invoice', 'iv_1', '`+hashBody([]byte(`1`))+`', x'7b7d', 'list', 2000)`,
		`INSERT INTO records (connection, kind, record_id, snapshot_id, status, number, created_at, source, since, heard_at, read_at) VALUES
		   ('acme', 'order', 'or_1', 1, 'new', '7', 900, 'list', 1000, 1000, 4000),
		   ('acme', 'order', 'or_2', NULL, 'new', '8', 950, 'list', 1000, 1000, 6000),
		   ('acme', 'invoice', 'iv_1', 2, 'paid', '9', NULL, 'list', 5000, 5000, 5000)`,
		`INSERT INTO links (connection, from_kind, from_id, to_kind, to_id) VALUES
		   ('acme', 'invoice', 'iv_1', 'order', 'or_1'), ('acme', 'invoice', 'iv_1', 'order', 'or_2')`,
		`INSERT INTO sales (connection, id, number, state, dirty_seq, updated_at) VALUES
		   ('acme', 'or_1', '7', 'pending', 3, 1000), ('acme', 'or_2', '8', 'pending', 1, 1000)`,
	)
	_, err := OpenReadOnly(t.Context(), path)
	require.ErrorIs(t, err, ErrOlder)
	l := reopen(t, path, newClock())
	intact(t, l)
	require.Equal(t, int64(3), sale(t, l, "or_1").DirtySeq)
	require.Equal(t, time.UnixMilli(4000).UTC(), current1(t, l, trade.KindOrder, "or_1").ReadAt)
	ids, err := l.Outdated(t.Context(), acme, 0)
	require.NoError(t, err)
	require.Equal(t, []string{"or_1"}, ids, "read before its invoice changed; or_2 was read afterwards")
	for kind, want := range map[trade.Kind][]time.Time{
		trade.KindOrder: {time.UnixMilli(950).UTC(), time.UnixMilli(900).UTC()}, trade.KindInvoice: {time.UnixMilli(2000).UTC()},
	} {
		times, err := l.OpenWindow(t.Context(), acme, kind, "", time.Time{}, 0)
		require.NoError(t, err)
		require.Equal(t, want, times)
	}
	require.Zero(t, heard(t, l))
	copies, err := filepath.Glob(filepath.Join(l.backups, "*before-*.db"))
	require.NoError(t, err)
	require.Len(t, copies, 1)
	version, err := inspect(t.Context(), copies[0])
	require.NoError(t, err)
	require.Equal(t, 1, version)
}
