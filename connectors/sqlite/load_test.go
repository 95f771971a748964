package sqlite

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

// The machine's own speed is the measure: reading all sales, and the same page in an empty ledger.
func TestTwentyThousandSales(t *testing.T) {
	notRacing(t)
	l, c := open(t)
	ctx := t.Context()
	const count, page = 20_000, 200
	timed := map[string]time.Duration{}
	measure := func(name string, times int, do func()) {
		for n := range times {
			start := time.Now()
			do()
			if took := time.Since(start); n == 0 || took < timed[name] {
				timed[name] = took
			}
		}
	}
	batch := make([]Saved, page)
	for i := range batch {
		id := "or_" + strconv.Itoa(count-page+i)
		batch[i] = Saved{Record: order(id, "new"), Sales: []string{id}}
	}
	empty, emptyClock := open(t)
	measure("page into an empty ledger", 1, func() {
		_, err := empty.SaveRecords(ctx, acme, Reading{Source: trade.SourceList, At: emptyClock.now()}, batch)
		require.NoError(t, err)
	})
	// In one statement: what is measured is reading, and writing one page more.
	_, err := l.writer.ExecContext(ctx,
		`WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)
		 INSERT INTO sales (connection, id, number, dirty_seq, dirty_since, created_at, updated_at)
		 SELECT 'acme', printf('or_%05d', i), printf('10or_%05d', i), 1, i, i, i FROM n`, count-page)
	require.NoError(t, err)

	measure("page of records", 1, func() {
		_, err := l.SaveRecords(ctx, acme, Reading{Source: trade.SourceList, At: c.now()}, batch)
		require.NoError(t, err)
	})
	measure("all", 1, func() {
		all, err := l.Sales(ctx, SaleFilter{Connection: acme})
		require.NoError(t, err)
		require.Len(t, all, count)
	})
	measure("first of a state", 3, func() {
		some, err := l.Sales(ctx, SaleFilter{Connection: acme, State: trade.StateWaiting, Limit: 50})
		require.NoError(t, err)
		require.Len(t, some, 50)
	})
	measure("by number", 3, func() {
		one, err := l.Sales(ctx, SaleFilter{Key: "10or_" + strconv.Itoa(12345)})
		require.NoError(t, err)
		require.Len(t, one, 1)
	})
	measure("counts", 3, func() {
		counts, err := l.Counts(ctx, acme)
		require.NoError(t, err)
		require.Equal(t, count, counts.Sales[trade.StateWaiting])
	})
	measure("dirty", 3, func() {
		ids, err := l.DirtySales(ctx, acme, 100)
		require.NoError(t, err)
		require.Len(t, ids, 100)
	})
	t.Logf("%v", timed)
	for _, name := range []string{"first of a state", "by number", "counts", "dirty"} {
		require.Less(t, timed[name], timed["all"]/2, name)
	}
	require.Less(t, timed["page of records"], 10*timed["page into an empty ledger"])
}

func TestBatchesFromManySides(t *testing.T) {
	l, c := open(t)
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 5 {
				id := "or_" + strconv.Itoa(i)
				_, err := l.SaveRecords(t.Context(), acme, Reading{Source: trade.SourceList, At: c.now()}, []Saved{{Record: order(id, strconv.Itoa(worker)), Sales: []string{id}}})
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

// Receivers and readers work side by side. Each reader begins after its own event, so in the end nothing waits; and an event
// that came while a read was on its way is settled by the read of whoever received it.
func TestReceiptsAndReadsFromManySides(t *testing.T) {
	l, c := open(t)
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 10 {
				id := "or_" + strconv.Itoa((worker+i)%3)
				_, err := l.Receive(t.Context(), []Delivery{delivery(strconv.Itoa(worker*100+i), orderTold(id))})
				if err == nil {
					var n int64
					n, err = l.Heard(t.Context())
					if err == nil {
						_, err = l.SaveRecords(t.Context(), acme, Reading{Source: trade.SourceGet, At: c.now(), Heard: n}, []Saved{{Record: order(id, "new")}})
					}
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	require.Equal(t, int64(80), heard(t, l))
	require.Empty(t, waitingIDs(t, l))
}
