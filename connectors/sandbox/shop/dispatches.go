package shop

import (
	"slices"
	"time"
)

// Dispatch is goods that left for an order. Everything but Comments and Lines comes from the order.
type Dispatch struct {
	ID               string
	OrderID          string
	OrderNumber      int64
	Created          time.Time
	Comments         string // the only place for courier and tracking number
	CustomerNote     string
	CustomerPONumber string
	ShippingType     string
	ShippingAddress  Address
	EmailAddress     string
	Phone            string
	Lines            []DispatchLine
}

// DispatchLine is a quantity of one order line.
type DispatchLine struct {
	OrderLineID string `json:"order_line_id"`
	SKU         string `json:"sku"`
	Name        string `json:"name"`
	Options     string `json:"options"`
	Quantity    int64  `json:"quantity"`
}

// DispatchSpec is what a dispatch is made with. The zero value sends everything that can be sent.
type DispatchSpec struct {
	Lines    []DispatchLineSpec // nil: all items that are left and not on hold
	Comments string
	Created  time.Time // zero: now
	// Anyway sends what is asked for although the order is not released, cancelled or fulfilled, or more than was ordered, or
	// is on hold. The documents do not say that a site refuses that.
	Anyway bool
}

// DispatchLineSpec picks an order line by id, or by SKU as the API does.
type DispatchLineSpec struct {
	OrderLineID string
	SKU         string
	Quantity    int64 // 0: what is left
}

// clone copies a dispatch so that the copy may be changed.
func (d *Dispatch) clone() Dispatch {
	out := *d
	out.Lines = slices.Clone(d.Lines)
	return out
}

// Dispatches returns copies of all dispatches, oldest first.
func (s *Shop) Dispatches() []Dispatch {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Dispatch, 0, len(s.dispatches.rows))
	for dispatch := range s.dispatches.all() {
		out = append(out, dispatch.clone())
	}
	return out
}

// Dispatch sends items of a released order, all or some. It raises the dispatched quantities, lowers the stock on hand,
// moves the order to part_fulfilled or fulfilled, and emits dispatch.created, order.updated and
// inventory_level.updated. Errors are *NotFoundError or *InvalidError.
func (s *Shop) Dispatch(orderID string, spec DispatchSpec) (Dispatch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	dispatch, err := s.send(orderID, spec)
	if err != nil {
		return Dispatch{}, err
	}
	return dispatch.clone(), nil
}

func (s *Shop) send(orderID string, spec DispatchSpec) (*Dispatch, error) {
	order, err := s.order(orderID)
	if err != nil {
		return nil, err
	}
	if err := leaves(order, spec.Anyway); err != nil {
		return nil, err
	}
	lines, err := dispatchLines(order, spec)
	if err != nil {
		return nil, err
	}
	dispatch := &Dispatch{
		ID: s.mint.id("di"), OrderID: order.ID, OrderNumber: order.Number, Created: s.at(spec.Created),
		Comments: spec.Comments, CustomerNote: order.CustomerNote, CustomerPONumber: order.CustomerPONumber,
		ShippingType: order.ShippingType, ShippingAddress: order.ShippingAddress,
		EmailAddress: order.EmailAddresses.Dispatches, Phone: order.Phone, Lines: lines,
	}
	s.dispatches.add(dispatch.ID, dispatch.Created, dispatch)
	s.tell(dispatch.ID, ChangeCreated)
	beyond := map[string]int64{} // pieces by line that nothing was set aside for
	for _, sent := range lines {
		if line, ok := order.line(sent.OrderLineID); ok {
			beyond[line.ID] += sent.Quantity - min(sent.Quantity, order.setAside(line))
			line.Dispatched += sent.Quantity
		}
	}
	order.settle()
	if order.Status == StatusFulfilled && s.opts.DispatchShipping {
		for i := range order.Lines {
			if order.Lines[i].Shipping {
				order.Lines[i].Dispatched = order.Lines[i].Quantity
			}
		}
	}
	s.emit(eventDispatchCreated, s.dispatchEvent(dispatch))
	s.orderCounted(order, ChangeDispatched)
	for _, sent := range lines {
		s.moveStock(sent.SKU, -sent.Quantity, -beyond[sent.OrderLineID])
		delete(beyond, sent.OrderLineID)
	}
	return dispatch, nil
}

// leaves reports why nothing can be sent for an order as it stands.
func leaves(order *Order, anyway bool) error {
	switch {
	case order.Status == StatusReleased || order.Status == StatusPartFulfilled,
		anyway && order.Status != StatusStandingOrder:
		return nil
	case order.Status == StatusFulfilled:
		return invalid("The order has already been fulfilled")
	}
	return invalid("The order has not been released, it is %s", order.Status)
}

// setAside is how many pieces of a line are no longer available to others because they wait to be sent.
func (o *Order) setAside(line *OrderLine) int64 {
	if line.OnHold || o.Status == StatusCancelled {
		return 0
	}
	return line.left()
}

// dispatchLines works out what leaves.
func dispatchLines(order *Order, spec DispatchSpec) ([]DispatchLine, error) {
	var lines []DispatchLine
	if spec.Lines == nil {
		for _, line := range order.items() {
			if rest := line.left(); rest > 0 && (!line.OnHold || spec.Anyway) {
				lines = append(lines, sent(line, rest))
			}
		}
	}
	taken := map[string]int64{}
	for _, asked := range spec.Lines {
		line, ok := sendable(order, asked, taken)
		if !ok {
			return nil, invalid("SKU '%s' does not match an order line", asked.SKU)
		}
		rest := line.Quantity - line.Dispatched - taken[line.ID]
		quantity := asked.Quantity
		if quantity == 0 {
			quantity = rest
		}
		switch {
		case line.OnHold && !spec.Anyway:
			return nil, invalid("SKU '%s' is on hold", line.SKU)
		case quantity <= 0 || quantity > rest && !spec.Anyway:
			return nil, invalid("SKU '%s' quantity must be between 1 and the outstanding %d", line.SKU, rest)
		}
		taken[line.ID] += quantity
		lines = append(lines, sent(line, quantity))
	}
	if len(lines) == 0 {
		return nil, invalid("There are no items to dispatch")
	}
	return lines, nil
}

// sendable finds the line that a spec means: by id, or the first with the SKU that has something left.
func sendable(order *Order, spec DispatchLineSpec, taken map[string]int64) (*OrderLine, bool) {
	if spec.OrderLineID != "" {
		return order.line(spec.OrderLineID)
	}
	var fallback *OrderLine
	for i := range order.Lines {
		line := &order.Lines[i]
		if spec.SKU == "" || line.SKU != spec.SKU {
			continue
		}
		if line.Quantity-line.Dispatched-taken[line.ID] > 0 {
			return line, true
		}
		fallback = line
	}
	return fallback, fallback != nil
}

func sent(line *OrderLine, quantity int64) DispatchLine {
	return DispatchLine{
		OrderLineID: line.ID, SKU: line.SKU, Name: line.Name, Options: line.Options, Quantity: quantity,
	}
}
