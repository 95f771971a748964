package simulation

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestMain gives the collector room: thousands of small worlds make much garbage and keep little.
func TestMain(m *testing.M) {
	debug.SetGCPercent(1000)
	os.Exit(m.Run())
}
