package shop

// billLines works out what an invoice bills: the given lines, or everything outstanding.
func (s *Shop) billLines(orders []*Order, customer *Customer, specs []InvoiceLineSpec) ([]InvoiceLine, error) {
	if specs == nil {
		var lines []InvoiceLine
		for _, order := range orders {
			for i := range order.Lines {
				if rest := order.Lines[i].Outstanding(); rest > 0 {
					lines = append(lines, billed(&order.Lines[i], rest))
				}
			}
		}
		if len(lines) == 0 {
			return nil, invalid("There are no outstanding items to invoice")
		}
		return lines, nil
	}
	taken := map[string]int64{} // quantities that earlier lines of this invoice have taken
	var lines []InvoiceLine
	for i, spec := range specs {
		line, err := s.billLine(orders, customer, spec, taken)
		if err != nil {
			return nil, invalid("invoice_lines[%d] %s", i, err)
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		return nil, invalid("Validation failed: Invoice lines can't be blank")
	}
	return lines, nil
}

func (s *Shop) billLine(orders []*Order, customer *Customer, spec InvoiceLineSpec, taken map[string]int64) (InvoiceLine, error) {
	if spec.OrderLineID == "" && spec.SKU == "" {
		return s.customLine(customer, spec)
	}
	line, err := pickLine(orders, spec)
	if err != nil {
		return InvoiceLine{}, err
	}
	rest := line.Outstanding() - taken[line.ID]
	quantity := spec.Quantity
	if quantity == 0 {
		quantity = rest
	}
	if quantity <= 0 || quantity > rest {
		return InvoiceLine{}, invalid("Quantity must be between 1 and the outstanding %d", rest)
	}
	taken[line.ID] += quantity
	return billed(line, quantity), nil
}

// pickLine finds the order line that a spec means.
func pickLine(orders []*Order, spec InvoiceLineSpec) (*OrderLine, error) {
	var found *OrderLine
	for _, order := range orders {
		for i := range order.Lines {
			line := &order.Lines[i]
			if spec.OrderLineID != "" {
				if line.ID == spec.OrderLineID {
					return line, nil
				}
				continue
			}
			if line.SKU != spec.SKU {
				continue
			}
			if found != nil {
				return nil, invalid("SKU '%s' matches more than one order line", spec.SKU)
			}
			found = line
		}
	}
	switch {
	case found != nil:
		return found, nil
	case spec.OrderLineID != "":
		return nil, invalid("order_line_id '%s' does not match an order line", spec.OrderLineID)
	}
	return nil, invalid("SKU '%s' does not match an order line", spec.SKU)
}

// customLine is a line of the invoice's own, not connected to an order line.
func (s *Shop) customLine(customer *Customer, spec InvoiceLineSpec) (InvoiceLine, error) {
	if spec.Name == "" {
		return InvoiceLine{}, invalid("must have an order_line_id, a sku or a name")
	}
	if spec.Quantity < 0 {
		return InvoiceLine{}, invalid("Quantity must be greater than 0")
	}
	var taxed OrderLine
	if !spec.Untaxed {
		if err := s.applyTax(&taxed, spec.TaxRateID, customer.TaxRateID, ""); err != nil {
			return InvoiceLine{}, err
		}
	}
	return InvoiceLine{
		Name: spec.Name, Quantity: max(spec.Quantity, 1), UnitPrice: spec.UnitPrice.Decimal,
		TaxRateID: taxed.TaxRateID, TaxRate: taxed.TaxRate,
	}, nil
}

// billed is the invoice line for a quantity of an order line.
func billed(line *OrderLine, quantity int64) InvoiceLine {
	return InvoiceLine{
		OrderLineID: line.ID, SKU: line.SKU, Name: line.Name, Options: line.Options, Quantity: quantity,
		UnitPrice: line.UnitPrice, TaxRateID: line.TaxRateID, TaxRate: line.TaxRate,
	}
}
