package worker_test

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/activities"
	"spacebridge/config"
	"spacebridge/worker"
)

// daemonWord, as the first argument, turns this test binary into a daemon: the second is the path of a configuration
// file, and what follows its fate.
const daemonWord = "daemon"

// daemonMain is the daemon as its own process.
func daemonMain(path string, words []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	c, err := config.Load(path, config.Options{})
	if err == nil {
		var f *fate
		if f, err = fateOf(words); err == nil {
			// The months of a test pass in minutes: a poll that reaches back ten of them would read everything again each second.
			o := worker.Options{Config: c, Logger: logger, Version: "test", Embedded: startEmbedded, Timing: activities.Timing{PollOverlap: time.Minute}}
			f.attach(&o)
			err = worker.Run(ctx, o)
		}
	}
	if err != nil {
		logger.Error("daemon ended", "error", err)
		return 1
	}
	return 0
}

// TestKilledDaemonLosesNothing is the one kill that is told by hand; TestKills has all the others.
func TestKilledDaemonLosesNothing(t *testing.T) {
	notRacing(t)
	t.Parallel()
	h := newHouse(t, 41)
	now := time.Now().UTC()
	require.NoError(t, h.merchant.History(now.AddDate(0, 0, -30), now, 50))
	process := h.spawn()
	h.eventually("invoices are issued", func() bool { return len(h.sandbox.Books.Invoices()) >= 1 })
	// The worst moment: the effect is committed, the invoice is on its way and never arrives.
	h.swallow.Store(true)
	h.eventually("a request got lost", func() bool { return len(h.lost) > 0 })
	require.NoError(t, process.Process.Kill())
	_ = process.Wait() // killed
	process = h.spawn()
	h.eventually("the daemon has opened its ledger", func() bool { _, err := os.Stat(h.config.LedgerPath()); return err == nil })
	h.exact()
	require.NoError(t, process.Process.Signal(syscall.SIGTERM))
	require.NoError(t, process.Wait(), "SIGTERM is a clean end")
	require.Contains(t, h.log.String(), "steps were interrupted and will be looked up")
}

// spawn starts the daemon as a process of its own, with a fate or without.
func (h *house) spawn(fate ...string) *exec.Cmd {
	h.t.Helper()
	path := filepath.Join(filepath.Dir(h.config.DataDir), "spacebridge.yaml")
	c := h.connection()
	text := "data_dir: " + h.config.DataDir + "\n" +
		"http: {admin_listen: '127.0.0.1:0', webhook_listen: '" + h.config.HTTP.WebhookListen + "'}\n" +
		"temporal: {listen: '127.0.0.1:0', ui_listen: ''}\n" +
		"connections:\n  - name: acme\n    since: " + c.Since.String() + "\n" +
		"    orderspace: {api_url: '" + c.Orderspace.APIURL + "', token_url: '" + c.Orderspace.TokenURL + "', client_id: " + c.Orderspace.ClientID +
		", client_secret: " + c.Orderspace.ClientSecret.Reveal() + ", requests_per_minute: 60000, poll_interval: " + c.Orderspace.PollInterval.String() + ", sweep_interval: " + c.Orderspace.SweepInterval.String() +
		", webhook_url: '" + c.Orderspace.WebhookURL + "'}\n" +
		"    space_invoices: {api_url: '" + c.SpaceInvoices.APIURL + "', api_key: " + c.SpaceInvoices.APIKey.Reveal() +
		", entity_id: " + c.SpaceInvoices.EntityID + ", order_integration_id: " + c.SpaceInvoices.OrderIntegrationID + ", requests_per_minute: 60000, settle_window: " + c.SpaceInvoices.SettleWindow.String() + "}\n" +
		"    policy: {time_zone: UTC, currencies: [JPY]}\n"
	require.NoError(h.t, os.WriteFile(path, []byte(text), 0o600))
	process := exec.CommandContext(h.t.Context(), os.Args[0], append([]string{daemonWord, path}, fate...)...)
	process.Stderr = h.log
	require.NoError(h.t, process.Start())
	return process
}
