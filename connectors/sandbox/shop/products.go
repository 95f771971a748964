package shop

import (
	"maps"
	"slices"
	"strings"
	"time"

	"spacebridge/mapping/money"
)

// Product is something for sale, in one or more variants.
type Product struct {
	ID                 string
	Code               string // unique
	Name               string
	Description        string
	Active             bool
	Created            time.Time // not shown by the API
	TariffCode         string
	CountryOfOrigin    string
	Composition        string
	VariantOptions     []string // up to three names, such as Colour and Size
	Variants           []Variant
	CategoryIDs        []string
	GroupingCategoryID string
	Images             []string // URLs, read-only
}

// Variant is one version of a product.
type Variant struct {
	ID              string
	SKU             string // unique
	Barcode         string
	Options         map[string]string
	UnitPrice       money.Decimal
	PriceListPrices []PriceListPrice
	RRP             money.Decimal
	Backorder       bool
	Minimum         int64
	Multiple        int64 // 0: none
	Weight          money.Decimal
	TaxRateID       string // "": the site's default rate
	OnHand          int64  // the stock to begin with; later changes are kept in the inventory level
}

// PriceListPrice is a variant's price in one price list. An invalid one is none, as if it were left out.
type PriceListPrice struct {
	ID        string
	UnitPrice money.NullDecimal
}

// clone copies a product so that the copy may be changed.
func (p *Product) clone() Product {
	out := *p
	out.VariantOptions = slices.Clone(p.VariantOptions)
	out.CategoryIDs = slices.Clone(p.CategoryIDs)
	out.Images = slices.Clone(p.Images)
	out.Variants = slices.Clone(p.Variants)
	for i := range out.Variants {
		out.Variants[i].Options = maps.Clone(p.Variants[i].Options)
		out.Variants[i].PriceListPrices = slices.Clone(p.Variants[i].PriceListPrices)
	}
	return out
}

// optionText writes a variant's options the way order lines carry them: "Colour: Blue, Size: Small".
func (v *Variant) optionText(p *Product) string {
	var parts []string
	for _, name := range p.VariantOptions {
		if value := v.Options[name]; value != "" {
			parts = append(parts, name+": "+value)
		}
	}
	return strings.Join(parts, ", ")
}

// AddProduct creates a product with inventory levels for its variants, and emits product.created. Ids and Created
// (now) are filled in when empty. The record is taken as it is, unchecked; note that only Active products can be
// ordered.
func (s *Shop) AddProduct(product Product) Product {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addProduct(product).clone()
}

func (s *Shop) addProduct(product Product) *Product {
	if product.ID == "" {
		product.ID = s.mint.id("pr")
	}
	product.Created = s.at(product.Created)
	kept := product.clone()
	s.stockVariants(&kept)
	s.products.add(kept.ID, kept.Created, &kept)
	s.emit(eventProductCreated, s.productEvent(&kept))
	return &kept
}

// stockVariants gives new variants their ids and inventory levels.
func (s *Shop) stockVariants(product *Product) {
	for i := range product.Variants {
		variant := &product.Variants[i]
		if variant.ID == "" {
			variant.ID = s.mint.id("pv")
		}
		s.stock.add(variant.SKU, product.ID, variant.OnHand, s.now())
		s.skus[variant.SKU] = product.ID
	}
}

// SetProduct changes a product: change is called with a copy, whose id stays. It emits product.updated. The error is a
// *NotFoundError.
func (s *Shop) SetProduct(id string, change func(*Product)) (Product, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	product, err := s.product(id)
	if err != nil {
		return Product{}, err
	}
	changed := product.clone()
	change(&changed)
	s.replaceProduct(product, changed)
	return product.clone(), nil
}

// replaceProduct puts a changed product in the place of the old one.
func (s *Shop) replaceProduct(product *Product, changed Product) {
	changed.ID, changed.Created = product.ID, product.Created
	for _, variant := range product.Variants {
		kept := slices.ContainsFunc(changed.Variants, func(v Variant) bool { return v.SKU == variant.SKU })
		if !kept {
			s.dropSKU(variant.SKU)
		}
	}
	*product = changed
	s.stockVariants(product)
	s.products.byID[product.ID].updated = s.now()
	s.emit(eventProductUpdated, s.productEvent(product))
}

// DeleteProduct removes a product and its inventory levels, and emits product.deleted. The error is a *NotFoundError.
func (s *Shop) DeleteProduct(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dropProduct(id)
}

func (s *Shop) dropProduct(id string) error {
	product, err := s.product(id)
	if err != nil {
		return err
	}
	for _, variant := range product.Variants {
		s.dropSKU(variant.SKU)
	}
	s.products.remove(id)
	s.emit(eventProductDeleted, deletedProduct{ID: id, Code: product.Code, Name: product.Name, Deleted: true})
	return nil
}

func (s *Shop) dropSKU(sku string) {
	s.stock.remove(sku)
	delete(s.skus, sku)
}

// Products returns copies of all products, oldest first.
func (s *Shop) Products() []Product {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Product, 0, len(s.products.rows))
	for product := range s.products.all() {
		out = append(out, product.clone())
	}
	return out
}

// product finds a product to change.
func (s *Shop) product(id string) (*Product, error) {
	product, ok := s.products.find(id)
	if !ok {
		return nil, &NotFoundError{Kind: "product", ID: id}
	}
	return product, nil
}

// variant finds a variant by its SKU.
func (s *Shop) variant(sku string) (*Product, *Variant, bool) {
	product, ok := s.products.find(s.skus[sku])
	if !ok {
		return nil, nil, false
	}
	for i := range product.Variants {
		if product.Variants[i].SKU == sku {
			return product, &product.Variants[i], true
		}
	}
	return nil, nil, false
}
