package receiver

import (
	"bytes"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestReadBody(t *testing.T) {
	const limit = 1 << 20
	for _, n := range []int{0, 1, firstPiece - 1, firstPiece, firstPiece + 1, smallBody, smallBody + 1, limit - 1, limit, limit + 1, 2 * limit} {
		for _, known := range []bool{true, false} {
			for _, wrap := range []func(io.Reader) io.Reader{func(r io.Reader) io.Reader { return r }, iotest.HalfReader, iotest.DataErrReader} {
				r := newRoom(limit, func(int64) {})
				want := bytes.Repeat([]byte("abcdefg"), n/7+1)[:n]
				announced := int64(-1)
				if known {
					announced = int64(n)
				}
				from := bytes.NewReader(want)
				body, held, err := r.read(t.Context(), wrap(from), announced)
				if n > limit {
					require.ErrorIs(t, err, errTooLarge)
					require.True(t, !known || from.Len() == n, "what is announced as too large is not read at all")
					require.Zero(t, r.taken.Load())
					continue
				}
				require.NoError(t, err, "%d bytes", n)
				require.True(t, bytes.Equal(want, body))
				require.GreaterOrEqual(t, r.taken.Load(), int64(n))
				held.giveBack()
				held.giveBack()
				require.Zero(t, r.taken.Load())
			}
		}
	}
	r := newRoom(limit, func(int64) {})
	_, _, err := r.read(t.Context(), io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(io.ErrUnexpectedEOF)), 9)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Zero(t, r.taken.Load())
}

// trickle gives its bytes in pieces with pauses.
type trickle struct {
	left  int
	piece int
	pause time.Duration
}

func (r *trickle) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	time.Sleep(r.pause)
	n := min(len(p), r.left, r.piece)
	r.left -= n
	return n, nil
}

// TestMemoryNeverExceedsItsBound sends hundreds of bodies at once, large and small ones, with their length and without.
func TestMemoryNeverExceedsItsBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = 4 << 20
		var peak atomic.Int64
		r := newRoom(limit, func(n int64) {
			for old := peak.Load(); n > old && !peak.CompareAndSwap(old, n); old = peak.Load() {
			}
		})
		var wg sync.WaitGroup
		var small, large, refused atomic.Int64
		for i := range 400 {
			dice := rand.New(rand.NewPCG(1, uint64(i)))
			size := 1 + dice.IntN(limit)
			if i%2 == 0 {
				size = 1 + dice.IntN(100<<10)
			}
			announced := int64(size)
			if i%3 == 0 {
				announced = -1
			}
			wg.Go(func() {
				_, held, err := r.read(t.Context(), &trickle{left: size, piece: 64 << 10, pause: time.Duration(1+dice.IntN(20)) * time.Millisecond}, announced)
				if err != nil {
					refused.Add(1)
					return
				}
				time.Sleep(10 * time.Millisecond) // its commit
				held.giveBack()
				if size <= 100<<10 {
					small.Add(1)
				} else {
					large.Add(1)
				}
			})
		}
		wg.Wait()
		t.Logf("%d small and %d large read, %d refused, peak %d of %d bytes", small.Load(), large.Load(), refused.Load(), peak.Load(), 4*limit)
		require.LessOrEqual(t, peak.Load(), int64(4*limit))
		require.GreaterOrEqual(t, small.Load(), int64(100), "small ones are not kept out by large ones")
		require.Positive(t, large.Load())
		require.Zero(t, r.taken.Load())
	})
}

// TestAnnouncingTakesNothingAway: whoever announces much and sends little keeps nobody out.
func TestAnnouncingTakesNothingAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(DefaultMaxBody, func(int64) {})
		for range 256 {
			go func() {
				_, held, err := r.read(t.Context(), &trickle{left: 15, piece: 1, pause: time.Second}, DefaultMaxBody)
				if err == nil {
					held.giveBack()
				}
			}()
		}
		synctest.Wait()
		began := time.Now()
		_, held, err := r.read(t.Context(), bytes.NewReader(make([]byte, DefaultMaxBody)), -1)
		require.NoError(t, err)
		held.giveBack()
		require.Zero(t, time.Since(began))
		time.Sleep(20 * time.Second)
	})
}

func TestWaitingForRoomHasAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ledger := newShelf()
		r := start(t, ledger, func(o *Options) { o.MaxBody = 1 << 10 })
		all, err := r.room.take(t.Context(), r.room.small, 2<<10)
		require.NoError(t, err)
		began := time.Now()
		require.Equal(t, 503, give(r, about("or_1")))
		require.Equal(t, roomTime, time.Since(began))
		go func() {
			time.Sleep(time.Second)
			all.giveBack()
		}()
		require.Equal(t, 200, give(r, about("or_1")), "room was made in time")
		require.Len(t, ledger.deliveries(), 1)
	})
}
