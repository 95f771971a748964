package sqlite

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

// BenchmarkReceive commits batches of deliveries of 50 events each on 500 records, into a ledger that has been at work for a
// while. events/s is what counts.
func BenchmarkReceive(b *testing.B) {
	for _, size := range []int{1, 10, 50} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			l, err := Open(b.Context(), Options{Path: filepath.Join(b.TempDir(), "ledger.db")})
			require.NoError(b, err)
			defer func() { require.NoError(b, l.Close()) }()
			fill(b, l, 20_000)
			random := rand.New(rand.NewPCG(1, 2))
			batches := make([][]Delivery, 64)
			for i := range batches {
				batches[i] = randomBatch(random, size)
			}
			events := 0
			var slowest time.Duration
			b.ResetTimer()
			for i := range b.N {
				batch := batches[i%len(batches)]
				for n := range batch {
					batch[n].Hash = fmt.Sprintf("%064d", i*size+n)
				}
				begun := time.Now()
				_, err := l.Receive(b.Context(), batch)
				require.NoError(b, err)
				slowest = max(slowest, time.Since(begun))
				events += 50 * size
			}
			b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s") //nolint:forbidigo // the testing package wants it
			b.ReportMetric(slowest.Seconds(), "slowest-s")
		})
	}
}

func randomBatch(random *rand.Rand, size int) []Delivery {
	batch := make([]Delivery, size)
	for n := range batch {
		batch[n] = Delivery{Connection: acme, Events: 50}
		for range 50 {
			batch[n].Told = append(batch[n].Told, Told{
				Kind: trade.KindOrder, ID: "or_" + strconv.Itoa(random.IntN(500)), Status: "released", Created: time.Unix(1_770_000_000, 0),
			})
		}
	}
	return batch
}
