package orderspace

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

// one wraps an event into a body.
func one(name, data string) string { return `[{"event":"` + name + `","data":` + data + `}]` }

func TestParseEvents(t *testing.T) {
	events, err := ParseEvents(fixture(t, "events.json"))
	require.NoError(t, err)
	read := func(name string, hints ...Hint) Event { return Event{Name: name, Use: UseRead, Hints: hints} }
	require.Equal(t, []Event{
		read("customer.updated", Hint{
			Kind: trade.KindCustomer, ID: "cu_dnwz8gnx", Status: "active", Created: time.Date(2021, 3, 9, 13, 8, 51, 0, time.UTC),
		}),
		read("dispatch.created",
			Hint{Kind: trade.KindDispatch, ID: "di_4kzzxdk2", New: true, Created: time.Date(2021, 4, 16, 12, 58, 39, 0, time.UTC)},
			Hint{Kind: trade.KindOrder, ID: "or_wlvzog4g"}),
		{Name: "inventory_level.updated", Use: UseNone},
		read("invoice.created",
			Hint{Kind: trade.KindInvoice, ID: "iv_7xg471xv", Status: InvoicePaid, New: true},
			Hint{Kind: trade.KindOrder, ID: "or_e875r5l5"}),
		read("invoice.deleted", Hint{Kind: trade.KindInvoice, ID: "iv_7xg471xv", Deleted: true}),
		read("payment.created", Hint{Kind: trade.KindInvoice, ID: "iv_7xg471xv"}),
		{Name: "product.deleted", Use: UseNone},
		read("order.created", Hint{
			Kind: trade.KindOrder, ID: "or_l5DYqeDn", Status: "new", New: true, Created: time.Date(2020, 4, 8, 15, 3, 55, 0, time.UTC),
		}),
		read("order.deleted", Hint{Kind: trade.KindOrder, ID: "or_l5DYqeDn", Deleted: true}),
	}, events)
}

func TestEveryDocumentedEventIsKnown(t *testing.T) {
	require.Len(t, EventNames(), 14)
	for _, name := range EventNames() {
		subject, verb, _ := strings.Cut(name, ".")
		events, err := ParseEvents([]byte(one(name, `{"`+subject+`":{"id":"x_1","invoice_id":"x_1"}}`)))
		require.NoError(t, err)
		require.Len(t, events, 1)
		require.Equal(t, name, events[0].Name)
		switch subject {
		case "product", "inventory_level":
			require.Equal(t, Event{Name: name, Use: UseNone}, events[0])
		case "payment":
			require.Equal(t, []Hint{{Kind: trade.KindInvoice, ID: "x_1"}}, events[0].Hints)
		default:
			require.Equal(t, []Hint{{Kind: trade.Kind(subject), ID: "x_1", New: verb == "created", Deleted: verb == "deleted"}}, events[0].Hints)
		}
	}
}

// strange are bodies that a vendor should not send, and the uses of the events in them; nil for those that are no list.
var strange = []struct {
	name, body string
	want       []Use
}{
	{"nothing in it", `[]`, []Use{}},
	{"blanks around", " \n[ ]\t", []Use{}},
	{"no body", ``, nil},
	{"null", `null`, nil},
	{"an object, as drafted in 2022", `{"event":"order.created","data":{"orders":[{"id":"or_1"}]}}`, nil},
	{"plural, as drafted in 2022", one("order.created", `{"orders":[{"id":"or_1"}]}`), []Use{UseUnreadable}},
	{"byte order mark", "\xef\xbb\xbf[]", nil},
	{"cut off", `[{"event":"order.created","data":{"order":{"id":"or_1"}}}`, nil},
	{"cut off in a string", `[{"event":"order.cre`, nil},
	{"more behind it", `[] []`, nil},
	{"too deep", "[" + strings.Repeat("[", 10001) + strings.Repeat("]", 10001) + "]", nil},
	{"deep", `[{"event":"order.updated","data":{"order":{"x":` + strings.Repeat("[", 900) + strings.Repeat("]", 900) + `,"id":"or_1"}}}]`, []Use{UseRead}},
	{
		"neighbours", `[{"event":"order.created"},7,null,[],"",{"event":{},"data":[]},{"event":"order.updated","data":{"order":{"id":"or_1"}}}]`,
		[]Use{UseUnreadable, UseUnreadable, UseUnreadable, UseUnreadable, UseUnreadable, UseUnreadable, UseRead},
	},
	{"unknown event", one("invoice.updated", `{"invoice":{"id":"iv_1"}}`), []Use{UseUnreadable}},
	{"name in capitals", one("Order.Created", `{"order":{"id":"or_1"}}`), []Use{UseUnreadable}},
	{"name escaped", one(`\u006frder.created`, `{"order":{"id":"or_1"}}`), []Use{UseRead}},
	{"keys escaped", `[{"\u0065vent":"order.created","d\u0061ta":{"ord\u0065r":{"i\u0064":"or_1"}}}]`, []Use{UseRead}},
	{"keys in capitals", `[{"event":"order.created","data":{"order":{"ID":"or_1"}}}]`, []Use{UseUnreadable}},
	{"name is no text", `[{"event":7,"data":{"order":{"id":"or_1"}}}]`, []Use{UseUnreadable}},
	{"data first", `[{"data":{"order":{"id":"or_1"}},"event":"order.created"}]`, []Use{UseRead}},
	{"no data", `[{"event":"order.created"}]`, []Use{UseUnreadable}},
	{"data null", one("order.created", `null`), []Use{UseUnreadable}},
	{"record null", one("order.created", `{"order":null}`), []Use{UseUnreadable}},
	{"record of another kind", one("order.created", `{"invoice":{"id":"iv_1"}}`), []Use{UseUnreadable}},
	{"no id", one("order.created", `{"order":{"number":1}}`), []Use{UseUnreadable}},
	{"id null", one("order.created", `{"order":{"id":null}}`), []Use{UseUnreadable}},
	{"id empty", one("order.created", `{"order":{"id":""}}`), []Use{UseUnreadable}},
	{"id a list", one("order.created", `{"order":{"id":["or_1"]}}`), []Use{UseUnreadable}},
	{"id a number", one("order.created", `{"order":{"id":17}}`), []Use{UseRead}},
	{"id of dots", one("order.created", `{"order":{"id":".."}}`), []Use{UseUnreadable}},
	{"id with a blank", one("order.created", `{"order":{"id":"or 1"}}`), []Use{UseUnreadable}},
	{"id with a line end", one("order.created", `{"order":{"id":"or\n1"}}`), []Use{UseUnreadable}},
	{"id with a zero byte", one("order.created", `{"order":{"id":"or\u00001"}}`), []Use{UseUnreadable}},
	{"id with broken UTF-8", one("order.created", "{\"order\":{\"id\":\"or\xff1\"}}"), []Use{UseUnreadable}},
	{"id with half a surrogate", one("order.created", `{"order":{"id":"or\ud8001"}}`), []Use{UseUnreadable}},
	{"id with a slash and a letter with an accent", one("order.created", `{"order":{"id":"or/é"}}`), []Use{UseRead}},
	{"id as long as may be", one("order.created", `{"order":{"id":"`+strings.Repeat("x", MaxID)+`"}}`), []Use{UseRead}},
	{"id too long", one("order.created", `{"order":{"id":"`+strings.Repeat("x", MaxID+1)+`"}}`), []Use{UseUnreadable}},
	{"id as long as may be, escaped", one("order.created", `{"order":{"id":"`+strings.Repeat(`\u0078`, MaxID)+`"}}`), []Use{UseRead}},
	{"event twice", `[{"event":"product.created","event":"order.created","data":{"order":{"id":"or_1"}}}]`, []Use{UseRead}},
	{"data twice", `[{"event":"order.created","data":{"order":{"id":"or_1"}},"data":{}}]`, []Use{UseUnreadable}},
	{"record twice", one("order.created", `{"order":{"id":"or_1"},"order":7}`), []Use{UseUnreadable}},
	{"id twice", one("order.created", `{"order":{"id":"or_1","id":null}}`), []Use{UseUnreadable}},
	{"payment without its invoice", one("payment.created", `{"payment":{"id":"pa_1","amount":1}}`), []Use{UseUnreadable}},
	{"product without anything", `[{"event":"product.created"}]`, []Use{UseNone}},
	{"quotation marks and backslashes", `[{"x":"\\\"}]{[,","y":"\\","event":"order.created","data":{"order":{"n":"\\\\\"","id":"or_1"}}}]`, []Use{UseRead}},
	{"many", "[" + strings.Repeat(`0,`, MaxEvents-1) + "0]", repeat(UseUnreadable, MaxEvents)},
	{"too many", "[" + strings.Repeat(`0,`, MaxEvents) + "0]", nil},
}

func repeat(use Use, n int) []Use {
	uses := make([]Use, n)
	for i := range uses {
		uses[i] = use
	}
	return uses
}

func TestParseStrangeEvents(t *testing.T) {
	for _, c := range strange {
		t.Run(c.name, func(t *testing.T) {
			events, err := ParseEvents([]byte(c.body))
			if c.want == nil {
				require.Error(t, err)
				require.NotContains(t, err.Error(), "or_1")
				require.Nil(t, events)
				return
			}
			require.NoError(t, err)
			uses := []Use{}
			for _, event := range events {
				uses = append(uses, event.Use)
				require.Equal(t, event.Use == UseRead, len(event.Hints) > 0)
			}
			require.Equal(t, c.want, uses)
		})
	}
}

func TestHints(t *testing.T) {
	at := time.Date(2026, 1, 31, 13, 45, 0, 0, time.UTC)
	for _, c := range []struct {
		name, event, data string
		want              []Hint
	}{
		{"last id counts", "order.updated", `{"order":{"id":"or_1","id":"or_2"}}`, []Hint{{Kind: trade.KindOrder, ID: "or_2"}}},
		{"time without a zone", "order.updated", `{"order":{"id":"or_1","created":"2026-01-31T13:45"}}`, []Hint{{Kind: trade.KindOrder, ID: "or_1", Created: at}}},
		{"no time", "order.updated", `{"order":{"id":"or_1","created":"yesterday"}}`, []Hint{{Kind: trade.KindOrder, ID: "or_1"}}},
		{"time that cannot be", "order.updated", `{"order":{"id":"or_1","created":"0001-02-03T00:00:00Z"}}`, []Hint{{Kind: trade.KindOrder, ID: "or_1"}}},
		{"second name of the time", "customer.updated", `{"customer":{"id":"cu_1","created":null,"created_at":"2026-01-31T13:45:00Z"}}`, []Hint{{Kind: trade.KindCustomer, ID: "cu_1", Created: at}}},
		{"status too long", "order.updated", `{"order":{"id":"or_1","status":"` + strings.Repeat("x", 41) + `"}}`, []Hint{{Kind: trade.KindOrder, ID: "or_1"}}},
		{"invoice unpaid", "invoice.created", `{"invoice":{"id":"iv_1","paid":false}}`, []Hint{{Kind: trade.KindInvoice, ID: "iv_1", Status: InvoiceUnpaid, New: true}}},
		{"proforma", "invoice.created", `{"invoice":{"id":"iv_1","paid":true,"proforma":true}}`, []Hint{{Kind: trade.KindInvoice, ID: "iv_1", Status: InvoiceProforma, New: true}}},
		{"paid unclear", "invoice.created", `{"invoice":{"id":"iv_1","paid":"yes"}}`, []Hint{{Kind: trade.KindInvoice, ID: "iv_1", New: true}}},
		{"orders of an invoice", "invoice.created", `{"invoice":{"id":"iv_1","orders":[{"id":"or_1"},7,{"id":""},{"n":[{"id":"or_9"}]},{"id":"or_2"}]}}`, []Hint{
			{Kind: trade.KindInvoice, ID: "iv_1", New: true}, {Kind: trade.KindOrder, ID: "or_1"}, {Kind: trade.KindOrder, ID: "or_2"},
		}},
		{"orders no list", "invoice.created", `{"invoice":{"id":"iv_1","orders":{"id":"or_1"}}}`, []Hint{{Kind: trade.KindInvoice, ID: "iv_1", New: true}}},
		{"dispatch without an order", "dispatch.created", `{"dispatch":{"id":"di_1"}}`, []Hint{{Kind: trade.KindDispatch, ID: "di_1", New: true}}},
		{"deleted says no more", "order.deleted", `{"order":{"id":"or_1","status":"new","created":"2026-01-31T13:45:00Z"}}`, []Hint{{Kind: trade.KindOrder, ID: "or_1", Deleted: true}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			events, err := ParseEvents([]byte(one(c.event, c.data)))
			require.NoError(t, err)
			require.Equal(t, []Event{{Name: c.event, Use: UseRead, Hints: c.want}}, events)
		})
	}

	many := strings.TrimSuffix(strings.Repeat(`{"id":"or_1"},`, 500), ",")
	events, err := ParseEvents([]byte(one("invoice.created", `{"invoice":{"id":"iv_1","orders":[`+many+`]}}`)))
	require.NoError(t, err)
	require.Len(t, events[0].Hints, 1+maxRelated)
}

// TestEventsKeepNothingOfTheBody: what is kept of a request must not keep its megabytes in memory, nor change with them.
func TestEventsKeepNothingOfTheBody(t *testing.T) {
	body := fixture(t, "events.json")
	events, err := ParseEvents(body)
	require.NoError(t, err)
	for i := range body {
		body[i] = 'x'
	}
	require.Equal(t, "cu_dnwz8gnx", events[0].Hints[0].ID)
	require.Equal(t, "active", events[0].Hints[0].Status)
	require.Equal(t, "order.deleted", events[8].Name)
}
