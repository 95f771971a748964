package simulation

import (
	"slices"
	"time"

	"spacebridge/config"
	"spacebridge/connectors/sandbox/books"
	"spacebridge/connectors/sandbox/shop"
	"spacebridge/mapping/money"
)

func byInvoice(p *config.Policy) { p.IssueFrom, p.IssueOn = "invoice", "created" }
func reissue(p *config.Policy)   { p.IssueOn, p.OnEdit = "created", "reissue" }
func onCreated(p *config.Policy) { p.IssueOn = "created" }
func dispatched(p *config.Policy) {
	p.IssueOn = "dispatched"
}

func line(order *shop.Order) shop.InvoiceLineSpec {
	return shop.InvoiceLineSpec{OrderLineID: order.Lines[0].ID}
}

// some bills so many of the first line of an order.
func (l *life) some(order string, n int64) shop.InvoiceLineSpec {
	spec := line(l.now(order))
	spec.Quantity = n
	return spec
}

// now is an order as it is now.
func (l *life) now(id string) *shop.Order {
	for _, order := range l.shop.Orders() {
		if order.ID == id {
			return &order
		}
	}
	l.t.Fatalf("no order %s", id)
	return nil
}

// lifecycles is the table of docs/lifecycles.md.
func lifecycles() []lifecycle { return slices.Concat(commonLifecycles, specialLifecycles) }

// commonLifecycles are the lives of ordinary sales.
var commonLifecycles = []lifecycle{
	{
		chapter: "One order, one invoice", story: "An order is placed and waits.",
		live: func(l *life) { l.order(tea(10), l.carriage("20")) },
		want: []string{"order 1001: pending; order pending, unpaid, 120.00 GBP"},
	},
	{
		chapter: "One order, one invoice", story: "It is invoiced in Orderspace and paid.",
		live: func(l *life) { v := l.bill(l.order(tea(10), l.carriage("20"))); l.seen(); l.pay(v, "120") },
		want: []string{"order 1001: issued; order invoiced, paid; invoice 120.00 GBP"},
	},
	{
		chapter: "One order, one invoice", story: "Only part of it is invoiced in Orderspace.",
		live: func(l *life) { o := l.order(tea(10)); l.bill(o, l.some(o, 4)) },
		want: []string{"order 1001: held `split_invoice`; order pending, unpaid, 96.00 GBP"},
	},
	{
		chapter: "One order, one invoice", story: "Two orders are put on one invoice.",
		live: func(l *life) {
			a, b := l.order(tea(10)), l.order(cup(2))
			l.billOf(a, shop.InvoiceSpec{Orders: []string{b}})
		},
		want: []string{"order 1001: held `split_invoice`; order pending, unpaid, 96.00 GBP", "order 1002: held `split_invoice`; order pending, unpaid, 12.00 GBP"},
	},
	{
		chapter: "Sales are invoices", story: "An order without an invoice is no sale.", policy: byInvoice,
		live: func(l *life) { l.order(tea(10)) },
		want: nil,
	},
	{
		chapter: "Sales are invoices", story: "An order is invoiced in two parts.", policy: byInvoice,
		live: func(l *life) { o := l.order(tea(10)); l.bill(o, l.some(o, 4)); l.seen(); l.bill(o) },
		want: []string{"invoice A1: issued; order invoiced, unpaid; invoice 38.40 GBP", "invoice A2: issued; order invoiced, unpaid; invoice 57.60 GBP"},
	},
	{
		chapter: "Sales are invoices", story: "Two orders share one invoice, with a charge that belongs to neither.", policy: byInvoice,
		live: func(l *life) {
			a, b := l.order(tea(10)), l.order(cup(2), l.carriage("20"))
			v := l.bill2(a, b, shop.InvoiceLineSpec{Name: "Pallet", UnitPrice: money.Some(money.MustParse("5")), TaxRateID: l.standard})
			l.seen()
			l.pay(v, "142")
		},
		want: []string{"invoice A1: issued; order invoiced, paid; invoice 138.00 GBP"},
	},
	{
		chapter: "Sales are invoices", story: "A site whose invoices do not name order lines.", policy: byInvoice, shop: func(o *shop.Options) { o.NoOrderLineIDs = true },
		live: func(l *life) { o := l.order(tea(10), l.carriage("20")); l.bill(o) },
		want: []string{"invoice A1: issued; order invoiced, unpaid; invoice 120.00 GBP"},
	},
	{
		chapter: "Sales are invoices", story: "The invoice is deleted again before it was issued (issued when paid).",
		policy: func(p *config.Policy) { p.IssueFrom, p.IssueOn = "invoice", "paid" },
		live:   func(l *life) { v := l.bill(l.order(tea(10))); l.seen(); l.ok(l.shop.DeleteInvoice(v)) },
		want:   []string{"invoice A1: cancelled; order cancelled, unpaid"},
	},
	{
		chapter: "Sales are invoices", story: "The invoice is deleted after it was issued.", policy: byInvoice,
		live: func(l *life) { v := l.bill(l.order(tea(10))); l.seen(); l.ok(l.shop.DeleteInvoice(v)) },
		want: []string{"invoice A1: held `cancelled_after_issue`; order invoiced, unpaid; invoice 96.00 GBP"},
	},
	{
		chapter: "Sales are invoices", story: "An invoice of less than nothing, as some write credits.", policy: byInvoice,
		live: func(l *life) {
			l.bill(l.order(tea(1)), shop.InvoiceLineSpec{Name: "Returned goods", UnitPrice: money.Some(money.MustParse("-16")), TaxRateID: l.standard})
		},
		want: []string{"invoice A1: held `negative_total`"},
	},
	{
		chapter: "Edits", story: "The quantity is changed before the invoice.",
		live: func(l *life) { o := l.order(tea(10)); l.seen(); l.quantity(o, 6); l.seen(); l.bill(o) },
		want: []string{"order 1001: issued; order invoiced, unpaid; invoice 57.60 GBP"},
	},
	{
		chapter: "Edits", story: "The quantity is changed after the invoice.", policy: onCreated,
		live: func(l *life) { o := l.order(tea(10)); l.seen(); l.quantity(o, 6) },
		want: []string{"order 1001: held `changed_after_issue`; order invoiced, unpaid; invoice 96.00 GBP"},
	},
	{
		chapter: "Edits", story: "It is changed back, and the hold goes.", policy: onCreated,
		live: func(l *life) { o := l.order(tea(10)); l.seen(); l.quantity(o, 6); l.seen(); l.quantity(o, 10) },
		want: []string{"order 1001: issued; order invoiced, unpaid; invoice 96.00 GBP"},
	},
	{
		chapter: "Edits", story: "The quantity is changed after the invoice, which is issued again.", policy: reissue,
		live: func(l *life) { o := l.order(tea(10)); l.seen(); l.quantity(o, 6) },
		want: []string{"order 1001: issued; order invoiced, unpaid; credited 96.00 GBP; invoice 57.60 GBP"},
	},
	{
		chapter: "Edits", story: "It is changed twice after the invoice.", policy: reissue,
		live: func(l *life) { o := l.order(tea(10)); l.seen(); l.quantity(o, 6); l.seen(); l.quantity(o, 7) },
		want: []string{"order 1001: issued; order invoiced, unpaid; credited 96.00 GBP; credited 57.60 GBP; invoice 67.20 GBP"},
	},
	{
		chapter: "Edits", story: "It is changed and changed back before the daemon looks.", policy: reissue,
		live: func(l *life) { o := l.order(tea(10)); l.seen(); l.quantity(o, 6); l.quantity(o, 10) },
		want: []string{"order 1001: issued; order invoiced, unpaid; invoice 96.00 GBP"},
	},
	{
		chapter: "Edits", story: "It is changed back while the books have not noticed the change of the items yet.", policy: reissue,
		books: func(o *books.Options) { o.ItemsChangedLag = 3 * time.Hour },
		live:  func(l *life) { o := l.order(tea(10)); l.seen(); l.quantity(o, 6); l.seen(); l.quantity(o, 10) },
		want:  []string{"order 1001: issued; order invoiced, unpaid; invoice 96.00 GBP"},
	},
	{
		chapter: "Edits", story: "The buyer's name on the order is changed after the invoice.", policy: reissue,
		live: func(l *life) {
			o := l.order(tea(10))
			l.seen()
			l.edit(o, func(o *shop.Order) { o.BillingAddress.CompanyName = "Harbour Holdings plc" })
		},
		want: []string{"order 1001: held `changed_after_issue`; order invoiced, unpaid; invoice 96.00 GBP"},
	},
	{
		chapter: "Edits", story: "The delivery date is changed after the invoice.", policy: onCreated,
		live: func(l *life) {
			o := l.order(tea(10))
			l.seen()
			l.edit(o, func(o *shop.Order) { o.DeliveryDate = "2026-04-01" })
		},
		want: []string{"order 1001: issued; order invoiced, unpaid; invoice 96.00 GBP"},
	},
	{
		chapter: "Edits", story: "It is changed after the invoice, and Orderspace's own invoice is not made anew.",
		policy: func(p *config.Policy) { p.IssueOn, p.OnEdit = "invoiced", "reissue" },
		live:   func(l *life) { o := l.order(tea(10)); l.bill(o); l.seen(); l.quantity(o, 12) },
		want:   []string{"order 1001: held `split_invoice`; order invoiced, unpaid; invoice 96.00 GBP"},
	},
	{
		chapter: "Edits", story: "It is changed after the invoice, and Orderspace's own invoice is made anew.",
		policy: func(p *config.Policy) { p.IssueOn, p.OnEdit = "invoiced", "reissue" },
		live: func(l *life) {
			o := l.order(tea(10))
			v := l.bill(o)
			l.seen()
			l.quantity(o, 12)
			l.seen()
			l.ok(l.shop.DeleteInvoice(v))
			l.bill(o)
		},
		want: []string{"order 1001: issued; order invoiced, unpaid; credited 96.00 GBP; invoice 115.20 GBP"},
	},
	{
		chapter: "Cancellations", story: "The order is cancelled before the daemon sees it.",
		live: func(l *life) { l.cancel(l.order(tea(10))) },
		want: []string{"order 1001: cancelled"},
	},
	{
		chapter: "Cancellations", story: "It is cancelled while it waits.",
		live: func(l *life) { o := l.order(tea(10)); l.seen(); l.cancel(o) },
		want: []string{"order 1001: cancelled; order cancelled, unpaid"},
	},
	{
		chapter: "Cancellations", story: "It is deleted while it waits.",
		live: func(l *life) { o := l.order(tea(10)); l.seen(); l.ok(l.shop.Delete(o)) },
		want: []string{"order 1001: cancelled; order cancelled, unpaid"},
	},
	{
		chapter: "Cancellations", story: "The cancellation is taken back, and the order invoiced.",
		live: func(l *life) {
			o := l.order(tea(10))
			l.seen()
			l.cancel(o)
			l.seen()
			l.uncancel(o)
			l.seen()
			l.bill(o)
		},
		want: []string{"order 1001: issued; order cancelled, unpaid; order invoiced, unpaid; invoice 96.00 GBP"},
	},
	{
		chapter: "Cancellations", story: "It is cancelled after the invoice.", policy: onCreated,
		live: func(l *life) { o := l.order(tea(10)); l.seen(); l.cancel(o) },
		want: []string{"order 1001: held `cancelled_after_issue`; order invoiced, unpaid; invoice 96.00 GBP"},
	},
	{
		chapter: "Cancellations", story: "That is taken back, and the hold goes.", policy: onCreated,
		live: func(l *life) { o := l.order(tea(10)); l.seen(); l.cancel(o); l.seen(); l.uncancel(o) },
		want: []string{"order 1001: issued; order invoiced, unpaid; invoice 96.00 GBP"},
	},
	{
		chapter: "Cancellations", story: "It is deleted after the invoice.", policy: onCreated,
		live: func(l *life) { o := l.order(tea(10)); l.seen(); l.ok(l.shop.Delete(o)) },
		want: []string{"order 1001: held `cancelled_after_issue`; order invoiced, unpaid; invoice 96.00 GBP"},
	},
	{
		chapter: "Cancellations", story: "An operator skips a held sale.",
		live: func(l *life) { o := l.order(tea(10)); l.bill(o, l.some(o, 4)); l.seen(); l.say(o, "skip") },
		want: []string{"order 1001: ignored; order pending, unpaid, 96.00 GBP"},
	},
	{
		chapter: "Dispatches", story: "Part of the goods has left.", policy: dispatched,
		live: func(l *life) { o := l.order(tea(10)); l.release(o); l.send(o, 4) },
		want: []string{"order 1001: pending; order pending, unpaid, 96.00 GBP"},
	},
	{
		chapter: "Dispatches", story: "The rest has left as well.", policy: dispatched,
		live: func(l *life) { o := l.order(tea(10)); l.release(o); l.send(o, 4); l.seen(); l.send(o, 6) },
		want: []string{"order 1001: issued; order invoiced, unpaid; invoice 96.00 GBP"},
	},
	{
		chapter: "Dispatches", story: "More has left than was ordered.", policy: dispatched,
		live: func(l *life) { o := l.order(tea(10)); l.release(o); l.send(o, 12) },
		want: []string{"order 1001: held `over_dispatched`; order pending, unpaid, 96.00 GBP"},
	},
	{
		chapter: "Dispatches", story: "The order is cancelled after part of it has left.",
		live: func(l *life) { o := l.order(tea(10)); l.release(o); l.send(o, 4); l.seen(); l.cancel(o) },
		want: []string{"order 1001: held `cancelled_after_dispatch`; order pending, unpaid, 96.00 GBP"},
	},
	{
		chapter: "Dispatches", story: "Two part invoices, and the goods of the first have left.",
		policy: func(p *config.Policy) { p.IssueFrom, p.IssueOn = "invoice", "dispatched" },
		live: func(l *life) {
			o := l.order(tea(10))
			l.release(o)
			l.bill(o, l.some(o, 4))
			l.bill(o)
			l.seen()
			l.send(o, 4)
		},
		want: []string{"invoice A1: issued; order invoiced, unpaid; invoice 38.40 GBP", "invoice A2: pending; order pending, unpaid, 57.60 GBP"},
	},
	{
		chapter: "Payments", story: "A deposit is paid before the invoice is issued (issued when paid).", policy: func(p *config.Policy) { p.IssueOn = "paid" },
		live: func(l *life) { v := l.bill(l.order(tea(10))); l.seen(); l.pay(v, "20") },
		want: []string{"order 1001: pending; order pending, partially paid, 96.00 GBP"},
	},
	{
		chapter: "Payments", story: "The rest is paid.", policy: func(p *config.Policy) { p.IssueOn = "paid" },
		live: func(l *life) { v := l.bill(l.order(tea(10))); l.seen(); l.pay(v, "20"); l.seen(); l.pay(v, "76") },
		want: []string{"order 1001: issued; order invoiced, paid; invoice 96.00 GBP"},
	},
	{
		chapter: "Payments", story: "Two equal cash payments make it paid.",
		live: func(l *life) { v := l.bill(l.order(tea(10))); l.seen(); l.pay(v, "48"); l.pay(v, "48") },
		want: []string{"order 1001: issued; order invoiced, paid; invoice 96.00 GBP"},
	},
	{
		chapter: "Payments", story: "More is paid than the invoice is for.",
		live: func(l *life) { v := l.bill(l.order(tea(10))); l.seen(); l.pay(v, "100") },
		want: []string{"order 1001: issued; order invoiced, paid; invoice 96.00 GBP"},
	},
	{
		chapter: "Payments", story: "A payment recorded by mistake is removed.",
		live: func(l *life) {
			v := l.bill(l.order(tea(10)))
			l.pay(v, "96")
			l.seen()
			_, err := l.shop.RemovePayment(v, 0)
			l.ok(err)
		},
		want: []string{"order 1001: issued; order invoiced, unpaid; invoice 96.00 GBP"},
	},
	{
		chapter: "Payments", story: "Part of the money is given back.",
		live: func(l *life) { v := l.bill(l.order(tea(10))); l.pay(v, "96"); l.seen(); l.pay(v, "-16") },
		want: []string{"order 1001: issued; order invoiced, partially paid; invoice 96.00 GBP"},
	},
	{
		chapter: "Payments", story: "All of it is given back.",
		live: func(l *life) { v := l.bill(l.order(tea(10))); l.pay(v, "96"); l.seen(); l.pay(v, "-96") },
		want: []string{"order 1001: issued; order invoiced, refunded; invoice 96.00 GBP"},
	},
}
