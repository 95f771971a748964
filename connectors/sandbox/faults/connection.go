package faults

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"syscall"
	"time"
)

// Errors of a connection, in the form that package net gives them.
var (
	errRefused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	errReset   = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
)

// peer is the address of the client, as every handler sees it.
const peer = "127.0.0.1:1"

// takeBody reads and closes what a request carries, so that the vendor has it whatever becomes of the client.
func takeBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(r.Body)
	return body, errors.Join(err, r.Body.Close())
}

// incoming is a request as a server sees it.
func incoming(r *http.Request, body []byte) *http.Request {
	at := *r.URL
	at.Scheme, at.Host, at.User, at.Fragment = "", "", nil, ""
	if at.Path == "" {
		at.Path = "/"
	}
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	return &http.Request{
		Method: r.Method, URL: &at, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: r.Header.Clone(), Body: http.NoBody,
		ContentLength: int64(len(body)), Host: host, RemoteAddr: peer, RequestURI: at.RequestURI(),
	}
}

// connect makes the connection that a request leaves on. An error means that it has not left.
func (e *exchange) connect(host Host, struck decision, trace *httptrace.ClientTrace) error {
	if host.Dial > 0 {
		timer := time.NewTimer(host.Dial)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-e.gone:
		case <-e.clientCtx.Done():
		}
	}
	if err := e.lost(); err != nil {
		return err
	}
	if struck.kind == Refused {
		host.Plan.note(struck)
		return errRefused
	}
	line := &line{}
	if trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{Conn: line}) // it may wait, and close the line to stop the request
	}
	switch err := e.lost(); {
	case err != nil:
		return err
	case line.closed.Load():
		return &net.OpError{Op: "write", Net: "tcp", Err: net.ErrClosed}
	}
	if trace != nil && trace.WroteRequest != nil {
		trace.WroteRequest(httptrace.WroteRequestInfo{})
	}
	return nil
}

// line is a connection as far as a trace may look at it: it can be closed before the request leaves.
type line struct {
	net.Conn
	closed atomic.Bool
}

// Close closes the line.
func (l *line) Close() error {
	l.closed.Store(true)
	return nil
}
