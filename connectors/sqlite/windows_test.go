package sqlite

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

func TestOpenWindowIsWhatAListWouldShow(t *testing.T) {
	l, c := open(t)
	ctx := t.Context()
	day := func(n int) time.Time { return time.Date(2026, 2, n, 0, 0, 0, 0, time.UTC) }
	window := func(kind trade.Kind, status string, since time.Time, limit int) []time.Time {
		times, err := l.OpenWindow(ctx, acme, kind, status, since, limit)
		require.NoError(t, err)
		return times
	}
	file := func(record trade.Record) {
		save1(t, l, Reading{Source: trade.SourceList, At: c.now()}, record)
	}
	for n, id := range []string{"or_0", "or_1", "or_2", "or_3"} {
		file(orderOf(id, day(1+n)))
	}
	released := order("or_4", "released")
	released.Created = day(9)
	file(released)
	_, err := l.SaveRecords(ctx, "other", Reading{Source: trade.SourceList, At: c.now()}, []Saved{{Record: orderOf("or_5", day(9))}})
	require.NoError(t, err)
	require.NoError(t, l.MarkGone(ctx, acme, Reading{At: c.now()}, trade.KindOrder, "or_1", nil))

	require.Equal(t, []time.Time{day(9), day(4), day(3), day(1)}, window(trade.KindOrder, "", time.Time{}, 0))
	require.Equal(t, []time.Time{day(4), day(3), day(1)}, window(trade.KindOrder, "new", time.Time{}, 0))
	require.Equal(t, []time.Time{day(4), day(3)}, window(trade.KindOrder, "new", day(3), 0))
	require.Equal(t, []time.Time{day(9), day(4)}, window(trade.KindOrder, "", day(1), 2))
	require.Empty(t, window(trade.KindOrder, "fulfilled", time.Time{}, 0))
	require.Empty(t, window(trade.KindDispatch, "", time.Time{}, 0))

	// An invoice does not tell when it was created: it was when it was first seen, whatever becomes of it later.
	first := c.advance(time.Minute)
	file(invoice("iv_1"))
	second := c.advance(time.Minute)
	file(invoice("iv_2"))
	c.advance(time.Minute)
	paid := invoice("iv_1", "or_1")
	paid.Status = "paid"
	file(paid)
	require.Equal(t, []time.Time{second, first}, window(trade.KindInvoice, "", time.Time{}, 0))
	require.Equal(t, []time.Time{first}, window(trade.KindInvoice, "paid", time.Time{}, 0))
	// And an order that is found gone first, and then to be there.
	require.NoError(t, l.MarkGone(ctx, acme, Reading{At: c.now()}, trade.KindOrder, "or_9", nil))
	require.Len(t, window(trade.KindOrder, "", time.Time{}, 0), 4)
	file(orderOf("or_9", day(20)))
	require.Equal(t, []time.Time{day(20)}, window(trade.KindOrder, "", day(10), 0))
}

func TestVanishedIsWhatOneSweepSawAndTheNextDidNot(t *testing.T) {
	l, c := open(t)
	ctx := t.Context()
	vanish := func(from, before time.Time, limit int) []string {
		ids, err := l.Vanished(ctx, acme, trade.KindOrder, from, before, limit)
		require.NoError(t, err)
		return ids
	}
	see := func(records ...trade.Record) {
		save1(t, l, Reading{Source: trade.SourceList, At: c.now()}, records...)
	}
	see(order("or_0", "new"), order("or_1", "new"))
	last := c.advance(time.Minute)
	see(order("or_1", "new"), order("or_2", "new"))
	c.advance(time.Second)
	see(order("or_3", "new"), order("or_4", "new"), order("or_5", "new"), invoice("iv_1"))
	save(t, l, trade.SourceList, c.now(), trade.Record{Kind: trade.KindOrder, Body: []byte(`{`)}) // what has no id cannot be got
	this := c.advance(time.Minute)
	see(order("or_4", "new"))
	require.NoError(t, l.MarkGone(ctx, acme, Reading{At: last.Add(2 * time.Second)}, trade.KindOrder, "or_5", nil))
	require.Equal(t, []string{"or_1", "or_2", "or_3"}, vanish(last, this, 0), "neither what was seen now, nor what was not seen before, nor what is gone")
	require.Equal(t, []string{"or_1", "or_2"}, vanish(last, this, 2))
	require.Empty(t, vanish(this, this, 0))

	// Read in the future: before the clock was set back, and so not by this sweep.
	now := c.advance(-time.Hour)
	see(order("or_3", "new"))
	require.Equal(t, []string{"or_0", "or_1", "or_2", "or_4"}, vanish(now.Add(-time.Minute), now, 0))
	require.Equal(t, []string{"or_3", "or_0", "or_1", "or_2", "or_4"}, vanish(now.Add(-time.Minute), this.Add(time.Hour), 0), "each once")
}

func TestAnOrderIsOutdatedByWhatNamesIt(t *testing.T) {
	l, c := open(t)
	ctx := t.Context()
	outdated := func() []string {
		ids, err := l.Outdated(ctx, acme, 0)
		require.NoError(t, err)
		return ids
	}
	see := func(records ...trade.Record) time.Time {
		at := c.now()
		save1(t, l, Reading{Source: trade.SourceList, At: at}, records...)
		return c.advance(time.Second)
	}
	see(order("or_1", "new"), order("or_2", "new"), order("or_3", "new"), order("or_4", "new"))
	require.Empty(t, outdated())
	see(invoice("iv_1", "or_1"))
	dispatch := trade.Record{Kind: trade.KindDispatch, ID: "di_1", Body: []byte(`{}`), Refs: []trade.Ref{{Kind: trade.KindOrder, ID: "or_2"}}}
	see(dispatch)
	require.Equal(t, []string{"or_1", "or_2"}, outdated(), "those waiting longest first")
	some, err := l.Outdated(ctx, acme, 1)
	require.NoError(t, err)
	require.Equal(t, []string{"or_1"}, some)

	// A read begun before the invoice changed does not help; one begun afterwards does, whether it shows news or not.
	save1(t, l, Reading{Source: trade.SourceGet, At: newClock().at}, order("or_1", "new"))
	require.Equal(t, []string{"or_1", "or_2"}, outdated())
	see(order("or_1", "new"))
	require.Equal(t, []string{"or_2"}, outdated())
	see(order("or_2", "fulfilled"))
	require.Empty(t, outdated())

	// Nothing new of the invoice is no reason, a change of it is, and its deletion, and that it no longer names an order.
	see(invoice("iv_1", "or_1"))
	require.Empty(t, outdated())
	asked := c.now()
	c.advance(time.Second)
	see(invoice("iv_1", "or_1", "or_3"))
	require.Equal(t, []string{"or_1", "or_3"}, outdated())
	save1(t, l, Reading{Source: trade.SourceGet, At: asked}, order("or_1", "released"))
	require.Equal(t, []string{"or_1", "or_3"}, outdated(), "it changed, but was asked for before the invoice changed")
	see(order("or_1", "released"), order("or_3", "new"))
	see(invoice("iv_1", "or_3"))
	require.Equal(t, []string{"or_1", "or_3"}, outdated())
	see(order("or_1", "released"), order("or_3", "new"))
	require.NoError(t, l.MarkGone(ctx, acme, Reading{At: c.now()}, trade.KindInvoice, "iv_1", nil))
	require.Equal(t, []string{"or_3"}, outdated())
	require.NoError(t, l.MarkGone(ctx, acme, Reading{At: c.now()}, trade.KindOrder, "or_3", nil))
	require.Empty(t, outdated())

	// Only orders that can still come to something.
	see(invoice("iv_2", "or_1", "or_2", "or_4", "or_unknown"))
	decide(t, l, Decided{SaleID: "or_1", State: trade.StateCancelled})
	decide(t, l, Decided{SaleID: "or_2", State: trade.StateIgnored})
	decide(t, l, Decided{SaleID: "or_4", State: trade.StateIssued})
	require.Equal(t, []string{"or_4"}, outdated())

	// An order that is first read after the invoice was is as old as the read.
	_, err = l.SaveRecords(ctx, acme, Reading{Source: trade.SourceGet, At: asked}, []Saved{{Record: order("or_unknown", "new"), Sales: []string{"or_unknown"}}})
	require.NoError(t, err)
	require.Equal(t, []string{"or_4", "or_unknown"}, outdated())

	// Dates in the future, before the clock was set back, give way to any read.
	c.advance(-365 * 24 * time.Hour)
	require.Equal(t, []string{"or_4", "or_unknown"}, outdated())
	see(order("or_4", "new"), order("or_unknown", "released"))
	require.Empty(t, outdated())
}
