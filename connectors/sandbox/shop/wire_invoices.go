package shop

import (
	"encoding/json"
	"strconv"

	"spacebridge/mapping/money"
)

type invoiceWire struct {
	ID           string            `json:"id"`
	Number       string            `json:"number"`
	InvoiceDate  string            `json:"invoice_date"`
	CustomerID   string            `json:"customer_id"`
	CompanyName  string            `json:"company_name"`
	EmailAddress string            `json:"email_address"`
	Orders       []OrderRef        `json:"orders"`
	PaymentTerms string            `json:"payment_terms"`
	DueDate      string            `json:"due_date"`
	Paid         bool              `json:"paid"`
	Proforma     bool              `json:"proforma"`
	Deposit      json.RawMessage   `json:"deposit,omitempty"`
	Comments     string            `json:"comments"`
	Address      Address           `json:"address"`
	InvoiceLines []invoiceLineWire `json:"invoice_lines"`
	Currency     string            `json:"currency"`
	NetTotal     json.Number       `json:"net_total"`
	GrossTotal   json.Number       `json:"gross_total"`
	Payments     []paymentWire     `json:"payments"`
}

type invoiceLineWire struct {
	SKU         string      `json:"sku"`
	Name        string      `json:"name"`
	Options     string      `json:"options"`
	Quantity    int64       `json:"quantity"`
	UnitPrice   json.Number `json:"unit_price"`
	SubTotal    json.Number `json:"sub_total"`
	TaxRate     json.Number `json:"tax_rate"`
	TaxAmount   json.Number `json:"tax_amount"`
	OrderLineID blank       `json:"order_line_id,omitzero"`
}

type depositWire struct {
	Percentage json.Number `json:"percentage"`
	DueDate    string      `json:"due_date"`
}

type paymentWire struct {
	InvoiceID     string      `json:"invoice_id,omitempty"` // in events only
	InvoiceNumber string      `json:"invoice_number,omitempty"`
	Amount        json.Number `json:"amount"`
	PaymentDate   string      `json:"payment_date"`
	Source        string      `json:"source"`
	Description   string      `json:"description"`
	Reference     string      `json:"reference"`
}

func (paymentWire) singular() string { return "payment" }

// invoiceJSON writes an invoice as the API shows it.
func (s *Shop) invoiceJSON(v *Invoice) json.RawMessage {
	st := style{id: v.ID}
	wire := invoiceWire{
		ID: v.ID, Number: v.Number, InvoiceDate: v.InvoiceDate, CustomerID: v.CustomerID, CompanyName: v.CompanyName,
		EmailAddress: v.EmailAddress, Orders: v.Orders, PaymentTerms: v.PaymentTerms, DueDate: v.DueDate, Paid: v.Paid,
		Proforma: v.Proforma, Deposit: s.depositJSON(v), Comments: v.Comments, Address: v.Address,
		InvoiceLines: []invoiceLineWire{}, Currency: v.Currency, NetTotal: st.number("net_total", v.NetTotal),
		GrossTotal: st.number("gross_total", v.GrossTotal), Payments: []paymentWire{},
	}
	for i, line := range v.Lines {
		wire.InvoiceLines = append(wire.InvoiceLines, s.invoiceLine(v, i, line))
	}
	for _, payment := range v.Payments {
		wire.Payments = append(wire.Payments, paymentJSON(v, payment))
	}
	return s.render(v.ID, wire)
}

func (s *Shop) invoiceLine(v *Invoice, i int, line InvoiceLine) invoiceLineWire {
	st := style{id: v.ID + "/" + strconv.Itoa(i)}
	// A line of the invoice's own has nothing to name: null, "" and absent are all possible.
	orderLine := blank{text: line.OrderLineID, form: blankForm(choice(st.id, "order_line_id", 3))}
	if s.opts.NoOrderLineIDs {
		orderLine = blank{form: formAbsent}
	}
	return invoiceLineWire{
		SKU: line.SKU, Name: line.Name, Options: line.Options, Quantity: line.Quantity,
		UnitPrice: st.number("unit_price", line.UnitPrice), SubTotal: st.number("sub_total", line.SubTotal),
		TaxRate: st.number("tax_rate", line.TaxRate), TaxAmount: st.number("tax_amount", line.TaxAmount),
		OrderLineID: orderLine,
	}
}

// depositJSON writes the deposit, or one of the shapes that none may have. Empty means the member is left out.
func (s *Shop) depositJSON(v *Invoice) json.RawMessage {
	st := style{id: v.ID}
	if v.Deposit != nil {
		return mustMarshal(depositWire{
			Percentage: st.number("deposit", v.Deposit.Percentage), DueDate: v.Deposit.DueDate,
		})
	}
	policy := s.opts.Deposits
	if policy == DepositMixed {
		policy = []DepositPolicy{DepositNull, DepositAbsent, DepositZero}[choice(v.ID, "no deposit", 3)]
	}
	switch policy {
	case DepositAbsent:
		return nil
	case DepositZero:
		return mustMarshal(depositWire{Percentage: st.number("deposit", money.Zero)})
	default:
		return json.RawMessage("null")
	}
}

func paymentJSON(v *Invoice, p Payment) paymentWire {
	st := style{id: v.ID}
	return paymentWire{
		Amount: st.number("amount", p.Amount), PaymentDate: p.PaymentDate, Source: p.Source,
		Description: p.Description, Reference: p.Reference,
	}
}

func (s *Shop) invoiceEvent(v *Invoice) payload {
	return record{name: "invoice", write: func() json.RawMessage { return s.invoiceJSON(v) }}
}

func (s *Shop) paymentEvent(v *Invoice, p Payment) payload {
	wire := paymentJSON(v, p)
	wire.InvoiceID, wire.InvoiceNumber = v.ID, v.Number
	return wire
}
