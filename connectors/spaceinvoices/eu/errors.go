package eu

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"spacebridge/connectors/rest"
)

// maxMessage bounds what is kept of a vendor's message, in bytes.
const maxMessage = 300

// wireError is the body of a refusal. The codes are an open set; validation (422) lists its faults under cause.issues.
type wireError struct {
	Code    json.RawMessage `json:"code"`
	Message json.RawMessage `json:"message"`
	Cause   struct {
		Issues []struct {
			Path    []json.RawMessage `json:"path"`
			Message string            `json:"message"`
		} `json:"issues"`
	} `json:"cause"`
}

// parseError reads {code, message, cause.issues[]}. A body of another shape gives nothing: the status alone then speaks.
func parseError(_ int, _ http.Header, body []byte) (code, message string, issues []rest.Issue) {
	var wire wireError
	if err := json.Unmarshal(body, &wire); err != nil {
		// A cause of an unexpected shape must not hide the code.
		var plain struct{ Code, Message json.RawMessage }
		if json.Unmarshal(body, &plain) != nil {
			return "", "", nil
		}
		wire = wireError{Code: plain.Code, Message: plain.Message}
	}
	for _, issue := range wire.Cause.Issues {
		steps := make([]string, len(issue.Path))
		for i, step := range issue.Path {
			steps[i] = looseText(step)
		}
		issues = append(issues, rest.Issue{Path: strings.Join(steps, "."), Message: shorten(issue.Message)})
	}
	return shorten(rawText(wire.Code)), shorten(rawText(wire.Message)), issues
}

func rawText(raw json.RawMessage) string {
	if len(raw) == 0 {
		return ""
	}
	return looseText(raw)
}

func shorten(text string) string {
	if len(text) <= maxMessage {
		return text
	}
	return strings.ToValidUTF8(text[:maxMessage], "") + "…"
}

// single makes a request for a single record. An id that would turn the path into another one is refused.
func single(method, route, id string) (rest.Request, error) {
	request := rest.Request{Method: method, Route: route}
	if id == "" || id == "." || id == ".." {
		return request, notSent(request, fmt.Errorf("id %q names no record", id))
	}
	request.Path = strings.Replace(route, "{id}", url.PathEscape(id), 1)
	return request, nil
}

// notSent reports a mistake found before anything was sent. err must not quote what is personal.
func notSent(request rest.Request, err error) error {
	return &rest.Error{Vendor: Vendor, Method: request.Method, Route: request.Route, Class: rest.NotSent, Err: err}
}

// unclear reports a reply that cannot be taken for an answer to what was asked. err must not quote the reply.
func unclear(request rest.Request, err error) error {
	return &rest.Error{
		Vendor: Vendor, Method: request.Method, Route: request.Route, Class: rest.Unknown, Status: http.StatusOK, Err: err,
	}
}

// confirm holds a reply to the record that was asked for.
//
// Invariant 3: a 2xx without the right id does not say what happened, so it must be looked up like silence.
func confirm(request rest.Request, want, got string) error {
	switch got {
	case want:
		return nil
	case "":
		return unclear(request, errors.New("the reply names no record"))
	}
	return unclear(request, errors.New("the reply is about another record"))
}

// confirmNew holds the reply to a create to naming something.
func confirmNew(request rest.Request, got string) error {
	if got == "" {
		return unclear(request, errors.New("the reply names no record"))
	}
	return nil
}
