package worker

import (
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/activities"
	"spacebridge/connectors/rest"
	"spacebridge/workflows"
)

// TestDeadlinesAreNested keeps each time shorter than the one around it: what is sent has its outcome before its lease
// ends, and the activity ends after all of it.
func TestDeadlinesAreNested(t *testing.T) {
	write := rest.DefaultWriteTimeout + rest.DefaultWriteTimeout/2 // with the wait for its turn
	look := activities.DefaultLease / 4                            // after a refusal
	require.Less(t, write+look, activities.DefaultLease+1)
	require.Less(t, activities.LookTimeout+activities.DefaultLease, workflows.StepTimeout)
	require.Less(t, rest.DefaultWriteTimeout, stopTimeout, "a write in flight ends before a stopping process does")
}
