package mapping

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"pgregory.net/rapid"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// Generators: believable sales, and facts of every kind of nonsense.

// secret marks whatever is personal data; no reason may contain it.
const secret = "Qz7Personal"

var clock = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

func drawTime(t *rapid.T, label string) time.Time {
	if rapid.IntRange(0, 4).Draw(t, label+" unknown") == 0 {
		return time.Time{}
	}
	return clock.Add(time.Duration(rapid.IntRange(-60, 60).Draw(t, label)) * time.Minute)
}

// drawWord draws personal text: short, long, empty, beyond the basic plane, not even UTF-8.
func drawWord(t *rapid.T, label string) string {
	return rapid.SampledFrom([]string{
		"", " ", secret, secret + " Ltd", secret + "\x00\xff\n", strings.Repeat("é", 300) + secret, strings.Repeat("😀", 200), "%s %d " + secret,
	}).Draw(t, label)
}

func drawPerson(t *rapid.T, label string) string {
	return rapid.SampledFrom([]string{secret + "@example.com", "two@x.example", "no address", "", "a@b", secret}).Draw(t, label)
}

func drawNumber(t *rapid.T, label string) money.NullDecimal {
	text := rapid.SampledFrom([]string{
		"", "0", "1", "2", "10", "-1", "-0.025", "0.125", "8.00", "16", "20", "20.0", "100.00", "120.00", "999999999999.99", "9999999999999999999",
		"-9999999999999999999", "0.0000000000000000001", "150",
	}).Draw(t, label)
	return number(text)
}

// drawSale draws an order that adds up, with its customer. Below zero and at halves it may still fail the lock.
func drawSale(t *rapid.T) (trade.Order, trade.Customer) {
	currency := money.Currency{Code: "EUR", Digits: 2}
	if rapid.IntRange(0, 5).Draw(t, "yen") == 0 {
		currency = money.Currency{Code: "JPY"}
	}
	o := trade.Order{
		ID: "or_1", Number: "1001", Created: clock.Add(-24 * time.Hour), CustomerID: "cu_1", CompanyName: secret + " Ltd", Currency: currency.Code,
		Status: rapid.SampledFrom([]string{"new", "invoiced", "released", "part_fulfilled", "fulfilled"}).Draw(t, "status"),
		Phone:  secret, CustomerNote: drawWord(t, "note"), Reference: drawWord(t, "reference"),
	}
	var net, gross money.Amount
	for i := range rapid.IntRange(1, 6).Draw(t, "lines") {
		line := drawLine(t, i, currency)
		o.Lines = append(o.Lines, line)
		sub, _ := currency.Amount(line.SubTotal.Decimal)
		tax, _ := currency.Amount(line.TaxAmount.Decimal)
		net, gross = net+sub, gross+sub+tax
	}
	o.Net, o.Gross = money.Some(currency.Decimal(net)), money.Some(currency.Decimal(gross))
	return o, trade.Customer{ID: "cu_1", CompanyName: secret, TaxNumber: secret, BuyerEmails: []string{secret + "@example.com"}}
}

func drawLine(t *rapid.T, i int, currency money.Currency) trade.OrderLine {
	digits := rapid.IntRange(0, 3).Draw(t, "price digits")
	price := money.MustParse(decimalText(rapid.Int64Range(0, 5000).Draw(t, "price"), digits))
	if rapid.IntRange(0, 9).Draw(t, "discount") == 0 {
		price = price.Neg()
	}
	quantity := money.MustParse(strconv.Itoa(rapid.IntRange(1, 30).Draw(t, "quantity")))
	rate := money.MustParse(rapid.SampledFrom([]string{"0", "5", "5.5", "9.5", "20", "22"}).Draw(t, "rate"))
	sub, _ := currency.Product(quantity, price, money.HalfAwayFromZero)
	tax, _ := currency.Percent(sub, rate, money.HalfAwayFromZero)
	done := func(label string) money.Decimal {
		return rapid.SampledFrom([]money.Decimal{quantity, quantity, quantity, money.Zero}).Draw(t, label)
	}
	return trade.OrderLine{
		ID: fmt.Sprintf("ol_%d", i), SKU: fmt.Sprintf("SKU-%d", i), Name: "thing for " + secret, Shipping: rapid.IntRange(0, 4).Draw(t, "shipping") == 0,
		Quantity: money.Some(quantity), UnitPrice: money.Some(price), SubTotal: money.Some(currency.Decimal(sub)),
		TaxName: "VAT", TaxRate: money.Some(rate), TaxAmount: money.Some(currency.Decimal(tax)),
		OnHold: rapid.IntRange(0, 19).Draw(t, "on hold") == 0, Invoiced: done("invoiced"), Paid: done("paid"), Dispatched: done("dispatched"),
	}
}

func decimalText(units int64, digits int) string {
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
	return new(big.Rat).SetFrac(big.NewInt(units), unit).FloatString(digits)
}

// spoil changes an order in one to three places.
func spoil(t *rapid.T, o *trade.Order) {
	for range rapid.IntRange(1, 3).Draw(t, "spoils") {
		var line *trade.OrderLine
		if len(o.Lines) > 0 {
			line = &o.Lines[rapid.IntRange(0, len(o.Lines)-1).Draw(t, "which")]
		} else {
			line = &trade.OrderLine{}
		}
		switch rapid.IntRange(0, 15).Draw(t, "spoil") {
		case 0:
			o.Net = drawNumber(t, "net")
		case 1:
			o.Gross = drawNumber(t, "gross")
		case 2:
			line.Quantity = drawNumber(t, "quantity")
		case 3:
			line.UnitPrice = drawNumber(t, "unit price")
		case 4:
			line.SubTotal = drawNumber(t, "sub-total")
		case 5:
			line.TaxAmount = drawNumber(t, "tax amount")
		case 6:
			line.TaxRate = drawNumber(t, "tax rate")
		case 7:
			o.Currency = rapid.SampledFrom([]string{"", "KWD", "CLF", "ZZZ", "eur", "😀"}).Draw(t, "currency")
		case 8:
			o.Status = rapid.SampledFrom([]string{"", "cancelled", "standing_order", "preorder", "strange"}).Draw(t, "odd status")
		case 9:
			o.Lines = nil
		case 10:
			o.CompanyName, o.BillingAddress = drawWord(t, "company"), trade.Address{CompanyName: drawWord(t, "billing"), ContactName: drawWord(t, "contact"), Line1: drawWord(t, "street")}
		case 11:
			o.Created = drawTime(t, "created")
		case 12:
			o.CustomerID = rapid.SampledFrom([]string{"", "cu_1", "cu_2"}).Draw(t, "customer id")
		case 13:
			o.Emails.Invoices = []string{drawPerson(t, "one"), drawPerson(t, "two"), drawPerson(t, "three")}
		case 14:
			line.Invoiced, line.Dispatched, line.Paid = drawNumber(t, "invoiced").Decimal, drawNumber(t, "dispatched").Decimal, drawNumber(t, "paid").Decimal
		case 15:
			line.TaxName, line.TaxRateID = rapid.SampledFrom([]string{"", "VAT", "Zero"}).Draw(t, "tax name"), rapid.SampledFrom([]string{"", "tr_1"}).Draw(t, "tax id")
		}
	}
}

func drawPolicy(t *rapid.T) Policy {
	p := Policy{
		IssueOn:     rapid.SampledFrom(append(Triggers(trade.KindOrder), "", "whenever")).Draw(t, "issue on"),
		StrictTaxes: rapid.IntRange(0, 4).Draw(t, "strict") == 0,
	}
	if rapid.Bool().Draw(t, "reissue") {
		p.OnEdit = EditReissue
	}
	if rapid.Bool().Draw(t, "yen allowed") {
		p.Currencies = []string{"JPY"}
	}
	if rapid.Bool().Draw(t, "since") {
		p.Since = clock.Add(-48 * time.Hour)
	}
	if rapid.IntRange(0, 2).Draw(t, "table") == 0 {
		p.Taxes = []TaxRule{{Name: "VAT", Rate: money.MustParse("20")}, {ID: "tr_1", Rate: money.MustParse("22")}, {Percent: number("0"), Rate: money.Zero}}
	}
	return p
}

// drawFacts draws facts about a sale: mostly sound, often spoiled somewhere, in any stage of life.
func drawFacts(t *rapid.T, p Policy) Facts {
	order, customer := drawSale(t)
	f := Facts{SaleID: "or_1", Order: &order, Customer: &customer, Record: Known{ReadAt: clock}, CustomerReadAt: clock, InvoicesReadAt: clock, FreshSince: clock.Add(-15 * time.Minute)}
	f.Invoices = drawInvoices(t, &order)
	switch rapid.IntRange(0, 4).Draw(t, "books") {
	case 0:
	case 1, 2:
		f.Books = Books{OrderID: "ord_1", Status: trade.BooksPending, Written: printsNow(p, f)}
	case 3:
		f.Books = Books{OrderID: "ord_1", DocumentID: "inv_1", Status: trade.BooksInvoiced, Written: printsNow(p, f), Issued: printsNow(p, f)}
	case 4:
		f.Books = Books{
			OrderID:    rapid.SampledFrom([]string{"", "ord_1"}).Draw(t, "books order"),
			DocumentID: rapid.SampledFrom([]string{"", "inv_1"}).Draw(t, "books invoice"),
			Status:     rapid.SampledFrom([]trade.BooksStatus{"", "pending", "invoiced", "cancelled", "failed"}).Draw(t, "books status"),
		}
	}
	if rapid.Bool().Draw(t, "spoiled") {
		spoil(t, &order)
	}
	for range rapid.IntRange(0, 2).Draw(t, "oddities") {
		drawOddity(t, &f)
	}
	return f
}

func drawInvoices(t *rapid.T, o *trade.Order) (invoices []trade.Invoice) {
	for i := range rapid.SampledFrom([]int{0, 1, 1, 1, 2}).Draw(t, "invoices") {
		v := trade.Invoice{
			ID: fmt.Sprintf("iv_%d", i), Number: fmt.Sprintf("INV%d", i), Orders: []string{"or_1"}, Currency: o.Currency, Net: o.Net, Gross: o.Gross,
			Paid: rapid.Bool().Draw(t, "paid"), Proforma: rapid.IntRange(0, 5).Draw(t, "proforma") == 0, CompanyName: secret, Comments: secret,
		}
		if rapid.IntRange(0, 5).Draw(t, "other sum") == 0 {
			v.Gross = drawNumber(t, "invoice gross")
		}
		if rapid.IntRange(0, 5).Draw(t, "shared") == 0 {
			v.Orders = append(v.Orders, "or_2")
		}
		for _, line := range o.Lines {
			v.Lines = append(v.Lines, trade.InvoiceLine{OrderLineID: line.ID, Quantity: line.Quantity})
		}
		invoices = append(invoices, v)
	}
	return invoices
}

func drawOddity(t *rapid.T, f *Facts) {
	odd := &trade.Fault{Field: "order_lines[0].name", Value: "7", Remedy: "enter text"}
	switch rapid.IntRange(0, 13).Draw(t, "oddity") {
	case 0:
		f.Order = nil
	case 1:
		f.Record.Fault = odd
	case 2:
		f.Record.Gone = true
	case 3:
		f.Record.ReadAt = drawTime(t, "order read")
	case 4:
		f.RelatedSince = drawTime(t, "related")
	case 5:
		f.Customer = nil
	case 6:
		f.CustomerFault = odd
	case 7:
		f.CustomerGone = true
	case 8:
		f.CustomerReadAt = drawTime(t, "customer read")
		f.InvoicesReadAt = drawTime(t, "invoices read")
	case 9:
		f.InvoiceFaults = []*trade.Fault{odd}
	case 10:
		f.FreshSince = drawTime(t, "fresh")
	case 11:
		f.Command = Command{Issue: rapid.Bool().Draw(t, "issue"), SkipReason: rapid.SampledFrom([]string{"", secret}).Draw(t, "skip")}
	case 12:
		f.Rejected = &Rejection{Step: rapid.SampledFrom([]string{"create", "update", "issue", "cancel", "annotate", "set_payment", "", "other"}).Draw(t, "refused"), Code: "bad", Message: secret, Status: 422}
	case 13:
		f.Dispatches = []trade.Dispatch{{ID: "di_1", Lines: []trade.DispatchLine{{OrderLineID: "ol_0", Quantity: drawNumber(t, "sent")}}}}
	}
}
