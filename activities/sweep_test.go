package activities_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/activities"
	"spacebridge/connectors/rest"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

// polled is a shop of n orders whose first poll is over.
func polled(t *testing.T, n int) *bench {
	t.Helper()
	b := newBench(t, mapping.OnManual)
	b.fill(n)
	_, err := b.poll()
	require.NoError(t, err)
	b.shop.asked = nil
	return b
}

// swept has been swept once, and a quarter of an hour has passed.
func swept(t *testing.T, n int) *bench {
	t.Helper()
	b := polled(t, n)
	_, err := b.sweep()
	require.NoError(t, err)
	b.shop.asked = nil
	b.clock = b.clock.Add(15 * time.Minute)
	return b
}

// narrow lets a sweep read no more than a day whatever its status.
func (b *bench) narrow() {
	b.t.Helper()
	b.setUp = func(o *activities.Options) {
		o.Connections[0].RequestsPerMinute, o.Connections[0].SweepInterval = 1, time.Minute
	}
	b.restart(mapping.OnManual)
}

func (b *bench) cursor(name string) string {
	b.t.Helper()
	cursor, _, err := b.ledger.Cursor(b.t.Context(), "acme", name)
	require.NoError(b.t, err)
	return cursor.Value
}

func TestSweepReachesAsFarBackAsItsBudgetAllows(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	plan := func() activities.PlanReadsResult {
		result, err := b.PlanSweep(t.Context(), b.reads())
		require.NoError(t, err)
		return result
	}
	since := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	require.Equal(t, b.clock.Add(-24*time.Hour), plan().Since, "before the first poll nobody knows how much there is")
	b.fill(300)
	_, err := b.poll()
	require.NoError(t, err)
	all := plan()
	require.Equal(t, since, all.Since, "everything fits; nothing before the connection's own beginning")
	require.Len(t, all.Walks, 4, "no older ones are left for lists by status")
	b.narrow()
	day := plan()
	require.Equal(t, b.clock.Add(-24*time.Hour), day.Since)
	require.Len(t, day.Walks, 9)
	for _, walk := range day.Walks {
		require.Equal(t, rest.WorkSweep, walk.For)
		if walk.Status != "" {
			require.False(t, walk.CreatedBefore.Before(day.Since), "nothing falls between the two")
			require.Equal(t, since, walk.CreatedSince)
		}
	}
}

func TestSweepFindsAChangeOfAClosedOrder(t *testing.T) {
	b := swept(t, 400)
	b.put(350, trade.StatusCancelled, "")
	b.put(351, trade.StatusFulfilled, "a note")
	result, err := b.sweep()
	require.NoError(t, err)
	require.Equal(t, 2, result.Changed)
	require.Equal(t, trade.StatusCancelled, b.status(350))
	for _, asked := range b.shop.asked {
		require.Contains(t, asked, "sweep list", "nothing is missing, so nothing is read by itself")
	}
}

func TestWhatVanishedFromTheListsIsLookedAt(t *testing.T) {
	b := swept(t, 400)
	b.shop.records[order(20)] = ""                               // deleted
	b.shop.lists = map[trade.Ref]string{order(30): ""}           // alive; the list is late
	b.shop.records[trade.Ref{Kind: "customer", ID: "cu_1"}] = "" // deleted
	_, err := b.sweep()
	require.NoError(t, err)
	require.Equal(t, "gone", b.status(20))
	require.Equal(t, trade.StatusNew, b.status(30), "what a list does not show is not gone")
	require.Contains(t, b.shop.asked, "sweep get order "+order(20).ID)
	require.Contains(t, b.shop.asked, "sweep get order "+order(30).ID)
	require.Contains(t, b.shop.asked, "sweep get customer cu_1")
	b.clock = b.clock.Add(15 * time.Minute)
	b.shop.asked, b.shop.lists = nil, nil
	_, err = b.sweep()
	require.NoError(t, err)
	for _, asked := range b.shop.asked {
		require.Contains(t, asked, "sweep list", "each once")
	}
}

func TestOldOrderThatLeftTheOpenListsIsFound(t *testing.T) {
	notRacing(t)
	for name, status := range map[string]string{"fulfilled": trade.StatusFulfilled, "cancelled": trade.StatusCancelled, "deleted": ""} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, mapping.OnManual)
			for i := range 450 {
				b.put(i, trade.StatusReleased, "")
			}
			b.readAll()
			_, err := b.poll()
			require.NoError(t, err)
			b.narrow()
			left := numbers(400, 440, 1)
			for _, i := range left {
				b.put(i, status, "")
				if status == "" {
					b.shop.records[order(i)] = ""
				}
			}
			b.shop.asked = nil
			b.clock = b.clock.Add(time.Minute)
			_, err = b.sweep()
			require.NoError(t, err)
			for _, i := range left {
				require.Contains(t, []string{status, "gone"}, b.status(i))
			}
			singles := len(slices.DeleteFunc(b.shop.asked, func(asked string) bool { return !strings.Contains(asked, " get ") }))
			if status == trade.StatusFulfilled {
				require.Zero(t, singles, "the list of what is fulfilled shows them all at once")
			} else {
				require.Equal(t, len(left), singles)
			}
		})
	}
}

func TestOpenSaleOfAFinishedOrderIsReadAgain(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.put(500, trade.StatusFulfilled, "")
	b.readAll()
	_, err := b.poll()
	require.NoError(t, err)
	b.narrow()
	b.clock = b.clock.Add(time.Hour)
	b.put(500, trade.StatusFulfilled, "another reference")
	result, err := b.sweep()
	require.NoError(t, err)
	require.NotZero(t, result.Read)
	snapshot, _, err := b.ledger.Latest(t.Context(), "acme", trade.KindOrder, order(500).ID)
	require.NoError(t, err)
	require.Contains(t, string(snapshot.Body), "another reference")
}

// Invariant 6: the sweep after one that failed looks back as far as the last that did not.
func TestSweepIsCompletedOnlyWhenEveryListWasRead(t *testing.T) {
	b := swept(t, 20)
	first := b.cursor("sweep_started")
	require.NotEmpty(t, first)
	span, err := time.Parse(time.RFC3339Nano, b.cursor("sweep_since"))
	require.NoError(t, err, "how far back it read everything is known with it")
	require.WithinRange(t, span, b.clock.Add(-91*24*time.Hour), b.clock.Add(-24*time.Hour))
	b.shop.refuse = func(kind trade.Kind, _ trade.ListFilter) error {
		if kind == trade.KindInvoice {
			return &rest.Error{Class: rest.Rejected, Status: 422}
		}
		return nil
	}
	b.shop.records[order(7)] = ""
	_, err = b.sweep()
	require.Error(t, err)
	require.Equal(t, first, b.cursor("sweep_started"))
	require.Equal(t, trade.StatusNew, b.status(7), "a list that failed says nothing about what is missing")
	b.shop.refuse = nil
	b.clock = b.clock.Add(15 * time.Minute)
	_, err = b.sweep()
	require.NoError(t, err)
	require.NotEqual(t, first, b.cursor("sweep_started"))
	require.Equal(t, "gone", b.status(7))
}

// More than one sweep can look at must not be forgotten by the next.
func TestMassDeletionIsWorkedOffSweepBySweep(t *testing.T) {
	notRacing(t)
	b := swept(t, 420)
	for i := range 400 {
		b.shop.records[order(i)] = ""
	}
	first := b.cursor("sweep_started")
	_, err := b.sweep()
	require.NoError(t, err)
	require.Equal(t, first, b.cursor("sweep_started"))
	b.clock = b.clock.Add(15 * time.Minute)
	_, err = b.sweep()
	require.NoError(t, err)
	for i := range 400 {
		require.Equal(t, "gone", b.status(i))
	}
	require.NotEqual(t, first, b.cursor("sweep_started"))
}

// What was read by itself, beyond what the lists show, is no reason to read it by itself at every sweep from then on.
func TestOldClosedRecordIsNotReadAtEverySweep(t *testing.T) {
	b := swept(t, 1)
	b.put(20_000, trade.StatusFulfilled, "") // long before the connection begins; skipped by its sale
	for range 3 {
		_, err := b.ReadRecord(t.Context(), activities.ReadRecordInput{Connection: "acme", Kind: trade.KindOrder, ID: order(20_000).ID})
		require.NoError(t, err)
		plan, err := b.PlanSale(t.Context(), activities.SaleInput{Connection: "acme", SaleID: order(20_000).ID})
		require.NoError(t, err)
		require.Equal(t, trade.StateIgnored, plan.State)
		b.shop.asked = nil
		b.clock = b.clock.Add(15 * time.Minute)
		_, err = b.sweep()
		require.NoError(t, err)
		require.NotContains(t, b.shop.asked, "sweep get order "+order(20_000).ID)
	}
}

func TestNightFindsWhatNothingElseTellsOf(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.fill(30)
	kept, lost := trade.Ref{Kind: trade.KindDispatch, ID: "di_1"}, trade.Ref{Kind: trade.KindDispatch, ID: "di_2"}
	for _, ref := range []trade.Ref{kept, lost} {
		b.shop.records[ref] = fmt.Sprintf(`{"id":%q,"created":%q,"orders":[{"id":"or_00001"}]}`, ref.ID, b.createdAt(3).Format(time.RFC3339))
	}
	night := func() {
		b.shop.asked = nil
		_, err := b.reread()
		require.NoError(t, err)
		b.clock = b.clock.Add(24 * time.Hour)
	}
	night()
	require.NotEmpty(t, b.cursor("nightly_started"))
	b.shop.records[lost] = "" // of which there is no event
	b.shop.records[order(5)] = ""
	b.put(6, trade.StatusCancelled, "")
	b.receive(sqlite.Delivery{Connection: "acme", Hash: "old", Events: 1, Body: []byte("?"), Unreadable: 1})
	night()
	require.Equal(t, "gone", b.status(5))
	require.Equal(t, trade.StatusCancelled, b.status(6))
	require.Contains(t, b.shop.asked, "nightly get dispatch di_2")
	require.NotContains(t, b.shop.asked, "nightly get dispatch di_1")
	for _, asked := range b.shop.asked {
		require.True(t, strings.HasPrefix(asked, "nightly "), asked)
	}
	snapshot, _, err := b.ledger.Latest(t.Context(), "acme", trade.KindDispatch, "di_2")
	require.NoError(t, err)
	require.True(t, snapshot.Gone)

	inbox, err := b.ledger.InboxOf(t.Context(), "acme", time.Time{})
	require.NoError(t, err)
	require.Equal(t, 1, inbox.Bodies)
	b.clock = b.clock.Add(91 * 24 * time.Hour)
	b.tell(6)
	night()
	inbox, err = b.ledger.InboxOf(t.Context(), "acme", time.Time{})
	require.NoError(t, err)
	require.Zero(t, inbox.Bodies, "what webhooks brought is kept for 90 days")
}

// With our clock set back in the middle of it, a sweep cannot tell what it has read.
func TestClockSetBackDuringASweepMakesNothingVanish(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.fill(30)
	paid := func(i int) trade.Ref { return trade.Ref{Kind: trade.KindInvoice, ID: fmt.Sprint("iv_", i)} } // which nothing else tells of
	for i := range 4 {
		b.shop.records[paid(i)] = fmt.Sprintf(`{"id":"iv_%d","number":"%d","status":"paid"}`, i, i)
	}
	_, err := b.poll()
	require.NoError(t, err)
	_, err = b.sweep()
	require.NoError(t, err)
	b.clock = b.clock.Add(15 * time.Minute)
	b.shop.asked = nil
	b.shop.onAsk = func(asked string) {
		if asked == "sweep list customer" {
			b.clock = b.clock.Add(-48 * time.Hour)
		}
	}
	_, err = b.sweep()
	require.NoError(t, err)
	for _, asked := range b.shop.asked {
		require.Contains(t, asked, "sweep list")
	}
	// From then on the old clock's times are not believed, and what vanishes is found as ever.
	b.shop.onAsk = nil
	b.shop.records[paid(1)] = ""
	b.clock = b.clock.Add(15 * time.Minute)
	_, err = b.sweep()
	require.NoError(t, err)
	require.Contains(t, b.shop.asked, "sweep get invoice iv_1")
	b.shop.records[paid(2)] = ""
	b.clock = b.clock.Add(15 * time.Minute)
	_, err = b.sweep()
	require.NoError(t, err)
	require.Contains(t, b.shop.asked, "sweep get invoice iv_2")
	require.NotContains(t, b.shop.asked, "sweep get invoice iv_3")
}

// Invoices say no more of their creation than a day, so that those of the connection's first days might lie before what a sweep
// reads. What the lists showed before, and do not show now, is looked for all the same.
func TestInvoiceOfTheFirstDayThatVanishesIsFound(t *testing.T) {
	ref := trade.Ref{Kind: trade.KindInvoice, ID: "iv_1"}
	b := newBench(t, mapping.OnManual)
	b.fill(3)
	b.shop.records[ref] = `{"id":"iv_1","number":"INV1","invoice_date":"2026-01-01","paid":true,"customer_id":"cu_1","currency":"GBP","orders":[]}`
	_, err := b.poll()
	require.NoError(t, err)
	_, err = b.sweep()
	require.NoError(t, err)
	_, known, err := b.ledger.Latest(t.Context(), "acme", ref.Kind, ref.ID)
	require.NoError(t, err)
	require.True(t, known)
	b.shop.records[ref] = ""
	b.clock = b.clock.Add(15 * time.Minute)
	_, err = b.sweep()
	require.NoError(t, err)
	snapshot, _, err := b.ledger.Latest(t.Context(), "acme", ref.Kind, ref.ID)
	require.NoError(t, err)
	require.True(t, snapshot.Gone)
}
