package receiver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sqlite"
)

// TestNothingIsAcknowledgedBeforeItIsCommitted: invariant 5.
func TestNothingIsAcknowledgedBeforeItIsCommitted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ledger, gate := newShelf(), make(chan struct{})
		ledger.before = func(context.Context, []sqlite.Delivery) error { <-gate; return nil }
		r := start(t, ledger, nil)
		w, answered := httptest.NewRecorder(), false
		go func() {
			r.ServeHTTP(w, request(about("or_1")))
			answered = true
		}()
		synctest.Wait()
		require.False(t, answered, "the commit has not returned")
		require.Empty(t, ledger.deliveries())
		close(gate)
		synctest.Wait()
		require.True(t, answered)
		require.Equal(t, 200, w.Code)
		require.Equal(t, []string{"or_1"}, ids(ledger.deliveries()))
	})
}

func TestWhatTheLedgerDoesToARequest(t *testing.T) {
	fail := func(err error) func(context.Context, []sqlite.Delivery) error {
		return func(context.Context, []sqlite.Delivery) error { return err }
	}
	for _, c := range []struct {
		name    string
		before  func(context.Context, []sqlite.Delivery) error
		behind  func([]sqlite.Delivery) error
		want    int
		takes   time.Duration
		commits int // calls of Receive
		kept    int
	}{
		{"commits", nil, nil, 200, 0, 1, 1},
		{"is full", fail(fmt.Errorf("commit: %w", sqlite.ErrFull)), nil, 503, 0, 1, 0},
		{"is locked", fail(sqlite.ErrWriteLocked), nil, 503, 0, 1, 0},
		{"cannot be written to", fail(sqlite.ErrUnwritable), nil, 503, 0, 1, 0},
		{"is damaged", fail(sqlite.ErrCorrupt), nil, 503, 0, 1, 0},
		{"fails in a way that nobody knows", fail(errBroken), nil, 503, 0, 1, 0},
		{"refuses whatever it is given", fail(sqlite.ErrUnfit), nil, 503, 0, 3, 0},
		{"panics", func(context.Context, []sqlite.Delivery) error { panic("broken") }, nil, 503, 0, 1, 0},
		{"blocks until its time is over", func(ctx context.Context, _ []sqlite.Delivery) error { <-ctx.Done(); return ctx.Err() }, nil, 503, commitTime, 1, 0},
		{"commits and fails then", nil, func([]sqlite.Delivery) error { return errBroken }, 503, 0, 1, 1},
		{"commits and its disk is full then", nil, func([]sqlite.Delivery) error { return sqlite.ErrFull }, 503, 0, 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ledger := newShelf()
				ledger.before, ledger.behind = c.before, c.behind
				r := start(t, ledger, nil)
				began := time.Now()
				answer := ask(r, request(about("or_1")))
				require.Equal(t, c.want, answer.Code)
				require.Equal(t, c.takes, time.Since(began))
				require.Equal(t, c.want == 503, answer.Header().Get("Retry-After") == "5")
				synctest.Wait()
				require.Len(t, ledger.batches, c.commits)
				require.Len(t, ledger.deliveries(), c.kept)
				require.Zero(t, r.room.taken.Load())

				ledger.set(func() { ledger.before, ledger.behind = nil, nil })
				require.Equal(t, 200, give(r, about("or_1")), "it works again as soon as the ledger does")
			})
		})
	}
}

// TestLedgerThatNeverReturns: requests are answered all the same, and closing ends in time.
func TestLedgerThatNeverReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ledger, gate := newShelf(), make(chan struct{})
		ledger.before = func(context.Context, []sqlite.Delivery) error { <-gate; return nil }
		r := start(t, ledger, nil)
		for range 3 {
			began := time.Now()
			require.Equal(t, 503, give(r, about("or_1")))
			require.Equal(t, commitTime, time.Since(began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		require.ErrorIs(t, r.Close(ctx), context.DeadlineExceeded)
		close(gate)
		synctest.Wait()
		require.Len(t, ledger.deliveries(), 3, "what was taken is committed even if nobody waits any longer")
		require.Zero(t, r.room.taken.Load())
	})
}

func TestRequestsAreCommittedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ledger, gate := newShelf(), make(chan struct{})
		ledger.before = func(context.Context, []sqlite.Delivery) error { <-gate; return nil }
		r := start(t, ledger, nil)
		var wg sync.WaitGroup
		codes := make([]int, 300)
		for i := range codes {
			wg.Go(func() { codes[i] = give(r, about(id(i))) })
		}
		synctest.Wait()
		close(gate)
		wg.Wait()
		require.Equal(t, slices.Repeat([]int{200}, 300), codes)
		require.LessOrEqual(t, len(ledger.batches), 4, "what was there at first, and the rest in batches of 128: %v", ledger.batches)
		require.LessOrEqual(t, slices.Max(ledger.batches), batchSize)
		require.Len(t, ledger.deliveries(), 300)
	})
}

func TestBatchesHaveABoundInRecords(t *testing.T) {
	c := &committer{wake: make(chan struct{}, 1)}
	for _, n := range []int{batchTold + 1, 6000, 4000, 1, 0} {
		require.True(t, c.submit(&pending{delivery: sqlite.Delivery{Told: make([]sqlite.Told, n)}}))
	}
	var sizes []int
	for batch, _ := c.next(); len(batch) > 0; batch, _ = c.next() {
		sizes = append(sizes, len(batch))
	}
	require.Equal(t, []int{1, 2, 2}, sizes)

	for range queueSize {
		require.True(t, c.submit(&pending{}))
	}
	require.False(t, c.submit(&pending{}), "the queue is full")
}

// TestOneBadDeliveryFailsNoOther: the neighbours of what the ledger refuses are committed, and it is kept, since sending it
// again would not mend it.
func TestOneBadDeliveryFailsNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ledger, gate := newShelf(), make(chan struct{})
		ledger.before = func(_ context.Context, batch []sqlite.Delivery) error {
			<-gate
			if slices.Contains(ids(batch), "or_7") {
				return sqlite.ErrUnfit
			}
			return nil
		}
		r := start(t, ledger, nil)
		var wg sync.WaitGroup
		codes := make([]int, 20)
		for i := range codes {
			wg.Go(func() { codes[i] = give(r, about(id(i))) })
		}
		synctest.Wait()
		close(gate)
		wg.Wait()
		require.Equal(t, slices.Repeat([]int{200}, 20), codes)
		got := ledger.deliveries()
		require.Len(t, got, 20)
		require.Len(t, ids(got), 19)
		require.NotContains(t, ids(got), "or_7")
		at := slices.IndexFunc(got, func(d sqlite.Delivery) bool { return d.Unreadable > 0 })
		require.Equal(t, about("or_7"), string(got[at].Body))
		require.Equal(t, 1, got[at].Events)
	})
}

// TestSenderThatHasGone: what was signed and read is committed although nobody hears the answer.
func TestSenderThatHasGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ledger, gate := newShelf(), make(chan struct{})
		ledger.before = func(ctx context.Context, _ []sqlite.Delivery) error {
			<-gate
			return ctx.Err() // that of the sender must not be it
		}
		r := start(t, ledger, nil)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan int)
		go func() { done <- ask(r, request(about("or_1")).WithContext(ctx)).Code }()
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(gate)
		require.Equal(t, 200, <-done)
		require.Equal(t, []string{"or_1"}, ids(ledger.deliveries()))
	})
}

func TestNudges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var told []string
		gate := make(chan struct{})
		ledger := newShelf()
		r := start(t, ledger, func(o *Options) {
			o.Nudge = func(connection string) {
				mu.Lock()
				told = append(told, connection)
				mu.Unlock()
				<-gate
			}
		})
		require.Equal(t, 200, give(r, `[{"event":"product.created"}]`))
		require.Equal(t, 200, give(r, `[]`))
		synctest.Wait()
		require.Empty(t, told, "nothing waits to be looked at")
		require.Equal(t, 200, give(r, about("or_1")))
		synctest.Wait()
		for i := range 50 {
			require.Equal(t, 200, give(r, about(id(i))), "a nudge that takes its time holds nobody up")
		}
		synctest.Wait()
		require.Equal(t, []string{acme}, told)
		close(gate)
		synctest.Wait()
		require.Equal(t, []string{acme, acme}, told, "what came meanwhile is told once")

		ledger.set(func() { ledger.before = func(context.Context, []sqlite.Delivery) error { return errors.New("no") } })
		require.Equal(t, 503, give(r, about("or_1")))
		synctest.Wait()
		require.Len(t, told, 2, "nothing was committed")
	})
}

func TestCloseAnswersWhatWasTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ledger, gate := newShelf(), make(chan struct{})
		ledger.before = func(context.Context, []sqlite.Delivery) error { <-gate; return nil }
		r := start(t, ledger, nil)
		codes := make(chan int, 10)
		for i := range 10 {
			go func() { codes <- give(r, about(id(i))) }()
		}
		synctest.Wait()
		closed := make(chan error)
		go func() { closed <- r.Close(t.Context()) }()
		synctest.Wait()
		require.Equal(t, 503, give(r, about("late")), "it is closing")
		require.Equal(t, 404, ask(r, httptest.NewRequest(http.MethodGet, "/", nil)).Code)
		close(gate)
		require.NoError(t, <-closed)
		for range 10 {
			require.Equal(t, 200, <-codes)
		}
		require.Len(t, ledger.deliveries(), 10)
	})
}
