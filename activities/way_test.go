package activities_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/activities"
	"spacebridge/connectors/rest"
	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

// What can happen to a list while it is walked.

// growing is a shop of so many orders that a poll takes several pages, and its clock.
func growing(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, mapping.OnManual)
	for i := range 25 {
		b.put(i, trade.StatusNew, "")
	}
	b.shop.perPage = 10
	b.shop.now = func() time.Time { return b.clock }
	b.shop.onAsk = func(string) { b.clock = b.clock.Add(time.Second) }
	return b
}

// pagesOf counts the pages of orders that were asked for.
func (b *bench) pagesOf(work string) int {
	n := 0
	for _, asked := range b.shop.asked {
		if asked == work+" list order" {
			n++
		}
	}
	return n
}

// A page that fails is asked for again; those before it are not.
func TestInterruptedWalkGoesOn(t *testing.T) {
	b := growing(t)
	failures := 0
	b.shop.refuse = func(kind trade.Kind, _ trade.ListFilter) error {
		if kind == trade.KindOrder && b.pagesOf("poll") == 2 && failures == 0 {
			failures++
			return &rest.Error{Class: rest.Unknown}
		}
		return nil
	}
	result, err := b.poll()
	require.NoError(t, err)
	require.Equal(t, 4, b.pagesOf("poll"), "three pages, one of them twice")
	require.Equal(t, 27, result.New, "25 orders, the one of the bench, and its customer")
}

func TestRecordCreatedUnderWayIsFoundByTheNextPoll(t *testing.T) {
	b := growing(t)
	b.clock = b.createdAt(0).Add(time.Hour)
	tick := b.shop.onAsk
	b.shop.onAsk = func(asked string) {
		tick(asked)
		if asked == "poll list order" && b.pagesOf("poll") == 2 {
			b.shop.records[order(99)] = orderBody(func(o map[string]any) { o["id"], o["created"] = order(99).ID, b.clock.Format(time.RFC3339) })
		}
	}
	_, err := b.poll()
	require.NoError(t, err)
	_, found, err := b.ledger.Latest(t.Context(), "acme", trade.KindOrder, order(99).ID)
	require.NoError(t, err)
	require.False(t, found, "it is before the page that had been read")
	b.clock = b.clock.Add(time.Minute)
	_, err = b.poll()
	require.NoError(t, err)
	require.Equal(t, "new", b.status(99))
}

// The record that a walk would go on from is deleted: the list begins again, and the cursor moves only after its end.
func TestRecordDeletedUnderWayBeginsTheListAgain(t *testing.T) {
	b := growing(t)
	tick := b.shop.onAsk
	b.shop.onAsk = func(asked string) {
		tick(asked)
		if asked == "poll list order" && b.pagesOf("poll") == 2 {
			b.shop.records[order(9)] = ""
		}
	}
	result, err := b.poll()
	require.NoError(t, err)
	require.Equal(t, 27, result.New)
	require.NotEmpty(t, b.cursor("orders_created"))
	b.shop.onAsk = func(asked string) {
		tick(asked)
		if asked == "sweep list order" { // whichever is last on a page, it is deleted
			for i := range 25 {
				if b.shop.records[order(i)] != "" && i%10 != 0 {
					b.shop.records[order(i)] = ""
				}
			}
		}
	}
	_, err = b.sweep()
	require.NoError(t, err)
}

// Lists may be late: what is created shows some minutes after, and the overlap of the polls reaches back further.
func TestLateListIsMadeUpForByTheOverlap(t *testing.T) {
	b := growing(t)
	b.clock = b.createdAt(0).Add(time.Hour)
	_, err := b.poll()
	require.NoError(t, err)
	b.shop.records[order(98)] = orderBody(func(o map[string]any) { o["id"], o["created"] = order(98).ID, b.clock.Format(time.RFC3339) })
	b.shop.lists = map[trade.Ref]string{order(98): ""}
	for range 5 {
		b.clock = b.clock.Add(time.Minute)
		_, err = b.poll()
		require.NoError(t, err)
	}
	b.shop.lists = nil
	_, err = b.poll()
	require.NoError(t, err)
	require.Equal(t, "new", b.status(98))
}

// After many invoices at once, their orders are read by lists, and not by each sale for itself.
func TestOrdersOfManyNewInvoicesAreReadByLists(t *testing.T) {
	notRacing(t)
	for n, lists := range map[int]bool{15: false, 60: true} {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			b := polled(t, 200)
			for i := range n {
				ref := trade.Ref{Kind: trade.KindInvoice, ID: fmt.Sprint("iv_", i)}
				b.shop.records[ref] = fmt.Sprintf(`{"id":%q,"number":"%d","status":"unpaid","orders":[{"id":%q}]}`, ref.ID, i, order(i).ID)
			}
			b.clock = b.clock.Add(time.Minute)
			_, err := b.poll()
			require.NoError(t, err)
			outdated, err := b.ledger.Outdated(t.Context(), "acme", 0)
			require.NoError(t, err)
			if lists {
				require.Empty(t, outdated)
				last := b.shop.asked[len(b.shop.asked)-1]
				require.True(t, strings.HasPrefix(last, "poll list order"), last)
				require.Len(t, b.shop.asked, 5)
			} else {
				require.Len(t, outdated, n)
				require.Len(t, b.shop.asked, 4, "each sale reads its own, if it must")
			}
		})
	}
}

func TestWalkKeepsToItsBounds(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	for i := range 30 {
		b.put(i, trade.StatusNew, "")
	}
	walk := activities.Walk{Kind: trade.KindOrder, CreatedSince: b.createdAt(20), CreatedBefore: b.createdAt(10), For: rest.WorkSweep}
	page, err := b.ReadPage(t.Context(), activities.ReadPageInput{Connection: "acme", Walk: walk})
	require.NoError(t, err)
	require.Equal(t, 10, page.Read)
	require.Equal(t, []string{"sweep list order"}, b.shop.asked)
}
