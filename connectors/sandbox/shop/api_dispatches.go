package shop

// dispatchInput is what POST /dispatches reads.
type dispatchInput struct {
	OrderID       string `json:"order_id"`
	Comments      string `json:"comments"`
	DispatchLines []struct {
		SKU         string      `json:"sku"`
		OrderLineID string      `json:"order_line_id"`
		Quantity    numberInput `json:"quantity"`
	} `json:"dispatch_lines"`
}

// createDispatch answers POST /dispatches.
func (s *Shop) createDispatch(c *call) (any, error) {
	var in dispatchInput
	if err := c.read("dispatch", &in); err != nil {
		return nil, err
	}
	if _, ok := s.orders.find(in.OrderID); !ok {
		return nil, invalid("Order must exist")
	}
	spec := DispatchSpec{Comments: in.Comments}
	for _, line := range in.DispatchLines {
		quantity, err := line.Quantity.count()
		if err != nil {
			return nil, err
		}
		spec.Lines = append(spec.Lines, DispatchLineSpec{SKU: line.SKU, OrderLineID: line.OrderLineID, Quantity: quantity})
	}
	dispatch, err := s.send(in.OrderID, spec)
	if err != nil {
		return nil, err
	}
	return envelope{"dispatch": s.dispatchJSON(dispatch)}, nil
}

// listDispatches answers GET /dispatches.
func (s *Shop) listDispatches(c *call) (any, error) {
	created, err := s.created(c.query, true)
	if err != nil {
		return nil, err
	}
	match := func(r *row[Dispatch]) bool { return is(c.query, "order_id", r.value.OrderID) }
	return list(s, c, listing[Dispatch]{
		plural: "dispatches", kind: "dispatch", records: s.dispatches, match: match, write: s.dispatchJSON,
	}, created)
}

// getDispatch answers GET /dispatches/:id.
func (s *Shop) getDispatch(c *call) (any, error) {
	dispatch, ok := s.dispatches.find(c.id)
	if !ok {
		return nil, &NotFoundError{Kind: "dispatch", ID: c.id}
	}
	return envelope{"dispatch": s.dispatchJSON(dispatch)}, nil
}
