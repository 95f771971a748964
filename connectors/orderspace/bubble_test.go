package orderspace

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/rest"
	"spacebridge/mapping/trade"
)

// inMemory hands requests to a handler, without sockets.
type inMemory struct{ handler http.Handler }

func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	m.handler.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

// The client reads two pages in a bubble: the fetch of the token, the turns and the pages cost no real time, and nothing
// outlives the requests.
func TestTwoPagesInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &site{answer: func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("starting_after") == "" {
				reply(w, http.StatusOK, `{"orders":[{"id":"or_2"}],"has_more":true}`)
				return
			}
			reply(w, http.StatusOK, `{"orders":[{"id":"or_1"}],"has_more":false}`)
		}}
		start := time.Now()
		client, err := New(Options{ClientID: "id", ClientSecret: "secret", Pace: rest.NewPace(60), Transport: inMemory{s}})
		require.NoError(t, err)
		var read []string
		for cursor, n := "", 0; ; n++ {
			page, err := client.ListRecords(t.Context(), trade.KindOrder, trade.ListFilter{}, cursor)
			require.NoError(t, err)
			for _, record := range page.Records {
				read = append(read, record.ID)
			}
			if cursor = page.Next; cursor == "" {
				break
			}
			require.Less(t, n, 5)
		}
		require.Equal(t, []string{"or_2", "or_1"}, read)
		// Invariant 8: the token pays too, so three turns at 60 a minute, none of them from a burst.
		require.Greater(t, time.Since(start), 3*time.Second, fmt.Sprint(s.seen()))
		require.Less(t, time.Since(start), 4*time.Second)
		client.Close()
	})
}

// A token endpoint that says how long to be silent is heeded to the second, not given a fixed minute.
func TestTokenEndpointSaysHowLong(t *testing.T) {
	for header, want := range map[string]time.Duration{"300": 5 * time.Minute, "": rest.DefaultPenalty, "0": rest.DefaultPenalty} {
		synctest.Test(t, func(t *testing.T) {
			limited := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", header)
				reply(w, http.StatusTooManyRequests, `{}`)
			})
			pace := rest.NewPace(60)
			client, err := New(Options{ClientID: "id", ClientSecret: "secret", Pace: pace, Transport: inMemory{limited}, ReadRetries: -1})
			require.NoError(t, err)
			require.Equal(t, rest.RateLimited, rest.ClassOf(client.readSomething(t)))
			require.Equal(t, want, time.Until(pace.Gate()))
		})
	}
}
