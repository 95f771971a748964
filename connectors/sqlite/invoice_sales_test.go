package sqlite

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

// byInvoice is an invoice that names its customer as well.
func byInvoice(id, status string, orders ...string) trade.Record {
	record := invoice(id, orders...)
	record.Status = status
	record.Body = []byte(`{"id":"` + id + `","status":"` + status + `","orders":"` + strings.Join(orders, " ") + `"}`)
	record.Refs = append(record.Refs, trade.Ref{Kind: trade.KindCustomer, ID: "cu_1"})
	return record
}

// invoicing gives a ledger in which sales are made of invoices: iv_1 of two orders, iv_2 of the second of them, iv_3 of a third
// one. Nothing is dirty.
func invoicing(t *testing.T) (*Ledger, *clock) {
	t.Helper()
	l, c := open(t)
	require.NoError(t, l.SetIssueFrom(t.Context(), acme, trade.KindInvoice))
	for _, id := range []string{"or_1", "or_2", "or_3"} {
		save(t, l, trade.SourceList, c.now(), order(id, "new"))
	}
	c.advance(time.Minute)
	save(t, l, trade.SourceList, c.now(), byInvoice("iv_1", "unpaid", "or_1", "or_2"), "iv_1")
	save(t, l, trade.SourceList, c.now(), byInvoice("iv_2", "unpaid", "or_2"), "iv_2")
	save(t, l, trade.SourceList, c.now(), byInvoice("iv_3", "unpaid", "or_3"), "iv_3")
	cleanAll(t, l)
	c.advance(time.Minute)
	return l, c
}

func cleanAll(t *testing.T, l *Ledger) {
	t.Helper()
	for _, id := range dirty(t, l) {
		clean(t, l, id)
	}
}

func dispatch(id, orderID string) trade.Record {
	return trade.Record{Kind: trade.KindDispatch, ID: id, Body: []byte(`{"id":"` + id + `"}`), Refs: []trade.Ref{{Kind: trade.KindOrder, ID: orderID}}}
}

// A sale made of an invoice is judged by its orders, their dispatches and their other invoices as well, so it is looked at again
// when one of these changes, although nobody who reads them names it.
func TestSalesOfInvoicesWakeWithWhatTheyAreJudgedBy(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T, l *Ledger, at time.Time)
		want   []string
	}{
		"an order": {func(t *testing.T, l *Ledger, at time.Time) {
			t.Helper()
			save(t, l, trade.SourceList, at, order("or_2", "released"))
		}, []string{"iv_1", "iv_2"}},
		"an order unchanged": {func(t *testing.T, l *Ledger, at time.Time) {
			t.Helper()
			save(t, l, trade.SourceList, at, order("or_2", "new"))
		}, []string{}},
		"a dispatch": {func(t *testing.T, l *Ledger, at time.Time) {
			t.Helper()
			save(t, l, trade.SourceList, at, dispatch("di_1", "or_1"))
		}, []string{"iv_1"}},
		"another invoice": {func(t *testing.T, l *Ledger, at time.Time) {
			t.Helper()
			save(t, l, trade.SourceList, at, byInvoice("iv_4", "unpaid", "or_2"), "iv_4")
		}, []string{"iv_1", "iv_2", "iv_4"}},
		"another invoice that changed": {func(t *testing.T, l *Ledger, at time.Time) {
			t.Helper()
			save(t, l, trade.SourceList, at, byInvoice("iv_2", "paid", "or_2"), "iv_2")
		}, []string{"iv_1", "iv_2"}},
		"another invoice that was deleted": {func(t *testing.T, l *Ledger, at time.Time) {
			t.Helper()
			require.NoError(t, l.MarkGone(t.Context(), acme, Reading{At: at}, trade.KindInvoice, "iv_2", []string{"iv_2"}))
		}, []string{"iv_1", "iv_2"}},
		"an order that was deleted": {func(t *testing.T, l *Ledger, at time.Time) {
			t.Helper()
			require.NoError(t, l.MarkGone(t.Context(), acme, Reading{At: at}, trade.KindOrder, "or_2", nil))
		}, []string{"iv_1", "iv_2"}},
		"an order that another invoice no longer names": {func(t *testing.T, l *Ledger, at time.Time) {
			t.Helper()
			save(t, l, trade.SourceList, at, byInvoice("iv_1", "unpaid", "or_1"), "iv_1")
		}, []string{"iv_1", "iv_2"}},
		"an order that another invoice names as well": {func(t *testing.T, l *Ledger, at time.Time) {
			t.Helper()
			save(t, l, trade.SourceList, at, byInvoice("iv_1", "unpaid", "or_1", "or_2", "or_3"), "iv_1")
		}, []string{"iv_1", "iv_2", "iv_3"}},
		"the customer": {func(t *testing.T, l *Ledger, at time.Time) {
			t.Helper()
			save(t, l, trade.SourceList, at, trade.Record{Kind: trade.KindCustomer, ID: "cu_1", Body: []byte(`{}`)})
		}, []string{}}, // who reads it asks SalesOf
	} {
		t.Run(name, func(t *testing.T) {
			l, now := invoicing(t)
			c.change(t, l, now.now())
			require.Equal(t, c.want, dirty(t, l))
		})
	}
}

func TestSalesOfACustomerAreThoseOfBothKinds(t *testing.T) {
	l, c := invoicing(t)
	ctx := t.Context()
	customer := trade.Ref{Kind: trade.KindCustomer, ID: "cu_1"}
	names := func() []string {
		ids, err := l.SalesOf(ctx, acme, customer)
		require.NoError(t, err)
		return ids
	}
	require.Equal(t, []string{"iv_1", "iv_2", "iv_3"}, names(), "the orders are no sales")
	require.NoError(t, l.SetIssueFrom(ctx, acme, trade.KindOrder))
	require.Equal(t, []string{"iv_1", "iv_2", "iv_3", "or_1", "or_2", "or_3"}, names())
	decide(t, l, Decided{SaleID: "iv_1", State: trade.StateIgnored})
	require.NoError(t, l.AdoptBooks(ctx, Adoption{Connection: acme, SaleID: "or_1", BooksDocumentID: "inv_1"}))
	require.Equal(t, []string{"iv_2", "iv_3", "or_2", "or_3"}, names())

	strange := order("iv_2", "new")
	strange.Refs = []trade.Ref{{Kind: trade.KindCustomer, ID: "cu_2"}}
	save(t, l, trade.SourceList, c.now(), strange)
	ids, err := l.SalesOf(ctx, acme, trade.Ref{Kind: trade.KindCustomer, ID: "cu_2"})
	require.NoError(t, err)
	require.Empty(t, ids, "an order is not what the sale is made of")
}

// An invoice does not tell its creation: its sale stands where the invoice appeared, and stays there.
func TestSalesOfInvoicesAreListedByTheirAppearance(t *testing.T) {
	l, c := invoicing(t)
	appeared := c.now().Add(-time.Minute)
	require.Equal(t, appeared, sale(t, l, "iv_1").Created)
	save(t, l, trade.SourceList, c.now(), byInvoice("iv_1", "paid", "or_1"), "iv_1")
	require.NoError(t, l.MarkGone(t.Context(), acme, Reading{At: c.advance(time.Minute)}, trade.KindInvoice, "iv_1", nil))
	linked, err := l.Linked(t.Context(), acme, trade.KindInvoice, trade.Ref{Kind: trade.KindOrder, ID: "or_1"})
	require.NoError(t, err)
	require.Empty(t, linked, "it is gone")
	save(t, l, trade.SourceGet, c.advance(time.Minute), byInvoice("iv_1", "paid", "or_1"), "iv_1")
	require.Equal(t, appeared, sale(t, l, "iv_1").Created)
	later := c.now()
	save(t, l, trade.SourceList, c.now(), byInvoice("iv_0", "unpaid", "or_1"), "iv_0")
	all, err := l.Sales(t.Context(), SaleFilter{})
	require.NoError(t, err)
	ids := []string{}
	for _, s := range all {
		ids = append(ids, s.ID)
	}
	require.Equal(t, []string{"iv_0", "iv_3", "iv_2", "iv_1"}, ids)
	require.Equal(t, later, sale(t, l, "iv_0").Created)

	// A sale that came before its record is described by the record of its own kind when that comes.
	require.NoError(t, l.AdoptBooks(t.Context(), Adoption{Connection: acme, SaleID: "iv_9", BooksOrderID: "ord_9"}))
	require.True(t, sale(t, l, "iv_9").Created.IsZero())
	seen := c.advance(time.Minute)
	save(t, l, trade.SourceList, c.now(), byInvoice("iv_9", "unpaid", "or_1"))
	require.Equal(t, seen, sale(t, l, "iv_9").Created)
	require.Equal(t, "inviv_9", sale(t, l, "iv_9").Number)
	strange := order("iv_9", "new")
	strange.Number = "another's"
	save(t, l, trade.SourceList, c.now(), strange)
	require.Equal(t, "inviv_9", sale(t, l, "iv_9").Number, "an order is not what it is made of")
}

// The questions of readers that leave out what comes to nothing know that an order can matter without being a sale.
func TestOrdersOfInvoicesAreReadOn(t *testing.T) {
	l, c := invoicing(t)
	ctx := t.Context()
	save(t, l, trade.SourceList, c.now(), order("iv_1", "fulfilled")) // not what the sale is made of
	unread, err := l.UnreadSales(ctx, acme, c.now().Add(time.Second), 0)
	require.NoError(t, err)
	require.Equal(t, []string{"iv_1", "iv_2", "iv_3"}, unread)
	outdatedNow := func() []string {
		ids, err := l.Outdated(ctx, acme, 0)
		require.NoError(t, err)
		return ids
	}
	open := func() []string {
		ids, err := l.OpenRecords(ctx, acme, trade.KindOrder, []string{"new"}, c.now(), time.Time{}, 0)
		require.NoError(t, err)
		return ids
	}
	require.Equal(t, []string{"or_1", "or_2", "or_3"}, outdatedNow(), "read before their invoices came")

	// Orders were sales once, and are ignored since: their invoices are what counts.
	require.NoError(t, l.SetIssueFrom(ctx, acme, trade.KindOrder))
	require.NoError(t, l.SetIssueFrom(ctx, acme, trade.KindInvoice))
	for _, id := range []string{"or_1", "or_2", "or_3"} {
		decide(t, l, Decided{SaleID: id, State: trade.StateIgnored})
	}
	require.Equal(t, []string{"or_1", "or_2", "or_3"}, outdatedNow())
	require.Equal(t, []string{"or_1", "or_2", "or_3"}, open())
	decide(t, l, Decided{SaleID: "iv_3", State: trade.StateCancelled})
	decide(t, l, Decided{SaleID: "iv_2", State: trade.StateIgnored})
	require.Equal(t, []string{"or_1", "or_2"}, outdatedNow(), "nothing comes of or_3")
	require.Equal(t, []string{"or_1", "or_2"}, open())
}

// The table of a hold is kept to whole lines, and brought up to date with its numbers.
func TestHoldsKeepTheirTable(t *testing.T) {
	l, _ := open(t)
	plant(t, l, "or_1")
	held := func(detail string) string {
		decide(t, l, Decided{SaleID: "or_1", State: trade.StateHeld, Hold: &trade.Hold{Code: "penny_lock", Reason: "r", Detail: detail}})
		return sale(t, l, "or_1").Hold.Detail
	}
	require.Equal(t, "line  net\n1  10.00\n", held("line  net\n1  10.00\n"))
	since := sale(t, l, "or_1").HeldSince
	require.Equal(t, "line  net\n1  10.01\n", held("line  net\n1  10.01\n"))
	require.Equal(t, since, sale(t, l, "or_1").HeldSince, "the same hold")
	row := strings.Repeat("é", 49) + "x\n" // 100 bytes
	for _, rows := range []int{80, 81, 1000} {
		got := held(strings.Repeat(row, rows))
		require.LessOrEqual(t, len(got), maxDetail)
		if rows == 80 {
			require.Equal(t, strings.Repeat(row, 80), got)
			continue
		}
		require.Equal(t, strings.Repeat(row, 79)+"…", got)
	}
	require.Equal(t, clip(strings.Repeat("x", 9000)), held(strings.Repeat("x", 9000)))
	require.Empty(t, held(""))
}
