package sandbox_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox"
	"spacebridge/connectors/sandbox/shop"
	"spacebridge/mapping/money"
)

// tale is a shop and its books under one clock, with one order of five boards and a courier.
type tale struct {
	*clerk
	shop    *shop.Shop
	options sandbox.AuditOptions
	order   shop.Order
}

func begin(t *testing.T, o sandbox.AuditOptions) *tale {
	t.Helper()
	w := &tale{clerk: newClerk(t), options: o}
	w.shop = shop.New(shop.Options{Seed: 3, ManualWebhooks: true, Now: func() time.Time { return w.now }})
	t.Cleanup(w.shop.Close)
	w.shop.AddTaxRate(shop.TaxRate{Name: "Standard", Rate: money.MustParse("20")})
	w.shop.AddCustomer(shop.Customer{CompanyName: "Blue Sky"})
	w.options.Since, w.options.Held = april, map[string]string{}
	w.order = w.place(board(5), shop.LineSpec{Name: "Courier", Shipping: true, UnitPrice: price("6")})
	return w
}

func price(text string) money.NullDecimal { return money.Some(money.MustParse(text)) }

func board(n int64) shop.LineSpec {
	return shop.LineSpec{Name: "Board", Quantity: n, UnitPrice: price("18.5")}
}

func (w *tale) place(lines ...shop.LineSpec) shop.Order {
	w.t.Helper()
	order, err := w.shop.Place(shop.OrderSpec{CustomerID: w.shop.Customers()[0].ID, Lines: lines})
	require.NoError(w.t, err)
	return order
}

// bill invoices the order: all that is outstanding, or so many boards.
func (w *tale) bill(spec shop.InvoiceSpec, boards ...int64) shop.Invoice {
	w.t.Helper()
	for _, n := range boards {
		spec.Lines = []shop.InvoiceLineSpec{{OrderLineID: w.order.Lines[0].ID, Quantity: n}}
	}
	invoice, err := w.shop.Invoice(w.order.ID, spec)
	require.NoError(w.t, err)
	return invoice
}

func (w *tale) edit(quantity int64) {
	w.t.Helper()
	w.tick()
	w.ok(w.shop.Edit(w.order.ID, func(o *shop.Order) { o.Lines[0].Quantity = quantity }))
}

func (w *tale) tick()                        { w.now = w.now.Add(time.Minute) }
func (w *tale) ok(_ any, err error)          { w.t.Helper(); require.NoError(w.t, err) }
func (w *tale) hold(id string)               { w.options.Held[id] = "some_code" }
func (w *tale) current(id string) shop.Order { order, _ := w.shop.Order(id); return order }
func (w *tale) send(n int64, comment ...string) {
	w.t.Helper()
	w.ok(w.shop.Dispatch(w.order.ID, shop.DispatchSpec{
		Anyway: true, Comments: strings.Join(comment, ""), Lines: []shop.DispatchLineSpec{{OrderLineID: w.order.Lines[0].ID, Quantity: n}},
	}))
}

// issueOrder posts and issues the order as it is now; it returns the order's id in the books.
func (w *tale) issueOrder() string {
	w.t.Helper()
	w.tick()
	return w.issue(w.current(w.order.ID), nil)
}

// issueInvoice does so with an invoice.
func (w *tale) issueInvoice(id string) string {
	w.t.Helper()
	w.tick()
	v, ok := w.shop.FindInvoice(id)
	require.True(w.t, ok)
	return w.issue(asOrder(v), nil)
}

// asOrder is an invoice in the form that the clerk posts.
func asOrder(v shop.Invoice) shop.Order {
	o := shop.Order{ID: v.ID, Currency: v.Currency, NetTotal: v.NetTotal, GrossTotal: v.GrossTotal}
	for _, l := range v.Lines {
		o.Lines = append(o.Lines, shop.OrderLine{
			Name: l.Name, Quantity: l.Quantity, UnitPrice: l.UnitPrice, SubTotal: l.SubTotal, TaxRateID: l.TaxRateID, TaxRate: l.TaxRate,
		})
	}
	return o
}

// reissue makes an order of the books say what a record says, and has its invoice credited and issued anew.
func (w *tale) reissue(booksID string, o shop.Order) {
	w.t.Helper()
	w.tick()
	var items []fields
	w.post(shop.Order{ID: "or_scratch", Currency: o.Currency, Lines: o.Lines}, func(body fields) { items = body["items"].([]fields) })
	w.call(http.MethodPatch, "/orders/"+booksID, fields{"items": items})
	w.call(http.MethodPost, "/orders/"+booksID+"/reissue", nil)
}

// verdict names the lists that have findings, but for what is rightly held.
func verdict(r sandbox.Report) string {
	var out []string
	for name, list := range map[string][]sandbox.Finding{
		"missing": r.Missing, "duplicate": r.Duplicates, "difference": r.Differences, "unexpected": r.Unexpected,
		"held without reason": r.UnexpectedHeld, "not held": r.NotHeld,
	} {
		if len(list) > 0 {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// tell runs stories and compares the auditor's verdict on each; "" is that all is well.
func tell(t *testing.T, stories []story) {
	t.Helper()
	for _, st := range stories {
		t.Run(st.name, func(t *testing.T) {
			t.Parallel()
			w := begin(t, st.options)
			st.goes(w)
			report := sandbox.Audit(w.shop, w.books, w.options)
			require.Equal(t, st.want, verdict(report), report.String())
		})
	}
}

type story struct {
	name    string
	options sandbox.AuditOptions
	goes    func(w *tale)
	want    string
}

func TestAuditOfOrdersThatChange(t *testing.T) {
	t.Parallel()
	created := sandbox.AuditOptions{Trigger: "created"}
	reissue := sandbox.AuditOptions{Trigger: "created", OnEdit: "reissue"}
	billed := sandbox.AuditOptions{Trigger: "invoiced", OnEdit: "reissue"}
	dispatched := sandbox.AuditOptions{Trigger: "dispatched"}
	manual := sandbox.AuditOptions{Trigger: "manual"}
	paid := sandbox.AuditOptions{Trigger: "paid"}
	tell(t, []story{
		{"edited and not held", created, func(w *tale) { w.issueOrder(); w.edit(6) }, "difference"},
		{"edited and held", created, func(w *tale) { w.issueOrder(); w.edit(6); w.hold(w.order.ID) }, ""},
		{"edited and not reissued", reissue, func(w *tale) { w.issueOrder(); w.edit(6) }, "difference"},
		{"edited and reissued", reissue, func(w *tale) { id := w.issueOrder(); w.edit(6); w.reissue(id, w.current(w.order.ID)) }, ""},
		{"edited and issued beside", reissue, func(w *tale) { w.issueOrder(); w.edit(6); w.issueOrder() }, "difference, duplicate"},
		{"reissued for another sum", reissue, func(w *tale) {
			id := w.issueOrder()
			old := w.current(w.order.ID)
			old.Lines = old.Lines[:1]
			w.edit(6)
			w.reissue(id, old)
		}, "difference"},
		{"edited, undone", reissue, func(w *tale) { w.issueOrder(); w.edit(6); w.edit(5) }, ""},
		{"edited, its invoice in the shop is as it was", billed, func(w *tale) { w.bill(shop.InvoiceSpec{}); w.issueOrder(); w.edit(6) }, "not held"},
		{"made less, its invoice in the shop is as it was", billed, func(w *tale) { w.bill(shop.InvoiceSpec{}); w.issueOrder(); w.edit(4) }, "not held"},
		{"the same, and it is held", billed, func(w *tale) { w.bill(shop.InvoiceSpec{}); w.issueOrder(); w.edit(6); w.hold(w.order.ID) }, ""},
		{"edited, its invoice in the shop was made anew", billed, func(w *tale) {
			v := w.bill(shop.InvoiceSpec{})
			id := w.issueOrder()
			w.edit(6)
			w.ok(w.shop.RemakeInvoice(v.ID, shop.InvoiceSpec{}))
			w.reissue(id, w.current(w.order.ID))
		}, ""},
		{"edited, its invoice in the shop is gone", billed, func(w *tale) {
			v := w.bill(shop.InvoiceSpec{})
			id := w.issueOrder()
			w.edit(6)
			require.NoError(w.t, w.shop.DeleteInvoice(v.ID))
			w.reissue(id, w.current(w.order.ID))
		}, ""},
		{"never invoiced in the shop", billed, func(w *tale) { w.issueOrder() }, "unexpected"},
		{"invoiced in part in the shop", billed, func(w *tale) { w.bill(shop.InvoiceSpec{}, 2); w.issueOrder() }, "unexpected"},
		{"held for being invoiced in part", billed, func(w *tale) { w.bill(shop.InvoiceSpec{}, 2); w.hold(w.order.ID) }, ""},
		{"on hold without edit, its invoice as it was", sandbox.AuditOptions{}, func(w *tale) { w.bill(shop.InvoiceSpec{}); w.issueOrder(); w.edit(4) }, ""},
		{"cancelled with goods away", created, func(w *tale) { w.send(2); w.ok(w.shop.Cancel(w.order.ID)); w.hold(w.order.ID) }, ""},
		{"sent after it was cancelled", created, func(w *tale) { w.ok(w.shop.Cancel(w.order.ID)); w.send(2); w.hold(w.order.ID) }, ""},
		{"cancelled and held for nothing", created, func(w *tale) { w.ok(w.shop.Cancel(w.order.ID)); w.hold(w.order.ID) }, "held without reason"},
		{"cancelled, and lives again", created, func(w *tale) {
			w.ok(w.shop.Cancel(w.order.ID))
			w.ok(w.shop.Uncancel(w.order.ID))
		}, "missing"},
		{"too much sent", dispatched, func(w *tale) { w.send(6); w.hold(w.order.ID) }, ""},
		{"too much sent, and neither", dispatched, func(w *tale) { w.send(6) }, "missing"},
		{"too much sent, of no concern", created, func(w *tale) { w.send(6); w.hold(w.order.ID) }, "held without reason"},
		{"all sent", dispatched, func(w *tale) { w.send(5); w.issueOrder() }, ""},
		{"not all sent", dispatched, func(w *tale) { w.send(4); w.issueOrder() }, "unexpected"},
		{"a discount never leaves", dispatched, func(w *tale) {
			w.order = w.place(board(2), shop.LineSpec{Name: "Discount", UnitPrice: price("-3")})
			w.send(2)
		}, "missing"},
		{"comes to nothing", created, func(w *tale) { w.free(); w.issueHeld() }, ""},
		{"comes to nothing, left alone", created, func(w *tale) { w.free(); w.issueRest() }, ""},
		{"comes to nothing, invoiced", created, func(w *tale) { w.free(); w.issueRest(); w.issueOrder() }, "unexpected"},
		{"comes to nothing, by word", manual, func(w *tale) { w.free(); w.issueOrder() }, ""},
		{"less than nothing, by word", manual, func(w *tale) {
			w.order = w.place(shop.LineSpec{Name: "Credit", UnitPrice: price("-3")})
			w.issueOrder()
		}, "unexpected"},
		{"paid, then not", paid, func(w *tale) {
			v := w.bill(shop.InvoiceSpec{})
			w.ok(w.shop.Pay(v.ID, shop.PaymentSpec{}))
			w.issueOrder()
			w.ok(w.shop.RemovePayment(v.ID, 0))
		}, ""},
		{"never paid", paid, func(w *tale) { w.bill(shop.InvoiceSpec{}); w.issueOrder() }, "unexpected"},
		{"put on hold later", created, func(w *tale) { w.issueOrder(); w.tick(); w.ok(w.shop.Hold(w.order.ID)) }, ""},
		{"put on hold before", created, func(w *tale) { w.ok(w.shop.Hold(w.order.ID)); w.issueOrder() }, "unexpected"},
		{"a new name later", created, func(w *tale) { w.issueOrder(); w.rename(); w.hold(w.order.ID) }, ""},
		{"a new tax number later", created, func(w *tale) {
			w.issueOrder()
			w.tick()
			w.ok(w.shop.SetCustomer(w.order.CustomerID, func(c *shop.Customer) { c.TaxNumber = "GB1" }))
			w.hold(w.order.ID)
		}, ""},
		{"a new name before", created, func(w *tale) { w.rename(); w.tick(); w.issueOrder(); w.hold(w.order.ID) }, "held without reason"},
	})
}

// free makes the order one that costs nothing, beside the one of the beginning.
func (w *tale) free() { w.order = w.place(shop.LineSpec{Name: "Sample", UnitPrice: price("0")}) }

// issueRest issues all other orders, and issueHeld holds this one besides.
func (w *tale) issueRest() {
	for _, order := range w.shop.Orders() {
		if order.ID != w.order.ID {
			w.issue(order, nil)
		}
	}
}

func (w *tale) issueHeld() { w.issueRest(); w.hold(w.order.ID) }

func (w *tale) rename() {
	w.t.Helper()
	w.tick()
	w.ok(w.shop.Edit(w.order.ID, func(o *shop.Order) { o.BillingAddress.CompanyName = "Bluer Sky" }))
}
