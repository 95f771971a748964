package sandbox_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox"
	"spacebridge/connectors/sandbox/faults"
	"spacebridge/connectors/sandbox/shop"
)

// letters counts the events that arrive, by what they are and about.
type letters struct {
	mu     sync.Mutex
	events map[string]int
	bodies int
	bad    int
}

func (l *letters) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var events []struct {
		Event string
		Data  map[string]struct{ ID string }
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bodies++
	if json.Unmarshal(body, &events) != nil || !strings.HasSuffix(string(body), "]") {
		l.bad++
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	for _, e := range events {
		for _, record := range e.Data {
			l.events[e.Event+" "+record.ID]++
		}
	}
}

// TestWebhooksOverADayInABubble has a site deliver for simulated days over a way on which everything goes wrong but what cannot
// be mended: every event arrives at least once, many more often, and nothing stays behind.
func TestWebhooksOverADayInABubble(t *testing.T) {
	t.Parallel()
	for _, order := range []shop.WebhookOrderPolicy{shop.WebhooksOvertake, shop.WebhooksInOrder} {
		synctest.Test(t, func(t *testing.T) {
			inbox := &letters{events: map[string]int{}}
			network := faults.NewNetwork(map[string]faults.Host{"receiver.test": {Handler: inbox}})
			plan := &faults.Deliveries{Seed: 4, PerMille: map[faults.Mishap]int{
				faults.Doubled: 80, faults.Belated: 80, faults.Replayed: 80, faults.Reordered: 80, faults.ReplyLost: 80, faults.ProxyDown: 80,
				faults.Redirected: 80, faults.BadBody: 80,
			}}
			var created []string
			s := shop.New(shop.Options{
				Seed: 4, RequestsPerMinute: -1, AllowHTTPWebhooks: true, WebhookTransport: plan.Transport(network.Transport()), WebhookOrder: order,
				WebhookRetries: []time.Duration{time.Second, time.Second, time.Second, time.Minute, time.Hour, time.Hour, time.Hour},
				OnChange: func(c shop.Change) {
					if c.What == shop.ChangeCreated && c.Kind == shop.KindOrder {
						created = append(created, "order.created "+c.ID)
					}
				},
			})
			defer s.Close()
			hook := httptest.NewRequest(http.MethodPost, "/v1/webhooks", strings.NewReader(`{"webhook":{"endpoint":"http://receiver.test/hook","events":["order.created","order.updated"]}}`))
			hook.Header.Set("Authorization", "Bearer "+token(t, s))
			hook.Header.Set("Content-Type", "application/json")
			answer := httptest.NewRecorder()
			s.APIHandler().ServeHTTP(answer, hook)
			require.Equal(t, http.StatusOK, answer.Code, answer.Body.String())
			m := sandbox.NewMerchant(s, 4)
			for range 150 {
				_, err := m.Step(time.Now())
				require.NoError(t, err)
				time.Sleep(40 * time.Minute)
			}
			plan.Heal()
			time.Sleep(3 * time.Hour) // retries come to their end
			plan.Wait()
			require.False(t, s.Webhooks()[0].Disabled)
			require.Zero(t, s.Webhooks()[0].Waiting)
			often := 0
			require.NotEmpty(t, created)
			for _, event := range created {
				require.Positive(t, inbox.events[event], event)
				if inbox.events[event] > 1 {
					often++
				}
			}
			require.Greater(t, often, len(created)/10)
			require.Positive(t, inbox.bad)
			for _, mishap := range faults.Mishaps() {
				require.Equal(t, mishap != faults.Lost, plan.Counts()[mishap] > 0, mishap)
			}
			plan.Close()
		})
	}
}

// token asks a site for an access token.
func token(t *testing.T, s *shop.Shop) string {
	t.Helper()
	id, secret := s.Credentials()
	r := httptest.NewRequest(http.MethodPost, "/oauth/token", strings.NewReader("client_id="+id+"&client_secret="+secret+"&grant_type=client_credentials"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.IdentityHandler().ServeHTTP(w, r)
	var reply struct {
		AccessToken string `json:"access_token"`
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &reply))
	return reply.AccessToken
}
