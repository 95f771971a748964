package worker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"go.temporal.io/sdk/client"

	"spacebridge/config"
	"spacebridge/connectors/sqlite"
	"spacebridge/worker/receiver"
	"spacebridge/workflows"
)

// webhookServer is the listener that Orderspace sends to, and what wakes the work on it.
type webhookServer struct {
	url    string // "" without one
	failed <-chan error
	stop   func()
}

// webhookConnections names the connections that take webhooks.
func webhookConnections(c *config.Config) []string {
	var names []string
	for _, connection := range c.Connections {
		if connection.Orderspace.WebhookURL != "" {
			names = append(names, connection.Name)
		}
	}
	return names
}

// NewReceiver makes the webhook receiver of a configuration on an open ledger. wake is told which connection has something
// to read.
func NewReceiver(o Options, ledger receiver.Ledger, wake func(connection string), metrics *receiver.Metrics) *receiver.Receiver {
	o = o.withDefaults()
	return receiver.New(receiver.Options{
		Connections: webhookConnections(o.Config), Ledger: ledger, Nudge: wake, MaxBody: int64(o.Config.HTTP.WebhookMaxBody.Bytes()), //nolint:gosec // at most 256 MiB
		Metrics: metrics, Logger: o.Logger, Now: o.Now,
	})
}

// inbox is the ledger as the receiver sees it: without room for more, nothing is received, so that what is left is for the
// outcomes of steps. Orderspace sends it again.
type inbox struct {
	*sqlite.Ledger

	dir     string
	reserve uint64
}

// errNoRoom is why a delivery is not received.
var errNoRoom = errors.New("less than disk_reserve is free where the ledger is")

// Receive commits deliveries if there is room.
func (i inbox) Receive(ctx context.Context, deliveries []sqlite.Delivery) ([]bool, error) {
	if free, err := sqlite.FreeSpace(i.dir); err == nil && free < i.reserve {
		return nil, errNoRoom
	}
	return i.Ledger.Receive(ctx, deliveries)
}

// serveWebhooks listens, if any connection wants webhooks. A taken port is an error at start.
func (o Options) serveWebhooks(ctx context.Context, ledger *sqlite.Ledger, temporal client.Client) (*webhookServer, error) {
	names := webhookConnections(o.Config)
	if len(names) == 0 {
		return &webhookServer{stop: func() {}}, nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.Config.HTTP.WebhookListen)
	if err != nil {
		return nil, fmt.Errorf("http.webhook_listen: %w", err)
	}
	waking := &waker{
		start: func(ctx context.Context, connection string) error {
			return workflows.StartDrainInbox(ctx, temporal, o.Config.Temporal.TaskQueue, connection)
		},
		waiting: func(ctx context.Context, connection string) (bool, error) {
			marks, err := ledger.Waiting(ctx, connection, 1)
			return len(marks) > 0, err
		},
		all: names, log: o.Logger,
	}
	ctx, cancel := context.WithCancel(ctx)
	taking := NewReceiver(o, inbox{Ledger: ledger, dir: o.Config.DataDir, reserve: o.Config.DiskReserve.Bytes()}, func(connection string) { waking.wake(ctx, connection) }, receiver.NewMetrics(o.Registry))
	var running sync.WaitGroup
	failed := make(chan error, 1)
	running.Go(func() { waking.run(ctx) })
	running.Go(func() {
		if err := taking.Serve(listener); err != nil {
			failed <- err
		}
	})
	stop := func() {
		closing, done := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer done()
		if err := taking.Close(closing); err != nil {
			o.Logger.WarnContext(closing, "webhooks were cut off; Orderspace sends them again", "error", err)
		}
		cancel()
		running.Wait()
	}
	return &webhookServer{url: "http://" + listener.Addr().String(), failed: failed, stop: stop}, nil
}
