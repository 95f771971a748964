// Package worker is the process: it wires the parts together, keeps them alive, and takes them down in order.
package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	sdkworker "go.temporal.io/sdk/worker"

	"spacebridge/activities"
	"spacebridge/config"
	"spacebridge/connectors/sqlite"
	"spacebridge/workflows"
)

// Options are what the daemon needs beside its configuration.
type Options struct {
	Config   *config.Config
	Logger   *slog.Logger
	Version  string
	Embedded EmbeddedStarter      // nil: this binary has no server of its own
	Ready    func(Info)           // called once when everything runs
	Timing   activities.Timing    // zero: the defaults
	Registry *prometheus.Registry // nil: a new one
	Now      func() time.Time     // the clock of the ledger and of every decision; nil: time.Now

	// Probe is told of every point that a write to the ledger passes, and Transport is put around the way of every request
	// to a vendor: so a test can see, and end, a process at any of them. PageSize makes Orderspace's lists have many pages.
	// Nil and 0 in production.
	Probe     func(point string) error
	Transport func(next http.RoundTripper) http.RoundTripper
	PageSize  int
}

// Info tells where a running daemon can be reached.
type Info struct {
	AdminURL        string
	WebhookURL      string // of the webhook listener, "" without one
	TemporalAddress string
	TemporalUI      string // "" without one
}

// Errors that a command turns into exit codes.
var (
	// ErrUnreachable means that a service the daemon needs cannot be reached.
	ErrUnreachable = errors.New("a needed service is unreachable")
	// ErrNoServer means that the configuration asks for an embedded Temporal server and this binary has none.
	ErrNoServer = errors.New("temporal.address is empty and this binary has no Temporal server of its own; set temporal.address or use `spacebridge`")
)

// stopTimeout is what running activities get to finish in; a write in flight needs less.
const stopTimeout = 25 * time.Second

// Run runs the daemon until ctx ends. Then it lets running activities finish, for 25 seconds at most, and returns nil.
func Run(ctx context.Context, o Options) error {
	err := o.withDefaults().run(ctx)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // told to stop before everything ran
	}
	return err
}

// run takes the data directory and opens the ledger.
func (o Options) run(ctx context.Context) error {
	if err := os.MkdirAll(o.Config.DataDir, 0o700); err != nil {
		return fmt.Errorf("make data_dir: %w", err)
	}
	lock, err := sqlite.LockDir(o.Config.DataDir)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Unlock() }()
	ledger, err := OpenLedger(ctx, o)
	if err != nil {
		return err
	}
	defer func() { _ = ledger.Close() }()
	return o.runWith(ctx, ledger)
}

// runWith runs on an open ledger.
func (o Options) runWith(ctx context.Context, ledger *sqlite.Ledger) error {
	temporal, err := o.dial(ctx)
	if err != nil {
		return errors.Join(err, ctx.Err()) // gRPC has its own word for a context that has ended
	}
	defer temporal.close()
	acts, err := NewActivities(ctx, o, ledger, relay{client: temporal.client, queue: o.Config.Temporal.TaskQueue})
	if err != nil {
		return err
	}
	o.Registry.MustRegister(newLedgerCollector(ledger, o.Config.Names(), o.Version))
	fatal := make(chan error, 1)
	w := newWorker(temporal.client, o.Config, acts, fatal)
	if err := w.Start(); err != nil {
		return fmt.Errorf("start worker: %w", err)
	}
	defer w.Stop()
	switch err := o.schedule(ctx, temporal.client); {
	case ctx.Err() != nil:
		return nil // told to stop before everything ran
	case err != nil:
		return fmt.Errorf("set schedules: %w", err)
	}
	webhooks, err := o.serveWebhooks(ctx, ledger, temporal.client)
	if err != nil {
		return err
	}
	defer webhooks.stop()
	admin, err := serveAdmin(o.Config.HTTP.AdminListen, o.Registry, ready(ledger, temporal.client), o.Logger)
	if err != nil {
		return err
	}
	defer admin.stop()
	o.Logger.InfoContext(ctx, "spacebridge runs", "version", o.Version, "admin", admin.url, "webhooks", webhooks.url, "temporal", temporal.address, "temporal_ui", temporal.ui)
	if o.Ready != nil {
		o.Ready(Info{AdminURL: admin.url, WebhookURL: webhooks.url, TemporalAddress: temporal.address, TemporalUI: temporal.ui})
	}
	select {
	case <-ctx.Done():
		o.Logger.InfoContext(ctx, "stopping")
		return nil
	case err := <-fatal:
		return fmt.Errorf("temporal worker: %w", err)
	case err := <-temporal.failed:
		return fmt.Errorf("embedded temporal: %w", err)
	case err := <-webhooks.failed:
		return fmt.Errorf("webhook listener: %w", err)
	case err := <-admin.failed:
		return fmt.Errorf("admin listener: %w", err)
	}
}

// newWorker makes the Temporal worker with everything registered.
func newWorker(c client.Client, settings *config.Config, acts *activities.Activities, fatal chan<- error) sdkworker.Worker {
	w := sdkworker.New(c, settings.Temporal.TaskQueue, sdkworker.Options{
		WorkerStopTimeout: stopTimeout,
		// The vendors' limits decide the speed; more at once would only wait in line while their deadlines run.
		MaxConcurrentActivityExecutionSize:     4 + 8*len(settings.Connections),
		MaxConcurrentWorkflowTaskExecutionSize: 32,
		Interceptors:                           []interceptor.WorkerInterceptor{&heartbeats{}},
		OnFatalError: func(err error) {
			select {
			case fatal <- err:
			default:
			}
		},
	})
	w.RegisterWorkflow(workflows.SyncSale)
	w.RegisterWorkflow(workflows.Poll)
	w.RegisterWorkflow(workflows.Sweep)
	w.RegisterWorkflow(workflows.Reread)
	w.RegisterWorkflow(workflows.DrainInbox)
	w.RegisterWorkflow(workflows.KeepSubscription)
	w.RegisterWorkflow(workflows.Verify)
	w.RegisterActivity(acts)
	return w
}

// relay wakes sales through Temporal.
type relay struct {
	client client.Client
	queue  string
}

// SyncSale starts or wakes the workflow of a sale.
func (r relay) SyncSale(ctx context.Context, connection, saleID, number string) error {
	return workflows.StartSyncSale(ctx, r.client, r.queue, connection, saleID, number)
}
