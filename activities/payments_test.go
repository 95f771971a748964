package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/activities"
	"spacebridge/mapping"
	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// Payments and dispatches of a sale, as the books are told of them.

func paid(amount any, source, reference string) map[string]any {
	return map[string]any{"amount": amount, "payment_date": "2026-03-02", "source": source, "reference": reference}
}

// pays gives iv_1 its payments, and reads it.
func (b *bench) pays(payments ...any) trade.Sale {
	b.t.Helper()
	b.hears(trade.KindInvoice, "iv_1", billed("iv_1", 2, func(v map[string]any) { v["payments"] = payments }))
	b.settle()
	return b.books.says["ord_1"]
}

// A payment is told of before the invoice and after it, with its method and reference, and never touches the invoice.
func TestPaymentsReachTheBooks(t *testing.T) {
	for name, trigger := range map[string]mapping.Trigger{"pending": mapping.OnManual, "issued": mapping.OnCreated} {
		t.Run(name, func(t *testing.T) {
			b := fromInvoices(t, func(c *activities.Connection) { c.Policy.IssueOn = trigger })
			b.readAll()
			b.settle()
			before := len(b.books.chain)
			check := func(said trade.Sale, status trade.PaymentStatus, method string, payments ...string) {
				t.Helper()
				require.Equal(t, status, said.PaymentStatus)
				require.Equal(t, method, said.PaymentMethod)
				for i, key := range []string{"payment_1", "payment_2", "payment_3"} {
					want := ""
					if i < len(payments) {
						want = payments[i]
					}
					require.Equal(t, want, said.Metadata[key])
				}
			}
			check(b.books.says["ord_1"], trade.Unpaid, "")
			check(b.pays(paid(5, "card", "C-1")), trade.PartiallyPaid, "card", "2026-03-02, 5.00 GBP, card, C-1")
			check(b.pays(paid(5, "cash", ""), paid(5, "cash", "")), trade.PartiallyPaid, "cash", "2026-03-02, 5.00 GBP, cash", "2026-03-02, 5.00 GBP, cash")
			check(b.pays(paid(7, "card", ""), paid(5, "cash", "")), trade.Paid, "card, cash", "2026-03-02, 5.00 GBP, cash", "2026-03-02, 7.00 GBP, card")
			check(b.pays(paid(13, "card", "")), trade.Paid, "card", "2026-03-02, 13.00 GBP, card")
			check(b.pays(paid(12, "card", ""), paid(-12, "card", "")), trade.Refunded, "card", "2026-03-02, -12.00 GBP, card", "2026-03-02, 12.00 GBP, card")
			check(b.pays(), trade.Unpaid, "")
			require.Len(t, b.books.chain, before)
			require.NotContains(t, b.books.steps(), "reissue")
		})
	}
}

// The same payments in another order are the same.
func TestOrderOfPaymentsIsNoChange(t *testing.T) {
	b := fromInvoices(t, nil)
	b.readAll()
	b.pays(paid(5, "cash", "A"), paid(6, "card", "B"))
	before := len(b.books.requests)
	b.pays(paid(6, "card", "B"), paid(5, "cash", "A"))
	require.Len(t, b.books.requests, before)
}

// The status alone has a request of its own.
func TestPaymentStatusAlone(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.readAll()
	require.Equal(t, trade.StateIssued, b.settle().State)
	b.edit(func(o map[string]any) { o["order_lines"].([]any)[0].(map[string]any)["paid"] = 1 })
	b.settle()
	require.Equal(t, []string{"create", "issue", "set_payment"}, b.books.steps())
	require.Equal(t, "partially_paid", b.books.orders[0].PaymentStatus)
	b.edit(nil)
	b.settle()
	require.Equal(t, "unpaid", b.books.orders[0].PaymentStatus)
}

// A status that was lost on its way is set again when the payment is taken back.
func TestPaymentTakenBackAfterItsStatusWasLost(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.readAll()
	b.settle()
	b.books.fail = failOnce("set_payment", true, errReplyLost)
	b.edit(func(o map[string]any) { o["order_lines"].([]any)[0].(map[string]any)["paid"] = 2 })
	b.step()
	b.edit(nil)
	b.resolve()
	b.settle()
	require.Equal(t, "unpaid", b.books.orders[0].PaymentStatus)
	require.Equal(t, []string{"create", "issue", "set_payment", "set_payment"}, b.books.steps())
}

// Goods that leave after the invoice are written beside it.
func TestDispatchesReachTheBooks(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.readAll()
	b.settle()
	b.hears(trade.KindDispatch, "di_1", dispatchBody("di_1", 1))
	b.settle()
	b.hears(trade.KindDispatch, "di_2", dispatchBody("di_2", 1))
	b.settle()
	said := b.books.says["ord_1"].Metadata
	require.Equal(t, "2026-03-02, di_1", said["dispatch_1"])
	require.Equal(t, "2026-03-02, di_2", said["dispatch_2"])
	require.Equal(t, []string{"create", "issue", "annotate", "annotate"}, b.books.steps())
	b.hears(trade.KindDispatch, "di_1", "")
	b.settle()
	require.NotContains(t, b.books.says["ord_1"].Metadata, "dispatch_2")
}

// What left cannot be undone by a cancellation.
func TestCancelledAfterDispatchIsHeld(t *testing.T) {
	b := newBench(t, mapping.OnManual)
	b.readAll()
	b.settle()
	b.hears(trade.KindDispatch, "di_1", dispatchBody("di_1", 1))
	b.edit(cancelled)
	b.held(mapping.HoldSentAndCancelled)
	require.NotContains(t, b.books.steps(), "cancel")
	b.hears(trade.KindDispatch, "di_1", "")
	b.clock = b.clock.Add(time.Minute)
	require.Equal(t, trade.StateCancelled, b.settle().State)
}

// Money that the books would round is not sent until the merchant names its currency, and a contradiction in the table of
// taxes is shown before anything is made of it.
func TestHeldBeforeTheBooksHearOfIt(t *testing.T) {
	t.Run("currency", func(t *testing.T) {
		b := newBench(t, mapping.OnCreated)
		b.shop.records[theOrder] = orderBody(func(o map[string]any) { o["currency"] = "JPY" })
		b.readAll()
		b.held(mapping.HoldCurrencyNotAllowed)
		require.Empty(t, b.books.requests)
		b.govern(func(c *activities.Connection) { c.Policy.Currencies = []string{"jpy"} })
		require.Equal(t, trade.StateIssued, b.settle().State)
	})
	t.Run("taxes", func(t *testing.T) {
		b := newBench(t, mapping.OnCreated)
		b.govern(func(c *activities.Connection) {
			c.Policy.Taxes = []mapping.TaxRule{{ID: "tr_1", Rate: money.MustParse("20")}, {Name: "standard", Rate: money.MustParse("10")}}
		})
		b.readAll()
		b.held(mapping.HoldTaxConflict)
		require.Empty(t, b.books.requests)
	})
}
