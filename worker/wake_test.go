package worker

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestInboxIsLookedAtEveryMinute: at the start for what was left behind, and every minute while something waits or Temporal
// was not there.
func TestInboxIsLookedAtEveryMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var mu sync.Mutex
		waits, down, started := map[string]bool{"left": true}, true, []string{}
		set := func(do func()) {
			mu.Lock()
			defer mu.Unlock()
			do()
		}
		w := &waker{
			start: func(_ context.Context, connection string) error {
				mu.Lock()
				defer mu.Unlock()
				if down {
					return errors.New("temporal is down")
				}
				started = append(started, connection+" after "+time.Since(began).String())
				return nil
			},
			waiting: func(_ context.Context, connection string) (bool, error) {
				mu.Lock()
				defer mu.Unlock()
				return waits[connection], nil
			},
			all: []string{"acme", "left"}, log: slog.New(slog.DiscardHandler),
		}
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { w.run(ctx) })
		time.Sleep(30 * time.Second)
		set(func() { down = false })
		time.Sleep(time.Minute)
		set(func() { waits["left"] = false })
		time.Sleep(2 * time.Minute)
		set(func() { waits["acme"] = true })
		time.Sleep(time.Minute)
		cancel()
		running.Wait()
		require.Equal(t, []string{"left after 1m0s", "acme after 4m0s"}, started)
	})
}
