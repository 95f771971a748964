package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"spacebridge/config"
	"spacebridge/connectors/rest"
	"spacebridge/connectors/sandbox"
	"spacebridge/connectors/sandbox/books"
	"spacebridge/connectors/sandbox/shop"
	"spacebridge/connectors/spaceinvoices/eu"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/trade"
	"spacebridge/worker"
)

// demoWorld is everything that runs during a demo.
type demoWorld struct {
	sandbox  *sandbox.Sandbox
	merchant *sandbox.Merchant
	config   *config.Config
	since    time.Time
	info     worker.Info
	ledger   *sqlite.Ledger // for looking only
	audit    sandbox.Report // the last one
	program  string         // its name, for messages
	stop     context.CancelFunc
	stopped  chan error
}

// The demo's own pace: the vendors' limits and the daemon's intervals, sixty times as fast.
const (
	demoRequestsPerMinute = 6000
	demoPoll              = time.Second
	demoSweep             = 2 * time.Second
)

// openDemo starts the vendors, plants the past and starts the daemon.
func (a *app) openDemo(ctx context.Context, o demoOptions, folder string, logger *slog.Logger) (*demoWorld, error) {
	now := time.Now().UTC()
	w := &demoWorld{program: a.build.Name, since: now.AddDate(0, 0, -31).Truncate(24 * time.Hour), stop: func() {}, stopped: make(chan error, 1)}
	var err error
	w.sandbox, err = sandbox.Start(ctx, sandbox.Options{
		Seed: o.seed, Shop: shop.Options{RequestsPerMinute: demoRequestsPerMinute}, Books: books.Options{RequestsPerMinute: demoRequestsPerMinute},
	})
	if err != nil {
		return nil, err
	}
	w.merchant = sandbox.NewMerchant(w.sandbox.Shop, o.seed)
	if err := w.merchant.History(now.AddDate(0, 0, -30), now, o.orders); err != nil {
		return nil, errors.Join(err, w.close())
	}
	if err := w.configure(ctx, folder); err != nil {
		return nil, errors.Join(err, w.close())
	}
	if err := w.startDaemon(ctx, a, logger); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

// configure makes the configuration that `init` would write, with free ports and the demo's pace.
func (w *demoWorld) configure(ctx context.Context, folder string) error {
	c := config.Default()
	c.DataDir = filepath.Join(folder, "data")
	c.HTTP.AdminListen, c.Temporal.Listen, c.Temporal.UIListen = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	connection := config.DefaultConnection()
	connection.Name = "demo"
	connection.Since = config.Date{Year: w.since.Year(), Month: w.since.Month(), Day: w.since.Day()}
	connection.Orderspace.APIURL, connection.Orderspace.TokenURL = w.sandbox.OrderspaceURL, w.sandbox.TokenURL
	connection.Orderspace.ClientID, connection.Orderspace.ClientSecret = w.sandbox.ClientID, config.NewSecret(w.sandbox.ClientSecret)
	connection.Orderspace.RequestsPerMinute = demoRequestsPerMinute
	connection.Orderspace.PollInterval, connection.Orderspace.SweepInterval = demoPoll, demoSweep
	connection.SpaceInvoices.APIURL, connection.SpaceInvoices.APIKey = w.sandbox.SpaceInvoicesURL, config.NewSecret(w.sandbox.APIKey)
	connection.SpaceInvoices.EntityID, connection.SpaceInvoices.RequestsPerMinute = w.sandbox.EntityID, demoRequestsPerMinute
	connection.Policy.TimeZone = "UTC"
	connection.Policy.Currencies = []string{"JPY"} // some of the customers buy in yen
	client, err := eu.New(eu.Options{
		APIURL: w.sandbox.SpaceInvoicesURL, APIKey: w.sandbox.APIKey, EntityID: w.sandbox.EntityID, Pace: rest.NewPace(demoRequestsPerMinute),
	})
	if err != nil {
		return err
	}
	integration, _, err := ensureIntegration(ctx, client, "Orderspace", nil)
	if err != nil {
		return err
	}
	connection.SpaceInvoices.OrderIntegrationID = integration.ID
	c.Connections = []config.Connection{connection}
	w.config = c
	return nil
}

// startDaemon runs the daemon beside us and waits until it is ready.
func (w *demoWorld) startDaemon(ctx context.Context, a *app, logger *slog.Logger) error {
	running, stop := context.WithCancel(ctx)
	ready := make(chan worker.Info, 1)
	w.stop = stop
	go func() {
		w.stopped <- worker.Run(running, worker.Options{
			Config: w.config, Logger: logger, Version: a.build.Version, Embedded: a.build.Embedded,
			Ready: func(info worker.Info) { ready <- info },
		})
	}()
	select {
	case w.info = <-ready:
	case err := <-w.stopped:
		w.stopped <- nil
		return fmt.Errorf("the daemon did not start: %w", err)
	}
	var err error
	w.ledger, err = sqlite.OpenReadOnly(ctx, w.config.LedgerPath())
	return err
}

// close stops the daemon, then the vendors.
func (w *demoWorld) close() error {
	var err error
	if w.ledger != nil {
		err = w.ledger.Close()
	}
	w.stop()
	if w.config != nil && w.info != (worker.Info{}) {
		err = errors.Join(err, <-w.stopped)
	}
	return errors.Join(err, w.sandbox.Close())
}

// look audits the books as they stand, and reports whether the daemon has anything left to do.
func (w *demoWorld) look(ctx context.Context) (counts sqlite.Counts, busy bool, err error) {
	counts, err = w.ledger.Counts(ctx, "demo")
	if err != nil {
		return counts, true, err
	}
	held, err := w.ledger.Sales(ctx, sqlite.SaleFilter{Connection: "demo", State: trade.StateHeld})
	if err != nil {
		return counts, true, err
	}
	holds := map[string]string{}
	for _, sale := range held {
		holds[sale.ID] = sale.Hold.Code
	}
	w.audit = sandbox.Audit(w.sandbox.Shop, w.sandbox.Books, sandbox.AuditOptions{
		Since: w.since, Trigger: "invoiced", Held: holds, Planted: w.merchant.Planted(),
	})
	busy = !counts.OldestDirty.IsZero() || counts.UnknownEffects > 0 || counts.Sales[trade.StateWaiting] > 0
	return counts, busy, nil
}
