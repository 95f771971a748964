package command

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/config"
	"spacebridge/connectors/sqlite"
)

// Check says of the disk what the daemon would do with it.
func TestCheckTellsOfTheDiskReserve(t *testing.T) {
	dir := t.TempDir()
	free, err := sqlite.FreeSpace(dir)
	if err != nil {
		t.Skipf("this operating system is not asked for free space: %v", err)
	}
	for name, one := range map[string]struct {
		reserve config.Size
		status  verdict
		code    int
		message string
	}{
		"less than the reserve": {config.Size(free) * 2, bad, ExitFindings, "less than the reserve of "},
		"little more than it":   {config.Size(free / 2), "", ExitOK, "free at "}, // how much more depends on this machine
	} {
		t.Run(name, func(t *testing.T) {
			var found findings
			checkDisk(&found, &config.Config{DataDir: filepath.Join(dir, "not", "made", "yet"), DiskReserve: one.reserve})
			require.Len(t, found, 1)
			require.Equal(t, "disk", found[0].Check)
			require.Contains(t, found[0].Message, one.message)
			require.Equal(t, one.code, found.exitCode())
			if one.status != "" {
				require.Equal(t, one.status, found[0].Status)
				require.Contains(t, found[0].Remedy, "disk_reserve")
			}
		})
	}
}
