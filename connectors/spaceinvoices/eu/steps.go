package eu

import (
	"context"
	"errors"
	"net/http"

	"spacebridge/connectors/rest"
	"spacebridge/mapping/trade"
)

// Create writes a sale as a new, pending order: POST /orders. Look with Find first.
//
// Errors: *rest.Error; Unknown also for a 2xx reply that does not name an order of this sale.
func (b *Books) Create(ctx context.Context, requestID string, s trade.Sale) (trade.BooksOrder, error) {
	return result(b.client.CreateOrder(ctx, requestID, orderOf(s, b.integrationID)))
}

// Update writes the whole sale over a pending order, clearing what the sale does not have: PATCH /orders/{id}.
//
// Errors: *rest.Error; Unknown also for a 2xx reply that names another order, or none. Rejected, code stale_tax_number, if
// the server kept a tax number that the sale no longer has.
func (b *Books) Update(ctx context.Context, requestID, id string, s trade.Sale) (trade.BooksOrder, error) {
	o, err := b.client.UpdateOrder(ctx, requestID, id, content(s, true))
	if err != nil {
		return trade.BooksOrder{}, err
	}
	// Whether a PATCH replaces the customer or merges into it is not documented. Merged, a tax number that was taken back
	// would stay, and with it the wrong legal identity on the invoice.
	if s.Party.TaxNumber == "" && o.Customer != nil && o.Customer.TaxNumber != "" {
		return trade.BooksOrder{}, &rest.Error{
			Vendor: Vendor, Method: http.MethodPatch, Route: orderRoute, Class: rest.Rejected, Status: http.StatusOK,
			Code: "stale_tax_number", Message: "the books kept a tax number that the buyer no longer has",
		}
	}
	return booksOrder(o), nil
}

// Annotate changes what moves neither money nor the buyer's legal identity, on an order that may have its invoice:
// shipping address, e-mail, metadata and payment status: PATCH /orders/{id}.
//
// Errors: *rest.Error; Unknown also for a 2xx reply that names another order, or none.
func (b *Books) Annotate(ctx context.Context, requestID, id string, s trade.Sale) (trade.BooksOrder, error) {
	return result(b.client.UpdateOrder(ctx, requestID, id, quietContent(s, true)))
}

// SetPayment changes the payment status alone: PATCH /orders/{id}.
//
// Errors: *rest.Error; Unknown also for a 2xx reply that names another order, or none.
func (b *Books) SetPayment(ctx context.Context, requestID, id string, status trade.PaymentStatus) (trade.BooksOrder, error) {
	if status == "" {
		request := rest.Request{Method: http.MethodPatch, Route: orderRoute}
		return trade.BooksOrder{}, notSent(request, errors.New("payment status is empty"))
	}
	return result(b.client.UpdateOrder(ctx, requestID, id, OrderContent{PaymentStatus: string(status)}))
}

// Issue makes the invoice of a pending order; this cannot be undone: POST /orders/{id}/process.
//
// Errors: *rest.Error; Unknown also for a 2xx reply that names another order, or that calls the order pending or invoiced
// and names no document: whether there is an invoice must then be looked up. Another status, such as that of a failure, is
// an answer and returned as it is.
func (b *Books) Issue(ctx context.Context, requestID, id string) (trade.BooksOrder, error) {
	o, err := result(b.client.ProcessOrder(ctx, requestID, id))
	if err != nil {
		return trade.BooksOrder{}, err
	}
	if o.DocumentID == "" && o.EstimateID == "" && (o.Status == trade.BooksPending || o.Status == trade.BooksInvoiced) {
		request := rest.Request{Method: http.MethodPost, Route: processRoute}
		return trade.BooksOrder{}, unclear(request, errors.New("the reply names no document"))
	}
	return o, nil
}

// Reissue credits the invoice of an order and makes another of its current items; this cannot be undone:
// POST /orders/{id}/reissue. The books allow it only for an order whose items changed after its invoice was made. replaces is
// the invoice to be credited.
//
// Errors: *rest.Error; Unknown also for a 2xx reply that names another order, no document, or the one that was to be credited:
// whether there is another must then be looked up.
func (b *Books) Reissue(ctx context.Context, requestID, id, replaces string) (trade.BooksOrder, error) {
	o, err := result(b.client.ReissueOrder(ctx, requestID, id))
	if err != nil {
		return trade.BooksOrder{}, err
	}
	if o.DocumentID == "" || o.DocumentID == replaces {
		request := rest.Request{Method: http.MethodPost, Route: reissueRoute}
		return trade.BooksOrder{}, unclear(request, errors.New("the reply names no other document"))
	}
	return o, nil
}

// Cancel cancels a pending order: POST /orders/{id}/cancel.
//
// Errors: *rest.Error; Unknown also for a 2xx reply that names another order, or still calls it pending.
func (b *Books) Cancel(ctx context.Context, requestID, id string) (trade.BooksOrder, error) {
	o, err := result(b.client.CancelOrder(ctx, requestID, id))
	if err != nil {
		return trade.BooksOrder{}, err
	}
	if o.Status == trade.BooksPending {
		request := rest.Request{Method: http.MethodPost, Route: cancelRoute}
		return trade.BooksOrder{}, unclear(request, errors.New("the reply still calls the order pending"))
	}
	return o, nil
}

// Delete moves an order to the trash: DELETE /orders/{id}.
func (b *Books) Delete(ctx context.Context, requestID, id string) error {
	return b.client.DeleteOrder(ctx, requestID, id)
}
