package activities_test

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/activities"
	"spacebridge/connectors/sandbox/shop"
)

func TestOldEndpointStaysWhileTheNewOneIsRefused(t *testing.T) {
	s := newSubscribing(t, nil)
	s.does(activities.SubscriptionCreated)
	before := s.only()
	s.url = "http://hooks.example.com/plain" // Orderspace takes https only
	s.restart()
	_, err := s.keep()
	_, again := retryAfter(t, err)
	require.False(t, again)
	require.Equal(t, []string{"GET", "POST"}, s.wire.calls)
	require.Equal(t, []shop.Webhook{before}, s.hooks())
	require.Equal(t, []string{before.SigningKey}, s.keys(0))
	require.Equal(t, 0, s.metric("spacebridge_webhook_subscribed", ""))
}

func TestKeyThatWasReplacedIsTakenOver(t *testing.T) {
	s := newSubscribing(t, nil)
	s.does(activities.SubscriptionCreated)
	first, second := s.only().SigningKey, strings.Repeat("n", 40)
	s.wire.reply = func(_ string, status int, body string) (int, string) {
		return status, strings.ReplaceAll(body, first, second)
	}
	s.clock = s.clock.Add(time.Hour)
	s.does(activities.SubscriptionUpdated)
	require.ElementsMatch(t, []string{first, second}, s.keys(keysLive))
	s.clock = s.clock.Add(keysLive - time.Second)
	s.does()
	require.ElementsMatch(t, []string{first, second}, s.keys(keysLive), "the old one is accepted for two days")
	s.clock = s.clock.Add(time.Second)
	require.Equal(t, []string{second}, s.keys(keysLive))
	s.wire.reply = nil
	s.does(activities.SubscriptionUpdated)
	require.Equal(t, []string{first}, s.keys(0), "and it may come back")
}

// An answer without a key, or without any key ever, is not gone by.
func TestKeyThatIsNotShown(t *testing.T) {
	s := newSubscribing(t, nil)
	blank := func(_ string, status int, body string) (int, string) {
		for _, hook := range s.shop.Webhooks() {
			body = strings.ReplaceAll(body, hook.SigningKey, "")
		}
		return status, body
	}
	s.does(activities.SubscriptionCreated)
	s.wire.reply = blank
	s.clock = s.clock.Add(time.Hour)
	s.does()
	require.Equal(t, []string{s.only().SigningKey}, s.keys(0), "the one known stays")

	s.path = filepath.Join(t.TempDir(), "new.db")
	s.reopen()
	for range 2 {
		_, err := s.keep()
		_, again := retryAfter(t, err)
		require.False(t, again)
		require.Equal(t, []string{"GET"}, s.wire.calls, "another one would be no better")
		require.Equal(t, 0, s.metric("spacebridge_webhook_subscribed", ""))
	}
	s.wire.reply = nil
	s.does(activities.SubscriptionAdopted)
}

// Invariant 3: a create whose answer is lost is looked for before anything else is done.
func TestCreateWhoseAnswerIsLostIsFound(t *testing.T) {
	for name, restart := range map[string]bool{"the same process": false, "the next process": true} {
		t.Run(name, func(t *testing.T) {
			s := newSubscribing(t, nil)
			s.wire.after = func(_ int, call string) bool { return call == "POST" }
			_, err := s.keep()
			delay, again := retryAfter(t, err)
			require.True(t, again)
			require.GreaterOrEqual(t, delay, 2*time.Minute, "the list may not show it at once")
			require.Len(t, s.hooks(), 1)
			s.wire.after = nil
			s.clock = s.clock.Add(delay)
			if restart {
				s.restart()
			}
			s.does(activities.SubscriptionAdopted)
			require.Equal(t, []string{"GET"}, s.wire.calls)
			s.only()
		})
	}
}

// Invariant 2: what a create left behind is known as ours by its endpoint, even if it is no longer wanted when it is found.
func TestCreateWhoseAnswerIsLostIsRemovedFromAnOldEndpoint(t *testing.T) {
	for name, url := range map[string]string{"another is wanted": hookURL, "none is wanted": ""} {
		t.Run(name, func(t *testing.T) {
			s := newSubscribing(t, nil)
			s.url = oldHookURL
			s.restart()
			s.wire.after = func(_ int, call string) bool { return call == "POST" }
			_, err := s.keep()
			require.Error(t, err)
			stray := s.hooks()[0]
			s.wire.after = nil
			s.url, s.clock = url, s.clock.Add(time.Hour)
			s.restart()
			_, err = s.keep()
			require.NoError(t, err)
			require.Contains(t, s.keys(keysLive), stray.SigningKey)
			for _, hook := range s.hooks() {
				require.Equal(t, hookURL, hook.Endpoint)
			}
			s.does()
		})
	}
}

func TestCreateThatDidNotArriveIsMadeLater(t *testing.T) {
	s := newSubscribing(t, nil)
	s.wire.before = func(_ int, call string) bool { return call == "POST" }
	_, err := s.keep()
	_, again := retryAfter(t, err)
	require.True(t, again)
	require.Equal(t, 0, s.metric("spacebridge_webhook_subscribed", ""))
	s.wire.before = nil
	s.does(activities.SubscriptionCreated)
	s.only()
}

// A list that lags behind does not show what was made a moment ago.
func TestNewSubscriptionIsNotMissedInAListThatLags(t *testing.T) {
	s := newSubscribing(t, nil)
	lagging := `{"webhooks":[]}`
	s.does(activities.SubscriptionCreated)
	s.wire.reply = func(call string, status int, body string) (int, string) {
		if call == http.MethodGet {
			return status, lagging
		}
		return status, body
	}
	s.clock = s.clock.Add(time.Minute)
	s.restart()
	s.does()
	require.Equal(t, []string{"GET"}, s.wire.calls)
	require.Equal(t, []string{s.hooks()[0].SigningKey}, s.keys(0))
	s.clock = s.clock.Add(time.Minute)
	s.does(activities.SubscriptionRecreated)
	s.wire.reply = nil
	s.does(activities.SubscriptionRemoved)
	s.only()
}

// A subscription that was believed gone may show again. Whatever became of it, its key counts while it stands.
func TestRetiredSubscriptionThatShowsAgain(t *testing.T) {
	s := newSubscribing(t, nil)
	s.does(activities.SubscriptionCreated)
	first := s.only()
	s.url = ""
	s.restart()
	s.wire.base = answering{s.wire.base, http.MethodDelete, http.StatusNotFound, `{"message":"Couldn't find it"}`}
	s.does(activities.SubscriptionRemoved)
	require.Empty(t, s.keys(0))
	s.wire.base = s.wire.base.(answering).RoundTripper
	s.url, s.clock = hookURL, s.clock.Add(100*time.Hour)
	s.restart()
	s.does(activities.SubscriptionAdopted)
	require.Equal(t, first, s.only())
}

// answering answers requests of one method itself.
type answering struct {
	http.RoundTripper

	method string
	status int
	body   string
}

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != a.method || !strings.HasPrefix(r.URL.Path, "/v1/webhooks") {
		return a.RoundTripper.RoundTrip(r)
	}
	return &http.Response{
		StatusCode: a.status, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(a.body)), ContentLength: int64(len(a.body)),
	}, nil
}

func TestSubscriptionThatGoesBeforeItIsUpdated(t *testing.T) {
	s := newSubscribing(t, nil)
	s.does(activities.SubscriptionCreated)
	first := s.only()
	_, err := s.client.UpdateWebhook(t.Context(), first.ID, hookURL, []string{"order.created"})
	require.NoError(t, err)
	s.clock = s.clock.Add(time.Hour)
	s.wire.before = func(_ int, call string) bool {
		if call == http.MethodPut {
			s.wire.before = nil
			require.NoError(t, s.client.DeleteWebhook(t.Context(), first.ID))
		}
		return false
	}
	s.does(activities.SubscriptionRecreated)
	require.NotEqual(t, first.ID, s.only().ID)
	s.does()
}

// What the vendor refuses or cannot answer is a matter of the next attempt or the next run, and changes nothing.
func TestVendorThatDoesNotAnswerChangesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		again  bool
		delay  time.Duration
	}{
		"outage":       {http.StatusServiceUnavailable, true, 0},
		"too many":     {http.StatusTooManyRequests, true, time.Millisecond},
		"unauthorized": {http.StatusUnauthorized, false, 0},
		"forbidden":    {http.StatusForbidden, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSubscribing(t, nil)
			s.does(activities.SubscriptionCreated)
			first := s.only()
			s.wire.reply = func(string, int, string) (int, string) { return c.status, "" }
			s.clock = s.clock.Add(time.Hour)
			_, err := s.keep()
			delay, again := retryAfter(t, err)
			require.Equal(t, c.again, again)
			require.GreaterOrEqual(t, delay, c.delay)
			require.Equal(t, []string{first.SigningKey}, s.keys(0))
			problems, err := s.ledger.Problems(t.Context(), "acme")
			require.NoError(t, err)
			require.Empty(t, problems, "nothing here may stop the books")
			s.wire.reply = nil
			s.clock = s.clock.Add(time.Hour)
			s.does()
			require.Equal(t, first, s.only())
		})
	}
}
