package shop

import (
	"encoding/json"
)

type customerWire struct {
	ID              string         `json:"id"`
	CompanyName     string         `json:"company_name"`
	Created         string         `json:"created,omitempty"`
	CreatedAt       string         `json:"created_at,omitempty"`
	Status          CustomerStatus `json:"status"`
	Reference       string         `json:"reference"`
	InternalNote    string         `json:"internal_note"`
	Buyers          []Buyer        `json:"buyers"`
	Phone           string         `json:"phone"`
	EmailAddresses  EmailAddresses `json:"email_addresses"`
	TaxNumber       string         `json:"tax_number"`
	TaxRateID       blank          `json:"tax_rate_id"`
	Addresses       []Address      `json:"addresses"`
	MinimumSpend    *json.Number   `json:"minimum_spend"`
	PaymentTermsID  blank          `json:"payment_terms_id"`
	CustomerGroupID blank          `json:"customer_group_id"`
	PriceListID     blank          `json:"price_list_id"`
}

// customerJSON writes a customer as the API (form null) or an event (form "") shows it: the live API wrote an unset
// tax_rate_id as null in replies of 2022 and as "" in webhooks of 2025.
func (s *Shop) customerJSON(c *Customer, unset blankForm) json.RawMessage {
	st := style{id: c.ID}
	wire := customerWire{
		ID: c.ID, CompanyName: c.CompanyName, Status: c.Status, Reference: c.Reference, InternalNote: c.InternalNote,
		Buyers: append([]Buyer{}, c.Buyers...), Phone: c.Phone, EmailAddresses: c.EmailAddresses,
		TaxNumber: c.TaxNumber, TaxRateID: blank{text: c.TaxRateID, form: unset},
		Addresses: append([]Address{}, c.Addresses...), MinimumSpend: st.optional("minimum_spend", c.MinimumSpend),
		PaymentTermsID: null(c.PaymentTermsID), CustomerGroupID: st.nullOrEmpty("customer_group_id", c.CustomerGroupID),
		PriceListID: null(c.PriceListID),
	}
	if s.opts.CustomerCreated == CustomerCreated {
		wire.Created = timestamp(c.Created)
	} else {
		wire.CreatedAt = timestamp(c.Created)
	}
	return s.render(c.ID, wire)
}

func (s *Shop) customerEvent(c *Customer) payload {
	return record{name: "customer", write: func() json.RawMessage { return s.customerJSON(c, formEmpty) }}
}

type productWire struct {
	ID                 string        `json:"id"`
	Code               string        `json:"code"`
	Name               string        `json:"name"`
	Description        string        `json:"description"`
	Active             bool          `json:"active"`
	TariffCode         blank         `json:"tariff_code"`
	CountryOfOrigin    blank         `json:"country_of_origin"`
	Composition        blank         `json:"composition"`
	VariantOptions     []string      `json:"variant_options"`
	ProductVariants    []variantWire `json:"product_variants"`
	Categories         []CategoryRef `json:"categories"`
	GroupingCategoryID blank         `json:"grouping_category_id"`
	Images             []string      `json:"images"`
}

type variantWire struct {
	ID              string            `json:"id"`
	SKU             string            `json:"sku"`
	Barcode         string            `json:"barcode"`
	Options         map[string]string `json:"options"`
	UnitPrice       json.Number       `json:"unit_price"`
	PriceListPrices []priceWire       `json:"price_list_prices"`
	RRP             json.Number       `json:"rrp"`
	Backorder       bool              `json:"backorder"`
	Minimum         int64             `json:"minimum"`
	Multiple        *int64            `json:"multiple"`
	Weight          json.Number       `json:"weight"`
	TaxRateID       blank             `json:"tax_rate_id"`
}

type priceWire struct {
	ID        string       `json:"id"`
	UnitPrice *json.Number `json:"unit_price"`
}

// productJSON writes a product as the API shows it.
func (s *Shop) productJSON(p *Product) json.RawMessage {
	wire := productWire{
		ID: p.ID, Code: p.Code, Name: p.Name, Description: p.Description, Active: p.Active,
		TariffCode: null(p.TariffCode), CountryOfOrigin: null(p.CountryOfOrigin), Composition: null(p.Composition),
		VariantOptions: append([]string{}, p.VariantOptions...), ProductVariants: []variantWire{},
		Categories: s.categoryRefs(p.CategoryIDs), GroupingCategoryID: null(p.GroupingCategoryID),
		Images: append([]string{}, p.Images...),
	}
	for i := range p.Variants {
		wire.ProductVariants = append(wire.ProductVariants, variantJSON(&p.Variants[i]))
	}
	return s.render(p.ID, wire)
}

func variantJSON(v *Variant) variantWire {
	st := style{id: v.ID}
	wire := variantWire{
		ID: v.ID, SKU: v.SKU, Barcode: v.Barcode, Options: v.Options, UnitPrice: st.number("unit_price", v.UnitPrice),
		PriceListPrices: []priceWire{}, RRP: st.number("rrp", v.RRP), Backorder: v.Backorder, Minimum: v.Minimum,
		Weight: st.number("weight", v.Weight), TaxRateID: null(v.TaxRateID),
	}
	if v.Options == nil {
		wire.Options = map[string]string{}
	}
	if v.Multiple != 0 {
		wire.Multiple = &v.Multiple
	}
	for _, price := range v.PriceListPrices {
		wire.PriceListPrices = append(wire.PriceListPrices, priceWire{
			ID: price.ID, UnitPrice: st.optional(price.ID, price.UnitPrice),
		})
	}
	return wire
}

func (s *Shop) productEvent(p *Product) payload {
	return record{name: "product", write: func() json.RawMessage { return s.productJSON(p) }}
}

func (s *Shop) categoryRefs(ids []string) []CategoryRef {
	refs := []CategoryRef{}
	for _, id := range ids {
		if ref := s.categoryRef(id); ref != nil {
			refs = append(refs, *ref)
		}
	}
	return refs
}

type levelWire struct {
	SKU                 string      `json:"sku"`
	OnHand              json.Number `json:"on_hand"`
	OnHandAdjustment    json.Number `json:"on_hand_adjustment,omitempty"` // in events only
	Available           json.Number `json:"available"`
	AvailableAdjustment json.Number `json:"available_adjustment,omitempty"`
}

func (levelWire) singular() string { return "inventory_level" }

func levelJSON(l *level) levelWire {
	st := style{id: l.SKU}
	return levelWire{
		SKU: l.SKU, OnHand: st.number("on_hand", whole(l.OnHand)), Available: st.number("available", whole(l.Available)),
	}
}

func (s *Shop) inventoryEvent(l *level, onHand, available int64) payload {
	st := style{id: l.SKU}
	wire := levelJSON(l)
	wire.OnHandAdjustment = st.number("on_hand_adjustment", whole(onHand))
	wire.AvailableAdjustment = st.number("available_adjustment", whole(available))
	return wire
}

type categoryWire struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Active      bool              `json:"active"`
	ParentID    blank             `json:"parent_id"`
	Products    []categoryProduct `json:"products,omitzero"` // not in lists
}

type categoryProduct struct {
	ProductID   string `json:"product_id"`
	ProductName string `json:"product_name"`
}

type priceListWire struct {
	ID             string      `json:"id"`
	Name           string      `json:"name"`
	Currency       string      `json:"currency"`
	ConversionRate json.Number `json:"conversion_rate"`
}

type termsWire struct {
	ID                string      `json:"id"`
	Name              string      `json:"name"`
	DaysDue           int         `json:"days_due"`
	DepositPercentage json.Number `json:"deposit_percentage"`
	DepositDaysDue    int         `json:"deposit_days_due"`
}

type taxRateWire struct {
	ID   string      `json:"id"`
	Name string      `json:"name"`
	Rate json.Number `json:"rate"`
}

type preorderWire struct {
	ID         string        `json:"id"`
	Name       string        `json:"name"`
	Deadline   string        `json:"deadline"`
	Due        string        `json:"due"`
	Categories []CategoryRef `json:"categories"`
}
