package shop

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
)

// maxBody bounds what a request may carry.
const maxBody = 8 << 20

// apiRoutes is the table of the documented endpoints. Everything else, and every other method, is an HTML page.
func (s *Shop) apiRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	routes := map[string]endpoint{
		"POST /v1/customers":          s.createCustomer,
		"GET /v1/customers":           s.listCustomers,
		"GET /v1/customers/{id}":      s.getCustomer,
		"PUT /v1/customers/{id}":      s.updateCustomer,
		"DELETE /v1/customers/{id}":   s.deleteCustomer,
		"POST /v1/orders":             s.createOrder,
		"GET /v1/orders":              s.listOrders,
		"GET /v1/orders/{id}":         s.getOrder,
		"DELETE /v1/orders/{id}":      s.deleteOrder,
		"POST /v1/dispatches":         s.createDispatch,
		"GET /v1/dispatches":          s.listDispatches,
		"GET /v1/dispatches/{id}":     s.getDispatch,
		"POST /v1/invoices":           s.createInvoice,
		"GET /v1/invoices":            s.listInvoices,
		"GET /v1/invoices/{id}":       s.getInvoice,
		"DELETE /v1/invoices/{id}":    s.deleteInvoice,
		"POST /v1/products":           s.createProduct,
		"GET /v1/products":            s.listProducts,
		"GET /v1/products/{id}":       s.getProduct,
		"PUT /v1/products/{id}":       s.updateProduct,
		"DELETE /v1/products/{id}":    s.deleteProduct,
		"POST /v1/inventory_levels":   s.updateInventory,
		"GET /v1/inventory_levels":    s.listInventory,
		"POST /v1/categories":         s.createCategory,
		"GET /v1/categories":          s.listCategories,
		"GET /v1/categories/{id}":     s.getCategory,
		"PUT /v1/categories/{id}":     s.updateCategory,
		"DELETE /v1/categories/{id}":  s.deleteCategory,
		"POST /v1/price_lists":        s.createPriceList,
		"GET /v1/price_lists":         s.listPriceLists,
		"GET /v1/price_lists/{id}":    s.getPriceList,
		"PUT /v1/price_lists/{id}":    s.updatePriceList,
		"DELETE /v1/price_lists/{id}": s.deletePriceList,
		"GET /v1/customer_groups":     s.listCustomerGroups,
		"GET /v1/payment_terms":       s.listPaymentTerms,
		"GET /v1/tax_rates":           s.listTaxRates,
		"GET /v1/preorder_windows":    s.listPreorderWindows,
		"POST /v1/webhooks":           s.createWebhook,
		"GET /v1/webhooks":            s.listWebhooks,
		"GET /v1/webhooks/{id}":       s.getWebhook,
		"PUT /v1/webhooks/{id}":       s.updateWebhook,
		"DELETE /v1/webhooks/{id}":    s.deleteWebhook,
	}
	for pattern, serve := range routes {
		mux.HandleFunc(pattern, s.serve(serve))
	}
	mux.HandleFunc("/", writeNoSuchPage)
	return mux
}

// endpoint answers one request of the API. It runs with Shop.mu held and returns what is to be written as JSON.
type endpoint func(c *call) (any, error)

// call is a request that was read and authorized.
type call struct {
	id    string     // {id} of the route
	query url.Values // query string, and the form in the body that the documents' curl examples send with GET
	json  bool       // the body is said to be JSON
	body  []byte
}

// envelope is a reply: one record or list under its name, and perhaps has_more.
type envelope map[string]any

// serve turns an endpoint into a handler.
func (s *Shop) serve(answer endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.authorized(w, r) {
			return
		}
		c, err := readCall(w, r)
		if err != nil {
			writeEmpty(w, http.StatusBadRequest)
			return
		}
		reply, err := s.answer(answer, c)
		var gone *NotFoundError
		var refused *InvalidError
		var malformed *malformedError
		switch {
		case err == nil:
			writeRecords(w, reply)
		case errors.As(err, &gone):
			writeMessage(w, http.StatusNotFound, gone.Error())
		case errors.As(err, &refused):
			writeMessage(w, http.StatusUnprocessableEntity, refused.Message)
		case errors.As(err, &malformed):
			writeEmpty(w, http.StatusBadRequest)
		default:
			s.opts.Logger.ErrorContext(r.Context(), "request failed", "route", r.Pattern, "error", err)
			writeEmpty(w, http.StatusInternalServerError)
		}
	}
}

// answer runs an endpoint and writes its reply to bytes while nothing can change.
func (s *Shop) answer(answer endpoint, c *call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	reply, err := answer(c)
	if err != nil {
		return nil, err
	}
	return json.Marshal(reply)
}

func readCall(w http.ResponseWriter, r *http.Request) (*call, error) {
	c := &call{id: r.PathValue("id"), query: r.URL.Query()}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	c.json, c.body = mediaType == "application/json", body
	if r.Method == http.MethodGet && mediaType == "application/x-www-form-urlencoded" {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, fmt.Errorf("read form: %w", err)
		}
		for name, values := range form {
			c.query[name] = append(c.query[name], values...)
		}
	}
	return c, nil
}

// read decodes the record that a request carries under its singular name, over what into already holds.
func (c *call) read(name string, into any) error {
	if !c.json {
		return &malformedError{errors.New("content type is not application/json")}
	}
	var wrapped map[string]json.RawMessage
	if err := json.Unmarshal(c.body, &wrapped); err != nil {
		return &malformedError{err}
	}
	record, ok := wrapped[name]
	if !ok {
		return &malformedError{fmt.Errorf("%s is missing", name)}
	}
	if err := json.Unmarshal(record, into); err != nil {
		return &malformedError{err}
	}
	return nil
}

// deleted is the reply to a DELETE.
func deleted(name, id string) envelope {
	return envelope{name: map[string]any{"id": id, "deleted": true}}
}
