package activities_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/activities"
)

// The thresholds between a subscription that loses now and then and one that is dead.
func TestSubscriptionThatFellSilent(t *testing.T) {
	type event struct {
		ago  time.Duration // before the look
		lost int           // records that reading found; 0: a delivery came
	}
	const second = time.Second
	for name, c := range map[string]struct {
		events []event
		dead   bool
	}{
		"nothing happened":                        {nil, false},
		"three, the first over an hour ago":       {[]event{{time.Hour + second, 3}}, true},
		"three, the first under an hour ago":      {[]event{{time.Hour - second, 3}}, false},
		"two, over an hour ago":                   {[]event{{time.Hour + second, 2}}, false},
		"one over an hour ago, two may come":      {[]event{{time.Hour + second, 1}, {30*time.Minute - second, 2}}, false},
		"one over an hour ago, two lost":          {[]event{{time.Hour + second, 1}, {30*time.Minute + second, 2}}, true},
		"one over a day ago":                      {[]event{{24*time.Hour + second, 1}}, true},
		"two under a day ago":                     {[]event{{24*time.Hour - second, 2}}, false},
		"many, and it has spoken since":           {[]event{{20 * time.Hour, 9}, {19 * time.Hour, 0}}, false},
		"many, and it spoke before":               {[]event{{20 * time.Hour, 0}, {19 * time.Hour, 9}}, true},
		"many, it spoke, and two more":            {[]event{{20 * time.Hour, 9}, {19 * time.Hour, 0}, {2 * time.Hour, 2}}, false},
		"found just after it was made":            {[]event{{48*time.Hour - 10*time.Minute + second, 9}}, false},
		"some just after it was made, one later":  {[]event{{48*time.Hour - 5*time.Minute, 2}, {2 * time.Hour, 1}}, false},
		"some just after it was made, many later": {[]event{{48*time.Hour - 5*time.Minute, 2}, {2 * time.Hour, 3}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSubscribing(t, nil)
			s.does(activities.SubscriptionCreated)
			first := s.only()
			look := s.clock.Add(48 * time.Hour)
			for _, e := range c.events {
				s.clock = look.Add(-e.ago)
				if e.lost == 0 {
					s.hear()
					continue
				}
				s.lose(e.lost)
			}
			s.clock = look
			s.restart()
			if !c.dead {
				s.does()
				require.Equal(t, first, s.only())
				return
			}
			s.does(activities.SubscriptionRecreated)
			require.Equal(t, []string{"GET", "DELETE", "POST"}, s.wire.calls)
			require.NotEqual(t, first.ID, s.only().ID)
			require.Contains(t, s.keys(keysLive), first.SigningKey)
			require.Equal(t, 1, s.metric("spacebridge_webhook_subscription_changes_total", "recreated"))
		})
	}
}

// The shop disables a webhook and lists it all the same, so that only the silence tells.
func TestDisabledSubscriptionComesBack(t *testing.T) {
	s := newSubscribing(t, nil)
	s.does(activities.SubscriptionCreated)
	s.clock = s.clock.Add(time.Hour)
	s.disable()
	s.does()
	require.True(t, s.hooks()[0].Disabled, "nothing tells it yet")
	s.lose(3)
	s.clock = s.clock.Add(time.Hour + time.Second)
	s.does(activities.SubscriptionRecreated)
	s.only()
	s.hear()
	s.clock = s.clock.Add(100 * time.Hour)
	s.does()
}

func TestSilentSubscriptionThatGoesBeforeItIsDeleted(t *testing.T) {
	s := newSubscribing(t, nil)
	s.does(activities.SubscriptionCreated)
	first := s.only()
	s.clock = s.clock.Add(time.Hour)
	s.lose(3)
	s.clock = s.clock.Add(2 * time.Hour)
	s.wire.before = func(_ int, call string) bool {
		if call == http.MethodDelete {
			s.wire.before = nil
			require.NoError(t, s.client.DeleteWebhook(t.Context(), first.ID))
		}
		return false
	}
	s.does(activities.SubscriptionRecreated)
	s.only()
}

// A site whose webhooks never come is not asked for a new subscription at every look, whatever restarts there are; nor is one
// where nothing happens any more.
func TestSilentSubscriptionIsMadeAgainEverySixHoursAtMost(t *testing.T) {
	s := newSubscribing(t, nil)
	s.does(activities.SubscriptionCreated)
	var made []time.Time
	for hour := range 30 {
		s.clock = s.clock.Add(time.Hour)
		if hour%5 == 0 {
			s.reopen()
		}
		result, err := s.keep()
		require.NoError(t, err)
		s.only()
		if len(result.Changes) > 0 {
			require.Equal(t, []activities.SubscriptionChange{activities.SubscriptionRecreated}, result.Changes)
			made = append(made, s.clock)
		}
		s.clock = s.clock.Add(20 * time.Minute)
		s.lose(1)
	}
	require.GreaterOrEqual(t, len(made), 4, "it is tried again and again")
	for i := 1; i < len(made); i++ {
		require.GreaterOrEqual(t, made[i].Sub(made[i-1]), 6*time.Hour)
	}
	for range 60 { // what was lost under the last one may be held against it once more
		s.clock = s.clock.Add(time.Hour)
		_, err := s.keep()
		require.NoError(t, err)
	}
	last := s.only()
	s.clock = s.clock.Add(500 * time.Hour)
	s.does()
	require.Equal(t, last, s.only(), "what was lost before is no word about the new one")
}

func TestSubscriptionCareSurvivesClocks(t *testing.T) {
	for name, jump := range map[string]time.Duration{
		"set back a month": -30 * 24 * time.Hour, "set back an hour": -time.Hour, "set forward a year": 365 * 24 * time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			s := newSubscribing(t, nil)
			s.does(activities.SubscriptionCreated)
			first := s.only()
			s.clock, s.jumped = s.clock.Add(jump), jump
			s.restart()
			s.does()
			require.Equal(t, first, s.only())
			require.Equal(t, []string{first.SigningKey}, s.keys(keysLive))
			s.clock = s.clock.Add(time.Hour)
			s.lose(3)
			s.clock = s.clock.Add(2 * time.Hour)
			s.does(activities.SubscriptionRecreated)
			s.clock, s.jumped = s.clock.Add(-jump), 0
			s.does()
			s.only()
			s.clock = s.clock.Add(8 * time.Hour)
			s.lose(3)
			s.clock = s.clock.Add(2 * time.Hour)
			s.does(activities.SubscriptionRecreated)
			s.only()
		})
	}
}
