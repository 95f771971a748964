package sqlite

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// DirLock is the right to be the only daemon of a data directory. The operating system releases it when the process
// ends, however it ends.
type DirLock struct{ file *os.File }

// LockDir takes the lock of a data directory, which is made when absent. It does not wait: when another process holds
// the lock, the error wraps ErrLocked and names that process.
func LockDir(dir string) (*DirLock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("lock data directory: %w", err)
	}
	path := filepath.Join(dir, "lock")
	file, err := os.OpenFile(filepath.Clean(path), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock data directory: %w", err)
	}
	if err := flock(file); err != nil {
		err = fmt.Errorf("lock data directory %s: %w", dir, explainLock(err, file))
		return nil, errors.Join(err, file.Close())
	}
	if err := writePID(file); err != nil {
		return nil, errors.Join(fmt.Errorf("lock data directory %s: %w", dir, err), file.Close())
	}
	return &DirLock{file: file}, nil
}

// Unlock gives the lock back. The file stays: removing it would let two processes lock two files of one name.
func (d *DirLock) Unlock() error {
	if err := errors.Join(d.file.Truncate(0), d.file.Close()); err != nil {
		return fmt.Errorf("unlock data directory: %w", err)
	}
	return nil
}

func writePID(file *os.File) error {
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err := file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// explainLock says who to stop. The holder may be between taking the lock and writing its number.
func explainLock(err error, file *os.File) error {
	if !errors.Is(err, ErrLocked) {
		return err
	}
	content, readErr := io.ReadAll(io.LimitReader(file, 32))
	pid := strings.TrimSpace(string(content))
	if readErr != nil || pid == "" {
		return fmt.Errorf("%w by another Spacebridge process: stop it first", err)
	}
	return fmt.Errorf("%w by process %s: stop that one first", err, pid)
}
