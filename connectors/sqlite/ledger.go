// Package sqlite keeps the ledger: the system of record of sales, their steps and their invoices.
//
// The ledger is one SQLite file. It has one writer connection, whose transactions take the write lock when they begin,
// and a pool of read-only connections. What a method of Ledger reports as done is on the disk when it returns.
// Times are stored as milliseconds UTC and money as minor units. Personal data stand in the bodies of snapshots, in those of
// deliveries that nobody could read, and nowhere else; texts given as details, reasons and messages must hold numbers and
// codes only.
//
// A webhook is a hint. Receive commits a mark for each record it names, "look at this record", under a number; a read of the
// record whose request was begun with that number heard takes the mark off again when it is filed.
package sqlite

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
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

	// Probe is told of each point that a write passes; nil: nobody is. "before <name>": all is written and nothing is
	// committed; an error rolls the transaction back and is returned. "after <name>": it is committed; an error is
	// returned all the same. The name is the method's in snake case, such as claim_effect. Tests die at such points.
	Probe func(point string) error

	// Steady is a clock that nobody sets, for leases; nil: Now as far as it moves forward, or the process's own.
	Steady func() time.Time

	busyWait time.Duration // for the lock of another process; 0: busyWait, tests shorten it
}

// Ledger is an open ledger. Its methods may be called from several goroutines.
type Ledger struct {
	path    string
	backups string
	now     func() time.Time
	log     *slog.Logger
	writer  *sqlx.DB // one connection; nil when read-only
	reader  *sqlx.DB
	life    string // tells this opening of the file from every other, see requestID
	probe   func(point string) error
	leases  *leases
	full    atomic.Bool   // the last write met a full disk
	busy    time.Duration // how long to wait for the lock of another process
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
		return nil, errors.Join(fmt.Errorf("open ledger %s: %w", l.path, describe(err)), l.Close())
	}
	if o.SkipCheck {
		return l, nil
	}
	if err := checkSound(ctx, l.reader); err != nil {
		return nil, errors.Join(fmt.Errorf("open ledger %s: %w", l.path, err), l.Close())
	}
	return l, nil
}

func newLedger(o Options) (*Ledger, error) {
	path, err := filepath.Abs(o.Path)
	if err != nil || o.Path == "" {
		return nil, fmt.Errorf("open ledger: path %q: %w", o.Path, errors.Join(err, errEmptyPath(o.Path)))
	}
	l := &Ledger{path: path, backups: o.Backups, now: o.Now, leases: newLeases(o.Steady, o.Now), log: o.Logger, probe: o.Probe, busy: o.busyWait}
	if l.busy == 0 {
		l.busy = busyWait
	}
	if l.backups == "" {
		l.backups = filepath.Join(filepath.Dir(path), "backups")
	}
	l.life = rand.Text()
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
	writer, err := connect(ctx, writerDSN(l.path, l.busy), 1)
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
		return nil, fmt.Errorf("open ledger %s: %w", l.path, describe(err))
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
