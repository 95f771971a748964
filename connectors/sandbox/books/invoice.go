package books

import (
	"encoding/json"
	"time"

	"spacebridge/mapping/money"
)

// Invoice is a document of the books. It is never deleted and its amounts never change; it can be voided or credited.
type Invoice struct {
	ID           string
	EntityID     string
	Number       string // INV-2026-0001
	OrderID      string // the order it was made of; the API does not show it
	SourceID     string // of that order; the API does not show it
	Date         time.Time
	CurrencyCode string
	CustomerID   string
	CustomerName string
	Customer     map[string]any
	Lines        []InvoiceLine
	Taxes        []TaxTotal
	Total        money.Decimal // net, major units
	TotalWithTax money.Decimal
	TotalPaid    money.Decimal
	Payments     []Payment
	CreatedAt    time.Time
	VoidedAt     time.Time // set by Void
	CreditedAt   time.Time // set when a reissue credited it
	CreditNoteID string
}

// Live reports whether the invoice counts: neither voided nor credited.
func (i Invoice) Live() bool { return i.VoidedAt.IsZero() && i.CreditedAt.IsZero() }

// Payment is money recorded on an invoice.
type Payment struct {
	Type   string
	Amount money.Decimal
	Date   time.Time
}

// CreditNote takes back a whole invoice.
type CreditNote struct {
	ID           string
	EntityID     string
	Number       string // CN-2026-0001
	InvoiceID    string
	CurrencyCode string
	Total        money.Decimal // positive, as the API wants them
	TotalWithTax money.Decimal
	CreatedAt    time.Time
}

// invoiceList says what of an invoice can be asked for in lists.
var invoiceList = resource[*Invoice]{
	fields: map[string]kind{
		"id": textKind, "number": textKind, "date": momentKind, "currency_code": textKind, "customer_id": textKind,
		"total": numberKind, "total_with_tax": numberKind, "voided_at": momentKind, "created_at": momentKind,
	},
	value: func(i *Invoice, name string) any {
		switch name {
		case "number":
			return i.Number
		case "date":
			return i.Date
		case "currency_code":
			return i.CurrencyCode
		case "customer_id":
			return i.CustomerID
		case "total":
			return i.Total
		case "total_with_tax":
			return i.TotalWithTax
		case "voided_at":
			return i.VoidedAt
		case "created_at":
			return i.CreatedAt
		}
		return i.ID
	},
	id:      func(i *Invoice) string { return i.ID },
	deleted: func(*Invoice) bool { return false },
	wire:    (*Invoice).wire,
}

// listInvoices serves GET /invoices.
func (b *Books) listInvoices(c call) (any, *fault) {
	mine := make([]*Invoice, 0, len(b.invoices))
	for _, i := range b.invoices {
		if i.EntityID == c.entity {
			mine = append(mine, i)
		}
	}
	return invoiceList.page(mine, c.query, b.opts.IgnoreQuery)
}

// getInvoice serves GET /invoices/{id}.
func (b *Books) getInvoice(c call) (any, *fault) {
	if i := b.invoice(c.id); i != nil && i.EntityID == c.entity {
		return i.wire(), nil
	}
	return nil, missing("Invoice")
}

func (b *Books) invoice(id string) *Invoice {
	for _, i := range b.invoices {
		if i.ID == id {
			return i
		}
	}
	return nil
}

// wire is the invoice as the API shows it. Neither the order nor its source_id nor its metadata are on it.
func (i *Invoice) wire() any {
	due := sub(i.TotalWithTax, i.TotalPaid)
	relations := []any{}
	if i.CreditNoteID != "" {
		relations = append(relations, map[string]any{"type": "credit_note", "document_id": i.CreditNoteID})
	}
	return map[string]any{
		"id": i.ID, "entity_id": i.EntityID, "number": i.Number, "is_draft": false,
		"date": stamp(i.Date.Truncate(24 * time.Hour)), "date_due": nil, "date_service": nil, "date_service_to": nil,
		"date_year": i.Date.Year(), "currency_code": i.CurrencyCode, "customer_id": orNull(i.CustomerID), "customer": i.Customer,
		"items": i.wireLines(), "taxes": wireTaxes(i.Taxes), "total": jsonNumber(i.Total), "total_with_tax": jsonNumber(i.TotalWithTax),
		"total_discount": json.Number("0"), "rounding_correction": json.Number("0"),
		"total_paid": jsonNumber(i.TotalPaid), "total_due": jsonNumber(due), "paid_in_full": !due.IsPos(), "payments": i.wirePayments(),
		"note": nil, "reference": nil, "metadata": map[string]any{}, "document_relations": relations,
		"creation_source": "order", "calculation_mode": string(B2BStandard),
		"voided_at": stamp(i.VoidedAt), "created_at": stamp(i.CreatedAt), "updated_at": stamp(i.CreatedAt), "deleted_at": nil,
	}
}

func (i *Invoice) wireLines() []any {
	out := make([]any, 0, len(i.Lines))
	for _, line := range i.Lines {
		taxes := make([]any, 0, len(line.Rates))
		for _, rate := range line.Rates {
			taxes = append(taxes, map[string]any{"rate": jsonNumber(rate)})
		}
		out = append(out, map[string]any{
			"name": line.Name, "quantity": jsonNumber(line.Quantity), "price": jsonNumber(line.Price), "taxes": taxes,
			"total": jsonNumber(line.Total), "total_with_tax": jsonNumber(line.TotalWithTax),
		})
	}
	return out
}

func wireTaxes(taxes []TaxTotal) []any {
	out := make([]any, 0, len(taxes))
	for _, t := range taxes {
		out = append(out, map[string]any{"rate": jsonNumber(t.Rate), "base": jsonNumber(t.Base), "amount": jsonNumber(t.Amount)})
	}
	return out
}

func (i *Invoice) wirePayments() []any {
	out := make([]any, 0, len(i.Payments))
	for _, p := range i.Payments {
		out = append(out, map[string]any{"type": p.Type, "amount": jsonNumber(p.Amount), "date": stamp(p.Date.Truncate(24 * time.Hour))})
	}
	return out
}
