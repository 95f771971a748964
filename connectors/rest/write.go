package rest

import (
	"context"
)

// Write sends a request that changes something, exactly once, and decodes the reply into out (nil: ignored).
//
// It waits for its turn for at most half of WriteTimeout, and then has WriteTimeout for the attempt: 30 s in all by default,
// which must be less than any lease it is made under. Before the request leaves, the end of ctx stops it (NotSent).
// Afterwards only the deadlines do: to abort a write would not undo it but lose its outcome. A 401 is not repeated.
//
// Errors: *Error. Unknown means that the change may have happened and must be looked up (invariant 3).
func (c *Client) Write(ctx context.Context, req Request, out any) error {
	body, err := req.encode()
	if err != nil {
		return c.fault(req, NotSent, err)
	}
	queue, cancel := context.WithTimeout(ctx, c.opts.WriteTimeout/2)
	defer cancel()
	once := attempt{client: c, req: req, body: body, timeout: c.opts.WriteTimeout, via: c.writes, detach: true}
	content, failure := once.run(ctx, queue)
	if failure != nil {
		return failure
	}
	if err := decode(content, out); err != nil {
		return c.fault(req, Unknown, err)
	}
	return nil
}

func (c *Client) fault(req Request, class Class, err error) *Error {
	return &Error{Vendor: c.opts.Vendor, Method: req.Method, Route: req.Route, Class: class, Err: err}
}
