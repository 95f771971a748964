package books_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox/books"
)

// bubble is the books in a testing/synctest bubble, asked without sockets.
type bubble struct {
	t *testing.T
	*books.Books
	integration string
}

func inBubble(t *testing.T, o books.Options, run func(b *bubble)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bubble{t: t, Books: books.New(o)}
		b.integration = b.AddIntegration("Orderspace").ID
		run(b)
	})
}

func (b *bubble) do(method, path, requestID string, body any) (status int, fields object) {
	text, _ := json.Marshal(body)
	if body == nil {
		text = nil
	}
	r := httptest.NewRequest(method, path, bytes.NewReader(text))
	r.Header.Set("Authorization", "Bearer "+b.APIKey())
	r.Header.Set("Content-Type", "application/json")
	if requestID != "" {
		r.Header.Set("X-Request-Id", requestID)
	}
	w := httptest.NewRecorder()
	b.Handler().ServeHTTP(w, r)
	_ = json.Unmarshal(w.Body.Bytes(), &fields)
	return w.Code, fields
}

func (b *bubble) create(sourceID string) string {
	b.t.Helper()
	status, made := b.do("POST", "/orders", "", object{
		"order_integration_id": b.integration, "source": "manual", "source_id": sourceID, "currency_code": "EUR", "total": 100, "total_with_tax": 122,
		"customer_name": "Kavarna", "items": []object{item("Widget", "2", "50", "22")},
	})
	require.Equal(b.t, 201, status, made)
	return made["id"].(string)
}

// twice sends the same step two times, the second a second after the first, and gives both statuses.
func (b *bubble) twice(path string, requestIDs ...string) (first, second int) {
	done := make(chan int)
	go func() {
		status, _ := b.do("POST", path, requestIDs[0], nil)
		done <- status
	}()
	time.Sleep(time.Second)
	second, _ = b.do("POST", path, requestIDs[len(requestIDs)-1], nil)
	return <-done, second
}

func (b *bubble) live() int {
	n := 0
	for _, invoice := range b.Invoices() {
		if invoice.Live() {
			n++
		}
	}
	return n
}

// TestRace lets the same step come twice while the first is between its check and its change.
func TestRace(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		options       books.Options
		ids           []string
		first, second int
		live          int
	}{
		"no race":                              {books.Options{}, []string{"sb_1", "sb_2"}, 200, 409, 1},
		"two ids":                              {books.Options{RaceProcess: 5 * time.Second}, []string{"sb_1", "sb_2"}, 200, 200, 2},
		"no ids":                               {books.Options{RaceProcess: 5 * time.Second}, []string{""}, 200, 200, 2},
		"one id, carried out":                  {books.Options{RaceProcess: 5 * time.Second}, []string{"sb_1"}, 200, 200, 2},
		"one id, ignored":                      {books.Options{RaceProcess: 5 * time.Second, RequestIDs: books.Ignore, InFlight: books.Queue}, []string{"sb_1"}, 200, 200, 2},
		"one id, refused while it is underway": {books.Options{RaceProcess: 5 * time.Second, InFlight: books.Conflict}, []string{"sb_1"}, 200, 409, 1},
		"one id, made to wait":                 {books.Options{RaceProcess: 5 * time.Second, InFlight: books.Queue}, []string{"sb_1"}, 200, 200, 1},
	}
	for name, tc := range tests {
		for _, step := range []string{"process", "reissue"} {
			t.Run(name+"/"+step, func(t *testing.T) {
				t.Parallel()
				inBubble(t, tc.options, func(b *bubble) {
					t := b.t
					id := b.create("or_1")
					if step == "reissue" {
						status, _ := b.do("POST", "/orders/"+id+"/process", "", nil)
						require.Equal(t, 200, status)
						status, _ = b.do("PATCH", "/orders/"+id, "", object{"items": []object{item("Widget", "3", "50", "22")}})
						require.Equal(t, 200, status)
					}
					first, second := b.twice("/orders/"+id+"/"+step, tc.ids...)
					require.Equal(t, tc.first, first)
					require.Equal(t, tc.second, second)
					require.Equal(t, tc.live, b.live())
					if len(tc.ids) == 1 && tc.options.RequestIDs == books.Honour && tc.ids[0] != "" {
						status, _ := b.do("POST", "/orders/"+id+"/"+step, "sb_1", nil)
						require.Equal(t, 200, status, "the reply is replayed once it is there")
						require.Equal(t, tc.live, b.live())
					}
				})
			})
		}
	}
}

// TestHonourSuccess carries a repeat out when the first came to nothing, and only then.
func TestHonourSuccess(t *testing.T) {
	t.Parallel()
	inBubble(t, books.Options{RequestIDs: books.HonourSuccess}, func(b *bubble) {
		t := b.t
		status, _ := b.do("POST", "/orders/ord_x/process", "sb_1", nil)
		require.Equal(t, 404, status)
		id := b.create("or_1")
		status, _ = b.do("POST", "/orders/"+id+"/process", "sb_1", nil)
		require.Equal(t, 200, status)
		status, _ = b.do("POST", "/orders/"+id+"/process", "sb_1", nil)
		require.Equal(t, 200, status)
		require.Equal(t, 1, b.live())
		require.Equal(t, 1, b.Stats().Replayed)
	})
}

// TestListLag reads an order through its life, by itself and in the list.
func TestListLag(t *testing.T) {
	t.Parallel()
	const lag = 10 * time.Second
	inBubble(t, books.Options{ListLag: lag, RequestsPerMinute: -1}, func(b *bubble) {
		t := b.t
		shown := func(id string) any {
			_, list := b.do("GET", "/orders?query="+query(object{"source_id": "or_1"}), "", nil)
			for _, row := range list["data"].([]any) {
				if row := row.(map[string]any); row["id"] == id {
					return row["status"]
				}
			}
			return nil
		}
		id := b.create("or_1")
		require.Nil(t, shown(id))
		_, got := b.do("GET", "/orders/"+id, "", nil)
		require.Equal(t, "pending", got["status"])
		time.Sleep(lag - 1)
		require.Nil(t, shown(id))
		time.Sleep(time.Millisecond)
		require.Equal(t, "pending", shown(id))
		b.do("POST", "/orders/"+id+"/process", "", nil)
		_, got = b.do("GET", "/orders/"+id, "", nil)
		require.Equal(t, "invoiced", got["status"])
		require.Equal(t, "pending", shown(id))
		time.Sleep(lag)
		require.Equal(t, "invoiced", shown(id))
		b.do("PATCH", "/orders/"+id, "", object{"customer_name": "Other"})
		named := func() any {
			_, list := b.do("GET", "/orders", "", nil)
			return list["data"].([]any)[0].(map[string]any)["customer_name"]
		}
		require.Equal(t, "Kavarna", named())
		time.Sleep(lag)
		require.Equal(t, "Other", named())
		b.do("DELETE", "/orders/"+id, "", nil)
		status, _ := b.do("GET", "/orders/"+id, "", nil)
		require.Equal(t, 404, status)
		require.Equal(t, "invoiced", shown(id))
		time.Sleep(lag)
		require.Nil(t, shown(id))

		id = b.create("or_1")
		time.Sleep(lag)
		b.do("POST", "/orders/"+id+"/cancel", "", nil)
		require.Equal(t, "pending", shown(id))
		time.Sleep(lag)
		require.Equal(t, "cancelled", shown(id))
	})
}

func TestOnWrite(t *testing.T) {
	t.Parallel()
	var b *bubble
	var seen []books.Write
	options := books.Options{OnWrite: func(w books.Write) {
		require.NotNil(t, b.Orders(), "no lock is held")
		seen = append(seen, w)
	}}
	inBubble(t, options, func(in *bubble) {
		t := in.t
		b = in
		now := time.Now().UTC()
		id := b.create("or_1")
		b.do("POST", "/orders/"+id+"/process", "sb_1", nil)
		b.do("POST", "/orders/"+id+"/process", "sb_1", nil)
		b.do("POST", "/orders/"+id+"/cancel", "sb_2", nil)
		b.do("POST", "/orders", "sb_3", object{"source_id": "or_2"})
		b.do("POST", "/orders/ord_x/cancel", "sb_4", nil)
		b.do("GET", "/orders/"+id, "", nil)
		require.Equal(t, []books.Write{
			{At: now, Route: "POST /orders", OrderID: id, SourceID: "or_1", Status: 201},
			{At: now, Route: "POST /orders/{id}/process", RequestID: "sb_1", OrderID: id, SourceID: "or_1", Status: 200},
			{At: now, Route: "POST /orders/{id}/process", RequestID: "sb_1", OrderID: id, SourceID: "or_1", Status: 200, Replayed: true},
			{At: now, Route: "POST /orders/{id}/cancel", RequestID: "sb_2", OrderID: id, SourceID: "or_1", Status: 409},
			{At: now, Route: "POST /orders", RequestID: "sb_3", SourceID: "or_2", Status: 422},
			{At: now, Route: "POST /orders/{id}/cancel", RequestID: "sb_4", Status: 404},
		}, seen)
	})
}

// TestSteadyIDs makes the same orders in two ways round.
func TestSteadyIDs(t *testing.T) {
	t.Parallel()
	ids := func(steady bool, sources ...string) map[string]string {
		out := map[string]string{}
		inBubble(t, books.Options{Seed: 3, SteadyIDs: steady}, func(b *bubble) {
			t := b.t
			for _, source := range sources {
				id := b.create(source)
				b.do("POST", "/orders/"+id+"/process", "", nil)
				_, got := b.do("GET", "/orders/"+id, "", nil)
				require.Regexp(t, `^ord_[0-9a-f]{24}$`, id)
				require.Regexp(t, `^inv_[0-9a-f]{24}$`, got["invoice_id"])
				out[id] = got["invoice_id"].(string)
			}
		})
		return out
	}
	require.Equal(t, ids(true, "or_1", "or_2", "or_2", "or_3"), ids(true, "or_3", "or_2", "or_1", "or_2"))
	require.Len(t, ids(true, "or_1", "or_1"), 2)
	require.NotEqual(t, ids(false, "or_1", "or_2"), ids(false, "or_2", "or_2", "or_1"))
}

// TestUnmetered lets requests through that have counted before.
func TestUnmetered(t *testing.T) {
	t.Parallel()
	late := func(r *http.Request) bool { return r.Header.Get("X-Request-Id") == "late" }
	inBubble(t, books.Options{RequestsPerMinute: 1, Unmetered: late}, func(b *bubble) {
		t := b.t
		for _, tc := range []struct {
			id   string
			want int
		}{{"late", 200}, {"on time", 200}, {"late", 200}, {"on time", 429}, {"late", 200}} {
			status, _ := b.do("GET", "/orders", tc.id, nil)
			require.Equal(t, tc.want, status)
		}
		require.Equal(t, 2, b.Stats().MostAMinute)
	})
}
