//go:build darwin || freebsd || linux

package sqlite

import (
	"fmt"
	"syscall"
)

// FreeSpace is how many bytes this user may still write to the disk that holds dir. The error wraps
// errors.ErrUnsupported where the operating system is not asked.
func FreeSpace(dir string) (uint64, error) {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(dir, &stat); err != nil {
		return 0, fmt.Errorf("ask for free space at %s: %w", dir, err)
	}
	// Available to this user, which can be negative where root's part is in use already.
	blocks := max(int64(stat.Bavail), 0) //nolint:gosec // the fields' types differ between systems
	return uint64(blocks) * uint64(max(stat.Bsize, 0)), nil
}
