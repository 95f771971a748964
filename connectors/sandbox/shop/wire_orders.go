package shop

import (
	"encoding/json"
)

type orderWire struct {
	ID               string          `json:"id"`
	Number           int64           `json:"number"`
	Created          string          `json:"created"`
	Status           OrderStatus     `json:"status"`
	CustomerID       string          `json:"customer_id"`
	CompanyName      string          `json:"company_name"`
	Phone            string          `json:"phone"`
	EmailAddresses   EmailAddresses  `json:"email_addresses"`
	CreatedBy        blank           `json:"created_by"`
	DeliveryDate     blank           `json:"delivery_date"`
	Reference        string          `json:"reference"`
	InternalNote     string          `json:"internal_note"`
	CustomerPONumber string          `json:"customer_po_number"`
	CustomerNote     string          `json:"customer_note"`
	StandingOrderID  blank           `json:"standing_order_id,omitzero"`
	ShippingType     string          `json:"shipping_type"`
	ShippingAddress  Address         `json:"shipping_address"`
	BillingAddress   Address         `json:"billing_address"`
	OrderLines       []orderLineWire `json:"order_lines"`
	Currency         string          `json:"currency"`
	NetTotal         json.Number     `json:"net_total"`
	GrossTotal       json.Number     `json:"gross_total"`
}

type orderLineWire struct {
	ID               string       `json:"id"`
	SKU              string       `json:"sku"`
	Name             string       `json:"name"`
	Options          string       `json:"options"`
	GroupingCategory *CategoryRef `json:"grouping_category,omitempty"`
	Shipping         bool         `json:"shipping"`
	Quantity         int64        `json:"quantity"`
	UnitPrice        json.Number  `json:"unit_price"`
	SubTotal         json.Number  `json:"sub_total"`
	TaxRateID        blank        `json:"tax_rate_id"`
	TaxName          string       `json:"tax_name"`
	TaxRate          json.Number  `json:"tax_rate"`
	TaxAmount        json.Number  `json:"tax_amount"`
	PreorderWindowID blank        `json:"preorder_window_id"`
	OnHold           bool         `json:"on_hold"`
	Invoiced         int64        `json:"invoiced"`
	Paid             int64        `json:"paid"`
	Dispatched       int64        `json:"dispatched"`
}

// orderJSON writes an order as the API shows it.
func (s *Shop) orderJSON(o *Order) json.RawMessage {
	st := style{id: o.ID}
	repeat := st.nullOrEmpty("standing_order_id", o.StandingOrderID)
	if s.opts.NoStandingOrders {
		repeat = blank{form: formAbsent}
	}
	wire := orderWire{
		ID: o.ID, Number: o.Number, Created: timestamp(o.Created), Status: o.Status, CustomerID: o.CustomerID,
		CompanyName: o.CompanyName, Phone: o.Phone, EmailAddresses: o.EmailAddresses, CreatedBy: null(o.CreatedBy),
		DeliveryDate: st.nullOrEmpty("delivery_date", o.DeliveryDate), Reference: o.Reference,
		InternalNote: o.InternalNote, CustomerPONumber: o.CustomerPONumber, CustomerNote: o.CustomerNote,
		StandingOrderID: repeat, ShippingType: o.ShippingType, ShippingAddress: o.ShippingAddress,
		BillingAddress: o.BillingAddress, OrderLines: []orderLineWire{}, Currency: o.Currency,
		NetTotal: st.number("net_total", o.NetTotal), GrossTotal: st.number("gross_total", o.GrossTotal),
	}
	for _, line := range o.Lines {
		wire.OrderLines = append(wire.OrderLines, lineWire(line))
	}
	return s.render(o.ID, wire)
}

func lineWire(l OrderLine) orderLineWire {
	st := style{id: l.ID}
	return orderLineWire{
		ID: l.ID, SKU: l.SKU, Name: l.Name, Options: l.Options, GroupingCategory: l.GroupingCategory,
		Shipping: l.Shipping, Quantity: l.Quantity, UnitPrice: st.number("unit_price", l.UnitPrice),
		SubTotal: st.number("sub_total", l.SubTotal), TaxRateID: null(l.TaxRateID), TaxName: l.TaxName,
		TaxRate: st.number("tax_rate", l.TaxRate), TaxAmount: st.number("tax_amount", l.TaxAmount),
		PreorderWindowID: st.nullOrEmpty("preorder_window_id", l.PreorderWindowID), OnHold: l.OnHold,
		Invoiced: l.Invoiced, Paid: l.Paid, Dispatched: l.Dispatched,
	}
}

func (s *Shop) orderEvent(o *Order) payload {
	return record{name: "order", write: func() json.RawMessage { return s.orderJSON(o) }}
}

type dispatchWire struct {
	ID               string         `json:"id"`
	OrderID          string         `json:"order_id"`
	OrderNumber      int64          `json:"order_number"`
	Created          string         `json:"created"`
	Comments         string         `json:"comments"`
	CustomerNote     string         `json:"customer_note"`
	CustomerPONumber string         `json:"customer_po_number"`
	ShippingType     string         `json:"shipping_type"`
	ShippingAddress  Address        `json:"shipping_address"`
	EmailAddress     string         `json:"email_address"`
	Phone            string         `json:"phone"`
	DispatchLines    []DispatchLine `json:"dispatch_lines"`
}

// dispatchJSON writes a dispatch as the API shows it.
func (s *Shop) dispatchJSON(d *Dispatch) json.RawMessage {
	return s.render(d.ID, dispatchWire{
		ID: d.ID, OrderID: d.OrderID, OrderNumber: d.OrderNumber, Created: timestamp(d.Created), Comments: d.Comments,
		CustomerNote: d.CustomerNote, CustomerPONumber: d.CustomerPONumber, ShippingType: d.ShippingType,
		ShippingAddress: d.ShippingAddress, EmailAddress: d.EmailAddress, Phone: d.Phone, DispatchLines: d.Lines,
	})
}

func (s *Shop) dispatchEvent(d *Dispatch) payload {
	return record{name: "dispatch", write: func() json.RawMessage { return s.dispatchJSON(d) }}
}
