package activities

import (
	"context"
	"errors"
	"slices"
	"time"

	"spacebridge/connectors/rest"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/trade"
)

// Subscriber keeps Orderspace's webhook subscriptions.
type Subscriber interface {
	// ListWebhooks reads all subscriptions of the site, newest first, with their signing keys. Those that Orderspace has
	// disabled may be among them or not.
	ListWebhooks(ctx context.Context) ([]trade.Subscription, error)
	CreateWebhook(ctx context.Context, endpoint string, events []string) (trade.Subscription, error)
	// UpdateWebhook sets the events of a subscription; its key stays.
	UpdateWebhook(ctx context.Context, id, endpoint string, events []string) (trade.Subscription, error)
	// DeleteWebhook ends a subscription; the class of its error is not_found when there is none.
	DeleteWebhook(ctx context.Context, id string) error
}

// SubscribedEvents are the events that a webhook is made for: all about orders, dispatches, invoices, payments and customers.
// Those about products and stock say nothing to the books, and would be most of the traffic.
func SubscribedEvents() []string {
	return []string{
		"order.created", "order.updated", "order.deleted", "dispatch.created", "invoice.created", "invoice.deleted",
		"payment.created", "customer.created", "customer.updated", "customer.deleted",
	}
}

// showsAfter is how long a new subscription may be missing from the list, and how long a create without an answer is waited
// for before the next look: Orderspace's lists may lag behind.
const showsAfter = 2 * time.Minute

// errNoKey is a subscription whose deliveries nobody could verify. Another one would be no better.
var errNoKey = errors.New("orderspace shows our webhook without its signing key; send the daemon's log to its maintainers")

// KeepSubscriptionInput names a connection.
type KeepSubscriptionInput struct {
	Connection string
}

// KeepSubscriptionResult says how the subscription stands and what was done for it. It carries no key.
type KeepSubscriptionResult struct {
	Subscribed bool // one stands at the connection's WebhookURL
	Changes    []SubscriptionChange
}

// KeepSubscription makes Orderspace have exactly one webhook subscription of ours, at the connection's WebhookURL with
// SubscribedEvents, or none when that is "". Ours is what the ledger knows by its id, and what points to an endpoint that
// we ever meant to subscribe; everything else is left alone. What stands in the wrong place is removed only after the
// right one is committed, and every key seen is committed first, so that deliveries on their way are still accepted.
//
// Idempotency: every run begins with the list and does only what is missing. An answer that was lost is found by the next
// run (invariant 3); a subscription made twice all the same is removed by it.
// Errors: by the table in errors.go; after a create without an answer, tried again once it must show. Ledger errors are retried.
func (a *Activities) KeepSubscription(ctx context.Context, in KeepSubscriptionInput) (KeepSubscriptionResult, error) {
	c, err := a.connection(in.Connection)
	if err != nil || c.Webhooks == nil {
		return KeepSubscriptionResult{}, err
	}
	a.subscribed.watch(c.Name)
	k := &keeping{Activities: a, c: c}
	if err := k.run(rest.As(ctx, rest.WorkUpkeep)); err != nil {
		a.log.WarnContext(ctx, "the webhook subscription could not be looked after", "connection", c.Name, "class", string(rest.ClassOf(err)))
		if errors.Is(err, errNoKey) {
			return k.result, permanent(err, "no_signing_key")
		}
		return k.result, readError(err)
	}
	return k.result, nil
}

// keeping is one run of KeepSubscription.
type keeping struct {
	*Activities

	c       *Connection
	known   map[string]sqlite.KeptSubscription // by id
	retired time.Time                          // when the latest one ended
	intends []string                           // endpoints that are ours
	listed  []trade.Subscription               // ours as Orderspace shows them, oldest first
	result  KeepSubscriptionResult
}

func (k *keeping) run(ctx context.Context) error {
	if err := k.recall(ctx); err != nil {
		return err
	}
	if k.c.WebhookURL == "" && len(k.known) == 0 && len(k.intends) == 0 {
		return nil // nothing could be ours
	}
	if err := k.look(ctx); err != nil {
		return err
	}
	if k.c.WebhookURL == "" {
		k.subscribed.stands(k.c.Name, false)
		return k.remove(ctx, slices.Clone(k.listed))
	}
	id, err := k.settle(ctx)
	if err != nil {
		return err
	}
	k.result.Subscribed = true
	k.subscribed.stands(k.c.Name, true)
	return k.remove(ctx, slices.DeleteFunc(slices.Clone(k.listed), func(s trade.Subscription) bool { return s.ID == id }))
}

// recall asks the ledger what is ours.
func (k *keeping) recall(ctx context.Context) error {
	kept, err := k.ledger.Subscriptions(ctx, k.c.Name)
	if err != nil {
		return err
	}
	k.known = map[string]sqlite.KeptSubscription{}
	for _, s := range kept {
		if before, ok := k.known[s.ID]; !ok || !before.Retired.IsZero() && s.Retired.IsZero() {
			k.known[s.ID] = s
		}
		if s.Retired.After(k.retired) {
			k.retired = s.Retired
		}
	}
	k.intends, err = k.ledger.IntendedEndpoints(ctx, k.c.Name)
	return err
}

// look reads the list, commits what is ours of it, and retires what is ours and gone.
func (k *keeping) look(ctx context.Context) error {
	all, err := k.c.Webhooks.ListWebhooks(ctx)
	if err != nil {
		return err
	}
	shown := map[string]bool{}
	for _, s := range slices.Backward(all) {
		if !k.ours(s) {
			continue
		}
		shown[s.ID] = true
		if s, err = k.note(ctx, s); err != nil {
			return err
		}
		k.listed = append(k.listed, s)
	}
	for id, s := range k.known {
		if shown[id] || !s.Retired.IsZero() || k.fresh(s) {
			continue
		}
		k.log.WarnContext(ctx, "orderspace no longer has our webhook", "connection", k.c.Name, "webhook", id)
		if err := k.retire(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

func (k *keeping) ours(s trade.Subscription) bool {
	_, known := k.known[s.ID]
	return known || k.there(s) || slices.ContainsFunc(k.intends, func(endpoint string) bool { return sameEndpoint(endpoint, s.Endpoint) })
}

// there reports whether a subscription sends where it should.
func (k *keeping) there(s trade.Subscription) bool {
	return k.c.WebhookURL != "" && sameEndpoint(s.Endpoint, k.c.WebhookURL)
}

// live reports whether the ledger knows a subscription that was not retired before this run.
func (k *keeping) live(id string) bool {
	s, ok := k.known[id]
	return ok && s.Retired.IsZero()
}

// fresh reports whether a subscription is too young to be missed in a list.
func (k *keeping) fresh(s sqlite.KeptSubscription) bool {
	age := k.now().Sub(s.Created)
	return age >= 0 && age < showsAfter && k.there(s.Subscription)
}
