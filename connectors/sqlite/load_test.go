package sqlite

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

func TestTwentyThousandSales(t *testing.T) {
	l, c := open(t)
	ctx := t.Context()
	const count, page = 20_000, 200
	// In one statement: what is measured is reading, and writing one page more.
	_, err := l.writer.ExecContext(ctx,
		`WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)
		 INSERT INTO sales (connection, id, number, dirty_seq, dirty_since, created_at, updated_at)
		 SELECT 'acme', printf('or_%05d', i), printf('10or_%05d', i), 1, i, i, i FROM n`, count-page)
	require.NoError(t, err)

	timed := map[string]time.Duration{}
	measure := func(name string, do func()) {
		start := time.Now()
		do()
		timed[name] = time.Since(start)
	}
	measure("page of records", func() {
		batch := make([]Saved, page)
		for i := range batch {
			id := "or_" + strconv.Itoa(count-page+i)
			batch[i] = Saved{Record: order(id, "new"), Sales: []string{id}}
		}
		_, err := l.SaveRecords(ctx, acme, trade.SourceList, c.now(), batch)
		require.NoError(t, err)
	})
	measure("all", func() {
		all, err := l.Sales(ctx, SaleFilter{Connection: acme})
		require.NoError(t, err)
		require.Len(t, all, count)
	})
	measure("first of a state", func() {
		some, err := l.Sales(ctx, SaleFilter{Connection: acme, State: trade.StateWaiting, Limit: 50})
		require.NoError(t, err)
		require.Len(t, some, 50)
	})
	measure("by number", func() {
		one, err := l.Sales(ctx, SaleFilter{Key: "10or_" + strconv.Itoa(12345)})
		require.NoError(t, err)
		require.Len(t, one, 1)
	})
	measure("counts", func() {
		counts, err := l.Counts(ctx, acme)
		require.NoError(t, err)
		require.Equal(t, count, counts.Sales[trade.StateWaiting])
	})
	measure("dirty", func() {
		ids, err := l.DirtySales(ctx, acme, 100)
		require.NoError(t, err)
		require.Len(t, ids, 100)
	})
	t.Logf("%v", timed)
	for name, took := range timed {
		require.Less(t, took, 5*time.Second, name) // generous, for a busy machine under the race detector
	}
}

func TestBatchesFromManySides(t *testing.T) {
	l, c := open(t)
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 5 {
				id := "or_" + strconv.Itoa(i)
				_, err := l.SaveRecords(t.Context(), acme, trade.SourceList, c.now(),
					[]Saved{{Record: order(id, strconv.Itoa(worker)), Sales: []string{id}}})
				if err == nil {
					_, _, err = l.Latest(t.Context(), acme, trade.KindOrder, id)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	all, err := l.Sales(t.Context(), SaleFilter{Connection: acme})
	require.NoError(t, err)
	require.Len(t, all, 5)
	for _, s := range all {
		require.Equal(t, int64(8), s.DirtySeq, "each version counted once")
	}
}
