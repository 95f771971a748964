package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sqlite"
	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

// Events that are repeated a week later say what was true then.
func TestReplayedBurstIsFoundWhereItsRecordsAreNow(t *testing.T) {
	notRacing(t)
	b := newBench(t, mapping.OnManual)
	b.shop.perPage = 200
	b.fill(700)
	d := sqlite.Delivery{Connection: "acme", Hash: "again", Events: 200}
	for _, i := range numbers(300, 500, 1) { // all of them fulfilled by now
		d.Told = append(d.Told, sqlite.Told{Kind: trade.KindOrder, ID: order(i).ID, Created: b.createdAt(i), Status: trade.StatusPreorder})
	}
	b.receive(d)
	b.clock = b.clock.Add(10 * time.Minute)
	_, err := b.drain()
	require.NoError(t, err)
	require.Empty(t, b.waiting())
	require.LessOrEqual(t, len(b.shop.asked), 5, "%v", b.shop.asked)
}

// What a list has shown since is believed about where a record is, and not the event that came again: so it is over as soon
// as lists can be relied on.
func TestReplayedBurstIsOverWhenListsCanBeReliedOn(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.shop.perPage = 200
	b.fill(300)
	d := sqlite.Delivery{Connection: "acme", Hash: "again", Events: 50}
	for _, i := range numbers(200, 250, 1) { // all of them fulfilled by now
		d.Told = append(d.Told, sqlite.Told{Kind: trade.KindOrder, ID: order(i).ID, Created: b.createdAt(i), Status: trade.StatusPreorder})
	}
	b.receive(d)
	for range 4 {
		b.clock = b.clock.Add(time.Minute)
		_, err := b.drain()
		require.NoError(t, err)
	}
	require.Empty(t, b.waiting())
	require.LessOrEqual(t, len(b.shop.asked), 8, "%v", b.shop.asked)
}
