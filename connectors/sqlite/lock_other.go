//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package sqlite

import (
	"errors"
	"fmt"
	"os"
)

// flock refuses: two daemons on one ledger must be impossible, and here nothing would prevent them.
func flock(*os.File) error {
	return fmt.Errorf("this operating system has no file locks that end with their process: %w", errors.ErrUnsupported)
}
