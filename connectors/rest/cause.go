package rest

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// cause is an explanation in our own words. Errors of net/http may quote bytes of a reply, so only those whose text is
// known to be harmless stay reachable through Unwrap.
type cause struct {
	text string
	err  error // nil or harmless
}

func (c *cause) Error() string { return c.text }
func (c *cause) Unwrap() error { return c.err }

// because makes a cause of an explanation.
func because(text string) error { return &cause{text: text} }

// explain puts a network error into words without repeating its text.
func explain(err error) error {
	switch {
	case errors.Is(err, ErrNoTurn):
		return &cause{"no turn before the deadline", ErrNoTurn}
	case errors.Is(err, context.Canceled):
		return &cause{"cancelled", context.Canceled}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return &cause{"timed out", context.DeadlineExceeded}
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return &cause{"connection closed before the reply was complete", io.ErrUnexpectedEOF}
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return &cause{"look up host: " + dnsReason(dns), nil}
	}
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return &cause{number.Error(), number}
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return &cause{"network: " + op.Op, nil}
	}
	return &cause{"connection broken or reply malformed", nil}
}

func dnsReason(err *net.DNSError) string {
	switch {
	case err.IsNotFound:
		return "no such host"
	case err.IsTimeout:
		return "timed out"
	default:
		return "name server trouble"
	}
}
