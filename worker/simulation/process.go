package simulation

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"spacebridge/activities"
	"spacebridge/connectors/sqlite"
	"spacebridge/worker"
	"spacebridge/worker/receiver"
	"spacebridge/workflows"
)

// process is one life of the daemon: from the opening of the ledger to an orderly stop or a sudden death.
type process struct {
	world  *World
	number int
	ctx    context.Context
	cancel context.CancelFunc
	dead   chan struct{}
	die    sync.Once
	wait   sync.WaitGroup
	ledger *sqlite.Ledger
	file   *sql.DB // the same file, seen from outside
	acts   *activities.Activities
	hooks  *receiver.Receiver // nil without webhooks
	slots  chan struct{}      // activities that may run at the same time

	mu     sync.Mutex
	doomed string // the point it is to die at
	after  int    // hits of that point until then
}

// isDead reports whether the process has died. A dead process does nothing any more: all its doors are shut.
func (p *process) isDead() bool {
	select {
	case <-p.dead:
		return true
	default:
		return false
	}
}

// kill is sudden death.
func (p *process) kill(why string) {
	p.die.Do(func() {
		p.world.trace.notef("process", "%d dies: %s", p.number, why)
		p.world.limits.death(p.number)
		close(p.dead)
		p.cancel()
	})
}

// reach is told every named point that the process comes to, and may end its life there.
func (p *process) reach(point string) error {
	if p.isDead() {
		return errDead
	}
	p.world.hit(point)
	p.mu.Lock()
	doomed := p.doomed != "" && (p.doomed == anyPoint || p.doomed == point)
	if doomed {
		p.after--
		doomed = p.after <= 0
	}
	p.mu.Unlock()
	if doomed {
		p.world.counts.count(&p.world.counts.Crashes)
		p.kill("at " + point)
		return errDead
	}
	return nil
}

// anyPoint dooms a process to die at a point of whatever name.
const anyPoint = "*"

// doom decides where the process will die.
func (p *process) doom(point string, hit int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.doomed, p.after = point, hit
}

// probe is the ledger's: deaths, and commits that fail because the disk is full or another process holds the file.
func (p *process) probe(point string) error {
	if err := p.reach(point); err != nil {
		return err
	}
	if p.world.committed != nil {
		p.world.committed(p, point)
	}
	return p.world.badDisk(point)
}

// start opens the ledger and begins to work, as worker.Run does.
func (w *World) start() error {
	w.processes++
	p := &process{world: w, number: w.processes, dead: make(chan struct{}), slots: make(chan struct{}, 4+8*len(w.sites))}
	p.ctx, p.cancel = context.WithCancel(w.ctx)
	w.trace.notef("process", "%d starts", p.number)
	if w.doom != nil {
		w.doom(p)
	}
	if err := p.open(); err != nil {
		p.kill("it cannot start: " + err.Error())
		p.close()
		return err
	}
	w.counts.count(&w.counts.Restarts)
	w.mu.Lock()
	w.process = p
	w.mu.Unlock()
	p.schedule()
	for _, r := range w.temporal.idle() {
		p.work(r)
	}
	return nil
}

// open does what comes before the first workflow, with the daemon's own wiring.
func (p *process) open() error {
	w := p.world
	options := worker.Options{
		Config: w.config, Now: w.now, Probe: p.probe, Version: "simulation", PageSize: w.profile.PageSize,
		Transport: func(http.RoundTripper) http.RoundTripper { return &door{process: p, next: w.network.Transport()} },
	}
	ledger, err := worker.OpenLedger(p.ctx, options)
	if err != nil {
		return err
	}
	p.ledger = ledger
	if p.file, err = sql.Open("sqlite", "file:"+w.config.LedgerPath()+"?mode=ro&_pragma=busy_timeout(5000)"); err != nil {
		return err
	}
	if p.acts, err = worker.NewActivities(p.ctx, options, ledger, relay{p}); err != nil {
		return err
	}
	if w.profile.Receiver {
		p.hooks = worker.NewReceiver(options, ledger, p.drain, nil)
	}
	return nil
}

// relay wakes the workflows of sales.
type relay struct{ process *process }

// SyncSale implements activities.Relay.
func (r relay) SyncSale(_ context.Context, connection, saleID, _ string) error {
	if r.process.isDead() {
		return errDead
	}
	in := activities.SaleInput{Connection: connection, SaleID: saleID}
	if run, start := r.process.world.temporal.signal(saleRun(in)); start {
		r.process.work(run)
		r.process.twin(in)
	}
	return nil
}

// twin runs the loop of a sale a second time beside the first, as when Temporal has lost sight of a worker that still works.
// Nothing but the ledger keeps the two apart.
func (p *process) twin(in activities.SaleInput) {
	w := p.world
	if !w.profile.Twins || w.healed.Load() || !w.draw(300, "twin", in.SaleID, p.number, time.Since(w.trace.from)) {
		return
	}
	w.trace.notef("world", "the workflow of %s runs twice", in.SaleID)
	p.wait.Go(func() {
		alone := saleRun(in)
		_ = alone.loop(&engine{process: p, server: newTemporalServer(), run: alone, name: "twin of " + in.SaleID, until: time.Now().Add(time.Hour)})
	})
}

// work runs a loop until it ends or the process does.
func (p *process) work(r *run) {
	p.wait.Go(func() {
		server := p.world.temporal
		for {
			e := &engine{process: p, server: server, run: r, name: r.name}
			err := r.loop(e)
			if p.isDead() {
				server.abandon(r)
				return
			}
			if err != nil && !errors.Is(err, workflows.ErrAnew) {
				p.world.trace.notef("temporal", "%s: workflow failed: %v", e.name, err)
			}
			if server.end(r) {
				return
			}
		}
	})
}

// drain starts or wakes the reading of what webhooks told of a connection.
func (p *process) drain(connection string) {
	if p.isDead() {
		return
	}
	if run, start := p.world.temporal.signal(inboxRun(connection)); start {
		p.work(run)
	}
}

// schedule runs the polls and sweeps, each at once and then at its interval, and never two of a kind at a time.
func (p *process) schedule() {
	for _, site := range p.world.sites {
		in := activities.PlanReadsInput{Connection: site.name}
		p.scheduleWebhooks(site.name)
		p.every(p.world.profile.Poll, "poll "+site.name, func(e *engine) error { _, err := workflows.PollOn(e, in); return err })
		p.every(p.world.profile.Sweep, "sweep "+site.name, func(e *engine) error { _, err := workflows.SweepOn(e, in); return err })
	}
}

func (p *process) every(interval time.Duration, name string, do func(*engine) error) {
	p.wait.Go(func() {
		for round := 0; ; round++ {
			began := time.Now()
			e := &engine{process: p, server: p.world.temporal, name: fmt.Sprintf("%s %d", name, round)}
			if err := do(e); err != nil {
				p.world.trace.notef("temporal", "%s failed: %v", name, err)
			}
			next := interval - time.Since(began)%interval
			if e.Sleep(next, "") != nil {
				return
			}
		}
	})
}

// stop ends a process for good. It is as sudden as every death here; orderly stops are the business of real processes, in
// package worker.
func (p *process) stop() {
	p.kill("the world ends")
	p.close()
}

// close waits until nothing of the process moves any more, and closes its files.
func (p *process) close() {
	if p.hooks != nil {
		_ = p.hooks.Close(context.Background())
	}
	p.wait.Wait()
	if p.file != nil {
		_ = p.file.Close()
	}
	if p.ledger != nil { // last: the last connection to close tidies the file's log away
		_ = p.ledger.Close()
	}
}
