package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"spacebridge/activities"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/trade"
)

// withDefaults fills what may be left out.
func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	return o
}

// OpenLedger opens the ledger as the one process that writes to it: the lock of the data directory is the caller's.
func OpenLedger(ctx context.Context, o Options) (*sqlite.Ledger, error) {
	o = o.withDefaults()
	ledger, err := sqlite.Open(ctx, sqlite.Options{
		Path: o.Config.LedgerPath(), Backups: o.Config.BackupDir(), Logger: o.Logger, Now: o.Now, Steady: time.Now, Probe: o.Probe,
	})
	if err != nil {
		return nil, err
	}
	// Invariant 3: a step that was on its way when the process died has no outcome.
	interrupted, err := ledger.Recover(ctx)
	if err != nil {
		return nil, errors.Join(err, ledger.Close())
	}
	if interrupted > 0 {
		o.Logger.WarnContext(ctx, "steps were interrupted and will be looked up", "count", interrupted)
	}
	return ledger, nil
}

// NewActivities wires the daemon up to where Temporal begins: the clients of both vendors, the activities on an open ledger,
// and the sales marked that a start must look at again.
func NewActivities(ctx context.Context, o Options, ledger *sqlite.Ledger, relay activities.Relay) (*activities.Activities, error) {
	o = o.withDefaults()
	for _, connection := range o.Config.Connections {
		// Invariant 1: what sales are made of does not change while any is in the books.
		if err := ledger.SetIssueFrom(ctx, connection.Name, trade.Kind(connection.Policy.IssueFrom)); err != nil {
			return nil, err
		}
	}
	connections, err := o.connect(ctx, ledger)
	if err != nil {
		return nil, err
	}
	host, _ := os.Hostname()
	acts := activities.New(activities.Options{
		Ledger: ledger, Connections: connections, Metrics: activities.NewMetrics(o.Registry), Subscribed: activities.NewSubscriptionMetrics(o.Registry), Logger: o.Logger, Timing: o.Timing,
		Relay: relay, Now: o.Now,
		DiskFree:    func() (uint64, error) { return sqlite.FreeSpace(o.Config.DataDir) },
		DiskReserve: o.Config.DiskReserve.Bytes(),
		Owner:       fmt.Sprintf("%s/%d/%d", host, os.Getpid(), time.Now().UnixNano()),
	})
	return acts, redrive(ctx, ledger, o.Config)
}
