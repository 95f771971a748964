package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/activities"
	"spacebridge/connectors/rest"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

func TestPollReadsFromSinceThenFromTheWatermarkLessTheOverlap(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	poll := func() map[trade.Kind]time.Time {
		plan, err := b.PlanPoll(t.Context(), activities.PlanReadsInput{Connection: "acme"})
		require.NoError(t, err)
		since := map[trade.Kind]time.Time{}
		for _, walk := range plan.Walks {
			since[walk.Kind] = walk.CreatedSince
		}
		return since
	}
	first := poll()
	require.Equal(t, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), first[trade.KindOrder])
	require.True(t, first[trade.KindCustomer].IsZero(), "buyers are older than their orders")

	require.NoError(t, b.AdvanceCursor(t.Context(), activities.AdvanceCursorInput{Connection: "acme", Cursor: "orders_created", To: b.clock}))
	require.Equal(t, b.clock.Add(-10*time.Minute), poll()[trade.KindOrder])

	early := time.Date(2026, 1, 1, 0, 5, 0, 0, time.UTC)
	require.NoError(t, b.AdvanceCursor(t.Context(), activities.AdvanceCursorInput{Connection: "acme", Cursor: "orders_created", To: early}))
	require.Equal(t, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), poll()[trade.KindOrder], "never before since")
}

func TestRelayTellsEachChangeOnceAndAgainAfterARestart(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.readAll()
	relay := func() int {
		result, err := b.RelaySales(t.Context(), activities.RelaySalesInput{Connection: "acme"})
		require.NoError(t, err)
		return result.Relayed
	}
	require.Equal(t, 1, relay())
	require.Zero(t, relay(), "told already")
	require.NoError(t, b.ledger.MarkDirty(t.Context(), "acme", "or_1"))
	require.Equal(t, 1, relay(), "a new change")
	b.clock = b.clock.Add(11 * time.Minute)
	require.Equal(t, 1, relay(), "still dirty after ten minutes: Temporal may have lost it")
	b.settle()
	require.Zero(t, relay())
}

// With a clock set back, nobody knows how long ago a sale was told: it is told again, rather than a day from now.
func TestRelayTellsAgainWhenTheClockWasSetBack(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.readAll()
	relay := func() int {
		result, err := b.RelaySales(t.Context(), activities.RelaySalesInput{Connection: "acme"})
		require.NoError(t, err)
		return result.Relayed
	}
	require.Equal(t, 1, relay())
	b.clock = b.clock.Add(-24 * time.Hour)
	require.Equal(t, 1, relay())
	require.Zero(t, relay(), "once, and from then on by the clock as it is")
	b.clock = b.clock.Add(10 * time.Minute)
	require.Equal(t, 1, relay())
}

func TestRefusedCredentialsAreAProblemUntilTheyWork(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	page := activities.ReadPageInput{Connection: "acme", Walk: activities.Walk{Kind: trade.KindOrder}}
	b.shop.err = &rest.Error{Class: rest.Unauthorized, Status: 401}
	_, err := b.ReadPage(t.Context(), page)
	require.Error(t, err)
	problems, err := b.ledger.Problems(t.Context(), "acme")
	require.NoError(t, err)
	require.Len(t, problems, 1)
	require.Equal(t, activities.ProblemOrderspaceCredentials, problems[0].Code)
	b.shop.err = nil
	_, err = b.ReadPage(t.Context(), page)
	require.NoError(t, err)
	problems, err = b.ledger.Problems(t.Context(), "acme")
	require.NoError(t, err)
	require.Empty(t, problems)
}

func TestChangedCustomerConcernsItsOpenSales(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.readAll()
	b.settle()
	b.clock = b.clock.Add(time.Minute)
	b.shop.records[trade.Ref{Kind: trade.KindCustomer, ID: "cu_1"}] = `{"id":"cu_1","company_name":"Blue Sky","tax_number":"GB999999999"}`
	b.readAll()
	require.Equal(t, trade.StatePending, b.settle().State)
	require.Contains(t, b.books.requests[1], "update ")
}

func TestBlockedSalesAreToldWhenTheConnectionMayWriteAgain(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.books.integration.AutoProcess = true
	b.readAll()
	b.step()
	relay := func() int {
		result, err := b.RelaySales(t.Context(), activities.RelaySalesInput{Connection: "acme"})
		require.NoError(t, err)
		return result.Relayed
	}
	require.Equal(t, 1, relay())
	require.Zero(t, relay())
	b.books.integration.AutoProcess = false
	b.clock = b.clock.Add(time.Minute)
	require.Equal(t, 1, relay(), "the sale sleeps for up to an hour; the relay must wake it")
}

func TestSaleWithoutAReadableIDShows(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	body := `{"id": 7, "number": 1205}`
	b.shop.records[trade.Ref{Kind: trade.KindOrder}] = body
	b.readAll()
	id := sqlite.UnreadableID([]byte(body))
	plan, err := b.PlanSale(t.Context(), activities.SaleInput{Connection: "acme", SaleID: id})
	require.NoError(t, err)
	require.Equal(t, trade.StateHeld, plan.State)
	require.Equal(t, mapping.HoldUnreadable, plan.HoldCode)
}
