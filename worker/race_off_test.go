//go:build !race

package worker_test

import (
	"testing"
	"time"
)

// racing says that the race detector looks on.
const racing = false

// betweenLooks is how long a wait sleeps between two looks at its condition.
const betweenLooks = 50 * time.Millisecond

// scaled is the size of a world.
func scaled(n int) int { return n }

// notRacing leaves out a test while the race detector looks on.
func notRacing(*testing.T) {}
