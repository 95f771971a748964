// Package eu is the client for the new API of Space Invoices (https://eu.spaceinvoices.com): order integrations and orders
// in full, and Books, the few steps that the daemon takes.
//
// Every error that a call returns is a *rest.Error, also when nothing was sent. Writes leave exactly once and carry the
// caller's request id; a 2xx reply that does not name the record asked for counts as an outcome that is not known, never as
// success. Amounts cross the wire as exact decimal numbers in major units.
package eu

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"spacebridge/connectors/rest"
)

// Vendor is the name of this API in errors, logs and metrics.
const Vendor = "spaceinvoices"

// Options configures a Client.
type Options struct {
	APIURL        string // such as https://eu.spaceinvoices.com; no version prefix
	APIKey        string // an account key sk_… or an entity key ek_…
	EntityID      string // ent_…; always sent, since the server's own choice may be another legal person
	IntegrationID string // oint_…; needed by Books only
	Pace          *rest.Pace
	Metrics       *rest.Metrics
	Logger        *slog.Logger // nil: no logs
	Transport     http.RoundTripper
	UserAgent     string
	Penalty       time.Duration // how long to be silent after a 429 without Retry-After; 0: 60 s
	ReadTimeout   time.Duration // 0: the default of rest
	WriteTimeout  time.Duration // 0: the default of rest; must stay shorter than the lease on an effect
	ReadRetries   int           // 0: the default of rest
}

// Client calls the API on behalf of one entity. It is safe for concurrent use.
type Client struct {
	rest          *rest.Client
	integrationID string
	logger        *slog.Logger
}

// New makes a client. It checks the options and opens no connection.
func New(o Options) (*Client, error) {
	switch {
	case o.APIURL == "":
		return nil, errors.New("space invoices: api_url is empty")
	case o.APIKey == "":
		return nil, errors.New("space invoices: api_key is empty")
	case o.EntityID == "":
		return nil, errors.New("space invoices: entity_id is empty")
	}
	logger := o.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	transport, err := rest.New(rest.Options{
		Vendor:       Vendor,
		BaseURL:      o.APIURL,
		Pace:         o.Pace,
		Auth:         bearer(o.APIKey),
		Header:       http.Header{"X-Entity-Id": {o.EntityID}},
		ParseError:   parseError,
		ReadTimeout:  o.ReadTimeout,
		WriteTimeout: o.WriteTimeout,
		ReadRetries:  o.ReadRetries,
		Transport:    o.Transport,
		Metrics:      o.Metrics,
		Logger:       logger,
		UserAgent:    o.UserAgent,
		Penalty:      o.Penalty,
	})
	if err != nil {
		return nil, err
	}
	return &Client{rest: transport, integrationID: o.IntegrationID, logger: logger}, nil
}

// ServerClock gives how far our clock is ahead of the server's, from the last reply's Date header.
func (c *Client) ServerClock() (skew time.Duration, ok bool) { return c.rest.ServerClock() }

// write sends a request once. The request id makes the server answer a repeat with its first answer.
func (c *Client) write(ctx context.Context, requestID string, request rest.Request, out any) error {
	if requestID == "" {
		return notSent(request, errors.New("a write needs a request id"))
	}
	request.Header = http.Header{"X-Request-Id": {requestID}}
	return c.rest.Write(ctx, request, out)
}

// remove deletes one record. The reference shows no reply body, so none is read.
func (c *Client) remove(ctx context.Context, requestID, route, id string) error {
	request, err := single(http.MethodDelete, route, id)
	if err != nil {
		return err
	}
	return c.write(ctx, requestID, request, nil)
}

// bearer is an API key. It never changes, so a refusal teaches nothing.
type bearer string

// Authorize sets the key on a request.
func (b bearer) Authorize(_ context.Context, r *http.Request) error {
	r.Header.Set("Authorization", "Bearer "+string(b))
	return nil
}

// Refused does nothing: there is no other key to try.
func (b bearer) Refused(string) {}
