package shop_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox/shop"
	"spacebridge/mapping/money"
)

// clock is a clock that only moves when it is told to.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// site is a shop with a catalogue, a customer and a client that holds a token.
type site struct {
	*shop.Shop
	t        *testing.T
	clock    *clock
	api      http.Handler
	identity http.Handler
	token    string
	customer shop.Customer
	standard shop.TaxRate
	reduced  shop.TaxRate
}

// open makes a site without a limit, unless the options set one, whose webhooks wait for Flush.
func open(t *testing.T, opts shop.Options) *site {
	t.Helper()
	c := newClock()
	opts.Now, opts.ManualWebhooks, opts.AllowHTTPWebhooks = c.Now, true, true
	if opts.RequestsPerMinute == 0 {
		opts.RequestsPerMinute = -1
	}
	s := &site{Shop: shop.New(opts), t: t, clock: c}
	t.Cleanup(s.Close)
	s.api, s.identity = s.APIHandler(), s.IdentityHandler()
	s.standard = s.AddTaxRate(shop.TaxRate{Name: "Standard", Rate: money.MustParse("20")})
	s.reduced = s.AddTaxRate(shop.TaxRate{Name: "Reduced", Rate: money.MustParse("5")})
	terms := s.AddPaymentTerms(shop.PaymentTerms{Name: "15 Days", DaysDue: 15})
	s.customer = s.AddCustomer(shop.Customer{
		CompanyName: "Blue Sky", TaxNumber: "GB123456789", PaymentTermsID: terms.ID,
		Buyers:         []shop.Buyer{{Name: "Emilia", EmailAddress: "sample@example.com"}},
		EmailAddresses: shop.EmailAddresses{Invoices: "accounts@example.com"},
		Addresses:      []shop.Address{{CompanyName: "Blue Sky", Line1: "12 Blue Sky Lane", City: "Bristol", Country: "GB"}},
	})
	s.AddProduct(shop.Product{
		Code: "AD", Name: "Angelica Dress", Active: true, VariantOptions: []string{"Size"},
		Variants: []shop.Variant{
			{SKU: "AD-16", Options: map[string]string{"Size": "16"}, UnitPrice: money.MustParse("22.25"), OnHand: 100},
			{SKU: "AD-18", Options: map[string]string{"Size": "18"}, UnitPrice: money.MustParse("15"), OnHand: 100},
		},
	})
	s.token = s.newToken()
	return s
}

// answer is a reply with its body read.
type answer struct {
	*http.Response
	Body []byte
}

// JSON is the body, decoded with numbers as they are written.
func (a answer) JSON(t *testing.T) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(string(a.Body)))
	decoder.UseNumber()
	var out map[string]any
	require.NoError(t, decoder.Decode(&out), "body: %s", a.Body)
	return out
}

// Message is the documented error text.
func (a answer) Message(t *testing.T) string {
	t.Helper()
	text, _ := a.JSON(t)["message"].(string)
	return text
}

func send(h http.Handler, r *http.Request) answer {
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, r)
	reply := recorder.Result()
	body, _ := io.ReadAll(reply.Body)
	return answer{Response: reply, Body: body}
}

func (s *site) newToken() string {
	s.t.Helper()
	id, secret := s.Credentials()
	reply := s.askToken("application/x-www-form-urlencoded",
		"grant_type=client_credentials&client_id="+id+"&client_secret="+secret)
	require.Equal(s.t, http.StatusOK, reply.StatusCode)
	token, _ := reply.JSON(s.t)["access_token"].(string)
	return token
}

func (s *site) askToken(contentType, body string) answer {
	s.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/oauth/token", strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	return send(s.identity, r)
}

// get asks the API with the site's token.
func (s *site) get(path string) answer {
	s.t.Helper()
	return s.call(http.MethodGet, path, "")
}

func (s *site) call(method, path, body string) answer {
	s.t.Helper()
	r := httptest.NewRequest(method, "/v1"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+s.token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return send(s.api, r)
}

// one asks for one record and takes it out of its envelope.
func (s *site) one(name, path string) map[string]any {
	s.t.Helper()
	reply := s.get(path)
	require.Equal(s.t, http.StatusOK, reply.StatusCode, "%s", reply.Body)
	record, ok := reply.JSON(s.t)[name].(map[string]any)
	require.True(s.t, ok, "%s", reply.Body)
	return record
}

// ids asks for a list and gives the ids on the page, and has_more if it was there.
func (s *site) ids(plural, query string) (ids []string, hasMore any) {
	s.t.Helper()
	reply := s.get("/" + plural + query)
	require.Equal(s.t, http.StatusOK, reply.StatusCode, "%s", reply.Body)
	body := reply.JSON(s.t)
	records, ok := body[plural].([]any)
	require.True(s.t, ok, "%s", reply.Body)
	for _, record := range records {
		fields, _ := record.(map[string]any)
		id, named := fields["id"].(string)
		if !named {
			id, _ = fields["sku"].(string)
		}
		ids = append(ids, id)
	}
	return ids, body["has_more"]
}

// place orders quantities of AD-16 at 22.25 and AD-18 at 15.
func (s *site) place(sixteens, eighteens int64) shop.Order {
	s.t.Helper()
	var lines []shop.LineSpec
	if sixteens > 0 {
		lines = append(lines, shop.LineSpec{SKU: "AD-16", Quantity: sixteens})
	}
	if eighteens > 0 {
		lines = append(lines, shop.LineSpec{SKU: "AD-18", Quantity: eighteens})
	}
	order, err := s.Place(shop.OrderSpec{CustomerID: s.customer.ID, Lines: lines})
	require.NoError(s.t, err)
	return order
}

// number reads a JSON number of a record exactly.
func number(t *testing.T, record map[string]any, name string) money.Decimal {
	t.Helper()
	text, ok := record[name].(json.Number)
	require.True(t, ok, "%s is %v", name, record[name])
	d, err := money.ParseDecimal(text.String())
	require.NoError(t, err)
	return d
}

// requireMoney compares amounts by value: 20 is 20.0.
func requireMoney(t *testing.T, want string, got money.Decimal) {
	t.Helper()
	require.Zero(t, money.MustParse(want).Cmp(got), "want %s, got %s", want, got)
}

func repeat(n int, do func(i int)) {
	for i := range n {
		do(i)
	}
}

func ExampleShop_Place() {
	s := shop.New(shop.Options{Seed: 1, Now: newClock().Now})
	defer s.Close()
	s.AddTaxRate(shop.TaxRate{Name: "Standard", Rate: money.MustParse("20")})
	customer := s.AddCustomer(shop.Customer{CompanyName: "Blue Sky"})
	order, err := s.Place(shop.OrderSpec{CustomerID: customer.ID, Lines: []shop.LineSpec{
		{Name: "Engraving", Quantity: 2, UnitPrice: money.Some(money.MustParse("4.99"))},
	}})
	fmt.Fprintln(os.Stdout, order.Number, order.Status, order.NetTotal, order.GrossTotal, err)
	// Output: 1001 new 9.98 11.98 <nil>
}
