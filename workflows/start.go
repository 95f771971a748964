package workflows

import (
	"context"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"spacebridge/activities"
)

// StartSyncSale starts the workflow of a sale, or tells the one that runs that something has changed. number may be "".
func StartSyncSale(ctx context.Context, c client.Client, taskQueue, connection, saleID, number string) error {
	options := client.StartWorkflowOptions{
		ID:                       SyncSaleID(connection, saleID),
		TaskQueue:                taskQueue,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		TypedSearchAttributes:    temporal.NewSearchAttributes(AttributeConnection.ValueSet(connection), AttributeOrder.ValueSet(number)),
		StaticSummary:            "Sale " + number + " of " + connection,
	}
	_, err := c.SignalWithStartWorkflow(ctx, options.ID, SignalChanged, nil, options, SyncSale, activities.SaleInput{Connection: connection, SaleID: saleID})
	return err
}

// StartDrainInbox starts the workflow that reads what webhooks told of, or tells the one that runs that more has come.
func StartDrainInbox(ctx context.Context, c client.Client, taskQueue, connection string) error {
	options := client.StartWorkflowOptions{
		ID:                       DrainInboxID(connection),
		TaskQueue:                taskQueue,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		TypedSearchAttributes:    temporal.NewSearchAttributes(AttributeConnection.ValueSet(connection)),
		StaticSummary:            "What webhooks told of " + connection,
	}
	_, err := c.SignalWithStartWorkflow(ctx, options.ID, SignalChanged, nil, options, DrainInbox, activities.PlanReadsInput{Connection: connection})
	return err
}
