package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"
)

// errReadOnly is what writing methods of a read-only ledger return.
var errReadOnly = errors.New("the ledger is open for reading only")

// write runs one transaction that holds the write lock from its beginning, under the name that probes know it by. It
// commits when do returns nil. However do or a probe ends, even by a panic or the end of its goroutine, the transaction
// has ended when write has: one left open would hold the only writer for ever.
//
// An error does not always mean that nothing was written: a probe may fail after the commit, and a disk may fail after
// the last byte. Callers read again instead of assuming.
func (l *Ledger) write(ctx context.Context, name string, do func(tx *sqlx.Tx) error) (err error) {
	if l.writer == nil {
		return errReadOnly
	}
	tx, err := l.writer.BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", l.noteFull(err))
	}
	ended := false
	defer func() {
		if !ended {
			err = errors.Join(err, rollback(tx))
		}
	}()
	if err := do(tx); err != nil {
		return l.noteFull(err)
	}
	if err := l.reach("before " + name); err != nil {
		return l.noteFull(err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", l.noteFull(err))
	}
	ended = true
	l.full.Store(false)
	return l.reach("after " + name)
}

// rollback ends a transaction without effect. One that is over already, by the end of its context or because SQLite
// ended it for want of space, is no error.
func rollback(tx *sqlx.Tx) error {
	err := tx.Rollback()
	if err == nil || errors.Is(err, sql.ErrTxDone) || isNoTransaction(err) {
		return nil
	}
	return fmt.Errorf("roll back: %w", err)
}

// reach tells the probe, if there is one, that the process has come to a named point.
func (l *Ledger) reach(point string) error {
	if l.probe == nil {
		return nil
	}
	if err := l.probe(point); err != nil {
		return fmt.Errorf("%s: %w", point, err)
	}
	return nil
}

// noteFull says what a failure of SQLite means, and remembers a full disk until a write succeeds.
func (l *Ledger) noteFull(err error) error {
	err = describe(err)
	if errors.Is(err, ErrFull) {
		l.full.Store(true)
	}
	return err
}

// Full reports whether the last write failed for want of space on the disk and none has succeeded since.
func (l *Ledger) Full() bool { return l.full.Load() }
