package workflows_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"spacebridge/activities"
	"spacebridge/workflows"
)

// once is an Engine for a loop of one call.
type once struct {
	workflows.Engine

	kind   workflows.Call
	result activities.KeepSubscriptionResult
	err    error
	told   []string
}

func (o *once) Call(kind workflows.Call, _ string, _, _, out any) error {
	o.kind = kind
	if o.err == nil {
		*out.(*activities.KeepSubscriptionResult) = o.result
	}
	return o.err
}

func (o *once) Tell(details string) { o.told = append(o.told, details) }
func (o *once) Log() log.Logger     { return nil }

func TestKeepSubscriptionTellsWhatWasDone(t *testing.T) {
	refused := errors.New("refused")
	for name, c := range map[string]struct {
		result activities.KeepSubscriptionResult
		err    error
		want   string
	}{
		"nothing to do": {activities.KeepSubscriptionResult{Subscribed: true}, nil, "The webhook subscription stands; there was nothing to do."},
		"none wanted":   {activities.KeepSubscriptionResult{}, nil, "No webhook subscription is wanted; there was nothing to do."},
		"changes": {
			activities.KeepSubscriptionResult{Subscribed: true, Changes: []activities.SubscriptionChange{
				activities.SubscriptionRemoved, activities.SubscriptionCreated, activities.SubscriptionRemoved,
			}}, nil, "The webhook subscription stands: created 1, removed 2.",
		},
		"removed": {
			activities.KeepSubscriptionResult{Changes: []activities.SubscriptionChange{activities.SubscriptionRemoved}},
			nil,
			"No webhook subscription is wanted: removed 1.",
		},
		"failed": {
			activities.KeepSubscriptionResult{},
			refused,
			"The webhook subscription could not be looked after. The next run tries again; until then, reading finds what webhooks do not tell.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := &once{result: c.result, err: c.err}
			result, err := workflows.KeepSubscriptionOn(e, activities.KeepSubscriptionInput{Connection: "acme"})
			require.ErrorIs(t, err, c.err)
			require.Equal(t, c.result, result)
			require.Equal(t, c.want, e.told[len(e.told)-1])
			require.NotZero(t, e.kind.Limits().ScheduleToClose, "a vendor that is down leaves no workflow open for ever")
			require.NotContains(t, strings.Join(e.told, ""), "acme")
		})
	}
}

// An attempt that failed is made again within the run, and a run whose vendor stays away ends.
func TestKeepSubscriptionOnTemporal(t *testing.T) {
	for name, c := range map[string]struct {
		fails int
		kind  error
		tries func(n int) bool
		ends  bool // in an error
	}{
		"at once":      {0, nil, func(n int) bool { return n == 1 }, false},
		"second time":  {1, temporal.NewApplicationError("gone", "unknown"), func(n int) bool { return n == 2 }, false},
		"never":        {1000, temporal.NewApplicationError("gone", "unknown"), func(n int) bool { return n > 2 && n < 30 }, true},
		"unauthorized": {1000, temporal.NewNonRetryableApplicationError("refused", "unauthorized", nil), func(n int) bool { return n == 1 }, true},
	} {
		t.Run(name, func(t *testing.T) {
			var suite testsuite.WorkflowTestSuite
			env := suite.NewTestWorkflowEnvironment()
			env.RegisterWorkflow(workflows.KeepSubscription)
			env.RegisterActivity(&activities.Activities{})
			var a *activities.Activities
			tries, began := 0, env.Now()
			env.OnActivity(a.KeepSubscription, anyArg, anyArg).Return(
				func(_ context.Context, in activities.KeepSubscriptionInput) (activities.KeepSubscriptionResult, error) {
					require.Equal(t, "acme", in.Connection)
					if tries++; tries <= c.fails {
						return activities.KeepSubscriptionResult{}, c.kind
					}
					return activities.KeepSubscriptionResult{Subscribed: true}, nil
				})
			env.ExecuteWorkflow(workflows.KeepSubscription, activities.KeepSubscriptionInput{Connection: "acme"})
			require.True(t, env.IsWorkflowCompleted())
			require.Equal(t, c.ends, env.GetWorkflowError() != nil)
			require.True(t, c.tries(tries), tries)
			require.Less(t, env.Now().Sub(began), time.Hour, "over before the next scheduled run")
		})
	}
	require.Equal(t, "subscription/acme", workflows.SubscriptionID("acme"))
}
