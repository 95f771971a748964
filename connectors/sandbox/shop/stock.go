package shop

import (
	"slices"
	"time"
)

// InventoryLevel is the stock of one variant: what is in the warehouse and what can still be ordered.
type InventoryLevel struct {
	SKU       string
	OnHand    int64
	Available int64
}

// level is an inventory level with what the API filters by but does not show.
type level struct {
	InventoryLevel
	productID        string
	created, updated time.Time
}

// stock holds the inventory levels in the order of their SKUs.
type stock struct {
	bySKU map[string]*level
	skus  []string // sorted
}

func newStock() *stock { return &stock{bySKU: map[string]*level{}} }

// add makes a level, unless the SKU has one.
func (k *stock) add(sku, productID string, onHand int64, now time.Time) {
	if _, has := k.bySKU[sku]; has || sku == "" {
		return
	}
	k.bySKU[sku] = &level{
		InventoryLevel: InventoryLevel{SKU: sku, OnHand: onHand, Available: onHand},
		productID:      productID, created: now, updated: now,
	}
	at, _ := slices.BinarySearch(k.skus, sku)
	k.skus = slices.Insert(k.skus, at, sku)
}

func (k *stock) remove(sku string) {
	if at, has := slices.BinarySearch(k.skus, sku); has {
		k.skus = slices.Delete(k.skus, at, at+1)
		delete(k.bySKU, sku)
	}
}

// moveStock changes a SKU's stock and emits inventory_level.updated. Charges and shipping have no SKU and no stock.
func (s *Shop) moveStock(sku string, onHand, available int64) {
	level, ok := s.stock.bySKU[sku]
	if !ok || (onHand == 0 && available == 0) {
		return
	}
	level.OnHand += onHand
	level.Available += available
	level.updated = s.now()
	s.emit(eventInventoryUpdated, s.inventoryEvent(level, onHand, available))
}

// SetStock counts a SKU's stock anew: on hand becomes the given quantity and available moves by as much. It emits
// inventory_level.updated. The error is an *InvalidError.
func (s *Shop) SetStock(sku string, onHand int64) (InventoryLevel, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	level, ok := s.stock.bySKU[sku]
	if !ok {
		return InventoryLevel{}, invalid("SKU '%s' does not exist", sku)
	}
	by := onHand - level.OnHand
	s.moveStock(sku, by, by)
	return level.InventoryLevel, nil
}

// Stock returns all inventory levels in the order of their SKUs.
func (s *Shop) Stock() []InventoryLevel {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]InventoryLevel, 0, len(s.stock.skus))
	for _, sku := range s.stock.skus {
		out = append(out, s.stock.bySKU[sku].InventoryLevel)
	}
	return out
}
