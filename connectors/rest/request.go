package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
)

// Request is one call of an endpoint.
type Request struct {
	Method string
	Route  string     // template for errors and metrics, such as /orders/{id}; few and bounded
	Path   string     // the escaped path below the base URL; Route if empty
	Query  url.Values // never reported
	Header http.Header
	Body   any // sent as JSON; nil for none
}

// encode gives the JSON of the body, nil for none.
func (r Request) encode() ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	body, err := json.Marshal(r.Body)
	if err != nil {
		return nil, because("encode body")
	}
	return body, nil
}

// build makes the request that goes on the wire.
func (c *Client) build(ctx context.Context, req Request, body []byte) (*http.Request, error) {
	path := req.Path
	if path == "" {
		path = req.Route
	}
	address := c.base + path
	if len(req.Query) > 0 {
		address += "?" + req.Query.Encode()
	}
	var content io.Reader
	if body != nil {
		content = bytes.NewReader(body)
	}
	r, err := http.NewRequestWithContext(ctx, req.Method, address, content)
	if err != nil {
		return nil, because("build request")
	}
	// Without GetBody net/http cannot send a body twice; Idempotency-Key would make it believe that it may.
	r.GetBody = nil
	for _, from := range []http.Header{c.opts.Header, req.Header} {
		for name, values := range from {
			r.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	r.Header.Del("Idempotency-Key")
	r.Header.Del("X-Idempotency-Key")
	r.Header.Del("Expect") // it would let a server say no to a body that follows all the same
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", c.opts.UserAgent)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, nil
}
