package shop_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox/shop"
	"spacebridge/mapping/money"
)

// status asks the API, so that what is tested is what a client sees.
func (s *site) status(id string) string {
	s.t.Helper()
	status, _ := s.one("order", "/orders/"+id)["status"].(string)
	return status
}

func TestOrderIsPaidBeforeItLeaves(t *testing.T) {
	s := open(t, shop.Options{})
	order := s.place(2, 1)
	require.Equal(t, "new", s.status(order.ID))

	invoice, err := s.Invoice(order.ID, shop.InvoiceSpec{})
	require.NoError(t, err)
	require.Equal(t, "INV-1001", invoice.Number)
	require.Equal(t, "2026-03-02", invoice.InvoiceDate)
	require.Equal(t, "2026-03-17", invoice.DueDate)
	require.Equal(t, "15 Days", invoice.PaymentTerms)
	require.Equal(t, "invoiced", s.status(order.ID))
	_, err = s.Dispatch(order.ID, shop.DispatchSpec{})
	require.EqualError(t, err, "The order has not been released, it is invoiced")

	part, err := s.Pay(invoice.ID, shop.PaymentSpec{Amount: money.MustParse("10")})
	require.NoError(t, err)
	require.False(t, part.Paid)
	got, _ := s.Order(order.ID)
	require.Equal(t, int64(2), got.Lines[0].Invoiced)
	require.Zero(t, got.Lines[0].Paid)
	require.Equal(t, "invoiced", s.status(order.ID))

	full, err := s.Pay(invoice.ID, shop.PaymentSpec{Source: "card"})
	require.NoError(t, err)
	require.True(t, full.Paid)
	require.Len(t, full.Payments, 2)
	requireMoney(t, "61.40", full.Payments[1].Amount) // 2 x 22.25 + 15 = 59.50, and 20 % of it, less 10
	got, _ = s.Order(order.ID)
	require.Equal(t, int64(2), got.Lines[0].Paid)
	require.Equal(t, "released", s.status(order.ID))
	_, err = s.Pay(invoice.ID, shop.PaymentSpec{})
	require.EqualError(t, err, "Invoice INV-1001 is already paid")

	_, err = s.Dispatch(order.ID, shop.DispatchSpec{Lines: []shop.DispatchLineSpec{{SKU: "AD-16", Quantity: 1}}})
	require.NoError(t, err)
	require.Equal(t, "part_fulfilled", s.status(order.ID))
	dispatch, err := s.Dispatch(order.ID, shop.DispatchSpec{Comments: "Royal Mail"})
	require.NoError(t, err)
	require.Len(t, dispatch.Lines, 2)
	require.Equal(t, "fulfilled", s.status(order.ID))
	_, err = s.Dispatch(order.ID, shop.DispatchSpec{})
	require.EqualError(t, err, "The order has already been fulfilled")
	_, err = s.Cancel(order.ID)
	require.ErrorContains(t, err, "can not be cancelled")
}

func TestOrderIsReleasedBeforeItIsPaid(t *testing.T) {
	s := open(t, shop.Options{})
	order := s.place(1, 0)
	_, err := s.Release(order.ID)
	require.NoError(t, err)
	require.Equal(t, "released", s.status(order.ID))
	_, err = s.Release(order.ID)
	require.ErrorContains(t, err, "can not be released, it is released")
	_, err = s.Invoice(order.ID, shop.InvoiceSpec{})
	require.NoError(t, err)
	require.Equal(t, "released", s.status(order.ID))
	_, err = s.Invoice(order.ID, shop.InvoiceSpec{})
	require.EqualError(t, err, "There are no outstanding items to invoice")
}

func TestPreorderWaitsForItsHold(t *testing.T) {
	s := open(t, shop.Options{})
	window := s.AddPreorderWindow(shop.PreorderWindow{Name: "SS26"})
	order, err := s.Place(shop.OrderSpec{CustomerID: s.customer.ID, Lines: []shop.LineSpec{
		{SKU: "AD-16", Quantity: 3, OnHold: true, PreorderWindowID: window.ID},
		{Name: "Courier", Shipping: true, UnitPrice: money.Some(money.MustParse("4.9"))},
	}})
	require.NoError(t, err)
	require.Equal(t, "preorder", s.status(order.ID))
	require.Equal(t, int64(100), s.Stock()[0].Available)
	invoice, err := s.Invoice(order.ID, shop.InvoiceSpec{})
	require.NoError(t, err)
	_, err = s.Pay(invoice.ID, shop.PaymentSpec{})
	require.NoError(t, err)
	require.Equal(t, "preorder", s.status(order.ID)) // can be marked paid without showing in dispatch
	_, err = s.ReleaseHold(order.ID)
	require.NoError(t, err)
	require.Equal(t, "released", s.status(order.ID))
	require.Equal(t, int64(97), s.Stock()[0].Available)
	_, err = s.ReleaseHold(order.ID)
	require.ErrorContains(t, err, "no lines on hold")
	_, err = s.Hold(order.ID)
	require.NoError(t, err)
	require.Equal(t, "preorder", s.status(order.ID))
}

func TestShippingIsNotAnItemToDispatch(t *testing.T) {
	for _, counted := range []bool{false, true} {
		s := open(t, shop.Options{DispatchShipping: counted})
		order, err := s.Place(shop.OrderSpec{CustomerID: s.customer.ID, Lines: []shop.LineSpec{
			{SKU: "AD-16"}, {Name: "Courier", Shipping: true, UnitPrice: money.Some(money.MustParse("4.9"))},
		}})
		require.NoError(t, err)
		require.Equal(t, "Courier", order.ShippingType)
		_, err = s.Release(order.ID)
		require.NoError(t, err)
		dispatch, err := s.Dispatch(order.ID, shop.DispatchSpec{})
		require.NoError(t, err)
		require.Len(t, dispatch.Lines, 1)
		got, _ := s.Order(order.ID)
		require.Equal(t, shop.StatusFulfilled, got.Status)
		require.Equal(t, counted, got.Lines[1].Dispatched == 1)
	}
}

func TestPartInvoicesAndSharedInvoices(t *testing.T) {
	s := open(t, shop.Options{})
	one, two := s.place(5, 0), s.place(0, 4)
	first, err := s.Invoice(one.ID, shop.InvoiceSpec{Lines: []shop.InvoiceLineSpec{{SKU: "AD-16", Quantity: 2}}})
	require.NoError(t, err)
	requireMoney(t, "44.5", first.NetTotal)
	_, err = s.Invoice(one.ID, shop.InvoiceSpec{Lines: []shop.InvoiceLineSpec{{SKU: "AD-16", Quantity: 4}}})
	require.EqualError(t, err, "invoice_lines[0] Quantity must be between 1 and the outstanding 3")
	shared, err := s.Invoice(one.ID, shop.InvoiceSpec{Orders: []string{two.ID}, Number: "X-9"})
	require.NoError(t, err)
	require.Equal(t, "X-9", shared.Number)
	require.Len(t, shared.Orders, 2)
	require.Equal(t, int64(3), shared.Lines[0].Quantity)
	_, err = s.Invoice(s.place(1, 0).ID, shop.InvoiceSpec{Number: "X-9"})
	require.ErrorContains(t, err, "Number has already been taken")

	require.NoError(t, s.DeleteInvoice(shared.ID))
	got, _ := s.Order(one.ID)
	require.Equal(t, int64(2), got.Lines[0].Invoiced)
	require.Equal(t, "invoiced", s.status(one.ID))
	require.Equal(t, "new", s.status(two.ID))
	require.ErrorContains(t, s.DeleteInvoice(shared.ID), "Couldn't find invoice with id")
}

func TestDeletingAPaidInvoiceTakesThePaymentBack(t *testing.T) {
	s := open(t, shop.Options{})
	order := s.place(2, 0)
	invoice, err := s.Invoice(order.ID, shop.InvoiceSpec{})
	require.NoError(t, err)
	_, err = s.Pay(invoice.ID, shop.PaymentSpec{})
	require.NoError(t, err)
	require.NoError(t, s.DeleteInvoice(invoice.ID))
	got, _ := s.Order(order.ID)
	require.Zero(t, got.Lines[0].Paid)
	require.Zero(t, got.Lines[0].Invoiced)
}

func TestMoneyGivenBackUnpaysTheInvoice(t *testing.T) {
	s := open(t, shop.Options{})
	order := s.place(1, 0)
	invoice, err := s.Invoice(order.ID, shop.InvoiceSpec{})
	require.NoError(t, err)
	_, err = s.Pay(invoice.ID, shop.PaymentSpec{})
	require.NoError(t, err)
	back, err := s.Pay(invoice.ID, shop.PaymentSpec{Amount: money.MustParse("-5")})
	require.NoError(t, err)
	require.False(t, back.Paid)
	got, _ := s.Order(order.ID)
	require.Zero(t, got.Lines[0].Paid)
	_, err = s.Pay(invoice.ID, shop.PaymentSpec{Amount: money.MustParse("5.01")})
	require.ErrorContains(t, err, "Amount must not be more than")
	_, err = s.Pay(invoice.ID, shop.PaymentSpec{Amount: money.MustParse("0.005")})
	require.EqualError(t, err, "Amount is invalid")
}

func TestProformaBecomesAnInvoice(t *testing.T) {
	for _, replaced := range []bool{false, true} {
		s := open(t, shop.Options{ProformaReplaced: replaced})
		order := s.place(1, 0)
		proforma, err := s.Invoice(order.ID, shop.InvoiceSpec{Proforma: true})
		require.NoError(t, err)
		require.Equal(t, "new", s.status(order.ID))
		_, err = s.Pay(proforma.ID, shop.PaymentSpec{})
		require.NoError(t, err)
		got, _ := s.Order(order.ID)
		require.Zero(t, got.Lines[0].Paid)

		final, err := s.Finalise(proforma.ID)
		require.NoError(t, err)
		require.False(t, final.Proforma)
		require.Equal(t, replaced, final.ID != proforma.ID)
		_, there := s.FindInvoice(proforma.ID)
		require.Equal(t, !replaced, there)
		got, _ = s.Order(order.ID)
		require.Equal(t, int64(1), got.Lines[0].Invoiced)
		require.Equal(t, int64(1), got.Lines[0].Paid)
		_, err = s.Finalise(final.ID)
		require.ErrorContains(t, err, "is not a proforma")
	}
}

func TestEditComputesAgain(t *testing.T) {
	s := open(t, shop.Options{})
	order := s.place(1, 1)
	edited, err := s.Edit(order.ID, func(o *shop.Order) {
		o.ID, o.Number = "or_forged00", 1
		o.Lines[0].Quantity = 4
		o.Lines[1].TaxRateID = s.reduced.ID
		o.Lines = append(o.Lines, shop.OrderLine{
			Name: "Gift wrap", Quantity: 1, UnitPrice: money.MustParse("-0.125"), TaxRateID: s.standard.ID,
		})
		o.Reference = "edited"
	})
	require.NoError(t, err)
	require.Equal(t, []any{order.ID, order.Number}, []any{edited.ID, edited.Number})
	require.Equal(t, "Reduced", edited.Lines[1].TaxName)
	require.Equal(t, "Standard", edited.Lines[2].TaxName)
	require.NotEmpty(t, edited.Lines[2].ID)
	requireMoney(t, "-0.13", edited.Lines[2].SubTotal) // half away from zero
	requireMoney(t, "-0.03", edited.Lines[2].TaxAmount)
	requireMoney(t, "103.87", edited.NetTotal)
	requireMoney(t, "122.39", edited.GrossTotal) // 103.87 + 17.80 + 0.75 - 0.03
	untouched, _ := s.Order(order.ID)
	edited.Lines[0].Quantity = 99 // a copy
	again, _ := s.Order(order.ID)
	require.Equal(t, untouched, again)
	_, err = s.Edit(order.ID, func(o *shop.Order) { o.Currency = "XXX" })
	require.EqualError(t, err, "Currency is invalid")
	again, _ = s.Order(order.ID)
	require.Equal(t, untouched, again)
}

func TestRoundingFollowsTheCurrency(t *testing.T) {
	s := open(t, shop.Options{})
	tests := []struct{ currency, price, sub, tax string }{
		{"GBP", "1.115", "3.35", "0.67"}, // 3.345 up, 0.67 exactly
		{"JPY", "33.5", "101", "20"},     // 100.5 up, 20.2 down
		{"KWD", "0.0005", "0.002", "0"},  // 0.0015 up, 0.0004 down
	}
	for _, test := range tests {
		order, err := s.Place(shop.OrderSpec{CustomerID: s.customer.ID, Currency: test.currency, Lines: []shop.LineSpec{
			{Name: "Thing", Quantity: 3, UnitPrice: money.Some(money.MustParse(test.price))},
		}})
		require.NoError(t, err)
		requireMoney(t, test.sub, order.Lines[0].SubTotal)
		requireMoney(t, test.tax, order.Lines[0].TaxAmount)
	}
}

func TestPricesComeFromThePriceList(t *testing.T) {
	s := open(t, shop.Options{})
	euros := s.AddPriceList(shop.PriceList{Name: "Euros", Currency: "EUR", ConversionRate: money.MustParse("115")})
	s.AddProduct(shop.Product{Code: "B", Name: "Belt", Active: true, Variants: []shop.Variant{
		{SKU: "B-1", UnitPrice: money.MustParse("9.99")},
		{SKU: "B-2", UnitPrice: money.MustParse("9.99"), PriceListPrices: []shop.PriceListPrice{
			{ID: euros.ID, UnitPrice: money.Some(money.MustParse("12"))},
		}},
	}})
	abroad := s.AddCustomer(shop.Customer{CompanyName: "Ciel", PriceListID: euros.ID})
	order, err := s.Place(shop.OrderSpec{CustomerID: abroad.ID, Lines: []shop.LineSpec{{SKU: "B-1"}, {SKU: "B-2"}, {Name: "Fee", Untaxed: true}}})
	require.NoError(t, err)
	require.Equal(t, "EUR", order.Currency)
	requireMoney(t, "11.49", order.Lines[0].UnitPrice)
	requireMoney(t, "12", order.Lines[1].UnitPrice)
	require.Empty(t, order.Lines[2].TaxRateID)
}

func TestStockFollowsTheOrder(t *testing.T) {
	s := open(t, shop.Options{})
	level := func() [2]int64 { return [2]int64{s.Stock()[0].OnHand, s.Stock()[0].Available} }
	order := s.place(10, 0)
	require.Equal(t, [2]int64{100, 90}, level())
	_, err := s.Release(order.ID)
	require.NoError(t, err)
	_, err = s.Dispatch(order.ID, shop.DispatchSpec{Lines: []shop.DispatchLineSpec{{SKU: "AD-16", Quantity: 4}}})
	require.NoError(t, err)
	require.Equal(t, [2]int64{96, 90}, level())
	_, err = s.Cancel(order.ID)
	require.NoError(t, err)
	require.Equal(t, [2]int64{96, 96}, level())
	require.Equal(t, "cancelled", s.status(order.ID)) // stays readable
	_, err = s.Invoice(order.ID, shop.InvoiceSpec{})
	require.ErrorContains(t, err, "can not be invoiced, it is cancelled")
	require.NoError(t, s.Delete(order.ID))
	require.Equal(t, [2]int64{96, 96}, level())
}

func TestStandingOrderIsATemplate(t *testing.T) {
	s := open(t, shop.Options{})
	template, err := s.Place(shop.OrderSpec{CustomerID: s.customer.ID, Standing: true, Lines: []shop.LineSpec{{SKU: "AD-16", Quantity: 2}}})
	require.NoError(t, err)
	require.Equal(t, "standing_order", s.status(template.ID))
	require.Equal(t, int64(100), s.Stock()[0].Available)
	order, err := s.GenerateOrder(template.ID, s.clock.Now())
	require.NoError(t, err)
	require.Equal(t, template.ID, s.one("order", "/orders/"+order.ID)["standing_order_id"])
	require.NotEqual(t, template.Lines[0].ID, order.Lines[0].ID)
	requireMoney(t, "53.4", order.GrossTotal)
	_, err = s.Release(template.ID)
	require.Error(t, err)
	_, err = s.GenerateOrder(order.ID, s.clock.Now())
	require.ErrorContains(t, err, "is not a standing order")
}
