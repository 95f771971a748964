//go:build race

package sqlite

import "testing"

// notRacing leaves out a test in which nothing runs side by side: the race detector would only make it long.
func notRacing(t *testing.T) {
	t.Helper()
	t.Skip("nothing in it runs side by side")
}
