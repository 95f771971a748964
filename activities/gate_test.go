package activities

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A verification under way, or another step that asks at the same moment, is no reason to turn a step away while the last
// answer is good enough: a step that is turned away sleeps.
func TestOpenGateTurnsNobodyAway(t *testing.T) {
	a, c := New(Options{}), &Connection{Name: "acme"}
	c.gate.set("", time.Now())
	c.gate.verifying.Lock()
	open, _, err := a.writable(t.Context(), c)
	require.NoError(t, err)
	require.True(t, open)

	c.gate.doubted.Store(true)
	open, reason, err := a.writable(t.Context(), c)
	require.NoError(t, err)
	require.False(t, open)
	require.Equal(t, "verifying", reason, "one asks, the others do not wait for it")
}
