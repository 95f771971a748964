package mapping

import (
	"cmp"
	"fmt"
	"slices"
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
		if file.Name == "books" || file.Name == "want" || strings.HasSuffix(file.Name, " when issued") {
			continue // the books last: what was written depends on the rest
		}
		blocks := readBlocks(t, string(file.Data))
		switch file.Name {
		case "policy":
			readPolicy(blocks[0], &policy)
		case "order":
			facts.Order = readOrder(blocks[0])
		case "invoice": // the sale's own; policy stands before it and may say that sales are made of orders
			own := readInvoice(blocks[0])
			facts.Invoice, facts.Kind, facts.SaleID, facts.RelatedSince = &own, trade.KindInvoice, own.ID, when(t, caseFresh)
			policy.IssueFrom = cmp.Or(policy.IssueFrom, trade.KindInvoice)
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
		readBooks(readBlocks(t, text)[0], archive, policy, &facts)
	}
	return policy, facts
}

func readPolicy(b block, p *Policy) {
	since := ""
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
			zone, err := time.LoadLocation(value) //nolint:forbidigo // a case names the zone of its site
			require.NoError(b.t, err)
			p.Zone = zone
		case "since":
			since = value
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
	if p.Since = when(b.t, since); len(since) == len(time.DateOnly) && p.Zone != nil { // the day begins at the site
		p.Since = time.Date(p.Since.Year(), p.Since.Month(), p.Since.Day(), 0, 0, 0, 0, p.Zone)
	}
}

func readFacts(b block, f *Facts) {
	for _, pair := range b.pairs {
		switch key, value := pair[0], pair[1]; key {
		case "order read", "record read":
			f.Record.ReadAt = when(b.t, value)
		case "orders read": // every order that the invoice names
			for i := range f.Orders {
				f.Orders[i].ReadAt = when(b.t, value)
			}
		case "order of it gone": // or_1002
			knownOrder(b.t, f, value).Gone = true
		case "order of it never read": // or_1002
			*knownOrder(b.t, f, value) = KnownOrder{ID: value}
		case "order of it fault": // or_1002 | order_lines[3].unit_price | "abc" | must be a number
			id, fault, _ := strings.Cut(value, " | ")
			order := knownOrder(b.t, f, id)
			order.Fault, order.Order = readFault(fault), nil
		case "sale": // invoice iv_1, of which nothing else is known
			kind, id, _ := strings.Cut(value, " ")
			f.Kind, f.SaleID = trade.Kind(kind), id
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

func knownOrder(t *testing.T, f *Facts, id string) *KnownOrder {
	t.Helper()
	at := slices.IndexFunc(f.Orders, func(o KnownOrder) bool { return o.ID == id })
	require.GreaterOrEqual(t, at, 0, "no order %s", id)
	return &f.Orders[at]
}

// readBooks reads what the books hold. "written: as the order says" means that the last write said what the order says
// now; "but not:" names the parts that have changed since. Where a section shows the record as it was when it was issued,
// "invoiced: as when issued" means that the invoice was made of that, and so does "written" of the order there.
func readBooks(b block, archive *txtar.Archive, p Policy, f *Facts) {
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
			f.Books.Written = printsAs(b.t, value, archive, p, *f)
			if f.Books.DocumentID != "" {
				f.Books.Issued = f.Books.Written
			}
		case "invoiced": // what the live invoice was made of
			f.Books.Issued = printsAs(b.t, value, archive, p, *f)
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

// printsAs is what was written when the record said what it says now, or what it said when it was issued.
func printsAs(t *testing.T, as string, archive *txtar.Archive, p Policy, f Facts) trade.Prints {
	t.Helper()
	switch as {
	case "as the order says", "as the invoice says":
	case "as when issued":
		if text := section(archive, "order when issued"); text != "" {
			f.Order = readOrder(readBlocks(t, text)[0])
		} else {
			was := readInvoice(readBlocks(t, section(archive, "invoice when issued"))[0])
			f.Invoice = &was
		}
	default:
		t.Fatalf("written %s", as)
	}
	return printsNow(p, f)
}

// printsNow is what a write of this very order would print, or would have printed before the tax table said otherwise.
func printsNow(p Policy, f Facts) trade.Prints {
	f.Books, f.Rejected = Books{Status: trade.BooksInvoiced}, nil
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
