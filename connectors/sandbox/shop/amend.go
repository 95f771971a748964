package shop

// Edit changes an order as a user of the site does: change is called with a copy, whose lines may be changed, added
// (without id) or removed. Amounts and totals are computed again, a changed TaxRateID brings its name and percent, and
// id, number, creation time and customer stay. It emits order.updated. change must not call the Shop.
// Errors are *NotFoundError or *InvalidError.
func (s *Shop) Edit(orderID string, change func(*Order)) (Order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	order, err := s.order(orderID)
	if err != nil {
		return Order{}, err
	}
	if order.Status == StatusCancelled {
		return Order{}, invalid("Order %d is cancelled", order.Number)
	}
	edited := order.clone()
	change(&edited)
	edited.ID, edited.Number, edited.Created = order.ID, order.Number, order.Created
	edited.CustomerID, edited.Status = order.CustomerID, order.Status
	for i := range edited.Lines {
		if err := s.completeLine(order, &edited.Lines[i]); err != nil {
			return Order{}, err
		}
	}
	if err := edited.reckon(); err != nil {
		return Order{}, err
	}
	if edited.CompanyName != order.CompanyName || edited.BillingAddress != order.BillingAddress {
		edited.Renamed = s.now()
	}
	edited.settle()
	*order = edited
	s.orderChanged(order, ChangeEdited)
	return order.clone(), nil
}

// completeLine gives a line of an edited order its id and, when its rate is another one, the rate's name and percent.
func (s *Shop) completeLine(before *Order, line *OrderLine) error {
	old, had := before.line(line.ID)
	if line.ID == "" || !had {
		line.ID = s.mint.id("ol")
	}
	if line.Quantity < 0 {
		return invalid("Quantity must be greater than 0")
	}
	if had && old.TaxRateID == line.TaxRateID {
		return nil
	}
	if line.TaxRateID == "" {
		line.TaxName, line.TaxRate = "", whole(0)
		return nil
	}
	return s.applyTax(line, line.TaxRateID, "", "")
}

// Release lets an order into dispatch, paid or not. It emits order.updated.
// Errors are *NotFoundError or *InvalidError.
func (s *Shop) Release(orderID string) (Order, error) {
	return s.amend(orderID, ChangeReleased, func(order *Order) error {
		switch order.Status {
		case StatusNew, StatusInvoiced:
			order.released = true
			return nil
		default:
			return invalid("Order %d can not be released, it is %s", order.Number, order.Status)
		}
	})
}

// Cancel cancels an order that has not been fulfilled; what was not sent becomes available again. Its invoices stay.
// It emits order.updated. Errors are *NotFoundError or *InvalidError.
func (s *Shop) Cancel(orderID string) (Order, error) {
	return s.amend(orderID, ChangeCancelled, func(order *Order) error {
		switch order.Status {
		case StatusCancelled, StatusFulfilled:
			return invalid("Order %d can not be cancelled, it is %s", order.Number, order.Status)
		default:
		}
		s.giveBack(order)
		order.before, order.Status = order.Status, StatusCancelled
		return nil
	})
}

// Uncancel makes a cancelled order live again: its status is what it would be had it never been cancelled, and what was not
// sent is taken from the stock again. The documents do not say that a site can. It emits order.updated.
// Errors are *NotFoundError or *InvalidError.
func (s *Shop) Uncancel(orderID string) (Order, error) {
	return s.amend(orderID, ChangeUncancelled, func(order *Order) error {
		if order.Status != StatusCancelled {
			return invalid("Order %d is not cancelled, it is %s", order.Number, order.Status)
		}
		for _, line := range order.Lines {
			if !line.OnHold {
				s.moveStock(line.SKU, 0, -line.left())
			}
		}
		order.Status = order.before
		return nil
	})
}

// amend runs a change of one order and tells about it.
func (s *Shop) amend(orderID string, what ChangeType, change func(*Order) error) (Order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	order, err := s.order(orderID)
	if err != nil {
		return Order{}, err
	}
	if err := change(order); err != nil {
		return Order{}, err
	}
	order.settle()
	s.orderChanged(order, what)
	return order.clone(), nil
}

// Delete removes an order for good; its invoices and dispatches stay. It emits order.deleted. The error is a
// *NotFoundError.
func (s *Shop) Delete(orderID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dropOrder(orderID)
}

func (s *Shop) dropOrder(orderID string) error {
	order, err := s.order(orderID)
	if err != nil {
		return err
	}
	if order.Status == StatusFulfilled {
		for _, line := range order.Lines {
			s.moveStock(line.SKU, line.Dispatched, line.Dispatched)
		}
	} else if order.Status != StatusCancelled && order.Status != StatusStandingOrder {
		s.giveBack(order)
	}
	s.orders.remove(orderID)
	s.tell(orderID, ChangeDeleted)
	s.emit(eventOrderDeleted, deletedOrder{ID: order.ID, Number: order.Number, Deleted: true})
	return nil
}

// giveBack makes what was ordered and not sent available again.
func (s *Shop) giveBack(order *Order) {
	for _, line := range order.Lines {
		if !line.OnHold {
			s.moveStock(line.SKU, 0, line.left())
		}
	}
}

// Corrupt serves a record altered, in the API and in events, until Mend: lines missing, text for a number, an unknown
// currency. alter is called with the decoded JSON whenever the record is served; numbers in it are json.Number. It must
// not call the Shop. Any record's id will do; a second call replaces the first. Nothing is emitted.
func (s *Shop) Corrupt(id string, alter func(raw map[string]any)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.alterations[id] = alter
	s.tell(id, ChangeAltered)
}

// Mend serves a record as it is again. Nothing is emitted.
func (s *Shop) Mend(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.alterations, id)
	s.tell(id, ChangeAltered)
}
