package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/metrics"
	"go.temporal.io/server/common/persistence/sql"
	"go.temporal.io/server/common/persistence/sql/sqlplugin"
	"go.temporal.io/server/common/resolver"
	"go.temporal.io/server/temporal"
	"go.uber.org/fx"
)

// process is the server itself, without its UI.
type process struct {
	address string
	logger  *slog.Logger
	quiet   atomic.Bool
	failed  chan error

	pool    *sqlx.DB
	app     *temporal.ServerFx
	parts   *temporal.ServerImpl
	started bool
}

// startProcess starts the server on the file at o.DBPath, which it creates when absent
// or empty. The error tells errUnusable when the file is known to be at fault.
func startProcess(ctx context.Context, o Options, frontend netip.AddrPort) (*process, error) {
	found, err := occupied(o.DBPath)
	if err != nil {
		return nil, err
	}
	if found {
		err = inspect(ctx, o.DBPath)
	} else {
		err = touch(o.DBPath)
	}
	if err != nil {
		return nil, err
	}
	p := &process{logger: o.Logger, failed: make(chan error, 1)}
	if err = p.start(ctx, frontend, found, o); err != nil {
		p.close(stopLimit)
		return nil, err
	}
	return p, nil
}

func (p *process) start(ctx context.Context, frontend netip.AddrPort, found bool, o Options) error {
	addresses, err := takePorts(ctx, frontend)
	if err != nil {
		return err
	}
	p.address = addresses.frontend.String()

	store := storeConfig(o.DBPath)
	db, err := sql.NewSQLDB(sqlplugin.DbKindMain, store, resolver.NewNoopResolver(), log.NewNoopLogger(), metrics.NoopMetricsHandler)
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	if p.pool, err = poolOf(db); err != nil {
		return err
	}
	if !found {
		if err = create(ctx, store, p.pool); err != nil {
			return err
		}
	}
	if err = ensureNamespace(ctx, db, o); err != nil {
		return err
	}
	if err = p.boot(addresses, store, o); err != nil {
		return err
	}
	return p.ready(ctx, o)
}

// boot puts the server together and starts its services.
func (p *process) boot(addresses ports, store *config.SQL, o Options) error {
	logger := &serverLog{out: o.Logger.With("component", "temporal"), level: o.LogLevel, quiet: &p.quiet, fatal: p.fail}
	err := guard(func() (err error) {
		p.app, err = temporal.NewServerFx(
			// The parts are needed to stop a server that started by halves.
			fx.Options(temporal.TopLevelModule, fx.Populate(&p.parts)),
			temporal.ForServices(temporal.DefaultServices),
			temporal.WithConfig(serverConfig(addresses, store)),
			temporal.WithStaticHosts(staticHosts(addresses)),
			temporal.WithDynamicConfigClient(tuning()),
			temporal.WithLogger(logger),
			temporal.WithNamespaceLogger(logger),
			temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
			temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return authorization.NewNoopClaimMapper() }),
			temporal.WithCustomMetricsHandler(metrics.NoopMetricsHandler),
		)
		return err
	})
	if err == nil {
		err = guard(p.app.Start)
		p.started = err == nil
	}
	if err == nil {
		return nil
	}
	select {
	case cause := <-p.failed:
		return cause
	default:
		return err
	}
}

// fail notes why the server gave up; the first reason is the one that matters.
func (p *process) fail(err error) {
	if p.quiet.Load() {
		return
	}
	select {
	case p.failed <- fmt.Errorf("temporal server: %w", err):
	default:
	}
}

// guard runs f so that neither a panic nor the end of its goroutine ends the caller.
func guard(f func() error) error {
	done := make(chan error, 1)
	go func() {
		err := errors.New("server gave up")
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("panic: %v", r)
			}
			done <- err
		}()
		err = f()
	}()
	return <-done
}

// close stops what was started and closes the file; false if it is not done in time.
func (p *process) close(limit time.Duration) bool {
	p.quiet.Store(true)
	done := make(chan struct{})
	go func() {
		defer close(done)
		var err error
		switch {
		case p.started:
			err = guard(p.app.Stop)
		case p.parts != nil:
			err = guard(func() error { return p.parts.Stop(context.Background()) })
		}
		if p.pool != nil {
			err = errors.Join(err, p.pool.Close())
		}
		if err != nil {
			p.logger.Warn("temporal server did not stop cleanly", "error", err)
		}
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}
