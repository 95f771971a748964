package receiver

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"strings"
	"time"

	"spacebridge/connectors/orderspace"
)

// pathPrefix stands before the name of the connection.
const pathPrefix = "/webhooks/orderspace/"

// result is what became of a request, as it is counted.
type result string

const (
	accepted    result = "accepted"
	repeated    result = "repeated" // accepted, and the same body was before
	notFound    result = "not_found"
	wrongMethod result = "wrong_method"
	wrongType   result = "wrong_type"
	tooLarge    result = "too_large"
	incomplete  result = "incomplete" // the sender broke off or was too slow
	unsigned    result = "unsigned"
	busy        result = "busy"   // overloaded or closing
	failed      result = "failed" // the ledger did not commit it
)

// status is the answer to a result.
func (r result) status() int {
	switch r {
	case accepted, repeated:
		return http.StatusOK
	case notFound:
		return http.StatusNotFound
	case wrongMethod:
		return http.StatusMethodNotAllowed
	case wrongType:
		return http.StatusUnsupportedMediaType
	case tooLarge:
		return http.StatusRequestEntityTooLarge
	case incomplete:
		return http.StatusRequestTimeout
	case unsigned:
		return http.StatusUnauthorized
	default:
		return http.StatusServiceUnavailable
	}
}

// ServeHTTP answers one request.
//
// Endpoint: POST /webhooks/orderspace/{connection}. Answers, the first that applies: 404 for another path or connection,
// 405, 415 for a type that is not JSON, 413, 408 for a body that does not arrive, 401 for a signature that no key made, 503
// with Retry-After when nothing was committed, and 200 when everything is.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	began := time.Now()
	connection, known := strings.CutPrefix(req.URL.Path, pathPrefix)
	keys := r.keys[connection]
	if !known || keys == nil {
		connection = elsewhere // what strangers ask for is not repeated, in logs or metrics
	}
	what := r.answer(req, connection, keys)
	took := time.Since(began)
	r.metrics.answered(connection, what, took)
	r.log.DebugContext(req.Context(), "webhook answered", "connection", connection, "result", string(what), "seconds", took.Seconds())
	header := w.Header()
	if what.status() != http.StatusOK || connOf(req.Context()).old() {
		header.Set("Connection", "close") // what is left of a body is not waited for
	}
	switch status := what.status(); status {
	case http.StatusOK:
		header.Set("Content-Length", "0")
		w.WriteHeader(status)
		return
	case http.StatusMethodNotAllowed:
		header.Set("Allow", http.MethodPost)
	case http.StatusServiceUnavailable:
		header.Set("Retry-After", "5")
	}
	http.Error(w, http.StatusText(what.status()), what.status())
}

// answer decides what becomes of a request, in the order of the answers.
func (r *Receiver) answer(req *http.Request, connection string, keys *keyring) result {
	signature := req.Header.Get(orderspace.SignatureHeader)
	switch {
	case keys == nil:
		return notFound
	case req.Method != http.MethodPost:
		return wrongMethod
	case !isJSON(req.Header):
		return wrongType
	case req.ContentLength > r.maxBody:
		return tooLarge
	case signature == "":
		r.warnUnsigned(req.Context(), connection, nil) // its body need not be read
		return unsigned
	case r.closing.Load():
		return busy
	}
	return r.take(req, connection, keys, signature)
}

// take reads a request, checks its signature, and sees it committed.
func (r *Receiver) take(req *http.Request, connection string, keys *keyring, signature string) result {
	ctx := req.Context()
	body, piece, err := r.room.read(ctx, req.Body, req.ContentLength)
	switch {
	case errors.Is(err, errTooLarge):
		return tooLarge
	case errors.Is(err, errNoRoom):
		return busy
	case err != nil:
		return incomplete
	}
	connOf(ctx).arrived()
	signed, err := keys.verify(ctx, body, signature)
	if err != nil || !signed {
		piece.giveBack()
		if err != nil && !errors.Is(err, errNoKey) {
			r.warnFailed(ctx, connection, err)
			return failed
		}
		r.warnUnsigned(ctx, connection, err)
		return unsigned
	}
	return r.commit(ctx, newPending(connection, body, piece))
}

// commit hands a delivery over and waits for what becomes of it. It is committed even if nobody waits any longer.
//
// Invariant 5: 200 stands only behind an outcome without an error, and that only behind the ledger's commit.
func (r *Receiver) commit(ctx context.Context, p *pending) result {
	p.committed = func() { r.metrics.received(p.delivery.Connection, p.events) }
	if !r.committer.submit(p) {
		p.piece.giveBack()
		return busy
	}
	connection := p.delivery.Connection // p is the committer's now
	timer := time.NewTimer(commitTime)
	defer timer.Stop()
	select {
	case outcome := <-p.done:
		switch {
		case outcome.err != nil:
			r.warnFailed(ctx, connection, outcome.err)
			return failed
		case outcome.known:
			return repeated
		default:
			return accepted
		}
	case <-timer.C:
		return busy
	}
}

// isJSON reports whether the type of a request may be JSON; one that is not given may.
func isJSON(header http.Header) bool {
	given := header.Get("Content-Type")
	if strings.TrimSpace(given) == "" {
		return true
	}
	kind, _, _ := mime.ParseMediaType(given) // of a faulty parameter the type is still read
	return kind == "application/json" || kind == "text/json" || strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")
}

func (r *Receiver) warnUnsigned(ctx context.Context, connection string, why error) {
	if more, due := r.refused.due(connection); due && errors.Is(why, errNoKey) {
		r.log.WarnContext(ctx, "webhook refused: no signing key is known yet", "connection", connection, "since_last", more)
	} else if due {
		r.log.WarnContext(ctx, "webhook refused: no key made its signature", "connection", connection, "since_last", more)
	}
}

func (r *Receiver) warnFailed(ctx context.Context, connection string, err error) {
	if more, due := r.failing.due(connection); due {
		r.log.ErrorContext(ctx, "webhook not taken: the ledger fails; it will be sent again", "connection", connection, "since_last", more, "error", err)
	}
}
