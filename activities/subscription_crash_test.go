package activities_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/activities"
	"spacebridge/connectors/sandbox/shop"
)

// Wherever a run is cut short, before or after a request or a commit, the next process ends with one subscription and the
// right keys.
func TestSubscriptionCareCanDieAnywhere(t *testing.T) {
	notRacing(t)
	silent := func(s *subscribing) {
		s.does(activities.SubscriptionCreated)
		s.clock = s.clock.Add(time.Hour)
		s.lose(3)
		s.clock = s.clock.Add(2 * time.Hour)
	}
	for name, prepare := range map[string]func(s *subscribing){
		"first start": func(*subscribing) {},
		"endpoint changed": func(s *subscribing) {
			s.url = oldHookURL
			s.restart()
			s.does(activities.SubscriptionCreated)
			s.url = hookURL
		},
		"gone": func(s *subscribing) {
			s.does(activities.SubscriptionCreated)
			s.clock = s.clock.Add(time.Hour)
			s.disable()
		},
		"silent": silent,
		"other events, and one too many": func(s *subscribing) {
			s.does(activities.SubscriptionCreated)
			_, err := s.client.UpdateWebhook(s.t.Context(), s.only().ID, hookURL, []string{"order.created"})
			require.NoError(s.t, err)
			s.add(hookURL)
		},
		"none wanted any more": func(s *subscribing) {
			s.does(activities.SubscriptionCreated)
			s.add(hookURL)
			s.url = ""
		},
	} {
		for kind, arm := range deaths {
			t.Run(name+"/"+kind, func(t *testing.T) {
				t.Parallel() // most of it is waiting for the disk
				for n := 1; ; n++ {
					require.Less(t, n, 20)
					reached := dieOnce(t, prepare, arm, n)
					if !reached {
						require.Greater(t, n, 1, "there is something to die at")
						return
					}
				}
			})
		}
	}
}

// deaths arm the nth point of a kind at which a run dies.
var deaths = map[string]func(s *subscribing, n int, reached *bool){
	"before a request": func(s *subscribing, n int, reached *bool) {
		s.wire.before = func(i int, _ string) bool { *reached = *reached || i == n; return *reached }
	},
	"after a request": func(s *subscribing, n int, reached *bool) {
		s.wire.after = func(i int, _ string) bool { *reached = *reached || i == n; return *reached }
	},
	"before a commit": func(s *subscribing, n int, reached *bool) { s.probe = dying("before ", n, reached) },
	"after a commit":  func(s *subscribing, n int, reached *bool) { s.probe = dying("after ", n, reached) },
}

func dying(point string, n int, reached *bool) func(string) error {
	return func(at string) error {
		if strings.HasPrefix(at, point) {
			n--
		}
		if n == 0 || *reached {
			*reached = true
			return fmt.Errorf("died %s", at)
		}
		return nil
	}
}

// dieOnce has one run die at a point, and the next process do the rest. It tells whether there was such a point.
func dieOnce(t *testing.T, prepare func(*subscribing), arm func(*subscribing, int, *bool), n int) (reached bool) {
	t.Helper()
	s := newSubscribing(t, func(o *shop.Options) { o.HideDisabledWebhooks = true })
	prepare(s)
	s.restart()
	known := s.keys(0)
	arm(s, n, &reached)
	_, err := s.keep()
	require.Equal(t, reached, err != nil, "a failure shows")
	standing := map[string]bool{}
	for _, hook := range s.hooks() {
		standing[hook.SigningKey] = !hook.Disabled
	}
	s.wire.before, s.wire.after, s.probe = nil, nil, nil
	s.clock = s.clock.Add(3 * time.Minute)
	s.reopen()
	result, err := s.keep()
	require.NoError(t, err)
	require.Equal(t, s.url != "", result.Subscribed)
	s.clock = s.clock.Add(time.Hour)
	s.does()
	if s.url == "" {
		require.Empty(t, s.hooks())
		require.Empty(t, s.keys(0))
	} else {
		var live []shop.Webhook
		for _, hook := range s.hooks() {
			if !hook.Disabled {
				live = append(live, hook)
			}
		}
		require.Len(t, live, 1)
		require.Equal(t, s.url, live[0].Endpoint)
		require.ElementsMatch(t, activities.SubscribedEvents(), live[0].Events)
		require.Equal(t, []string{live[0].SigningKey}, s.keys(0))
	}
	require.Subset(t, s.keys(keysLive), known, "what was on its way is accepted")
	for key, live := range standing {
		if live {
			require.Contains(t, s.keys(keysLive), key)
		}
	}
	return reached
}
