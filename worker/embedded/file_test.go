package embedded

import (
	"bytes"
	"context"
	databasesql "database/sql"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
)

// freePort is a port nobody listens on just now.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	return l.Addr().String()
}

// change runs statements on a stopped server's file.
func change(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := databasesql.Open("sqlite", "file:"+escape(path))
	require.NoError(t, err)
	for _, s := range statements {
		_, err = db.Exec(s)
		require.NoError(t, err, s)
	}
	require.NoError(t, db.Close())
}

// made copies the file of a server that was started and stopped, which is made once.
var made []byte

func madeFile(t *testing.T, path string) {
	t.Helper()
	if made == nil {
		o, _ := options(t)
		o.UIListen = ""
		s, err := Start(t.Context(), o)
		require.NoError(t, err)
		s.Stop()
		made, err = os.ReadFile(o.DBPath)
		require.NoError(t, err)
	}
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, made, 0o600))
}

func TestUnusableFileIsMovedAside(t *testing.T) {
	cases := []struct {
		name  string
		spoil func(t *testing.T, path string)
	}{
		{"garbage", func(t *testing.T, path string) {
			t.Helper()
			require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("not a database\n"), 1000), 0o600))
			require.NoError(t, os.WriteFile(path+"-wal", []byte("nor its log"), 0o600))
		}},
		{"another program's database", func(t *testing.T, path string) {
			t.Helper()
			require.NoError(t, os.Remove(path))
			change(t, path, `CREATE TABLE notes (text TEXT)`)
		}},
		{"another version's mark", func(t *testing.T, path string) {
			t.Helper()
			change(t, path, `UPDATE spacebridge_mark SET server = '1.20'`)
		}},
		{"another layout's mark", func(t *testing.T, path string) {
			t.Helper()
			change(t, path, `UPDATE spacebridge_mark SET layout = '0.9/0.1/1'`)
		}},
		{"set-up interrupted", func(t *testing.T, path string) {
			t.Helper()
			change(t, path, `DELETE FROM spacebridge_mark`)
		}},
		{"damaged pages", func(t *testing.T, path string) {
			t.Helper()
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			for i := 4096 * 2; i+4096 < len(content); i += 4096 * 3 {
				copy(content[i:], bytes.Repeat([]byte{0xa5}, 2048))
			}
			require.NoError(t, os.WriteFile(path, content, 0o600))
		}},
		{"the server does not start with it", func(t *testing.T, path string) {
			t.Helper()
			change(t, path, `DROP TABLE shards`, `DROP TABLE cluster_metadata_info`)
		}},
		{"a search attribute changed its type", func(t *testing.T, path string) {
			t.Helper()
			db, err := databasesql.Open("sqlite", "file:"+escape(path))
			require.NoError(t, err)
			var data []byte
			require.NoError(t, db.QueryRow(`SELECT data FROM namespaces WHERE name = 'default'`).Scan(&data))
			data = bytes.ReplaceAll(data, []byte("Datetime01"), []byte("Datetime02"))
			data = bytes.ReplaceAll(data, []byte("Keyword01"), []byte("Boolean01"))
			_, err = db.Exec(`UPDATE namespaces SET data = ? WHERE name = 'default'`, data)
			require.NoError(t, err)
			require.NoError(t, db.Close())
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o, logs := options(t)
			o.Listen, o.UIListen = freePort(t), "" // a fixed port: the second try needs it again
			madeFile(t, o.DBPath)
			c.spoil(t, o.DBPath)
			spoiled, err := os.ReadFile(o.DBPath)
			require.NoError(t, err)

			s := start(t, o)
			require.NotEmpty(t, s.MovedAside())
			require.Contains(t, logs.String(), `level=WARN msg="temporal database moved aside`)
			kept, err := os.ReadFile(s.MovedAside())
			require.NoError(t, err)
			require.Len(t, kept, len(spoiled))
			s.Stop()

			again := start(t, o)
			require.Empty(t, again.MovedAside(), "the new file is a good one")
			again.Stop()
		})
	}
}

func TestSurroundingsAtFaultLeaveTheFile(t *testing.T) {
	t.Run("port taken", func(t *testing.T) {
		o, _ := options(t)
		madeFile(t, o.DBPath)
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer func() { require.NoError(t, l.Close()) }()

		taken := o
		taken.Listen = l.Addr().String()
		_, err = Start(t.Context(), taken)
		require.ErrorContains(t, err, "listen "+l.Addr().String()+" is taken by another program")
		taken = o
		taken.UIListen = l.Addr().String()
		_, err = Start(t.Context(), taken)
		require.ErrorContains(t, err, "ui_listen "+l.Addr().String()+" is taken by another program")
		requireUntouched(t, o.DBPath)
	})

	t.Run("file in use", func(t *testing.T) {
		o, _ := options(t)
		madeFile(t, o.DBPath)
		db, err := databasesql.Open("sqlite", "file:"+escape(o.DBPath)+"?_pragma=locking_mode(exclusive)&_txlock=exclusive")
		require.NoError(t, err)
		defer func() { require.NoError(t, db.Close()) }()
		tx, err := db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		defer func() { require.NoError(t, tx.Rollback()) }()
		_, err = Start(t.Context(), o)
		require.ErrorContains(t, err, "locked")
		requireUntouched(t, o.DBPath)
	})

	t.Run("a folder in the way", func(t *testing.T) {
		o, _ := options(t)
		require.NoError(t, os.MkdirAll(o.DBPath, 0o700))
		_, err := Start(t.Context(), o)
		require.ErrorContains(t, err, "not a regular file")
	})

	t.Run("more search attributes than columns", func(t *testing.T) {
		o, _ := options(t)
		madeFile(t, o.DBPath)
		o.SearchAttributes = map[string]enumspb.IndexedValueType{
			"A": enumspb.INDEXED_VALUE_TYPE_BOOL, "B": enumspb.INDEXED_VALUE_TYPE_BOOL,
			"C": enumspb.INDEXED_VALUE_TYPE_BOOL, "D": enumspb.INDEXED_VALUE_TYPE_BOOL,
		}
		_, err := Start(t.Context(), o)
		require.ErrorContains(t, err, "no more columns of type Bool")
		requireUntouched(t, o.DBPath)
	})

	t.Run("an empty file does not help", func(t *testing.T) {
		o, logs := options(t)
		madeFile(t, o.DBPath)
		before, err := os.ReadFile(o.DBPath)
		require.NoError(t, err)
		o.SearchAttributes = map[string]enumspb.IndexedValueType{"no`good": enumspb.INDEXED_VALUE_TYPE_BOOL}
		_, err = Start(t.Context(), o)
		require.ErrorContains(t, err, "and on an empty file")
		requireUntouched(t, o.DBPath)
		require.NotContains(t, logs.String(), "moved aside")
		after, err := os.ReadFile(o.DBPath)
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(after), len(before))
		o.SearchAttributes = attributes
		start(t, o)
	})

	t.Run("start given up", func(t *testing.T) {
		o, _ := options(t)
		madeFile(t, o.DBPath)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := Start(ctx, o)
		require.ErrorIs(t, err, context.Canceled)
		requireUntouched(t, o.DBPath)
	})

	t.Run("nothing is left of a first start that failed", func(t *testing.T) {
		o, _ := options(t)
		o.SearchAttributes = map[string]enumspb.IndexedValueType{"A": enumspb.IndexedValueType(99)}
		_, err := Start(t.Context(), o)
		require.ErrorContains(t, err, "search attribute A")
		require.NoFileExists(t, o.DBPath)
	})
}

func requireUntouched(t *testing.T, path string) {
	t.Helper()
	require.FileExists(t, path)
	names, err := filepath.Glob(path + ".*.old*")
	require.NoError(t, err)
	require.Empty(t, names)
}
