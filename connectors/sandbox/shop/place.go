package shop

import (
	"strings"
	"time"

	"spacebridge/mapping/money"
)

// OrderSpec is what an order is placed with. Only CustomerID and Lines are required.
type OrderSpec struct {
	CustomerID       string
	Number           int64     // 0: the next free one
	Created          time.Time // zero: now; the past plants history
	CreatedBy        string    // a user's name; "" as through the API
	DeliveryDate     string
	Reference        string
	InternalNote     string
	CustomerPONumber string
	CustomerNote     string
	ShippingAddress  *Address // nil: the customer's last address
	BillingAddress   *Address // nil: the customer's first address
	Currency         string   // "": the customer's price list's, or the account's
	Standing         bool     // make a standing order template instead of an order
	Lines            []LineSpec
}

// LineSpec is one line to order: an item of the catalogue (SKU), a custom charge (Name), or shipping (Name, Shipping).
type LineSpec struct {
	SKU              string
	Name             string
	Options          string
	Shipping         bool
	Quantity         int64             // 0: 1
	UnitPrice        money.NullDecimal // invalid: the catalogue's price for this customer; 0 for custom lines
	TaxRateID        string            // "": the customer's, the variant's or the site's default rate, in this order
	Untaxed          bool              // no tax rate at all
	PreorderWindowID string
	OnHold           bool // held back, as a preorder
}

// Place creates an order, as a customer or a user of the site does. It emits order.created and, for items in stock,
// inventory_level.updated. Errors are *InvalidError.
func (s *Shop) Place(spec OrderSpec) (Order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	order, err := s.draft(spec)
	if err != nil {
		return Order{}, err
	}
	s.commit(order)
	return order.clone(), nil
}

// GenerateOrder makes the next order of a standing order template, created at the given time (zero: now).
func (s *Shop) GenerateOrder(standingOrderID string, created time.Time) (Order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	template, err := s.order(standingOrderID)
	if err != nil {
		return Order{}, err
	}
	if template.Status != StatusStandingOrder {
		return Order{}, invalid("Order %d is not a standing order", template.Number)
	}
	order := template.clone()
	order.ID, order.Number, order.Created = s.mint.id("or"), s.orderNumber(0), s.at(created)
	order.Status, order.StandingOrderID, order.Reached = StatusNew, template.ID, Milestones{}
	order.Renamed, order.held = time.Time{}, 0
	for i := range order.Lines {
		order.Lines[i].ID = s.mint.id("ol")
	}
	order.settle()
	s.commit(&order)
	return order.clone(), nil
}

// draft makes an order without letting anybody see it.
func (s *Shop) draft(spec OrderSpec) (*Order, error) {
	customer, ok := s.customers.find(spec.CustomerID)
	if !ok {
		return nil, invalid("Customer must exist")
	}
	if spec.Number != 0 && s.numbers[spec.Number] {
		return nil, invalid("Validation failed: Number has already been taken")
	}
	order := &Order{
		CustomerID: customer.ID, CompanyName: customer.CompanyName, Phone: customer.Phone,
		EmailAddresses: customer.EmailAddresses, CreatedBy: spec.CreatedBy, DeliveryDate: spec.DeliveryDate,
		Reference: spec.Reference, InternalNote: spec.InternalNote, CustomerPONumber: spec.CustomerPONumber,
		CustomerNote: spec.CustomerNote, Created: s.at(spec.Created), Status: StatusNew,
		ShippingAddress: customer.address(spec.ShippingAddress, true),
		BillingAddress:  customer.address(spec.BillingAddress, false),
		Currency:        s.currencyFor(customer, spec.Currency),
	}
	if spec.Standing {
		order.Status = StatusStandingOrder
	}
	if err := s.addLines(order, customer, spec.Lines); err != nil {
		return nil, err
	}
	if err := order.reckon(); err != nil {
		return nil, err
	}
	order.settle()
	order.ID, order.Number = s.mint.id("or"), s.orderNumber(spec.Number)
	return order, nil
}

// commit lets the world see a drafted order.
func (s *Shop) commit(order *Order) {
	order.reach(s.now())
	s.orders.add(order.ID, order.Created, order)
	s.tell(order.ID, ChangeCreated)
	s.emit(eventOrderCreated, s.orderEvent(order))
	if order.Status == StatusStandingOrder {
		return
	}
	for _, line := range order.Lines {
		if !line.OnHold {
			s.moveStock(line.SKU, 0, -line.Quantity)
		}
	}
}

// addLines turns specs into lines. Every item that cannot be had is named, as the live API does.
func (s *Shop) addLines(order *Order, customer *Customer, specs []LineSpec) error {
	var missing []string
	for _, spec := range specs {
		line, err := s.makeLine(customer, spec)
		if err != nil {
			missing = append(missing, err.Error())
			continue
		}
		order.Lines = append(order.Lines, line)
		if line.Shipping && order.ShippingType == "" {
			order.ShippingType = line.Name
		}
	}
	if len(missing) > 0 {
		return &InvalidError{Message: strings.Join(missing, ",")}
	}
	return nil
}

func (s *Shop) makeLine(customer *Customer, spec LineSpec) (OrderLine, error) {
	line := OrderLine{
		SKU: spec.SKU, Name: spec.Name, Options: spec.Options, Shipping: spec.Shipping,
		Quantity: max(spec.Quantity, 1), UnitPrice: spec.UnitPrice.Decimal,
		PreorderWindowID: spec.PreorderWindowID, OnHold: spec.OnHold,
	}
	if spec.Quantity < 0 {
		return line, invalid("Quantity must be greater than 0")
	}
	variantRate := ""
	switch {
	case spec.SKU != "":
		product, variant, ok := s.variant(spec.SKU)
		if !ok || !product.Active {
			return line, invalid("%s - No longer available", spec.SKU)
		}
		line.Name, line.Options, variantRate = product.Name, variant.optionText(product), variant.TaxRateID
		line.GroupingCategory = s.categoryRef(product.GroupingCategoryID)
		if !spec.UnitPrice.Valid {
			line.UnitPrice = s.priceFor(customer, variant)
		}
	case spec.Name == "":
		return line, invalid("Order line must have a sku or a name")
	}
	if !spec.Untaxed {
		if err := s.applyTax(&line, spec.TaxRateID, customer.TaxRateID, variantRate); err != nil {
			return line, err
		}
	}
	line.ID = s.mint.id("ol")
	return line, nil
}

// applyTax gives the line the first rate named, or the site's default. A site without rates has untaxed lines.
func (s *Shop) applyTax(line *OrderLine, asked, customers, variants string) error {
	for _, id := range []string{asked, customers, variants} {
		if id == "" {
			continue
		}
		rate, ok := s.taxRate(id)
		if !ok {
			return invalid("Tax Rate is invalid")
		}
		line.TaxRateID, line.TaxName, line.TaxRate = rate.ID, rate.Name, rate.Rate
		return nil
	}
	if len(s.taxRates) > 0 {
		rate := s.taxRates[0]
		line.TaxRateID, line.TaxName, line.TaxRate = rate.ID, rate.Name, rate.Rate
	}
	return nil
}

// orderNumber takes the asked number, or the next one that is free.
func (s *Shop) orderNumber(asked int64) int64 {
	for asked == 0 || s.numbers[asked] {
		asked = s.nextOrder
		s.nextOrder++
	}
	s.numbers[asked] = true
	return asked
}
