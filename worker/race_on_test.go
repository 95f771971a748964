//go:build race

package worker_test

import (
	"testing"
	"time"
)

// racing says that the race detector looks on. Everything takes ten times as long then, and what it has to find shows in a
// small business as well.
const racing = true

// betweenLooks is how long a wait sleeps between two looks at its condition, which are themselves slow.
const betweenLooks = 500 * time.Millisecond

// scaled is the size of a world.
func scaled(n int) int { return max(1, n*2/5) }

// notRacing leaves out a test of what remains after a process, in which nothing runs side by side that does not in others.
func notRacing(t *testing.T) {
	t.Helper()
	t.Skip("the race detector sees the same code in other tests")
}
