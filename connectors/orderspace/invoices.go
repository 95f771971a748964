package orderspace

import (
	"context"
	"iter"
	"net/url"
	"time"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// What Peek calls the status of an invoice; Orderspace itself gives two flags.
const (
	InvoicePaid     = "paid" // in full
	InvoiceUnpaid   = "unpaid"
	InvoiceProforma = "proforma"
)

// Invoice is an invoice as Orderspace gives it: what we use of it, and the rest. See https://apidocs.orderspace.com/#invoices.
type Invoice struct {
	trade.Invoice // its Orders are empty; Trade fills them
	OrderRefs     []OrderRef
	PaymentTerms  string // in words, such as 15 Days
	Deposit       Deposit
}

// OrderRef names an order of an invoice.
type OrderRef struct {
	ID     string
	Number string
}

// Deposit is the part of an invoice that is asked for first. What an invoice without one carries is not documented.
type Deposit struct {
	Percentage money.NullDecimal
	DueDate    string
}

// Trade gives the invoice in our words.
func (i Invoice) Trade() trade.Invoice {
	invoice := i.Invoice
	invoice.Orders, invoice.Terms = nil, i.PaymentTerms
	for _, order := range i.OrderRefs {
		if order.ID != "" {
			invoice.Orders = append(invoice.Orders, order.ID)
		}
	}
	return invoice
}

// InvoiceOptions narrow a list of invoices. Zero values do not.
type InvoiceOptions struct {
	CreatedSince      time.Time
	InvoiceDateAfter  string // plain dates, 2026-01-31
	InvoiceDateBefore string
	DueDateAfter      string
	DueDateBefore     string
	Number            string
	CustomerID        string
	Paid              *bool
	Proforma          *bool
	Paging
}

func (o InvoiceOptions) query() url.Values {
	return url.Values(filters{}.
		since("created_since", o.CreatedSince).
		text("invoice_date_after", o.InvoiceDateAfter).text("invoice_date_before", o.InvoiceDateBefore).
		text("due_date_after", o.DueDateAfter).text("due_date_before", o.DueDateBefore).
		text("number", o.Number).text("customer_id", o.CustomerID).
		flag("paid", o.Paid).flag("proforma", o.Proforma))
}

var invoices = resource[Invoice]{route: "/invoices", plural: "invoices", singular: "invoice", key: "id", read: readInvoice}

// Invoices walks the invoices, newest first.
//
// Endpoint: GET /invoices. Errors: *trade.Fault for a record that cannot be understood, after which the walk goes on;
// *rest.Error, which ends it.
func (c *Client) Invoices(ctx context.Context, opts InvoiceOptions) iter.Seq2[Invoice, error] {
	return invoices.walk(ctx, c, opts.query(), opts.Paging)
}

// Invoice reads one invoice.
//
// Endpoint: GET /invoices/{id}. Errors: *rest.Error of class NotFound when there is none; *trade.Fault.
func (c *Client) Invoice(ctx context.Context, id string) (Invoice, error) {
	return invoices.one(ctx, c, id)
}

func readInvoice(r *reader) Invoice {
	deposit := r.object("deposit")
	return Invoice{
		Invoice: trade.Invoice{
			ID: r.text("id"), Number: r.text("number"), InvoiceDate: r.text("invoice_date"), DueDate: r.text("due_date"),
			CustomerID: r.text("customer_id"), CompanyName: r.text("company_name"), Emails: r.addresses("email_address"),
			Paid: r.flag("paid"), Proforma: r.flag("proforma"), Comments: r.text("comments"), Address: readAddress(r.object("address")),
			Lines: each(r, "invoice_lines", readInvoiceLine), Currency: r.text("currency"), Net: r.number("net_total"),
			Gross: r.number("gross_total"), Payments: each(r, "payments", readPayment),
		},
		OrderRefs:    each(r, "orders", func(r *reader) OrderRef { return OrderRef{ID: r.text("id"), Number: r.text("number")} }),
		PaymentTerms: r.text("payment_terms"),
		Deposit:      Deposit{Percentage: deposit.number("percentage"), DueDate: deposit.text("due_date")},
	}
}

func readInvoiceLine(r *reader) trade.InvoiceLine {
	return trade.InvoiceLine{
		OrderLineID: r.text("order_line_id"), SKU: r.text("sku"), Name: r.text("name"), Options: r.text("options"),
		Quantity: r.number("quantity"), UnitPrice: r.number("unit_price"), SubTotal: r.number("sub_total"),
		TaxRate: r.number("tax_rate"), TaxAmount: r.number("tax_amount"),
	}
}

func readPayment(r *reader) trade.Payment {
	return trade.Payment{
		Amount: r.number("amount"), Date: r.text("payment_date"), Source: r.text("source"),
		Description: r.text("description"), Reference: r.text("reference"),
	}
}
