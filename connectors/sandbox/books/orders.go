package books

import (
	"net/http"
	"strings"
)

// orderList says what of an order can be asked for in lists: no metadata, no order number, no invoice_id.
var orderList = resource[*Order]{
	fields: map[string]kind{
		"id": textKind, "status": textKind, "source": textKind, "source_id": textKind, "customer_name": textKind, "customer_email": textKind,
		"payment_status": textKind, "order_integration_id": textKind, "created_at": momentKind, "updated_at": momentKind,
	},
	value: func(o *Order, name string) any {
		switch name {
		case "status":
			return o.Status
		case "source":
			return o.Source
		case "source_id":
			return o.SourceID
		case "customer_name":
			return o.CustomerName
		case "customer_email":
			return o.CustomerEmail
		case "payment_status":
			return o.PaymentStatus
		case "order_integration_id":
			return o.IntegrationID
		case "created_at":
			return o.CreatedAt
		case "updated_at":
			return o.UpdatedAt
		}
		return o.ID
	},
	id:      func(o *Order) string { return o.ID },
	deleted: func(o *Order) bool { return !o.DeletedAt.IsZero() },
	wire:    (*Order).wire,
}

// createOrder serves POST /orders.
func (b *Books) createOrder(c call) (any, *fault) {
	m, f := decode(c.body)
	if f != nil {
		return nil, f
	}
	if found := orderCreate.validate(m, nil, false, b.opts.StripUnknown); found != nil {
		return nil, invalid(found...)
	}
	now := b.now()
	o := &Order{Status: StatusPending, PaymentStatus: "unpaid", CreatedAt: now, UpdatedAt: now, EntityID: c.entity}
	o.apply(m)
	integration := b.integration(c.entity, o.IntegrationID)
	if integration == nil {
		return nil, invalid(issue{Code: "custom", Path: []any{"order_integration_id"}, Message: "Order integration not found"})
	}
	if b.opts.DuplicateSourceID == Refuse && b.taken(o) {
		return nil, &fault{status: http.StatusConflict, Code: "duplicate_source_id", Message: "An order with this source_id already exists"}
	}
	o.ID = b.newID("ord", o.EntityID+"/"+o.IntegrationID+"/"+o.SourceID)
	b.notePayment(o)
	b.orders = append(b.orders, o)
	b.orderByID[o.ID] = o
	b.autoProcess(o, integration, true)
	b.remember(o)
	return o.wire(), nil
}

// taken reports whether an order of the integration that is not deleted has the same source_id. A cancelled one has it too,
// unless Options.CancelledFreesSourceID.
func (b *Books) taken(o *Order) bool {
	for _, other := range b.orders {
		if b.opts.CancelledFreesSourceID && other.Status == StatusCancelled {
			continue
		}
		if other.EntityID == o.EntityID && other.IntegrationID == o.IntegrationID && other.SourceID == o.SourceID && other.DeletedAt.IsZero() {
			return true
		}
	}
	return false
}

// listOrders serves GET /orders.
func (b *Books) listOrders(c call) (any, *fault) {
	mine := make([]*Order, 0, len(b.orders))
	for _, o := range b.orders {
		if o.EntityID != c.entity {
			continue
		}
		if o = b.listed(o); o != nil {
			mine = append(mine, o)
		}
	}
	return orderList.page(mine, c.query, b.opts.IgnoreQuery)
}

// getOrder serves GET /orders/{id}. A deleted order is not found.
func (b *Books) getOrder(c call) (any, *fault) {
	o, f := b.order(c)
	if f != nil {
		return nil, f
	}
	return o.wire(), nil
}

// deleteOrder serves DELETE /orders/{id}: a soft delete, in any status. An invoice made of the order stays.
func (b *Books) deleteOrder(c call) (any, *fault) {
	o, f := b.order(c)
	if f != nil {
		return nil, f
	}
	o.DeletedAt = b.now()
	o.UpdatedAt = o.DeletedAt
	b.remember(o)
	return nil, nil
}

// order finds the order of a call among those that are not deleted.
func (b *Books) order(c call) (*Order, *fault) {
	o, ok := b.orderByID[c.id]
	if !ok || o.EntityID != c.entity || !o.DeletedAt.IsZero() {
		return nil, missing("Order")
	}
	return o, nil
}

// customerOf resolves or creates the customer of an order: by e-mail, else by tax number, else by name.
func (b *Books) customerOf(o *Order) string {
	who := strings.ToLower(o.CustomerEmail)
	if who == "" {
		who, _ = o.Customer["tax_number"].(string)
	}
	if who == "" {
		who = o.CustomerName
	}
	key := o.EntityID + "/" + who
	if b.customers[key] == "" {
		b.customers[key] = b.newID("cus", key)
	}
	return b.customers[key]
}
