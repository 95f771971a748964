package sandbox_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox"
	"spacebridge/connectors/sandbox/shop"
)

// TestAuditOfInvoicesPassesBooksInOrder lets a clerk do what the auditor misses, under every trigger, in a business that
// invoices in all ways.
func TestAuditOfInvoicesPassesBooksInOrder(t *testing.T) {
	t.Parallel()
	due := map[string]int{}
	for _, preorder := range []string{"hold", "split"} {
		for _, trigger := range []string{"created", "", "dispatched", "paid", "manual"} {
			s, m, _ := world(t, 1, 150, 100, sandbox.WithInvoices())
			c := newClerk(t)
			o := sandbox.AuditOptions{Since: march, From: "invoice", Trigger: trigger, Preorder: preorder, Planted: m.Planted(), Held: map[string]string{}}
			first := sandbox.Audit(s, c.books, o)
			require.Len(t, first.Missing, first.Eligible)
			for _, f := range first.Missing {
				v, ok := s.FindInvoice(f.Sale)
				require.True(t, ok)
				require.Equal(t, v.Number, f.Invoice)
				require.Equal(t, v.Orders[0].ID, f.OrderID)
				c.issue(asOrder(v), nil)
			}
			for _, f := range first.NotHeld {
				o.Held[f.Sale] = f.Want
			}
			report := sandbox.Audit(s, c.books, o)
			require.True(t, report.OK(), "%s: %s", trigger, report)
			require.Equal(t, report.Eligible, report.Invoices)
			require.Len(t, report.Held, len(o.Held))
			due[preorder+" "+trigger] = report.Eligible
		}
		require.Equal(t, due[preorder+" created"], due[preorder+" "])
		require.Greater(t, due[preorder+" created"], due[preorder+" dispatched"])
		require.Greater(t, due[preorder+" dispatched"], 20)
		require.Greater(t, due[preorder+" created"], due[preorder+" paid"])
		require.Greater(t, due[preorder+" paid"], 20)
		require.Zero(t, due[preorder+" manual"])
	}
	require.Greater(t, due["split created"], due["hold created"], "what is not on hold need not wait for what is")
}

// TestAuditOfInvoicesCountsByItself recounts what is due when an invoice is, with other words.
func TestAuditOfInvoicesCountsByItself(t *testing.T) {
	t.Parallel()
	s, m, _ := world(t, 6, 150, 100, sandbox.WithInvoices(), sandbox.WithoutBroken())
	require.Empty(t, m.Planted())
	want := 0
	for _, v := range s.Invoices() {
		fine := !v.Proforma && v.GrossTotal.IsPos() && v.InvoiceDate >= "2026-03-10"
		for _, ref := range v.Orders {
			order, exists := s.Order(ref.ID)
			fine = fine && exists && order.Status != shop.StatusCancelled &&
				!slices.ContainsFunc(order.Lines, func(l shop.OrderLine) bool { return l.OnHold })
		}
		if fine {
			want++
		}
	}
	report := sandbox.Audit(s, newClerk(t).books, sandbox.AuditOptions{Since: march.AddDate(0, 0, 9), From: "invoice"})
	require.Equal(t, want, report.Eligible)
	require.Greater(t, want, 50)
	require.Len(t, s.Orders(), report.Orders)
}

func TestAuditOfInvoices(t *testing.T) {
	t.Parallel()
	created := sandbox.AuditOptions{From: "invoice"}
	split := sandbox.AuditOptions{From: "invoice", Preorder: "split"}
	dispatched := sandbox.AuditOptions{From: "invoice", Trigger: "dispatched"}
	paid := sandbox.AuditOptions{From: "invoice", Trigger: "paid"}
	manual := sandbox.AuditOptions{From: "invoice", Trigger: "manual"}
	reissue := sandbox.AuditOptions{From: "invoice", OnEdit: "reissue"}
	credit := func(text string) shop.InvoiceSpec {
		return shop.InvoiceSpec{Lines: []shop.InvoiceLineSpec{{Name: "Credit", UnitPrice: price(text), Untaxed: true}}}
	}
	both := func(w *tale) (first, second shop.Invoice) { // the second is dated before the first
		first = w.bill(shop.InvoiceSpec{InvoiceDate: "2026-04-03"}, 2)
		return first, w.bill(shop.InvoiceSpec{InvoiceDate: "2026-04-02"}, 3)
	}
	cheaper := func(w *tale, id string) {
		w.tick()
		w.ok(w.shop.EditInvoice(id, func(v *shop.Invoice) { v.Lines[0].Quantity = 4 }))
	}
	tell(t, []story{
		{"no invoice, no sale", created, func(*tale) {}, ""},
		{"missing", created, func(w *tale) { w.bill(shop.InvoiceSpec{}) }, "missing"},
		{"issued", created, func(w *tale) { w.issueInvoice(w.bill(shop.InvoiceSpec{}).ID) }, ""},
		{"one part issued, one missing", created, func(w *tale) { a, _ := both(w); w.issueInvoice(a.ID) }, "missing"},
		{"both parts issued", created, func(w *tale) { a, b := both(w); w.issueInvoice(a.ID); w.issueInvoice(b.ID) }, ""},
		{"issued twice", created, func(w *tale) { v := w.bill(shop.InvoiceSpec{}); w.issueInvoice(v.ID); w.issueInvoice(v.ID) }, "duplicate"},
		{"the order issued instead", created, func(w *tale) { w.bill(shop.InvoiceSpec{}); w.issueOrder() }, "missing, unexpected"},
		{"a proforma", created, func(w *tale) { w.bill(shop.InvoiceSpec{Proforma: true}) }, ""},
		{"a proforma issued", created, func(w *tale) { w.issueInvoice(w.bill(shop.InvoiceSpec{Proforma: true}).ID) }, "unexpected"},
		{"a proforma held", created, func(w *tale) { w.hold(w.bill(shop.InvoiceSpec{Proforma: true}).ID) }, "held without reason"},
		{"a proforma made real", created, func(w *tale) { w.ok(w.shop.Finalise(w.bill(shop.InvoiceSpec{Proforma: true}).ID)) }, "missing"},
		{"of the first day", created, func(w *tale) { w.bill(shop.InvoiceSpec{InvoiceDate: "2026-04-01"}) }, "missing"},
		{"of the day before", created, func(w *tale) { w.bill(shop.InvoiceSpec{InvoiceDate: "2026-03-31"}) }, ""},
		{"of the day before, issued", created, func(w *tale) { w.issueInvoice(w.bill(shop.InvoiceSpec{InvoiceDate: "2026-03-31"}).ID) }, "unexpected"},
		{"its order cancelled", created, func(w *tale) { w.bill(shop.InvoiceSpec{}); w.ok(w.shop.Cancel(w.order.ID)) }, ""},
		{"its order cancelled, held", created, func(w *tale) { w.hold(w.bill(shop.InvoiceSpec{}).ID); w.ok(w.shop.Cancel(w.order.ID)) }, ""},
		{"its order cancelled, issued", created, func(w *tale) { w.issueInvoice(w.bill(shop.InvoiceSpec{}).ID); w.ok(w.shop.Cancel(w.order.ID)) }, "unexpected"},
		{"its order deleted, held", created, func(w *tale) {
			w.hold(w.bill(shop.InvoiceSpec{}).ID)
			require.NoError(w.t, w.shop.Delete(w.order.ID))
		}, ""},
		{"deleted after it was issued", created, func(w *tale) {
			v := w.bill(shop.InvoiceSpec{})
			w.issueInvoice(v.ID)
			require.NoError(w.t, w.shop.DeleteInvoice(v.ID))
		}, "unexpected"},
		{"deleted after it was issued, held", created, func(w *tale) {
			v := w.bill(shop.InvoiceSpec{})
			w.issueInvoice(v.ID)
			w.hold(v.ID)
			require.NoError(w.t, w.shop.DeleteInvoice(v.ID))
		}, ""},
		{"less than nothing", created, func(w *tale) { w.bill(credit("-5")) }, ""},
		{"less than nothing, held", created, func(w *tale) { w.hold(w.bill(credit("-5")).ID) }, ""},
		{"less than nothing, issued", created, func(w *tale) { w.issueInvoice(w.bill(credit("-5")).ID) }, "unexpected"},
		{"nothing", created, func(w *tale) { w.bill(credit("0")) }, ""},
		{"nothing, held", created, func(w *tale) { w.hold(w.bill(credit("0")).ID) }, ""},
		{"nothing, issued", created, func(w *tale) { w.issueInvoice(w.bill(credit("0")).ID) }, "unexpected"},
		{"nothing, by word", manual, func(w *tale) { w.issueInvoice(w.bill(credit("0")).ID) }, ""},
		{"something, by word", manual, func(w *tale) { w.issueInvoice(w.bill(shop.InvoiceSpec{}).ID) }, ""},
		{"something, no word", manual, func(w *tale) { w.bill(shop.InvoiceSpec{}) }, ""},
		{"another line on hold", created, func(w *tale) { w.bill(shop.InvoiceSpec{}, 5); w.holdCourier() }, ""},
		{"another line on hold, split", split, func(w *tale) { w.bill(shop.InvoiceSpec{}, 5); w.holdCourier() }, "missing"},
		{"its own line on hold, split", split, func(w *tale) { w.bill(shop.InvoiceSpec{}); w.holdCourier() }, ""},
		{"its own line on hold, split, issued", split, func(w *tale) {
			v := w.bill(shop.InvoiceSpec{})
			w.holdCourier()
			w.issueInvoice(v.ID)
		}, "unexpected"},
		{"put on hold later", split, func(w *tale) { w.issueInvoice(w.bill(shop.InvoiceSpec{}).ID); w.tick(); w.holdCourier() }, ""},
		{"sent for the earlier part", dispatched, func(w *tale) { _, b := both(w); w.send(3); w.issueInvoice(b.ID) }, ""},
		{"sent for the earlier part, the later issued", dispatched, func(w *tale) { a, _ := both(w); w.send(3); w.issueInvoice(a.ID) }, "missing, unexpected"},
		{"one piece short of the later part", dispatched, func(w *tale) { _, b := both(w); w.send(4); w.issueInvoice(b.ID) }, ""},
		{"all sent", dispatched, func(w *tale) { _, b := both(w); w.send(5); w.issueInvoice(b.ID) }, "missing"},
		{"a charge waits for the rest", dispatched, func(w *tale) { w.bill(credit("5")); w.send(4) }, ""},
		{"a charge, all sent", dispatched, func(w *tale) { w.bill(credit("5")); w.send(5) }, "missing"},
		{"too much sent, held", dispatched, func(w *tale) { w.hold(w.bill(shop.InvoiceSpec{}).ID); w.send(6) }, ""},
		{"not paid", paid, func(w *tale) { w.bill(shop.InvoiceSpec{}) }, ""},
		{"not paid, issued", paid, func(w *tale) { w.issueInvoice(w.bill(shop.InvoiceSpec{}).ID) }, "unexpected"},
		{"paid", paid, func(w *tale) { w.ok(w.shop.Pay(w.bill(shop.InvoiceSpec{}).ID, shop.PaymentSpec{})) }, "missing"},
		{"paid, issued, given back", paid, func(w *tale) {
			v := w.bill(shop.InvoiceSpec{})
			w.ok(w.shop.Pay(v.ID, shop.PaymentSpec{}))
			w.issueInvoice(v.ID)
			w.ok(w.shop.Pay(v.ID, shop.PaymentSpec{Amount: v.GrossTotal.Neg()}))
		}, ""},
		{"changed", created, func(w *tale) { v := w.bill(shop.InvoiceSpec{}); w.issueInvoice(v.ID); cheaper(w, v.ID) }, "difference"},
		{"changed, held", created, func(w *tale) {
			v := w.bill(shop.InvoiceSpec{})
			w.issueInvoice(v.ID)
			cheaper(w, v.ID)
			w.hold(v.ID)
		}, ""},
		{"changed, reissued", reissue, func(w *tale) {
			v := w.bill(shop.InvoiceSpec{})
			id := w.issueInvoice(v.ID)
			cheaper(w, v.ID)
			now, _ := w.shop.FindInvoice(v.ID)
			w.reissue(id, asOrder(now))
		}, ""},
		{"changed, issued beside", reissue, func(w *tale) {
			v := w.bill(shop.InvoiceSpec{})
			w.issueInvoice(v.ID)
			cheaper(w, v.ID)
			w.issueInvoice(v.ID)
		}, "difference, duplicate"},
		{"its order edited, the invoice not", created, func(w *tale) { w.issueInvoice(w.bill(shop.InvoiceSpec{}).ID); w.edit(6) }, ""},
		{"a new address", created, func(w *tale) {
			v := w.bill(shop.InvoiceSpec{})
			w.issueInvoice(v.ID)
			w.tick()
			w.ok(w.shop.EditInvoice(v.ID, func(v *shop.Invoice) { v.Address.City = "Bath" }))
			w.hold(v.ID)
		}, ""},
		{"held for nothing", created, func(w *tale) { w.hold(w.bill(shop.InvoiceSpec{}).ID) }, "held without reason"},
		{"two orders", created, func(w *tale) {
			w.issueInvoice(w.bill(shop.InvoiceSpec{Orders: []string{w.place(board(1)).ID}}).ID)
		}, ""},
		{"two orders, one cancelled", created, func(w *tale) {
			other := w.place(board(1))
			w.issueInvoice(w.bill(shop.InvoiceSpec{Orders: []string{other.ID}}).ID)
			w.ok(w.shop.Cancel(other.ID))
		}, "unexpected"},
	})
}

func (w *tale) holdCourier() {
	w.t.Helper()
	w.ok(w.shop.HoldLines(w.order.ID, w.order.Lines[1].ID))
}

// TestAuditNamesInvoices reads the report as people do.
func TestAuditNamesInvoices(t *testing.T) {
	t.Parallel()
	w := begin(t, sandbox.AuditOptions{From: "invoice"})
	v := w.bill(shop.InvoiceSpec{Number: "A-7"})
	text := sandbox.Audit(w.shop, w.books, w.options).String()
	require.Contains(t, text, "missing: invoice A-7 ("+v.ID+") of order 1001 ("+w.order.ID+"): it is due and has no invoice")
}
