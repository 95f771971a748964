package workflows

import (
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"

	"spacebridge/activities"
)

// SubscriptionID is the workflow id of the care for a connection's webhook subscription.
func SubscriptionID(connection string) string { return "subscription/" + connection }

// KeepSubscription makes Orderspace have one webhook subscription of ours as it is wanted, and no other of ours.
func KeepSubscription(ctx workflow.Context, in activities.KeepSubscriptionInput) (activities.KeepSubscriptionResult, error) {
	return KeepSubscriptionOn(newDurable(ctx), in)
}

// KeepSubscriptionOn is KeepSubscription on any Engine.
//
// The activity writes, and yet it is called like a list that is read: it may be repeated, for each of its attempts begins
// with the list of what there is, and waits after a write without an answer until the list must show what came of it. It
// gives up after some minutes, so that a vendor that is down leaves no workflow open; the next scheduled run tries again.
func KeepSubscriptionOn(e Engine, in activities.KeepSubscriptionInput) (activities.KeepSubscriptionResult, error) {
	e.Tell("Looking after the webhook subscription.")
	var result activities.KeepSubscriptionResult
	if err := e.Call(CallList, "look after the webhook subscription", act.KeepSubscription, in, &result); err != nil {
		e.Tell("The webhook subscription could not be looked after. The next run tries again; until then, reading finds what webhooks do not tell.")
		return result, err
	}
	e.Tell(subscriptionDetails(result))
	return result, nil
}

// subscriptionDetails says in a sentence how the subscription stands and what was done for it.
func subscriptionDetails(result activities.KeepSubscriptionResult) string {
	text := "No webhook subscription is wanted"
	if result.Subscribed {
		text = "The webhook subscription stands"
	}
	if len(result.Changes) == 0 {
		return text + "; there was nothing to do."
	}
	var done []string
	for _, change := range slices.Compact(slices.Sorted(slices.Values(result.Changes))) {
		count := 0
		for _, other := range result.Changes {
			if other == change {
				count++
			}
		}
		done = append(done, fmt.Sprintf("%s %d", change, count))
	}
	return text + ": " + strings.Join(done, ", ") + "."
}
