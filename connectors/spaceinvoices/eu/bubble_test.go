package eu

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/rest"
)

// inMemory hands requests to a handler, without sockets.
type inMemory struct{ handler http.Handler }

func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	recorder := httptest.NewRecorder()
	m.handler.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

// The books are read in two pages in a bubble: the turns cost no real time, and nothing outlives the requests.
func TestTwoPagesInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := `{"data":[{"id":"ord_1","source_id":"or_1","order_integration_id":"oint_1"}],"pagination":{"has_more":true,"next_cursor":"c2"}}`
		second := `{"data":[{"id":"ord_2","source_id":"or_2","order_integration_id":"oint_1"}],"pagination":{"has_more":false}}`
		f := &fake{answer: func(c call) answer {
			if strings.Contains(c.query, "next_cursor=c2") {
				return answer{status: http.StatusOK, body: second}
			}
			return answer{status: http.StatusOK, body: first}
		}}
		client, err := New(Options{
			APIURL: "http://books.invalid", APIKey: "sk", EntityID: "ent_1", IntegrationID: "oint_1",
			Pace: rest.NewPace(60), Transport: inMemory{f},
		})
		require.NoError(t, err)
		books, err := NewBooks(client)
		require.NoError(t, err)
		start := time.Now()
		page, next, err := books.List(t.Context(), "")
		require.NoError(t, err)
		require.Len(t, page, 1)
		require.Equal(t, "c2", next)
		page, next, err = books.List(t.Context(), next)
		require.NoError(t, err)
		require.Len(t, page, 1)
		require.Empty(t, next)
		require.Greater(t, time.Since(start), 2*time.Second)
		require.Less(t, time.Since(start), 3*time.Second)
	})
}
