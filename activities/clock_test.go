package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/activities"
	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

// A watermark that our clock dates while it is ahead would pass what has not been created yet. The simulation found it: an
// invoice made on the day that the clock was a day ahead was never read.
func TestPagesAreDatedByTheShopsClock(t *testing.T) {
	b := newBench(t, mapping.OnInvoiced)
	b.clock = b.clock.Add(26 * time.Hour) // ours is wrong
	theirs := b.clock.Add(-26 * time.Hour)
	b.shop.now = func() time.Time { return theirs }
	page, err := b.ReadPage(t.Context(), activities.ReadPageInput{Connection: "acme", Walk: activities.Walk{Kind: trade.KindInvoice}})
	require.NoError(t, err)
	require.Equal(t, theirs, page.AsOf)
}

func TestWatermarkAheadOfTheShopsClockIsNotBelieved(t *testing.T) {
	b := newBench(t, mapping.OnInvoiced)
	theirs := b.clock
	b.shop.now = func() time.Time { return theirs }
	move := func(to time.Time) {
		require.NoError(t, b.AdvanceCursor(t.Context(), activities.AdvanceCursorInput{Connection: "acme", Cursor: "invoices_created", To: to}))
	}
	since := func() time.Time {
		plan, err := b.PlanPoll(t.Context(), activities.PlanReadsInput{Connection: "acme"})
		require.NoError(t, err)
		return plan.Walks[3].CreatedSince
	}
	move(theirs.Add(-time.Hour))
	usual := since()
	require.Equal(t, theirs.Add(-time.Hour-10*time.Minute), usual)
	move(theirs.Add(3 * time.Hour)) // and our own clock is ahead as well, so that it would see nothing wrong
	b.clock = b.clock.Add(26 * time.Hour)
	require.True(t, since().Before(usual), "what such a watermark passed is read again from the beginning")
}
