package mapping

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// The day of the cases: what is older than its fresh-since is too old to issue on.
const (
	caseRead  = "2026-03-10T12:00:00Z"
	caseFresh = "2026-03-10T11:45:00Z"
)

// readCase reads a case file. Sections that are absent are facts that are absent.
func readCase(t *testing.T, archive *txtar.Archive) (Policy, Facts) {
	t.Helper()
	policy := Policy{IssueOn: OnInvoiced}
	facts := Facts{SaleID: "or_1001", Record: Known{ReadAt: when(t, caseRead)}, CustomerReadAt: when(t, caseRead), InvoicesReadAt: when(t, caseRead), FreshSince: when(t, caseFresh)}
	for _, file := range archive.Files {
		if file.Name == "books" || file.Name == "want" {
			continue // the books last: what was written depends on the rest
		}
		blocks := readBlocks(t, string(file.Data))
		switch file.Name {
		case "policy":
			readPolicy(blocks[0], &policy)
		case "order":
			facts.Order = readOrder(blocks[0])
		case "invoice":
			own := readInvoice(blocks[0])
			facts.Invoice, facts.Kind, facts.SaleID, facts.RelatedSince = &own, trade.KindInvoice, own.ID, when(t, caseFresh)
			policy.IssueFrom = trade.KindInvoice
		case "orders":
			for _, b := range blocks {
				order := readOrder(b)
				facts.Orders = append(facts.Orders, KnownOrder{ID: order.ID, Known: Known{ReadAt: when(t, caseRead)}, Order: order})
			}
		case "customer":
			facts.Customer = readCustomer(blocks[0])
		case "invoices":
			for _, b := range blocks {
				facts.Invoices = append(facts.Invoices, readInvoice(b))
			}
		case "dispatches":
			for _, b := range blocks {
				facts.Dispatches = append(facts.Dispatches, readDispatch(b))
			}
		case "facts":
			readFacts(blocks[0], &facts)
		default:
			t.Fatalf("unknown section %s", file.Name)
		}
	}
	if text := section(archive, "books"); text != "" {
		readBooks(readBlocks(t, text)[0], policy, &facts)
	}
	return policy, facts
}

func readPolicy(b block, p *Policy) {
	for _, pair := range b.pairs {
		key, value := pair[0], pair[1]
		switch key {
		case "issue_on":
			p.IssueOn = Trigger(value)
		case "issue_from":
			p.IssueFrom = trade.Kind(value)
		case "on_edit":
			p.OnEdit = Edits(value)
		case "preorder":
			p.Preorder = Preorders(value)
		case "currencies":
			p.Currencies = list(value)
		case "time_zone":
			zone, err := time.LoadLocation(value)
			require.NoError(b.t, err)
			p.Zone = zone
		case "since":
			p.Since = when(b.t, value)
		case "strict_taxes":
			p.StrictTaxes = value == "yes"
		case "tax": // "Standard" -> 22, tr_x -> 22, 20.0 -> 22
			from, to, found := strings.Cut(value, " -> ")
			require.True(b.t, found, "tax: %s", value)
			rule := TaxRule{Rate: money.MustParse(to)}
			switch {
			case strings.HasPrefix(from, "tr_"):
				rule.ID = from
			case strings.HasPrefix(from, `"`):
				rule.Name = strings.Trim(from, `"`)
			default:
				rule.Percent = money.Some(money.MustParse(from))
			}
			p.Taxes = append(p.Taxes, rule)
		default:
			b.t.Fatalf("unknown policy %s", key)
		}
	}
}

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

func readFacts(b block, f *Facts) {
	for _, pair := range b.pairs {
		switch key, value := pair[0], pair[1]; key {
		case "order read", "record read":
			f.Record.ReadAt = when(b.t, value)
		case "orders read", "orders gone", "orders fault", "orders never read": // of every order that the invoice names
			for i := range f.Orders {
				order := &f.Orders[i]
				switch key {
				case "orders read":
					order.ReadAt = when(b.t, value)
				case "orders gone":
					order.Gone = value == "yes"
				case "orders fault":
					order.Fault, order.Order = readFault(value), nil
				case "orders never read":
					order.Known, order.Order = Known{}, nil
				}
			}
		case "asked again":
			f.AskedAgain = when(b.t, value)
		case "customer read":
			f.CustomerReadAt = when(b.t, value)
		case "invoices read":
			f.InvoicesReadAt = when(b.t, value)
		case "now":
			f.Now = when(b.t, value)
		case "fresh since":
			f.FreshSince = when(b.t, value)
		case "related since":
			f.RelatedSince = when(b.t, value)
		case "order gone", "record gone":
			f.Record.Gone = value == "yes"
		case "customer gone":
			f.CustomerGone = value == "yes"
		case "order fault", "record fault":
			f.Record.Fault = readFault(value)
		case "customer fault":
			f.CustomerFault = readFault(value)
		case "invoice fault":
			f.InvoiceFaults = append(f.InvoiceFaults, readFault(value))
		case "operator issues":
			f.Command.Issue = value == "yes"
		case "operator skips":
			f.Command.SkipReason = value
		case "refused", "unclear": // create 422 validation_error
			parts := strings.Fields(value)
			r := &Rejection{Step: parts[0], Code: parts[2], Message: "Jo Bloggs is not a valid name"}
			_, err := fmt.Sscan(parts[1], &r.Status)
			require.NoError(b.t, err)
			if f.Rejected = r; key == "unclear" {
				f.Rejected, f.Unclear = nil, r
			}
		default:
			b.t.Fatalf("unknown fact %s", key)
		}
	}
}

// readBooks reads what the books hold. "written: as the order says" means that the last write said what the order says
// now; "but not:" names the parts that have changed since.
func readBooks(b block, p Policy, f *Facts) {
	for _, pair := range b.pairs {
		switch key, value := pair[0], pair[1]; key {
		case "order":
			f.Books.OrderID = value
		case "invoice":
			f.Books.DocumentID = value
		case "status":
			f.Books.Status = trade.BooksStatus(value)
		case "cancelled by us":
			f.Books.WeEnded = value == "yes"
		case "written": // the order there, and the invoice made of it
			require.Equal(b.t, "as the order says", value)
			f.Books.Written = printsNow(p, *f)
			if f.Books.DocumentID != "" {
				f.Books.Issued = f.Books.Written
			}
		case "but not", "but the invoice not", "but the order not":
			for _, part := range list(value) {
				if key != "but the invoice not" {
					*partOf(&f.Books.Written, part) = "an older print"
				}
				if issued := partOf(&f.Books.Issued, part); key != "but the order not" && *issued != "" {
					*issued = "an older print"
				}
			}
		default:
			b.t.Fatalf("unknown books field %s", key)
		}
	}
}

// printsNow is what a write of this very order would print.
func printsNow(p Policy, f Facts) trade.Prints {
	f.Books, f.Rejected = Books{}, nil
	p.StrictTaxes = false
	r := &review{Policy: p, Facts: f}
	if r.doc = r.document(); r.doc == nil {
		return trade.Prints{}
	}
	sale, _ := newSale(r)
	if sale == nil {
		return trade.Prints{Money: "was readable", Identity: "was readable", Quiet: "was readable", Payment: "was readable"}
	}
	return printsOf(sale)
}

func partOf(p *trade.Prints, name string) *string {
	return map[string]*string{"money": &p.Money, "identity": &p.Identity, "quiet": &p.Quiet, "payment": &p.Payment}[name]
}

func readFault(text string) *trade.Fault { // order_lines[3].unit_price | "abc" | must be a number
	parts := strings.Split(text, " | ")
	return &trade.Fault{Field: parts[0], Value: parts[1], Remedy: parts[2]}
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
