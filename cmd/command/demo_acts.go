package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	"spacebridge/mapping/trade"
)

// settled is how long the books must stay exact and the daemon idle before an act is over: two sweeps, so that what
// happened last has surely been looked for.
const settled = 2 * demoSweep

// converge waits until the books are exact and the daemon has nothing left to do.
func (w *demoWorld) converge(ctx context.Context, show *stage, title string) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	var since time.Time
	for {
		counts, busy, err := w.look(ctx)
		if err != nil {
			return err
		}
		show.progress("%s: %d orders, %d pending, %d issued, %d cancelled, %d held; %d invoices still missing", title,
			len(w.sandbox.Shop.Orders()), counts.Sales[trade.StatePending], counts.Sales[trade.StateIssued],
			counts.Sales[trade.StateCancelled], counts.Sales[trade.StateHeld], len(w.audit.Missing))
		switch {
		case busy || !w.audit.OK():
			since = time.Time{}
		case since.IsZero():
			since = time.Now()
		case time.Since(since) >= settled:
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-w.stopped:
			w.stopped <- nil
			return fmt.Errorf("the daemon stopped: %w", err)
		case <-tick.C:
		}
	}
}

// live lets the merchant's day go on, one thing at a time.
func (w *demoWorld) live(ctx context.Context, show *stage, events int) error {
	show.say("Now the day goes on: %d things happen in the shop.", events)
	tick := time.NewTicker(150 * time.Millisecond)
	defer tick.Stop()
	for n := range events {
		event, err := w.merchant.Step(time.Now().UTC())
		if err != nil {
			return fmt.Errorf("live event %d: %w", n+1, err)
		}
		show.say("  %3d  %-13s %s", n+1, event.Kind, event.Text)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}

// disappointed shows how far the books are from exact when time has run out; what else went wrong it passes on.
func (w *demoWorld) disappointed(ctx, patience context.Context, show *stage, limit time.Duration, cause error) error {
	if ctx.Err() != nil || patience.Err() == nil {
		return cause
	}
	_, busy, err := w.look(ctx) // the last look may have been cut off
	if err != nil {
		return err
	}
	if err := w.report(ctx, show); err != nil {
		return err
	}
	return late(w.audit.OK(), busy, limit)
}

// late is the verdict when time has run out.
func late(exact, busy bool, limit time.Duration) error {
	switch {
	case exact && busy:
		return fmt.Errorf("the books are exact but the daemon was still at work after %s; give it more time with --limit", limit)
	case exact:
		return fmt.Errorf("the books are exact but the demo was not over after %s; give it more time with --limit", limit)
	default:
		return fmt.Errorf("the books are not exact after %s; give it more time with --limit, or see with --verbose what keeps it", limit)
	}
}

// verdict is nil only if the books are exact.
func (w *demoWorld) verdict() error {
	if w.audit.OK() {
		return nil
	}
	return errors.New("the books are not exact")
}

// stay keeps everything running until the person has seen enough.
func (w *demoWorld) stay(ctx context.Context, show *stage) error {
	show.say("Everything stays up until Ctrl-C. Temporal UI %s   Metrics %s/metrics", w.info.TemporalUI, w.info.AdminURL)
	show.say("The ledger is %s; `%s sales` needs a configuration, the UI does not.", w.config.LedgerPath(), w.program)
	select {
	case <-ctx.Done():
		return w.verdict()
	case err := <-w.stopped:
		w.stopped <- nil
		if ctx.Err() != nil {
			return w.verdict()
		}
		return fmt.Errorf("the daemon stopped: %w", err)
	}
}
