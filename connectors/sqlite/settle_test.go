package sqlite

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

// save1 files records, the orders among them with their sales.
func save1(t *testing.T, l *Ledger, reading Reading, records ...trade.Record) SaveResult {
	t.Helper()
	batch := []Saved{}
	for _, r := range records {
		saved := Saved{Record: r}
		if r.Kind == trade.KindOrder {
			saved.Sales = []string{r.ID}
		}
		batch = append(batch, saved)
	}
	result, err := l.SaveRecords(t.Context(), acme, reading, batch)
	require.NoError(t, err)
	return result
}

func TestAReadSettlesWhatItCanTellOf(t *testing.T) {
	const before, after = 0, 1 // events heard when the read was begun
	same, changed := order("or_1", "new"), order("or_1", "released")
	for name, c := range map[string]struct {
		event  Told
		source trade.Source
		heard  int64
		asked  time.Duration // after the event
		shows  trade.Record
		waits  bool
	}{
		"a get":                        {orderTold("or_1"), trade.SourceGet, after, 0, same, false},
		"a get of what changed":        {orderTold("or_1"), trade.SourceGet, after, 0, changed, false},
		"a get begun before the event": {orderTold("or_1"), trade.SourceGet, before, 0, changed, true},
		"a get begun before the event, by the clock after it": {orderTold("or_1"), trade.SourceGet, before, time.Hour, changed, true},
		"a list with news":                              {orderTold("or_1"), trade.SourceList, after, 0, changed, false},
		"a list with news, begun before the event":      {orderTold("or_1"), trade.SourceList, before, time.Hour, changed, true},
		"a list without news may lag":                   {orderTold("or_1"), trade.SourceList, after, ListLag, same, true},
		"a list without news, beyond any lag":           {orderTold("or_1"), trade.SourceList, after, ListLag + time.Millisecond, same, false},
		"a list begun before the event, beyond any lag": {orderTold("or_1"), trade.SourceList, before, time.Hour, same, true},
		"a list does not deny a deletion":               {Told{Kind: trade.KindOrder, ID: "or_1", Deleted: true}, trade.SourceList, after, time.Hour, changed, true},
		"a get denies a deletion":                       {Told{Kind: trade.KindOrder, ID: "or_1", Deleted: true}, trade.SourceGet, after, 0, same, false},
		"a get of another record":                       {orderTold("or_1"), trade.SourceGet, after, 0, order("or_2", "new"), true},
		"a get of another kind":                         {orderTold("or_1"), trade.SourceGet, after, 0, invoice("or_1"), true},
	} {
		t.Run(name, func(t *testing.T) {
			l, wall := open(t)
			save1(t, l, Reading{Source: trade.SourceGet, At: wall.now()}, order("or_1", "new"))
			wall.advance(time.Minute)
			receive(t, l, c.event)
			asked := wall.advance(c.asked)
			wall.advance(time.Second)
			save1(t, l, Reading{Source: c.source, At: asked, Heard: c.heard}, c.shows)
			require.Equal(t, c.waits, len(waitingIDs(t, l)) == 1)
			require.Equal(t, c.waits, inboxOf(t, l, time.Time{}).Waiting == 1)
		})
	}
}

func TestADeletionIsConfirmedByAGet(t *testing.T) {
	for name, known := range map[string]bool{"of a record": true, "of a record nobody read": false} {
		t.Run(name, func(t *testing.T) {
			l, c := open(t)
			if known {
				save1(t, l, Reading{Source: trade.SourceGet, At: c.now()}, order("or_1", "new"))
			}
			early := Reading{Source: trade.SourceGet, At: c.advance(time.Minute), Heard: heard(t, l)}
			receive(t, l, Told{Kind: trade.KindOrder, ID: "or_1", Deleted: true})
			require.NoError(t, l.MarkGone(t.Context(), acme, early, trade.KindOrder, "or_1", nil))
			require.Equal(t, []string{"or_1"}, waitingIDs(t, l), "asked before the event came")
			require.NoError(t, l.MarkGone(t.Context(), acme, Reading{At: c.now(), Heard: heard(t, l)}, trade.KindOrder, "or_1", nil))
			require.Empty(t, waitingIDs(t, l))

			// It is told of again, by a replay, and no deletion is remembered from before.
			receive(t, l, orderTold("or_1"))
			require.False(t, waitingIn(t, l, acme)[0].Deleted)
		})
	}
}

// A read that was begun after the event and overtaken by another one has told of the event as well.
func TestAReadThatComesLateSettles(t *testing.T) {
	l, c := open(t)
	receive(t, l, orderTold("or_1"))
	slow := Reading{Source: trade.SourceGet, At: c.now(), Heard: heard(t, l)}
	quick := Reading{Source: trade.SourceGet, At: c.advance(time.Second)}
	save1(t, l, quick, order("or_1", "released"))
	require.Equal(t, []string{"or_1"}, waitingIDs(t, l), "it said nothing of what it had heard")
	require.NoError(t, l.MarkGone(t.Context(), acme, slow, trade.KindOrder, "or_1", nil))
	require.False(t, current1(t, l, trade.KindOrder, "or_1").Gone)
	require.Empty(t, waitingIDs(t, l))
}

func TestAnEventBetweenRequestAndAnswerWaitsOn(t *testing.T) {
	l, c := open(t)
	first := c.now()
	receive(t, l, orderTold("or_1"))
	reading := Reading{Source: trade.SourceGet, At: c.advance(time.Minute), Heard: heard(t, l)}
	receive(t, l, orderTold("or_1")) // on its way
	save1(t, l, reading, order("or_1", "new"))
	marks := waitingIn(t, l, acme)
	require.Len(t, marks, 1)
	require.Equal(t, first, marks[0].Since)
	reading.Heard = heard(t, l)
	save1(t, l, reading, order("or_1", "new"))
	require.Empty(t, waitingIDs(t, l))
}

// The age of a change counts from its webhook, whoever read it.
func TestASaleIsDirtySinceItsWebhook(t *testing.T) {
	l, c := open(t)
	plant(t, l, "or_1", "or_2")
	for _, id := range []string{"or_1", "or_2"} {
		decide(t, l, Decided{SaleID: id, DirtySeq: 1, Settled: true, State: trade.StateWaiting})
	}
	told := c.advance(time.Minute)
	receive(t, l, orderTold("or_1"), Told{Kind: trade.KindInvoice, ID: "iv_1", New: true})
	found := c.advance(time.Minute)
	reading := Reading{Source: trade.SourceList, At: found, Heard: heard(t, l)}
	save1(t, l, reading, order("or_1", "fulfilled"), order("or_2", "fulfilled"), order("or_3", "new"))
	require.Equal(t, told, sale(t, l, "or_1").DirtySince)
	require.Equal(t, found, sale(t, l, "or_2").DirtySince, "nobody told of it")
	require.Equal(t, found, sale(t, l, "or_3").DirtySince)
	_, err := l.SaveRecords(t.Context(), acme, reading, []Saved{{Record: invoice("iv_1", "or_2"), Sales: []string{"or_2"}}})
	require.NoError(t, err)
	require.Equal(t, told, sale(t, l, "or_2").DirtySince, "its invoice was told of")

	decide(t, l, Decided{SaleID: "or_2", DirtySeq: sale(t, l, "or_2").DirtySeq, Settled: true, State: trade.StateWaiting})
	gone := c.advance(time.Minute)
	receive(t, l, Told{Kind: trade.KindInvoice, ID: "iv_1", Deleted: true})
	c.advance(time.Minute)
	require.NoError(t, l.MarkGone(t.Context(), acme, Reading{At: c.now(), Heard: heard(t, l)}, trade.KindInvoice, "iv_1", nil))
	require.Equal(t, gone, sale(t, l, "or_2").DirtySince)

	// The clock was ahead when the event came.
	decide(t, l, Decided{SaleID: "or_1", DirtySeq: sale(t, l, "or_1").DirtySeq, Settled: true, State: trade.StateWaiting})
	receive(t, l, orderTold("or_1"))
	now := c.advance(-24 * time.Hour)
	save1(t, l, Reading{Source: trade.SourceGet, At: now, Heard: heard(t, l)}, order("or_1", "cancelled"))
	require.Equal(t, now, sale(t, l, "or_1").DirtySince)
}

// A clock that is set back leaves marks dated in the future. Lists must not wait for that date to come, and must not
// believe that it is long past.
func TestAClockSetBackDoesNotKeepAMarkFromLists(t *testing.T) {
	l, c := open(t)
	save1(t, l, Reading{Source: trade.SourceGet, At: c.now()}, order("or_1", "new"))
	receive(t, l, orderTold("or_1"))
	c.advance(-365 * 24 * time.Hour)
	list := func() {
		save1(t, l, Reading{Source: trade.SourceList, At: c.now(), Heard: heard(t, l)}, order("or_1", "new"))
	}
	list()
	require.Equal(t, []string{"or_1"}, waitingIDs(t, l), "how old the event is nobody knows")
	c.advance(ListLag)
	list()
	require.Equal(t, []string{"or_1"}, waitingIDs(t, l))
	c.advance(time.Second)
	list()
	require.Empty(t, waitingIDs(t, l))

	// And what waits since a time in the future waits since the next event at the latest.
	receive(t, l, orderTold("or_1"))
	now := c.advance(-time.Hour)
	receive(t, l, orderTold("or_1"))
	require.Equal(t, now, waitingIn(t, l, acme)[0].Since)
}

func TestFoundIsCountedByWhoFoundIt(t *testing.T) {
	l, c := open(t)
	sweep := Reading{Source: trade.SourceList, At: c.now(), By: "sweep"}
	save1(t, l, sweep, order("or_1", "new"), order("or_2", "new"), invoice("iv_1"))
	save1(t, l, Reading{Source: trade.SourceGet, At: c.now(), By: "inbox"}, order("or_1", "released"), order("or_2", "new"))
	save1(t, l, Reading{Source: trade.SourceGet, At: c.now()}, order("or_3", "new"))
	gone := func(id string) {
		at := c.advance(time.Second)
		require.NoError(t, l.MarkGone(t.Context(), acme, Reading{At: at, By: "inbox"}, trade.KindInvoice, id, nil))
	}
	gone("iv_1")
	gone("iv_1")
	gone("iv_9") // nobody ever saw it
	sums, err := l.Tallies(t.Context(), acme, c.now())
	require.NoError(t, err)
	require.Equal(t, map[string]int{
		"found/order/sweep": 2, "found/invoice/sweep": 1, "found/order/inbox": 1, "found/invoice/inbox": 1,
	}, sums)
}
