package orderspace

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"spacebridge/connectors/rest"
	"spacebridge/mapping/trade"
)

// webhooks reads subscriptions. Orderspace tells neither when one was made nor whether it was disabled, so Created stays zero.
// See https://apidocs.orderspace.com/#webhooks.
var webhooks = resource[trade.Subscription]{
	route: "/webhooks", plural: "webhooks", singular: "webhook",
	read: func(r *reader) trade.Subscription {
		return trade.Subscription{
			ID: r.text("id"), Endpoint: r.text("endpoint"), Events: r.texts("events"), SigningKey: r.text("signing_key"),
		}
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

// ListWebhooks reads all subscriptions of the site, newest first, with their signing keys. Whether those that Orderspace has
// disabled after too many failures are among them is not documented.
//
// Endpoint: GET /webhooks. Errors: *rest.Error, *trade.Fault.
func (c *Client) ListWebhooks(ctx context.Context) ([]trade.Subscription, error) {
	return webhooks.all(ctx, c)
}

// GetWebhook reads one subscription.
//
// Endpoint: GET /webhooks/{id}. Errors: *rest.Error of class NotFound when there is none; *trade.Fault.
func (c *Client) GetWebhook(ctx context.Context, id string) (trade.Subscription, error) {
	return webhooks.one(ctx, c, id)
}

// CreateWebhook subscribes an endpoint. The signing key is in the answer, and in every later read.
//
// Endpoint: POST /webhooks. Errors: *rest.Error; after Unknown, look with ListWebhooks before trying again.
func (c *Client) CreateWebhook(ctx context.Context, endpoint string, events []string) (trade.Subscription, error) {
	made, err := c.writeWebhook(ctx, rest.Request{Method: http.MethodPost, Route: webhooks.route, Body: subscribe(endpoint, events)})
	if err == nil && made.SigningKey == "" {
		// What it signs with is in the list, if anywhere.
		return trade.Subscription{}, fail(rest.Unknown, http.MethodPost, webhooks.route, errors.New("reply holds no signing key"))
	}
	return made, err
}

// UpdateWebhook changes the endpoint and the events of a subscription; its key stays. Whether that wakes one that Orderspace
// has disabled is not documented.
//
// Endpoint: PUT /webhooks/{id}. Errors: *rest.Error.
func (c *Client) UpdateWebhook(ctx context.Context, id, endpoint string, events []string) (trade.Subscription, error) {
	req := rest.Request{Method: http.MethodPut, Route: webhooks.route + "/{id}", Body: subscribe(endpoint, events)}
	var err error
	if req.Path, err = pathOf(webhooks.route, id); err != nil {
		return trade.Subscription{}, fail(rest.Rejected, req.Method, req.Route, err)
	}
	updated, err := c.writeWebhook(ctx, req)
	if err == nil && updated.ID != id {
		return trade.Subscription{}, fail(rest.Unknown, req.Method, req.Route, errors.New("reply holds another webhook"))
	}
	return updated, err
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

func (c *Client) writeWebhook(ctx context.Context, req rest.Request) (trade.Subscription, error) {
	var envelope map[string]json.RawMessage
	if err := c.rest.Write(ctx, req, &envelope); err != nil {
		return trade.Subscription{}, err
	}
	webhook, err := webhooks.decode(envelope[webhooks.singular])
	if err != nil || webhook.ID == "" {
		// It was accepted, but what became of it is not known.
		return trade.Subscription{}, fail(rest.Unknown, req.Method, req.Route, errors.New("reply holds no webhook"))
	}
	return webhook, nil
}
