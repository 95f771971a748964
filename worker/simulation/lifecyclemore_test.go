package simulation

import (
	"spacebridge/config"
	"spacebridge/connectors/sandbox/shop"
	"spacebridge/mapping/money"
)

// bill2 puts everything of two orders and one custom line on one invoice.
func (l *life) bill2(a, b string, custom shop.InvoiceLineSpec) string {
	l.t.Helper()
	var lines []shop.InvoiceLineSpec
	for _, id := range []string{a, b} {
		for _, line := range l.now(id).Lines {
			lines = append(lines, shop.InvoiceLineSpec{OrderLineID: line.ID})
		}
	}
	return l.billOf(a, shop.InvoiceSpec{Orders: []string{b}, Lines: append(lines, custom)})
}

// send dispatches so many of the first line of an order, whatever the order says.
func (l *life) send(order string, n int64) {
	l.t.Helper()
	l.dispatch(order, shop.DispatchSpec{Lines: []shop.DispatchLineSpec{{SKU: l.now(order).Lines[0].SKU, Quantity: n}}, Comments: "DPD 1550 0412", Anyway: true})
}

func (l *life) uncancel(order string) {
	l.t.Helper()
	_, err := l.shop.Uncancel(order)
	l.ok(err)
}

// specialLifecycles are the lives of special kinds of sales.
var specialLifecycles = []lifecycle{
	{
		chapter: "Proforma invoices", story: "A proforma is made.", policy: byInvoice,
		live: func(l *life) { l.billOf(l.order(tea(10)), shop.InvoiceSpec{Proforma: true}) },
		want: []string{"invoice A1: ignored"},
	},
	{
		chapter: "Proforma invoices", story: "It becomes an invoice under the same id.", policy: byInvoice,
		live: func(l *life) {
			v := l.billOf(l.order(tea(10)), shop.InvoiceSpec{Proforma: true})
			l.seen()
			_, err := l.shop.Finalise(v)
			l.ok(err)
		},
		want: []string{"invoice A1: issued; order invoiced, unpaid; invoice 96.00 GBP"},
	},
	{
		chapter: "Proforma invoices", story: "It is replaced by an invoice of another id.", policy: byInvoice, shop: func(o *shop.Options) { o.ProformaReplaced = true },
		live: func(l *life) {
			v := l.billOf(l.order(tea(10)), shop.InvoiceSpec{Proforma: true})
			l.seen()
			_, err := l.shop.Finalise(v)
			l.ok(err)
		},
		want: []string{"invoice A1: cancelled", "invoice INV-1001: issued; order invoiced, unpaid; invoice 96.00 GBP"},
	},
	{
		chapter: "Proforma invoices", story: "A proforma of an order does not make it invoiced.",
		live: func(l *life) { l.billOf(l.order(tea(10)), shop.InvoiceSpec{Proforma: true}) },
		want: []string{"order 1001: pending; order pending, unpaid, 96.00 GBP"},
	},
	{
		chapter: "Odd lines and totals", story: "A free sample that comes to nothing.", policy: onCreated,
		live: func(l *life) { l.order(l.charge("Sample", "0")) },
		want: []string{"order 1001: held `zero_total`"},
	},
	{
		chapter: "Odd lines and totals", story: "An operator has an invoice over nothing issued.", policy: onCreated,
		live: func(l *life) { o := l.order(l.charge("Sample", "0")); l.seen(); l.say(o, "issue") },
		want: []string{"order 1001: issued; order invoiced, unpaid; invoice 0.00 GBP"},
	},
	{
		chapter: "Odd lines and totals", story: "A discount as a negative line, and a free line.", policy: onCreated,
		live: func(l *life) { l.order(tea(10), l.charge("Loyalty discount", "-8"), l.charge("Gift", "0")) },
		want: []string{"order 1001: issued; order invoiced, unpaid; invoice 86.40 GBP"},
	},
	{
		chapter: "Odd lines and totals", story: "A discount larger than the goods.", policy: onCreated,
		live: func(l *life) { l.order(tea(1), l.charge("Goodwill", "-20")) },
		want: []string{"order 1001: held `negative_total`"},
	},
	{
		chapter: "Preorders", story: "One line is on hold.", policy: onCreated,
		live: func(l *life) { l.heldLine() },
		want: []string{"order 1001: pending; order pending, unpaid, 108.00 GBP"},
	},
	{
		chapter: "Preorders", story: "It is released.", policy: onCreated,
		live: func(l *life) {
			o := l.heldLine()
			l.seen()
			_, err := l.shop.ReleaseHold(o)
			l.ok(err)
		},
		want: []string{"order 1001: issued; order invoiced, unpaid; invoice 108.00 GBP"},
	},
	{
		chapter: "Preorders", story: "The rest is invoiced in Orderspace.", policy: byInvoice,
		live: func(l *life) { o := l.heldLine(); l.bill(o, l.some(o, 10)) },
		want: []string{"invoice A1: pending; order pending, unpaid, 96.00 GBP"},
	},
	{
		chapter: "Preorders", story: "The rest is invoiced in Orderspace, and what is held later.",
		policy: func(p *config.Policy) { byInvoice(p); p.Preorder = "split" },
		live: func(l *life) {
			o := l.heldLine()
			l.bill(o, l.some(o, 10))
			l.seen()
			_, err := l.shop.ReleaseHold(o)
			l.ok(err)
			l.bill(o)
		},
		want: []string{"invoice A1: issued; order invoiced, unpaid; invoice 96.00 GBP", "invoice A2: issued; order invoiced, unpaid; invoice 12.00 GBP"},
	},
	{
		chapter: "Standing orders", story: "A standing order, and an order made from it.", policy: onCreated,
		live: func(l *life) {
			template := l.orderOf(shop.OrderSpec{Standing: true, Lines: []shop.LineSpec{tea(10)}})
			l.seen()
			_, err := l.shop.GenerateOrder(template, l.clock())
			l.ok(err)
		},
		want: []string{"order 1001: ignored", "order 1002: issued; order invoiced, unpaid; invoice 96.00 GBP"},
	},
	{
		chapter: "Taxes", story: "Two rates of nothing become two rates, told apart by name.",
		policy: func(p *config.Policy) {
			p.IssueOn = "created"
			p.Taxes = []config.Tax{{Orderspace: config.TaxMatch{Name: "Standard"}, Rate: "20"}, {Orderspace: config.TaxMatch{Name: "Zero rated"}, Rate: "0"}, {Orderspace: config.TaxMatch{Name: "Exempt"}, Rate: "0"}}
		},
		live: func(l *life) {
			l.order(tea(10), shop.LineSpec{Name: "Book", UnitPrice: money.Some(money.MustParse("10")), TaxRateID: l.zero})
		},
		want: []string{"order 1001: issued; order invoiced, unpaid; invoice 106.00 GBP"},
	},
	{
		chapter: "Taxes", story: "The table makes 22 % of 20 %: the books would compute another total.",
		policy: func(p *config.Policy) {
			p.IssueOn, p.Taxes = "created", []config.Tax{{Orderspace: config.TaxMatch{Percent: "20"}, Rate: "22"}}
		},
		live: func(l *life) { l.order(tea(10)) },
		want: []string{"order 1001: held `penny_lock`"},
	},
	{
		chapter: "Taxes", story: "A charge on an invoice names no tax, and the table tells taxes apart by name.",
		policy: func(p *config.Policy) {
			byInvoice(p)
			p.Taxes = []config.Tax{{Orderspace: config.TaxMatch{Name: "Standard"}, Rate: "20"}}
		},
		live: func(l *life) {
			o := l.order(tea(10))
			l.bill(o, l.some(o, 10), shop.InvoiceLineSpec{Name: "Pallet", UnitPrice: money.Some(money.MustParse("5")), TaxRateID: l.standard})
		},
		want: []string{"invoice A1: held `tax_ambiguous`"},
	},
	{
		chapter: "Currencies", story: "An order in yen.", policy: onCreated, shop: func(o *shop.Options) { o.Currency = "JPY" },
		live: func(l *life) { l.order(l.charge("Kettle", "1200")) },
		want: []string{"order 1001: held `currency_not_allowed`"},
	},
	{
		chapter: "Currencies", story: "An order in yen, which the policy allows.", shop: func(o *shop.Options) { o.Currency = "JPY" },
		policy: func(p *config.Policy) { p.IssueOn, p.Currencies = "created", []string{"JPY"} },
		live:   func(l *life) { l.order(l.charge("Kettle", "1200")) },
		want:   []string{"order 1001: issued; order invoiced, unpaid; invoice 1440.00 JPY"},
	},
}
