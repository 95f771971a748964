package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// reply is an answer with a 2xx status and a body that is JSON or empty.
type reply struct {
	status    int
	requestID string
	body      []byte
}

// receive reads a reply to its end, or to the cap, and classifies it. Closing the body is left to the caller.
func (c *Client) receive(res *http.Response) (*reply, *Error) {
	c.noteClock(res.Header)
	id := clean(res.Header.Get("X-Request-Id"), 64)
	if res.StatusCode == http.StatusSwitchingProtocols {
		// Its body is the bare connection, which net/http no longer watches: to read from it would outlast every deadline.
		return nil, &Error{Class: Unknown, Status: res.StatusCode, RequestID: id, Err: because("reply changes the protocol")}
	}
	body, err := readAll(res.Body, c.opts.MaxBody)
	if res.StatusCode < 200 || res.StatusCode > 299 {
		failure := c.refusal(res, body)
		failure.RequestID = id
		return nil, failure
	}
	if err != nil {
		return nil, &Error{Class: Unknown, Status: res.StatusCode, RequestID: id, Err: err}
	}
	if len(bytes.TrimSpace(body)) > 0 && !json.Valid(body) {
		return nil, &Error{Class: Unknown, Status: res.StatusCode, RequestID: id, Err: notJSON(res.Header)}
	}
	return &reply{status: res.StatusCode, requestID: id, body: body}, nil
}

// refusal classifies a reply that is not a success. Its body may be empty, HTML or broken: the status is what counts.
func (c *Client) refusal(res *http.Response, body []byte) *Error {
	e := &Error{Status: res.StatusCode, RetryAfter: RetryAfter(res.Header)}
	if !isObject(body) {
		body = nil
	}
	code, message, issues := c.opts.ParseError(res.StatusCode, res.Header, body)
	e.Code, e.Message, e.Issues = clean(code, 64), shorten(message, 500), issues
	switch status := res.StatusCode; {
	case status < 400:
		e.Class, e.Err = Unknown, because("unexpected redirect or status")
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		e.Class = Unauthorized
	case status == http.StatusNotFound && body != nil:
		e.Class = NotFound
	case status == http.StatusNotFound:
		e.Class, e.Err = Rejected, because("unknown path")
	case status == http.StatusRequestTimeout, status >= 500:
		e.Class = Unknown
	case status == http.StatusTooManyRequests:
		e.Class = RateLimited
		if e.RetryAfter <= 0 {
			e.RetryAfter = c.opts.Penalty
		}
		// Invariant 8: after a 429 nothing is sent for the time asked.
		c.opts.Pace.CloseGate(e.RetryAfter)
	default:
		e.Class = Rejected
	}
	return e
}

// readAll reads at most limit bytes. More, or a body that breaks off, is an error beside what was read.
func readAll(r io.Reader, limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return body, explain(err)
	}
	if int64(len(body)) > limit {
		return body[:limit], because(fmt.Sprintf("reply is larger than %d bytes", limit))
	}
	return body, nil
}

// decode fills out from a reply's body. out of nil takes any reply, an empty one too.
func decode(body []byte, out any) error {
	if out == nil {
		return nil
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return because("reply is empty")
	}
	err := json.Unmarshal(body, out)
	if err == nil {
		return nil
	}
	// The text of the decoder's error may quote the value.
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return because("reply has a field of an unexpected type: " + wrong.Field)
	}
	return because("reply cannot be decoded")
}

func notJSON(header http.Header) error {
	kind, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	switch strings.ToLower(strings.TrimSpace(kind)) {
	case "text/html":
		return because("reply is an HTML page, not JSON")
	case "application/json":
		return because("reply is broken JSON")
	default:
		return because("reply is not JSON")
	}
}

// isObject reports whether body is one JSON object.
func isObject(body []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) && json.Valid(body)
}

// RetryAfter reads how long a reply asks to be left alone, from the header of that name in both its forms, up to an hour.
// Without one it is 0.
func RetryAfter(header http.Header) time.Duration {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.Atoi(value); err == nil {
		return min(max(time.Duration(min(seconds, 3600))*time.Second, 0), time.Hour)
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(time.Until(at), 0), time.Hour)
	}
	return 0
}

// parseError understands {"code", "message"}.
func parseError(_ int, _ http.Header, body []byte) (code, message string, issues []Issue) {
	var known struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	_ = json.Unmarshal(body, &known) // a body of another shape has neither
	return known.Code, known.Message, nil
}
