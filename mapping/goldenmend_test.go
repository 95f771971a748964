package mapping

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// TestHoldsClearThemselves takes the cause of every hold in testdata away, as the table of holds says it can be, and asks again:
// nothing may hold the sale then. A hold that says of itself that it never goes alone has no such remedy.
func TestHoldsClearThemselves(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	mended := map[string]bool{}
	for _, path := range files {
		archive, err := txtar.ParseFile(path)
		require.NoError(t, err)
		policy, facts := readCase(t, archive)
		hold := Decide(policy, facts).Hold
		if hold == nil || strings.HasPrefix(clears(hold.Code), "never") {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			mend := mends[hold.Code]
			require.NotNil(t, mend, "no remedy for %s", hold.Code)
			mend(&remedy{t: t, p: &policy, f: &facts})
			require.Nil(t, Decide(policy, facts).Hold)
		})
		mended[hold.Code] = true
	}
	for _, kind := range Holds() {
		require.Equal(t, !strings.HasPrefix(kind.Clears, "never"), mended[kind.Code], kind.Code)
	}
}

func clears(code string) string {
	for _, kind := range holds {
		if kind.Code == code {
			return kind.Clears
		}
	}
	return ""
}

// remedy is the sale of a case in the hands of whoever takes the cause of its hold away.
type remedy struct {
	t *testing.T
	p *Policy
	f *Facts
}

// mends are the remedies, by code.
var mends = map[string]func(*remedy){
	HoldUnreadable:          (*remedy).readable,
	HoldOtherSource:         func(r *remedy) { r.p.IssueFrom = trade.KindOrder },
	HoldCancelledAfterIssue: (*remedy).live,
	HoldSentAndCancelled:    (*remedy).live,
	HoldTemplateInBooks:     (*remedy).live,
	HoldOrderEnded:          (*remedy).live,
	HoldOrderStatusUnknown:  (*remedy).live,
	HoldProformaInBooks:     func(r *remedy) { r.f.Invoice.Proforma = false },
	HoldCancelledInBooks:    func(r *remedy) { r.f.Order.Status = trade.StatusCancelled },
	HoldCustomerMissing:     (*remedy).customer,
	HoldBuyerUnnamed:        func(r *remedy) { r.f.Order.CompanyName = "Harbour Tea Rooms Ltd" },
	HoldUnknownCurrency:     func(r *remedy) { r.f.Order.Currency = "GBP" },
	HoldCurrencyNotAllowed:  func(r *remedy) { r.p.Currencies = []string{r.f.Order.Currency} },
	HoldNoLines:             (*remedy).sellOne,
	HoldMissingTotal:        (*remedy).total,
	HoldTotals:              (*remedy).total,
	HoldMissingQuantity:     func(r *remedy) { r.each(func(l figures) { orElse(l.quantity, "1"); orElse(l.price, "8.00") }) },
	HoldNegativeQuantity:    func(r *remedy) { r.each(func(l figures) { l.quantity.Decimal = l.quantity.Decimal.Abs() }) },
	HoldZeroQuantity:        func(r *remedy) { r.each(func(l figures) { orElse(l.quantity, "1") }) },
	HoldMissingPrice:        func(r *remedy) { r.each(func(l figures) { orElse(l.price, "8.00") }) },
	HoldMissingTax:          func(r *remedy) { r.each(func(figures) {}) },
	HoldLine:                func(r *remedy) { r.each(func(figures) {}) },
	HoldNegativeTotal:       func(r *remedy) { r.each(func(l figures) { l.price.Decimal = l.price.Decimal.Abs() }) },
	HoldZeroTotal:           func(r *remedy) { r.each(func(l figures) { orElse(l.price, "8.00") }) },
	HoldCurrencyDecimals:    func(r *remedy) { r.each(func(l figures) { *l.quantity, *l.price = number("10"), number("8") }) },
	HoldAmountTooLarge:      func(r *remedy) { r.each(func(l figures) { *l.quantity, *l.price = number("10"), number("8") }) },
	HoldTaxWithoutRate:      func(r *remedy) { r.each(func(l figures) { *l.rate = number("20") }) },
	HoldTaxRate:             func(r *remedy) { r.p.Taxes = nil; r.each(func(l figures) { *l.rate = number("20") }) },
	HoldPennyLock:           func(r *remedy) { r.p.Taxes = nil; r.each(func(l figures) { *l.price = number("100") }) },
	HoldTaxNotMapped:        (*remedy).coverPercents,
	HoldTaxAmbiguous:        (*remedy).coverPercents,
	HoldTaxConflict:         func(r *remedy) { r.p.Taxes = r.p.Taxes[1:]; r.coverPercents() },
	HoldRejected:            func(r *remedy) { r.f.Rejected = nil }, // it stands only as long as the content is the refused one
	HoldChangedAfterIssue:   (*remedy).undo,
	HoldSplitInvoice:        (*remedy).oneInvoice,
	HoldOverDispatched:      (*remedy).orderMore,
}

// sound is an order that nothing is wrong with.
const sound = "status: released\ncompany: Harbour Tea Rooms Ltd\nnet: 80.00\ngross: 96.00\n" +
	"| sku | name | qty | price | net | rate | tax |\n| TEA-100 | Assam | 10 | 8.00 | 80.00 | 20 | 16.00 |\n"

func (r *remedy) sound() *trade.Order {
	order := readOrder(readBlocks(r.t, sound)[0])
	if r.f.Kind != trade.KindInvoice {
		order.ID = r.f.SaleID
	}
	return order
}

func (r *remedy) readable() {
	r.f.Record.Fault, r.f.CustomerFault, r.f.InvoiceFaults = nil, nil, nil
	if r.f.Invoice != nil {
		r.f.Invoice.InvoiceDate = "2026-03-05"
	} else if r.f.Order == nil || r.f.Order.ID != r.f.SaleID || r.f.Order.Created.IsZero() {
		r.f.Order = r.sound()
	}
	for i := range r.f.Orders {
		if r.f.Orders[i].Fault != nil {
			r.f.Orders[i].Fault, r.f.Orders[i].Order = nil, r.sound()
		}
	}
	r.customer()
}

// live makes orders of what was cancelled, deleted, a template, or of a status that nobody knows.
func (r *remedy) live() {
	r.f.Record.Gone, r.f.Record.ReadAt = false, when(r.t, caseRead)
	if r.f.Invoice == nil {
		if r.f.Order == nil {
			r.f.Order = r.sound()
		}
		r.f.Order.Status = trade.StatusFulfilled
	}
	for i := range r.f.Orders {
		r.f.Orders[i].Gone, r.f.Orders[i].Order.Status = false, trade.StatusFulfilled
	}
	r.customer()
}

func (r *remedy) customer() {
	r.f.CustomerGone = false
	id := "cu_1"
	switch {
	case r.f.Invoice != nil:
		r.f.Invoice.CustomerID = id
	case r.f.Order != nil:
		r.f.Order.CustomerID = id
	}
	for _, order := range r.f.Orders {
		if order.Order != nil {
			order.Order.CustomerID = id
		}
	}
	if r.f.Customer == nil {
		r.f.Customer = &trade.Customer{CompanyName: "Harbour Tea Rooms"}
	}
	r.f.Customer.ID = id
}

func (r *remedy) sellOne() {
	r.f.Order.Lines = append(r.f.Order.Lines[:0], r.sound().Lines...)
	r.total()
}

func (r *remedy) coverPercents() {
	r.each(func(l figures) {
		r.p.Taxes = append(r.p.Taxes, TaxRule{Percent: *l.rate, Rate: l.rate.Decimal})
	})
}

// undo makes the invoice say what the record says: seen from either side, they are the same again.
func (r *remedy) undo() {
	r.each(func(l figures) { orElse(l.price, "8.00") })
	r.f.Books.Written, r.f.Books.Issued = printsNow(*r.p, *r.f), printsNow(*r.p, *r.f)
}

func (r *remedy) oneInvoice() {
	order := r.f.Order
	r.f.Invoices = []trade.Invoice{{ID: "iv_1", Orders: []string{order.ID}, Currency: order.Currency, Net: order.Net, Gross: order.Gross}}
}

func (r *remedy) orderMore() {
	for i := range r.f.Orders {
		for j := range r.f.Orders[i].Order.Lines {
			r.f.Orders[i].Order.Lines[j].Quantity = number("12")
		}
	}
	if r.f.Order != nil {
		r.each(func(l figures) { *l.quantity = number("12") })
	}
}

// figures are the numbers of a line of the sale's own record.
type figures struct{ quantity, price, net, rate, tax *money.NullDecimal }

func (r *remedy) figures() (all []figures) {
	if r.f.Invoice != nil {
		for i := range r.f.Invoice.Lines {
			l := &r.f.Invoice.Lines[i]
			all = append(all, figures{&l.Quantity, &l.UnitPrice, &l.SubTotal, &l.TaxRate, &l.TaxAmount})
		}
		return all
	}
	for i := range r.f.Order.Lines {
		l := &r.f.Order.Lines[i]
		all = append(all, figures{&l.Quantity, &l.UnitPrice, &l.SubTotal, &l.TaxRate, &l.TaxAmount})
	}
	return all
}

// each corrects every line and reckons it and the totals anew, as saving the record in Orderspace does.
func (r *remedy) each(correct func(figures)) {
	currency := r.currency()
	for _, l := range r.figures() {
		correct(l)
		net, err := currency.Product(l.quantity.Decimal, l.price.Decimal, money.HalfAwayFromZero)
		require.NoError(r.t, err)
		tax, err := currency.Percent(net, l.rate.Decimal, money.HalfAwayFromZero)
		require.NoError(r.t, err)
		*l.net, *l.tax = money.Some(currency.Decimal(net)), money.Some(currency.Decimal(tax))
	}
	r.total()
}

func (r *remedy) total() {
	net, gross := money.Zero, money.Zero
	for _, l := range r.figures() {
		net, _ = net.Add(l.net.Decimal)
		gross, _ = gross.Add(l.net.Decimal)
		gross, _ = gross.Add(l.tax.Decimal)
	}
	if r.f.Invoice != nil {
		r.f.Invoice.Net, r.f.Invoice.Gross = money.Some(net), money.Some(gross)
		return
	}
	r.f.Order.Net, r.f.Order.Gross = money.Some(net), money.Some(gross)
}

func (r *remedy) currency() money.Currency {
	var order trade.Order
	if r.f.Order != nil {
		order = *r.f.Order
	}
	if r.f.Invoice != nil {
		order.Currency = r.f.Invoice.Currency
	}
	currency, err := money.ParseCurrency(order.Currency)
	require.NoError(r.t, err)
	return currency
}

// orElse gives a number to what has none, or nothing.
func orElse(n *money.NullDecimal, text string) {
	if n.Decimal.IsZero() {
		*n = number(text)
	}
}
