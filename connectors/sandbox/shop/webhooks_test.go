package shop_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox/shop"
)

// receiver takes deliveries in the place of the network.
type receiver struct {
	mu      sync.Mutex
	status  int // 0: 200
	bodies  [][]byte
	headers []http.Header
}

func (r *receiver) RoundTrip(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bodies, r.headers = append(r.bodies, body), append(r.headers, request.Header)
	status := r.status
	if status == 0 {
		status = http.StatusOK
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(bytes.NewReader(nil)), Request: request}, nil
}

func (r *receiver) answerWith(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

// sizes are how many events each delivery had.
func (r *receiver) sizes(t *testing.T) []int {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []int
	for _, body := range r.bodies {
		var events []any
		require.NoError(t, json.Unmarshal(body, &events))
		out = append(out, len(events))
	}
	return out
}

// received is one event of a delivery.
type received struct {
	Event string                    `json:"event"`
	Data  map[string]map[string]any `json:"data"`
}

// take gives the events that came, and forgets them.
func (r *receiver) take(t *testing.T) []received {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []received
	for _, body := range r.bodies {
		var events []received
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.UseNumber()
		require.NoError(t, decoder.Decode(&events))
		all = append(all, events...)
	}
	r.bodies, r.headers = nil, nil
	return all
}

func (s *site) subscribe(events ...string) (id, key string) {
	s.t.Helper()
	hook := s.write("POST", "/webhooks", "webhook",
		`{"endpoint":"http://receiver.test/hook","events":["`+strings.Join(events, `","`)+`"]}`)
	return hook["id"].(string), hook["signing_key"].(string)
}

func TestWebhooksAreKept(t *testing.T) {
	s := open(t, shop.Options{})
	first, key := s.subscribe("order.created", "dispatch.created")
	require.Regexp(t, `^wh_[a-z0-9]{8}$`, first)
	require.Regexp(t, `^[A-Za-z0-9]{40}$`, key)
	second, otherKey := s.subscribe("order.updated")
	require.NotEqual(t, key, otherKey)
	ids, _ := s.ids("webhooks", "")
	require.Equal(t, []string{second, first}, ids)
	changed := s.write("PUT", "/webhooks/"+first, "webhook", `{"events":["invoice.created"]}`)
	require.Equal(t, []any{"invoice.created"}, changed["events"])
	require.Equal(t, key, changed["signing_key"])
	require.Equal(t, changed, s.one("webhook", "/webhooks/"+first))
	s.refuses("PUT", "/webhooks/"+first, "webhook", `{"events":["invoice.updated"]}`, "Validation failed: Events is invalid")
	s.deletes("/webhooks/"+first, "webhook")
}

func TestWebhookEndpointMustBeHTTPS(t *testing.T) {
	c := newClock()
	s := &site{Shop: shop.New(shop.Options{Now: c.Now, ManualWebhooks: true}), t: t, clock: c}
	defer s.Close()
	s.api, s.identity = s.APIHandler(), s.IdentityHandler()
	s.token = s.newToken()
	s.refuses("POST", "/webhooks", "webhook", `{"endpoint":"http://x.test/","events":["order.created"]}`,
		"Validation failed: Endpoint must be a https url")
	s.write("POST", "/webhooks", "webhook", `{"endpoint":"https://x.test/","events":["order.created"]}`)
}

func TestDeliveriesAreSignedAndBatched(t *testing.T) {
	r := &receiver{}
	s := open(t, shop.Options{WebhookTransport: r})
	_, key := s.subscribe("order.created", "customer.created")
	repeat(60, func(int) { s.place(1, 0) })
	s.AddCustomer(shop.Customer{CompanyName: "Red Earth"})
	require.NoError(t, s.Flush(t.Context()))
	require.Equal(t, []int{50, 11}, r.sizes(t))
	for i, body := range r.bodies {
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write(body)
		require.Equal(t, base64.StdEncoding.EncodeToString(mac.Sum(nil)), r.headers[i].Get("X-Orderspace-Signature"))
		require.Equal(t, "application/json", r.headers[i].Get("Content-Type"))
	}
	events := r.take(t)
	require.Equal(t, "order.created", events[0].Event)
	require.Equal(t, "new", events[0].Data["order"]["status"])
	require.Equal(t, "customer.created", events[60].Event)
	require.Empty(t, events[60].Data["customer"]["tax_rate_id"]) // "" in events, null in replies
	require.NotNil(t, events[60].Data["customer"]["tax_rate_id"])
	require.NoError(t, s.Flush(t.Context()))
	require.Empty(t, r.take(t))
}

func TestEveryEventIsEmitted(t *testing.T) {
	r := &receiver{}
	s := open(t, shop.Options{WebhookTransport: r})
	s.subscribe(shop.EventTypes()...)
	names := func() []string {
		t.Helper()
		require.NoError(t, s.Flush(t.Context()))
		var out []string
		for _, e := range r.take(t) {
			out = append(out, e.Event)
		}
		return out
	}
	customer := s.AddCustomer(shop.Customer{CompanyName: "Red"})
	_, err := s.SetCustomer(customer.ID, func(c *shop.Customer) { c.Phone = "1" })
	require.NoError(t, err)
	require.NoError(t, s.DeleteCustomer(customer.ID))
	require.Equal(t, []string{"customer.created", "customer.updated", "customer.deleted"}, names())

	product := s.AddProduct(shop.Product{Code: "P", Name: "P", Variants: []shop.Variant{{SKU: "P-1"}}})
	_, err = s.SetStock("P-1", 20)
	require.NoError(t, err)
	_, err = s.SetProduct(product.ID, func(p *shop.Product) { p.Name = "Q" })
	require.NoError(t, err)
	require.NoError(t, s.DeleteProduct(product.ID))
	require.Equal(t, []string{"product.created", "inventory_level.updated", "product.updated", "product.deleted"}, names())

	order := s.place(1, 0)
	require.Equal(t, []string{"order.created", "inventory_level.updated"}, names())
	invoice, err := s.Invoice(order.ID, shop.InvoiceSpec{})
	require.NoError(t, err)
	_, err = s.Pay(invoice.ID, shop.PaymentSpec{})
	require.NoError(t, err)
	require.Equal(t, []string{"invoice.created", "order.updated", "payment.created", "order.updated"}, names())
	_, err = s.Dispatch(order.ID, shop.DispatchSpec{})
	require.NoError(t, err)
	require.NoError(t, s.DeleteInvoice(invoice.ID))
	require.NoError(t, s.Delete(order.ID))
	require.Equal(t, []string{
		"dispatch.created", "order.updated", "inventory_level.updated", "invoice.deleted", "order.updated", "order.updated",
		"inventory_level.updated", "order.deleted",
	}, names())

	all := slices.Sorted(slices.Values(shop.EventTypes()))
	require.Len(t, slices.Compact(all), 14)
}

func TestEventPayloadsHaveTheDocumentedShapes(t *testing.T) {
	r := &receiver{}
	s := open(t, shop.Options{WebhookTransport: r, OrderEvents: shop.OrderEventsEdits})
	s.subscribe("payment.created", "inventory_level.updated", "order.deleted", "order.updated", "invoice.deleted")
	order := s.place(2, 0)
	invoice, err := s.Invoice(order.ID, shop.InvoiceSpec{})
	require.NoError(t, err)
	_, err = s.Pay(invoice.ID, shop.PaymentSpec{Source: "card"})
	require.NoError(t, err)
	require.NoError(t, s.DeleteInvoice(invoice.ID))
	require.NoError(t, s.Delete(order.ID))
	require.NoError(t, s.Flush(t.Context()))
	events := r.take(t)
	require.Len(t, events, 5) // counts and status alone fire no order.updated
	require.ElementsMatch(t, []string{"sku", "on_hand", "on_hand_adjustment", "available", "available_adjustment"},
		keys(events[0].Data["inventory_level"]))
	requireMoney(t, "-2", number(t, events[0].Data["inventory_level"], "available_adjustment"))
	payment := events[1].Data["payment"]
	require.ElementsMatch(t, []string{"invoice_id", "invoice_number", "amount", "payment_date", "source", "description", "reference"}, keys(payment))
	require.Equal(t, invoice.ID, payment["invoice_id"])
	require.Equal(t, map[string]any{"id": invoice.ID, "number": invoice.Number, "deleted": true}, events[2].Data["invoice"])
	require.Equal(t, map[string]any{"id": order.ID, "number": json.Number("1001"), "deleted": true}, events[4].Data["order"])
}

func TestAnythingBut200IsRetriedAndThenDisables(t *testing.T) {
	for _, status := range []int{http.StatusCreated, http.StatusNoContent, http.StatusFound, http.StatusServiceUnavailable} {
		r := &receiver{status: status}
		s := open(t, shop.Options{
			WebhookTransport: r, WebhookRetries: []time.Duration{time.Second, time.Minute}, HideDisabledWebhooks: true,
		})
		id, _ := s.subscribe("order.created")
		s.place(1, 0)
		attempts := func(after time.Duration, want int) {
			t.Helper()
			s.clock.Add(after)
			require.NoError(t, s.Flush(t.Context()))
			require.Equal(t, want, s.Webhooks()[0].Failed, "status %d", status)
		}
		attempts(0, 1)
		attempts(999*time.Millisecond, 1)
		attempts(time.Millisecond, 2)
		attempts(59*time.Second, 2)
		require.Equal(t, http.StatusOK, s.get("/webhooks/"+id).StatusCode)
		require.False(t, s.Webhooks()[0].Disabled)
		attempts(time.Second, 3)
		require.True(t, s.Webhooks()[0].Disabled)
		require.Equal(t, http.StatusNotFound, s.get("/webhooks/"+id).StatusCode)
		ids, _ := s.ids("webhooks", "")
		require.Empty(t, ids)
		s.place(1, 0)
		attempts(time.Hour, 3) // nothing is sent any more
	}
}

func TestRetryBringsTheSameBodyAndLaterEventsOvertakeIt(t *testing.T) {
	r := &receiver{status: http.StatusInternalServerError}
	s := open(t, shop.Options{WebhookTransport: r, WebhookRetries: []time.Duration{time.Minute, time.Minute}})
	id, _ := s.subscribe("order.created")
	first := s.place(1, 0)
	require.NoError(t, s.Flush(t.Context()))
	r.answerWith(http.StatusOK)
	second := s.place(1, 0)
	require.NoError(t, s.Flush(t.Context()))
	s.clock.Add(time.Minute)
	require.NoError(t, s.Flush(t.Context()))
	require.Equal(t, r.bodies[0], r.bodies[2])
	events := r.take(t)
	require.Equal(t, first.ID, events[2].Data["order"]["id"])
	require.Equal(t, second.ID, events[1].Data["order"]["id"])
	state := s.Webhooks()[0]
	require.Equal(t, []int{0, 2, 1}, []int{state.Waiting, state.Delivered, state.Failed})
	require.Equal(t, http.StatusOK, s.get("/webhooks/"+id).StatusCode)
}

func TestMutedEventsAreLost(t *testing.T) {
	r := &receiver{}
	s := open(t, shop.Options{WebhookTransport: r})
	s.subscribe("order.created")
	s.MuteWebhooks(true)
	s.place(1, 0)
	s.MuteWebhooks(false)
	kept := s.place(1, 0)
	require.NoError(t, s.Flush(t.Context()))
	events := r.take(t)
	require.Len(t, events, 1)
	require.Equal(t, kept.ID, events[0].Data["order"]["id"])
}

func TestEventsCarryCorruptRecords(t *testing.T) {
	r := &receiver{}
	s := open(t, shop.Options{WebhookTransport: r})
	s.subscribe("order.updated")
	order := s.place(1, 0)
	s.Corrupt(order.ID, func(raw map[string]any) { delete(raw, "currency") })
	_, err := s.Release(order.ID)
	require.NoError(t, err)
	require.NoError(t, s.Flush(t.Context()))
	require.NotContains(t, r.take(t)[0].Data["order"], "currency")
}

func TestBackgroundDelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{status: http.StatusBadGateway}
		s := shop.New(shop.Options{
			WebhookTransport: r, AllowHTTPWebhooks: true, RequestsPerMinute: -1, WebhookRetries: []time.Duration{time.Minute},
		})
		front := &site{Shop: s, t: t, api: s.APIHandler(), identity: s.IdentityHandler()}
		front.token = front.newToken()
		front.subscribe("customer.created")
		s.AddCustomer(shop.Customer{CompanyName: "Red"})
		synctest.Wait()
		require.Equal(t, 1, s.Webhooks()[0].Failed)
		r.answerWith(http.StatusOK)
		time.Sleep(time.Minute) // the bubble's clock, not the wall's
		synctest.Wait()
		require.Equal(t, 1, s.Webhooks()[0].Delivered)
		s.Close()
		s.Close()
		s.AddCustomer(shop.Customer{CompanyName: "Blue"})
		synctest.Wait()
		require.Equal(t, 1, s.Webhooks()[0].Delivered)
	})
}
