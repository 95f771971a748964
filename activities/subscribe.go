package activities

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"spacebridge/connectors/rest"
	"spacebridge/mapping/trade"
)

// settle makes one subscription stand at the connection's WebhookURL with the events wanted, and gives its id.
func (k *keeping) settle(ctx context.Context) (string, error) {
	best, found := k.best()
	switch {
	case !found:
		for id, s := range k.known {
			if s.Retired.IsZero() && k.fresh(s) {
				return id, nil // made a moment ago, and the list does not show it yet
			}
		}
		return k.create(ctx)
	case best.SigningKey == "":
		k.subscribed.stands(k.c.Name, false)
		return "", errNoKey
	case k.live(best.ID):
		dead, err := k.silent(ctx, k.c.Name, best.Created, k.retired)
		if err != nil {
			return "", err
		}
		if dead {
			k.log.WarnContext(ctx, "our webhook no longer tells of what happens; another one is made", "connection", k.c.Name, "webhook", best.ID)
			if err := k.end(ctx, best.ID); err != nil {
				return "", err
			}
			return k.create(ctx)
		}
	default:
		k.changed(ctx, SubscriptionAdopted, best.ID)
	}
	if sameEvents(best.Events, SubscribedEvents()) {
		return best.ID, nil
	}
	updated, err := k.c.Webhooks.UpdateWebhook(ctx, best.ID, k.c.WebhookURL, SubscribedEvents())
	if rest.ClassOf(err) == rest.NotFound {
		// It has gone since the list was read.
		if err := k.retire(ctx, best.ID); err != nil {
			return "", err
		}
		return k.create(ctx)
	}
	if err != nil {
		return "", err
	}
	if _, err := k.note(ctx, updated); err != nil {
		return "", err
	}
	k.changed(ctx, SubscriptionUpdated, best.ID)
	return best.ID, nil
}

// best chooses among the subscriptions at WebhookURL: one that the ledger knows before one that it does not, the oldest first,
// and none without a key as long as there is another.
func (k *keeping) best() (best trade.Subscription, found bool) {
	rank := func(s trade.Subscription) int {
		switch {
		case s.SigningKey == "":
			return 2
		case !k.live(s.ID):
			return 1
		default:
			return 0
		}
	}
	for _, s := range k.listed {
		if k.there(s) && (!found || rank(s) < rank(best)) {
			best, found = s, true
		}
	}
	return best, found
}

// create subscribes WebhookURL and gives the id of the new subscription.
func (k *keeping) create(ctx context.Context) (string, error) {
	k.subscribed.stands(k.c.Name, false)
	// Invariant 2: whatever becomes of the request, what it made is known as ours by its endpoint.
	if err := k.ledger.IntendSubscription(ctx, k.c.Name, k.c.WebhookURL); err != nil {
		return "", err
	}
	made, err := k.c.Webhooks.CreateWebhook(ctx, k.c.WebhookURL, SubscribedEvents())
	if err != nil {
		return "", afterLook(err)
	}
	made.Created = k.now()
	if _, err := k.note(ctx, made); err != nil {
		return "", err
	}
	change := SubscriptionCreated
	for _, s := range k.known {
		if sameEndpoint(s.Endpoint, k.c.WebhookURL) {
			change = SubscriptionRecreated
		}
	}
	k.changed(ctx, change, made.ID)
	return made.ID, nil
}

// afterLook makes an unknown outcome wait until the list must show what came of it (invariant 3).
func afterLook(err error) error {
	failure, ok := errors.AsType[*rest.Error](err)
	if !ok || failure.Class != rest.Unknown {
		return err
	}
	patient := *failure
	patient.RetryAfter = max(patient.RetryAfter, showsAfter)
	return &patient
}

// note commits a subscription of ours as Orderspace shows it. It gives it back with what only the ledger knows: since when
// there is one, and its key, should Orderspace leave that out.
func (k *keeping) note(ctx context.Context, s trade.Subscription) (trade.Subscription, error) {
	known, ok := k.known[s.ID]
	if ok {
		s.Created = known.Created
	}
	// From the future it is from before the clock was set back: until that comes, nothing would be expected of it.
	if now := k.now(); s.Created.IsZero() || s.Created.After(now) {
		s.Created = now
	}
	if s.SigningKey == "" {
		s.SigningKey = known.SigningKey
	}
	if k.there(s) {
		s.Endpoint = k.c.WebhookURL // as people write it, who look for it in the ledger
	}
	if s.SigningKey == "" {
		return s, nil // nothing that a delivery could be verified by
	}
	if err := k.ledger.KeepSubscription(ctx, k.c.Name, s, k.now()); err != nil {
		return s, err
	}
	if ok && known.Retired.IsZero() && known.SigningKey != s.SigningKey {
		k.changed(ctx, SubscriptionUpdated, s.ID)
	}
	return s, nil
}

// remove ends subscriptions of ours that are not wanted.
func (k *keeping) remove(ctx context.Context, unwanted []trade.Subscription) error {
	for _, s := range unwanted {
		if err := k.end(ctx, s.ID); err != nil {
			return err
		}
		k.changed(ctx, SubscriptionRemoved, s.ID)
	}
	return nil
}

// end deletes a subscription at Orderspace and retires it. One that is gone already is as good as deleted.
func (k *keeping) end(ctx context.Context, id string) error {
	if err := k.c.Webhooks.DeleteWebhook(ctx, id); err != nil && rest.ClassOf(err) != rest.NotFound {
		return err
	}
	return k.retire(ctx, id)
}

func (k *keeping) retire(ctx context.Context, id string) error {
	k.listed = slices.DeleteFunc(k.listed, func(s trade.Subscription) bool { return s.ID == id })
	return k.ledger.RetireSubscription(ctx, k.c.Name, id, k.now())
}

func (k *keeping) changed(ctx context.Context, change SubscriptionChange, id string) {
	k.result.Changes = append(k.result.Changes, change)
	k.subscribed.changed(k.c.Name, change)
	k.log.InfoContext(ctx, "the webhook subscription was changed", "connection", k.c.Name, "webhook", id, "change", string(change))
}

// sameEvents compares events as sets: in which order Orderspace gives them back is not documented.
func sameEvents(a, b []string) bool {
	sorted := func(list []string) []string { return slices.Compact(slices.Sorted(slices.Values(list))) }
	return slices.Equal(sorted(a), sorted(b))
}

// sameEndpoint compares URLs as they are meant, should Orderspace write one down in another form than it was given:
// otherwise a subscription would be made anew at every look.
func sameEndpoint(a, b string) bool { return a == b || plainEndpoint(a) == plainEndpoint(b) }

func plainEndpoint(text string) string {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Host == "" {
		return text
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if u.Scheme == "https" {
		u.Host = strings.TrimSuffix(u.Host, ":443")
	}
	if u.Path == "" {
		u.Path = "/"
	}
	u.Fragment = ""
	return u.String()
}
