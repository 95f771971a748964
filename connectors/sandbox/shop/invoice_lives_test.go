package shop_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox/shop"
	"spacebridge/mapping/money"
)

func TestInvoiceOfItsOwnLines(t *testing.T) {
	s := open(t, shop.Options{})
	order := s.place(1, 0)
	invoice := s.bills(order.ID, shop.InvoiceSpec{
		Deposit: &shop.Deposit{Percentage: money.MustParse("25"), DueDate: "2026-03-05"},
		Lines: []shop.InvoiceLineSpec{
			{OrderLineID: order.Lines[0].ID},
			{Name: "Handling", UnitPrice: money.Some(money.MustParse("3")), TaxRateID: s.reduced.ID},
			{Name: "Credit", UnitPrice: money.Some(money.MustParse("-100")), Untaxed: true},
		},
	})
	requireMoney(t, "-74.75", invoice.NetTotal)   // 22.25 + 3 - 100
	requireMoney(t, "-70.15", invoice.GrossTotal) // and 4.45 + 0.15
	requireMoney(t, "25", invoice.Deposit.Percentage)
	require.Empty(t, invoice.Lines[2].TaxRateID)
	paidOut, err := s.Pay(invoice.ID, shop.PaymentSpec{})
	require.NoError(t, err)
	requireMoney(t, "-70.15", paidOut.Payments[0].Amount)
	require.True(t, paidOut.Paid)
}

func TestCurrenciesOfZeroAndThreeDecimals(t *testing.T) {
	s := open(t, shop.Options{})
	for currency, want := range map[string]string{"JPY": "1201", "KWD": "1200.606"} {
		order, err := s.Place(shop.OrderSpec{CustomerID: s.customer.ID, Currency: currency, Lines: []shop.LineSpec{
			{Name: "Piece", UnitPrice: money.Some(money.MustParse("1000.505"))},
		}})
		require.NoError(t, err)
		requireMoney(t, want, order.GrossTotal)
		requireMoney(t, want, s.bills(order.ID, shop.InvoiceSpec{}).GrossTotal)
	}
}

// TestInvoiceRewritten changes the lines of an invoice in its place, and follows the counts.
func TestInvoiceRewritten(t *testing.T) {
	s := open(t, shop.Options{})
	order := s.place(5, 1)
	invoice := s.bills(order.ID, shop.InvoiceSpec{})
	_, err := s.Pay(invoice.ID, shop.PaymentSpec{})
	require.NoError(t, err)
	counts := func() [][2]int64 {
		var out [][2]int64
		for _, line := range s.order(order.ID).Lines {
			out = append(out, [2]int64{line.Invoiced, line.Paid})
		}
		return out
	}
	require.Equal(t, [][2]int64{{5, 5}, {1, 1}}, counts())
	edited, err := s.EditInvoice(invoice.ID, func(v *shop.Invoice) {
		v.Lines = v.Lines[:1]
		v.Lines[0].Quantity, v.Lines[0].TaxRateID = 4, s.reduced.ID
		v.InvoiceDate, v.Number, v.Paid = "2026-03-01", "stays", false
	})
	require.NoError(t, err)
	requireMoney(t, "93.45", edited.GrossTotal) // 4 x 22.25 = 89, and 5 % of it
	require.Equal(t, "INV-1001", edited.Number)
	require.Equal(t, "2026-03-01", edited.InvoiceDate)
	require.True(t, edited.Paid, "more was paid than is asked now")
	require.Equal(t, [][2]int64{{4, 4}, {0, 0}}, counts())
	_, err = s.EditInvoice(invoice.ID, func(v *shop.Invoice) { v.Lines[0].UnitPrice = money.MustParse("500") })
	require.NoError(t, err)
	require.Equal(t, [][2]int64{{4, 0}, {0, 0}}, counts(), "and now less")
	_, err = s.EditInvoice(invoice.ID, func(v *shop.Invoice) { v.Lines[0].TaxRateID = "tr_x" })
	require.EqualError(t, err, "Tax Rate is invalid")
	still, _ := s.FindInvoice(invoice.ID)
	require.Equal(t, s.reduced.ID, still.Lines[0].TaxRateID)
	require.NoError(t, s.DeleteInvoice(invoice.ID))
	require.Equal(t, [][2]int64{{0, 0}, {0, 0}}, counts())
}

func TestInvoiceRemade(t *testing.T) {
	s := open(t, shop.Options{})
	one, two := s.place(2, 0), s.place(0, 1)
	first := s.bills(one.ID, shop.InvoiceSpec{Orders: []string{two.ID}})
	_, err := s.Pay(first.ID, shop.PaymentSpec{})
	require.NoError(t, err)
	s.must(s.Edit(one.ID, func(o *shop.Order) { o.Lines[0].Quantity = 3 }))
	requireMoney(t, "71.4", first.GrossTotal) // an edit leaves the invoice alone
	second, err := s.RemakeInvoice(first.ID, shop.InvoiceSpec{Number: first.Number})
	require.NoError(t, err)
	require.NotEqual(t, first.ID, second.ID)
	require.Equal(t, first.Number, second.Number)
	require.Len(t, second.Orders, 2)
	requireMoney(t, "98.1", second.GrossTotal)
	require.Empty(t, second.Payments)
	_, there := s.FindInvoice(first.ID)
	require.False(t, there)
	require.Equal(t, int64(3), s.order(one.ID).Lines[0].Invoiced)
	require.Zero(t, s.order(one.ID).Lines[0].Paid)

	s.must(s.Cancel(two.ID))
	_, err = s.RemakeInvoice(second.ID, shop.InvoiceSpec{})
	require.ErrorContains(t, err, "can not be invoiced, it is cancelled")
	require.Empty(t, s.Invoices())
}

func TestControlOfLives(t *testing.T) {
	s := open(t, shop.Options{})
	s.ok("POST", "/orders", `{"created":"2026-03-01T23:59:59Z","number":7,"customer_po_number":"PO-1","currency":"KWD",
		"lines":[{"name":"A","unit_price":1.005,"quantity":3},{"name":"B","unit_price":2,"untaxed":true,"options":"Red"}]}`, "order")
	got := s.ok("GET", "/orders/7", "", "order")
	require.Equal(t, "2026-03-01T23:59:59Z", got["created"])
	require.Equal(t, "PO-1", got["customer_po_number"])
	requireMoney(t, "5.618", number(t, got, "gross_total")) // 3.015 + 0.603 + 2
	s.ok("POST", "/orders/7/cancel", "", "order")
	sent := s.ok("POST", "/orders/7/dispatch", `{"anyway":true,"comments":"late"}`, "dispatch")
	require.Len(t, sent["dispatch_lines"], 2)
	require.Equal(t, "fulfilled", s.ok("POST", "/orders/7/uncancel", "", "order")["status"])

	s.ok("POST", "/orders", `{"lines":[{"sku":"AD-16","quantity":2},{"sku":"AD-18"}]}`, "order")
	s.ok("POST", "/orders", "", "order")
	held := s.ok("POST", "/orders/1001/hold", `{"lines":["AD-18"]}`, "order")
	require.Equal(t, "new", held["status"])
	require.Equal(t, true, held["order_lines"].([]any)[1].(map[string]any)["on_hold"])
	s.ok("POST", "/orders/1001/release_hold", `{"lines":["AD-18"]}`, "order")
	invoice := s.ok("POST", "/orders/1001/invoice", `{"orders":["1002"],"deposit":{"percentage":30,"due_date":"2026-03-09"},
		"lines":[{"sku":"AD-18"},{"name":"Credit","unit_price":-3,"untaxed":true}]}`, "invoice")
	require.Len(t, invoice["orders"], 2)
	requireMoney(t, "15", number(t, invoice, "gross_total")) // 15 + 3 - 3
	require.Equal(t, "2026-03-09", invoice["deposit"].(map[string]any)["due_date"])
	path := "/invoices/" + invoice["number"].(string)
	require.Equal(t, true, s.ok("POST", path+"/pay", `{"amount":20,"anyway":true}`, "invoice")["paid"])
	require.Equal(t, false, s.ok("POST", path+"/unpay", `{"payment":0}`, "invoice")["paid"])
	edited := s.ok("POST", path+"/edit", `{"comments":"anew","lines":[{"line":0,"unit_price":20}],"remove":[1]}`, "invoice")
	requireMoney(t, "24", number(t, edited, "gross_total"))
	require.Equal(t, "anew", edited["comments"])
	status, reply := s.hand("POST", path+"/edit", `{"comments":"not this","lines":[{"line":5}]}`)
	require.Equal(t, 422, status)
	require.Equal(t, "lines: no line 5", reply["error"])
	remade := s.ok("POST", path+"/remake", `{"number":"R-1"}`, "invoice")
	require.Equal(t, "R-1", remade["number"])
	require.Len(t, remade["invoice_lines"], 3)

	_, rates := s.hand("POST", "/tax_rates", `{"name":"Exempt","rate":0}`)
	require.Len(t, rates["tax_rates"], 3)
	status, _ = s.hand("POST", "/tax_rates", `{"name":"Exempt"}`)
	require.Equal(t, 422, status)
	_, terms := s.hand("POST", "/payment_terms", `{"name":"Half now","deposit_percentage":50,"days_due":30}`)
	require.Len(t, terms["payment_terms"], 2)
}
