package shop

import (
	"slices"
)

// mostLevels is the documented most of one update.
const mostLevels = 200

type levelInput struct {
	SKU       string       `json:"sku"`
	OnHand    *numberInput `json:"on_hand"`
	Available *numberInput `json:"available"`
}

// updateInventory answers POST /inventory_levels: all or nothing.
func (s *Shop) updateInventory(c *call) (any, error) {
	var in []levelInput
	if err := c.read("inventory_levels", &in); err != nil {
		return nil, err
	}
	if len(in) > mostLevels {
		return nil, invalid("No more than %d inventory levels can be updated at the same time", mostLevels)
	}
	moves := make([]int64, len(in))
	for i, wanted := range in {
		var err error
		if moves[i], err = s.levelMove(wanted); err != nil {
			return nil, err
		}
	}
	out := []levelWire{}
	for i, wanted := range in {
		s.moveStock(wanted.SKU, moves[i], moves[i])
		out = append(out, levelJSON(s.stock.bySKU[wanted.SKU]))
	}
	return envelope{"inventory_levels": out}, nil
}

// levelMove is by how much an update moves both numbers of a level.
func (s *Shop) levelMove(in levelInput) (int64, error) {
	level, ok := s.stock.bySKU[in.SKU]
	switch {
	case !ok:
		return 0, invalid("SKU '%s' does not exist", in.SKU)
	case in.OnHand != nil && in.Available != nil:
		return 0, invalid("On Hand and Available can not be updated at the same time because one is automatically calculated from the other")
	case in.OnHand != nil:
		onHand, err := in.OnHand.quantity()
		return onHand - level.OnHand, err
	case in.Available != nil:
		available, err := in.Available.quantity()
		return available - level.Available, err
	}
	return 0, nil
}

// listInventory answers GET /inventory_levels, in the order of the SKUs.
func (s *Shop) listInventory(c *call) (any, error) {
	created, err := s.created(c.query, false)
	if err != nil {
		return nil, err
	}
	updated := span{exclusive: s.opts.ExclusiveSince}
	if updated.since, err = queryTime(c.query, "updated_since"); err != nil {
		return nil, err
	}
	first := 0
	if after := c.query.Get("starting_after"); after != "" {
		at, here := slices.BinarySearch(s.stock.skus, after)
		first = at
		if here {
			first++
		}
	}
	match := func(sku string) bool {
		l := s.stock.bySKU[sku]
		return created.holds(l.created) && updated.holds(l.updated) && is(c.query, "product_id", l.productID) &&
			is(c.query, "sku", sku)
	}
	write := func(sku string) any { return levelJSON(s.stock.bySKU[sku]) }
	levels, more, err := page(c, slices.Values(s.stock.skus[first:]), match, write)
	if err != nil {
		return nil, err
	}
	return s.paged("inventory_levels", levels, more, true), nil
}
