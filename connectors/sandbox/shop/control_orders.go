package shop

import (
	"errors"
	"maps"
	"net/http"
	"slices"
)

// editByHand answers POST /orders/{order}/edit. Lines that are named are changed, add adds, remove takes away.
func (s *Shop) editByHand(id string, r *http.Request) error {
	var in struct {
		Reference        *string    `json:"reference"`
		InternalNote     *string    `json:"internal_note"`
		CustomerNote     *string    `json:"customer_note"`
		CustomerPONumber *string    `json:"customer_po_number"`
		DeliveryDate     *string    `json:"delivery_date"`
		ShippingAddress  *Address   `json:"shipping_address"`
		BillingAddress   *Address   `json:"billing_address"`
		Lines            []handLine `json:"lines"`
		Add              []handLine `json:"add"`
		Remove           []string   `json:"remove"` // line ids or SKUs
	}
	if err := body(r, &in); err != nil {
		return err
	}
	added, err := s.newLines(id, in.Add)
	if err != nil {
		return err
	}
	var fault error
	_, err = s.Edit(id, func(order *Order) {
		order.Reference = text(in.Reference, order.Reference)
		order.InternalNote = text(in.InternalNote, order.InternalNote)
		order.CustomerNote = text(in.CustomerNote, order.CustomerNote)
		order.CustomerPONumber = text(in.CustomerPONumber, order.CustomerPONumber)
		order.DeliveryDate = text(in.DeliveryDate, order.DeliveryDate)
		if in.ShippingAddress != nil {
			order.ShippingAddress = *in.ShippingAddress
		}
		if in.BillingAddress != nil {
			order.BillingAddress = *in.BillingAddress
		}
		before := order.Lines
		order.Lines = slices.Clone(before)
		for _, line := range in.Lines {
			if fault = changeLine(order, line); fault != nil {
				order.Lines = before
				return
			}
		}
		order.Lines = slices.DeleteFunc(order.Lines, func(l OrderLine) bool {
			return slices.Contains(in.Remove, l.ID) || l.SKU != "" && slices.Contains(in.Remove, l.SKU)
		})
		order.Lines = append(order.Lines, added...)
	})
	if fault != nil {
		return fault
	}
	return err
}

// newLines makes the lines that an edit adds, priced and taxed as if they had been ordered.
func (s *Shop) newLines(orderID string, wanted []handLine) ([]OrderLine, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	order, err := s.order(orderID)
	if err != nil {
		return nil, err
	}
	customer, ok := s.customers.find(order.CustomerID)
	if !ok {
		customer = &Customer{}
	}
	var lines []OrderLine
	for _, in := range wanted {
		spec, err := in.spec()
		if err != nil {
			return nil, err
		}
		line, err := s.makeLine(customer, spec)
		if err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// changeLine changes the line that is named by id or SKU.
func changeLine(order *Order, in handLine) error {
	at := slices.IndexFunc(order.Lines, func(l OrderLine) bool {
		return in.ID != "" && l.ID == in.ID || in.ID == "" && in.SKU != "" && l.SKU == in.SKU
	})
	if at < 0 {
		return invalid("lines: no line with id %q or sku %q", in.ID, in.SKU)
	}
	quantity, err := in.Quantity.quantity()
	if err != nil {
		return err
	}
	line := &order.Lines[at]
	if in.Quantity.Valid {
		line.Quantity = quantity
	}
	if in.UnitPrice.Valid {
		line.UnitPrice = in.UnitPrice.Decimal
	}
	if in.TaxRateID != "" {
		line.TaxRateID = in.TaxRateID
	}
	if in.Name != "" {
		line.Name = in.Name
	}
	return nil
}

// corruptByHand answers POST /orders/{order}/corrupt: members to remove from, or to set in, what the API serves.
func (s *Shop) corruptByHand(id string, r *http.Request) error {
	var in struct {
		Remove []string       `json:"remove"`
		Set    map[string]any `json:"set"`
	}
	if err := body(r, &in); err != nil {
		return err
	}
	if len(in.Remove) == 0 && len(in.Set) == 0 {
		return errors.New(`body: say what to alter, as in {"remove": ["order_lines"], "set": {"currency": "XXX"}}`)
	}
	s.Corrupt(id, func(raw map[string]any) {
		maps.Copy(raw, in.Set)
		for _, name := range in.Remove {
			delete(raw, name)
		}
	})
	return nil
}

// deleteByHand answers POST /orders/{order}/delete.
func (s *Shop) deleteByHand(r *http.Request) (any, error) {
	id, err := s.orderNamed(r.PathValue("order"))
	if err != nil {
		return nil, err
	}
	if err := s.Delete(id); err != nil {
		return nil, err
	}
	return deleted("order", id), nil
}
