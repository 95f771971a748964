package orderspace

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"spacebridge/connectors/rest"
	"spacebridge/mapping/trade"
)

func bodyOf(t *testing.T, r *http.Request) map[string]any {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil || len(body) == 0 {
		return nil
	}
	var value map[string]any
	if json.Unmarshal(body, &value) != nil {
		t.Errorf("body is no JSON object: %s", body)
	}
	return value
}

var emptyOrders = func(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, `{"orders":[]}`) }

func (c *Client) readSomething(t *testing.T) error {
	t.Helper()
	var last error
	for _, err := range c.Orders(t.Context(), OrderOptions{}) {
		last = err
	}
	return last
}

// However many ask at once, one token is fetched, and one more after it was refused.
func TestTokenIsSharedAndReplacedOnce(t *testing.T) {
	site := newSite(t, emptyOrders)
	client := site.client(t, nil)
	together := func() {
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				if err := client.readSomething(t); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
	}
	together()
	require.Equal(t, 1, site.issued())

	site.mu.Lock()
	site.refuses = []string{"token-1"}
	site.mu.Unlock()
	together()
	require.Equal(t, 2, site.issued())
}

// A late 401 for a token that was replaced since does not cost the new one.
func TestRefusalOfAnOldTokenIsLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clerk := &clerk{}
		auth := newAuthorizer(Options{Pace: rest.NewPace(0), Transport: clerk, TokenURL: DefaultTokenURL, ClientID: "id", ClientSecret: "s"})
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, DefaultAPIURL, http.NoBody)
		require.NoError(t, err)
		require.NoError(t, auth.Authorize(t.Context(), r))
		auth.Refused("t1")
		require.NoError(t, auth.Authorize(t.Context(), r))
		auth.Refused("t1")
		require.NoError(t, auth.Authorize(t.Context(), r))
		require.Equal(t, "Bearer t2", r.Header.Get("Authorization"))
		require.Len(t, clerk.tokens, 2)
	})
}

func TestTokenRefusedAgainAndAgain(t *testing.T) {
	site := newSite(t, emptyOrders)
	site.refuses = []string{"token-1", "token-2", "token-3"}
	err := site.client(t, func(o *Options) { o.ReadRetries = 3 }).readSomething(t)
	require.Equal(t, rest.Unauthorized, rest.ClassOf(err))
	require.ErrorContains(t, err, "code invalid_token")
	require.Equal(t, 2, site.issued(), "exactly one fresh token")
	require.Len(t, site.seen(), 2)
}

// clerk is a transport that issues tokens and answers everything else with an empty list, without a network, so that it
// works in simulated time.
type clerk struct {
	mu       sync.Mutex
	tokens   []time.Time // when they were asked for
	requests []time.Time // all requests, tokens too
	status   int         // of token replies, 200 if 0
}

func (c *clerk) RoundTrip(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests = append(c.requests, time.Now())
	res := &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Request: r}
	body := `{"orders":[]}`
	if strings.HasSuffix(r.URL.Path, "/token") {
		c.tokens = append(c.tokens, time.Now())
		body = fmt.Sprintf(`{"access_token":"t%d","token_type":"bearer","expires_in":1800}`, len(c.tokens))
		if c.status != 0 {
			res.StatusCode, body = c.status, `{"error":"invalid_client","error_description":"CANARY"}`
		}
	}
	res.Body = io.NopCloser(strings.NewReader(body))
	return res, nil
}

func (c *clerk) client(t *testing.T) *Client {
	t.Helper()
	client, err := New(Options{ClientID: "id", ClientSecret: "secret", Pace: rest.NewPace(60), Transport: c, ReadRetries: -1})
	require.NoError(t, err)
	return client
}

func TestTokenIsRenewedTwoMinutesBeforeItExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clerk := &clerk{}
		client := clerk.client(t)
		start := time.Now()
		for time.Since(start) < 2*time.Hour {
			require.NoError(t, client.readSomething(t))
			time.Sleep(time.Second)
		}
		require.Len(t, clerk.tokens, 5)
		for i := range clerk.tokens[1:] {
			require.Less(t, (clerk.tokens[i+1].Sub(clerk.tokens[i]) - 28*time.Minute).Abs(), 5*time.Second)
		}
	})
}

// Wrong credentials are told apart from everything else, and are not tried again and again.
func TestWrongCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clerk := &clerk{status: http.StatusUnauthorized}
		client := clerk.client(t)
		start := time.Now()
		for time.Since(start) < 10*time.Minute {
			err := client.readSomething(t)
			require.Equal(t, rest.Unauthorized, rest.ClassOf(err))
			require.ErrorContains(t, err, "refused the client id and secret")
			require.NotContains(t, err.Error(), "CANARY")
			time.Sleep(time.Second)
		}
		require.LessOrEqual(t, len(clerk.tokens), 10)
		require.Len(t, clerk.requests, len(clerk.tokens), "nothing but the token endpoint was asked")

		clerk.status = 0 // the secret was mended at the vendor
		time.Sleep(time.Minute)
		require.NoError(t, client.readSomething(t))
	})
}

func TestTokenEndpointClasses(t *testing.T) {
	for status, class := range map[int]rest.Class{
		400: rest.Unauthorized, 401: rest.Unauthorized, 403: rest.Unauthorized, 404: rest.Unauthorized,
		429: rest.RateLimited, 302: rest.NotSent, 408: rest.NotSent, 500: rest.NotSent, 503: rest.NotSent,
	} {
		synctest.Test(t, func(t *testing.T) {
			clerk := &clerk{status: status}
			client := clerk.client(t)
			_, err := client.CreateWebhook(t.Context(), "https://example.com", nil)
			require.Equal(t, class, rest.ClassOf(err), status)
			require.Len(t, clerk.requests, 1)
			if status == http.StatusTooManyRequests {
				clerk.status = 0
				require.NoError(t, client.readSomething(t))
				require.GreaterOrEqual(t, clerk.requests[1].Sub(clerk.requests[0]), time.Minute, "a 429 of the token endpoint closes the gate")
			}
		})
	}
}

// Invariant 8: token requests pay like all others.
func TestTokensArePaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clerk := &clerk{}
		client := clerk.client(t)
		start := time.Now()
		for time.Since(start) < 61*time.Minute {
			require.NoError(t, client.readSomething(t))
		}
		require.Greater(t, len(clerk.tokens), 2)
		first := 0
		for last := range clerk.requests {
			for clerk.requests[last].Sub(clerk.requests[first]) > time.Minute {
				first++
			}
			require.LessOrEqual(t, last-first+1, 60)
		}
	})
}

// Invariant 10: neither secret nor token nor what the vendor says reaches logs, errors or metrics.
func TestSecretsStayInside(t *testing.T) {
	site := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusUnprocessableEntity, `{"message":"CANARY"}`)
	})
	var log bytes.Buffer
	registry := prometheus.NewRegistry()
	logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	metrics := rest.NewMetrics(registry)
	client := site.client(t, func(o *Options) { o.Logger, o.Metrics = logger, metrics })
	_, rejected := client.Customer(t.Context(), "cu_1")
	require.Error(t, rejected)
	_, badKey := site.client(t, func(o *Options) {
		o.Logger, o.Metrics, o.ClientSecret = logger, metrics, "wrong-CANARY"
	}).Customer(t.Context(), "cu_1")
	require.Equal(t, rest.Unauthorized, rest.ClassOf(badKey))
	all := fmt.Sprint(rejected, badKey, log.String(), trade.Subscription{ID: "wh", SigningKey: "CANARY"})
	all += fmt.Sprintf("%+v %#v", trade.Subscription{SigningKey: "CANARY"}, trade.Subscription{SigningKey: "CANARY"})
	logger.Info("hook", "webhook", trade.Subscription{SigningKey: "CANARY"})
	for _, secret := range []string{"CANARY", "token-1", "secret", "cu_1"} {
		require.NotContains(t, strings.ReplaceAll(all+log.String(), "client id and secret", ""), secret)
	}
	count, err := testutil.GatherAndCount(registry, "spacebridge_vendor_requests_total")
	require.NoError(t, err)
	require.Equal(t, 4, count, "a read, a token, a read without a token and a refused token")
}

func TestNewChecksItsOptions(t *testing.T) {
	for _, opts := range []Options{
		{},
		{ClientID: "id", ClientSecret: "s"},
		{ClientID: "id", Pace: rest.NewPace(1)},
		{ClientID: "id", ClientSecret: "s", Pace: rest.NewPace(1), APIURL: "nowhere"},
	} {
		_, err := New(opts)
		require.Error(t, err)
	}
}
