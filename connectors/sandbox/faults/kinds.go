package faults

import (
	"net/http"
	"slices"
)

// Kind is one thing that goes wrong between a client and a vendor.
type Kind string

// The kinds of faults. "Before" and "after" say whether the vendor has acted on the request when it goes wrong.
const (
	// Refused: nobody listens, and nothing arrives. Over sockets the listener is closed for some seconds; the request that
	// began it finds its connection reset.
	Refused Kind = "refused"
	// LostRequest: the request never arrives, and no answer ever comes.
	LostRequest Kind = "lost_request"
	// ResetBefore: the request arrives, the vendor does nothing, and the connection breaks.
	ResetBefore Kind = "reset_before"
	// ResetAfter: the vendor has acted, and the connection breaks before the first byte of the reply.
	ResetAfter Kind = "reset_after"
	// LostReply: the vendor has acted, no answer ever comes, and the connection stays open.
	LostReply Kind = "lost_reply"
	// Late: no answer comes; the vendor acts on its own some time later (Plan.Late), whether the client is still there or not.
	Late Kind = "late"

	// TimeoutBefore and TimeoutAfter are a 408.
	TimeoutBefore Kind = "408_before"
	// TimeoutAfter is a 408 although the vendor has acted.
	TimeoutAfter Kind = "408_after"
	// TooMany is a 429 without a reason: with Retry-After in seconds, as an HTTP date, or without one.
	TooMany Kind = "429"
	// ErrorBefore is a 500.
	ErrorBefore Kind = "500_before"
	// ErrorAfter is a 500 although the vendor has acted.
	ErrorAfter Kind = "500_after"
	// BadGatewayBefore is a 502.
	BadGatewayBefore Kind = "502_before"
	// BadGatewayAfter is a 502 although the vendor has acted.
	BadGatewayAfter Kind = "502_after"
	// UnavailableBefore is a 503.
	UnavailableBefore Kind = "503_before"
	// UnavailableAfter is a 503 although the vendor has acted.
	UnavailableAfter Kind = "503_after"
	// GatewayTimeoutBefore is a 504.
	GatewayTimeoutBefore Kind = "504_before"
	// GatewayTimeoutAfter is a 504 although the vendor has acted: the usual face of a slow write behind a proxy.
	GatewayTimeoutAfter Kind = "504_after"

	// HTML is a 200 with a page instead of the reply; the vendor has acted.
	HTML Kind = "html"
	// Truncated is a reply that says how long it is and breaks off in the middle; the vendor has acted.
	Truncated Kind = "truncated"
	// Endless is a reply that goes on until the client hangs up; the vendor has acted.
	Endless Kind = "endless"
	// Slow is the right reply, dribbled (Plan.Slow); the vendor has acted.
	Slow Kind = "slow"

	// ExpiredToken revokes the access token (Plan.Revoke) and answers 401 with an empty body.
	ExpiredToken Kind = "expired_token"
	// Moving lets something happen in the shop (Plan.Move) between two pages of a list; the reply is right.
	Moving Kind = "moving"
	// CursorGone answers the next page of a list as if the record that the cursor names had been deleted.
	CursorGone Kind = "cursor_gone"
)

// moment is when a fault strikes.
type moment string

const (
	never  moment = "no"    // the vendor does not act on the request
	done   moment = "yes"   // the vendor has acted when it goes wrong
	later  moment = "later" // the vendor acts afterwards
	normal moment = "reply" // the vendor answers
)

// trait is what the engine and its table know of a kind.
type trait struct {
	kind   Kind
	acts   moment
	status int // of the stand-in reply; 0 for none
	text   string
}

// traits lists every kind in the order in which they share the draw. New ones go to the end: a place in the order is part
// of what a seed means.
var traits = []trait{
	{Refused, never, 0, "nobody listens for some seconds: the dial is refused"},
	{LostRequest, never, 0, "the request never arrives, and no answer ever comes"},
	{ResetBefore, never, 0, "the connection breaks before the vendor acts"},
	{ResetAfter, done, 0, "the connection breaks before the first byte of the reply"},
	{LostReply, done, 0, "no answer ever comes, the connection stays open"},
	{Late, later, 0, "no answer; the vendor acts up to ten minutes later by itself"},
	{TimeoutBefore, never, http.StatusRequestTimeout, "408"},
	{TimeoutAfter, done, http.StatusRequestTimeout, "408 although it is done"},
	{TooMany, never, http.StatusTooManyRequests, "429, with Retry-After in seconds, as a date, or without"},
	{ErrorBefore, never, http.StatusInternalServerError, "500"},
	{ErrorAfter, done, http.StatusInternalServerError, "500 although it is done"},
	{BadGatewayBefore, never, http.StatusBadGateway, "502"},
	{BadGatewayAfter, done, http.StatusBadGateway, "502 although it is done"},
	{UnavailableBefore, never, http.StatusServiceUnavailable, "503"},
	{UnavailableAfter, done, http.StatusServiceUnavailable, "503 although it is done"},
	{GatewayTimeoutBefore, never, http.StatusGatewayTimeout, "504"},
	{GatewayTimeoutAfter, done, http.StatusGatewayTimeout, "504 although it is done"},
	{HTML, done, http.StatusOK, "200 with an HTML page instead of the reply"},
	{Truncated, done, 0, "the reply breaks off in the middle"},
	{Endless, done, 0, "the reply never ends"},
	{Slow, normal, 0, "the right reply, dribbled over a second to two minutes"},
	{ExpiredToken, never, http.StatusUnauthorized, "Orderspace: the access token is revoked, 401 with an empty body"},
	{Moving, normal, 0, "something happens in the shop between two pages of a list"},
	{CursorGone, normal, 0, "the record that a list's cursor names is gone"},
}

// Kinds lists every kind, in the order in which they share a draw.
func Kinds() []Kind {
	out := make([]Kind, len(traits))
	for i, t := range traits {
		out[i] = t.kind
	}
	return out
}

// Known reports whether there is such a kind.
func (k Kind) Known() bool {
	return slices.ContainsFunc(traits, func(t trait) bool { return t.kind == k })
}

// Text says in a few words what happens.
func (k Kind) Text() string { return k.trait().text }

// Acts tells whether the vendor acts on the request: "no", "yes" (it has when it goes wrong), "later", or "reply" (it acts,
// and its answer comes).
func (k Kind) Acts() string { return string(k.trait().acts) }

func (k Kind) trait() trait {
	at := slices.IndexFunc(traits, func(t trait) bool { return t.kind == k })
	if at < 0 {
		return trait{}
	}
	return traits[at]
}
