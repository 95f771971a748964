//go:build !(darwin || freebsd || linux)

package sqlite

import (
	"errors"
	"fmt"
)

// FreeSpace is how many bytes this user may still write to the disk that holds dir. The error wraps
// errors.ErrUnsupported where the operating system is not asked.
func FreeSpace(dir string) (uint64, error) {
	return 0, fmt.Errorf("ask for free space at %s: %w", dir, errors.ErrUnsupported)
}
