package workflows

import (
	"go.temporal.io/sdk/workflow"

	"spacebridge/activities"
)

// VerifyID is the workflow id of a connection's check of its order integration.
func VerifyID(connection string) string { return "verify/" + connection }

// Verify reads the order integration's flags, which decide whether the connection may write at all.
func Verify(ctx workflow.Context, in activities.VerifyIntegrationInput) (activities.VerifyIntegrationResult, error) {
	var result activities.VerifyIntegrationResult
	err := newDurable(ctx).Call(CallRead, "read the order integration", act.VerifyIntegration, in, &result)
	return result, err
}
