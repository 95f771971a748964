package eu

import (
	"context"
	"errors"
	"net/http"

	"spacebridge/connectors/rest"
)

// The routes of one order.
const (
	orderRoute   = "/orders/{id}"
	processRoute = "/orders/{id}/process"
	cancelRoute  = "/orders/{id}/cancel"
	reissueRoute = "/orders/{id}/reissue"
)

// CreateOrder creates an order, which is pending until it is processed: POST /orders.
//
// Whether the server refuses a source id that the integration already has is not documented: look before you create.
//
// Errors: *rest.Error; Unknown also for a 2xx reply that names no order, or one of another source id or integration, as a
// replayed reply to another request would.
func (c *Client) CreateOrder(ctx context.Context, requestID string, body OrderCreate) (Order, error) {
	var out Order
	request := rest.Request{Method: http.MethodPost, Route: orders.path, Body: body}
	if err := c.write(ctx, requestID, request, &out); err != nil {
		return Order{}, err
	}
	if err := confirmNew(request, out.ID); err != nil {
		return Order{}, err
	}
	if out.SourceID != body.SourceID || out.OrderIntegrationID != body.OrderIntegrationID {
		return Order{}, unclear(request, errors.New("the reply is about another order"))
	}
	return out, nil
}

// ListOrders reads one page of the orders: GET /orders.
func (c *Client) ListOrders(ctx context.Context, o ListOptions) (Page[Order], error) {
	return list[Order](ctx, c, &orders, o)
}

// GetOrder reads one order: GET /orders/{id}. rest.NotFound when there is none.
func (c *Client) GetOrder(ctx context.Context, id string) (Order, error) {
	request, err := single(http.MethodGet, orderRoute, id)
	if err != nil {
		return Order{}, err
	}
	var out Order
	if err := c.rest.Read(ctx, request, &out); err != nil {
		return Order{}, err
	}
	if err := confirm(request, id, out.ID); err != nil {
		return Order{}, err
	}
	return out, nil
}

// UpdateOrder changes what the body names: PATCH /orders/{id}.
//
// Errors: *rest.Error; Unknown also for a 2xx reply that names another order, or none.
func (c *Client) UpdateOrder(ctx context.Context, requestID, id string, body OrderContent) (Order, error) {
	return c.changeOrder(ctx, requestID, http.MethodPatch, orderRoute, id, body)
}

// DeleteOrder moves an order to the trash: DELETE /orders/{id}.
func (c *Client) DeleteOrder(ctx context.Context, requestID, id string) error {
	return c.remove(ctx, requestID, orderRoute, id)
}

// ProcessOrder makes an invoice of a pending order; this cannot be undone: POST /orders/{id}/process.
//
// Errors: *rest.Error; Unknown also for a 2xx reply that names another order, or none.
func (c *Client) ProcessOrder(ctx context.Context, requestID, id string) (Order, error) {
	return c.changeOrder(ctx, requestID, http.MethodPost, processRoute, id, nil)
}

// CancelOrder cancels a pending order: POST /orders/{id}/cancel. An order that has an invoice is refused.
//
// Errors: *rest.Error; Unknown also for a 2xx reply that names another order, or none.
func (c *Client) CancelOrder(ctx context.Context, requestID, id string) (Order, error) {
	return c.changeOrder(ctx, requestID, http.MethodPost, cancelRoute, id, nil)
}

// ReissueOrder credits the order's invoice and makes a new one of its present items; this cannot be undone:
// POST /orders/{id}/reissue. It is refused while the items have not changed since the invoice.
//
// Errors: *rest.Error; Unknown also for a 2xx reply that names another order, or none.
func (c *Client) ReissueOrder(ctx context.Context, requestID, id string) (Order, error) {
	return c.changeOrder(ctx, requestID, http.MethodPost, reissueRoute, id, nil)
}

func (c *Client) changeOrder(ctx context.Context, requestID, method, route, id string, body any) (Order, error) {
	request, err := single(method, route, id)
	if err != nil {
		return Order{}, err
	}
	request.Body = body
	var out Order
	if err := c.write(ctx, requestID, request, &out); err != nil {
		return Order{}, err
	}
	if err := confirm(request, id, out.ID); err != nil {
		return Order{}, err
	}
	return out, nil
}
