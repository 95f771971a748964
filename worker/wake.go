package worker

import (
	"context"
	"log/slog"
	"time"
)

const (
	wakeTime  = 10 * time.Second // how long Temporal may take to start a workflow
	wakeAgain = time.Minute      // how often what still waits is looked for
)

// waker starts the workflow that reads what webhooks told of: at once when something was received, and every minute while
// something waits. A wake that was lost, or a record that could not be read, costs a minute and nothing else.
type waker struct {
	start   func(ctx context.Context, connection string) error         // starts the workflow or tells the one that runs
	waiting func(ctx context.Context, connection string) (bool, error) // whether anything waits to be read
	all     []string                                                   // connections
	log     *slog.Logger
}

// wake starts the workflow of one connection.
func (w *waker) wake(ctx context.Context, connection string) {
	starting, cancel := context.WithTimeout(ctx, wakeTime)
	defer cancel()
	if err := w.start(starting, connection); err != nil && ctx.Err() == nil {
		w.log.WarnContext(ctx, "the inbox waits for the next minute: its workflow cannot be started", "connection", connection, "error", err)
	}
}

// run looks for what waits until ctx ends: at once for what an earlier process received and did not read, and then every
// minute.
func (w *waker) run(ctx context.Context) {
	again := time.NewTicker(wakeAgain)
	defer again.Stop()
	for {
		for _, connection := range w.all {
			waits, err := w.waiting(ctx, connection)
			if err != nil && ctx.Err() == nil {
				w.log.WarnContext(ctx, "the inbox cannot be looked at", "connection", connection, "error", err)
			}
			if waits {
				w.wake(ctx, connection)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		}
	}
}
