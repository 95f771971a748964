package shop_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox/shop"
	"spacebridge/mapping/money"
)

func (s *site) order(id string) shop.Order {
	s.t.Helper()
	order, ok := s.Order(id)
	require.True(s.t, ok)
	return order
}

func (s *site) available() int64 { return s.Stock()[0].Available }

// TestUncancel brings orders back from being cancelled, to what they were or would be.
func TestUncancel(t *testing.T) {
	tests := map[string]struct {
		before, meanwhile func(s *site, o shop.Order)
		want              string
	}{
		"new":      {want: "new"},
		"released": {before: func(s *site, o shop.Order) { s.must(s.Release(o.ID)) }, want: "released"},
		"invoiced": {before: func(s *site, o shop.Order) { s.bills(o.ID, shop.InvoiceSpec{}) }, want: "invoiced"},
		"on hold":  {before: func(s *site, o shop.Order) { s.must(s.Hold(o.ID)) }, want: "preorder"},
		"part sent": {before: func(s *site, o shop.Order) {
			s.must(s.Release(o.ID))
			s.sends(o.ID, shop.DispatchSpec{Lines: []shop.DispatchLineSpec{{SKU: "AD-16", Quantity: 2}}})
		}, want: "part_fulfilled"},
		"its invoice went meanwhile": {
			before:    func(s *site, o shop.Order) { s.bills(o.ID, shop.InvoiceSpec{}) },
			meanwhile: func(s *site, _ shop.Order) { require.NoError(s.t, s.DeleteInvoice(s.Invoices()[0].ID)) },
			want:      "new",
		},
		"all was sent meanwhile": {meanwhile: func(s *site, o shop.Order) { s.sends(o.ID, shop.DispatchSpec{Anyway: true}) }, want: "fulfilled"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t, shop.Options{})
			order := s.place(5, 0)
			_, err := s.Uncancel(order.ID)
			require.ErrorContains(t, err, "is not cancelled")
			if tc.before != nil {
				tc.before(s, order)
			}
			free := s.available()
			s.must(s.Cancel(order.ID))
			require.Equal(t, "cancelled", s.status(order.ID))
			if tc.meanwhile != nil {
				tc.meanwhile(s, order)
			}
			require.Equal(t, "cancelled", s.status(order.ID))
			s.must(s.Uncancel(order.ID))
			require.Equal(t, tc.want, s.status(order.ID))
			require.Equal(t, free, s.available(), "the same stock is taken as before")
		})
	}
	s := open(t, shop.Options{})
	template, err := s.Place(shop.OrderSpec{CustomerID: s.customer.ID, Standing: true, Lines: []shop.LineSpec{{SKU: "AD-16"}}})
	require.NoError(t, err)
	s.must(s.Cancel(template.ID))
	s.must(s.Uncancel(template.ID))
	require.Equal(t, "standing_order", s.status(template.ID))
}

func (s *site) must(o shop.Order, err error) shop.Order {
	s.t.Helper()
	require.NoError(s.t, err)
	return o
}

func (s *site) bills(orderID string, spec shop.InvoiceSpec) shop.Invoice {
	s.t.Helper()
	invoice, err := s.Invoice(orderID, spec)
	require.NoError(s.t, err)
	return invoice
}

func (s *site) sends(orderID string, spec shop.DispatchSpec) {
	s.t.Helper()
	_, err := s.Dispatch(orderID, spec)
	require.NoError(s.t, err)
}

func TestSendingAnyway(t *testing.T) {
	s := open(t, shop.Options{})
	order := s.place(3, 0)
	more := shop.DispatchSpec{Lines: []shop.DispatchLineSpec{{SKU: "AD-16", Quantity: 4}}}
	_, err := s.Dispatch(order.ID, more)
	require.ErrorContains(t, err, "has not been released")
	s.must(s.Release(order.ID))
	_, err = s.Dispatch(order.ID, more)
	require.ErrorContains(t, err, "between 1 and the outstanding 3")
	more.Anyway = true
	s.sends(order.ID, more)
	require.Equal(t, "fulfilled", s.status(order.ID))
	s.sends(order.ID, more)
	require.Equal(t, int64(8), s.order(order.ID).Lines[0].Dispatched)
	require.Equal(t, shop.InventoryLevel{SKU: "AD-16", OnHand: 92, Available: 92}, s.Stock()[0])

	gone := s.place(2, 0)
	s.must(s.Cancel(gone.ID))
	_, err = s.Dispatch(gone.ID, shop.DispatchSpec{})
	require.ErrorContains(t, err, "it is cancelled")
	s.sends(gone.ID, shop.DispatchSpec{Anyway: true, Comments: "DPD 1550 2345"})
	require.Equal(t, "cancelled", s.status(gone.ID))
	require.Equal(t, int64(2), s.order(gone.ID).Lines[0].Dispatched)

	held := s.place(1, 1)
	s.must(s.HoldLines(held.ID, "AD-16"))
	s.sends(held.ID, shop.DispatchSpec{Anyway: true})
	require.Equal(t, "fulfilled", s.status(held.ID))
}

func TestSingleLinesOnHold(t *testing.T) {
	s := open(t, shop.Options{})
	order := s.place(3, 2)
	held := s.must(s.HoldLines(order.ID, "AD-18"))
	require.False(t, held.Lines[0].OnHold)
	require.True(t, held.Lines[1].OnHold)
	require.Equal(t, "new", s.status(order.ID))
	require.Equal(t, int64(100), s.Stock()[1].Available, "what is on hold takes no stock")
	_, err := s.HoldLines(order.ID, order.Lines[0].ID, "AD-99")
	require.EqualError(t, err, "Order 1001 has no line with id or SKU 'AD-99'")
	require.False(t, s.order(order.ID).Lines[0].OnHold, "all or none")
	s.must(s.HoldLines(order.ID, order.Lines[0].ID, "AD-18"))
	require.Equal(t, "preorder", s.status(order.ID))
	s.must(s.ReleaseLines(order.ID, "AD-16"))
	s.must(s.ReleaseLines(order.ID, "AD-16", "AD-18"))
	require.Equal(t, "new", s.status(order.ID))
	require.Equal(t, []int64{97, 98}, []int64{s.Stock()[0].Available, s.Stock()[1].Available})
	s.must(s.Cancel(order.ID))
	_, err = s.HoldLines(order.ID, "AD-16")
	require.ErrorContains(t, err, "can not be put on hold")
}

// TestReachedStays asks for how far an order has ever come, when it is no longer there.
func TestReachedStays(t *testing.T) {
	s := open(t, shop.Options{DispatchShipping: true})
	order := s.place(2, 1)
	require.Zero(t, s.order(order.ID).Reached)
	half := s.bills(order.ID, shop.InvoiceSpec{Lines: []shop.InvoiceLineSpec{{SKU: "AD-16", Quantity: 1}}})
	require.Zero(t, s.order(order.ID).Reached)
	proforma := s.bills(order.ID, shop.InvoiceSpec{Proforma: true})
	require.Zero(t, s.order(order.ID).Reached.Invoiced, "a proforma counts for nothing")
	rest, err := s.Finalise(proforma.ID)
	require.NoError(t, err)
	require.Equal(t, s.clock.Now(), s.order(order.ID).Reached.Invoiced)
	for _, invoice := range []shop.Invoice{rest, half} {
		require.Zero(t, s.order(order.ID).Reached.Paid)
		_, err := s.Pay(invoice.ID, shop.PaymentSpec{})
		require.NoError(t, err)
	}
	at := s.order(order.ID).Reached
	require.False(t, at.Paid.IsZero() || at.Released.IsZero())
	require.Zero(t, at.Dispatched)
	first := s.clock.Now()
	s.clock.Add(time.Hour)
	s.must(s.Edit(order.ID, func(o *shop.Order) { o.Reference = "R" }))
	_, err = s.RemovePayment(rest.ID, 0)
	require.NoError(t, err)
	require.NoError(t, s.DeleteInvoice(half.ID))
	s.must(s.Edit(order.ID, func(o *shop.Order) { o.Lines[0].Quantity = 9 }))
	require.Equal(t, at, s.order(order.ID).Reached)
	invoice, _ := s.FindInvoice(rest.ID)
	require.False(t, invoice.Paid)
	require.Equal(t, first, invoice.FirstPaid)
}

func TestOverpaymentAndRefund(t *testing.T) {
	for _, keeps := range []bool{false, true} {
		s := open(t, shop.Options{RefundsKeepPaid: keeps})
		order := s.place(1, 0) // 26.70
		invoice := s.bills(order.ID, shop.InvoiceSpec{})
		thirty := shop.PaymentSpec{Amount: money.MustParse("30")}
		_, err := s.Pay(invoice.ID, thirty)
		require.EqualError(t, err, "Amount must not be more than the outstanding 26.70")
		thirty.Anyway = true
		over, err := s.Pay(invoice.ID, thirty)
		require.NoError(t, err)
		require.True(t, over.Paid)
		requireMoney(t, "-3.3", over.Outstanding())
		back, err := s.Pay(invoice.ID, shop.PaymentSpec{Amount: money.MustParse("-3.3")})
		require.NoError(t, err)
		require.True(t, back.Paid, "what was too much is given back")
		back, err = s.Pay(invoice.ID, shop.PaymentSpec{Amount: money.MustParse("-26.7"), Source: "card", Reference: "re_1"})
		require.NoError(t, err)
		require.Equal(t, keeps, back.Paid)
		require.Equal(t, keeps, s.order(order.ID).Lines[0].Paid == 1)
		require.Len(t, back.Payments, 3)
	}
}
