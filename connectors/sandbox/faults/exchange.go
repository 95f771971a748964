package faults

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync"
	"time"
)

// exchange is one request and its reply. To the handler it is a http.ResponseWriter whose writes leave at once and wait for
// the client to read, to the client it is the body.
type exchange struct {
	clientCtx context.Context //nolint:containedctx // the client's side of the conversation
	serverCtx context.Context //nolint:containedctx // the handler's side; it ends when the client hangs up
	cancel    context.CancelFunc

	header  http.Header // the handler's, until the reply has begun
	status  int         // set before started is closed
	sent    http.Header // the same
	length  int64       // promised by Content-Length; -1 for none
	started chan struct{}
	parts   chan []byte
	broken  bool          // the handler broke off; set before over is closed
	over    chan struct{} // the handler has returned
	written int64         // by the handler

	hang   sync.Once
	gone   chan struct{} // the client has hung up
	reason error         // why; set before gone is closed

	left []byte // of the last part, on the client's side
}

var errHungUp = errors.New("the client has hung up")

// newExchange begins a conversation that ends with the client's context.
func newExchange(ctx context.Context) *exchange {
	e := &exchange{
		clientCtx: ctx, header: http.Header{}, started: make(chan struct{}), parts: make(chan []byte), over: make(chan struct{}),
		gone: make(chan struct{}),
	}
	e.serverCtx, e.cancel = context.WithCancel(context.Background())
	return e
}

// hangUp ends the client's side.
func (e *exchange) hangUp(reason error) {
	e.hang.Do(func() {
		e.reason = reason
		close(e.gone)
		e.cancel()
	})
}

// serve runs the handler.
func (e *exchange) serve(r *http.Request, body []byte, host Host, struck decision) {
	stop := context.AfterFunc(e.clientCtx, func() { e.hangUp(e.clientCtx.Err()) })
	e.broken = true // unless it ends well
	defer func() {
		stop()
		close(e.over)
		e.cancel()
		if fault := recover(); fault != nil && fault != http.ErrAbortHandler { //nolint:errorlint // compared as net/http does
			panic(fault) // a vendor that panics is a fault of ours, and not one of those asked for
		}
	}()
	if host.Latency > 0 {
		time.Sleep(host.Latency) // it is on its way, whether the client waits or not
	}
	if host.Plan == nil {
		r.Body = io.NopCloser(bytes.NewReader(body))
		host.Handler.ServeHTTP(e, r)
	} else {
		host.Plan.strike(struck, e, r, body, host.Handler)
	}
	if e.status == 0 && e.header.Get("Content-Length") == "" {
		e.header.Set("Content-Length", "0")
	}
	e.WriteHeader(http.StatusOK)
	e.broken = e.length >= 0 && e.written < e.length && e.status != http.StatusNoContent
}

// Header is the header to be.
func (e *exchange) Header() http.Header { return e.header }

// WriteHeader begins the reply. The client sees it at once.
func (e *exchange) WriteHeader(status int) {
	if e.status != 0 {
		return
	}
	e.status, e.sent, e.length = status, maps.Clone(e.header), -1
	if e.sent.Get("Date") == "" {
		e.sent.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	}
	if n, err := strconv.ParseInt(e.sent.Get("Content-Length"), 10, 64); err == nil {
		e.length = n
	}
	close(e.started)
}

// Write hands a part of the body to the client and waits until it is taken.
func (e *exchange) Write(p []byte) (int, error) {
	e.WriteHeader(http.StatusOK)
	switch {
	case e.status == http.StatusNoContent:
		return 0, http.ErrBodyNotAllowed
	case e.length >= 0 && e.written+int64(len(p)) > e.length:
		return 0, http.ErrContentLength
	case len(p) == 0:
		return 0, nil
	}
	select {
	case <-e.gone:
		return 0, errHungUp
	default:
	}
	select {
	case e.parts <- bytes.Clone(p):
		e.written += int64(len(p))
		return len(p), nil
	case <-e.gone:
		return 0, errHungUp
	}
}

// Flush begins the reply; parts never wait.
func (e *exchange) Flush() { e.WriteHeader(http.StatusOK) }

// answer waits for the reply to begin.
func (e *exchange) answer(r *http.Request, trace *httptrace.ClientTrace) (*http.Response, error) {
	select {
	case <-e.started:
	case <-e.over:
	case <-e.gone:
	case <-e.clientCtx.Done():
	}
	if err := e.lost(); err != nil {
		return nil, err
	}
	select {
	case <-e.started:
	default:
		e.hangUp(errReset)
		return nil, errReset // the handler broke off before it said anything
	}
	if trace != nil && trace.GotFirstResponseByte != nil {
		trace.GotFirstResponseByte()
	}
	res := &http.Response{
		StatusCode: e.status, Status: strconv.Itoa(e.status) + " " + http.StatusText(e.status), Proto: "HTTP/1.1", ProtoMajor: 1,
		ProtoMinor: 1, Header: e.sent, ContentLength: e.length, Body: (*replyBody)(e), Request: r,
	}
	if e.status == http.StatusNoContent {
		res.ContentLength = 0
	}
	return res, nil
}

// lost tells why the client gets nothing more; nil if it does.
func (e *exchange) lost() error {
	if err := e.clientCtx.Err(); err != nil {
		e.hangUp(err)
		return err
	}
	select {
	case <-e.gone:
		return e.reason
	default:
		return nil
	}
}
