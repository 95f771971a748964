package shop

import (
	"net/http"
	"time"
)

// handLine is a line in a request to the control handler.
type handLine struct {
	ID               string      `json:"id"` // edit only: the line that is meant; a SKU does as well
	SKU              string      `json:"sku"`
	Name             string      `json:"name"`
	Options          string      `json:"options"`
	Shipping         bool        `json:"shipping"`
	Quantity         numberInput `json:"quantity"`
	UnitPrice        numberInput `json:"unit_price"`
	TaxRateID        string      `json:"tax_rate_id"`
	Untaxed          bool        `json:"untaxed"`
	PreorderWindowID string      `json:"preorder_window_id"`
	OnHold           bool        `json:"on_hold"`
}

func (in handLine) spec() (LineSpec, error) {
	quantity, err := in.Quantity.count()
	return LineSpec{
		SKU: in.SKU, Name: in.Name, Options: in.Options, Shipping: in.Shipping, Quantity: quantity,
		UnitPrice: in.UnitPrice.NullDecimal, TaxRateID: in.TaxRateID, Untaxed: in.Untaxed,
		PreorderWindowID: in.PreorderWindowID, OnHold: in.OnHold,
	}, err
}

// handOrder is an order in a request to the control handler.
type handOrder struct {
	CustomerID       string     `json:"customer_id"`
	Number           int64      `json:"number"`
	Created          time.Time  `json:"created"` // left out: now
	Reference        string     `json:"reference"`
	InternalNote     string     `json:"internal_note"`
	CustomerPONumber string     `json:"customer_po_number"`
	CustomerNote     string     `json:"customer_note"`
	DeliveryDate     string     `json:"delivery_date"`
	Currency         string     `json:"currency"`
	ShippingAddress  *Address   `json:"shipping_address"`
	BillingAddress   *Address   `json:"billing_address"`
	Standing         bool       `json:"standing"`
	Lines            []handLine `json:"lines"`
}

// placeByHand answers POST /orders. Everything may be left out: the first customer then orders one of the first product.
func (s *Shop) placeByHand(r *http.Request) (any, error) {
	var in handOrder
	if err := body(r, &in); err != nil {
		return nil, err
	}
	spec := OrderSpec{
		CustomerID: in.CustomerID, Number: in.Number, Created: in.Created, Reference: in.Reference, InternalNote: in.InternalNote,
		CustomerPONumber: in.CustomerPONumber, CustomerNote: in.CustomerNote, DeliveryDate: in.DeliveryDate, Currency: in.Currency,
		ShippingAddress: in.ShippingAddress, BillingAddress: in.BillingAddress, Standing: in.Standing, CreatedBy: "Sandbox",
	}
	for _, line := range in.Lines {
		wanted, err := line.spec()
		if err != nil {
			return nil, err
		}
		spec.Lines = append(spec.Lines, wanted)
	}
	if err := s.assume(&spec); err != nil {
		return nil, err
	}
	order, err := s.Place(spec)
	if err != nil {
		return nil, err
	}
	return s.showOrder(order.ID)
}

// assume fills in a customer and a line where a person named none.
func (s *Shop) assume(spec *OrderSpec) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if spec.CustomerID == "" {
		for customer := range s.customers.all() {
			spec.CustomerID = customer.ID
			break
		}
	}
	if spec.CustomerID == "" {
		return invalid("there is no customer yet, and customer_id names none")
	}
	for product := range s.products.all() {
		if len(spec.Lines) > 0 {
			return nil
		}
		if product.Active && len(product.Variants) > 0 {
			spec.Lines = []LineSpec{{SKU: product.Variants[0].SKU}}
		}
	}
	if len(spec.Lines) == 0 {
		return invalid("there is no product yet, and lines is empty")
	}
	return nil
}

// generateByHand answers POST /orders/{order}/generate: the next order of a standing order, now or at a given moment.
func (s *Shop) generateByHand(r *http.Request) (any, error) {
	id, err := s.orderNamed(r.PathValue("order"))
	if err != nil {
		return nil, err
	}
	var in struct {
		Created time.Time `json:"created"`
	}
	if err := body(r, &in); err != nil {
		return nil, err
	}
	order, err := s.GenerateOrder(id, in.Created)
	if err != nil {
		return nil, err
	}
	return s.showOrder(order.ID)
}

// onLines makes an action that is done to the lines that the body names, or to all if it names none.
func onLines(all func(string) (Order, error), some func(string, ...string) (Order, error)) func(string, *http.Request) error {
	return func(id string, r *http.Request) error {
		var in struct {
			Lines []string `json:"lines"` // line ids or SKUs
		}
		if err := body(r, &in); err != nil {
			return err
		}
		var err error
		if len(in.Lines) == 0 {
			_, err = all(id)
		} else {
			_, err = some(id, in.Lines...)
		}
		return err
	}
}
