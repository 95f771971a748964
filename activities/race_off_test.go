//go:build !race

package activities_test

import "testing"

// notRacing leaves out a test in which nothing runs side by side, under the race detector alone.
func notRacing(*testing.T) {}
