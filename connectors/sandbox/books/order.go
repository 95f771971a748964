package books

import (
	"time"

	"spacebridge/mapping/money"
)

// Order statuses in evidence in the reference.
const (
	StatusPending   = "pending"
	StatusInvoiced  = "invoiced"
	StatusCancelled = "cancelled"
)

// Order is an order as the books hold it. Empty strings and zero times stand for null.
type Order struct {
	ID                string
	EntityID          string
	IntegrationID     string
	Source            string
	SourceID          string
	SourceOrderNumber string
	Status            string
	CustomerName      string
	CustomerEmail     string
	Customer          map[string]any
	BillingAddress    map[string]any
	ShippingAddress   map[string]any
	CustomerID        string
	CurrencyCode      string
	Total             money.Decimal // major units, as sent
	TotalWithTax      money.Decimal
	TotalDiscount     money.Decimal
	TotalShipping     money.Decimal
	Items             []Item
	PaymentStatus     string
	PaymentMethod     string
	PaymentGateway    string
	InvoiceID         string
	ItemsChanged      bool // items_changed_after_processing
	Error             string
	Metadata          map[string]any
	OrderedAt         string // as sent
	PaidAt            time.Time
	RefundedAt        time.Time
	CancelledAt       time.Time
	ProcessAfter      time.Time
	ProcessedAt       time.Time
	CreatedAt         time.Time
	UpdatedAt         time.Time
	DeletedAt         time.Time

	changeDue time.Time // when a change of the items is noticed (Options.ItemsChangedLag); zero: none is unnoticed
	processed []byte    // the items that the invoice was made of
}

// Item is one line of an order.
type Item struct {
	Name         string
	SKU          string
	SourceID     string
	Kind         string // line_item or shipping
	Quantity     money.Decimal
	Price        money.Decimal // net, per unit
	GrossPrice   money.NullDecimal
	Discount     money.Decimal // major units off the line
	Total        money.Decimal
	TotalWithTax money.Decimal
	TaxRate      money.NullDecimal // tax_rate
	Taxes        []money.Decimal   // rates of taxes[]
	HasTaxes     bool              // taxes was given, if only as []

	raw map[string]any // as sent, for passing unknown keys through
}

var (
	itemSchema = schema{open: true, fields: []field{
		req("name", text(0, 0)), req("quantity", number), req("price", number), req("total", number), req("total_with_tax", number),
		nul("gross_price", number), nul("tax_rate", number), nul("taxes", list(0, taxSchema)), nul("sku", text(0, 0)),
		nul("source_id", text(0, 0)), nul("discount", number), nul("unit", text(0, 0)), opt("kind", oneOf("line_item", "shipping")),
	}}
	taxSchema      = schema{open: true, fields: []field{req("rate", percent)}}
	customerSchema = schema{open: true, fields: []field{
		nul("phone", text(0, 0)), nul("company_name", text(0, 0)), nul("tax_number", text(0, 0)), nul("company_number", text(0, 0)),
		nul("is_business", flag), nul("notes", text(0, 0)),
	}}
	addressSchema = schema{open: true, fields: []field{
		nul("address", text(0, 0)), nul("address_2", text(0, 0)), nul("city", text(0, 0)), nul("state", text(0, 0)),
		nul("post_code", text(0, 0)), nul("country", text(0, 0)), nul("country_code", text(0, 0)),
	}}
	orderUpdate = schema{fields: orderFields}
	orderCreate = schema{fields: append([]field{
		req("order_integration_id", text(0, 36)), req("source", oneOf(sources...)), req("source_id", text(0, 255)),
	}, orderFields...)}
	orderFields = []field{
		req("currency_code", text(0, 3)), req("total", number), req("total_with_tax", number), req("items", list(1, itemSchema)),
		opt("total_discount", number), opt("total_shipping", number),
		nul("source_order_number", text(0, 0)), nul("customer_name", text(0, 0)), nul("customer_email", text(0, 0)),
		nul("payment_method", text(0, 0)), nul("payment_gateway", text(0, 0)), nul("ordered_at", moment),
		nul("customer", object(customerSchema)), nul("billing_address", object(addressSchema)), nul("shipping_address", object(addressSchema)),
		opt("payment_status", oneOf("unpaid", "paid", "partially_paid", "refunded")), nul("metadata", metadata),
	}
)

// percent accepts a tax rate: 0 to 100.
func percent(v any, path []any) []issue {
	d, ok := decimalOf(v)
	if !ok || d.IsNeg() || d.Cmp(money.MustParse("100")) > 0 {
		return []issue{{Code: "too_big", Path: path, Message: "Tax rate must be a number between 0 and 100"}}
	}
	return nil
}

// apply takes over the keys of a validated body.
func (o *Order) apply(m map[string]any) {
	set(m, "order_integration_id", &o.IntegrationID)
	set(m, "source", &o.Source)
	set(m, "source_id", &o.SourceID)
	set(m, "source_order_number", &o.SourceOrderNumber)
	set(m, "customer_name", &o.CustomerName)
	set(m, "customer_email", &o.CustomerEmail)
	set(m, "customer", &o.Customer)
	set(m, "billing_address", &o.BillingAddress)
	set(m, "shipping_address", &o.ShippingAddress)
	set(m, "currency_code", &o.CurrencyCode)
	set(m, "payment_status", &o.PaymentStatus)
	set(m, "payment_method", &o.PaymentMethod)
	set(m, "payment_gateway", &o.PaymentGateway)
	set(m, "ordered_at", &o.OrderedAt)
	set(m, "metadata", &o.Metadata)
	setNumber(m, "total", &o.Total)
	setNumber(m, "total_with_tax", &o.TotalWithTax)
	setNumber(m, "total_discount", &o.TotalDiscount)
	setNumber(m, "total_shipping", &o.TotalShipping)
	if items, ok := m["items"].([]any); ok {
		o.Items = make([]Item, 0, len(items))
		for _, item := range items {
			if fields, ok := item.(map[string]any); ok {
				o.Items = append(o.Items, newItem(fields))
			}
		}
	}
}

func newItem(m map[string]any) Item {
	it := Item{Kind: "line_item", raw: m}
	set(m, "name", &it.Name)
	set(m, "sku", &it.SKU)
	set(m, "source_id", &it.SourceID)
	set(m, "kind", &it.Kind)
	setNumber(m, "quantity", &it.Quantity)
	setNumber(m, "price", &it.Price)
	setNumber(m, "discount", &it.Discount)
	setNumber(m, "total", &it.Total)
	setNumber(m, "total_with_tax", &it.TotalWithTax)
	if d, ok := decimalOf(m["gross_price"]); ok {
		it.GrossPrice = money.Some(d)
	}
	if d, ok := decimalOf(m["tax_rate"]); ok {
		it.TaxRate = money.Some(d)
	}
	taxes, given := m["taxes"].([]any)
	it.HasTaxes = given
	for _, tax := range taxes {
		if fields, ok := tax.(map[string]any); ok {
			rate, _ := decimalOf(fields["rate"])
			it.Taxes = append(it.Taxes, rate)
		}
	}
	return it
}

func setNumber(m map[string]any, key string, to *money.Decimal) {
	if v, given := m[key]; given {
		*to, _ = decimalOf(v)
	}
}
