package shop

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// ControlHandler serves the merchant's side of the site, so that a person can drive it with curl: GET / lists what
// there is. It has no authentication and no limit; listen on loopback only. Orders and invoices may be named by id or
// by number. Errors are {"error": "..."} with 400, 404 or 422.
func (s *Shop) ControlHandler() http.Handler {
	mux := http.NewServeMux()
	routes := map[string]control{
		"GET /orders":                       s.showOrders,
		"POST /orders":                      s.placeByHand,
		"GET /orders/{order}":               s.onOrder(func(string, *http.Request) error { return nil }),
		"POST /orders/{order}/release":      s.onOrder(plain(s.Release)),
		"POST /orders/{order}/hold":         s.onOrder(onLines(s.Hold, s.HoldLines)),
		"POST /orders/{order}/release_hold": s.onOrder(onLines(s.ReleaseHold, s.ReleaseLines)),
		"POST /orders/{order}/cancel":       s.onOrder(plain(s.Cancel)),
		"POST /orders/{order}/uncancel":     s.onOrder(plain(s.Uncancel)),
		"POST /orders/{order}/edit":         s.onOrder(s.editByHand),
		"POST /orders/{order}/corrupt":      s.onOrder(s.corruptByHand),
		"POST /orders/{order}/mend":         s.onOrder(func(id string, _ *http.Request) error { s.Mend(id); return nil }),
		"POST /orders/{order}/delete":       s.deleteByHand,
		"POST /orders/{order}/generate":     s.generateByHand,
		"POST /orders/{order}/invoice":      s.invoiceByHand,
		"POST /orders/{order}/pay":          s.payOrderByHand,
		"POST /orders/{order}/dispatch":     s.dispatchByHand,
		"GET /invoices":                     s.showInvoices,
		"POST /invoices/{invoice}/pay":      s.payByHand,
		"POST /invoices/{invoice}/finalise": s.finaliseByHand,
		"POST /invoices/{invoice}/delete":   s.deleteInvoiceByHand,
		"POST /invoices/{invoice}/edit":     s.onInvoice(s.editInvoiceByHand),
		"POST /invoices/{invoice}/remake":   s.onInvoice(s.remakeByHand),
		"POST /invoices/{invoice}/unpay":    s.onInvoice(s.unpayByHand),
		"GET /customers":                    s.showCustomers,
		"POST /customers/{customer}/edit":   s.editCustomerByHand,
		"GET /tax_rates":                    s.showTaxRates,
		"POST /tax_rates":                   s.addTaxRateByHand,
		"GET /payment_terms":                s.showPaymentTerms,
		"POST /payment_terms":               s.addTermsByHand,
		"GET /products":                     s.showProducts,
		"GET /webhooks":                     func(*http.Request) (any, error) { return map[string]any{"webhooks": s.Webhooks()}, nil },
		"POST /webhooks/flush":              s.flushByHand,
		"POST /webhooks/mute":               func(*http.Request) (any, error) { s.MuteWebhooks(true); return done, nil },
		"POST /webhooks/unmute":             func(*http.Request) (any, error) { s.MuteWebhooks(false); return done, nil },
		"GET /requests":                     func(*http.Request) (any, error) { return s.Requests(), nil },
		"POST /tokens/revoke":               func(*http.Request) (any, error) { s.RevokeTokens(); return done, nil },
	}
	help := slices.Sorted(maps.Keys(routes))
	for pattern, serve := range routes {
		mux.HandleFunc(pattern, serve.ServeHTTP)
	}
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, map[string]any{"routes": help})
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		reply(w, http.StatusNotFound, map[string]string{
			"error": fmt.Sprintf("no such action: %s %s (GET / lists them)", r.Method, r.URL.Path),
		})
	})
	return mux
}

// done is the reply of actions that have nothing to show.
var done = map[string]bool{"ok": true}

// control is one action of the control handler.
type control func(r *http.Request) (any, error)

// ServeHTTP runs the action and writes what came of it.
func (c control) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	result, err := c(r)
	var gone *NotFoundError
	var refused *InvalidError
	status := http.StatusOK
	switch {
	case err == nil:
		reply(w, status, result)
		return
	case errors.As(err, &gone):
		status = http.StatusNotFound
	case errors.As(err, &refused):
		status = http.StatusUnprocessableEntity
	default:
		status = http.StatusBadRequest
	}
	reply(w, status, map[string]string{"error": err.Error()})
}

// reply writes indented JSON, for people.
func reply(w http.ResponseWriter, status int, v any) {
	body, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		status, body = http.StatusInternalServerError, mustMarshal(map[string]string{"error": err.Error()})
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the client has gone; nobody is left to tell
}

// body reads an optional JSON body; unknown members are errors, so that a typing mistake does not pass unseen.
func body(r *http.Request, into any) error {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return fmt.Errorf("read body: %w", err)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("body: %w", err)
	}
	return nil
}

// orderNamed finds an order's id from an id or a number.
func (s *Shop) orderNamed(name string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.orders.find(name); ok {
		return name, nil
	}
	number, err := strconv.ParseInt(name, 10, 64)
	for order := range s.orders.all() {
		if err == nil && order.Number == number {
			return order.ID, nil
		}
	}
	return "", &NotFoundError{Kind: "order", ID: name}
}

// invoiceNamed finds an invoice's id from an id or a number.
func (s *Shop) invoiceNamed(name string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for invoice := range s.invoices.all() {
		if invoice.ID == name || invoice.Number == name {
			return invoice.ID, nil
		}
	}
	return "", &NotFoundError{Kind: "invoice", ID: name}
}

// onOrder makes an action of something that is done to an order, and shows the order after it.
func (s *Shop) onOrder(act func(id string, r *http.Request) error) control {
	return func(r *http.Request) (any, error) {
		id, err := s.orderNamed(r.PathValue("order"))
		if err != nil {
			return nil, err
		}
		if err := act(id, r); err != nil {
			return nil, err
		}
		return s.showOrder(id)
	}
}

// plain makes an action of a method that takes nothing but the order.
func plain(act func(id string) (Order, error)) func(string, *http.Request) error {
	return func(id string, _ *http.Request) error {
		_, err := act(id)
		return err
	}
}

// showOrder is an order as the API shows it, altered if Corrupt asked for it.
func (s *Shop) showOrder(id string) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.getOrder(&call{id: id})
}

// showInvoice is an invoice as the API shows it.
func (s *Shop) showInvoice(id string) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.getInvoice(&call{id: id})
}

// shown runs a list of the API for a person, with the same filters.
func (s *Shop) shown(answer endpoint, r *http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return answer(&call{query: r.URL.Query()})
}

func (s *Shop) showOrders(r *http.Request) (any, error)    { return s.shown(s.listOrders, r) }
func (s *Shop) showInvoices(r *http.Request) (any, error)  { return s.shown(s.listInvoices, r) }
func (s *Shop) showCustomers(r *http.Request) (any, error) { return s.shown(s.listCustomers, r) }
func (s *Shop) showProducts(r *http.Request) (any, error)  { return s.shown(s.listProducts, r) }

func (s *Shop) flushByHand(r *http.Request) (any, error) {
	if err := s.Flush(r.Context()); err != nil {
		return nil, err
	}
	return map[string]any{"webhooks": s.Webhooks()}, nil
}
