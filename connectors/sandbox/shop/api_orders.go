package shop

import "strconv"

// orderInput is what POST /orders reads. Status and phone are not settable.
type orderInput struct {
	CustomerID       string          `json:"customer_id"`
	Number           numberInput     `json:"number"`
	DeliveryDate     string          `json:"delivery_date"`
	Reference        string          `json:"reference"`
	InternalNote     string          `json:"internal_note"`
	CustomerPONumber string          `json:"customer_po_number"`
	CustomerNote     string          `json:"customer_note"`
	ShippingAddress  *Address        `json:"shipping_address"`
	BillingAddress   *Address        `json:"billing_address"`
	OrderLines       []orderLineWant `json:"order_lines"`
}

type orderLineWant struct {
	SKU       string      `json:"sku"`
	Name      string      `json:"name"`
	Options   string      `json:"options"`
	Shipping  bool        `json:"shipping"`
	Quantity  numberInput `json:"quantity"`
	UnitPrice numberInput `json:"unit_price"`
	TaxRateID string      `json:"tax_rate_id"`
}

// spec is the line in the words of Place. An item's price comes from the catalogue, whatever the request says.
func (in orderLineWant) spec() (LineSpec, error) {
	quantity, err := in.Quantity.count()
	if err != nil {
		return LineSpec{}, err
	}
	spec := LineSpec{
		SKU: in.SKU, Name: in.Name, Options: in.Options, Shipping: in.Shipping && in.SKU == "", Quantity: quantity,
		TaxRateID: in.TaxRateID,
	}
	if in.SKU == "" {
		spec.UnitPrice = in.UnitPrice.NullDecimal
	}
	return spec, nil
}

// createOrder answers POST /orders.
func (s *Shop) createOrder(c *call) (any, error) {
	var in orderInput
	if err := c.read("order", &in); err != nil {
		return nil, err
	}
	number, err := in.Number.count()
	if err != nil {
		return nil, invalid("Validation failed: Number is invalid")
	}
	spec := OrderSpec{
		CustomerID: in.CustomerID, Number: number, DeliveryDate: in.DeliveryDate, Reference: in.Reference,
		InternalNote: in.InternalNote, CustomerPONumber: in.CustomerPONumber, CustomerNote: in.CustomerNote,
		ShippingAddress: in.ShippingAddress, BillingAddress: in.BillingAddress,
	}
	if len(in.OrderLines) == 0 {
		return nil, invalid("Validation failed: Order lines can't be blank")
	}
	for _, line := range in.OrderLines {
		wanted, err := line.spec()
		if err != nil {
			return nil, err
		}
		spec.Lines = append(spec.Lines, wanted)
	}
	order, err := s.draft(spec)
	if err != nil {
		return nil, err
	}
	s.commit(order)
	return envelope{"order": s.orderJSON(order)}, nil
}

// listOrders answers GET /orders.
func (s *Shop) listOrders(c *call) (any, error) {
	created, err := s.created(c.query, true)
	if err != nil {
		return nil, err
	}
	delivery, err := queryDays(c.query, "delivery_date_since", "delivery_date_before")
	if err != nil {
		return nil, err
	}
	match := func(r *row[Order]) bool {
		o := r.value
		return delivery.holds(o.DeliveryDate) &&
			is(c.query, "number", strconv.FormatInt(o.Number, 10)) && is(c.query, "status", string(o.Status)) &&
			is(c.query, "reference", o.Reference) && is(c.query, "customer_id", o.CustomerID) &&
			is(c.query, "standing_order_id", o.StandingOrderID)
	}
	return list(s, c, listing[Order]{
		plural: "orders", kind: "order", records: s.orders, match: match, write: s.orderJSON, hasMore: true,
	}, created)
}

// getOrder answers GET /orders/:id.
func (s *Shop) getOrder(c *call) (any, error) {
	order, err := s.order(c.id)
	if err != nil {
		return nil, err
	}
	return envelope{"order": s.orderJSON(order)}, nil
}

// deleteOrder answers DELETE /orders/:id.
func (s *Shop) deleteOrder(c *call) (any, error) {
	if err := s.dropOrder(c.id); err != nil {
		return nil, err
	}
	return deleted("order", c.id), nil
}
