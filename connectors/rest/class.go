package rest

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Class says what is known about a request that did not succeed.
type Class string

// The classes of failure. Only NotSent, Rejected, Unauthorized, NotFound and RateLimited allow the conclusion that the
// vendor changed nothing.
const (
	// NotSent: dial, DNS or TLS handshake failed, or the context or its turn ended before the first byte. The vendor cannot have seen it.
	NotSent Class = "not_sent"
	// Unknown: everything after the first byte, be it reset, timeout, a broken, oversized or undecodable reply, 5xx, 408 or 3xx.
	Unknown Class = "unknown"
	// Rejected is a definite 4xx other than those below.
	Rejected Class = "rejected"
	// Unauthorized is 401 or 403.
	Unauthorized Class = "unauthorized"
	// NotFound is a 404 with a JSON body. A 404 without one is an unknown path and Rejected.
	NotFound Class = "not_found"
	// RateLimited is a 429. It was not processed.
	RateLimited Class = "rate_limited"
)

// Issue is one fault that the vendor found in a request.
type Issue struct {
	Path    string // the field, in the vendor's words
	Message string // the vendor's words, which may quote what was sent
}

// Error is a request that did not succeed.
type Error struct {
	Vendor     string
	Method     string
	Route      string // the template, such as /orders/{id}
	Class      Class
	Status     int    // 0 without a reply
	Code       string // the vendor's error code, "" if it is no identifier
	Message    string // the vendor's words; they may quote what was sent, so they are no part of Error()
	Issues     []Issue
	RequestID  string        // the vendor's X-Request-Id
	RetryAfter time.Duration // how long nothing will be sent, for RateLimited and for a turn that did not come
	Err        error         // our explanation, free of vendor data
}

// Error names vendor, route, class, status, code and the paths of the issues, and nothing that could be personal.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s: %s", e.Vendor, e.Method, e.Route, e.Class)
	if e.Status != 0 {
		fmt.Fprintf(&b, ", status %d", e.Status)
	}
	if e.Code != "" {
		b.WriteString(", code " + e.Code)
	}
	for i, issue := range e.Issues {
		if i == 3 {
			b.WriteString(", …")
			break
		}
		if path := clean(issue.Path, 80); path != "" {
			b.WriteString(", issue at " + path)
		}
	}
	if e.RequestID != "" {
		b.WriteString(", request " + e.RequestID)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap gives the cause, so that errors.Is finds context.DeadlineExceeded and the like.
func (e *Error) Unwrap() error { return e.Err }

// ClassOf gives the class of an error: "" for nil, Unknown for an error that is not from this package.
func ClassOf(err error) Class {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return Unknown
}

// shorten cuts text for messages.
func shorten(text string, limit int) string {
	runes := []rune(text)
	if len(runes) <= limit {
		return text
	}
	return string(runes[:limit]) + "…"
}

// clean gives text back if it looks machine-made, an identifier or a path; otherwise "", so that no free text passes for a
// code.
func clean(text string, limit int) string {
	if len(text) > limit {
		return ""
	}
	foreign := func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		return !letter && (r < '0' || r > '9') && !strings.ContainsRune("-_.[]", r)
	}
	if strings.ContainsFunc(text, foreign) {
		return ""
	}
	return text
}
