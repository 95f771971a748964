package eu

import "encoding/json"

// Order is an order as the API gives it. Unknown fields are ignored and unknown statuses kept, since the schema is known
// to move. Amounts are in major units; times are ISO 8601 in UTC, "" for none.
//
// Reference: /orders, "The Order object".
type Order struct {
	ID                          string            `json:"id"`
	EntityID                    string            `json:"entity_id"`
	OrderIntegrationID          string            `json:"order_integration_id"`
	Source                      string            `json:"source"`
	SourceID                    string            `json:"source_id"`
	SourceOrderNumber           string            `json:"source_order_number"`
	Status                      string            `json:"status"` // pending, invoiced, cancelled; others exist
	Paid                        bool              `json:"paid"`
	PaidAt                      string            `json:"paid_at"`
	Fulfilled                   bool              `json:"fulfilled"`
	FulfilledAt                 string            `json:"fulfilled_at"`
	Cancelled                   bool              `json:"cancelled"`
	CancelledAt                 string            `json:"cancelled_at"`
	Refunded                    bool              `json:"refunded"`
	RefundedAt                  string            `json:"refunded_at"`
	CustomerName                string            `json:"customer_name"`
	CustomerEmail               string            `json:"customer_email"`
	Customer                    *Customer         `json:"customer"`
	BillingAddress              *Address          `json:"billing_address"`
	ShippingAddress             *Address          `json:"shipping_address"`
	CustomerID                  string            `json:"customer_id"`
	CurrencyCode                string            `json:"currency_code"`
	Total                       Number            `json:"total"` // net
	TotalWithTax                Number            `json:"total_with_tax"`
	TotalDiscount               Number            `json:"total_discount"`
	TotalShipping               Number            `json:"total_shipping"`
	Items                       []OrderItem       `json:"items"`
	PaymentStatus               string            `json:"payment_status"`
	PaymentMethod               string            `json:"payment_method"`
	PaymentGateway              string            `json:"payment_gateway"`
	InvoiceID                   string            `json:"invoice_id"`
	EstimateID                  string            `json:"estimate_id"`
	ProcessAfter                string            `json:"process_after"`
	Transactions                []json.RawMessage `json:"transactions"`
	Complete                    bool              `json:"complete"`
	ItemsChangedAfterProcessing bool              `json:"items_changed_after_processing"`
	RawData                     json.RawMessage   `json:"raw_data"`
	SourceEventID               string            `json:"source_event_id"`
	Error                       json.RawMessage   `json:"error"` // its shape is not public; only null was seen
	OrderedAt                   string            `json:"ordered_at"`
	ProcessedAt                 string            `json:"processed_at"`
	Metadata                    Metadata          `json:"metadata"`
	CreatedAt                   string            `json:"created_at"`
	UpdatedAt                   string            `json:"updated_at"`
	DeletedAt                   string            `json:"deleted_at"`
}

// OrderItem is one line of an order. Name, Quantity, Price, Total and TotalWithTax are required.
type OrderItem struct {
	Name         string    `json:"name"`
	Quantity     Number    `json:"quantity"`
	Price        Number    `json:"price"`                // one unit, net
	GrossPrice   Number    `json:"gross_price,omitzero"` // one unit with tax; never sent, since prices are net
	Total        Number    `json:"total"`                // the line, net
	TotalWithTax Number    `json:"total_with_tax"`
	TaxRate      Number    `json:"tax_rate,omitzero"` // percent
	Taxes        []ItemTax `json:"taxes,omitzero"`    // empty but not nil: no tax applies
	SKU          string    `json:"sku,omitempty"`
	SourceID     string    `json:"source_id,omitempty"`
	Discount     Number    `json:"discount,omitzero"`
	Unit         string    `json:"unit,omitempty"`
	Kind         string    `json:"kind,omitempty"` // line_item or shipping
}

// ItemTax is a tax on a line.
type ItemTax struct {
	Rate Number `json:"rate"` // percent
}

// Customer is the buyer of an order.
type Customer struct {
	CompanyName   string `json:"company_name,omitempty"`
	TaxNumber     string `json:"tax_number,omitempty"`
	CompanyNumber string `json:"company_number,omitempty"`
	Phone         string `json:"phone,omitempty"`
	IsBusiness    *bool  `json:"is_business,omitempty"`
	Notes         string `json:"notes,omitempty"`
}

// Address is a postal address. CountryCode is ISO 3166-1 alpha-2 in upper case: the server keeps what it is sent.
type Address struct {
	Address     string `json:"address,omitempty"`
	Address2    string `json:"address_2,omitempty"`
	City        string `json:"city,omitempty"`
	State       string `json:"state,omitempty"`
	PostCode    string `json:"post_code,omitempty"`
	Country     string `json:"country,omitempty"`
	CountryCode string `json:"country_code,omitempty"`
}

// OrderCreate is the body that creates an order. The first three fields never change again.
type OrderCreate struct {
	OrderIntegrationID string `json:"order_integration_id"`
	Source             string `json:"source"` // shopify, woocommerce or manual
	SourceID           string `json:"source_id"`
	OrderContent
}

// OrderContent is what an update may change too; what is left out stays as it is. A create requires CurrencyCode, Total,
// TotalWithTax and Items.
type OrderContent struct {
	SourceOrderNumber Field[string]   `json:"source_order_number,omitzero"`
	CurrencyCode      string          `json:"currency_code,omitempty"`
	Total             Number          `json:"total,omitzero"` // net
	TotalWithTax      Number          `json:"total_with_tax,omitzero"`
	TotalDiscount     Number          `json:"total_discount,omitzero"`
	TotalShipping     Number          `json:"total_shipping,omitzero"`
	Items             []OrderItem     `json:"items,omitempty"`
	CustomerName      Field[string]   `json:"customer_name,omitzero"`
	CustomerEmail     Field[string]   `json:"customer_email,omitzero"`
	Customer          Field[Customer] `json:"customer,omitzero"`
	BillingAddress    Field[Address]  `json:"billing_address,omitzero"`
	ShippingAddress   Field[Address]  `json:"shipping_address,omitzero"`
	PaymentStatus     string          `json:"payment_status,omitempty"` // unpaid, paid, partially_paid or refunded
	PaymentMethod     Field[string]   `json:"payment_method,omitzero"`
	PaymentGateway    Field[string]   `json:"payment_gateway,omitzero"`
	OrderedAt         Field[string]   `json:"ordered_at,omitzero"`
	Metadata          Field[Metadata] `json:"metadata,omitzero"`
}
