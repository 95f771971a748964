package orderspace

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"spacebridge/connectors/rest"
)

// Webhook is a subscription to events. See https://apidocs.orderspace.com/#webhooks.
type Webhook struct {
	ID         string
	Endpoint   string // https
	Events     []string
	SigningKey string // secret
}

// LogValue leaves the signing key out of logs.
func (w Webhook) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", w.ID), slog.Int("events", len(w.Events)))
}

// String leaves the signing key out of text.
func (w Webhook) String() string { return "webhook " + w.ID }

// GoString leaves the signing key out of %#v.
func (w Webhook) GoString() string { return w.String() }

var webhooks = resource[Webhook]{
	route: "/webhooks", plural: "webhooks", singular: "webhook",
	read: func(r *reader) Webhook {
		return Webhook{ID: r.text("id"), Endpoint: r.text("endpoint"), Events: r.texts("events"), SigningKey: r.text("signing_key")}
	},
}

// subscription is what can be set.
type subscription struct {
	Webhook struct {
		Endpoint string   `json:"endpoint"`
		Events   []string `json:"events"`
	} `json:"webhook"`
}

func subscribe(endpoint string, events []string) (s subscription) {
	s.Webhook.Endpoint, s.Webhook.Events = endpoint, events
	return s
}

// ListWebhooks reads all subscriptions of the site, newest first, with their signing keys.
//
// Endpoint: GET /webhooks. Errors: *rest.Error, *trade.Fault.
func (c *Client) ListWebhooks(ctx context.Context) ([]Webhook, error) { return webhooks.all(ctx, c) }

// GetWebhook reads one subscription.
//
// Endpoint: GET /webhooks/{id}. Errors: *rest.Error of class NotFound when there is none; *trade.Fault.
func (c *Client) GetWebhook(ctx context.Context, id string) (Webhook, error) {
	return webhooks.one(ctx, c, id)
}

// CreateWebhook subscribes an endpoint. The signing key is in the answer, and in every later read.
//
// Endpoint: POST /webhooks. Errors: *rest.Error; after Unknown, look with ListWebhooks before trying again.
func (c *Client) CreateWebhook(ctx context.Context, endpoint string, events []string) (Webhook, error) {
	return c.writeWebhook(ctx, rest.Request{Method: http.MethodPost, Route: webhooks.route, Body: subscribe(endpoint, events)})
}

// UpdateWebhook changes the endpoint and the events of a subscription; its key stays.
//
// Endpoint: PUT /webhooks/{id}. Errors: *rest.Error.
func (c *Client) UpdateWebhook(ctx context.Context, id, endpoint string, events []string) (Webhook, error) {
	req := rest.Request{Method: http.MethodPut, Route: webhooks.route + "/{id}", Body: subscribe(endpoint, events)}
	var err error
	if req.Path, err = pathOf(webhooks.route, id); err != nil {
		return Webhook{}, fail(rest.Rejected, req.Method, req.Route, err)
	}
	return c.writeWebhook(ctx, req)
}

// DeleteWebhook ends a subscription.
//
// Endpoint: DELETE /webhooks/{id}. Errors: *rest.Error of class NotFound when there is none.
func (c *Client) DeleteWebhook(ctx context.Context, id string) error {
	req := rest.Request{Method: http.MethodDelete, Route: webhooks.route + "/{id}"}
	var err error
	if req.Path, err = pathOf(webhooks.route, id); err != nil {
		return fail(rest.Rejected, req.Method, req.Route, err)
	}
	return c.rest.Write(ctx, req, nil)
}

func (c *Client) writeWebhook(ctx context.Context, req rest.Request) (Webhook, error) {
	var envelope map[string]json.RawMessage
	if err := c.rest.Write(ctx, req, &envelope); err != nil {
		return Webhook{}, err
	}
	webhook, err := webhooks.decode(envelope[webhooks.singular])
	if err != nil || webhook.ID == "" {
		// It was accepted, but what became of it is not known.
		return Webhook{}, fail(rest.Unknown, req.Method, req.Route, errors.New("reply holds no webhook"))
	}
	return webhook, nil
}
