package rest

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// inMemory is a vendor without sockets. Its replies take a second of the bubble's time.
type inMemory struct{}

func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	select {
	case <-time.After(time.Second):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	res := &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Date": {time.Now().UTC().Format(http.TimeFormat)}}, Request: r}
	body := `{"next":"2"}`
	switch r.URL.Query().Get("page") {
	case "2":
		body = `{"next":""}`
	case "slow":
		select {
		case <-r.Context().Done():
			return nil, r.Context().Err()
		case <-time.After(time.Hour):
		}
	case "limited":
		res.StatusCode = http.StatusTooManyRequests
	}
	res.Body = io.NopCloser(strings.NewReader(body))
	return res, nil
}

// A client over a transport in memory lives in a bubble: it looks at no other clock, leaves no goroutine behind, and its
// waits for turns, gates and repetitions cost no real time.
func TestClientInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		client := newClient(t, "http://vendor.invalid", func(o *Options) {
			o.Transport, o.Pace, o.RetryWait, o.MaxRetryWait, o.ReadRetries = inMemory{}, NewPace(60), time.Second, time.Second, 1
		})
		pages := 0
		for next := "1"; next != ""; pages++ {
			var page struct{ Next string }
			require.NoError(t, client.Read(t.Context(), Request{Route: "/things", Query: url.Values{"page": {next}}}, &page))
			next = page.Next
		}
		require.Equal(t, 2, pages)
		require.InDelta(t, 3, time.Since(start).Seconds(), 1, "a turn and a reply each")

		require.Equal(t, RateLimited, ClassOf(client.Read(t.Context(), Request{Route: "/things", Query: url.Values{"page": {"limited"}}}, nil)))
		require.Greater(t, time.Since(start), time.Minute, "the repetition waited for the gate")
		time.Sleep(time.Until(client.opts.Pace.Gate()))
		err := client.Write(t.Context(), Request{Method: http.MethodPost, Route: "/things", Query: url.Values{"page": {"slow"}}}, nil)
		require.Equal(t, Unknown, ClassOf(err))
		skew, ok := client.ServerClock()
		require.True(t, ok)
		require.Less(t, skew.Abs(), time.Hour)
	})
}
