package sqlite

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

// receive commits one delivery, of a body of its own, with one event for each record.
func receive(t *testing.T, l *Ledger, all ...Told) {
	t.Helper()
	_, err := l.Receive(t.Context(), []Delivery{delivery(strconv.FormatInt(heard(t, l), 10), all...)})
	require.NoError(t, err)
}

// delivery is one whose body has this hash.
func delivery(hash string, all ...Told) Delivery {
	return Delivery{Connection: acme, Hash: hash, Events: len(all), Told: all}
}

func heard(t *testing.T, l *Ledger) int64 {
	t.Helper()
	n, err := l.Heard(t.Context())
	require.NoError(t, err)
	return n
}

func waitingIn(t *testing.T, l *Ledger, connection string) []Mark {
	t.Helper()
	marks, err := l.Waiting(t.Context(), connection, 0)
	require.NoError(t, err)
	return marks
}

// waitingIDs are the records that wait, those waiting longest first.
func waitingIDs(t *testing.T, l *Ledger) []string {
	t.Helper()
	ids := []string{}
	for _, m := range waitingIn(t, l, acme) {
		ids = append(ids, m.ID)
	}
	return ids
}

func orderTold(id string) Told { return Told{Kind: trade.KindOrder, ID: id} }

func TestEventsOfARecordAreOneMark(t *testing.T) {
	l, c := open(t)
	first, created := c.now(), time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	known, err := l.Receive(t.Context(), []Delivery{
		delivery("a", Told{Kind: trade.KindOrder, ID: "or_1", Status: "new", Created: created, New: true}, orderTold("or_2"),
			Told{Kind: trade.KindOrder, ID: "or_1", Status: "released"}, orderTold("or_1")),
		delivery("b", orderTold("or_2"), Told{Kind: trade.KindInvoice, ID: "or_2", Status: "unpaid"}),
		{Connection: "other", Hash: "a", Events: 1, Told: []Told{orderTold("or_1")}},
	})
	require.NoError(t, err)
	require.Equal(t, []bool{false, false, false}, known)
	require.Equal(t, int64(4), heard(t, l), "one number for each record")
	require.Equal(t, []Mark{
		{Told: Told{Kind: trade.KindInvoice, ID: "or_2", Status: "unpaid"}, Seq: 1, Since: first, Last: first},
		{Told: Told{Kind: trade.KindOrder, ID: "or_1", Status: "released", Created: created, New: true}, Seq: 2, Since: first, Last: first},
		{Told: orderTold("or_2"), Seq: 3, Since: first, Last: first},
	}, waitingIn(t, l, acme))

	// More of one of them, later: it waits since the first event, under a new number, and a deletion is not forgotten.
	second := c.advance(time.Minute)
	receive(t, l, Told{Kind: trade.KindOrder, ID: "or_1", Deleted: true})
	third := c.advance(time.Minute)
	receive(t, l, Told{Kind: trade.KindOrder, ID: "or_1", Status: "new"}) // out of order
	require.True(t, first.Before(second))
	require.Equal(t, Mark{
		Told: Told{Kind: trade.KindOrder, ID: "or_1", Status: "new", Created: created, New: true, Deleted: true},
		Seq:  6, Since: first, Last: third,
	}, waitingIn(t, l, acme)[2])
	require.Len(t, waitingIn(t, l, "other"), 1)
	some, err := l.Waiting(t.Context(), acme, 2)
	require.NoError(t, err)
	require.Len(t, some, 2)
}

func TestARepeatedDeliveryIsKnownAndMarksAllTheSame(t *testing.T) {
	l, c := open(t)
	d := delivery("a", orderTold("or_1"))
	known, err := l.Receive(t.Context(), []Delivery{d, d})
	require.NoError(t, err)
	require.Equal(t, []bool{false, true}, known)
	c.advance(7 * 24 * time.Hour)
	save1(t, l, Reading{Source: trade.SourceGet, At: c.now(), Heard: heard(t, l)}, order("or_1", "new"))
	require.Empty(t, waitingIDs(t, l))
	known, err = l.Receive(t.Context(), []Delivery{d})
	require.NoError(t, err)
	require.Equal(t, []bool{true}, known)
	require.Equal(t, []string{"or_1"}, waitingIDs(t, l), "the record may have changed back")
	sums, err := l.Tallies(t.Context(), acme, time.Time{})
	require.NoError(t, err)
	require.Equal(t, map[string]int{"deliveries/accepted": 3, "deliveries/repeated": 2, "events/received": 3}, sums)
	known, err = l.Receive(t.Context(), []Delivery{{Connection: "other", Hash: "a"}})
	require.NoError(t, err)
	require.Equal(t, []bool{false}, known, "another connection's")
}

func TestReceiveCountsWhatItCannotUse(t *testing.T) {
	l, c := open(t)
	_, err := l.Receive(t.Context(), []Delivery{
		{Connection: acme, Hash: "a", Events: 50, Dropped: 49, Told: []Told{orderTold("or_1")}},
		{Connection: acme, Hash: "b", Events: 3, Unreadable: 2, Body: []byte("?"), Told: []Told{orderTold("or_1")}},
		{Connection: acme, Hash: "c", Events: 1, Unreadable: 1, Body: []byte{}},
	})
	require.NoError(t, err)
	sums, err := l.Tallies(t.Context(), acme, c.now())
	require.NoError(t, err)
	require.Equal(t, map[string]int{
		"deliveries/accepted": 3, "events/received": 54, "events/dropped": 49, "events/unreadable": 3,
	}, sums)
	inbox := inboxOf(t, l, time.Time{})
	require.Equal(t, 2, inbox.Bodies, "an empty body is a body")
	require.Equal(t, 1, inbox.Waiting)
	var bodies []string
	require.NoError(t, l.reader.Select(&bodies, `SELECT body FROM deliveries WHERE body IS NOT NULL ORDER BY id`))
	require.Equal(t, []string{"?", ""}, bodies)
}

func inboxOf(t *testing.T, l *Ledger, since time.Time) Inbox {
	t.Helper()
	inbox, err := l.InboxOf(t.Context(), acme, since)
	require.NoError(t, err)
	return inbox
}

// A vendor that changes its format makes everything unreadable. That must be seen, and must not fill the disk.
func TestUnreadableBodiesAreKeptUpToABound(t *testing.T) {
	l, c := open(t)
	for i := range MaxBodies + 20 {
		_, err := l.Receive(t.Context(), []Delivery{
			{Connection: acme, Hash: strconv.Itoa(i), Events: 1, Unreadable: 1, Body: []byte("?"), Told: []Told{orderTold("or_" + strconv.Itoa(i))}},
		})
		require.NoError(t, err)
	}
	require.Equal(t, MaxBodies, inboxOf(t, l, time.Time{}).Bodies)
	require.Equal(t, MaxBodies+20, inboxOf(t, l, time.Time{}).Waiting)
	sums, err := l.Tallies(t.Context(), acme, c.now())
	require.NoError(t, err)
	require.Equal(t, MaxBodies+20, sums["events/unreadable"])
}

func TestReceiveRefusesWhatNamesNoRecord(t *testing.T) {
	for name, d := range map[string]Delivery{
		"no id":         delivery("a", orderTold("")),
		"no kind":       delivery("a", Told{ID: "or_1"}),
		"another kind":  delivery("a", Told{Kind: "product", ID: "pr_1"}),
		"no hash":       delivery("", orderTold("or_1")),
		"no connection": {Hash: "a", Told: []Told{orderTold("or_1")}},
	} {
		t.Run(name, func(t *testing.T) {
			l, _ := open(t)
			before := dump(t, l)
			known, err := l.Receive(t.Context(), []Delivery{delivery("good", orderTold("or_1")), d})
			require.ErrorIs(t, err, ErrUnfit)
			require.Nil(t, known)
			require.Equal(t, before, dump(t, l), "all or nothing")
		})
	}
	l, _ := open(t)
	known, err := l.Receive(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, known)
}

// A number that came again would let an old read settle a new event.
func TestNumbersOfTheInboxNeverComeAgain(t *testing.T) {
	l, c := open(t)
	receive(t, l, orderTold("or_1"), orderTold("or_2"))
	save1(t, l, Reading{Source: trade.SourceGet, At: c.now(), Heard: 2}, order("or_1", "new"), order("or_2", "new"))
	n, err := l.PruneInbox(t.Context(), c.advance(time.Hour))
	require.NoError(t, err)
	require.Positive(t, n)
	var rows int
	require.NoError(t, l.reader.Get(&rows, `SELECT count(*) FROM inbox`))
	require.Zero(t, rows)
	path := l.path
	require.NoError(t, l.Close())
	l, err = Open(t.Context(), Options{Path: path, Now: c.now})
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	require.Equal(t, int64(2), heard(t, l))
	receive(t, l, orderTold("or_1"))
	require.Equal(t, int64(3), waitingIn(t, l, acme)[0].Seq)
	_, err = l.writer.Exec(`UPDATE inbox_numbers SET last = 1`)
	require.ErrorContains(t, err, "would come again")
	_, err = l.writer.Exec(`DELETE FROM inbox_numbers`)
	require.ErrorContains(t, err, "are kept")
}
