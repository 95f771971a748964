package books_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox/books"
)

func TestProcessIssuesOneInvoice(t *testing.T) {
	t.Parallel()
	a := open(t, books.Options{})
	id := a.create("or_1", object{"customer": object{"tax_number": "SI12345678"}, "metadata": object{"order": "1001"}})
	a.clock.advance(time.Minute)
	got := a.do("POST", "/orders/"+id+"/process", nil)
	require.Equal(t, 200, got.status, got.body)
	require.Equal(t, "invoiced", got.json["status"])
	require.Equal(t, "2026-03-02T09:01:00.000Z", got.json["processed_at"])
	require.Regexp(t, `^inv_[0-9a-f]{24}$`, got.json["invoice_id"])
	require.Regexp(t, `^cus_[0-9a-f]{24}$`, got.json["customer_id"])

	invoice := a.do("GET", "/invoices/"+got.json["invoice_id"].(string), nil)
	require.Equal(t, "INV-2026-0001", invoice.json["number"])
	require.Equal(t, "2026-03-02T00:00:00.000Z", invoice.json["date"])
	require.Contains(t, invoice.body, `"total":100,"total_discount":0,"total_due":122,"total_paid":0,"total_with_tax":122`)
	require.Contains(t, invoice.body, `"taxes":[{"amount":22,"base":100,"rate":22}]`)
	require.NotContains(t, invoice.body, "1001", "the invoice does not say which order it was made of")
	require.NotContains(t, invoice.body, id)

	second := a.do("POST", "/orders/"+a.create("or_2")+"/process", nil)
	require.Equal(t, got.json["customer_id"], second.json["customer_id"], "the customer is found again")
	require.Equal(t, "INV-2026-0002", a.books.Invoices()[1].Number)
	a.clock.advance(365 * 24 * time.Hour)
	a.do("POST", "/orders/"+a.create("or_3")+"/process", nil)
	require.Equal(t, "INV-2027-0001", a.books.Invoices()[2].Number)
}

func TestProcessRecordsPayment(t *testing.T) {
	t.Parallel()
	a := open(t, books.Options{})
	a.do("PATCH", "/order-integrations/"+a.integration, object{"default_payment_type": "bank_transfer"})
	for status, paid := range map[string]string{"paid": "122.00", "unpaid": "0", "partially_paid": "0"} {
		id := a.create("or_"+status, object{"payment_status": status})
		a.do("POST", "/orders/"+id+"/process", nil)
		_, invoices := a.books.ForSource("or_" + status)
		require.Len(t, invoices, 1)
		require.Equal(t, paid, invoices[0].TotalPaid.String(), status)
		if status == "paid" {
			require.Equal(t, "bank_transfer", invoices[0].Payments[0].Type)
			require.Equal(t, true, a.do("GET", "/invoices/"+invoices[0].ID, nil).json["paid_in_full"])
		}
	}
}

func TestArithmetic(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		rule       books.Calculation
		items      []object
		net, gross string
	}{
		"whole":                                {"", []object{item("a", "2", "50", "22")}, "100.00", "122.00"},
		"net is rounded half up":               {"", []object{item("a", "3", "0.335", "20")}, "1.01", "1.21"},
		"tax is rounded half up on that net":   {"", []object{item("a", "1", "0.625", "20")}, "0.63", "0.76"},
		"halves of a credit move away":         {"", []object{item("a", "-1", "0.625", "20")}, "-0.63", "-0.76"},
		"each line by itself":                  {"", []object{item("a", "1", "0.12", "20"), item("b", "1", "0.12", "20"), item("c", "1", "0.12", "20")}, "0.36", "0.42"},
		"by rate the sum is taxed once":        {books.TaxPerRate, []object{item("a", "1", "0.12", "20"), item("b", "1", "0.12", "20"), item("c", "1", "0.12", "20")}, "0.36", "0.43"},
		"gross first":                          {books.B2CGross, []object{item("a", "3", "0.335", "20")}, "1.01", "1.21"},
		"gross first, three lines":             {books.B2CGross, []object{item("a", "1", "0.12", "20"), item("b", "1", "0.12", "20"), item("c", "1", "0.12", "20")}, "0.36", "0.42"},
		"four decimals":                        {"", []object{item("a", "7", "1.4375", "20")}, "10.06", "12.07"},
		"no taxes":                             {"", []object{item("a", "1", "9.99", "")}, "9.99", "9.99"},
		"empty taxes beat a tax_rate":          {"", []object{{"name": "a", "quantity": 1, "price": 10, "total": 10, "total_with_tax": 12, "tax_rate": 20, "taxes": []object{}}}, "10.00", "10.00"},
		"zero rate":                            {"", []object{item("a", "1", "9.99", "0")}, "9.99", "9.99"},
		"mixed rates":                          {"", []object{item("a", "1", "10.01", "20"), item("b", "1", "10.01", "5"), item("c", "1", "3", "")}, "23.02", "25.52"},
		"one cent":                             {"", []object{item("a", "1", "0.01", "20")}, "0.01", "0.01"},
		"what the order says plays no part":    {"", []object{{"name": "a", "quantity": 1, "price": 10, "total": 99, "total_with_tax": 99, "taxes": []object{{"rate": 20}}}}, "10.00", "12.00"},
		"a discount is taken off the line net": {"", []object{{"name": "a", "quantity": 2, "price": 10, "discount": 5, "total": 15, "total_with_tax": 18, "taxes": []object{{"rate": 20}}}}, "15.00", "18.00"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := open(t, books.Options{Calculation: tc.rule})
			id := a.create("or_1", object{"items": tc.items})
			require.Equal(t, 200, a.do("POST", "/orders/"+id+"/process", nil).status)
			got := a.books.Invoices()[0]
			require.Equal(t, tc.net, got.Total.String())
			require.Equal(t, tc.gross, got.TotalWithTax.String())
		})
	}
}

func TestWrongState(t *testing.T) {
	t.Parallel()
	for _, status := range []int{0, 422} {
		a := open(t, books.Options{WrongState: status})
		want := max(status, 409)
		refused := func(id, action string) {
			t.Helper()
			got := a.do("POST", "/orders/"+id+"/"+action, nil)
			require.Equal(t, want, got.status)
			require.NotEmpty(t, got.code())
			require.NotEmpty(t, got.json["message"])
		}
		pending := a.create("or_pending")
		refused(pending, "reissue")
		invoiced := a.create("or_invoiced")
		require.Equal(t, 200, a.do("POST", "/orders/"+invoiced+"/process", nil).status)
		refused(invoiced, "process")
		refused(invoiced, "cancel")
		refused(invoiced, "reissue")
		cancelled := a.create("or_cancelled")
		got := a.do("POST", "/orders/"+cancelled+"/cancel", nil)
		require.Equal(t, "cancelled", got.json["status"])
		require.Equal(t, true, got.json["cancelled"])
		require.Equal(t, "2026-03-02T09:00:00.000Z", got.json["cancelled_at"])
		for _, action := range []string{"process", "cancel", "reissue"} {
			refused(cancelled, action)
		}
		require.Len(t, a.books.Invoices(), 1)
	}
}

func TestReissueCreditsAndIssuesAnew(t *testing.T) {
	t.Parallel()
	a := open(t, books.Options{})
	id := a.create("or_1")
	first := a.do("POST", "/orders/"+id+"/process", nil).json["invoice_id"]

	same := a.do("PATCH", "/orders/"+id, object{"items": []object{item("Widget Pro", "2.0", "50.00", "22")}, "customer_name": "Other"})
	require.Equal(t, false, same.json["items_changed_after_processing"], "the same items, written otherwise")
	changed := a.do("PATCH", "/orders/"+id, object{"items": []object{item("Widget Pro", "3", "50", "22")}})
	require.Equal(t, true, changed.json["items_changed_after_processing"])
	require.Equal(t, first, changed.json["invoice_id"], "nothing is reissued by itself")

	got := a.do("POST", "/orders/"+id+"/reissue", nil)
	require.Equal(t, 200, got.status, got.body)
	require.NotEqual(t, first, got.json["invoice_id"])
	require.Equal(t, false, got.json["items_changed_after_processing"])
	invoices := a.books.Invoices()
	require.Len(t, invoices, 2)
	require.False(t, invoices[0].Live())
	require.True(t, invoices[1].Live())
	require.Equal(t, "183.00", invoices[1].TotalWithTax.String())
	notes := a.books.CreditNotes()
	require.Len(t, notes, 1)
	require.Equal(t, "CN-2026-0001", notes[0].Number)
	require.Equal(t, invoices[0].CreditNoteID, notes[0].ID)
	require.Equal(t, "122.00", notes[0].TotalWithTax.String())
	require.Equal(t, 409, a.do("POST", "/orders/"+id+"/reissue", nil).status)
}

// TestAutomaticSettings shows why the daemon refuses to write while they are on.
func TestAutomaticSettings(t *testing.T) {
	t.Parallel()
	settings := func(a *api, change object) {
		a.t.Helper()
		require.Equal(a.t, 200, a.do("PATCH", "/order-integrations/"+a.integration, change).status)
	}
	invoices := func(a *api) int { return len(a.books.Invoices()) }

	t.Run("on created the create issues", func(t *testing.T) {
		t.Parallel()
		a := open(t, books.Options{})
		settings(a, object{"auto_process": true, "auto_process_on": "created"})
		got := a.do("POST", "/orders", a.order("or_1"))
		require.Equal(t, "invoiced", got.json["status"])
		require.Equal(t, 1, invoices(a))
	})
	t.Run("on paid the payment status issues", func(t *testing.T) {
		t.Parallel()
		a := open(t, books.Options{})
		settings(a, object{"auto_process": true})
		id := a.create("or_1")
		require.Equal(t, 0, invoices(a))
		require.Equal(t, "invoiced", a.do("PATCH", "/orders/"+id, object{"payment_status": "paid"}).json["status"])
		a.create("or_2", object{"payment_status": "paid"})
		require.Equal(t, 2, invoices(a))
	})
	t.Run("on fulfilled nothing can issue", func(t *testing.T) {
		t.Parallel()
		a := open(t, books.Options{})
		settings(a, object{"auto_process": true, "auto_process_on": "fulfilled"})
		a.create("or_1", object{"payment_status": "paid"})
		require.Equal(t, 0, invoices(a))
	})
	t.Run("after a delay", func(t *testing.T) {
		t.Parallel()
		a := open(t, books.Options{})
		settings(a, object{"auto_process": true, "auto_process_on": "created", "auto_process_delay_seconds": 60})
		got := a.do("POST", "/orders", a.order("or_1"))
		require.Equal(t, "2026-03-02T09:01:00.000Z", got.json["process_after"])
		a.clock.advance(59 * time.Second)
		require.Equal(t, 0, invoices(a))
		a.clock.advance(time.Second)
		require.Equal(t, 1, invoices(a))
	})
	t.Run("not while inactive", func(t *testing.T) {
		t.Parallel()
		a := open(t, books.Options{})
		settings(a, object{"auto_process": true, "auto_process_on": "created", "is_active": false})
		a.create("or_1")
		require.Equal(t, 0, invoices(a))
	})
	t.Run("reissue on update", func(t *testing.T) {
		t.Parallel()
		a := open(t, books.Options{})
		settings(a, object{"auto_reissue_on_update": true})
		id := a.create("or_1")
		a.do("POST", "/orders/"+id+"/process", nil)
		a.do("PATCH", "/orders/"+id, object{"items": []object{item("Widget Pro", "3", "50", "22")}})
		require.Equal(t, 2, invoices(a))
	})
}

func TestVoid(t *testing.T) {
	t.Parallel()
	a := open(t, books.Options{})
	a.do("POST", "/orders/"+a.create("or_1")+"/process", nil)
	invoice := a.books.Invoices()[0]
	require.NoError(t, a.books.Void(invoice.ID))
	require.Error(t, a.books.Void(invoice.ID))
	require.False(t, a.books.Invoices()[0].Live())
	require.Equal(t, "2026-03-02T09:00:00.000Z", a.do("GET", "/invoices/"+invoice.ID, nil).json["voided_at"])
}

// TestProcessAtOnce sends the same step many times at the same moment, with and without one id.
func TestProcessAtOnce(t *testing.T) {
	t.Parallel()
	a := open(t, books.Options{})
	for _, headers := range [][]string{nil, {"X-Request-Id", "sb_same"}} {
		before := len(a.books.Invoices())
		id := a.create("or_1")
		var wg sync.WaitGroup
		var done atomic.Int64
		for range 20 {
			wg.Go(func() {
				if a.do("POST", "/orders/"+id+"/process", nil, headers...).status == 200 {
					done.Add(1)
				}
			})
		}
		wg.Wait()
		require.Len(t, a.books.Invoices(), before+1)
		if headers == nil {
			require.EqualValues(t, 1, done.Load())
		} else {
			require.EqualValues(t, 20, done.Load(), "all of them get the one reply")
		}
	}
}
