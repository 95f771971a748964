package shop_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox/shop"
)

// TestFailedDeliveriesHoldUpLaterOnes is the other answer to what TestRetryBringsTheSameBodyAndLaterEventsOvertakeIt shows.
func TestFailedDeliveriesHoldUpLaterOnes(t *testing.T) {
	r := &receiver{status: http.StatusInternalServerError}
	s := open(t, shop.Options{
		WebhookTransport: r, WebhookRetries: []time.Duration{time.Minute, time.Minute}, WebhookOrder: shop.WebhooksInOrder,
	})
	s.subscribe("order.created")
	first := s.place(1, 0)
	require.NoError(t, s.Flush(t.Context()))
	r.answerWith(http.StatusOK)
	second, third := s.place(1, 0), s.place(1, 0)
	require.NoError(t, s.Flush(t.Context()))
	require.Len(t, r.sizes(t), 1, "nothing overtakes")
	s.clock.Add(time.Minute)
	require.NoError(t, s.Flush(t.Context()))
	require.Equal(t, []int{1, 1, 2}, r.sizes(t))
	var ids []any
	for _, e := range r.take(t) {
		ids = append(ids, e.Data["order"]["id"])
	}
	require.Equal(t, []any{first.ID, first.ID, second.ID, third.ID}, ids)
}

func TestPayloadsShowTheRecordAtTheEventOrWhenSent(t *testing.T) {
	for policy, want := range map[shop.WebhookPayloadPolicy][]any{
		shop.PayloadAtEvent:  {"new", "released", nil},
		shop.PayloadWhenSent: {"released", "released", nil},
	} {
		r := &receiver{status: http.StatusBadGateway}
		s := open(t, shop.Options{WebhookTransport: r, WebhookPayload: policy, WebhookRetries: []time.Duration{time.Minute}})
		s.subscribe("order.created", "order.updated", "order.deleted")
		order := s.place(1, 0)
		_, err := s.Release(order.ID)
		require.NoError(t, err)
		require.NoError(t, s.Delete(order.ID))
		statuses := func() (out []any) {
			t.Helper()
			require.NoError(t, s.Flush(t.Context()))
			for _, e := range r.take(t) {
				out = append(out, e.Data["order"]["status"])
			}
			return out
		}
		require.Equal(t, want, statuses(), policy)
		r.answerWith(http.StatusOK)
		s.clock.Add(time.Minute)
		require.Equal(t, want, statuses(), "%s: a retry brings the same body", policy)
	}
}

// TestRecreatedWebhookHasItsOwnKey subscribes the same endpoint again, beside the old webhook and instead of it.
func TestRecreatedWebhookHasItsOwnKey(t *testing.T) {
	r := &receiver{}
	s := open(t, shop.Options{WebhookTransport: r})
	first, firstKey := s.subscribe("order.created")
	second, secondKey := s.subscribe("order.created")
	s.place(1, 0)
	require.NoError(t, s.Flush(t.Context()))
	require.Len(t, r.take(t), 2, "each delivers")
	s.deletes("/webhooks/"+first, "webhook")
	s.deletes("/webhooks/"+second, "webhook")
	third, thirdKey := s.subscribe("order.created")
	require.Len(t, map[string]bool{first: true, second: true, third: true}, 3)
	require.Len(t, map[string]bool{firstKey: true, secondKey: true, thirdKey: true}, 3)
}

// TestCorrectionsAreSilent takes a payment away and rewrites an invoice: only a read shows it.
func TestCorrectionsAreSilent(t *testing.T) {
	r := &receiver{}
	s := open(t, shop.Options{WebhookTransport: r, OrderEvents: shop.OrderEventsEdits})
	order := s.place(2, 0)
	invoice, err := s.Invoice(order.ID, shop.InvoiceSpec{})
	require.NoError(t, err)
	_, err = s.Pay(invoice.ID, shop.PaymentSpec{})
	require.NoError(t, err)
	s.subscribe(shop.EventTypes()...)
	_, err = s.EditInvoice(invoice.ID, func(v *shop.Invoice) { v.Comments, v.Number, v.Paid = "Thanks.", "X", false })
	require.NoError(t, err)
	raw := s.one("invoice", "/invoices/"+invoice.ID)
	require.Equal(t, []any{"Thanks.", invoice.Number, true}, []any{raw["comments"], raw["number"], raw["paid"]})
	after, err := s.RemovePayment(invoice.ID, 0)
	require.NoError(t, err)
	require.False(t, after.Paid)
	require.Empty(t, s.one("invoice", "/invoices/"+invoice.ID)["payments"])
	line := s.one("order", "/orders/"+order.ID)["order_lines"].([]any)[0].(map[string]any)
	requireMoney(t, "0", number(t, line, "paid"))
	require.NoError(t, s.Flush(t.Context()))
	require.Empty(t, r.take(t))
	_, err = s.RemovePayment(invoice.ID, 0)
	require.ErrorContains(t, err, "has no payment 0")
	_, err = s.EditInvoice("iv_none", func(*shop.Invoice) {})
	require.Error(t, err)
}

// TestReplacedProformasAreTold has a site that makes a new invoice of a proforma.
func TestReplacedProformasAreTold(t *testing.T) {
	var told []shop.ChangeType
	s := open(t, shop.Options{ProformaReplaced: true, OnChange: func(c shop.Change) { told = append(told, c.What) }})
	proforma, err := s.Invoice(s.place(1, 0).ID, shop.InvoiceSpec{Proforma: true})
	require.NoError(t, err)
	told = nil
	_, err = s.Finalise(proforma.ID)
	require.NoError(t, err)
	require.Equal(t, []shop.ChangeType{shop.ChangeDeleted, shop.ChangeCreated, shop.ChangeInvoiced}, told)
}

// TestChangesAreTold looks at what a listener hears of single deeds, and of those that change nothing.
func TestChangesAreTold(t *testing.T) {
	var told []shop.Change
	s := open(t, shop.Options{OnChange: func(c shop.Change) { told = append(told, c) }})
	heard := func() (out []string) {
		for _, c := range told {
			require.Equal(t, s.clock.Now(), c.At)
			require.Equal(t, c.What == shop.ChangeDeleted, c.Body == nil)
			out = append(out, string(c.Kind)+" "+string(c.What))
		}
		told = nil
		return out
	}
	require.Equal(t, []string{"customer created"}, heard())
	order := s.place(1, 0)
	require.JSONEq(t, string(s.get("/orders/"+order.ID).Body), `{"order":`+string(told[0].Body)+`}`)
	require.Equal(t, []string{"order created"}, heard())
	_, err := s.Edit(order.ID, func(*shop.Order) {})
	require.NoError(t, err)
	require.Empty(t, heard(), "nothing is different")
	proforma, err := s.Invoice(order.ID, shop.InvoiceSpec{Proforma: true})
	require.NoError(t, err)
	require.Equal(t, []string{"invoice created"}, heard())
	invoice, err := s.Finalise(proforma.ID)
	require.NoError(t, err)
	require.Equal(t, []string{"invoice finalised", "order invoiced"}, heard())
	_, err = s.Pay(invoice.ID, shop.PaymentSpec{})
	require.NoError(t, err)
	require.Equal(t, []string{"order paid", "invoice paid"}, heard())
	_, err = s.Dispatch(order.ID, shop.DispatchSpec{})
	require.NoError(t, err)
	require.Equal(t, []string{"dispatch created", "order dispatched"}, heard())
	require.NoError(t, s.DeleteInvoice(invoice.ID))
	require.Equal(t, []string{"invoice deleted", "order unpaid", "order uninvoiced"}, heard())
	s.Corrupt(order.ID, func(raw map[string]any) { delete(raw, "currency") })
	s.Mend(order.ID)
	s.Corrupt("or_none", func(map[string]any) {})
	require.NoError(t, s.Delete(order.ID))
	s.write("PUT", "/customers/"+s.customer.ID, "customer", `{"company_name":"Red Sea"}`)
	require.NoError(t, s.DeleteCustomer(s.customer.ID))
	require.Equal(t, []string{"order altered", "order altered", "order deleted", "customer edited", "customer deleted"}, heard())
}
