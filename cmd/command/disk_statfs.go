//go:build linux || darwin || freebsd

package command

import "syscall"

// freeSpace is how many bytes this user may still write in a folder; false when that is not known.
func freeSpace(dir string) (int64, bool) {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(dir, &stat); err != nil {
		return 0, false
	}
	return int64(stat.Bavail) * int64(stat.Bsize), true //nolint:gosec,unconvert // the fields' types differ between systems
}
