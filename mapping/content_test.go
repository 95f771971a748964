package mapping

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

func TestShortenCountsCharacters(t *testing.T) {
	for _, test := range []struct {
		text  string
		limit int
		want  string
	}{
		{"Tea", 3, "Tea"},
		{"Teas", 3, "Te…"},
		{"éééé", 4, "éééé"}, // 8 bytes, 4 characters
		{"éééé", 3, "éé…"},
		{"😀😀", 4, "😀😀"}, // two places each where strings are UTF-16
		{"😀😀", 3, "😀…"},
		{"a 😀😀", 4, "a…"},
		{"", 3, ""},
	} {
		got := shorten(test.text, test.limit)
		require.Equal(t, test.want, got)
		require.LessOrEqual(t, length(got), test.limit)
	}
}

func TestClean(t *testing.T) {
	require.Equal(t, "1 Quay Street", clean(" 1\tQuay\n Street\x00 "))
	require.Equal(t, "Tea", clean("Te\xffa"))
}

func TestEmails(t *testing.T) {
	for _, test := range []struct {
		what    string
		order   trade.Emails
		record  trade.Emails
		buyers  []string
		want    string
		inOrder string // metadata
	}{
		{what: "invoices first", order: trade.Emails{Invoices: []string{"i@x.example"}, Orders: []string{"o@x.example"}}, buyers: []string{"b@x.example"}, want: "i@x.example"},
		{what: "the order's own before the customer's", order: trade.Emails{Invoices: []string{"i@x.example"}}, record: trade.Emails{Invoices: []string{"c@x.example"}}, want: "i@x.example"},
		{what: "orders next", order: trade.Emails{Invoices: []string{""}, Orders: []string{"o@x.example"}}, buyers: []string{"b@x.example"}, want: "o@x.example"},
		{what: "buyers last", buyers: []string{"b@x.example"}, want: "b@x.example"},
		{what: "the first that is valid", order: trade.Emails{Invoices: []string{"none", "a@b", "@x.example", "x y@x.example", "a..b@x.example", "ok@x.example"}}, want: "ok@x.example"},
		{what: "several", order: trade.Emails{Invoices: []string{"a@x.example", " b@x.example", "A@X.example"}}, want: "a@x.example", inOrder: "a@x.example, b@x.example"},
		{what: "none"},
	} {
		r := &review{Facts: Facts{SaleID: "or_1", Order: &trade.Order{CustomerID: "cu_1", Emails: test.order}, Customer: &trade.Customer{Emails: test.record, BuyerEmails: test.buyers}}}
		r.doc = r.document()
		d := &draft{review: r, sale: &trade.Sale{}}
		d.party()
		require.Equal(t, test.want, d.sale.Party.Email, test.what)
		require.Equal(t, test.inOrder, d.metadata()["customer_emails"], test.what)
	}
}

func TestManyEmailsAreNotCut(t *testing.T) {
	var many []string
	for range 5 {
		many = append(many, strings.Repeat("a", 60+len(many))+"@x.example")
	}
	list := joinTo(limitMetadata, many)
	require.LessOrEqual(t, len(list), limitMetadata)
	require.Len(t, strings.Split(list, ", "), 3)
	require.True(t, strings.HasSuffix(list, "@x.example"))
}

func TestBuyerNameFallsBack(t *testing.T) {
	order := trade.Order{CustomerID: "cu_1", CompanyName: "Order Ltd", BillingAddress: trade.Address{CompanyName: "Billing Ltd", ContactName: "Jo Bloggs"}}
	customer := trade.Customer{CompanyName: "Customer Ltd"}
	name := func() string {
		d := &draft{review: &review{Facts: Facts{Order: &order, Customer: &customer}, doc: &order}, sale: &trade.Sale{}}
		d.party()
		return d.sale.Party.Name
	}
	require.Equal(t, "Billing Ltd", name())
	order.BillingAddress.CompanyName = " "
	require.Equal(t, "Order Ltd", name())
	order.CompanyName = ""
	require.Equal(t, "Customer Ltd", name())
	customer.CompanyName = ""
	require.Equal(t, "Jo Bloggs", name())
}

// TestTablesAreWhole: every rule and hold that the code knows stands in its table once, explained.
func TestTablesAreWhole(t *testing.T) {
	seen := map[string]int{}
	for _, rule := range Rules() {
		seen[rule.Name]++
		require.Regexp(t, `^[a-z]+\.[a-z_]+$`, rule.Name)
		require.True(t, strings.HasSuffix(rule.Doc, "."), rule.Doc)
	}
	for _, hold := range Holds() {
		seen[hold.Code]++
		require.Regexp(t, `^[a-z_]+$`, hold.Code)
		require.NotEmpty(t, hold.Meaning)
		require.Equal(t, hold.Advice, advice(hold.Code))
	}
	for _, name := range append(constants(t, "rules.go"), constants(t, "holds.go")...) {
		require.Equal(t, 1, seen[name], name)
	}
}

// constants reads the string constants of a file of this package.
func constants(t *testing.T, path string) (values []string) {
	t.Helper()
	source, err := os.ReadFile(path)
	require.NoError(t, err)
	file, err := parser.ParseFile(token.NewFileSet(), path, source, 0)
	require.NoError(t, err)
	for _, declaration := range file.Decls {
		group, ok := declaration.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			continue
		}
		for _, spec := range group.Specs {
			value := spec.(*ast.ValueSpec)
			if name := value.Names[0].Name; strings.HasPrefix(name, "Rule") || strings.HasPrefix(name, "Hold") {
				values = append(values, strings.Trim(value.Values[0].(*ast.BasicLit).Value, `"`))
			}
		}
	}
	require.NotEmpty(t, values)
	return values
}

func TestTriggers(t *testing.T) {
	require.Equal(t, OnInvoiced, Triggers(trade.KindOrder)[0], "the usual one comes first")
	require.Equal(t, OnCreated, Triggers(trade.KindInvoice)[0], "the usual one comes first")
	require.NotContains(t, Triggers(trade.KindInvoice), OnInvoiced)
}
