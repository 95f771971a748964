package books

import (
	"bytes"
	"crypto/subtle"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// maxBody is more than any order can need; a longer body is refused.
const maxBody = 8 << 20

// call is one request that passed the door.
type call struct {
	entity string
	id     string // {id} of the path
	query  url.Values
	body   []byte
}

// reply is an answer before it is written.
type reply struct {
	status int
	body   []byte
}

// endpoint serves one method and path. The result is marshalled; nil with no fault is an empty 204.
type endpoint func(call) (any, *fault)

// endpoints lists what the API has, method and path template to endpoint.
func (b *Books) endpoints() map[string]endpoint {
	return map[string]endpoint{
		"GET /entities":                   b.listEntities,
		"POST /order-integrations":        b.createIntegration,
		"GET /order-integrations":         b.listIntegrations,
		"GET /order-integrations/{id}":    b.getIntegration,
		"PATCH /order-integrations/{id}":  b.updateIntegration,
		"DELETE /order-integrations/{id}": b.deleteIntegration,
		"POST /orders":                    b.createOrder,
		"GET /orders":                     b.listOrders,
		"GET /orders/{id}":                b.getOrder,
		"PATCH /orders/{id}":              b.updateOrder,
		"DELETE /orders/{id}":             b.deleteOrder,
		"POST /orders/{id}/process":       b.processOrder,
		"POST /orders/{id}/cancel":        b.cancelOrder,
		"POST /orders/{id}/reissue":       b.reissueOrder,
		"GET /invoices":                   b.listInvoices,
		"GET /invoices/{id}":              b.getInvoice,
	}
}

// Handler serves the API at the root of a host, without a version prefix.
func (b *Books) Handler() http.Handler { return http.HandlerFunc(b.serve) }

// serve reads the request, answers it under the lock and writes the answer.
func (b *Books) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return // the client went away, or will not stop: there is nobody to answer
	}
	b.mu.Lock()
	id := r.Header.Get("X-Request-Id")
	given := id != ""
	if !given {
		id = b.newRequestID()
	}
	h := w.Header()
	h.Set("X-Request-Id", id)
	h.Set("Date", b.now().Format(http.TimeFormat))
	h.Set("Content-Type", "application/json; charset=utf-8")
	out, written := b.answer(h, r, body, id, given)
	b.mu.Unlock()

	if written != nil && b.opts.OnWrite != nil {
		b.opts.OnWrite(*written)
	}
	b.log.DebugContext(r.Context(), "request answered", slog.String("method", r.Method), slog.Int("status", out.status), slog.String("request_id", id))
	if out.status == http.StatusNoContent {
		h.Del("Content-Type")
	}
	w.WriteHeader(out.status)
	if len(out.body) > 0 {
		_, _ = w.Write(out.body) // a client that hung up learns nothing, and the work is done
	}
}

// answer takes a request through the doors in the vendor's order: rate limit, key, replay, entity, endpoint. It also tells
// what was written, if the request is a write that passed the doors. b.mu is held, but for the time that a race takes.
func (b *Books) answer(h http.Header, r *http.Request, body []byte, requestID string, given bool) (reply, *Write) {
	route, id := template(r)
	b.stats.Requests++
	b.stats.Routes[route]++
	now := b.now()
	if b.opts.Unmetered == nil || !b.opts.Unmetered(r) {
		if wait, ok := b.limit.admit(clientIP(r), now); !ok {
			b.stats.RateLimited++
			h.Set("Retry-After", strconv.Itoa(wait))
			return refuse(&fault{status: http.StatusTooManyRequests, Code: "rate_limit_exceeded", Message: "Rate limit exceeded"}), nil
		}
	}
	b.tick()
	if !b.authorized(r) {
		return refuse(&fault{status: http.StatusUnauthorized, Code: "unauthorized", Message: "Invalid or missing API key"}), nil
	}
	if r.Method == http.MethodGet {
		return b.dispatch(r, route, id, body), nil
	}
	if !given {
		requestID = "" // nobody can repeat an id that we made
	}
	out, replayed := b.once(requestID, func() reply { return b.dispatch(r, route, id, body) })
	return out, b.written(route, id, requestID, body, out, replayed)
}

// dispatch chooses the entity and runs the endpoint.
func (b *Books) dispatch(r *http.Request, route, id string, body []byte) reply {
	run, ok := b.routes[route]
	if !ok {
		return refuse(&fault{status: http.StatusNotFound, Code: "not_found", Message: "Route not found"})
	}
	entity, f := b.entityOf(r)
	if f != nil && route != "GET /entities" {
		return refuse(f)
	}
	if len(body) > 0 && !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		return refuse(&fault{status: http.StatusUnsupportedMediaType, Code: "unsupported_media_type", Message: "Content-Type must be application/json"})
	}
	result, f := run(call{entity: entity, id: id, query: r.URL.Query(), body: body})
	if f != nil {
		return refuse(f)
	}
	if result == nil {
		return reply{status: http.StatusNoContent}
	}
	status := http.StatusOK
	if route == "POST /orders" || route == "POST /order-integrations" {
		status = http.StatusCreated
	}
	return reply{status: status, body: encode(result)}
}

// authorized compares the bearer token with the account's key.
func (b *Books) authorized(r *http.Request) bool {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return ok && subtle.ConstantTimeCompare([]byte(token), []byte(b.opts.APIKey)) == 1
}

// entityOf picks the entity of a request: "auto-selected when only one entity exists, required when multiple entities exist".
func (b *Books) entityOf(r *http.Request) (string, *fault) {
	asked := r.Header.Get("x-entity-id")
	if asked == "" {
		if len(b.entities) == 1 {
			return b.entities[0], nil
		}
		return "", &fault{status: http.StatusUnprocessableEntity, Code: "entity_required", Message: "Header x-entity-id is required when multiple entities exist"}
	}
	for _, id := range b.entities {
		if id == asked {
			return id, nil
		}
	}
	if strings.HasPrefix(asked, "ent_") && len(asked) == len(DefaultEntityID) {
		// It may exist, but it is not this key's.
		return "", &fault{status: http.StatusForbidden, Code: "forbidden", Message: "No access to this entity"}
	}
	return "", &fault{status: http.StatusNotFound, Code: "not_found", Message: "Entity not found"}
}

// template turns /orders/ord_1/process into "POST /orders/{id}/process" and ord_1.
func template(r *http.Request) (route, id string) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if len(parts) > 1 {
		id, parts[1] = parts[1], "{id}"
	}
	return r.Method + " /" + strings.Join(parts, "/"), id
}

func clientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// encode writes JSON as the vendor does, without HTML escapes.
func encode(v any) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return []byte(`{"code":"internal_error","message":"unencodable reply"}`)
	}
	return bytes.TrimRight(buf.Bytes(), "\n")
}

// listEntities serves GET /entities: what the key can reach.
func (b *Books) listEntities(call) (any, *fault) {
	data := make([]map[string]any, 0, len(b.entities))
	for _, id := range b.entities {
		data = append(data, map[string]any{"id": id, "name": "Sandbox entity", "environment": "sandbox"})
	}
	return page{Data: data, Pagination: pagination{Total: len(data)}}, nil
}
