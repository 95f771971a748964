package rest

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
)

// waiting has n callers wait for a turn each, and returns when they do.
func waiting(ctx context.Context, group *sync.WaitGroup, pace *Pace, w Work, n int) {
	for range n {
		group.Go(func() { _ = pace.Wait(As(ctx, w)) })
	}
	synctest.Wait()
}

// Who is refused at once and who is let in, at 60 a minute with nothing saved up: turns come every 1.05 s, for all but live
// work every 2.1 s. Nobody is refused whom the turns that come would serve in time, whatever waits in the ranks below.
func TestRefusalsAreHonest(t *testing.T) {
	for _, c := range []struct {
		name    string
		before  map[Work]int // who waits already
		work    Work
		has     time.Duration
		served  bool
		refused bool // otherwise it was let in and its deadline came first
		takes   time.Duration
	}{
		{name: "live, behind crowds below it", before: map[Work]int{WorkSweep: 100, WorkBackfill: 100}, work: WorkSale, has: oneTurn, served: true, takes: oneTurn},
		{name: "live, no turn so soon", work: WorkSale, has: time.Second, refused: true},
		{name: "live, behind three", before: map[Work]int{WorkPoll: 3}, work: WorkSale, has: 4 * oneTurn, served: true, takes: 4 * oneTurn},
		{name: "live, behind four", before: map[Work]int{WorkPoll: 4}, work: WorkSale, has: 4 * oneTurn, refused: true},
		{name: "live, the floor comes between", before: map[Work]int{WorkPoll: 6, WorkSweep: 1}, work: WorkSale, has: 7 * oneTurn, takes: 7 * oneTurn},
		{name: "re-reading, behind crowds of others", before: map[Work]int{WorkBackfill: 100}, work: WorkSweep, has: 2 * oneTurn, served: true, takes: 2 * oneTurn},
		{name: "re-reading, before its half is there", work: WorkSweep, has: 2 * time.Second, refused: true},
		{name: "re-reading, behind one", before: map[Work]int{WorkNightly: 1}, work: WorkSweep, has: 3 * oneTurn, refused: true},
		{name: "re-reading, the live might go", before: map[Work]int{WorkSale: 4}, work: WorkSweep, has: 5 * oneTurn, served: true, takes: 5 * oneTurn},
		{name: "backfill, behind one of each", before: map[Work]int{WorkSale: 1, WorkSweep: 1, WorkBackfill: 1}, work: WorkBackfill, has: 6 * oneTurn, served: true, takes: 6 * oneTurn},
		{name: "backfill, behind two that re-read", before: map[Work]int{WorkSweep: 2}, work: WorkBackfill, has: 5 * oneTurn, refused: true},
		{name: "backfill, behind many live", before: map[Work]int{WorkSale: 6}, work: WorkBackfill, has: 6 * oneTurn, refused: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pace, group := NewPace(60), sync.WaitGroup{}
				all, end := context.WithCancel(t.Context())
				for _, w := range []Work{WorkSale, WorkPoll, WorkSweep, WorkNightly, WorkBackfill} {
					waiting(all, &group, pace, w, c.before[w])
				}
				ctx, cancel := context.WithTimeout(As(t.Context(), c.work), c.has)
				defer cancel()
				start := time.Now()
				err := pace.Wait(ctx)
				switch {
				case c.served:
					require.NoError(t, err)
				case c.refused:
					require.ErrorIs(t, err, ErrNoTurn)
				default:
					require.ErrorIs(t, err, context.DeadlineExceeded)
				}
				require.InDelta(t, c.takes.Seconds(), time.Since(start).Seconds(), 0.01)
				end()
				group.Wait()
			})
		})
	}
}

// Who gives up leaves nothing behind: no place in a queue, no turn, no timer. Who waits behind moves up.
func TestCancelledWaitersVanish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pace, group := NewPace(60), sync.WaitGroup{}
		start := time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		for _, w := range []Work{WorkSale, WorkSweep, WorkBackfill} {
			waiting(ctx, &group, pace, w, 20)
		}
		require.Equal(t, map[Work]int{WorkSale: 20, WorkSweep: 20, WorkBackfill: 20}, pace.Waiting())
		var behind sync.WaitGroup
		waiting(t.Context(), &behind, pace, WorkSale, 1)
		cancel()
		group.Wait()
		require.Equal(t, map[Work]int{WorkSale: 1}, pace.Waiting())
		behind.Wait()
		require.LessOrEqual(t, time.Since(start), oneTurn)
		require.Equal(t, map[Work]int64{WorkSale: 1}, pace.Used())
		require.Empty(t, pace.Waiting())
		require.Nil(t, pace.timer, "nothing runs while nobody waits")

		ctx, cancel = context.WithCancel(t.Context())
		waiting(ctx, &group, pace, WorkBackfill, 1)
		require.NotNil(t, pace.timer)
		cancel()
		group.Wait()
		require.Nil(t, pace.timer)
	})
}

// Every request counts for the work it is sent for: reads and their repetitions, writes, and the fetch of a token for who
// caused it.
func TestTurnsAreCountedByWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		metrics := NewMetrics(prometheus.NewRegistry())
		client := newClient(t, "http://vendor.invalid", func(o *Options) {
			o.Transport, o.Pace, o.Metrics, o.ReadRetries = inMemory{}, NewPace(60), metrics, 2
		})
		pace := client.opts.Pace
		read := func(w Work, page string) error {
			return client.Read(As(t.Context(), w), Request{Route: "/things", Query: map[string][]string{"page": {page}}}, nil)
		}
		require.NoError(t, read(WorkSweep, "1"))
		require.Error(t, read(WorkNightly, "limited"))
		time.Sleep(time.Until(pace.Gate()))
		require.NoError(t, client.Write(t.Context(), Request{Method: http.MethodPost, Route: "/things"}, nil))
		r, err := http.NewRequestWithContext(As(t.Context(), WorkBackfill), http.MethodPost, "http://vendor.invalid", http.NoBody)
		require.NoError(t, err)
		res, err := pace.Transport(inMemory{}).RoundTrip(r)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())

		want := map[Work]int64{WorkSweep: 1, WorkNightly: 3, WorkSale: 1, WorkBackfill: 1}
		require.Equal(t, want, pace.Used())
		pace.Used()[WorkSale] = 100
		require.Equal(t, want, pace.Used(), "what is handed out is a copy")
		for w, turns := range want {
			require.InDelta(t, turns, testutil.ToFloat64(metrics.turns.WithLabelValues("vendor", string(w))), 0, w)
		}
	})
}

// meanwhile is a context that does something in the middle of a Wait: after the turn was given, before it is used.
type meanwhile struct {
	context.Context
	once sync.Once
	do   func()
}

func (m *meanwhile) Done() <-chan struct{} {
	m.once.Do(m.do)
	return m.Context.Done()
}

// A turn is not used if the gate has closed between its being given and its use. Its request keeps its place.
func TestTurnIsGivenUpWhenTheGateCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pace, group := NewPace(20), sync.WaitGroup{}
		time.Sleep(time.Minute) // now there is a turn at once
		var later time.Time
		ctx := &meanwhile{Context: t.Context(), do: func() {
			require.Equal(t, int64(1), pace.Used()[WorkSale])
			pace.CloseGate(time.Minute)
			group.Go(func() {
				if pace.Wait(t.Context()) == nil {
					later = time.Now()
				}
			})
			synctest.Wait()
		}}
		start := time.Now()
		require.NoError(t, pace.Wait(ctx))
		require.Equal(t, time.Minute, time.Since(start))
		require.Equal(t, int64(2), pace.Used()[WorkSale], "both were given")
		group.Wait()
		require.Greater(t, later.Sub(start), time.Minute)
	})
}

// What serves everybody, such as the fetch of a token, goes first whoever caused it; a client's requests go in the rank of
// their work; and both take another turn in their rank when they have to, here because their connections came late.
func TestEveryRequestKeepsItsRank(t *testing.T) {
	for _, c := range []struct {
		name    string
		send    func(*Client, context.Context) error
		atMost  time.Duration
		atLeast time.Duration
	}{
		{
			name: "the fetch of a token", atMost: 4 * oneTurn,
			send: func(c *Client, ctx context.Context) error {
				r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://vendor.invalid", http.NoBody)
				if err != nil {
					return err
				}
				res, err := c.opts.Pace.Transport(c.writes).RoundTrip(r)
				if err != nil {
					return err
				}
				return res.Body.Close()
			},
		},
		{
			name: "a read", atLeast: 42 * oneTurn, atMost: 50 * oneTurn,
			send: func(c *Client, ctx context.Context) error { return c.Read(ctx, Request{Route: "/things"}, nil) },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				group, late := sync.WaitGroup{}, sync.Once{}
				var pace *Pace
				far := &farAway{dial: func(context.Context) error {
					late.Do(func() {
						waiting(t.Context(), &group, pace, WorkSweep, 10)
						time.Sleep(turnLasts + time.Millisecond)
					})
					return nil
				}}
				pace = NewPace(60)
				client := newClient(t, "http://vendor.invalid", func(o *Options) {
					o.Transport, o.Pace, o.ReadTimeout = far.transport(writeTransport()), pace, time.Minute
				})
				waiting(t.Context(), &group, pace, WorkSweep, 10)
				start := time.Now()
				require.NoError(t, c.send(client, As(t.Context(), WorkBackfill)))
				require.LessOrEqual(t, time.Since(start), c.atMost)
				require.GreaterOrEqual(t, time.Since(start), c.atLeast)
				require.Equal(t, int64(2), pace.Used()[WorkBackfill])
				group.Wait()
				client.Close()
				far.group.Wait()
			})
		})
	}
}
