package rest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// oneTurn is how far turns are apart at a limit of 60 a minute, rounded up.
const oneTurn = 1053 * time.Millisecond

// keepAsking has n callers who ask for their next turn as soon as they have had one, each after its pause, until ctx ends.
func keepAsking(ctx context.Context, group *sync.WaitGroup, pace *Pace, w Work, n int, pause time.Duration) *passes {
	var seen passes
	for range n {
		group.Go(func() {
			for pace.Wait(As(ctx, w)) == nil {
				seen.add()
				time.Sleep(pause)
			}
		})
	}
	return &seen
}

// Every kind of work has its rank; what nobody marked, or nobody knows, is live.
func TestRankOfWork(t *testing.T) {
	for want, works := range map[rank][]Work{
		rankLive:     {WorkSale, WorkPoll, WorkInbox, WorkUpkeep, "", "unheard of"},
		rankReread:   {WorkSweep, WorkNightly, WorkSurvey},
		rankBackfill: {WorkBackfill},
	} {
		for _, w := range works {
			require.Equal(t, want, WorkOf(As(t.Context(), w)).rank(), w)
		}
	}
	require.Equal(t, WorkSale, WorkOf(t.Context()))
	require.Equal(t, WorkSale, WorkOf(As(t.Context(), "")))
}

// While live work always waits, it has five turns of six, re-reading the sixth, and backfill none; however many of each
// wait, and also if re-reading sends one request after the other and is seldom there to wait.
func TestLiveWorkGoesFirstAndRereadingKeepsItsFloor(t *testing.T) {
	for _, limit := range []int{2, 20, 60, 600} {
		for _, c := range []struct {
			name      string
			rereaders int
			pause     time.Duration
		}{{"a crowd re-reads", 40, 0}, {"one re-reads, page by page", 1, 3 * time.Minute / time.Duration(limit)}} {
			t.Run(fmt.Sprintf("%d a minute, %s", limit, c.name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					pace, group := NewPace(limit), sync.WaitGroup{}
					ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
					defer cancel()
					backfill := keepAsking(ctx, &group, pace, WorkBackfill, 40, 0)
					reread := keepAsking(ctx, &group, pace, WorkSweep, c.rereaders, c.pause)
					sale := keepAsking(ctx, &group, pace, WorkSale, 3, 0)
					inbox := keepAsking(ctx, &group, pace, WorkInbox, 3, 0)
					group.Wait()
					live := len(sale.at) + len(inbox.at)
					turns := live + len(reread.at) + len(backfill.at)
					require.GreaterOrEqual(t, turns, limit*20*94/100-1)
					require.Empty(t, backfill.at)
					require.InDelta(t, float64(turns)/rereadEvery, len(reread.at), 1)
					require.InDelta(t, len(sale.at), len(inbox.at), 3, "within a rank who came first goes first, so three callers each have as many")
				})
			})
		}
	}
}

// While re-reading and backfill could use up everything, a live request that comes now and then waits for one turn at most,
// and a burst of live work finds half of the minute's budget.
func TestRareLiveWorkDoesNotQueueBehindTheRest(t *testing.T) {
	for seed := range uint64(4) {
		synctest.Test(t, func(t *testing.T) {
			pace, group, random := NewPace(60), sync.WaitGroup{}, rand.New(rand.NewPCG(seed, 0))
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			reread := keepAsking(ctx, &group, pace, WorkNightly, 50, 0)
			backfill := keepAsking(ctx, &group, pace, WorkBackfill, 50, 0)
			for range 100 {
				time.Sleep(time.Duration(random.IntN(30_000)) * time.Millisecond)
				asked := time.Now()
				require.NoError(t, pace.Wait(ctx))
				require.LessOrEqual(t, time.Since(asked), oneTurn)
			}
			asked, burst := time.Now(), sync.WaitGroup{}
			for range 30 {
				burst.Go(func() { _ = pace.Wait(ctx) })
			}
			burst.Wait()
			require.Less(t, time.Since(asked), 40*time.Second, "30 of 60 turns and the floor of re-reading take no longer")
			group.Wait()
			require.LessOrEqual(t, reread.most(), 30)
			require.Greater(t, len(reread.at), 60*27, "what live work leaves is used, up to the half")
			require.Empty(t, backfill.at, "re-reading was always waiting")
		})
	}
}

// Backfill and re-reading share one half: together they never have more than 30 of 60 turns in a minute, backfill has all of
// it while it is alone and none while the other waits.
func TestBackfillGetsWhatBothLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pace, group := NewPace(60), sync.WaitGroup{}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Minute)
		defer cancel()
		backfill := keepAsking(ctx, &group, pace, WorkBackfill, 5, 0)
		time.Sleep(10 * time.Minute)
		alone := pace.Used()[WorkBackfill]
		require.InDelta(t, 285, alone, 1)

		busy, stop := context.WithTimeout(ctx, 10*time.Minute)
		defer stop()
		reread := keepAsking(busy, &group, pace, WorkSweep, 2, 0)
		<-busy.Done()
		require.Equal(t, alone, pace.Used()[WorkBackfill])
		require.InDelta(t, 285, pace.Used()[WorkSweep], 1)

		group.Wait()
		require.InDelta(t, 2*285, len(backfill.at), 2, "and it goes on when the other is done")
		both := passes{at: append(backfill.at, reread.at...)}
		require.LessOrEqual(t, both.most(), 30)
	})
}

// A closed gate holds everybody, refuses at once who cannot wait for it, and afterwards rank decides and not who came first.
func TestRankDecidesAgainAfterTheGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pace, group := NewPace(60), sync.WaitGroup{}
		start := time.Now()
		pace.CloseGate(time.Minute)
		seen := map[Work]*passes{}
		for _, w := range []Work{WorkBackfill, WorkSweep, WorkSale} {
			mine := &passes{}
			seen[w] = mine
			for range 10 {
				group.Go(func() {
					if pace.Wait(As(t.Context(), w)) == nil {
						mine.add()
					}
				})
			}
			synctest.Wait()
		}
		require.Equal(t, map[Work]int{WorkBackfill: 10, WorkSweep: 10, WorkSale: 10}, pace.Waiting())

		var refused error
		group.Go(func() {
			ctx, cancel := context.WithDeadline(t.Context(), start.Add(90*time.Second))
			defer cancel()
			refused = pace.Wait(As(ctx, WorkPoll))
		})
		time.Sleep(30 * time.Second)
		require.Equal(t, 1, pace.Waiting()[WorkPoll])
		require.Empty(t, pace.Used(), "nothing is spent behind a closed gate")
		pace.CloseGate(time.Minute + time.Second)
		synctest.Wait()
		require.ErrorIs(t, refused, ErrNoTurn)
		require.Equal(t, 30*time.Second, time.Since(start), "it was told when the gate closed for longer, not at its deadline")

		group.Wait()
		opens := pace.Gate().Sub(start)
		for w, mine := range seen {
			require.Len(t, mine.at, 10)
			require.GreaterOrEqual(t, mine.at[0].Sub(start), opens, w)
		}
		last := func(w Work) time.Duration { return seen[w].at[9].Sub(start) - opens }
		require.LessOrEqual(t, last(WorkSale), 9*oneTurn, "ten turns and one or two for re-reading, three of them at once")
		require.Less(t, last(WorkSweep), seen[WorkBackfill].at[0].Sub(start)-opens, "backfill waits for both")
	})
}
