package sqlite

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// raw runs statements on a file as any other program would.
func raw(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	for _, statement := range statements {
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err, statement)
	}
}

func TestFreshAndReopened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "ledger.db")
	for range 3 {
		l, err := Open(t.Context(), Options{Path: path})
		require.NoError(t, err)
		version, err := l.version(t.Context())
		require.NoError(t, err)
		require.Equal(t, latest(embedded), version)
		var application int
		require.NoError(t, l.reader.Get(&application, `PRAGMA application_id`))
		require.Equal(t, applicationID, application)
		require.NoError(t, l.Close())
	}
	require.NoDirExists(t, filepath.Join(filepath.Dir(path), "backups"), "nothing was migrated")
}

func TestForeignFilesAreRefusedUntouched(t *testing.T) {
	cases := map[string]func(t *testing.T, path string){
		"another program's database": func(t *testing.T, path string) {
			t.Helper()
			raw(t, path, `CREATE TABLE accounts (id)`)
		},
		"another application id": func(t *testing.T, path string) {
			t.Helper()
			raw(t, path, `PRAGMA application_id = 7`)
		},
		"no database": func(t *testing.T, path string) {
			t.Helper()
			require.NoError(t, os.WriteFile(path, []byte("Dear Sir or Madam, I am a letter of more than a header's length. "+
				"Really, it is a hundred characters and some more."), 0o600))
		},
	}
	for name, write := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "ledger.db")
			write(t, path)
			before, err := os.ReadFile(path)
			require.NoError(t, err)
			_, err = Open(t.Context(), Options{Path: path})
			require.ErrorIs(t, err, ErrForeign)
			_, err = OpenReadOnly(t.Context(), path)
			require.ErrorIs(t, err, ErrForeign)
			after, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, before, after)
		})
	}
}

func TestNewerAndOlderLedgers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	l, err := Open(t.Context(), Options{Path: path})
	require.NoError(t, err)
	require.NoError(t, l.Close())

	raw(t, path, fmt.Sprintf(`PRAGMA user_version = %d`, latest(embedded)+1))
	_, err = Open(t.Context(), Options{Path: path})
	require.ErrorIs(t, err, ErrNewer)
	_, err = OpenReadOnly(t.Context(), path)
	require.ErrorIs(t, err, ErrNewer)

	raw(t, path, fmt.Sprintf(`PRAGMA user_version = %d`, latest(embedded)-1))
	_, err = OpenReadOnly(t.Context(), path)
	require.ErrorIs(t, err, ErrOlder)
}

func TestMigrationCopiesFirst(t *testing.T) {
	l, _ := open(t)
	plant(t, l, "or_1")
	next := append(append([]migration{}, embedded...),
		migration{version: latest(embedded) + 1, name: "next", sql: `CREATE TABLE extra (id INTEGER) STRICT`})
	require.NoError(t, l.migrate(t.Context(), next))
	version, err := l.version(t.Context())
	require.NoError(t, err)
	require.Equal(t, latest(next), version)

	copies, err := filepath.Glob(filepath.Join(l.backups, "*.db"))
	require.NoError(t, err)
	require.Len(t, copies, 1)
	before := reopen(t, copies[0], newClock())
	require.Equal(t, "10or_1", sale(t, before, "or_1").Number)
	version, err = before.version(t.Context())
	require.NoError(t, err)
	require.Equal(t, latest(embedded), version)
}

func TestMigrationIsAllOrNothing(t *testing.T) {
	l, _ := open(t)
	broken := append(append([]migration{}, embedded...), migration{
		version: latest(embedded) + 1, name: "broken", sql: `CREATE TABLE extra (id INTEGER) STRICT; CREATE TABLE nonsense`,
	})
	require.ErrorContains(t, l.migrate(t.Context(), broken), "migration broken")
	version, err := l.version(t.Context())
	require.NoError(t, err)
	require.Equal(t, latest(embedded), version)
	var tables int
	require.NoError(t, l.writer.Get(&tables, `SELECT count(*) FROM sqlite_schema WHERE name = 'extra'`))
	require.Zero(t, tables)
}

func TestMigrationNumbersHaveNoGap(t *testing.T) {
	for _, name := range []string{"0002_late.sql", "0001_fine.sql", "first.sql"} {
		_, err := loadMigrations(fstest.MapFS{"migrations/" + name: {Data: []byte("SELECT 1")}})
		require.Equal(t, name == "0001_fine.sql", err == nil, name)
	}
}

func TestDamageIsFound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	l, err := Open(t.Context(), Options{Path: path})
	require.NoError(t, err)
	plant(t, l, "or_1", "or_2", "or_3")
	var page int64
	require.NoError(t, l.reader.Get(&page, `SELECT rootpage FROM sqlite_schema WHERE name = 'snapshots'`))
	require.NoError(t, l.Close())

	file, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	_, err = file.WriteAt([]byte{0xff, 0xff, 0xff, 0xff}, (page-1)*4096+8) // where the first rows of the page begin
	require.NoError(t, err)
	require.NoError(t, file.Close())

	_, err = Open(t.Context(), Options{Path: path})
	require.ErrorIs(t, err, ErrCorrupt)
	skipped, err := Open(t.Context(), Options{Path: path, SkipCheck: true})
	require.NoError(t, err, "nothing but the check touches that page")
	_, err = skipped.Backup(t.Context(), "")
	require.ErrorIs(t, err, ErrCorrupt)
	require.NoError(t, skipped.Close())
	kept, err := filepath.Glob(filepath.Join(filepath.Dir(path), "backups", "*"))
	require.NoError(t, err)
	require.Empty(t, kept, "a copy that failed is not left behind")
}

func TestEveryTableIsStrict(t *testing.T) {
	l, _ := open(t)
	var loose []string
	require.NoError(t, l.reader.Select(&loose,
		`SELECT name FROM pragma_table_list WHERE type = 'table' AND schema = 'main' AND strict = 0 AND name NOT LIKE 'sqlite_%'`))
	require.Empty(t, loose)
}
