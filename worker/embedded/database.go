package embedded

import (
	"context"
	databasesql "database/sql"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/headers"
	"go.temporal.io/server/common/persistence/sql/sqlplugin"
	sqliteplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/schema/sqlite"
)

// checkLimit bounds the integrity check of an existing file, which reads all of it: a
// file too large to be read in this time is trusted.
const checkLimit = 2 * time.Second

// The mark says whose file it is. It is written last when a file is made, so a file
// without one was never finished.
const (
	createMark = `CREATE TABLE spacebridge_mark (server TEXT NOT NULL, layout TEXT NOT NULL)`
	writeMark  = `INSERT INTO spacebridge_mark (server, layout) VALUES (?, ?)`
	readMark   = `SELECT server, layout FROM spacebridge_mark`
)

// mark names the server's release line and its tables. Patch releases of a line share
// their data; between lines the server would migrate, but has no migrations for SQLite.
func mark() (server, layout string) {
	line := headers.ServerVersion
	if i := strings.LastIndexByte(line, '.'); i > 0 {
		line = line[:i]
	}
	return line, sqlite.Version + "/" + sqlite.VisibilityVersion + "/" + strconv.Itoa(shards)
}

// opened numbers the server's connection pools: see storeConfig.
var opened atomic.Int64

// storeConfig describes the file to the server's SQLite plugin. The plugin keeps a
// connection pool for each description as long as the process lives and hands it out
// again; the number makes every start's description its own, so that a file moved aside
// or closed is not written to by the next server of the process. SQLite ignores the key.
func storeConfig(path string) *config.SQL {
	return &config.SQL{
		PluginName:   sqliteplugin.PluginName,
		DatabaseName: escape(path),
		ConnectAttributes: map[string]string{
			"mode":         "rw",
			"setup":        strconv.FormatInt(opened.Add(1), 10),
			"journal_mode": "wal",
			// A power cut may cost the last transactions, never the file: invariant 9
			// makes that safe and every workflow step several times cheaper.
			"synchronous":        "normal",
			"busy_timeout":       "5000",
			"cache_size":         "-16384", // KiB
			"temp_store":         "memory",
			"journal_size_limit": "67108864",
		},
		// More connections would read in parallel, but a transaction that reads before
		// it writes then fails when another has written in between.
		MaxConns:     1,
		MaxIdleConns: 1,
	}
}

// escape makes a path safe inside an SQLite URI.
func escape(path string) string {
	return (&url.URL{Path: path}).EscapedPath()
}

// inspect says whether an existing file can be used: errUnusable, with the reason, if not.
func inspect(ctx context.Context, path string) error {
	db, err := databasesql.Open("sqlite", "file:"+escape(path)+"?mode=rw&_pragma=busy_timeout(2000)")
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	defer func() { _ = db.Close() }()

	var server, layout string
	switch err := db.QueryRowContext(ctx, readMark).Scan(&server, &layout); {
	case err != nil && notTheFile(err):
		return fmt.Errorf("open %s: %w", path, err)
	case err != nil:
		return fmt.Errorf("%w: no mark of its version: %w", errUnusable, err)
	}
	if wantServer, wantLayout := mark(); server != wantServer || layout != wantLayout {
		return fmt.Errorf("%w: written by server %s (layout %s), this is %s (layout %s)",
			errUnusable, server, layout, wantServer, wantLayout)
	}

	limited, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	var finding string
	err = db.QueryRowContext(limited, `PRAGMA quick_check(1)`).Scan(&finding)
	switch {
	case limited.Err() != nil:
		return ctx.Err()
	case err != nil:
		return fmt.Errorf("%w: integrity check: %w", errUnusable, err)
	case finding != "ok":
		return fmt.Errorf("%w: integrity check: %s", errUnusable, finding)
	}
	return nil
}

// create lays out an empty file.
func create(ctx context.Context, store *config.SQL, pool *sqlx.DB) error {
	if err := sqlite.SetupSchema(store); err != nil {
		return fmt.Errorf("set up schema: %w", err)
	}
	server, layout := mark()
	if _, err := pool.ExecContext(ctx, createMark); err != nil {
		return fmt.Errorf("mark database: %w", err)
	}
	if _, err := pool.ExecContext(ctx, writeMark, server, layout); err != nil {
		return fmt.Errorf("mark database: %w", err)
	}
	return nil
}

// poolOf finds the connection pool behind the plugin's handle. The plugin never closes
// it, which would leave the file open, its log unwritten and a goroutine running after
// Stop; and it offers no other way to it.
func poolOf(db sqlplugin.DB) (*sqlx.DB, error) {
	v := reflect.Indirect(reflect.ValueOf(db))
	if v.Kind() == reflect.Struct {
		if f := v.FieldByName("db"); f.IsValid() && f.Type() == reflect.TypeFor[*sqlx.DB]() && !f.IsNil() {
			return (*sqlx.DB)(f.UnsafePointer()), nil
		}
	}
	return nil, errors.New("connection pool of the SQLite plugin: not where this server version keeps it")
}
