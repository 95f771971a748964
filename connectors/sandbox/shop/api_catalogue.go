package shop

import (
	"slices"

	"spacebridge/mapping/money"
)

// categoryInput is what POST and PUT /categories read. Members left out stay as they are.
type categoryInput struct {
	Name        *string `json:"name"`
	Description *string `json:"description"`
	Active      *bool   `json:"active"`
	ParentID    *string `json:"parent_id"`
}

// set changes a category if the result is valid.
func (s *Shop) setCategory(category *Category, in categoryInput) error {
	changed := *category
	changed.Name = text(in.Name, changed.Name)
	changed.Description = text(in.Description, changed.Description)
	changed.ParentID = text(in.ParentID, changed.ParentID)
	if in.Active != nil {
		changed.Active = *in.Active
	}
	var found faults
	found.addIf(changed.Name == "", "Name can't be blank")
	_, known := s.category(changed.ParentID)
	found.addIf(changed.ParentID != "" && (!known || changed.ParentID == changed.ID), "Parent is invalid")
	if err := found.err(); err != nil {
		return err
	}
	*category = changed
	return nil
}

func categoryJSON(c *Category) categoryWire {
	return categoryWire{
		ID: c.ID, Name: c.Name, Description: c.Description, Active: c.Active, ParentID: null(c.ParentID),
	}
}

// oneCategory writes a category with its products, which lists leave out.
func (s *Shop) oneCategory(c *Category) envelope {
	wire := categoryJSON(c)
	wire.Products = []categoryProduct{}
	for product := range s.products.all() {
		if slices.Contains(product.CategoryIDs, c.ID) {
			wire.Products = append(wire.Products, categoryProduct{ProductID: product.ID, ProductName: product.Name})
		}
	}
	return envelope{"category": wire}
}

func (s *Shop) findCategory(id string) (*Category, error) {
	category, ok := s.category(id)
	if !ok {
		return nil, &NotFoundError{Kind: "category", ID: id}
	}
	return category, nil
}

// createCategory answers POST /categories.
func (s *Shop) createCategory(c *call) (any, error) {
	var in categoryInput
	if err := c.read("category", &in); err != nil {
		return nil, err
	}
	category := &Category{Active: true}
	if err := s.setCategory(category, in); err != nil {
		return nil, err
	}
	category.ID = s.mint.id("ca")
	s.categories = append(s.categories, category)
	return s.oneCategory(category), nil
}

// listCategories answers GET /categories, in the site's sort order.
func (s *Shop) listCategories(c *call) (any, error) {
	first := 0
	if after := c.query.Get("starting_after"); after != "" {
		at := slices.IndexFunc(s.categories, func(category *Category) bool { return category.ID == after })
		if at < 0 {
			return nil, &NotFoundError{Kind: "category", ID: after}
		}
		first = at + 1
	}
	match := func(category *Category) bool {
		return is(c.query, "name", category.Name) && is(c.query, "parent_id", category.ParentID)
	}
	write := func(category *Category) any { return categoryJSON(category) }
	categories, more, err := page(c, slices.Values(s.categories[first:]), match, write)
	if err != nil {
		return nil, err
	}
	return s.paged("categories", categories, more, true), nil
}

// getCategory answers GET /categories/:id.
func (s *Shop) getCategory(c *call) (any, error) {
	category, err := s.findCategory(c.id)
	if err != nil {
		return nil, err
	}
	return s.oneCategory(category), nil
}

// updateCategory answers PUT /categories/:id.
func (s *Shop) updateCategory(c *call) (any, error) {
	category, err := s.findCategory(c.id)
	if err != nil {
		return nil, err
	}
	var in categoryInput
	if err := c.read("category", &in); err != nil {
		return nil, err
	}
	if err := s.setCategory(category, in); err != nil {
		return nil, err
	}
	return s.oneCategory(category), nil
}

// deleteCategory answers DELETE /categories/:id.
func (s *Shop) deleteCategory(c *call) (any, error) {
	if _, err := s.findCategory(c.id); err != nil {
		return nil, err
	}
	s.categories = slices.DeleteFunc(s.categories, func(category *Category) bool { return category.ID == c.id })
	return deleted("category", c.id), nil
}

// priceListInput is what POST and PUT /price_lists read. Members left out stay as they are.
type priceListInput struct {
	Name           *string      `json:"name"`
	Currency       *string      `json:"currency"`
	ConversionRate *numberInput `json:"conversion_rate"`
}

func (in priceListInput) applyTo(p *PriceList) error {
	changed := *p
	changed.Name = text(in.Name, changed.Name)
	changed.Currency = text(in.Currency, changed.Currency)
	if in.ConversionRate != nil && in.ConversionRate.Valid {
		changed.ConversionRate = in.ConversionRate.Decimal
	}
	var found faults
	found.addIf(changed.Name == "", "Name can't be blank")
	_, err := money.ParseCurrency(changed.Currency)
	found.addIf(err != nil, "Currency is invalid")
	if err := found.err(); err != nil {
		return err
	}
	*p = changed
	return nil
}
