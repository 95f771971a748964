package activities_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/rest"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

// order is one of many.
func order(i int) trade.Ref { return trade.Ref{Kind: trade.KindOrder, ID: fmt.Sprintf("or_%05d", i)} }

// createdAt is when the one of many was created: 250 a day, 0 is the newest.
func (b *bench) createdAt(i int) time.Time {
	return time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC).Add(-time.Duration(i) * 24 * time.Hour / 250)
}

// put gives one of many orders a content.
func (b *bench) put(i int, status, note string) {
	b.shop.records[order(i)] = orderBody(func(o map[string]any) {
		o["id"], o["number"], o["status"], o["reference"] = order(i).ID, 10_000+i, status, note
		o["created"] = b.createdAt(i).Format(time.RFC3339)
	})
}

// fill makes n orders, the newest of them new and the others fulfilled, and reads them all.
func (b *bench) fill(n int) {
	b.t.Helper()
	for i := range n {
		status := trade.StatusNew
		if i >= 300 {
			status = trade.StatusFulfilled
		}
		b.put(i, status, "")
	}
	b.readAll()
	b.shop.asked = nil
	b.clock = b.clock.Add(time.Hour)
}

// tell receives one delivery with an event for each of the orders, with what the shop says of them now.
func (b *bench) tell(orders ...int) {
	b.t.Helper()
	d := sqlite.Delivery{Connection: "acme", Hash: fmt.Sprint(len(orders), b.clock, orders[0]), Events: len(orders)}
	for _, i := range orders {
		told := sqlite.Told{Kind: trade.KindOrder, ID: order(i).ID, Created: b.createdAt(i), Status: trade.StatusFulfilled, Deleted: true}
		if body := b.shop.records[order(i)]; body != "" {
			told.Status, told.Deleted = b.shop.record(order(i), body).Status, false
		}
		d.Told = append(d.Told, told)
	}
	b.receive(d)
}

func (b *bench) receive(d sqlite.Delivery) {
	b.t.Helper()
	_, err := b.ledger.Receive(b.t.Context(), []sqlite.Delivery{d})
	require.NoError(b.t, err)
}

// waiting names the records that wait to be looked at.
func (b *bench) waiting() []string {
	b.t.Helper()
	marks, err := b.ledger.Waiting(b.t.Context(), "acme", 0)
	require.NoError(b.t, err)
	ids := []string{}
	for _, mark := range marks {
		ids = append(ids, mark.ID)
	}
	return ids
}

// status is what the ledger holds of an order; "gone" for one that is.
func (b *bench) status(i int) string {
	b.t.Helper()
	snapshot, found, err := b.ledger.Latest(b.t.Context(), "acme", trade.KindOrder, order(i).ID)
	require.NoError(b.t, err)
	require.True(b.t, found)
	if snapshot.Gone {
		return "gone"
	}
	return snapshot.Status
}

func numbers(from, to, step int) []int {
	var all []int
	for i := from; i < to; i += step {
		all = append(all, i)
	}
	return all
}

func TestBurstIsReadInAHandfulOfRequests(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.shop.perPage = 200
	b.fill(700)
	burst := numbers(0, 500, 1)
	for event := range 4 { // 2,000 events on 500 orders
		for _, i := range burst {
			b.put(i, trade.StatusReleased, fmt.Sprint("edit ", event))
		}
		for chunk := range 10 {
			b.tell(burst[chunk*50 : (chunk+1)*50]...)
		}
	}
	_, err := b.drain()
	require.NoError(t, err)
	require.Empty(t, b.waiting())
	require.Equal(t, trade.StatusReleased, b.status(0))
	require.Equal(t, trade.StatusReleased, b.status(499))
	require.LessOrEqual(t, len(b.shop.asked), 5, "%v", b.shop.asked)
	for _, asked := range b.shop.asked {
		require.True(t, strings.HasPrefix(asked, "inbox list order"), asked)
	}
}

// What a poll had read before its webhook came shows nothing new. While lists may be late that says nothing, so it waits
// until they can be relied on, rather than being read one by one.
func TestBurstThatTellsNothingNewWaitsForTheLists(t *testing.T) {
	notRacing(t)
	b := newBench(t, mapping.OnManual)
	b.shop.perPage = 200
	b.fill(600)
	b.tell(numbers(0, 500, 1)...)
	_, err := b.drain()
	require.NoError(t, err)
	require.LessOrEqual(t, len(b.shop.asked), 5)
	require.Len(t, b.waiting(), 500)
	b.shop.asked = nil
	b.clock = b.clock.Add(sqlite.ListLag)
	_, err = b.drain()
	require.NoError(t, err)
	require.Empty(t, b.waiting())
	require.LessOrEqual(t, len(b.shop.asked), 5)
}

// A few are not left waiting.
func TestFewRecordsAreReadAtOnceWhateverTheListsShow(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.fill(100)
	b.shop.lists = map[trade.Ref]string{}
	for i := range 10 {
		b.shop.lists[order(i)] = b.shop.records[order(i)]
		b.put(i, trade.StatusNew, "a note")
	}
	b.tell(numbers(0, 10, 1)...)
	_, err := b.drain()
	require.NoError(t, err)
	require.Empty(t, b.waiting())
	require.Len(t, b.shop.asked, 11, "a list, which was late, and then each by itself")
	for i := range 10 {
		snapshot, _, err := b.ledger.Latest(t.Context(), "acme", trade.KindOrder, order(i).ID)
		require.NoError(t, err)
		require.Contains(t, string(snapshot.Body), "a note")
	}
}

func TestDeletedRecordIsConfirmedByA404(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.fill(400)
	b.shop.records[order(7)] = ""
	b.tell(append(numbers(0, 300, 1), 301)...)
	require.Equal(t, trade.StatusNew, b.status(7), "what an event says is a hint")
	// One that is told of as deleted and is not.
	b.receive(sqlite.Delivery{Connection: "acme", Hash: "x", Events: 1, Told: []sqlite.Told{{Kind: trade.KindOrder, ID: order(9).ID, Deleted: true}}})
	b.clock = b.clock.Add(time.Hour)
	_, err := b.drain()
	require.NoError(t, err)
	require.Equal(t, "gone", b.status(7))
	require.Equal(t, trade.StatusNew, b.status(9))
	require.Contains(t, b.shop.asked, "inbox get order "+order(7).ID)
	require.Contains(t, b.shop.asked, "inbox get order "+order(9).ID)
	require.LessOrEqual(t, len(b.shop.asked), 6)
	require.Empty(t, b.waiting())
}

// An event that says the wrong thing about where its record is only costs a read more.
func TestWrongHintIsMadeUpForByASingleRead(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.fill(450)
	b.tell(numbers(0, 100, 1)...)
	b.put(400, trade.StatusCancelled, "")
	b.receive(sqlite.Delivery{Connection: "acme", Hash: "y", Events: 1, Told: []sqlite.Told{
		{Kind: trade.KindOrder, ID: order(400).ID, Created: b.createdAt(10), Status: trade.StatusNew},
	}})
	b.clock = b.clock.Add(time.Hour)
	_, err := b.drain()
	require.NoError(t, err)
	require.Empty(t, b.waiting())
	require.Equal(t, trade.StatusCancelled, b.status(400))
	require.Equal(t, []string{"inbox list order new", "inbox get order " + order(400).ID}, b.shop.asked)
}

func TestRecordThatCannotBeReadStopsNoOther(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.fill(400)
	spread := numbers(301, 400, 33) // too far apart for lists, for pages of one
	b.shop.perPage = 1
	b.setUpPages(1)
	b.shop.broken = map[string]bool{order(301).ID: true}
	for _, i := range spread {
		b.put(i, trade.StatusCancelled, "")
	}
	b.tell(spread...)
	_, err := b.drain()
	require.ErrorContains(t, err, order(301).ID)
	require.Equal(t, []string{order(301).ID}, b.waiting())
	tries := strings.Count(strings.Join(b.shop.asked, " "), order(301).ID)
	require.Equal(t, 3, tries, "a few attempts, and then the others have their turn")

	// It is tried again later, less and less often, and last.
	b.shop.asked = nil
	b.tell(302)
	_, err = b.drain()
	require.NoError(t, err)
	require.NotContains(t, b.shop.asked, "inbox get order "+order(301).ID)
	b.clock = b.clock.Add(time.Hour)
	b.shop.broken = nil
	_, err = b.drain()
	require.NoError(t, err)
	require.Empty(t, b.waiting())
}

// When nothing can be read at all, a run does not go through hundreds of records to find that out.
func TestOutageEndsARunSoon(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.fill(400)
	b.tell(numbers(0, 300, 1)...)
	b.shop.err = &rest.Error{Class: rest.NotSent}
	_, err := b.drain()
	require.Error(t, err)
	require.Less(t, len(b.shop.asked), 40)
	require.Len(t, b.waiting(), 300, "nothing is lost")
	b.shop.err = nil
	b.clock = b.clock.Add(time.Minute)
	_, err = b.drain()
	require.NoError(t, err)
}

// A list that is refused for good leaves its records to single reads.
func TestListThatIsRefusedLeavesItsRecordsToSingleReads(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.fill(400)
	b.tell(numbers(0, 40, 1)...)
	b.shop.refuse = func(trade.Kind, trade.ListFilter) error { return &rest.Error{Class: rest.Rejected, Status: 422} }
	_, err := b.drain()
	require.Error(t, err, "it shows")
	require.Empty(t, b.waiting())
}

// Invariant: whatever is told while a request is under way may be newer than the reply.
func TestEventDuringAReadWaitsForTheNext(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.fill(10)
	b.put(3, trade.StatusReleased, "")
	b.tell(3)
	once := true
	b.shop.onAsk = func(string) {
		if once {
			once = false
			b.tell(3)
		}
	}
	_, err := b.drain()
	require.NoError(t, err)
	require.Empty(t, b.waiting())
	require.Equal(t, []string{"inbox get order " + order(3).ID, "inbox get order " + order(3).ID}, b.shop.asked)
}

// Whoever reads a record does the inbox's work.
func TestEveryReadSettlesWhatItRead(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.fill(3)
	b.put(1, trade.StatusReleased, "")
	b.tell(1)
	b.readAll()
	require.Empty(t, b.waiting(), "a list that shows something new")
	b.shop.asked = nil
	_, err := b.drain()
	require.NoError(t, err)
	require.Empty(t, b.shop.asked)
}

// Relatives come first: an order is read after the invoice that names it.
func TestRelativesAreReadBeforeOrders(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.fill(3)
	invoice := trade.Ref{Kind: trade.KindInvoice, ID: "iv_1"}
	b.shop.records[invoice] = `{"id":"iv_1","number":"1","status":"unpaid","orders":[{"id":"` + order(1).ID + `"}]}`
	b.receive(sqlite.Delivery{Connection: "acme", Hash: "z", Events: 3, Told: []sqlite.Told{
		{Kind: trade.KindOrder, ID: order(1).ID}, {Kind: trade.KindInvoice, ID: "iv_1", New: true}, {Kind: trade.KindCustomer, ID: "cu_1"},
	}})
	_, err := b.drain()
	require.NoError(t, err)
	require.Equal(t, "inbox get order "+order(1).ID, b.shop.asked[2])
	require.ElementsMatch(t, []string{"inbox get customer cu_1", "inbox get invoice iv_1"}, b.shop.asked[:2])
	require.Contains(t, b.relay.woken, "acme/"+order(1).ID)
}

// A nudge that comes while it runs is not lost.
func TestNudgeWhileItRunsLeadsToAnotherRound(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.fill(10)
	b.tell(3)
	d := b.direct()
	b.shop.onAsk = func(asked string) {
		if strings.HasSuffix(asked, order(3).ID) && d.signals == 0 && len(b.shop.asked) == 1 {
			d.signals = 1
			b.tell(5)
		}
	}
	_, err := drainOn(d)
	require.NoError(t, err)
	require.Empty(t, b.waiting())
	require.Equal(t, 2, d.pauses, "a burst that goes on arrives as one")
}

func TestOneRunIsBounded(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.fill(2)
	for i := range 400 { // of which nobody knows anything
		b.shop.records[trade.Ref{Kind: trade.KindDispatch, ID: fmt.Sprint("di_", i)}] = fmt.Sprintf(`{"id":"di_%d"}`, i)
		b.receive(sqlite.Delivery{Connection: "acme", Hash: strconv.Itoa(i), Events: 1, Told: []sqlite.Told{{Kind: trade.KindDispatch, ID: fmt.Sprint("di_", i)}}})
	}
	_, err := b.drain()
	require.NoError(t, err)
	require.Len(t, b.shop.asked, 300)
	require.Len(t, b.waiting(), 100)
	_, err = b.drain()
	require.NoError(t, err)
	require.Empty(t, b.waiting())
}

// A burst on invoices that nobody has read yet is found by when their events came.
func TestNewInvoicesAreListed(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.fill(2)
	d := sqlite.Delivery{Connection: "acme", Hash: "invoices"}
	for i := range 60 {
		ref := trade.Ref{Kind: trade.KindInvoice, ID: fmt.Sprint("iv_", i)}
		b.shop.records[ref] = fmt.Sprintf(`{"id":"iv_%d","number":"%d","status":"unpaid"}`, i, i)
		b.shop.born = map[trade.Ref]time.Time{ref: b.clock.Add(-time.Minute)}
		d.Told = append(d.Told, sqlite.Told{Kind: trade.KindInvoice, ID: ref.ID, Status: "unpaid", New: true})
	}
	b.receive(d)
	_, err := b.drain()
	require.NoError(t, err)
	require.Empty(t, b.waiting())
	require.Equal(t, []string{"inbox list invoice unpaid"}, b.shop.asked)
}

func TestLedgerThatFailsEndsTheRun(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.fill(2)
	b.tell(1)
	require.NoError(t, b.ledger.Close())
	_, err := b.drain()
	require.Error(t, err)
}
