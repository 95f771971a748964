package orderspace

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"spacebridge/connectors/rest"
)

// Where Orderspace lives, for Options that do not say otherwise.
const (
	DefaultAPIURL   = "https://api.orderspace.com/v1"
	DefaultTokenURL = "https://identity.orderspace.com/oauth/token" //nolint:gosec // an address, not a credential
)

const vendor = "orderspace"

// Options configure a Client. Pace, ClientID and ClientSecret are required.
type Options struct {
	APIURL       string // DefaultAPIURL if empty
	TokenURL     string // DefaultTokenURL if empty
	ClientID     string
	ClientSecret string
	Pace         *rest.Pace // shared by everything that uses the account; token requests pay too
	Metrics      *rest.Metrics
	Logger       *slog.Logger
	Transport    http.RoundTripper // nil for the own one of package rest
	Penalty      time.Duration     // how long nothing is sent after a 429; 60 s if zero, as the vendor asks
	ReadRetries  int               // 0 for rest.DefaultReadRetries, negative for none
	UserAgent    string
	PageSize     int // records of one list request of ListRecords; 0 for MaxLimit
}

// Client reads one Orderspace site and keeps its webhooks. It is safe for concurrent use.
type Client struct {
	rest     *rest.Client
	pageSize int
}

// New makes a Client. It sends nothing.
func New(opts Options) (*Client, error) {
	if opts.ClientID == "" || opts.ClientSecret == "" {
		return nil, errors.New("orderspace needs a client id and a client secret")
	}
	if opts.Pace == nil {
		return nil, errors.New("orderspace needs a pace")
	}
	opts.APIURL = orText(opts.APIURL, DefaultAPIURL)
	opts.TokenURL = orText(opts.TokenURL, DefaultTokenURL)
	if opts.Penalty == 0 {
		opts.Penalty = rest.DefaultPenalty
	}
	client, err := rest.New(rest.Options{
		Vendor: vendor, BaseURL: opts.APIURL, Pace: opts.Pace, Auth: newAuthorizer(opts), ParseError: parseError,
		ReadRetries: opts.ReadRetries, Transport: opts.Transport, Metrics: opts.Metrics, Logger: opts.Logger,
		UserAgent: opts.UserAgent, Penalty: opts.Penalty,
	})
	if err != nil {
		return nil, fmt.Errorf("open orderspace client: %w", err)
	}
	return &Client{rest: client, pageSize: opts.PageSize}, nil
}

// Close drops idle connections.
func (c *Client) Close() { c.rest.Close() }

// ServerClock gives our clock minus Orderspace's; ok is false before the first reply.
func (c *Client) ServerClock() (skew time.Duration, ok bool) { return c.rest.ServerClock() }

// ServerNow gives Orderspace's time, to about a second; ok is false before the first reply.
func (c *Client) ServerNow() (now time.Time, ok bool) { return c.rest.ServerNow() }

// get reads one record and takes it out of its envelope, {"order": {…}}. An answer about another record is no answer.
func (c *Client) get(ctx context.Context, route, singular, id string) (json.RawMessage, error) {
	req := rest.Request{Method: http.MethodGet, Route: route + "/{id}"}
	var err error
	if req.Path, err = pathOf(route, id); err != nil {
		return nil, fail(rest.Rejected, req.Method, req.Route, err)
	}
	var envelope map[string]json.RawMessage
	if err := c.rest.Read(ctx, req, &envelope); err != nil {
		return nil, err
	}
	body := envelope[singular]
	if shapeOf(body) != "an object" {
		return nil, fail(rest.Unknown, req.Method, req.Route, errors.New("reply holds no "+singular))
	}
	if got := peekText(body, "id"); got != "" && got != id {
		return nil, fail(rest.Unknown, req.Method, req.Route, errors.New("reply holds another "+singular))
	}
	return body, nil
}

// pathOf makes the path of a record. An empty id would read a list, and dots would climb out of the resource.
func pathOf(route, id string) (string, error) {
	if strings.Trim(id, ". ") == "" {
		return "", errors.New("id is empty")
	}
	return route + "/" + url.PathEscape(id), nil
}

// fail makes an error of our own in the form of package rest.
func fail(class rest.Class, method, route string, err error) error {
	return &rest.Error{Vendor: vendor, Method: method, Route: route, Class: class, Err: err}
}

// parseError understands {"message": "…"} and, for the empty 401, the error in WWW-Authenticate (recorded 2022-12).
func parseError(_ int, header http.Header, body []byte) (code, message string, issues []rest.Issue) {
	if _, after, ok := strings.Cut(header.Get("WWW-Authenticate"), `error="`); ok {
		code, _, _ = strings.Cut(after, `"`)
	}
	return code, peekText(body, "message"), nil
}

func orText(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}
