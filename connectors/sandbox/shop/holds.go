package shop

import "slices"

// ReleaseHold takes all lines of an order off hold, as when a preorder window falls due; their stock is taken now. It
// emits order.updated. Errors are *NotFoundError or *InvalidError.
func (s *Shop) ReleaseHold(orderID string) (Order, error) {
	return s.amend(orderID, ChangeHoldReleased, func(order *Order) error {
		found := false
		for i := range order.Lines {
			if line := &order.Lines[i]; line.OnHold {
				found = true
				s.setHold(line, false)
			}
		}
		if !found {
			return invalid("Order %d has no lines on hold", order.Number)
		}
		return nil
	})
}

// Hold puts all items of an order on hold that have not left yet. It emits order.updated.
// Errors are *NotFoundError or *InvalidError.
func (s *Shop) Hold(orderID string) (Order, error) {
	return s.amend(orderID, ChangeHeld, func(order *Order) error {
		if err := holdable(order); err != nil {
			return err
		}
		for _, line := range order.items() {
			if !line.OnHold && line.Dispatched == 0 {
				s.setHold(line, true)
			}
		}
		return nil
	})
}

// HoldLines puts single lines of an order on hold, named by their ids or SKUs; one that is on hold already stays so. It
// emits order.updated. Errors are *NotFoundError or *InvalidError.
func (s *Shop) HoldLines(orderID string, lines ...string) (Order, error) {
	return s.amend(orderID, ChangeHeld, func(order *Order) error {
		if err := holdable(order); err != nil {
			return err
		}
		return s.setHolds(order, lines, true)
	})
}

// ReleaseLines takes single lines of an order off hold, named by their ids or SKUs; one that is not on hold stays so. It
// emits order.updated. Errors are *NotFoundError or *InvalidError.
func (s *Shop) ReleaseLines(orderID string, lines ...string) (Order, error) {
	return s.amend(orderID, ChangeHoldReleased, func(order *Order) error { return s.setHolds(order, lines, false) })
}

func holdable(order *Order) error {
	switch order.Status {
	case StatusCancelled, StatusStandingOrder, StatusFulfilled:
		return invalid("Order %d can not be put on hold, it is %s", order.Number, order.Status)
	default:
		return nil
	}
}

// setHolds changes the lines that are named, all of them or none.
func (s *Shop) setHolds(order *Order, names []string, hold bool) error {
	var found []*OrderLine
	for _, name := range names {
		at := slices.IndexFunc(order.Lines, func(l OrderLine) bool { return name != "" && (l.ID == name || l.SKU == name) })
		if at < 0 {
			return invalid("Order %d has no line with id or SKU '%s'", order.Number, name)
		}
		found = append(found, &order.Lines[at])
	}
	for _, line := range found {
		s.setHold(line, hold)
	}
	return nil
}

// setHold changes one line. What is on hold takes no stock.
func (s *Shop) setHold(line *OrderLine, hold bool) {
	if line.OnHold == hold {
		return
	}
	line.OnHold = hold
	s.moveStock(line.SKU, 0, either(hold, line.left(), -line.left()))
}
