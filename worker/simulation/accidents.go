package simulation

import (
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"spacebridge/connectors/sandbox/shop"
	"spacebridge/connectors/sqlite"
	"spacebridge/workflows"
)

// life sets everything going that the profile asks for: business, operators and accidents.
func (w *World) life() {
	for _, s := range w.sites {
		w.regularly(w.profile.Pace, "business "+s.name, func(*rand.Rand) { w.business(s) })
		w.regularly(w.profile.Rash, "rash "+s.name, func(rng *rand.Rand) { w.rash(s, rng) })
		w.regularly(w.profile.Operator, "operator "+s.name, func(rng *rand.Rand) { w.operate(s, rng) })
	}
	if w.successor {
		w.living.Go(w.succeed)
	}
	w.regularly(w.profile.Crashes, "crashes", func(rng *rand.Rand) { w.crash(rng) })
	w.regularly(w.profile.Flapping, "flapping", func(rng *rand.Rand) {
		for range 4 + rng.IntN(6) {
			w.restart("killed, and again soon", nil)
			w.sleep(time.Duration(5+rng.IntN(10)) * time.Second)
		}
	})
	w.regularly(w.profile.Stops, "stops", func(*rand.Rand) { w.restart("killed while something or nothing goes on", nil) })
	w.regularly(w.profile.TemporalLoss, "temporal", func(*rand.Rand) {
		w.restart("Temporal's state is lost", func() error { w.temporal.forget(); return nil })
	})
	if w.profile.OldLedger > 0 {
		w.regularly(w.profile.OldLedger/3, "copies", func(*rand.Rand) { w.copyLedger() })
		w.regularly(w.profile.OldLedger, "old ledger", func(*rand.Rand) { w.restart("the ledger is restored from a copy", w.restoreLedger) })
	}
	if w.profile.LostLedger {
		w.living.Go(func() {
			w.sleep(time.Duration(w.profile.Days) * 24 * time.Hour / 2)
			if !w.healed.Load() {
				w.restart("the ledger is lost", w.loseLedger)
			}
		})
	}
	w.regularly(w.profile.ClockJumps, "clock", w.jump)
}

// sleep waits, unless the world ends.
func (w *World) sleep(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-w.ctx.Done():
	}
}

// crash dooms the process to die at one of the next points it comes to, and starts another after a while.
func (w *World) crash(rng *rand.Rand) {
	w.accident <- struct{}{}
	defer func() { <-w.accident }()
	p := w.current()
	p.doom(anyPoint, 1+rng.IntN(60))
	timer := time.NewTimer(24 * time.Hour) // an idle daemon may reach no point for long
	defer timer.Stop()
	select {
	case <-p.dead:
	case <-timer.C:
		p.kill("killed while it did nothing")
	case <-w.ctx.Done():
		return
	}
	w.replace(p, time.Duration(rng.Int64N(int64(2*time.Minute))), nil)
}

// succeed starts another process whenever one has died, as an operator's service manager does.
func (w *World) succeed() {
	for {
		p := w.current()
		select {
		case <-p.dead:
		case <-w.ctx.Done():
			return
		}
		w.accident <- struct{}{}
		if w.current() == p && w.ctx.Err() == nil {
			w.replace(p, time.Second, nil)
		}
		<-w.accident
	}
}

// restart kills the process, does something while nothing runs, and starts another.
func (w *World) restart(why string, between func() error) {
	w.accident <- struct{}{}
	defer func() { <-w.accident }()
	p := w.current()
	w.trace.note("world", why)
	p.kill(why)
	w.replace(p, time.Second/5, between)
}

// replace waits for a dead process to be gone, and starts the next one, as often as that takes.
func (w *World) replace(p *process, pause time.Duration, between func() error) {
	p.close()
	if between != nil {
		if err := between(); err != nil {
			w.fail("between two processes: %v", err)
		}
	}
	w.sleep(pause)
	w.startPatiently()
}

// startPatiently starts a process as often as it takes: the disk may be full.
func (w *World) startPatiently() {
	for attempt := 0; w.ctx.Err() == nil; attempt++ {
		err := w.start()
		if err == nil {
			return
		}
		if w.healed.Load() && attempt > 3 {
			w.fail("the process does not start although all is well: %v", err)
			return
		}
		w.sleep(5 * time.Second)
	}
}

// copyLedger makes a backup while the process runs.
func (w *World) copyLedger() {
	w.accident <- struct{}{}
	defer func() { <-w.accident }()
	p := w.current()
	path, err := p.ledger.Backup(w.ctx, w.config.BackupDir())
	if err != nil {
		w.trace.notef("world", "no copy of the ledger: %v", err)
		return
	}
	w.copied = path
	w.trace.note("world", "a copy of the ledger is made")
}

// restoreLedger puts the last copy in the ledger's place.
func (w *World) restoreLedger() error {
	if w.copied == "" {
		return nil
	}
	if err := w.removeLedger(); err != nil {
		return err
	}
	w.counts.count(&w.counts.OldLedgers)
	return copyFile(w.copied, w.config.LedgerPath())
}

// loseLedger deletes the ledger.
func (w *World) loseLedger() error {
	w.counts.count(&w.counts.LostLedgers)
	return w.removeLedger()
}

func (w *World) removeLedger() error {
	w.writes.reset()
	w.acked.reset()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(w.config.LedgerPath() + suffix); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from) //nolint:gosec // our own directory
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) //nolint:gosec // our own directory
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}

// jump sets the daemon's clock wrong, or right again.
func (w *World) jump(rng *rand.Rand) {
	skew := pick(rng, 0, -time.Hour, time.Hour, -26*time.Hour, 26*time.Hour, 5*time.Minute, -5*time.Minute)
	w.skew.Store(int64(skew))
	w.counts.count(&w.counts.ClockJumps)
	w.trace.notef("world", "the clock is off by %s", skew)
}

// rash edits, cancels or deletes an order out of turn, while it is still open in the shop: what else happens to it at that
// moment is what this is about.
func (w *World) rash(s *site, rng *rand.Rand) {
	billed := map[string]bool{} // proformas too: editing their orders makes them wrong
	for _, invoice := range s.shop.Invoices() {
		for _, ref := range invoice.Orders {
			billed[ref.ID] = true
		}
	}
	orders := slices.DeleteFunc(s.shop.Orders(), func(o shop.Order) bool {
		return billed[o.ID] || o.Status != shop.StatusNew && o.Status != shop.StatusReleased
	})
	if len(orders) == 0 || w.healed.Load() {
		return
	}
	order := orders[len(orders)-1-rng.IntN(min(len(orders), 5))]
	if _, planted := s.merchant.Planted()[order.ID]; planted {
		return
	}
	var err error
	var what string
	switch rng.IntN(6) {
	case 0:
		what = "cancels"
		_, err = s.shop.Cancel(order.ID)
	default:
		what = "edits"
		_, err = s.shop.Edit(order.ID, func(o *shop.Order) {
			if len(o.Lines) > 0 && !o.Lines[0].Shipping {
				o.Lines[0].Quantity++
			}
		})
	}
	w.trace.notef("merchant", "%s rashly %s order %d %s: %v", s.name, what, order.Number, order.ID, err)
}

// operate has a person say a word about a sale: retry what is held, issue what waits, rarely skip.
func (w *World) operate(s *site, rng *rand.Rand) {
	ledger, err := w.look()
	if err != nil {
		return
	}
	defer ledger.Close()
	sales, err := ledger.Sales(w.ctx, sqlite.SaleFilter{Connection: s.name})
	if err != nil || len(sales) == 0 {
		return
	}
	sale := sales[rng.IntN(len(sales))]
	word := pick(rng, workflows.SignalRetry, workflows.SignalRetry, workflows.SignalIssue)
	if w.temporal.say(s.name, sale.ID, word, workflows.Word{By: "operator"}) {
		w.trace.notef("operator", "%s %s %s", word, s.name, sale.ID)
	}
}
