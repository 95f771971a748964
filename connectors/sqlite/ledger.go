// Package sqlite keeps the ledger: the system of record of sales, their steps and their invoices.
//
// The ledger is one SQLite file. It has one writer connection, whose transactions take the write lock when they begin,
// and a pool of read-only connections. What a method of Ledger reports as done is on the disk when it returns.
// Times are stored as milliseconds UTC and money as minor units. Personal data stand in the bodies of snapshots and
// nowhere else; texts given as details, reasons and messages must hold numbers and codes only.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/jmoiron/sqlx"
	_ "modernc.org/sqlite" // the driver named "sqlite"
)

// Options say which ledger to open and how.
type Options struct {
	Path      string           // the file; created with its directory when absent
	Now       func() time.Time // the clock; nil: time.Now
	Backups   string           // directory for the copy made before a migration; "": "backups" beside the ledger
	Logger    *slog.Logger     // nil: silent
	SkipCheck bool             // leave out the check for damage, for commands that only take a short look
}

// Ledger is an open ledger. Its methods may be called from several goroutines.
type Ledger struct {
	path    string
	backups string
	now     func() time.Time
	log     *slog.Logger
	writer  *sqlx.DB // one connection; nil when read-only
	reader  *sqlx.DB
}

// Open opens the ledger for reading and writing. It creates the file when absent, refuses a file that is not a ledger
// (ErrForeign) or that a newer version wrote (ErrNewer), copies and migrates an older one, and checks it for damage
// (ErrCorrupt). It leaves effects as they are; the daemon calls Recover when it holds the lock of the data directory.
func Open(ctx context.Context, o Options) (*Ledger, error) {
	l, err := newLedger(o)
	if err != nil {
		return nil, err
	}
	if err := l.openFile(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open ledger %s: %w", l.path, err), l.Close())
	}
	if o.SkipCheck {
		return l, nil
	}
	if err := quickCheck(ctx, l.reader); err != nil {
		return nil, errors.Join(fmt.Errorf("open ledger %s: %w", l.path, err), l.Close())
	}
	return l, nil
}

func newLedger(o Options) (*Ledger, error) {
	path, err := filepath.Abs(o.Path)
	if err != nil || o.Path == "" {
		return nil, fmt.Errorf("open ledger: path %q: %w", o.Path, errors.Join(err, errEmptyPath(o.Path)))
	}
	l := &Ledger{path: path, backups: o.Backups, now: o.Now, log: o.Logger}
	if l.backups == "" {
		l.backups = filepath.Join(filepath.Dir(path), "backups")
	}
	if l.now == nil {
		l.now = time.Now
	}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	return l, nil
}

func errEmptyPath(path string) error {
	if path == "" {
		return errors.New("no file named")
	}
	return nil
}

func (l *Ledger) openFile(ctx context.Context) error {
	if err := prepareFile(l.path); err != nil {
		return err
	}
	// Looked at before the first writable connection: that one would turn somebody else's file into WAL mode.
	if _, err := inspect(ctx, l.path); err != nil {
		return err
	}
	writer, err := connect(ctx, writerDSN(l.path), 1)
	if err != nil {
		return err
	}
	l.writer = writer
	if err := l.migrate(ctx, embedded); err != nil {
		return err
	}
	l.reader, err = connect(ctx, readerDSN(l.path), readers)
	return err
}

// OpenReadOnly opens an existing ledger for reading, beside a running daemon or without one. It refuses what Open
// refuses, and also a ledger that is still to be migrated (ErrOlder). Methods that write return an error.
func OpenReadOnly(ctx context.Context, path string) (*Ledger, error) {
	l, err := newLedger(Options{Path: path})
	if err != nil {
		return nil, err
	}
	version, err := inspect(ctx, l.path)
	if err == nil && version < latest(embedded) {
		err = fmt.Errorf("%w (schema %d, wanted %d): start the daemon once", ErrOlder, version, latest(embedded))
	}
	if err == nil {
		l.reader, err = connect(ctx, readerDSN(l.path), readers)
	}
	if err != nil {
		return nil, fmt.Errorf("open ledger %s: %w", l.path, err)
	}
	return l, nil
}

// Close closes the ledger. It waits for statements that are running.
func (l *Ledger) Close() error {
	var errs []error
	for _, pool := range []*sqlx.DB{l.reader, l.writer} {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	return errors.Join(errs...)
}

// errReadOnly is what writing methods of a read-only ledger return.
var errReadOnly = errors.New("the ledger is open for reading only")

// write runs one transaction that holds the write lock from its beginning. It commits when do returns nil.
func (l *Ledger) write(ctx context.Context, do func(tx *sqlx.Tx) error) error {
	if l.writer == nil {
		return errReadOnly
	}
	tx, err := l.writer.BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := do(tx); err != nil {
		if undo := tx.Rollback(); undo != nil && !errors.Is(undo, sql.ErrTxDone) { // done: by the end of ctx
			err = errors.Join(err, undo)
		}
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}
