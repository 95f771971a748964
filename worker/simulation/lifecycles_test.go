package simulation

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/config"
	"spacebridge/connectors/sandbox/books"
	"spacebridge/connectors/sandbox/shop"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
	"spacebridge/workflows"
)

var writeLifecycles = flag.Bool("simulation.lifecycles", false, "write the table of lifecycles into docs/lifecycles.md")

// lifecycle is one way in which a sale may go, and what must stand in the books at its end.
type lifecycle struct {
	chapter string
	story   string
	policy  func(*config.Policy)
	shop    func(*shop.Options)
	books   func(*books.Options)
	live    func(*life)
	want    []string
}

// TestLifecycles lives every lifecycle through the daemon's own wiring against both simulated vendors, and compares what is in
// the books then with what the table says. docs/lifecycles.md is written from it.
func TestLifecycles(t *testing.T) {
	for _, one := range lifecycles() {
		t.Run(strings.ReplaceAll(one.chapter+" "+one.story, " ", "_"), func(t *testing.T) {
			require.Equal(t, strings.Join(one.want, "\n"), strings.Join(liveThrough(t, one), "\n"))
		})
	}
	page := "../../docs/lifecycles.md"
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(text), "<!-- lifecycles -->\n")
	require.True(t, found)
	_, after, found := strings.Cut(rest, "<!-- /lifecycles -->")
	require.True(t, found)
	want := before + "<!-- lifecycles -->\n" + lifecycleTable() + "<!-- /lifecycles -->" + after
	if *writeLifecycles {
		require.NoError(t, os.WriteFile(page, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(text), "docs/lifecycles.md is out of date: go test ./worker/simulation -run TestLifecycles -simulation.lifecycles")
}

// lifecycleTable is the page's table, one part for each chapter.
func lifecycleTable() string {
	var b strings.Builder
	chapter := ""
	for _, one := range lifecycles() {
		if one.chapter != chapter {
			chapter = one.chapter
			fmt.Fprintf(&b, "\n### %s\n\n| what happens | policy | in the books |\n|---|---|---|\n", chapter)
		}
		books := strings.Join(one.want, "<br>")
		if books == "" {
			books = "nothing, and no sale"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", one.story, policyWords(one.policy), books)
	}
	b.WriteString("\n")
	return b.String()
}

// policyWords says what a policy has beside the defaults.
func policyWords(change func(*config.Policy)) string {
	p := config.DefaultConnection().Policy
	if change == nil {
		return "`issue_on: invoiced`"
	}
	change(&p)
	var words []string
	add := func(key, value, usual string) {
		if value != usual {
			words = append(words, "`"+key+": "+value+"`")
		}
	}
	add("issue_from", p.IssueFrom, "order")
	add("issue_on", p.IssueOn, "")
	add("on_edit", p.OnEdit, "hold")
	add("preorder", p.Preorder, "hold")
	add("currencies", strings.Join(p.Currencies, ", "), "")
	for _, row := range p.Taxes {
		words = append(words, fmt.Sprintf("`%s → %s %%`", row.Orderspace, row.Rate))
	}
	return strings.Join(words, "<br>")
}

// liveThrough lives one lifecycle and tells what came of it.
func liveThrough(t *testing.T, one lifecycle) (outcome []string) {
	t.Helper()
	dir, err := os.MkdirTemp(room(), "spacebridge-life") //nolint:usetesting // in memory, and removed with each life
	require.NoError(t, err)
	defer func() { require.NoError(t, os.RemoveAll(dir)) }()
	synctest.Test(t, func(t *testing.T) {
		p := calm(1, 1)
		p.Poll, p.Sweep, p.Nightly = 5*time.Minute, 15*time.Minute, 0
		p.Policy = func(decided *config.Policy) {
			decided.Currencies = nil
			if one.policy != nil {
				one.policy(decided)
			}
		}
		p.Shop.ManualWebhooks = true
		p.Shop.ProformaReplaced, p.Shop.DispatchShipping = false, false
		if one.shop != nil {
			one.shop(&p.Shop)
		}
		if one.books != nil {
			one.books(&p.Books)
		}
		w := newWorld(1, p, dir)
		w.startPatiently()
		l := newLife(t, w)
		l.seen()
		one.live(l)
		l.seen()
		outcome = l.outcome()
		w.healed.Store(true)
		w.end()
		require.Empty(t, w.failures)
	})
	return outcome
}

// life is a lifecycle being lived.
type life struct {
	t        *testing.T
	w        *World
	shop     *shop.Shop
	customer string
	standard string // tax rate of 20 %
	zero     string // of 0 %
	exempt   string // another of 0 %
	orders   int64
	invoices int
}

func newLife(t *testing.T, w *World) *life {
	t.Helper()
	s := w.sites[0].shop
	l := &life{t: t, w: w, shop: s}
	l.standard = s.AddTaxRate(shop.TaxRate{Name: "Standard", Rate: money.MustParse("20")}).ID
	l.zero = s.AddTaxRate(shop.TaxRate{Name: "Zero rated", Rate: money.MustParse("0")}).ID
	l.exempt = s.AddTaxRate(shop.TaxRate{Name: "Exempt", Rate: money.MustParse("0")}).ID
	l.customer = s.AddCustomer(shop.Customer{
		CompanyName: "Harbour Tea Rooms Ltd", TaxNumber: "GB123456789", EmailAddresses: shop.EmailAddresses{Invoices: "accounts@harbour.example"},
		Addresses: []shop.Address{{CompanyName: "Harbour Tea Rooms Ltd", Line1: "1 Quay Street", City: "Leeds", PostalCode: "LS1 1AA", Country: "GB"}},
	}).ID
	s.AddProduct(shop.Product{Code: "LIFE", Name: "Tea and cups", Active: true, Variants: []shop.Variant{
		{SKU: "TEA", UnitPrice: money.MustParse("8"), TaxRateID: l.standard, OnHand: 1000},
		{SKU: "CUP", UnitPrice: money.MustParse("5"), TaxRateID: l.standard, OnHand: 1000},
	}})
	return l
}

// seen lets the daemon see what happened and do what it can: several polls and sweeps.
func (l *life) seen() { l.w.sleep(time.Hour) }

// ok fails the test on an error of the shop.
func (l *life) ok(err error) {
	l.t.Helper()
	require.NoError(l.t, err)
}

func tea(n int64) shop.LineSpec { return shop.LineSpec{SKU: "TEA", Quantity: n} }
func cup(n int64) shop.LineSpec { return shop.LineSpec{SKU: "CUP", Quantity: n} }

// charge is a custom line at the standard rate.
func (l *life) charge(name, price string) shop.LineSpec {
	return shop.LineSpec{Name: name, UnitPrice: money.Some(money.MustParse(price)), TaxRateID: l.standard}
}

func (l *life) carriage(price string) shop.LineSpec {
	line := l.charge("Carriage", price)
	line.Shipping = true
	return line
}

// order places an order and gives its id. Numbers begin at 1001.
func (l *life) order(lines ...shop.LineSpec) string {
	l.t.Helper()
	return l.orderOf(shop.OrderSpec{Lines: lines})
}

func (l *life) orderOf(spec shop.OrderSpec) string {
	l.t.Helper()
	l.orders++
	spec.CustomerID, spec.Number = l.customer, 1000+l.orders
	order, err := l.shop.Place(spec)
	l.ok(err)
	return order.ID
}

// bill makes an invoice of an order and gives its id. Numbers begin at A1.
func (l *life) bill(order string, lines ...shop.InvoiceLineSpec) string {
	l.t.Helper()
	return l.billOf(order, shop.InvoiceSpec{Lines: lines})
}

func (l *life) billOf(order string, spec shop.InvoiceSpec) string {
	l.t.Helper()
	l.invoices++
	spec.Number = fmt.Sprintf("A%d", l.invoices)
	invoice, err := l.shop.Invoice(order, spec)
	l.ok(err)
	return invoice.ID
}

func (l *life) edit(order string, change func(*shop.Order)) {
	l.t.Helper()
	_, err := l.shop.Edit(order, change)
	l.ok(err)
}

// quantity sets how many of the first line are ordered.
func (l *life) quantity(order string, n int64) {
	l.t.Helper()
	l.edit(order, func(o *shop.Order) { o.Lines[0].Quantity = n })
}

func (l *life) pay(invoice, amount string) {
	l.t.Helper()
	_, err := l.shop.Pay(invoice, shop.PaymentSpec{Amount: money.MustParse(amount), Source: "card", Anyway: true})
	l.ok(err)
}

func (l *life) dispatch(order string, spec shop.DispatchSpec) {
	l.t.Helper()
	_, err := l.shop.Dispatch(order, spec)
	l.ok(err)
}

func (l *life) release(order string) {
	l.t.Helper()
	_, err := l.shop.Release(order)
	l.ok(err)
}

func (l *life) cancel(order string) {
	l.t.Helper()
	_, err := l.shop.Cancel(order)
	l.ok(err)
}

// clock is the time in this life.
func (l *life) clock() time.Time { return time.Now() }

// heldLine places an order of which the second line is on hold.
func (l *life) heldLine() string {
	l.t.Helper()
	held := cup(2)
	held.OnHold = true
	return l.order(tea(10), held)
}

// say speaks an operator's word on a sale.
func (l *life) say(sale, word string) {
	l.t.Helper()
	require.True(l.t, l.w.temporal.say(l.w.sites[0].name, sale, word, workflows.Word{By: "operator", Reason: "said so"}))
}

// outcome tells of every sale what became of it, in the order of their numbers.
func (l *life) outcome() (lines []string) {
	ledger, err := l.w.look()
	l.ok(err)
	defer ledger.Close()
	s := l.w.sites[0]
	sales, err := ledger.Sales(context.Background(), sqlite.SaleFilter{Connection: s.name})
	l.ok(err)
	slices.SortFunc(sales, func(a, b sqlite.Sale) int { return strings.Compare(a.Number+a.ID, b.Number+b.ID) })
	for _, sale := range sales {
		lines = append(lines, l.tell(s, sale))
	}
	return append(lines, l.strangers(s, sales)...)
}

func (l *life) tell(s *site, sale sqlite.Sale) string {
	state := string(sale.State)
	if sale.Hold != nil && sale.State == trade.StateHeld {
		state += " `" + sale.Hold.Code + "`"
	}
	told := []string{fmt.Sprintf("%s %s: %s", sale.Kind, sale.Number, state)}
	live := 0
	for _, order := range s.books.Orders() {
		if order.SourceID != sale.ID || !order.DeletedAt.IsZero() {
			continue
		}
		text := fmt.Sprintf("order %s, %s", order.Status, strings.ReplaceAll(order.PaymentStatus, "_", " "))
		if order.Status == "pending" {
			text += ", " + order.TotalWithTax.String() + " " + order.CurrencyCode
		}
		told = append(told, text)
	}
	for _, invoice := range s.books.Invoices() {
		if invoice.SourceID != sale.ID {
			continue
		}
		what := "invoice"
		if !invoice.Live() {
			what = "credited"
		} else {
			live++
		}
		told = append(told, fmt.Sprintf("%s %s %s", what, invoice.TotalWithTax, invoice.CurrencyCode))
	}
	require.LessOrEqual(l.t, live, 1, "two live invoices of %s", sale.ID)
	return strings.Join(told, "; ")
}

// strangers are invoices in the books that no sale of the ledger stands for.
func (l *life) strangers(s *site, sales []sqlite.Sale) (lines []string) {
	for _, invoice := range s.books.Invoices() {
		if !slices.ContainsFunc(sales, func(sale sqlite.Sale) bool { return sale.ID == invoice.SourceID }) {
			lines = append(lines, "an invoice that no sale stands for: "+invoice.SourceID)
		}
	}
	return lines
}
