package rest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// asked is one request of a mix: when it came to wait, when that ended, and how.
type asked struct {
	rank     rank
	in, out  time.Time
	deadline time.Time // zero for none
	err      error
}

// waitedAt reports whether it was certainly waiting at a time, neither just come nor just gone.
func (a asked) waitedAt(at time.Time) bool { return a.in.Before(at) && a.out.After(at) }

// mix is a random mixture of requests around one pace.
type mix struct {
	mu       sync.Mutex
	requests []asked
	pace     *Pace
	calm     bool
}

// worker sends requests of random works one after the other, with pauses; some have a deadline. In a mix that is not calm
// some are cancelled, and the gate is closed at times.
func (m *mix) worker(t *testing.T, random *rand.Rand, every time.Duration) {
	t.Helper()
	works := [][]Work{
		{WorkSale},
		{WorkPoll, WorkInbox, WorkUpkeep},
		{WorkSweep, WorkSurvey},
		{WorkNightly},
		{WorkBackfill},
		{WorkSale, WorkSweep, WorkBackfill},
	}[random.IntN(6)]
	upTo := func(turns int) time.Duration { return time.Duration(random.Int64N(int64(turns) * int64(every))) }
	for range 10 + random.IntN(60) {
		if random.IntN(3) == 0 {
			time.Sleep(upTo(20))
		}
		ctx := As(t.Context(), works[random.IntN(len(works))])
		cancel := context.CancelFunc(func() {})
		switch {
		case random.IntN(4) == 0:
			ctx, cancel = context.WithTimeout(ctx, upTo(30)+1)
		case !m.calm && random.IntN(6) == 0:
			ctx, cancel = context.WithCancel(ctx)
			time.AfterFunc(upTo(10), cancel)
		}
		one := asked{rank: WorkOf(ctx).rank(), in: time.Now()}
		one.deadline, _ = ctx.Deadline()
		one.err = m.pace.Wait(ctx)
		one.out = time.Now()
		cancel()
		m.mu.Lock()
		m.requests = append(m.requests, one)
		m.mu.Unlock()
		if !m.calm && random.IntN(150) == 0 {
			// Not in the moment of a turn, which would be given up then: from outside that looks as if it had not been given.
			closing := upTo(60)
			time.AfterFunc(upTo(2), func() { m.pace.CloseGate(closing) })
		}
	}
}

// served gives the times of the turns of some ranks.
func (m *mix) served(of ...rank) *passes {
	var p passes
	for _, a := range m.requests {
		if a.err == nil && slices.Contains(of, a.rank) {
			p.at = append(p.at, a.out)
		}
	}
	slices.SortFunc(p.at, time.Time.Compare)
	return &p
}

// between counts the times after from and until to, both included.
func (p *passes) between(from, to time.Time) int {
	return len(slices.DeleteFunc(slices.Clone(p.at), func(at time.Time) bool { return at.Before(from) || at.After(to) }))
}

// Invariant 8, and what each rank may count on, in random mixes of works, deadlines, cancellations and closed gates. Judged
// from outside, by when requests came and when they got their turn.
func TestRandomMixesKeepTheLimitAndTheRanks(t *testing.T) {
	for _, limit := range []int{1, 7, 60, 600} {
		for seed := range uint64(8) {
			t.Run(fmt.Sprintf("%d a minute, seed %d", limit, seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					m, group := &mix{pace: NewPace(limit), calm: seed%2 == 1}, sync.WaitGroup{}
					for worker := range 3 + 4*seed {
						group.Go(func() {
							m.worker(t, rand.New(rand.NewPCG(seed, worker)), time.Minute/time.Duration(limit))
						})
					}
					group.Wait() // everybody was served, refused or cancelled
					m.judge(t, limit)
				})
			})
		}
	}
}

func (m *mix) judge(t *testing.T, limit int) {
	t.Helper()
	require.Empty(t, m.pace.Waiting())
	require.Nil(t, m.pace.timer)
	live, reread, backfill := m.served(rankLive), m.served(rankReread), m.served(rankBackfill)
	all, low := m.served(rankLive, rankReread, rankBackfill), m.served(rankReread, rankBackfill)
	require.LessOrEqual(t, all.most(), limit)
	require.LessOrEqual(t, low.most(), (limit+1)/2, "all but live work has half at most")
	given := int64(0)
	for _, turns := range m.pace.Used() {
		given += turns
	}
	require.GreaterOrEqual(t, given, int64(len(all.at)))
	for _, a := range m.requests {
		m.judgeOne(t, a)
	}
	m.judgeFloor(t, live, reread)
	for _, at := range backfill.at {
		for _, a := range m.requests {
			if a.rank < rankBackfill && a.waitedAt(at) {
				t.Fatalf("backfill went while %v waited", a)
			}
		}
	}
}

// judgeOne looks at how one request ended.
func (m *mix) judgeOne(t *testing.T, a asked) {
	t.Helper()
	switch {
	case a.err == nil:
		for _, b := range m.requests {
			if b.rank == a.rank && b.err == nil && b.in.Before(a.in) && b.out.After(a.out) {
				t.Fatalf("%v came before %v and went after it", b, a)
			}
		}
	case errors.Is(a.err, ErrNoTurn):
		require.False(t, a.deadline.IsZero(), "refused without a deadline")
		for _, b := range m.requests {
			// Where somebody is cancelled or refused by a gate, who comes later can have a turn that nobody could know of.
			if m.calm && a.rank == rankLive && b.rank == rankLive && b.err == nil && b.in.After(a.out) && b.out.Before(a.deadline) {
				t.Fatalf("%v was refused, and %v came after it and had a turn in time", a, b)
			}
		}
	default:
		require.True(t, errors.Is(a.err, context.Canceled) || errors.Is(a.err, context.DeadlineExceeded), a.err)
	}
}

// judgeFloor looks at every turn of re-reading for which live work had to wait: five live ones came before it.
func (m *mix) judgeFloor(t *testing.T, live, reread *passes) {
	t.Helper()
	var last time.Time
	for _, at := range reread.at {
		waits := slices.ContainsFunc(m.requests, func(a asked) bool { return a.rank == rankLive && a.waitedAt(at) })
		if waits {
			require.GreaterOrEqual(t, live.between(last, at), rereadEvery-1, "live work waited for re-reading too soon")
		}
		last = at
	}
}

// BenchmarkWait measures a turn with a thousand others waiting behind it.
func BenchmarkWait(b *testing.B) {
	pace := NewPace(0)
	pace.CloseGate(time.Hour)
	ctx, cancel := context.WithCancel(b.Context())
	var group sync.WaitGroup
	for range 1000 {
		group.Go(func() { _ = pace.Wait(As(ctx, WorkBackfill)) })
	}
	for pace.Waiting()[WorkBackfill] < 1000 {
		time.Sleep(time.Millisecond)
	}
	b.ReportAllocs()
	for b.Loop() {
		w := newWaiter(ctx, rankLive)
		w.done = make(chan struct{})
		pace.enter(w)
		pace.leave(w)
	}
	cancel()
	group.Wait()
}
