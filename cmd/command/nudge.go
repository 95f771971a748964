package command

import (
	"context"
	"fmt"
	"log/slog"
	"net"

	"go.temporal.io/sdk/client"

	"spacebridge/config"
	"spacebridge/connectors/sqlite"
	"spacebridge/worker"
	"spacebridge/workflows"
)

// temporalNudger reaches the daemon through Temporal: it signals the workflow of the sale, or starts it.
type temporalNudger struct{}

// Nudge starts or signals the sale's workflow. An error says that nobody could be told, which loses nothing.
func (temporalNudger) Nudge(ctx context.Context, c *config.Config, sale sqlite.Sale) error {
	temporal, err := dialTemporal(ctx, c)
	if err != nil {
		return err
	}
	defer temporal.Close()
	return workflows.StartSyncSale(ctx, temporal, c.Temporal.TaskQueue, sale.Connection, sale.ID, sale.Number)
}

// dialTemporal connects to the Temporal that the daemon uses, and stays silent about it.
func dialTemporal(ctx context.Context, c *config.Config) (client.Client, error) {
	// The client repeats a refused connection until its time is up; a bare attempt knows at once.
	probe, err := (&net.Dialer{}).DialContext(ctx, "tcp", c.TemporalAddress())
	if err != nil {
		return nil, fmt.Errorf("reach Temporal: %w", err)
	}
	_ = probe.Close()
	return worker.Dial(ctx, c.TemporalAddress(), c.Temporal.Namespace, slog.New(slog.DiscardHandler), nil)
}
