package sqlite

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

// filedAhead files an order and then sets the clock back, so that what is stored lies in the future.
func filedAhead(t *testing.T) (*Ledger, *clock) {
	t.Helper()
	l, c := open(t)
	save(t, l, trade.SourceGet, c.now(), order("or_1", "new"), "or_1")
	c.advance(-time.Hour)
	return l, c
}

func TestAClockSetBackDoesNotHideNewVersions(t *testing.T) {
	l, c := filedAhead(t)
	asked := c.now()
	c.advance(time.Second)
	require.Equal(t, SaveResult{Changed: 1}, save(t, l, trade.SourceList, asked, order("or_1", "released"), "or_1"))
	got := current1(t, l, trade.KindOrder, "or_1")
	require.Equal(t, "released", got.Status)
	require.Equal(t, asked, got.ReadAt)
	require.Equal(t, c.now(), got.FirstSeen)

	// From here on, the order of reads counts again.
	require.Equal(t, SaveResult{Same: 1}, save(t, l, trade.SourceGet, asked.Add(-time.Second), order("or_1", "new"), "or_1"))
	require.Equal(t, "released", current1(t, l, trade.KindOrder, "or_1").Status)
}

func TestAClockSetBackDoesNotHideADeletion(t *testing.T) {
	l, c := filedAhead(t)
	asked := c.now()
	c.advance(time.Second)
	require.NoError(t, l.MarkGone(t.Context(), acme, Reading{Source: trade.SourceGet, At: asked}, trade.KindOrder, "or_1", nil))
	got := current1(t, l, trade.KindOrder, "or_1")
	require.True(t, got.Gone)
	require.Equal(t, asked, got.ReadAt)
	require.Equal(t, c.now(), got.FirstSeen)

	c.advance(-time.Hour)
	require.NoError(t, l.MarkGone(t.Context(), acme, Reading{Source: trade.SourceGet, At: c.now()}, trade.KindOrder, "or_1", nil))
	require.Equal(t, c.now(), current1(t, l, trade.KindOrder, "or_1").ReadAt, "gone already, but read now")
}

func TestAClockSetBackDoesNotKeepAReadFresh(t *testing.T) {
	l, c := filedAhead(t)
	asked := c.now()
	now := c.advance(time.Second)
	require.Equal(t, SaveResult{Same: 1}, save(t, l, trade.SourceList, asked, order("or_1", "new"), "or_1"))
	got := current1(t, l, trade.KindOrder, "or_1")
	require.Equal(t, asked, got.ReadAt)
	require.Equal(t, now, got.FirstSeen, "not in the future, or no read would ever be later")

	// heard_at was put right as well: an older read is known to be older.
	require.Equal(t, SaveResult{Same: 1}, save(t, l, trade.SourceGet, asked.Add(-time.Second), order("or_1", "released"), "or_1"))
	require.Equal(t, "new", current1(t, l, trade.KindOrder, "or_1").Status)
	save(t, l, trade.SourceList, asked.Add(-time.Second), order("or_1", "new"), "or_1")
	require.Equal(t, asked, current1(t, l, trade.KindOrder, "or_1").ReadAt, "ReadAt does not go back")
}

// The clock is set back while the vendor answers.
func TestAReadFromTheFutureIsFiledAsOfNow(t *testing.T) {
	l, c := open(t)
	asked := c.now()
	now := c.advance(-time.Hour)
	for _, status := range []string{"new", "new", "released"} {
		save(t, l, trade.SourceGet, asked, order("or_1", status), "or_1")
		got := current1(t, l, trade.KindOrder, "or_1")
		require.Equal(t, now, got.ReadAt)
		require.Equal(t, now, got.FirstSeen)
	}
}

// Two reads overtake each other while the clock jumps. The webhooks that came between them tell which was begun first.
func TestWebhooksTellTheOrderOfReads(t *testing.T) {
	for name, jump := range jumps {
		t.Run(name, func(t *testing.T) {
			l, c := open(t)
			begin := func(source trade.Source) Reading {
				receive(t, l, Told{Kind: trade.KindOrder, ID: "or_1"})
				return Reading{Source: source, At: c.now(), Heard: heard(t, l)}
			}
			slow := begin(trade.SourceList)
			c.advance(jump)
			quick := begin(trade.SourceGet)
			c.advance(time.Second)
			save1(t, l, quick, order("or_1", "released"))
			require.Equal(t, SaveResult{Same: 1}, save1(t, l, slow, order("or_1", "new")), "begun before, whatever the clock says")
			require.NoError(t, l.MarkGone(t.Context(), acme, slow, trade.KindOrder, "or_1", nil))
			require.Equal(t, "released", current1(t, l, trade.KindOrder, "or_1").Status)
			require.False(t, current1(t, l, trade.KindOrder, "or_1").Gone)

			c.advance(-jump)
			third := begin(trade.SourceGet)
			c.advance(jump)
			require.NoError(t, l.MarkGone(t.Context(), acme, third, trade.KindOrder, "or_1", nil))
			require.True(t, current1(t, l, trade.KindOrder, "or_1").Gone)
			fourth := begin(trade.SourceGet)
			require.Equal(t, SaveResult{Changed: 1}, save1(t, l, fourth, order("or_1", "new")))
			require.Empty(t, waitingIDs(t, l))
		})
	}
}
