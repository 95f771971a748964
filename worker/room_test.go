package worker

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sqlite"
)

// TestNothingIsReceivedWithoutRoom: what is left of a disk is for the outcomes of steps. A delivery that is not received is not
// acknowledged (invariant 5), and comes again.
func TestNothingIsReceivedWithoutRoom(t *testing.T) {
	dir := t.TempDir()
	ledger, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(dir, "ledger.db")})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, ledger.Close()) })
	delivery := []sqlite.Delivery{{Connection: "acme", Hash: "a1", Events: 1}}
	_, err = inbox{Ledger: ledger, dir: dir, reserve: math.MaxUint64}.Receive(t.Context(), delivery)
	require.ErrorIs(t, err, errNoRoom)
	repeated, err := inbox{Ledger: ledger, dir: dir, reserve: 1}.Receive(t.Context(), delivery)
	require.NoError(t, err)
	require.Equal(t, []bool{false}, repeated, "nothing of the first try was kept")
}
