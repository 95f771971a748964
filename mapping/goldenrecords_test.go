package mapping

import (
	"fmt"
	"strings"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

// Each record of a case is one block: its fields, and its lines as a table.

func readOrder(b block) *trade.Order {
	o := &trade.Order{ID: "or_1001", Number: "1001", Created: when(b.t, "2026-03-02T09:15:00Z"), Status: trade.StatusNew, CustomerID: "cu_1", Currency: "GBP"}
	for _, pair := range b.pairs {
		key, value := pair[0], pair[1]
		switch key {
		case "id":
			o.ID = value
		case "number":
			o.Number = value
		case "created":
			o.Created = when(b.t, value)
		case "status":
			o.Status = value
		case "customer":
			o.CustomerID = value
		case "company":
			o.CompanyName = value
		case "phone":
			o.Phone = value
		case "emails for invoices":
			o.Emails.Invoices = list(value)
		case "emails for orders":
			o.Emails.Orders = list(value)
		case "billing":
			o.BillingAddress = readAddress(b, value)
		case "shipping":
			o.ShippingAddress = readAddress(b, value)
		case "po number":
			o.CustomerPONumber = value
		case "reference":
			o.Reference = value
		case "note":
			o.CustomerNote = value
		case "standing order":
			o.StandingOrderID = value
		case "delivery date":
			o.DeliveryDate = value
		case "currency":
			o.Currency = value
		case "net":
			o.Net = number(value)
		case "gross":
			o.Gross = number(value)
		default:
			b.t.Fatalf("unknown order field %s", key)
		}
	}
	for i, row := range b.rows {
		o.Lines = append(o.Lines, readLine(b, i, row))
	}
	return o
}

func readLine(b block, i int, row map[string]string) trade.OrderLine {
	line := trade.OrderLine{ID: fmt.Sprintf("ol_%d", i+1)}
	for key, value := range row {
		switch key {
		case "id":
			line.ID = value
		case "sku":
			line.SKU = value
		case "name":
			line.Name = value
		case "options":
			line.Options = value
		case "qty":
			line.Quantity = number(value)
		case "price":
			line.UnitPrice = number(value)
		case "net":
			line.SubTotal = number(value)
		case "tax id":
			line.TaxRateID = value
		case "tax name":
			line.TaxName = value
		case "rate":
			line.TaxRate = number(value)
		case "tax":
			line.TaxAmount = number(value)
		case "invoiced":
			line.Invoiced = number(value).Decimal
		case "paid":
			line.Paid = number(value).Decimal
		case "dispatched":
			line.Dispatched = number(value).Decimal
		case "is":
			line.Shipping = strings.Contains(value, "shipping")
			line.OnHold = strings.Contains(value, "on hold")
		default:
			b.t.Fatalf("unknown column %s", key)
		}
	}
	return line
}

func readCustomer(b block) *trade.Customer {
	c := &trade.Customer{ID: "cu_1"}
	for _, pair := range b.pairs {
		switch key, value := pair[0], pair[1]; key {
		case "id":
			c.ID = value
		case "company":
			c.CompanyName = value
		case "tax number":
			c.TaxNumber = value
		case "phone":
			c.Phone = value
		case "emails for invoices":
			c.Emails.Invoices = list(value)
		case "emails of buyers":
			c.BuyerEmails = list(value)
		default:
			b.t.Fatalf("unknown customer field %s", key)
		}
	}
	return c
}

func readInvoice(b block) trade.Invoice {
	v := trade.Invoice{Orders: []string{"or_1001"}, CustomerID: "cu_1", Currency: "GBP"}
	for _, pair := range b.pairs {
		switch key, value := pair[0], pair[1]; key {
		case "id":
			v.ID = value
		case "number":
			v.Number = value
		case "orders":
			v.Orders = list(value)
		case "currency":
			v.Currency = value
		case "paid":
			v.Paid = value == "yes"
		case "proforma":
			v.Proforma = value == "yes"
		case "net":
			v.Net = number(value)
		case "gross":
			v.Gross = number(value)
		case "payment": // 2026-03-05 50.00 | card | pi_1
			parts := append(strings.Split(value, "|"), "", "")
			date, amount, _ := strings.Cut(strings.TrimSpace(parts[0]), " ")
			v.Payments = append(v.Payments, trade.Payment{Date: date, Amount: number(amount), Source: strings.TrimSpace(parts[1]), Reference: strings.TrimSpace(parts[2])})
		case "customer":
			v.CustomerID = value
		case "company":
			v.CompanyName = value
		case "emails":
			v.Emails = list(value)
		case "billing":
			v.Address = readAddress(b, value)
		case "date":
			v.InvoiceDate = value
		case "due":
			v.DueDate = value
		case "terms":
			v.Terms = value
		case "comments":
			v.Comments = value
		default:
			b.t.Fatalf("unknown invoice field %s", key)
		}
	}
	for _, row := range b.rows {
		v.Lines = append(v.Lines, trade.InvoiceLine{
			OrderLineID: row["order line"], SKU: row["sku"], Name: row["name"], Options: row["options"], Quantity: number(row["qty"]), UnitPrice: number(row["price"]),
			SubTotal: number(row["net"]), TaxRate: number(row["rate"]), TaxAmount: number(row["tax"]),
		})
	}
	return v
}

func readDispatch(b block) trade.Dispatch {
	d := trade.Dispatch{OrderID: "or_1001"}
	for _, pair := range b.pairs {
		switch key, value := pair[0], pair[1]; key {
		case "id":
			d.ID = value
		case "order":
			d.OrderID = value
		case "created":
			d.Created = when(b.t, value)
		case "comments":
			d.Comments = value
		default:
			b.t.Fatalf("unknown dispatch field %s", key)
		}
	}
	for _, row := range b.rows {
		d.Lines = append(d.Lines, trade.DispatchLine{OrderLineID: row["order line"], SKU: row["sku"], Quantity: number(row["qty"])})
	}
	return d
}

// readAddress reads "company | contact | line 1 | line 2 | city | state | postcode | country".
func readAddress(b block, text string) trade.Address {
	p := strings.Split(text, "|")
	require.Len(b.t, p, 8, "address %s", text)
	for i := range p {
		p[i] = strings.TrimSpace(p[i])
	}
	return trade.Address{CompanyName: p[0], ContactName: p[1], Line1: p[2], Line2: p[3], City: p[4], State: p[5], PostalCode: p[6], Country: p[7]}
}
