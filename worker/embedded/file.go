package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// errUnusable marks a file which this version of the server cannot work with.
var errUnusable = errors.New("not usable by this Temporal server")

// sidecars are what SQLite keeps beside its file: the file alone would lose the last
// transactions.
var sidecars = []string{"", "-wal", "-shm"}

// startOnFile starts the server on the file, and on an empty one when the file is at
// fault. It returns where the old file went.
//
// Invariant 9: nothing is lost with the file that the ledger does not know.
func startOnFile(ctx context.Context, o Options, frontend netip.AddrPort) (*process, string, error) {
	found, err := occupied(o.DBPath)
	if err != nil {
		return nil, "", err
	}
	p, err := startProcess(ctx, o, frontend)
	switch {
	case err == nil:
		return p, "", nil
	case !found:
		// A half-made file would be taken for a damaged one next time.
		removeFile(o.DBPath)
		return nil, "", fmt.Errorf("start embedded Temporal: %w", err)
	case ctx.Err() != nil || notTheFile(err):
		return nil, "", fmt.Errorf("start embedded Temporal: %w", err)
	}

	aside, moveErr := moveFile(o.DBPath, asideName(o.DBPath, time.Now()))
	if moveErr != nil {
		return nil, "", fmt.Errorf("start embedded Temporal: %w", errors.Join(err, moveErr))
	}
	// A server that fails while it is being put together forgets its listeners open;
	// the runtime closes them once nothing refers to them.
	runtime.GC()
	p, again := startProcess(ctx, o, frontend)
	if again != nil {
		// Not the file's fault after all: put it back.
		removeFile(o.DBPath)
		if _, moveErr = moveFile(aside, o.DBPath); moveErr != nil {
			err = errors.Join(err, moveErr)
		}
		return nil, "", fmt.Errorf("start embedded Temporal: %w (and on an empty file: %w)", err, again)
	}
	o.Logger.WarnContext(ctx, "temporal database moved aside, started with an empty one; open work is taken up again from the ledger",
		"file", o.DBPath, "moved_to", aside, "error", err)
	return p, aside, nil
}

// notTheFile tells faults of the surroundings, which an empty file would meet as well.
func notTheFile(err error) bool {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY,
			sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM:
			return true
		}
	}
	for _, cause := range []error{
		fs.ErrPermission, syscall.EADDRINUSE, syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EMFILE, syscall.ENFILE,
	} {
		if errors.Is(err, cause) {
			return true
		}
	}
	return errors.Is(err, errTooMany)
}

// occupied says whether there is a file with something in it. An empty one is as good as none.
func occupied(path string) (bool, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("database file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return false, fmt.Errorf("database file %s is not a regular file", path)
	}
	return info.Size() > 0, nil
}

// touch creates the file readable by its owner only; SQLite gives its sidecars the same mode.
func touch(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("database folder: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // the operator's setting
	if err != nil {
		return fmt.Errorf("database file: %w", err)
	}
	return f.Close()
}

// asideName is a name that sorts by age and is free at any sensible rate of restarts.
func asideName(path string, now time.Time) string {
	return path + "." + now.UTC().Format("20060102T150405.000Z") + ".old"
}

// moveFile renames a database with its sidecars, which must keep their ending to be found.
func moveFile(from, to string) (string, error) {
	for _, ending := range sidecars {
		err := os.Rename(from+ending, to+ending)
		if err != nil && (ending == "" || !errors.Is(err, fs.ErrNotExist)) {
			return "", fmt.Errorf("move database aside: %w", err)
		}
	}
	return to, nil
}

func removeFile(path string) {
	for _, ending := range sidecars {
		_ = os.Remove(path + ending)
	}
}
