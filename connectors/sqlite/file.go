package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/jmoiron/sqlx"
	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// applicationID marks the file as ours: "SpBr" in ASCII.
const applicationID = 0x53704272

// prepareFile makes the file, readable by its owner only, or tightens the mode of an existing one. SQLite gives its
// side files the mode of the main file. An existing file is not opened here: closing any descriptor of it would drop
// the locks which other connections of this process hold.
func prepareFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	file, err := os.OpenFile(filepath.Clean(path), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err == nil {
		return file.Close()
	}
	if !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make file: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("look at file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%w: not a regular file", ErrForeign)
	}
	return tighten(path)
}

// tighten makes the file and its side files readable by their owner only: they hold personal data and signing keys, and side
// files left by a process that died keep the mode they have.
func tighten(path string) error {
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("look at file: %w", err)
		}
		if info.Mode().Perm()&0o077 == 0 {
			continue
		}
		if err := os.Chmod(name, 0o600); err != nil {
			return fmt.Errorf("tighten mode: %w", err)
		}
	}
	return nil
}

// inspect says which schema version the file has, 0 for an empty one, through a connection that cannot write. It
// refuses a file that is not a ledger and one that is newer than this program.
func inspect(ctx context.Context, path string) (int, error) {
	if _, err := os.Stat(path); err != nil {
		return 0, fmt.Errorf("look at file: %w", err)
	}
	pool, err := connect(ctx, fileURI(path, base("ro")), 1)
	if err != nil {
		return 0, err
	}
	defer func() { _ = pool.Close() }()
	return identify(ctx, pool)
}

// identify reads what inspect reports from an open connection.
func identify(ctx context.Context, q sqlx.QueryerContext) (int, error) {
	var application, version, objects int
	for query, into := range map[string]*int{
		`PRAGMA application_id`:              &application,
		`PRAGMA user_version`:                &version,
		`SELECT count(*) FROM sqlite_schema`: &objects,
	} {
		if err := sqlx.GetContext(ctx, q, into, query); err != nil {
			return 0, fmt.Errorf("identify: %w", describe(err))
		}
	}
	switch {
	case application == 0 && version == 0 && objects == 0:
		return 0, nil // an empty file, perhaps of a start that died before its first migration
	case application != applicationID:
		return 0, fmt.Errorf("%w: it is a database of another program (application id %#x)", ErrForeign, application)
	case version > latest(embedded):
		return 0, fmt.Errorf("%w (schema %d, this program knows %d): use that version or restore an older backup",
			ErrNewer, version, latest(embedded))
	}
	return version, nil
}

// checkSound asks SQLite whether the file is sound. It is the long check, three times as long as the quick one (3 s for 50,000
// sales): only it compares the indexes with their tables, and what keeps a sale from being issued twice are indexes.
func checkSound(ctx context.Context, q sqlx.QueryerContext) error {
	var found []string
	if err := sqlx.SelectContext(ctx, q, &found, `PRAGMA integrity_check(5)`); err != nil {
		return fmt.Errorf("check: %w", describe(err))
	}
	if len(found) != 1 || found[0] != "ok" {
		return fmt.Errorf("%w: %q", ErrCorrupt, found)
	}
	return nil
}

// meanings are what SQLite's result codes say to the caller. An extended code goes before its primary one.
var meanings = map[int]error{
	lib.SQLITE_NOTADB:        fmt.Errorf("%w: it is not a database", ErrForeign),
	lib.SQLITE_CORRUPT:       ErrCorrupt,
	lib.SQLITE_FULL:          ErrFull,
	lib.SQLITE_IOERR_SHMSIZE: ErrFull, // the side file that readers and writers share could not grow
	lib.SQLITE_BUSY:          ErrWriteLocked,
	lib.SQLITE_READONLY:      ErrUnwritable,
	lib.SQLITE_PERM:          ErrUnwritable,
	lib.SQLITE_CANTOPEN:      ErrUnwritable, // the side files are made even for reading
}

// describe adds what SQLite's result code means for the caller, once.
func describe(err error) error {
	var coded *driver.Error
	if !errors.As(err, &coded) {
		return err
	}
	meaning, known := meanings[coded.Code()]
	if !known {
		meaning, known = meanings[coded.Code()&0xff]
	}
	if !known || errors.Is(err, meaning) {
		return err
	}
	return fmt.Errorf("%w: %w", meaning, err)
}

// isNoTransaction reports whether err is the answer to a rollback when SQLite has ended the transaction by itself.
func isNoTransaction(err error) bool {
	var coded *driver.Error
	return errors.As(err, &coded) && coded.Code() == lib.SQLITE_ERROR && strings.Contains(coded.Error(), "no transaction is active")
}

// isUnique reports whether err is a refusal by a unique index or primary key.
func isUnique(err error) bool {
	var coded *driver.Error
	return errors.As(err, &coded) &&
		(coded.Code() == lib.SQLITE_CONSTRAINT_UNIQUE || coded.Code() == lib.SQLITE_CONSTRAINT_PRIMARYKEY)
}
