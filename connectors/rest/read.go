package rest

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/hashicorp/go-retryablehttp"
)

// Read sends a GET and decodes the reply into out (nil: ignored). It is repeated after NotSent, Unknown and, when the gate
// has opened again, RateLimited, ReadRetries times at most; after a 401 it is repeated once with a fresh token.
//
// Errors: *Error of the last attempt.
func (c *Client) Read(ctx context.Context, req Request, out any) error {
	if req.Method == "" {
		req.Method = http.MethodGet
	}
	if req.Method != http.MethodGet || req.Body != nil {
		return c.fault(req, NotSent, because("only a GET without a body can be read"))
	}
	r := &reading{client: c, req: req}
	body, failure := r.run(ctx)
	if failure != nil && failure.Status == http.StatusUnauthorized && c.opts.Auth != nil && r.token != "" {
		r.refused = r.token
		body, failure = r.run(ctx)
	}
	if failure != nil {
		return failure
	}
	if err := decode(body, out); err != nil {
		return c.fault(req, Unknown, err)
	}
	return nil
}

// reading drives the attempts of one read through the retry engine.
type reading struct {
	client  *Client
	req     Request
	refused string // token that was answered 401
	token   string // token of the last attempt

	body []byte
	last *Error
}

func (r *reading) run(ctx context.Context) ([]byte, *Error) {
	r.body, r.last = nil, nil
	engine := retryablehttp.Client{
		HTTPClient:   &http.Client{Transport: r, CheckRedirect: stay},
		RetryWaitMin: r.client.opts.RetryWait,
		RetryWaitMax: r.client.opts.MaxRetryWait,
		RetryMax:     r.client.opts.ReadRetries,
		CheckRetry:   r.again,
		Backoff:      retryablehttp.DefaultBackoff,
	}
	order, err := retryablehttp.NewRequestWithContext(ctx, http.MethodGet, r.client.base, nil)
	if err != nil {
		return nil, r.client.fault(r.req, NotSent, because("build request"))
	}
	res, err := engine.Do(order)
	if err == nil {
		_ = res.Body.Close() // an empty stand-in: RoundTrip has read the real one
		return r.body, nil
	}
	if r.last == nil {
		return nil, r.client.fault(r.req, NotSent, explain(err))
	}
	return nil, r.last
}

// RoundTrip makes one attempt. The engine sees either its failure or an empty success.
func (r *reading) RoundTrip(order *http.Request) (*http.Response, error) {
	ctx := order.Context()
	one := attempt{client: r.client, req: r.req, timeout: r.client.opts.ReadTimeout, via: r.client.reads, refused: r.refused}
	body, failure := one.run(ctx, ctx)
	r.token = one.token
	if failure != nil {
		// A turn that did not come says less than the reply before it.
		if r.last == nil || failure.Class != NotSent {
			r.last = failure
		}
		return nil, failure
	}
	r.body = body
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: order, ProtoMajor: 1, ProtoMinor: 1}, nil
}

// again is the policy: what may be different next time is repeated, a definite answer is not.
func (r *reading) again(ctx context.Context, _ *http.Response, err error) (bool, error) {
	promising := slices.Contains([]Class{NotSent, Unknown, RateLimited}, ClassOf(err))
	return promising && ctx.Err() == nil && !errors.Is(err, ErrNoTurn), nil
}

func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
