package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSizes(t *testing.T) {
	for text, want := range map[string]uint64{
		"0B": 0, "1023B": 1023, "1KiB": 1 << 10, "200MiB": 200 << 20, "3GiB": 3 << 30, "1TiB": 1 << 40,
	} {
		size, err := ParseSize(text)
		require.NoError(t, err)
		require.Equal(t, want, size.Bytes())
		require.Equal(t, text, size.String())
	}
	size, err := ParseSize("2048MiB")
	require.NoError(t, err)
	require.Equal(t, "2GiB", size.String())
	for _, text := range []string{"", "MiB", "1", "1MB", "-1MiB", "1.5GiB", "1 MiB", "99999999TiB", "999999999999999999B"} {
		_, err := ParseSize(text)
		require.Error(t, err, text)
	}
}

func TestDiskReserve(t *testing.T) {
	c, err := load(t, minimal)
	require.NoError(t, err)
	require.Equal(t, uint64(200<<20), c.DiskReserve.Bytes())
	c, err = load(t, "disk_reserve: 1GiB\n"+minimal)
	require.NoError(t, err)
	require.Equal(t, uint64(1<<30), c.DiskReserve.Bytes())
}
