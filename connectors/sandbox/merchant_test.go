package sandbox_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox"
	"spacebridge/connectors/sandbox/shop"
	"spacebridge/mapping/money"
)

var (
	march = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	april = time.Date(2026, 4, 1, 8, 0, 0, 0, time.UTC)
)

// newShop is an empty site whose clock stands at the first of April.
func newShop(t *testing.T) *shop.Shop {
	t.Helper()
	s := shop.New(shop.Options{Seed: 7, RequestsPerMinute: -1, ManualWebhooks: true, Now: func() time.Time { return april }})
	t.Cleanup(s.Close)
	return s
}

// world is a shop with a month of history and some live steps after it.
func world(t *testing.T, seed uint64, orders, steps int, options ...sandbox.MerchantOption) (*shop.Shop, *sandbox.Merchant, []sandbox.Event) {
	t.Helper()
	s := newShop(t)
	m := sandbox.NewMerchant(s, seed, options...)
	require.NoError(t, m.History(march, april, orders))
	var events []sandbox.Event
	for n := range steps {
		event, err := m.Step(april.Add(time.Duration(n) * time.Minute))
		require.NoError(t, err)
		events = append(events, event)
	}
	return s, m, events
}

// dump writes everything a site holds.
func dump(t *testing.T, s *shop.Shop) string {
	t.Helper()
	text, err := json.Marshal([]any{s.Customers(), s.Products(), s.Orders(), s.Invoices(), s.Dispatches()})
	require.NoError(t, err)
	return string(text)
}

func TestSameSeedSameWorld(t *testing.T) {
	t.Parallel()
	one, first, events := world(t, 42, 120, 150)
	two, second, again := world(t, 42, 120, 150)
	require.Equal(t, events, again)
	require.Equal(t, first.Planted(), second.Planted())
	require.Equal(t, dump(t, one), dump(t, two))
	three, _, _ := world(t, 43, 120, 150)
	require.NotEqual(t, dump(t, one), dump(t, three))
}

// TestOrdersAddUp recounts with arithmetic of its own, in whole minor units of a ten-thousandth.
func TestOrdersAddUp(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		s, m, _ := world(t, seed, 120, 100)
		planted := m.Planted()
		for _, order := range s.Orders() {
			net, gross := money.Zero, money.Zero
			for _, line := range order.Lines {
				exact, err := line.UnitPrice.Mul(money.MustParse(json.Number(itoa(line.Quantity)).String()))
				require.NoError(t, err)
				currency, err := money.ParseCurrency(order.Currency)
				require.NoError(t, err)
				places := currency.Digits
				if planted[order.ID] == "" {
					places = 2 // as the books do it, whatever the currency: nothing but a planted order may differ
				}
				require.Zero(t, money.RoundHalfUp(exact, places).Cmp(line.SubTotal), "order %d %s", order.Number, line.Name)
				tax, err := line.SubTotal.Mul(line.TaxRate)
				require.NoError(t, err)
				tax, err = tax.Mul(money.MustParse("0.01"))
				require.NoError(t, err)
				require.Zero(t, money.RoundHalfUp(tax, places).Cmp(line.TaxAmount), "order %d %s", order.Number, line.Name)
				net, err = net.Add(line.SubTotal)
				require.NoError(t, err)
				gross, err = gross.Add(line.SubTotal)
				require.NoError(t, err)
				gross, err = gross.Add(line.TaxAmount)
				require.NoError(t, err)
			}
			require.Zero(t, net.Cmp(order.NetTotal))
			require.Zero(t, gross.Cmp(order.GrossTotal))
			require.True(t, gross.IsPos() || planted[order.ID] == "negative_total", "order %d", order.Number)
		}
	}
}

func itoa(n int64) string { text, _ := json.Marshal(n); return string(text) }

func TestHistoryHasEveryStage(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		s, m, _ := world(t, seed, 120, 0)
		orders := s.Orders()
		require.GreaterOrEqual(t, len(orders), 115, "few are deleted")
		statuses, currencies := map[shop.OrderStatus]int{}, map[string]int{}
		var paid, partPaid, proformaOnly, hundred, oneCent, shipping, custom, untaxed, purchase, generated int
		for _, order := range orders {
			require.False(t, order.Created.Before(march) || order.Created.After(april))
			statuses[order.Status]++
			currencies[order.Currency]++
			if len(order.Lines) >= 100 {
				hundred++
			}
			if order.GrossTotal.Cmp(money.MustParse("0.02")) < 0 && order.GrossTotal.IsPos() {
				oneCent++
			}
			if order.CustomerPONumber != "" {
				purchase++
			}
			if order.StandingOrderID != "" {
				generated++
			}
			for _, line := range order.Lines {
				switch {
				case line.Shipping:
					shipping++
				case line.SKU == "":
					custom++
				}
				if line.TaxRateID == "" {
					untaxed++
				}
			}
		}
		covered := map[string]bool{}
		for _, invoice := range s.Invoices() {
			if invoice.Paid {
				paid++
			} else if len(invoice.Payments) > 0 {
				partPaid++
			}
			if invoice.Proforma {
				proformaOnly++
			} else {
				covered[invoice.Orders[0].ID] = true
			}
		}
		for _, status := range []shop.OrderStatus{
			shop.StatusNew, shop.StatusInvoiced, shop.StatusReleased, shop.StatusPartFulfilled, shop.StatusPreorder, shop.StatusFulfilled,
			shop.StatusStandingOrder, shop.StatusCancelled,
		} {
			require.NotZero(t, statuses[status], "seed %d: %s", seed, status)
		}
		for _, currency := range []string{"GBP", "EUR", "USD", "JPY"} {
			require.NotZero(t, currencies[currency], "seed %d: %s", seed, currency)
		}
		for name, count := range map[string]int{
			"paid": paid, "part paid": partPaid, "proforma": proformaOnly, "hundred lines": hundred, "one cent": oneCent, "shipping": shipping,
			"custom": custom, "untaxed": untaxed, "purchase order": purchase, "generated": generated, "invoiced": len(covered),
		} {
			require.NotZero(t, count, "seed %d: %s", seed, name)
		}
		kinds := map[string]int{}
		for _, code := range m.Planted() {
			kinds[code]++
		}
		require.Equal(t, map[string]int{
			"penny_lock": 1, "split_invoice": 3, "no_lines": 1, "totals_do_not_add_up": 1, "unknown_currency": 1, "negative_total": 1, "currency_decimals": 1,
		}, kinds)
	}
}

func TestCustomersStressWhatShopsStress(t *testing.T) {
	t.Parallel()
	s, _, _ := world(t, 1, 1, 0)
	customers := s.Customers()
	require.Len(t, customers, 60)
	require.Len(t, s.Products(), 80)
	countries := map[string]bool{}
	var silent, several, untaxed, long, foreign int
	for _, c := range customers {
		countries[c.Addresses[0].Country] = true
		if c.EmailAddresses == (shop.EmailAddresses{}) {
			silent++
		}
		if strings.Contains(c.EmailAddresses.Invoices, ",") {
			several++
		}
		if c.TaxNumber == "" {
			untaxed++
		}
		if utf8.RuneCountInString(c.CompanyName) == 200 {
			long++
		}
		if len(c.CompanyName) > 2*utf8.RuneCountInString(c.CompanyName) {
			foreign++
		}
	}
	require.Len(t, countries, 8)
	require.NotContains(t, []int{silent, several, untaxed, long, foreign}, 0)
}

func TestWithoutBroken(t *testing.T) {
	t.Parallel()
	_, m, _ := world(t, 1, 120, 200, sandbox.WithoutBroken())
	require.Empty(t, m.Planted())
}

func TestStepsComeToAnEnd(t *testing.T) {
	t.Parallel()
	s, _, events := world(t, 3, 40, 800)
	kinds := map[string]int{}
	for _, event := range events {
		kinds[event.Kind]++
		require.Contains(t, event.Text, itoa(event.Number))
	}
	for _, kind := range []string{"placed", "edited", "released", "hold_released", "dispatched", "proforma", "invoiced", "part_paid", "paid", "cancelled", "deleted"} {
		require.NotZero(t, kinds[kind], kind)
	}
	ended := 0
	for _, order := range s.Orders() {
		if order.Status == shop.StatusFulfilled || order.Status == shop.StatusCancelled {
			ended++
		}
	}
	require.Greater(t, ended, len(s.Orders())*7/10, "most orders come to their end")
}

func TestStepLetsGoOfWhatSomebodyElseChanged(t *testing.T) {
	t.Parallel()
	s, m, _ := world(t, 3, 30, 0)
	for _, order := range s.Orders() {
		if order.Status != shop.StatusStandingOrder {
			require.NoError(t, s.Delete(order.ID))
		}
	}
	for n := range 50 {
		_, err := m.Step(april.Add(time.Duration(n) * time.Second))
		require.NoError(t, err)
	}
}

// TestPlantedFaultsAreServed reads the broken orders as a client would.
func TestPlantedFaultsAreServed(t *testing.T) {
	t.Parallel()
	s, m, _ := world(t, 5, 120, 0)
	get := reader(t, s)
	for id, code := range m.Planted() {
		order, _ := s.Order(id)
		raw := get("/v1/orders/" + id)["order"].(map[string]any)
		gross := raw["gross_total"].(json.Number).String()
		lines, _ := raw["order_lines"].([]any)
		added := money.Zero
		for _, line := range lines {
			for _, key := range []string{"sub_total", "tax_amount"} {
				var err error
				added, err = added.Add(money.MustParse(line.(map[string]any)[key].(json.Number).String()))
				require.NoError(t, err)
			}
		}
		addsUp := added.Cmp(money.MustParse(gross)) == 0
		own := slices.DeleteFunc(s.Invoices(), func(i shop.Invoice) bool {
			return !slices.ContainsFunc(i.Orders, func(r shop.OrderRef) bool { return r.ID == id })
		})
		switch code {
		case "no_lines":
			require.Empty(t, lines)
		case "unknown_currency":
			require.Equal(t, "XXQ", raw["currency"])
		case "currency_decimals":
			require.Equal(t, "KWD", raw["currency"])
			require.Positive(t, money.MustParse(gross).Trim(0).Scale()-2, "three decimals")
			require.True(t, addsUp)
		case "negative_total":
			require.True(t, money.MustParse(gross).IsNeg())
			require.True(t, addsUp)
		case "totals_do_not_add_up":
			require.False(t, addsUp)
		case "penny_lock":
			require.True(t, addsUp, "it adds up, and still the books would make a cent more of it")
			rest, err := order.GrossTotal.Sub(money.MustParse(gross))
			require.NoError(t, err)
			require.Equal(t, "0.01", rest.Trim(2).String())
		case "split_invoice":
			require.True(t, len(own) != 1 || len(own[0].Orders) > 1 || own[0].GrossTotal.Cmp(order.GrossTotal) != 0 || len(own) == 0)
			continue
		default:
			t.Fatalf("unknown code %s", code)
		}
		for _, invoice := range own { // the invoice tells the same story
			served := get("/v1/invoices/" + invoice.ID)["invoice"].(map[string]any)
			require.Equal(t, raw["currency"], served["currency"], code)
			require.Zero(t, money.MustParse(gross).Cmp(money.MustParse(served["gross_total"].(json.Number).String())), code)
		}
	}
}

// reader gets a token and then records.
func reader(t *testing.T, s *shop.Shop) func(path string) map[string]any {
	t.Helper()
	decode := func(w *httptest.ResponseRecorder) map[string]any {
		t.Helper()
		require.Equal(t, http.StatusOK, w.Code, w.Body.String())
		dec := json.NewDecoder(w.Body)
		dec.UseNumber()
		var out map[string]any
		require.NoError(t, dec.Decode(&out))
		return out
	}
	id, secret := s.Credentials()
	form := url.Values{"client_id": {id}, "client_secret": {secret}, "grant_type": {"client_credentials"}}
	r := httptest.NewRequest(http.MethodPost, "/oauth/token", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.IdentityHandler().ServeHTTP(w, r)
	token := decode(w)["access_token"].(string)
	return func(path string) map[string]any {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		s.APIHandler().ServeHTTP(w, r)
		return decode(w)
	}
}

// TestDayAfterALongPast asks for the same variety after a long history as after a short one: nothing may crowd out new orders.
func TestDayAfterALongPast(t *testing.T) {
	t.Parallel()
	for _, orders := range []int{0, 20, 140, 400, 1500} {
		_, _, events := world(t, 1, orders, 60)
		kinds := map[string]int{}
		for _, event := range events {
			kinds[event.Kind]++
		}
		require.GreaterOrEqual(t, kinds["placed"], 6, "%d orders: %v", orders, kinds)
		for _, kind := range []string{"dispatched", "invoiced", "paid", "cancelled"} {
			require.NotZero(t, kinds[kind], "%d orders: no %s in %v", orders, kind, kinds)
		}
	}
}

// TestShortHistoriesAreBrokenToo plants a few faults, of different kinds, where there are few orders.
func TestShortHistoriesAreBrokenToo(t *testing.T) {
	t.Parallel()
	for orders, want := range map[int][2]int{3: {0, 0}, 8: {1, 1}, 40: {2, 3}, 60: {3, 6}, 99: {5, 8}} {
		_, m, _ := world(t, 1, orders, 0)
		kinds := map[string]bool{}
		for _, code := range m.Planted() {
			kinds[code] = true
		}
		require.GreaterOrEqual(t, len(kinds), want[0], "%d orders", orders)
		require.LessOrEqual(t, len(m.Planted()), want[1], "%d orders", orders)
	}
}
