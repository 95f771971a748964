package books

import "encoding/json"

// orderWire is an order as the API shows it, field by field in the order of the reference.
type orderWire struct {
	ID                 string         `json:"id"`
	EntityID           string         `json:"entity_id"`
	OrderIntegrationID string         `json:"order_integration_id"`
	Source             string         `json:"source"`
	SourceID           string         `json:"source_id"`
	SourceOrderNumber  any            `json:"source_order_number"`
	Status             string         `json:"status"`
	Paid               bool           `json:"paid"`
	PaidAt             any            `json:"paid_at"`
	Fulfilled          bool           `json:"fulfilled"`
	FulfilledAt        any            `json:"fulfilled_at"`
	Cancelled          bool           `json:"cancelled"`
	CancelledAt        any            `json:"cancelled_at"`
	Refunded           bool           `json:"refunded"`
	RefundedAt         any            `json:"refunded_at"`
	CustomerName       any            `json:"customer_name"`
	CustomerEmail      any            `json:"customer_email"`
	Customer           map[string]any `json:"customer"`
	BillingAddress     map[string]any `json:"billing_address"`
	ShippingAddress    map[string]any `json:"shipping_address"`
	CustomerID         any            `json:"customer_id"`
	CurrencyCode       string         `json:"currency_code"`
	Total              json.Number    `json:"total"`
	TotalWithTax       json.Number    `json:"total_with_tax"`
	TotalDiscount      json.Number    `json:"total_discount"`
	TotalShipping      json.Number    `json:"total_shipping"`
	Items              []any          `json:"items"`
	PaymentStatus      string         `json:"payment_status"`
	PaymentMethod      any            `json:"payment_method"`
	PaymentGateway     any            `json:"payment_gateway"`
	InvoiceID          any            `json:"invoice_id"`
	EstimateID         any            `json:"estimate_id"`
	ProcessAfter       any            `json:"process_after"`
	Transactions       []any          `json:"transactions"`
	Complete           bool           `json:"complete"`
	ItemsChanged       bool           `json:"items_changed_after_processing"`
	RawData            any            `json:"raw_data"`
	SourceEventID      any            `json:"source_event_id"`
	Error              any            `json:"error"`
	OrderedAt          any            `json:"ordered_at"`
	ProcessedAt        any            `json:"processed_at"`
	Metadata           map[string]any `json:"metadata"`
	CreatedAt          any            `json:"created_at"`
	UpdatedAt          any            `json:"updated_at"`
	DeletedAt          any            `json:"deleted_at"`
}

// wire is the order as the API shows it.
func (o *Order) wire() any {
	return orderWire{
		ID: o.ID, EntityID: o.EntityID, OrderIntegrationID: o.IntegrationID, Source: o.Source, SourceID: o.SourceID,
		SourceOrderNumber: orNull(o.SourceOrderNumber), Status: o.Status,
		Paid: !o.PaidAt.IsZero(), PaidAt: stamp(o.PaidAt), Cancelled: !o.CancelledAt.IsZero(), CancelledAt: stamp(o.CancelledAt),
		Refunded: !o.RefundedAt.IsZero(), RefundedAt: stamp(o.RefundedAt),
		CustomerName: orNull(o.CustomerName), CustomerEmail: orNull(o.CustomerEmail), Customer: o.Customer,
		BillingAddress: o.BillingAddress, ShippingAddress: o.ShippingAddress, CustomerID: orNull(o.CustomerID),
		CurrencyCode: o.CurrencyCode, Total: jsonNumber(o.Total), TotalWithTax: jsonNumber(o.TotalWithTax),
		TotalDiscount: jsonNumber(o.TotalDiscount), TotalShipping: jsonNumber(o.TotalShipping), Items: o.content(),
		PaymentStatus: o.PaymentStatus, PaymentMethod: orNull(o.PaymentMethod), PaymentGateway: orNull(o.PaymentGateway),
		InvoiceID: orNull(o.InvoiceID), ProcessAfter: stamp(o.ProcessAfter), Transactions: []any{}, ItemsChanged: o.ItemsChanged,
		Error: orNull(o.Error), OrderedAt: orNull(o.OrderedAt), ProcessedAt: stamp(o.ProcessedAt), Metadata: orEmpty(o.Metadata),
		CreatedAt: stamp(o.CreatedAt), UpdatedAt: stamp(o.UpdatedAt), DeletedAt: stamp(o.DeletedAt),
	}
}

// normal rewrites the numbers of a body as a JavaScript server would return them: 61.00 comes back as 61.
func normal(v any) any {
	switch v := v.(type) {
	case json.Number:
		if d, ok := decimalOf(v); ok {
			return jsonNumber(d)
		}
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = normal(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for key := range v {
			out[key] = normal(v[key])
		}
		return out
	}
	return v
}
