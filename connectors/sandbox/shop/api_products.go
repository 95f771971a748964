package shop

import (
	"slices"
	"strings"

	"spacebridge/mapping/money"
)

// productInput is what POST and PUT /products read. Members left out stay as they are; variants, when given, replace
// all that there were.
type productInput struct {
	Code               *string         `json:"code"`
	Name               *string         `json:"name"`
	Description        *string         `json:"description"`
	Active             *bool           `json:"active"`
	TariffCode         *string         `json:"tariff_code"`
	CountryOfOrigin    *string         `json:"country_of_origin"`
	Composition        *string         `json:"composition"`
	VariantOptions     *[]string       `json:"variant_options"`
	ProductVariants    *[]variantInput `json:"product_variants"`
	Categories         *[]CategoryRef  `json:"categories"`
	GroupingCategoryID *string         `json:"grouping_category_id"`
}

type variantInput struct {
	ID              string            `json:"id"`
	SKU             string            `json:"sku"`
	Barcode         string            `json:"barcode"`
	Options         map[string]string `json:"options"`
	UnitPrice       numberInput       `json:"unit_price"`
	PriceListPrices []struct {
		ID        string      `json:"id"`
		UnitPrice numberInput `json:"unit_price"`
	} `json:"price_list_prices"`
	RRP       numberInput `json:"rrp"`
	Backorder bool        `json:"backorder"`
	Minimum   numberInput `json:"minimum"`
	Multiple  numberInput `json:"multiple"`
	Weight    numberInput `json:"weight"`
	TaxRateID string      `json:"tax_rate_id"`
}

// applyTo gives the product as it would be.
func (in productInput) applyTo(p Product) (Product, error) {
	p.Code = text(in.Code, p.Code)
	p.Name = text(in.Name, p.Name)
	p.Description = text(in.Description, p.Description)
	p.TariffCode = text(in.TariffCode, p.TariffCode)
	p.CountryOfOrigin = text(in.CountryOfOrigin, p.CountryOfOrigin)
	p.Composition = text(in.Composition, p.Composition)
	p.GroupingCategoryID = text(in.GroupingCategoryID, p.GroupingCategoryID)
	if in.Active != nil {
		p.Active = *in.Active
	}
	if in.VariantOptions != nil {
		p.VariantOptions = *in.VariantOptions
	}
	if in.Categories != nil {
		p.CategoryIDs = nil
		for _, category := range *in.Categories {
			p.CategoryIDs = append(p.CategoryIDs, category.ID)
		}
	}
	if in.ProductVariants == nil {
		return p, nil
	}
	before := p.Variants
	p.Variants = nil
	for _, wanted := range *in.ProductVariants {
		variant, err := wanted.applyTo(before)
		if err != nil {
			return p, err
		}
		p.Variants = append(p.Variants, variant)
	}
	return p, nil
}

// applyTo gives the variant; it is an existing one if it has the id, or the SKU, of one.
func (in variantInput) applyTo(before []Variant) (Variant, error) {
	out := Variant{
		SKU: in.SKU, Barcode: in.Barcode, Options: in.Options, UnitPrice: in.UnitPrice.Decimal, RRP: in.RRP.Decimal,
		Backorder: in.Backorder, Weight: in.Weight.Decimal, TaxRateID: in.TaxRateID,
	}
	for _, old := range before {
		if old.ID == in.ID || in.ID == "" && old.SKU == in.SKU {
			out.ID = old.ID
		}
	}
	if in.ID != "" && out.ID == "" {
		return out, invalid("Product variant %s does not exist", in.ID)
	}
	var err error
	if out.Minimum, err = in.Minimum.quantity(); err != nil {
		return out, err
	}
	if out.Multiple, err = in.Multiple.quantity(); err != nil {
		return out, err
	}
	for _, price := range in.PriceListPrices {
		out.PriceListPrices = append(out.PriceListPrices, PriceListPrice{ID: price.ID, UnitPrice: price.UnitPrice.NullDecimal})
	}
	return out, nil
}

// checkProduct finds what is wrong with a product that came through the API.
func (s *Shop) checkProduct(p *Product) error {
	var found faults
	found.addIf(p.Code == "", "Product Code can't be blank")
	for other := range s.products.all() {
		found.addIf(other.ID != p.ID && other.Code == p.Code && p.Code != "", "Product Code must be unique")
	}
	found.addIf(p.Name == "", "Name can't be blank")
	found.addIf(len(p.Variants) == 0, "Product variants can't be blank")
	found.addIf(len(p.VariantOptions) > 3, "Variant options can not be more than three")
	seen := map[string]bool{}
	for _, variant := range p.Variants {
		owner := s.skus[variant.SKU]
		found.addIf(variant.SKU == "", "SKU can't be blank")
		found.addIf(variant.SKU != "" && (seen[variant.SKU] || owner != "" && owner != p.ID), "SKU must be unique")
		found.addIf(variant.UnitPrice.Cmp(money.Zero) < 0, "Unit price must be greater than or equal to 0")
		_, known := s.taxRate(variant.TaxRateID)
		found.addIf(variant.TaxRateID != "" && !known, "Tax Rate is invalid")
		seen[variant.SKU] = true
	}
	for _, id := range append(slices.Clone(p.CategoryIDs), p.GroupingCategoryID) {
		_, known := s.category(id)
		found.addIf(id != "" && !known, "Category is invalid")
	}
	return found.err()
}

// createProduct answers POST /products.
func (s *Shop) createProduct(c *call) (any, error) {
	var in productInput
	if err := c.read("product", &in); err != nil {
		return nil, err
	}
	product, err := in.applyTo(Product{Active: true})
	if err != nil {
		return nil, err
	}
	if err := s.checkProduct(&product); err != nil {
		return nil, err
	}
	return envelope{"product": s.productJSON(s.addProduct(product))}, nil
}

// updateProduct answers PUT /products/:id.
func (s *Shop) updateProduct(c *call) (any, error) {
	product, err := s.product(c.id)
	if err != nil {
		return nil, err
	}
	var in productInput
	if err := c.read("product", &in); err != nil {
		return nil, err
	}
	changed, err := in.applyTo(product.clone())
	if err != nil {
		return nil, err
	}
	if err := s.checkProduct(&changed); err != nil {
		return nil, err
	}
	s.replaceProduct(product, changed)
	return envelope{"product": s.productJSON(product)}, nil
}

// listProducts answers GET /products.
func (s *Shop) listProducts(c *call) (any, error) {
	created, err := s.created(c.query, false)
	if err != nil {
		return nil, err
	}
	updated := span{exclusive: s.opts.ExclusiveSince}
	if updated.since, err = queryTime(c.query, "updated_since"); err != nil {
		return nil, err
	}
	active, err := queryFlag(c.query, "active")
	if err != nil {
		return nil, err
	}
	category := c.query.Get("category_id")
	match := func(r *row[Product]) bool {
		p := r.value
		return updated.holds(r.updated) && is(c.query, "code", p.Code) && flagIs(active, p.Active) &&
			strings.Contains(strings.ToLower(p.Name), strings.ToLower(c.query.Get("name"))) &&
			(category == "" || slices.Contains(p.CategoryIDs, category))
	}
	return list(s, c, listing[Product]{
		plural: "products", kind: "product", records: s.products, match: match, write: s.productJSON, hasMore: true,
	}, created)
}

// getProduct answers GET /products/:id.
func (s *Shop) getProduct(c *call) (any, error) {
	product, err := s.product(c.id)
	if err != nil {
		return nil, err
	}
	return envelope{"product": s.productJSON(product)}, nil
}

// deleteProduct answers DELETE /products/:id.
func (s *Shop) deleteProduct(c *call) (any, error) {
	if err := s.dropProduct(c.id); err != nil {
		return nil, err
	}
	return deleted("product", c.id), nil
}
