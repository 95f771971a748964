package sqlite

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// smallDisk is a file system in memory, with a file that takes up the room that others shall not have.
type smallDisk struct {
	dir    string
	filler *os.File
}

const diskPage = 4096 // what the kernel gives out at a time

func newSmallDisk(t *testing.T, size string) *smallDisk {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("a file system cannot be mounted here (%v): run as root to fill a real disk", err)
	}
	filler, err := os.Create(filepath.Join(dir, "filler"))
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = filler.Close() // a test may have done so
		require.NoError(t, syscall.Unmount(dir, syscall.MNT_DETACH))
	})
	return &smallDisk{dir: dir, filler: filler}
}

// fill takes up all room there is.
func (d *smallDisk) fill(t *testing.T) {
	t.Helper()
	_, err := d.filler.Seek(0, io.SeekEnd)
	require.NoError(t, err)
	for err == nil {
		_, err = d.filler.Write(make([]byte, diskPage))
	}
	require.ErrorIs(t, err, syscall.ENOSPC)
}

// free gives back pages that were taken up.
func (d *smallDisk) free(t *testing.T, pages int64) {
	t.Helper()
	info, err := d.filler.Stat()
	require.NoError(t, err)
	require.NoError(t, d.filler.Truncate(max(0, info.Size()/diskPage*diskPage-pages*diskPage)))
}

// The disk is full at the first page of each write, then at its second, and so on until the write goes through. Each time
// it fails it leaves everything as it was, also for a process that dies then; and the same call succeeds when there is room.
func TestEveryWriteMeetsAFullDisk(t *testing.T) {
	notRacing(t)
	for _, a := range acts() {
		t.Run(a.name, func(t *testing.T) {
			disk := newSmallDisk(t, "8m")
			l := a.ready(t, Options{Path: filepath.Join(disk.dir, "ledger.db")})
			_, err := l.writer.ExecContext(t.Context(), `PRAGMA wal_checkpoint(TRUNCATE)`)
			require.NoError(t, err)
			old := dump(t, l)
			disk.fill(t)
			failed := 0
			for ; ; failed++ {
				require.Less(t, failed, 100)
				if err := a.do(t.Context(), l); err == nil {
					break
				}
				refusesFull(t, a, l, old)
				require.Equal(t, old, dump(t, asAfterDeath(t, l)))
				disk.free(t, 1)
			}
			require.Positive(t, failed)
			t.Logf("failed %d times", failed)
			require.False(t, l.Full())
			require.NotEqual(t, old, dump(t, l))
			intact(t, l)
			require.Equal(t, dump(t, l), dump(t, asAfterDeath(t, l)))
		})
	}
}

// A ledger that cannot be made for want of room can be made when there is some.
func TestOpeningMeetsAFullDisk(t *testing.T) {
	notRacing(t)
	disk := newSmallDisk(t, "8m")
	path := filepath.Join(disk.dir, "ledger.db")
	disk.fill(t)
	failed := 0
	for ; ; failed++ {
		require.Less(t, failed, 500)
		l, err := Open(t.Context(), Options{Path: path, Now: newClock().now})
		if err == nil {
			defer func() { require.NoError(t, l.Close()) }()
			plantable(t, disk, l)
			break
		}
		require.ErrorIs(t, err, ErrFull)
		disk.free(t, 1)
	}
	require.Positive(t, failed)
	t.Logf("failed %d times", failed)
}

func plantable(t *testing.T, disk *smallDisk, l *Ledger) {
	t.Helper()
	disk.free(t, 100)
	plant(t, l, "or_1")
	intact(t, l)
}

// A copy that does not fit leaves no half file that somebody could restore.
func TestABackupMeetsAFullDisk(t *testing.T) {
	notRacing(t)
	disk := newSmallDisk(t, "8m")
	l := reopen(t, filepath.Join(disk.dir, "ledger.db"), newClock())
	plant(t, l, "or_1")
	dir := filepath.Join(disk.dir, "backups")
	disk.fill(t)
	failed := 0
	for ; ; failed++ {
		require.Less(t, failed, 500)
		if _, err := l.Backup(t.Context(), dir); err == nil {
			break
		}
		left, err := os.ReadDir(dir)
		require.True(t, err == nil || errors.Is(err, os.ErrNotExist))
		require.Empty(t, left)
		disk.free(t, 1)
	}
	require.Positive(t, failed)
	intact(t, l)
}

// A disk that became read-only, as file systems do after a fault, is told from one that is full.
func TestAReadOnlyDiskIsRefused(t *testing.T) {
	disk := newSmallDisk(t, "8m")
	path := filepath.Join(disk.dir, "ledger.db")
	l, err := Open(t.Context(), Options{Path: path})
	require.NoError(t, err)
	plant(t, l, "or_1")
	require.NoError(t, l.Close())
	require.NoError(t, disk.filler.Close())
	require.NoError(t, syscall.Mount("tmpfs", disk.dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
	_, err = Open(t.Context(), Options{Path: path})
	require.ErrorIs(t, err, ErrUnwritable)
	require.NoError(t, syscall.Mount("tmpfs", disk.dir, "tmpfs", syscall.MS_REMOUNT, ""))
	again := reopen(t, path, newClock())
	require.Equal(t, "10or_1", sale(t, again, "or_1").Number)
	require.NoError(t, again.MarkDirty(t.Context(), acme, "or_1"))
}

// What the operating system says of free space is what can be written.
func TestFreeSpaceOfASmallDisk(t *testing.T) {
	disk := newSmallDisk(t, "1m")
	free, err := FreeSpace(disk.dir)
	require.NoError(t, err)
	require.Equal(t, uint64(1<<20), free)
	disk.fill(t)
	free, err = FreeSpace(disk.dir)
	require.NoError(t, err)
	require.Zero(t, free)
	disk.free(t, 3)
	free, err = FreeSpace(disk.dir)
	require.NoError(t, err)
	require.Equal(t, uint64(3*diskPage), free)
}
