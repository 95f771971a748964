package sqlite

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

func silence(t *testing.T, l *Ledger, before time.Time) (int, time.Time) {
	t.Helper()
	n, first, err := l.Silence(t.Context(), acme, before)
	require.NoError(t, err)
	return n, first
}

// orderOf is an order created at a time; the zero time says nothing of its creation.
func orderOf(id string, created time.Time) trade.Record {
	record := order(id, "new")
	record.Created = created
	return record
}

func TestWhatNoWebhookToldOf(t *testing.T) {
	announced := newClock().at
	for name, c := range map[string]struct {
		reading Reading
		record  trade.Record
		arrange func(t *testing.T, l *Ledger)
		untold  bool
	}{
		"new, by a list":         {Reading{Announced: announced, By: "sweep"}, orderOf("or_1", announced), nil, true},
		"created before":         {Reading{Announced: announced, By: "poll"}, orderOf("or_1", announced.Add(-time.Millisecond)), nil, false},
		"no subscription":        {Reading{By: "poll"}, orderOf("or_1", announced.Add(time.Hour)), nil, false},
		"by a get":               {Reading{Announced: announced, Source: trade.SourceGet, By: "sale"}, orderOf("or_1", announced), nil, false},
		"an invoice, by a poll":  {Reading{Announced: announced, By: "poll"}, invoice("iv_1"), nil, true},
		"an invoice, by a sweep": {Reading{Announced: announced, By: "sweep"}, invoice("iv_1"), nil, false},
		"a customer":             {Reading{Announced: announced, By: "nightly"}, trade.Record{Kind: trade.KindCustomer, ID: "cu_1", Created: announced}, nil, true},
		"a dispatch":             {Reading{Announced: announced, By: "sweep"}, trade.Record{Kind: trade.KindDispatch, ID: "di_1", Created: announced}, nil, true},
		"told of": {Reading{Announced: announced, By: "poll"}, orderOf("or_1", announced), func(t *testing.T, l *Ledger) {
			t.Helper()
			receive(t, l, orderTold("or_1"))
		}, false},
		"known, and changed": {Reading{Announced: announced, By: "poll"}, order("or_1", "released"), func(t *testing.T, l *Ledger) {
			t.Helper()
			plant(t, l, "or_1")
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			l, clock := open(t)
			if c.arrange != nil {
				c.arrange(t, l)
			}
			if c.reading.Source == "" {
				c.reading.Source = trade.SourceList
			}
			found := clock.advance(time.Minute)
			c.reading.At = found
			save1(t, l, c.reading, c.record)
			clock.advance(LostAfter)
			n, first := silence(t, l, found.Add(time.Millisecond))
			require.Equal(t, c.untold, n == 1)
			require.Equal(t, c.untold, first.Equal(found))
			n, _ = silence(t, l, found)
			require.Zero(t, n, "found at that time is not found before it")
			require.Zero(t, inboxOf(t, l, time.Time{}).Lost)
			clock.advance(time.Millisecond)
			require.Equal(t, c.untold, inboxOf(t, l, time.Time{}).Lost == 1)
			require.Zero(t, inboxOf(t, l, found.Add(time.Millisecond)).Lost)
		})
	}
}

// untold files an order that a webhook ought to have told of.
func untold(t *testing.T, l *Ledger, ids ...string) {
	t.Helper()
	for _, id := range ids {
		save1(t, l, Reading{Source: trade.SourceList, At: l.now(), By: "poll", Announced: newClock().at.Add(-24 * time.Hour)}, orderOf(id, l.now()))
	}
}

func TestADeliveryEndsTheSilence(t *testing.T) {
	l, c := open(t)
	untold(t, l, "or_1", "or_2", "or_3")
	later := c.advance(time.Hour)
	n, first := silence(t, l, later)
	require.Equal(t, 3, n)
	require.Equal(t, newClock().at, first)

	receive(t, l, orderTold("or_1")) // late, but it came
	n, first = silence(t, l, later)
	require.Zero(t, n, "the subscription speaks")
	require.True(t, first.IsZero())
	require.Equal(t, 2, inboxOf(t, l, time.Time{}).Lost, "the others were never told of")

	// It falls silent again. No clock says what came first.
	c.advance(-2 * time.Hour)
	untold(t, l, "or_4")
	n, _ = silence(t, l, c.advance(time.Hour))
	require.Equal(t, 1, n)

	// What another connection hears is no sign of life, and neither is its silence one of ours.
	_, err := l.Receive(t.Context(), []Delivery{{Connection: "other", Hash: "a", Told: []Told{orderTold("or_4")}}})
	require.NoError(t, err)
	n, _ = silence(t, l, c.now())
	require.Equal(t, 1, n)
	n, _, err = l.Silence(t.Context(), "other", c.now())
	require.NoError(t, err)
	require.Zero(t, n)
	_, err = l.Receive(t.Context(), []Delivery{{Connection: acme, Hash: "rubbish", Events: 1, Unreadable: 1}})
	require.NoError(t, err)
	n, _ = silence(t, l, c.now())
	require.Zero(t, n, "even what nobody can read is a sign of life")
}

// After the clock was set back, what was found lies in the future. It counts as found now, and from the next look at the
// subscription on it grows older.
func TestAClockSetBackDoesNotHideSilence(t *testing.T) {
	l, c := open(t)
	untold(t, l, "or_1")
	now := c.advance(-365 * 24 * time.Hour)
	n, _ := silence(t, l, now.Add(-time.Minute))
	require.Zero(t, n)
	n, first := silence(t, l, now.Add(time.Minute))
	require.Equal(t, 1, n)
	require.Equal(t, now, first)
	require.NoError(t, l.KeepSubscription(t.Context(), acme, trade.Subscription{ID: "wh_1", SigningKey: "k"}, now))
	n, first = silence(t, l, c.advance(time.Hour).Add(-time.Minute))
	require.Equal(t, 1, n)
	require.Equal(t, now, first)
}

func TestTheInboxIsSummedUp(t *testing.T) {
	l, c := open(t)
	require.Equal(t, Inbox{}, inboxOf(t, l, time.Time{}))
	first := c.now()
	receive(t, l, Told{Kind: trade.KindOrder, ID: "or_1", New: true}, Told{Kind: trade.KindInvoice, ID: "iv_1", New: true}, orderTold("or_2"))
	second := c.advance(time.Minute)
	receive(t, l, Told{Kind: trade.KindOrder, ID: "or_2", New: true}, Told{Kind: trade.KindOrder, ID: "or_1", New: true}) // or_1 a second time
	require.Equal(t, Inbox{Waiting: 3, Oldest: first, Last: second, Heard: 3}, inboxOf(t, l, first))
	require.Equal(t, Inbox{Waiting: 3, Oldest: first, Last: second, Heard: 1}, inboxOf(t, l, second))
	save1(t, l, Reading{Source: trade.SourceGet, At: c.now(), Heard: heard(t, l)}, invoice("iv_1"), order("or_1", "new"), order("or_2", "new"))
	require.Equal(t, Inbox{Last: second, Heard: 3}, inboxOf(t, l, first))
	require.Equal(t, Inbox{}, func() Inbox {
		inbox, err := l.InboxOf(t.Context(), "other", time.Time{})
		require.NoError(t, err)
		return inbox
	}())

	// A time in the future is not shown while there is another.
	c.advance(-30 * time.Second)
	require.Equal(t, first, inboxOf(t, l, first).Last)
	now := c.advance(-time.Hour)
	require.Equal(t, now, inboxOf(t, l, first).Last)
	receive(t, l, orderTold("or_1"))
	c.advance(-time.Hour)
	require.Equal(t, c.now(), inboxOf(t, l, first).Oldest)
}

func TestPruningKeepsWhatWaits(t *testing.T) {
	notRacing(t)
	l, c := open(t)
	ctx := t.Context()
	told := []Told{}
	records := []trade.Record{}
	for i := range 2*prunePortion + 1 {
		id := "or_" + strconv.Itoa(i)
		told, records = append(told, orderTold(id)), append(records, order(id, "new"))
	}
	receive(t, l, told...)
	untold(t, l, "or_x", "or_y")
	keep := trade.Subscription{ID: "wh_1", SigningKey: "old"}
	require.NoError(t, l.KeepSubscription(ctx, acme, keep, c.now()))
	keep.SigningKey = "new"
	require.NoError(t, l.KeepSubscription(ctx, acme, keep, c.now()))
	save1(t, l, Reading{Source: trade.SourceGet, At: c.now(), Heard: heard(t, l)}, records...)
	receive(t, l, orderTold("or_7"))
	_, err := l.Receive(ctx, []Delivery{{Connection: "other", Hash: "only"}})
	require.NoError(t, err)

	n, err := l.PruneInbox(ctx, c.now())
	require.NoError(t, err)
	require.Zero(t, n, "received at that time is not received before it")
	after := c.advance(2 * time.Hour)
	receive(t, l, orderTold("or_8"))
	n, err = l.PruneInbox(ctx, after)
	require.NoError(t, err)
	marks, deliveries, untold, retired, tallies := len(told)-2, 2, 2, 1, 3+1 // ours and the other's of the first hour
	require.Equal(t, marks+deliveries+untold+retired+tallies, n)
	require.Equal(t, []string{"or_7", "or_8"}, waitingIDs(t, l))
	require.Equal(t, after, inboxOf(t, l, time.Time{}).Last)
	other, err := l.InboxOf(ctx, "other", time.Time{})
	require.NoError(t, err)
	require.Equal(t, newClock().at, other.Last, "the latest of each connection stays")
	keys, err := l.SigningKeys(ctx, acme, time.Time{})
	require.NoError(t, err)
	require.Equal(t, []string{"new"}, keys)
	n, err = l.PruneInbox(ctx, after)
	require.NoError(t, err)
	require.Zero(t, n)
}

// tallied are the tallies from an hour on.
func tallied(t *testing.T, l *Ledger, since time.Time) map[string]int {
	t.Helper()
	sums, err := l.Tallies(t.Context(), acme, since)
	require.NoError(t, err)
	return sums
}
