package books_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox/books"
)

// invoiced is an order whose invoice is issued, with what PATCH and reissue come to.
type invoiced struct {
	*api
	id string
}

func invoicedOrder(t *testing.T, o books.Options, changes ...object) invoiced {
	t.Helper()
	a := open(t, o)
	id := a.create("or_1", changes...)
	require.Equal(t, 200, a.do("POST", "/orders/"+id+"/process", nil).status)
	return invoiced{a, id}
}

func (i invoiced) items(quantity string) answer {
	i.t.Helper()
	return i.do("PATCH", "/orders/"+i.id, object{"items": []object{item("Widget Pro", quantity, "50", "22")}})
}

func (i invoiced) flag() any {
	return i.do("GET", "/orders/"+i.id, nil).json["items_changed_after_processing"]
}

func (i invoiced) reissue() answer { return i.do("POST", "/orders/"+i.id+"/reissue", nil) }

func TestChangeIsNoticedLater(t *testing.T) {
	t.Parallel()
	i := invoicedOrder(t, books.Options{ItemsChangedLag: time.Minute})
	i.clock.advance(time.Hour)
	require.Equal(t, false, i.items("3").json["items_changed_after_processing"])
	require.Equal(t, "order_items_unchanged", i.reissue().code(), "what is not noticed cannot be reissued")
	i.clock.advance(30 * time.Second)
	i.items("4") // does not put the notice off
	i.clock.advance(30*time.Second - time.Millisecond)
	require.Equal(t, false, i.flag())
	i.clock.advance(time.Millisecond)
	got := i.do("GET", "/orders/"+i.id, nil)
	require.Equal(t, true, got.json["items_changed_after_processing"])
	require.Equal(t, "2026-03-02T10:01:00.000Z", got.json["updated_at"])
	require.Equal(t, 200, i.reissue().status)
	require.Equal(t, "244.00", i.books.Invoices()[1].TotalWithTax.String())
	i.clock.advance(time.Hour)
	require.Equal(t, false, i.flag(), "the change that was reissued is not noticed again")
}

// TestChangeThatIsUndone makes the items what the invoice was made of again: whether the flag then falls is not documented.
func TestChangeThatIsUndone(t *testing.T) {
	t.Parallel()
	for _, lag := range []time.Duration{0, time.Minute} {
		for _, forgets := range []bool{false, true} {
			t.Run(fmt.Sprint(lag, forgets), func(t *testing.T) {
				t.Parallel()
				i := invoicedOrder(t, books.Options{ItemsChangedForgets: forgets, ItemsChangedLag: lag})
				i.items("3")
				i.clock.advance(lag)
				require.Equal(t, true, i.flag())
				i.items("2")
				i.clock.advance(lag)
				require.Equal(t, !forgets, i.flag())
				status := map[bool]int{false: 200, true: 409}[forgets]
				require.Equal(t, status, i.reissue().status)
				i.items("5")
				i.clock.advance(lag)
				require.Equal(t, true, i.flag(), "another change counts")
				require.Equal(t, 200, i.reissue().status)
				i.items("2")
				i.clock.advance(lag)
				require.Equal(t, true, i.flag(), "it is measured by the newest invoice, not the first")
			})
		}
	}
}

func TestAutomaticReissueComesWithTheNotice(t *testing.T) {
	t.Parallel()
	i := invoicedOrder(t, books.Options{ItemsChangedLag: time.Minute})
	i.do("PATCH", "/order-integrations/"+i.integration, object{"auto_reissue_on_update": true})
	i.items("3")
	require.Len(t, i.books.Invoices(), 1)
	i.clock.advance(time.Minute)
	require.Len(t, i.books.Invoices(), 2)
	require.Equal(t, false, i.flag())
}

func TestPatchOnInvoiced(t *testing.T) {
	t.Parallel()
	for _, wrong := range []int{409, 422} {
		a := open(t, books.Options{PatchOnInvoiced: books.PatchRefused, WrongState: wrong})
		id := a.create("or_1")
		require.Equal(t, 200, a.do("PATCH", "/orders/"+id, object{"customer_name": "Other"}).status, "a pending order can be changed")
		a.do("POST", "/orders/"+id+"/process", nil)
		before := a.do("GET", "/orders/"+id, nil).body
		for _, change := range []object{{"customer_name": "Third"}, {"payment_status": "paid"}, {"items": []object{item("A", "1", "1", "")}}} {
			got := a.do("PATCH", "/orders/"+id, change)
			require.Equal(t, wrong, got.status)
			require.Equal(t, "order_not_editable", got.code())
		}
		require.Equal(t, before, a.do("GET", "/orders/"+id, nil).body)
	}
}

func TestPatchReplacesOrMerges(t *testing.T) {
	t.Parallel()
	start := object{"metadata": object{"a": "1", "b": "2"}, "customer": object{"tax_number": "SI1", "phone": "040"}}
	change := object{"metadata": object{"b": "3"}, "customer": object{"phone": nil}}
	for merges, want := range map[bool]object{
		false: {"metadata": object{"b": "3"}, "customer": object{"phone": nil}},
		true:  {"metadata": object{"a": "1", "b": "3"}, "customer": object{"tax_number": "SI1", "phone": nil}},
	} {
		a := open(t, books.Options{MergePatch: merges})
		id := a.create("or_1", start)
		got := a.do("PATCH", "/orders/"+id, change)
		require.Equal(t, 200, got.status, got.body)
		require.Equal(t, want["metadata"], got.json["metadata"])
		require.Equal(t, want["customer"], got.json["customer"])
		got = a.do("PATCH", "/orders/"+id, object{"metadata": object{"c": "4"}, "customer": nil})
		require.Equal(t, merges, len(got.json["metadata"].(object)) == 3)
		require.Nil(t, got.json["customer"], "null empties")

		many := object{}
		for n := range 50 {
			many[fmt.Sprint("x", n)] = "1"
		}
		got = a.do("PATCH", "/orders/"+id, object{"metadata": many})
		require.Equal(t, merges, got.status == 422, "fifty more are too many only beside those there are")
	}
}

func TestPaymentStatusBackAndForth(t *testing.T) {
	t.Parallel()
	a := open(t, books.Options{})
	id := a.create("or_1")
	for _, step := range []struct {
		status         string
		paid, refunded bool
	}{
		{"partially_paid", false, false},
		{"paid", true, false},
		{"refunded", true, true},
		{"paid", true, false},
		{"partially_paid", false, false},
		{"refunded", false, true},
		{"unpaid", false, false},
	} {
		got := a.do("PATCH", "/orders/"+id, object{"payment_status": step.status, "payment_method": "Cheque"})
		require.Equal(t, step.status, got.json["payment_status"])
		require.Equal(t, "Cheque", got.json["payment_method"])
		require.Equal(t, step.paid, got.json["paid"], step.status)
		require.Equal(t, step.refunded, got.json["refunded"], step.status)
	}
}

// TestSourceIDOfWhatHasEnded asks which orders still take their source_id where a second one is refused.
func TestSourceIDOfWhatHasEnded(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		options   books.Options
		method    string
		path      string
		wantAgain int
	}{
		"cancelled":                       {books.Options{DuplicateSourceID: books.Refuse}, "POST", "/cancel", 409},
		"cancelled, gives it back":        {books.Options{DuplicateSourceID: books.Refuse, CancelledFreesSourceID: true}, "POST", "/cancel", 201},
		"cancelled, duplicates are taken": {books.Options{}, "POST", "/cancel", 201},
		"deleted":                         {books.Options{DuplicateSourceID: books.Refuse}, "DELETE", "", 201},
		"invoiced":                        {books.Options{DuplicateSourceID: books.Refuse, CancelledFreesSourceID: true}, "POST", "/process", 409},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := open(t, tc.options)
			id := a.create("or_1")
			require.Less(t, a.do(tc.method, "/orders/"+id+tc.path, nil).status, 300)
			require.Equal(t, tc.wantAgain, a.do("POST", "/orders", a.order("or_1")).status)
		})
	}
}
