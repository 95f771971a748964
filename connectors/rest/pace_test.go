package rest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// passes collects the times at which requests were let through.
type passes struct {
	mu sync.Mutex
	at []time.Time
}

func (p *passes) add() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at = append(p.at, time.Now())
}

// most gives the largest number of passes in any window of a minute, both ends included.
func (p *passes) most() int {
	slices.SortFunc(p.at, time.Time.Compare)
	most, first := 0, 0
	for last := range p.at {
		for p.at[last].Sub(p.at[first]) > time.Minute {
			first++
		}
		most = max(most, last-first+1)
	}
	return most
}

// Invariant 8: with any number of callers, idle times and closed gates, no window of 60 s holds more than the limit, and
// nothing passes while the gate is closed.
func TestPaceNeverExceedsItsLimit(t *testing.T) {
	for _, limit := range []int{1, 2, 7, 19, 20, 40, 60, 100, 600} {
		for seed := range uint64(4) {
			t.Run(fmt.Sprintf("%d a minute, seed %d", limit, seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { hammer(t, limit, seed) })
			})
		}
	}
}

// hammer sends bursts from many goroutines for 20 simulated minutes.
func hammer(t *testing.T, limit int, seed uint64) {
	t.Helper()
	pace := NewPace(limit)
	end := time.Now().Add(20 * time.Minute)
	ctx, cancel := context.WithDeadline(t.Context(), end)
	defer cancel()
	var seen passes
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(worker)))
			for {
				mine := As(ctx, []Work{WorkSale, WorkSweep, WorkBackfill}[worker%3])
				if pace.Wait(mine) != nil {
					return
				}
				if pace.Gate().After(time.Now()) {
					t.Error("passed a closed gate")
				}
				seen.add()
				switch random.IntN(200) {
				case 0:
					pace.CloseGate(time.Duration(random.IntN(90_000)) * time.Millisecond)
				case 1, 2, 3:
					time.Sleep(time.Duration(random.IntN(120_000)) * time.Millisecond)
				}
			}
		})
	}
	group.Wait()
	require.LessOrEqual(t, seen.most(), limit)
	require.NotEmpty(t, seen.at)
}

// The limit is used, not only kept: a steady stream gets at least nine tenths of it.
func TestPaceUsesItsLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pace := NewPace(60)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		var seen passes
		for pace.Wait(ctx) == nil {
			seen.add()
		}
		require.GreaterOrEqual(t, len(seen.at), 540)
		require.LessOrEqual(t, seen.most(), 60)
	})
}

// Work that can wait leaves live work its half.
func TestPaceKeepsHalfForLiveWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pace := NewPace(60)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		var live, late passes
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				for pace.Wait(As(ctx, WorkSweep)) == nil {
					late.add()
				}
			})
		}
		group.Go(func() {
			for pace.Wait(ctx) == nil {
				live.add()
			}
		})
		group.Wait()
		require.GreaterOrEqual(t, len(live.at), 270)
		require.LessOrEqual(t, late.most(), 30)
	})
}

func TestGateHoldsEverybodyAndOpens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pace := NewPace(600)
		start := time.Now()
		pace.CloseGate(time.Minute)
		pace.CloseGate(time.Second) // a shorter closing does not open it
		var group sync.WaitGroup
		var seen passes
		for range 50 {
			group.Go(func() {
				if pace.Wait(t.Context()) == nil {
					seen.add()
				}
			})
		}
		group.Wait()
		require.Len(t, seen.at, 50)
		slices.SortFunc(seen.at, time.Time.Compare)
		require.GreaterOrEqual(t, seen.at[0].Sub(start), time.Minute)
		require.Greater(t, seen.at[49].Sub(seen.at[0]), 4*time.Second, "all passed together when the gate opened")
	})
}

func TestWaitRefusesAtOnceWhatCannotCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pace := NewPace(60)
		pace.CloseGate(time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		require.ErrorIs(t, pace.Wait(ctx), ErrNoTurn)
		require.Zero(t, time.Since(start))

		stopped, stop := context.WithCancel(t.Context())
		stop()
		require.ErrorIs(t, pace.Wait(stopped), context.Canceled)
	})
}

func TestPaceTransportPaysPerRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pace, seen := NewPace(57), &captured{}
		client := &http.Client{Transport: pace.Transport(seen)}
		start := time.Now()
		for range 10 {
			res, err := client.Post("http://vendor.invalid", "text/plain", nil)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
		}
		require.Greater(t, time.Since(start), 10*time.Second, "ten requests at 57 a minute, with no burst at the start")

		pace.CloseGate(time.Hour)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://vendor.invalid", http.NoBody)
		require.NoError(t, err)
		seen.r = nil
		_, err = client.Do(r) //nolint:bodyclose // there is none
		require.ErrorIs(t, err, ErrNoTurn)
		require.Nil(t, seen.r)
	})
}
