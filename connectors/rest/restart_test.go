package rest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// Invariant 8: any number of processes one after the other, each with a pace of its own that knows nothing of the one
// before, together stay within the limit in any 60 seconds. A pace that began with a burst would not.
func TestRestartsNeverExceedTheLimit(t *testing.T) {
	for _, limit := range []int{1, 2, 7, 20, 40, 60, 80, 100, 600} {
		for seed := range uint64(6) {
			t.Run(fmt.Sprintf("%d a minute, seed %d", limit, seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var seen passes
					random := rand.New(rand.NewPCG(seed, uint64(limit)))
					every := time.Minute / time.Duration(limit)
					for range 300 {
						live(t, limit, &seen, random, every)
						if random.IntN(3) == 0 { // down for a while
							time.Sleep(time.Duration(random.Int64N(int64(20 * every))))
						}
					}
					require.LessOrEqual(t, seen.most(), limit)
					require.Greater(t, len(seen.at), 100, "the processes did send")
				})
			})
		}
	}
}

// live is one process: it waits for work, then has much of it or little, and dies at any moment.
func live(t *testing.T, limit int, seen *passes, random *rand.Rand, every time.Duration) {
	t.Helper()
	pace := NewPace(limit)
	life := []time.Duration{every, 3 * every, 10 * every, 2 * time.Minute}[random.IntN(4)]
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(random.Int64N(int64(life)))+time.Millisecond)
	defer cancel()
	for {
		if random.IntN(4) == 0 { // idle, which saves up a burst
			time.Sleep(time.Duration(random.Int64N(int64(8 * every))))
		}
		if pace.Wait(ctx) != nil {
			return
		}
		seen.add()
	}
}

// What the empty start costs: the first request of a process at Orderspace's limit waits about a second, once.
func TestFirstTurnOfAProcessComesSoon(t *testing.T) {
	for limit, most := range map[int]time.Duration{60: 1100 * time.Millisecond, 600: 110 * time.Millisecond, 0: 0} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			require.NoError(t, NewPace(limit).Wait(t.Context()))
			require.LessOrEqual(t, time.Since(start), most)
		})
	}
}

// Whoever keeps the gate for the next process is told of each prolongation, and of nothing else, before the closing returns.
func TestClosingsAreToldToTheKeeper(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pace, start := NewPace(60), time.Now()
		var told []time.Duration
		pace.Keep(func(until time.Time) {
			require.Greater(t, time.Until(pace.Gate()), time.Duration(0), "the gate is closed while this is written down")
			told = append(told, until.Sub(start))
		})
		pace.CloseGate(time.Minute)
		pace.CloseGate(time.Second)
		pace.CloseGate(0)
		pace.CloseGate(2 * time.Minute)
		require.Equal(t, []time.Duration{time.Minute, 2 * time.Minute}, told)
	})
}
