package sqlite

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFreeSpace(t *testing.T) {
	free, err := FreeSpace(t.TempDir())
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("this operating system is not asked")
	}
	require.NoError(t, err)
	require.Positive(t, free)
	_, err = FreeSpace(filepath.Join(t.TempDir(), "gone"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
