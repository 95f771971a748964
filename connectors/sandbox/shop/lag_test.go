package shop_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox/shop"
)

// listed gives a field of a record as a list shows it, or nil if it does not show the record.
func (s *site) listed(plural, id, field string) any {
	s.t.Helper()
	reply := s.get("/" + plural)
	require.Equal(s.t, http.StatusOK, reply.StatusCode)
	for _, record := range reply.JSON(s.t)[plural].([]any) {
		if record := record.(map[string]any); record["id"] == id {
			return record[field]
		}
	}
	return nil
}

func TestListsLagBehind(t *testing.T) {
	const lag = time.Minute
	s := open(t, shop.Options{ListLag: lag})
	order := s.place(2, 1)
	status := func() any { return s.listed("orders", order.ID, "status") }
	require.Nil(t, status(), "new records are missing")
	require.Equal(t, "new", s.status(order.ID), "and can be read")
	s.clock.Add(lag - 1)
	require.Nil(t, status())
	s.clock.Add(1)
	require.Equal(t, "new", status())

	invoice, err := s.Invoice(order.ID, shop.InvoiceSpec{})
	require.NoError(t, err)
	require.Equal(t, "invoiced", s.status(order.ID))
	require.Equal(t, "new", status(), "changed records are old")
	none, _ := s.ids("orders", "?status=invoiced")
	require.Empty(t, none, "in filters too")
	require.Nil(t, s.listed("invoices", invoice.ID, "paid"))
	s.clock.Add(lag / 2)
	_, err = s.Pay(invoice.ID, shop.PaymentSpec{})
	require.NoError(t, err)
	dispatch, err := s.Dispatch(order.ID, shop.DispatchSpec{})
	require.NoError(t, err)
	s.clock.Add(lag / 2)
	require.Equal(t, "invoiced", status())
	require.Equal(t, false, s.listed("invoices", invoice.ID, "paid"))
	require.Nil(t, s.listed("dispatches", dispatch.ID, "id"))
	s.clock.Add(lag / 2)
	require.Equal(t, "fulfilled", status())
	require.Equal(t, true, s.listed("invoices", invoice.ID, "paid"))
	require.Equal(t, dispatch.ID, s.listed("dispatches", dispatch.ID, "id"))

	_, err = s.SetCustomer(s.customer.ID, func(c *shop.Customer) { c.CompanyName = "Red Sea" })
	require.NoError(t, err)
	require.Equal(t, "Blue Sky", s.listed("customers", s.customer.ID, "company_name"))
	require.NoError(t, s.Delete(order.ID))
	require.Equal(t, http.StatusNotFound, s.get("/orders/"+order.ID).StatusCode)
	require.Equal(t, "fulfilled", status(), "deleted records are still there")
	require.Equal(t, http.StatusOK, s.get("/orders?starting_after="+order.ID).StatusCode, "and can be gone on from")
	s.clock.Add(lag)
	require.Nil(t, status())
	require.Equal(t, http.StatusNotFound, s.get("/orders?starting_after="+order.ID).StatusCode)
	require.Equal(t, "Red Sea", s.listed("customers", s.customer.ID, "company_name"))
}

// TestEveryChangeComesIntoTheLists makes each kind of change and waits for the lists to show it.
func TestEveryChangeComesIntoTheLists(t *testing.T) {
	const lag = time.Minute
	for _, events := range []shop.OrderEventPolicy{shop.OrderEventsAll, shop.OrderEventsEdits} {
		s := open(t, shop.Options{ListLag: lag, OrderEvents: events})
		order := s.place(2, 1)
		shows := func(plural, id, field string, before, after any) {
			t.Helper()
			require.Equal(t, before, s.listed(plural, id, field))
			s.clock.Add(lag)
			require.Equal(t, after, s.listed(plural, id, field))
		}
		shows("orders", order.ID, "status", nil, "new")
		_, err := s.Edit(order.ID, func(o *shop.Order) { o.Reference = "R" })
		require.NoError(t, err)
		shows("orders", order.ID, "reference", "", "R")
		proforma, err := s.Invoice(order.ID, shop.InvoiceSpec{Proforma: true})
		require.NoError(t, err)
		shows("invoices", proforma.ID, "proforma", nil, true)
		_, err = s.Finalise(proforma.ID)
		require.NoError(t, err)
		shows("invoices", proforma.ID, "proforma", true, false)
		require.Equal(t, "invoiced", s.listed("orders", order.ID, "status"), "by a count")
		_, err = s.Cancel(order.ID)
		require.NoError(t, err)
		shows("orders", order.ID, "status", "invoiced", "cancelled")
		require.NoError(t, s.DeleteInvoice(proforma.ID))
		shows("invoices", proforma.ID, "proforma", false, nil)
		s.write("PUT", "/customers/"+s.customer.ID, "customer", `{"company_name":"Red Sea"}`)
		shows("customers", s.customer.ID, "company_name", "Blue Sky", "Red Sea")
	}
}

// TestLaggingListsKeepTheirOrder deletes and places while a list lags: it is walked whole, newest first.
func TestLaggingListsKeepTheirOrder(t *testing.T) {
	s := open(t, shop.Options{ListLag: time.Minute})
	var ids []string
	repeat(30, func(int) {
		ids = append(ids, s.place(1, 0).ID)
		s.clock.Add(time.Second)
	})
	s.clock.Add(time.Minute)
	for _, at := range []int{3, 11, 12, 29} {
		require.NoError(t, s.Delete(ids[at]))
	}
	s.place(1, 0)
	slices.Reverse(ids)
	got, _ := walk(s, "orders", "", 7)
	require.Equal(t, ids, got)
	s.clock.Add(time.Minute)
	got, _ = walk(s, "orders", "", 7)
	require.Len(t, got, 27)
}

func TestUnmeteredRequestsDoNotCount(t *testing.T) {
	late := func(r *http.Request) bool { return r.URL.Query().Has("late") }
	s := open(t, shop.Options{RequestsPerMinute: 2, Unmetered: late})
	for _, tc := range []struct {
		path string
		want int
	}{{"/orders?late=1", 200}, {"/orders", 200}, {"/orders?late=1", 200}, {"/orders", 429}, {"/orders?late=1", 200}} {
		require.Equal(t, tc.want, s.get(tc.path).StatusCode, tc.path)
	}
	require.Equal(t, 0, s.Requests().DuringPenalty)
	require.Equal(t, 3, s.Requests().Count, "the token request is one")
}
