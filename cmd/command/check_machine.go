package command

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"go.temporal.io/sdk/client"

	"spacebridge/config"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/trade"
)

// someSpace is the free space under data_dir, beyond the reserve, below which it is time to make room.
const someSpace = 2 << 30

// existing is the nearest folder of a path that exists already.
func existing(path string) string {
	for {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			return path
		}
		parent := filepath.Dir(path)
		if parent == path {
			return path
		}
		path = parent
	}
}

func checkDisk(found *findings, settings *config.Config) {
	dir := existing(settings.DataDir)
	probe, err := os.CreateTemp(dir, ".spacebridge-check-*")
	if errors.Is(err, syscall.ENOSPC) {
		found.fail(ExitFindings, "disk", "make room", "the disk at %s is full", dir)
		return
	}
	if err != nil {
		found.fail(ExitUsage, "disk", "give this user the right to write there, or change data_dir", "%s cannot be written to", dir)
		return
	}
	_ = errors.Join(probe.Close(), os.Remove(probe.Name())) // an empty file that stays does no harm
	free, err := sqlite.FreeSpace(dir)
	reserve := settings.DiskReserve.Bytes()
	switch {
	case err != nil:
		found.ok("disk", "%s can be written to", dir)
	case free < reserve:
		found.fail(ExitFindings, "disk", "make room, or lower disk_reserve: the daemon writes nothing to the books until then",
			"%d MiB free at %s, less than the reserve of %s", free>>20, dir, settings.DiskReserve)
	case free < reserve+someSpace:
		found.warn("disk", "make room soon", "%d MiB free at %s", free>>20, dir)
	default:
		found.ok("disk", "%d GiB free at %s", free>>30, dir)
	}
}

// checkTemporal looks for Temporal where the daemon will, and reports whether a daemon seems to run.
func (a *app) checkTemporal(ctx context.Context, found *findings, settings *config.Config) (running bool) {
	if problem, remedy := a.noServer(settings); problem != "" {
		found.fail(ExitUsage, "temporal", remedy, "%s", problem)
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, nudgePatience)
	defer cancel()
	address := settings.TemporalAddress()
	err := healthy(ctx, settings)
	switch {
	case err == nil && settings.Embedded():
		found.ok("temporal", "the daemon runs, with its own server at %s", address)
		return true
	case err == nil:
		found.ok("temporal", "answers at %s", address)
		checkAdmin(ctx, found, settings.HTTP.AdminListen)
	case settings.Embedded():
		checkPorts(ctx, found, settings)
	default:
		found.fail(ExitUnreachable, "temporal", "check temporal.address, temporal.namespace and that the cluster runs",
			"does not answer at %s", address)
	}
	return false
}

func healthy(ctx context.Context, settings *config.Config) error {
	temporal, err := dialTemporal(ctx, settings)
	if err != nil {
		return err
	}
	defer temporal.Close()
	_, err = temporal.CheckHealth(ctx, &client.CheckHealthRequest{})
	return err
}

// checkPorts tries the addresses that the daemon will listen on, while it does not run.
func checkPorts(ctx context.Context, found *findings, settings *config.Config) {
	taken := false
	webhooks := ""
	if slices.ContainsFunc(settings.Connections, func(c config.Connection) bool { return c.Orderspace.WebhookURL != "" }) {
		webhooks = settings.HTTP.WebhookListen
	}
	for _, one := range []struct{ key, address string }{
		{"temporal.listen", settings.Temporal.Listen},
		{"temporal.ui_listen", settings.Temporal.UIListen},
		{"http.admin_listen", settings.HTTP.AdminListen},
		{"http.webhook_listen", webhooks},
	} {
		if one.address == "" {
			continue
		}
		if !free(ctx, one.address) {
			taken = true
			found.fail(ExitUsage, "temporal", "stop what listens there, or change "+one.key, "%s cannot be listened on", one.address)
		}
	}
	if !taken {
		found.ok("temporal", "the daemon does not run; its addresses are free")
	}
}

// free reports whether an address can be listened on.
func free(ctx context.Context, address string) bool {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return false
	}
	_ = listener.Close()
	return true
}

// checkAdmin tries the address of the metrics, which a daemon beside a Temporal cluster holds when it runs.
func checkAdmin(ctx context.Context, found *findings, address string) {
	switch {
	case free(ctx, address):
	case ourMetrics(ctx, address):
		found.ok("daemon", "runs, with its metrics at %s", address)
	default:
		found.fail(ExitUsage, "daemon", "stop what listens there, or change http.admin_listen", "%s cannot be listened on", address)
	}
}

// ourMetrics reports whether a daemon of ours answers at an address.
func ourMetrics(ctx context.Context, address string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/metrics", http.NoBody)
	if err != nil {
		return false
	}
	transport := &http.Transport{DisableKeepAlives: true}
	reply, err := transport.RoundTrip(request)
	if err != nil {
		return false
	}
	defer reply.Body.Close()
	lines := bufio.NewScanner(io.LimitReader(reply.Body, 4<<20))
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "spacebridge_") {
			return true
		}
	}
	return false
}

// checkLedger opens the ledger, verifies its journal, and tells what waits for a person.
func (a *app) checkLedger(ctx context.Context, found *findings, settings *config.Config, running bool) {
	ledger, err := a.openReader(ctx, settings)
	switch {
	case errors.Is(err, errNoLedger) && running:
		found.fail(ExitUsage, "ledger", "another daemon answers at temporal.listen: check data_dir", "there is none at %s", settings.LedgerPath())
		return
	case errors.Is(err, errNoLedger):
		found.ok("ledger", "none yet; the daemon will make %s", settings.LedgerPath())
		return
	case err != nil:
		found.fail(ExitFindings, "ledger", "restore it from "+settings.BackupDir()+", or run the version that wrote it", "%s", err)
		return
	}
	defer ledger.Close()
	if err := ledger.VerifyJournal(ctx); err != nil {
		found.fail(ExitFindings, "ledger", "keep a copy, and compare it with a backup from "+settings.BackupDir(), "%s", err)
	} else {
		found.ok("ledger", "opens, and its journal is whole")
	}
	for _, connection := range settings.Connections {
		var part findings
		checkIssueFrom(ctx, &part, ledger, connection)
		a.checkSales(ctx, &part, ledger, connection.Name)
		*found = append(*found, part.of(connection.Name)...)
	}
}

func (a *app) checkSales(ctx context.Context, found *findings, ledger *sqlite.Ledger, connection string) {
	counts, err := ledger.Counts(ctx, connection)
	if err != nil {
		found.fail(ExitFailed, "sales", "", "%s", err)
		return
	}
	problems, err := ledger.Problems(ctx, connection)
	if err != nil {
		found.fail(ExitFailed, "problems", "", "%s", err)
		return
	}
	for _, p := range problems {
		found.fail(ExitFindings, "problem", p.Advice, "%s", p.Message)
	}
	if held := counts.Sales[trade.StateHeld]; held > 0 {
		found.fail(ExitFindings, "sales", "see them with `"+a.build.Name+" sales --state held`, and why with `"+a.build.Name+" explain`",
			"%d held: %s", held, holdsLine(counts.Holds))
	} else {
		found.ok("sales", "none is held")
	}
	if counts.UnknownEffects > 0 {
		found.warn("sales", "nothing to do while the daemon runs: it looks them up", "%s without a known outcome", plural(counts.UnknownEffects, "step"))
	}
	if waited := time.Since(counts.OldestDirty); !counts.OldestDirty.IsZero() && waited > time.Hour {
		found.warn("sales", "check that the daemon runs", "a change waits for %s", ago(waited))
	}
}

// of gives findings the name of their connection.
func (f findings) of(connection string) findings {
	for i := range f {
		f[i].Connection = connection
	}
	return f
}
