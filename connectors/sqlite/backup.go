package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Backup writes a copy of the whole ledger into dir ("": the ledger's backups directory) while work goes on, opens the
// copy to verify it, and returns its path. The copy is a ledger of its own: restoring is putting it in the ledger's
// place while no daemon runs, and removing the files ledger.db-wal and ledger.db-shm beside it, which belong to the old one.
func (l *Ledger) Backup(ctx context.Context, dir string) (string, error) {
	if l.writer == nil {
		return "", errReadOnly
	}
	if dir == "" {
		dir = l.backups
	}
	return l.copyTo(ctx, dir, "backup")
}

// copyTo makes and verifies a copy named ledger-<time>-<label>.db; the names sort by time.
func (l *Ledger) copyTo(ctx context.Context, dir, label string) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make directory: %w", err)
	}
	name := "ledger-" + l.now().UTC().Format("20060102T150405.000Z") + "-" + label + ".db"
	target := filepath.Join(dir, name)
	// VACUUM INTO accepts an empty file, and made here it has the right mode from its first byte.
	file, err := os.OpenFile(filepath.Clean(target), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return "", fmt.Errorf("make copy: %w", err)
	}
	if err := file.Close(); err != nil {
		return "", fmt.Errorf("make copy: %w", err)
	}
	if err := l.fillCopy(ctx, target); err != nil {
		return "", errors.Join(fmt.Errorf("copy to %s: %w", target, err), os.Remove(target))
	}
	return target, nil
}

func (l *Ledger) fillCopy(ctx context.Context, target string) error {
	// A connection of its own, so that the writer is free while a large ledger is copied.
	source, err := connect(ctx, fileURI(l.path, base("ro")), 1)
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }()
	if _, err := source.ExecContext(ctx, `VACUUM INTO ?`, target); err != nil {
		return describe(err)
	}
	copied, err := connect(ctx, fileURI(target, base("ro")), 1)
	if err != nil {
		return err
	}
	defer func() { _ = copied.Close() }()
	if _, err := identify(ctx, copied); err != nil {
		return err
	}
	return checkSound(ctx, copied)
}
