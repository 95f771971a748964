package rest

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"
)

// attempt is one request on its way.
type attempt struct {
	client  *Client
	req     Request
	body    []byte
	timeout time.Duration // from the first byte to the whole reply
	via     http.RoundTripper
	detach  bool // once it is on its way, a cancelled context does not abort it

	refused string // a token that was answered 401 and must not be sent again
	token   string // the token that was sent
	took    time.Duration
}

// run sends the request once and gives the body of a 2xx reply, or what is known of the failure. queue bounds the time
// before the request leaves, ctx the whole.
func (a *attempt) run(ctx, queue context.Context) ([]byte, *Error) {
	a.took = -1
	reply, failure := a.send(ctx, queue)
	outcome, status, id := "ok", http.StatusOK, ""
	if reply != nil {
		status, id = reply.status, reply.requestID
	}
	if failure != nil {
		failure.Vendor, failure.Method, failure.Route = a.client.opts.Vendor, a.req.Method, a.req.Route
		outcome, status, id = string(failure.Class), failure.Status, failure.RequestID
	}
	a.client.opts.Metrics.done(a.client.opts.Vendor, a.req.Method, a.req.Route, outcome, a.took)
	a.client.opts.Logger.LogAttrs(ctx, slog.LevelDebug, "vendor request",
		slog.String("vendor", a.client.opts.Vendor), slog.String("method", a.req.Method), slog.String("route", a.req.Route),
		slog.Int("status", status), slog.String("class", outcome), slog.Duration("duration", max(a.took, 0)), slog.String("request_id", id))
	if failure != nil {
		return nil, failure
	}
	return reply.body, nil
}

// send authorizes, waits for its turn and sends.
func (a *attempt) send(ctx, queue context.Context) (*reply, *Error) {
	r, err := a.client.build(queue, a.req, a.body)
	if err != nil {
		return nil, &Error{Class: NotSent, Err: err}
	}
	if failure := a.authorize(queue, r); failure != nil {
		return nil, failure
	}
	// The turn comes last: what it takes before the request leaves would bunch requests beyond the limit.
	mine, err := a.client.opts.Pace.take(queue, WorkOf(queue).rank())
	if err != nil {
		return nil, a.noTurn(err)
	}
	onWire, cancel := a.deadline(ctx)
	defer cancel()
	if err := onWire.Err(); err != nil {
		return nil, a.noTurn(err)
	}
	start := time.Now()
	res, err := a.via.RoundTrip(r.WithContext(httptrace.WithClientTrace(onWire, mine.trace(onWire))))
	if err != nil {
		a.took = time.Since(start)
		return nil, a.failed(mine, err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, failure := a.client.receive(res)
	a.took = time.Since(start)
	if failure != nil && failure.Status == http.StatusUnauthorized && a.client.opts.Auth != nil {
		a.client.opts.Auth.Refused(a.token)
	}
	return answer, failure
}

// authorize signs r, again after each call with a fresh token if the last one was refused.
func (a *attempt) authorize(ctx context.Context, r *http.Request) *Error {
	if a.client.opts.Auth == nil {
		return nil
	}
	if err := a.client.opts.Auth.Authorize(ctx, r); err != nil {
		return a.unsigned(ctx, err)
	}
	a.token = r.Header.Get("Authorization")
	if _, value, ok := strings.Cut(a.token, " "); ok {
		a.token = value
	}
	if a.refused != "" && a.token == a.refused {
		return &Error{Class: Unauthorized, Status: http.StatusUnauthorized, Err: because("the credentials are refused")}
	}
	return nil
}

// unsigned classifies the failure to get a token. Whatever happened to that request, this one was not sent.
func (a *attempt) unsigned(ctx context.Context, err error) *Error {
	if errors.Is(err, ErrNoTurn) || ctx.Err() != nil {
		return a.noTurn(err)
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return &Error{Class: NotSent, Err: because("no access token")}
	}
	failure := &Error{Class: NotSent, Code: e.Code, RetryAfter: e.RetryAfter, Err: because("no access token: " + e.Error())}
	if e.Class == Unauthorized || e.Class == RateLimited {
		failure.Class = e.Class
	}
	return failure
}

// failed classifies a request without a reply. NotSent needs proof: a turn that was never used up, or an error that can
// only come of dialling. After a connection was handed over, the bytes are written by another goroutine, and no later event
// can prove that it wrote none.
func (a *attempt) failed(mine *turn, err error) *Error {
	unused, lapsed := mine.unused()
	if lapsed != nil {
		return a.noTurn(lapsed)
	}
	dial, isOp := errors.AsType[*net.OpError](err)
	_, isDNS := errors.AsType[*net.DNSError](err)
	if unused || (!mine.used.Load() && (isDNS || isOp && dial.Op == "dial")) {
		return &Error{Class: NotSent, Err: explain(err)}
	}
	return &Error{Class: Unknown, Err: explain(err)}
}

func (a *attempt) noTurn(err error) *Error {
	return &Error{Class: NotSent, RetryAfter: max(time.Until(a.client.opts.Pace.Gate()), 0), Err: explain(err)}
}

// deadline gives the context for the time on the wire.
func (a *attempt) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	until := time.Now().Add(a.timeout)
	if latest, ok := ctx.Deadline(); ok && latest.Before(until) {
		until = latest
	}
	if a.detach {
		ctx = context.WithoutCancel(ctx)
	}
	return context.WithDeadline(ctx, until)
}
