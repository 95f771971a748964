package activities_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/activities"
	"spacebridge/connectors/rest"
	"spacebridge/connectors/sandbox/shop"
	"spacebridge/mapping/trade"
)

func TestSubscriptionIsMadeOnceAndFoundAgain(t *testing.T) {
	s := newSubscribing(t, nil)
	s.does(activities.SubscriptionCreated)
	require.Equal(t, []string{"GET", "POST"}, s.wire.calls)
	first := s.only()
	require.Len(t, first.Events, 10)
	require.Equal(t, 1, s.metric("spacebridge_webhook_subscription_changes_total", "created"))
	require.Equal(t, 0, s.metric("spacebridge_webhook_subscription_changes_total", "removed"), "shown before there is one")
	for range 3 {
		s.clock = s.clock.Add(time.Hour)
		s.reopen()
		s.does()
		require.Equal(t, []string{"GET"}, s.wire.calls)
		require.Equal(t, first, s.only())
	}
	kept, err := s.ledger.Subscriptions(t.Context(), "acme")
	require.NoError(t, err)
	require.Len(t, kept, 1)
	require.Equal(t, s.clock, kept[0].SeenAt)
	require.Equal(t, s.clock.Add(-3*time.Hour), kept[0].Created)
}

func TestSubscriptionIsFoundAfterTheLedgerIsLost(t *testing.T) {
	s := newSubscribing(t, nil)
	s.does(activities.SubscriptionCreated)
	first := s.only()
	s.path = filepath.Join(t.TempDir(), "new.db")
	s.reopen()
	s.does(activities.SubscriptionAdopted)
	require.Equal(t, []string{"GET"}, s.wire.calls)
	require.Equal(t, first, s.only())
	s.does()
}

// The new one stands before the old one goes, and what the old one has on its way is accepted for two days.
func TestSubscriptionMovesToAnotherEndpoint(t *testing.T) {
	s := newSubscribing(t, nil)
	s.url = oldHookURL
	s.restart()
	s.does(activities.SubscriptionCreated)
	before := s.only()
	s.url, s.clock = hookURL, s.clock.Add(time.Hour)
	s.restart()
	s.does(activities.SubscriptionCreated, activities.SubscriptionRemoved)
	require.Equal(t, []string{"GET", "POST", "DELETE"}, s.wire.calls)
	after := s.only()
	require.ElementsMatch(t, []string{before.SigningKey, after.SigningKey}, s.keys(keysLive))
	s.clock = s.clock.Add(keysLive)
	require.Equal(t, []string{after.SigningKey}, s.keys(keysLive))
	s.does()
}

func TestSubscriptionGetsTheEventsWanted(t *testing.T) {
	all := activities.SubscribedEvents()
	backwards := slices.Clone(all)
	slices.Reverse(backwards)
	for name, c := range map[string]struct {
		events []string
		calls  []string
	}{
		"too few":          {all[:4], []string{"GET", "PUT"}},
		"too many":         {append(slices.Clone(all), "product.updated"), []string{"GET", "PUT"}},
		"in another order": {backwards, []string{"GET"}},
		"one twice":        {append(slices.Clone(all), all[0]), []string{"GET"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSubscribing(t, nil)
			s.does(activities.SubscriptionCreated)
			before := s.only()
			_, err := s.client.UpdateWebhook(t.Context(), before.ID, hookURL, c.events)
			require.NoError(t, err)
			result, err := s.keep()
			require.NoError(t, err)
			require.Equal(t, c.calls, s.wire.calls)
			require.Equal(t, len(c.calls) == 2, slices.Equal(result.Changes, []activities.SubscriptionChange{activities.SubscriptionUpdated}))
			after := s.hooks()[0]
			require.Len(t, s.hooks(), 1)
			require.Subset(t, after.Events, all)
			require.NotContains(t, after.Events, "product.updated")
			require.Equal(t, []string{before.SigningKey}, s.keys(keysLive), "its key stays")
			s.does()
		})
	}
}

func TestExtraSubscriptionsAreRemoved(t *testing.T) {
	s := newSubscribing(t, nil)
	s.add(hookURL)
	s.does(activities.SubscriptionAdopted)
	known := s.only()
	s.clock = s.clock.Add(time.Hour)
	younger := s.add(hookURL)
	s.add(hookURL + "/elsewhere") // not ours, as far as anybody can tell
	s.does(activities.SubscriptionRemoved)
	require.Equal(t, []string{"GET", "DELETE"}, s.wire.calls)
	hooks := s.hooks()
	require.Len(t, hooks, 2)
	require.Equal(t, known, hooks[0], "the one that the ledger knows stays")
	require.Equal(t, hookURL+"/elsewhere", hooks[1].Endpoint)
	require.ElementsMatch(t, []string{known.SigningKey, younger.SigningKey}, s.keys(keysLive), "what it has on its way is accepted")
	require.Equal(t, []string{known.SigningKey}, s.keys(0))
	s.does()
}

func TestTheOldestOfSeveralUnknownOnesStays(t *testing.T) {
	s := newSubscribing(t, nil)
	oldest := s.add(strings.ToUpper("https://hooks.example.com") + ":443/webhooks/orderspace/acme")
	s.add(hookURL, "order.created")
	s.add(hookURL)
	s.does(activities.SubscriptionAdopted, activities.SubscriptionRemoved, activities.SubscriptionRemoved)
	require.Equal(t, oldest.ID, s.hooks()[0].ID, "the same endpoint, written in another way")
	require.Len(t, s.hooks(), 1)
	require.Len(t, s.keys(keysLive), 3)
	kept, err := s.ledger.Subscriptions(t.Context(), "acme")
	require.NoError(t, err)
	require.Equal(t, hookURL, kept[0].Endpoint, "as it is configured")
	s.does()
}

func TestSubscriptionThatIsGoneIsMadeAgain(t *testing.T) {
	for name, lose := range map[string]func(s *subscribing){
		"deleted by somebody": func(s *subscribing) { require.NoError(s.t, s.client.DeleteWebhook(s.t.Context(), s.hooks()[0].ID)) },
		"disabled and hidden": func(s *subscribing) { s.disable() },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSubscribing(t, func(o *shop.Options) { o.HideDisabledWebhooks = true })
			s.does(activities.SubscriptionCreated)
			before := s.only().SigningKey
			s.clock = s.clock.Add(time.Hour)
			lose(s)
			s.does(activities.SubscriptionRecreated)
			after := s.hooks()[len(s.hooks())-1]
			require.False(t, after.Disabled)
			require.ElementsMatch(t, []string{before, after.SigningKey}, s.keys(keysLive))
			require.Equal(t, []string{after.SigningKey}, s.keys(0))
			s.clock = s.clock.Add(time.Hour)
			s.does()
		})
	}
}

func TestNoSubscriptionIsWanted(t *testing.T) {
	s := newSubscribing(t, nil)
	s.url = ""
	s.restart()
	s.add(hookURL)
	s.does()
	require.Empty(t, s.wire.calls, "nothing could be ours, so nobody is asked")
	require.NoError(t, s.client.DeleteWebhook(t.Context(), s.hooks()[0].ID))

	s.url = oldHookURL
	s.restart()
	s.does(activities.SubscriptionCreated)
	s.url = hookURL
	s.restart()
	s.wire.before = func(_ int, call string) bool { return call == "DELETE" }
	_, err := s.keep()
	require.Error(t, err)
	s.wire.before = nil
	require.Len(t, s.hooks(), 2)
	s.add(hookURL + "2")
	keys := s.keys(0)
	s.url = ""
	s.restart()
	s.does(activities.SubscriptionRemoved, activities.SubscriptionRemoved)
	require.Len(t, s.hooks(), 1, "and nothing else")
	require.Equal(t, hookURL+"2", s.hooks()[0].Endpoint)
	require.Empty(t, s.keys(0))
	require.Equal(t, keys, s.keys(keysLive))
	s.does()
}

// asked is a Subscriber that remembers on whose behalf it was asked.
type asked struct {
	activities.Subscriber

	by []rest.Work
}

func (a *asked) ListWebhooks(ctx context.Context) ([]trade.Subscription, error) {
	a.by = append(a.by, rest.WorkOf(ctx))
	return a.Subscriber.ListWebhooks(ctx)
}

func (a *asked) CreateWebhook(ctx context.Context, endpoint string, events []string) (trade.Subscription, error) {
	a.by = append(a.by, rest.WorkOf(ctx))
	return a.Subscriber.CreateWebhook(ctx, endpoint, events)
}

func TestSubscriptionCareIsUpkeep(t *testing.T) {
	s := newSubscribing(t, nil)
	by := &asked{Subscriber: s.client}
	in := activities.KeepSubscriptionInput{Connection: "acme"}
	a := activities.New(activities.Options{Ledger: s.ledger, Connections: []*activities.Connection{{Name: "acme", Webhooks: by, WebhookURL: hookURL}}})
	result, err := a.KeepSubscription(t.Context(), in)
	require.NoError(t, err)
	require.True(t, result.Subscribed)
	require.Equal(t, []rest.Work{rest.WorkUpkeep, rest.WorkUpkeep}, by.by)

	none := activities.New(activities.Options{Ledger: s.ledger, Connections: []*activities.Connection{{Name: "acme", WebhookURL: hookURL}}})
	result, err = none.KeepSubscription(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, activities.KeepSubscriptionResult{}, result)
	_, err = none.KeepSubscription(t.Context(), activities.KeepSubscriptionInput{Connection: "other"})
	require.Error(t, err)
}
