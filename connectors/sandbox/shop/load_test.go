package shop_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"spacebridge/connectors/sandbox/shop"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func TestManyOrdersAreWalkedWhole(t *testing.T) {
	s := open(t, shop.Options{})
	repeat(2500, func(int) { s.place(1, 1) })
	all, policies := walk(s, "orders", "&status=new", 200)
	require.Len(t, all, 2500)
	require.Equal(t, 12, policies[true])
	seen := map[string]bool{}
	for _, id := range all {
		seen[id] = true
	}
	require.Len(t, seen, 2500)
}

func TestEverythingAtOnce(t *testing.T) {
	deliveries := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	defer deliveries.Close()
	s := shop.New(shop.Options{RequestsPerMinute: -1, AllowHTTPWebhooks: true})
	defer s.Close()
	front := &site{Shop: s, t: t, api: s.APIHandler(), identity: s.IdentityHandler()}
	front.token = front.newToken()
	front.customer = s.AddCustomer(shop.Customer{CompanyName: "Blue Sky"})
	s.AddProduct(shop.Product{Code: "AD", Name: "Dress", Active: true, Variants: []shop.Variant{{SKU: "AD-16"}}})
	front.write("POST", "/webhooks", "webhook", `{"endpoint":"`+deliveries.URL+`","events":["order.created","order.updated","payment.created"]}`)

	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			repeat(20, func(int) { live(t, s, front.customer.ID) })
		})
		group.Go(func() {
			repeat(20, func(int) {
				front.get("/orders?limit=200")
				front.get("/invoices?paid=false")
				s.Requests()
				s.Orders()
			})
		})
	}
	group.Wait()
	require.NoError(t, s.Flush(t.Context()))
	require.Len(t, s.Orders(), 80)
	require.Zero(t, s.Webhooks()[0].Failed)
	require.Zero(t, s.Webhooks()[0].Waiting)
	numbers := map[int64]bool{}
	for _, order := range s.Orders() {
		require.Equal(t, shop.StatusFulfilled, order.Status)
		numbers[order.Number] = true
	}
	require.Len(t, numbers, 80)
}

// live takes one order through its life.
func live(t *testing.T, s *shop.Shop, customerID string) {
	t.Helper()
	order, err := s.Place(shop.OrderSpec{CustomerID: customerID, Lines: []shop.LineSpec{{SKU: "AD-16", Quantity: 2}}})
	if !noError(t, err) {
		return
	}
	_, err = s.Edit(order.ID, func(o *shop.Order) { o.Lines[0].UnitPrice = o.Lines[0].UnitPrice.One() })
	noError(t, err)
	invoice, err := s.Invoice(order.ID, shop.InvoiceSpec{})
	noError(t, err)
	_, err = s.Pay(invoice.ID, shop.PaymentSpec{})
	noError(t, err)
	_, err = s.Dispatch(order.ID, shop.DispatchSpec{})
	noError(t, err)
}

// noError reports instead of ending the test, which only the test's own goroutine may do.
func noError(t *testing.T, err error) bool {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
	return err == nil
}

func BenchmarkListOrders(b *testing.B) {
	s := shop.New(shop.Options{RequestsPerMinute: -1, ManualWebhooks: true})
	defer s.Close()
	customer := s.AddCustomer(shop.Customer{CompanyName: "Blue Sky"})
	repeat(5000, func(int) {
		_, err := s.Place(shop.OrderSpec{CustomerID: customer.ID, Lines: []shop.LineSpec{
			{Name: "A"}, {Name: "B"}, {Name: "C"}, {Name: "D"}, {Name: "E"},
		}})
		require.NoError(b, err)
	})
	front := &site{Shop: s, api: s.APIHandler(), identity: s.IdentityHandler(), t: &testing.T{}}
	front.token = front.newToken()
	for b.Loop() {
		front.get("/orders?limit=200&status=new")
	}
}
