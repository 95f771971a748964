package rest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// Defaults of Options.
const (
	DefaultMaxBody      = 32 << 20
	DefaultReadTimeout  = 30 * time.Second
	DefaultWriteTimeout = 20 * time.Second
	DefaultReadRetries  = 3
	DefaultRetryWait    = 500 * time.Millisecond
	DefaultMaxRetryWait = 10 * time.Second
	DefaultPenalty      = 60 * time.Second
)

// Authorizer signs requests.
type Authorizer interface {
	// Authorize sets the Authorization header. An *Error of class Unauthorized or RateLimited keeps its class; every other
	// error means that the request was not sent. It may be called again, after a while, for the same request.
	Authorize(ctx context.Context, r *http.Request) error
	// Refused is told the token (without its scheme) that the vendor answered 401 to. It must not be used again.
	Refused(token string)
}

// Options configure a Client. Vendor, BaseURL and Pace are required.
type Options struct {
	Vendor  string // label of metrics and first word of errors
	BaseURL string // absolute http or https URL, with or without a trailing slash
	Pace    *Pace
	Auth    Authorizer
	Header  http.Header // sent with every request
	// ParseError reads the vendor's error body; nil understands {"code", "message"}. body is a JSON object, or nil if the reply
	// had none. The words it returns may be personal: they go into the fields of Error and never into its text.
	ParseError func(status int, header http.Header, body []byte) (code, message string, issues []Issue)

	MaxBody      int64         // bytes of a reply, uncompressed; more makes it Unknown
	ReadTimeout  time.Duration // of one attempt, without the wait for its turn
	WriteTimeout time.Duration // of the attempt; the wait for its turn may take half as long again
	ReadRetries  int           // attempts after the first; negative for none
	RetryWait    time.Duration // wait before the first repetition, doubled with each
	MaxRetryWait time.Duration
	Penalty      time.Duration // how long the gate closes after a 429 without Retry-After

	// Transport replaces the own transport for reads and writes. It must neither repeat nor redirect.
	Transport http.RoundTripper
	Metrics   *Metrics
	Logger    *slog.Logger
	UserAgent string
}

// Client sends requests to one vendor.
type Client struct {
	opts   Options
	base   string
	reads  http.RoundTripper
	writes http.RoundTripper
	dated  atomic.Pointer[dated]
}

// New checks the options and makes a Client.
func New(opts Options) (*Client, error) {
	base, err := url.Parse(opts.BaseURL)
	if err != nil {
		return nil, errors.New("base URL cannot be parsed")
	}
	if (base.Scheme != "http" && base.Scheme != "https") || base.Host == "" || base.User != nil || base.RawQuery != "" {
		return nil, fmt.Errorf("base URL of %s must be absolute http or https without user and query", opts.Vendor)
	}
	if opts.Pace == nil || opts.Vendor == "" {
		return nil, errors.New("a client needs a vendor name and a pace")
	}
	c := &Client{opts: withDefaults(opts), base: strings.TrimRight(base.String(), "/")}
	c.reads, c.writes = c.opts.Transport, c.opts.Transport
	if c.opts.Transport == nil {
		c.reads, c.writes = readTransport(), writeTransport()
	}
	if m := c.opts.Metrics; m != nil {
		opts.Pace.observe(opts.Vendor, m)
	}
	return c, nil
}

// Close drops idle connections. The client can still be used.
func (c *Client) Close() {
	for _, transport := range []http.RoundTripper{c.reads, c.writes} {
		if idle, ok := transport.(interface{ CloseIdleConnections() }); ok {
			idle.CloseIdleConnections()
		}
	}
}

// ServerClock gives our clock minus the vendor's, from the last reply's Date header, to about a second. ok is false
// before the first reply.
func (c *Client) ServerClock() (skew time.Duration, ok bool) {
	if last := c.dated.Load(); last != nil {
		return last.skew, true
	}
	return 0, false
}

// ServerNow gives the vendor's time, to about a second: the last reply's Date and the time that has passed since, by a
// clock that nobody sets. ok is false before the first reply.
func (c *Client) ServerNow() (now time.Time, ok bool) {
	if last := c.dated.Load(); last != nil {
		return last.theirs.Add(time.Since(last.at)), true
	}
	return time.Time{}, false
}

// dated is what a reply said of the vendor's clock.
type dated struct {
	theirs time.Time
	at     time.Time // ours, with its monotonic reading
	skew   time.Duration
}

// noteClock remembers what a reply says of the vendor's clock.
func (c *Client) noteClock(header http.Header) {
	theirs, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return
	}
	at := time.Now()
	// Date has whole seconds; half a second is the least wrong guess of the rest.
	c.dated.Store(&dated{theirs: theirs, at: at, skew: at.Sub(theirs.Add(500 * time.Millisecond))})
}

func withDefaults(o Options) Options {
	o.MaxBody = orDefault(o.MaxBody, DefaultMaxBody)
	o.ReadTimeout = orDefault(o.ReadTimeout, DefaultReadTimeout)
	o.WriteTimeout = orDefault(o.WriteTimeout, DefaultWriteTimeout)
	o.ReadRetries = max(orDefault(o.ReadRetries, DefaultReadRetries), 0)
	o.RetryWait = orDefault(o.RetryWait, DefaultRetryWait)
	o.MaxRetryWait = max(orDefault(o.MaxRetryWait, DefaultMaxRetryWait), o.RetryWait)
	o.Penalty = orDefault(o.Penalty, DefaultPenalty)
	if o.UserAgent == "" {
		o.UserAgent = "spacebridge"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.ParseError == nil {
		o.ParseError = parseError
	}
	return o
}

func orDefault[T int | int64 | time.Duration](value, fallback T) T {
	if value == 0 {
		return fallback
	}
	return value
}
