package sandbox_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox"
	"spacebridge/connectors/sandbox/books"
	"spacebridge/connectors/sandbox/shop"
	"spacebridge/mapping/money"
)

// clerk keeps the books by hand: it posts what it is told to, over HTTP.
type clerk struct {
	t           *testing.T
	books       *books.Books
	integration string
	now         time.Time
}

func newClerk(t *testing.T) *clerk {
	t.Helper()
	c := &clerk{t: t, now: april}
	c.books = books.New(books.Options{RequestsPerMinute: -1, Now: func() time.Time { return c.now }})
	c.integration = c.books.AddIntegration("Orderspace").ID
	return c
}

type fields = map[string]any

func (c *clerk) call(method, path string, body any) fields {
	c.t.Helper()
	text, err := json.Marshal(body)
	require.NoError(c.t, err)
	r := httptest.NewRequest(method, path, bytes.NewReader(text))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+c.books.APIKey())
	w := httptest.NewRecorder()
	c.books.Handler().ServeHTTP(w, r)
	require.Less(c.t, w.Code, 300, w.Body.String())
	var out fields
	require.NoError(c.t, json.Unmarshal(w.Body.Bytes(), &out))
	return out
}

// post enters an order; change may falsify it. It returns the id of the order in the books.
func (c *clerk) post(o shop.Order, change func(fields)) string {
	c.t.Helper()
	num := func(d money.Decimal) json.Number { return json.Number(d.String()) }
	var items []fields
	for _, l := range o.Lines {
		item := fields{
			"name": l.Name, "quantity": l.Quantity, "price": num(l.UnitPrice), "total": num(l.SubTotal), "total_with_tax": num(l.SubTotal), "taxes": []fields{},
		}
		if l.TaxRateID != "" {
			item["taxes"] = []fields{{"rate": num(l.TaxRate)}}
		}
		items = append(items, item)
	}
	body := fields{
		"order_integration_id": c.integration, "source": "manual", "source_id": o.ID, "currency_code": o.Currency,
		"total": num(o.NetTotal), "total_with_tax": num(o.GrossTotal), "items": items,
	}
	if change != nil {
		change(body)
	}
	return c.call(http.MethodPost, "/orders", body)["id"].(string)
}

// issue enters an order and issues its invoice.
func (c *clerk) issue(o shop.Order, change func(fields)) string {
	c.t.Helper()
	id := c.post(o, change)
	c.call(http.MethodPost, "/orders/"+id+"/process", nil)
	c.now = c.now.Add(time.Second)
	return id
}

// settled is a world whose books are in order under a trigger.
func settled(t *testing.T, trigger string, orders int) (*shop.Shop, *clerk, sandbox.AuditOptions) {
	t.Helper()
	s, m, _ := world(t, 11, orders, 20)
	c := newClerk(t)
	o := sandbox.AuditOptions{Since: march, Trigger: trigger, Planted: m.Planted(), Held: map[string]string{}}
	first := sandbox.Audit(s, c.books, o)
	require.Empty(t, first.Duplicates)
	require.Empty(t, first.Unexpected)
	require.Len(t, first.Missing, first.Eligible)
	for _, f := range first.Missing {
		order, _ := s.Order(f.OrderID)
		c.issue(order, nil)
	}
	for _, f := range first.NotHeld {
		o.Held[f.OrderID] = f.Want
	}
	return s, c, o
}

func TestAuditPassesBooksInOrder(t *testing.T) {
	t.Parallel()
	counts := map[string]int{}
	for _, trigger := range []string{"created", "released", "dispatched", "invoiced", "paid", "manual"} {
		s, c, o := settled(t, trigger, 120)
		report := sandbox.Audit(s, c.books, o)
		require.True(t, report.OK(), "%s: %s", trigger, report)
		require.Equal(t, report.Eligible, report.Invoices)
		require.Equal(t, "0", report.DifferenceSum)
		require.Len(t, report.Held, len(o.Held))
		counts[trigger] = report.Eligible
	}
	require.Zero(t, counts["manual"])
	require.Greater(t, counts["created"], counts["released"])
	require.Greater(t, counts["released"], counts["dispatched"])
	require.Greater(t, counts["invoiced"], counts["paid"])
	require.Greater(t, counts["paid"], 20)
}

func TestAuditOfNothingKnowsWhatIsMissing(t *testing.T) {
	t.Parallel()
	s, m, _ := world(t, 11, 120, 0)
	c := newClerk(t)
	report := sandbox.Audit(s, c.books, sandbox.AuditOptions{Since: march, Planted: m.Planted()})
	require.False(t, report.OK())
	require.Greater(t, report.Eligible, 40)
	require.Len(t, report.Missing, report.Eligible)
	require.Len(t, report.NotHeld, 9, "every planted order has come to be due")
	later := sandbox.Audit(s, c.books, sandbox.AuditOptions{Since: april, Planted: m.Planted()})
	require.Zero(t, later.Eligible, "nothing from before since is due")
}

// TestAuditSees falsifies books that are in order, one way at a time, and looks for the finding.
func TestAuditSees(t *testing.T) {
	t.Parallel()
	pick := func(t *testing.T, s *shop.Shop, c *clerk, o sandbox.AuditOptions, due bool) shop.Order {
		t.Helper()
		for _, order := range s.Orders() {
			_, invoices := c.books.ForSource(order.ID)
			_, planted := o.Planted[order.ID]
			if (len(invoices) > 0) == due && !planted && order.Status != shop.StatusStandingOrder && len(order.Lines) > 0 {
				return order
			}
		}
		t.Fatal("no such order")
		return shop.Order{}
	}
	only := func(t *testing.T, r sandbox.Report, list []sandbox.Finding, want string) {
		t.Helper()
		require.Len(t, list, 1, r.String())
		require.Equal(t, want, list[0].OrderID)
		require.False(t, r.OK())
		total := len(r.Missing) + len(r.Duplicates) + len(r.Differences) + len(r.Unexpected) + len(r.UnexpectedHeld) + len(r.NotHeld)
		require.Equal(t, 1, total, r.String())
		require.Contains(t, r.String(), want)
	}
	t.Run("a missing invoice", func(t *testing.T) {
		t.Parallel()
		s, c, o := settled(t, "invoiced", 40)
		order := pick(t, s, c, o, true)
		_, invoices := c.books.ForSource(order.ID)
		require.NoError(t, c.books.Void(invoices[0].ID))
		r := sandbox.Audit(s, c.books, o)
		only(t, r, r.Missing, order.ID)
	})
	t.Run("a duplicate", func(t *testing.T) {
		t.Parallel()
		s, c, o := settled(t, "invoiced", 40)
		order := pick(t, s, c, o, true)
		c.issue(order, nil)
		r := sandbox.Audit(s, c.books, o)
		only(t, r, r.Duplicates, order.ID)
		require.Equal(t, r.Eligible+1, r.Invoices)
	})
	t.Run("a duplicate that was voided since", func(t *testing.T) {
		t.Parallel()
		s, c, o := settled(t, "invoiced", 40)
		order := pick(t, s, c, o, true)
		c.issue(order, nil)
		_, invoices := c.books.ForSource(order.ID)
		require.NoError(t, c.books.Void(invoices[1].ID))
		r := sandbox.Audit(s, c.books, o)
		only(t, r, r.Duplicates, order.ID)
	})
	t.Run("not a reissue", func(t *testing.T) {
		t.Parallel()
		s, c, o := settled(t, "invoiced", 40)
		order := pick(t, s, c, o, true)
		books, _ := c.books.ForSource(order.ID)
		items := []fields{{"name": "Other", "quantity": 1, "price": json.Number(order.NetTotal.String()), "total": 0, "total_with_tax": 0, "taxes": []fields{}}}
		c.call(http.MethodPatch, "/orders/"+books[0].ID, fields{"items": items})
		c.call(http.MethodPost, "/orders/"+books[0].ID+"/reissue", nil)
		r := sandbox.Audit(s, c.books, o)
		require.Empty(t, r.Duplicates)
		require.LessOrEqual(t, len(r.Differences), 1)
	})
	t.Run("a new invoice after a void", func(t *testing.T) {
		t.Parallel()
		s, c, o := settled(t, "invoiced", 40)
		order := pick(t, s, c, o, true)
		_, invoices := c.books.ForSource(order.ID)
		require.NoError(t, c.books.Void(invoices[0].ID))
		c.issue(order, nil)
		r := sandbox.Audit(s, c.books, o)
		require.True(t, r.OK(), r.String())
	})
	t.Run("a cent too much", func(t *testing.T) {
		t.Parallel()
		s, c, o := settled(t, "invoiced", 40)
		order := pick(t, s, c, o, true)
		_, invoices := c.books.ForSource(order.ID)
		require.NoError(t, c.books.Void(invoices[0].ID))
		c.issue(order, func(body fields) {
			body["items"] = append(body["items"].([]fields), fields{"name": "Cent", "quantity": 1, "price": json.Number("0.01"), "total": 0, "total_with_tax": 0, "taxes": []fields{}})
		})
		r := sandbox.Audit(s, c.books, o)
		only(t, r, r.Differences, order.ID)
		require.Equal(t, "0.01", r.DifferenceSum)
		require.Equal(t, "the gross total differs", r.Differences[0].Why)
	})
	t.Run("the same gross from another net", func(t *testing.T) {
		t.Parallel()
		s, c, o := settled(t, "invoiced", 40)
		orders := slices.DeleteFunc(s.Orders(), func(order shop.Order) bool {
			_, invoices := c.books.ForSource(order.ID)
			return len(invoices) == 0 || order.GrossTotal.Cmp(order.NetTotal) == 0
		})
		order := orders[0]
		_, invoices := c.books.ForSource(order.ID)
		require.NoError(t, c.books.Void(invoices[0].ID))
		c.issue(order, func(body fields) {
			body["items"] = []fields{{"name": "All", "quantity": 1, "price": json.Number(order.GrossTotal.String()), "total": 0, "total_with_tax": 0, "taxes": []fields{}}}
		})
		r := sandbox.Audit(s, c.books, o)
		only(t, r, r.Differences, order.ID)
		require.Equal(t, "the net total differs", r.Differences[0].Why)
	})
	t.Run("another currency", func(t *testing.T) {
		t.Parallel()
		s, c, o := settled(t, "invoiced", 40)
		order := pick(t, s, c, o, true)
		_, invoices := c.books.ForSource(order.ID)
		require.NoError(t, c.books.Void(invoices[0].ID))
		c.issue(order, func(body fields) { body["currency_code"] = "CHF" })
		r := sandbox.Audit(s, c.books, o)
		only(t, r, r.Differences, order.ID)
	})
	t.Run("an invoice for an order that is not due", func(t *testing.T) {
		t.Parallel()
		s, c, o := settled(t, "invoiced", 40)
		order := pick(t, s, c, o, false)
		c.issue(order, nil)
		r := sandbox.Audit(s, c.books, o)
		only(t, r, r.Unexpected, order.ID)
	})
	t.Run("an invoice for an order the shop does not have", func(t *testing.T) {
		t.Parallel()
		s, c, o := settled(t, "invoiced", 40)
		order := pick(t, s, c, o, false)
		order.ID = "or_nowhere"
		c.issue(order, nil)
		r := sandbox.Audit(s, c.books, o)
		only(t, r, r.Unexpected, "or_nowhere")
	})
	t.Run("an invoice for a planted order", func(t *testing.T) {
		t.Parallel()
		s, c, o := settled(t, "invoiced", 40)
		for id := range o.Held {
			order, _ := s.Order(id)
			c.issue(order, nil)
			r := sandbox.Audit(s, c.books, o)
			only(t, r, r.Unexpected, id)
			return
		}
	})
	t.Run("a pending order is no invoice", func(t *testing.T) {
		t.Parallel()
		s, c, o := settled(t, "invoiced", 40)
		c.post(pick(t, s, c, o, false), nil)
		r := sandbox.Audit(s, c.books, o)
		require.True(t, r.OK(), r.String())
	})
	t.Run("a hold without reason", func(t *testing.T) {
		t.Parallel()
		s, c, o := settled(t, "invoiced", 40)
		order := pick(t, s, c, o, false)
		o.Held[order.ID] = "penny_lock"
		r := sandbox.Audit(s, c.books, o)
		only(t, r, r.UnexpectedHeld, order.ID)
	})
	t.Run("a planted order that is not held", func(t *testing.T) {
		t.Parallel()
		s, c, o := settled(t, "invoiced", 40)
		for id := range o.Held {
			delete(o.Held, id)
			r := sandbox.Audit(s, c.books, o)
			only(t, r, r.NotHeld, id)
			return
		}
	})
	t.Run("a hold of what was cancelled after its invoice", func(t *testing.T) {
		t.Parallel()
		s, c, o := settled(t, "created", 40)
		for _, order := range s.Orders() {
			_, invoices := c.books.ForSource(order.ID)
			if o.Planted[order.ID] != "" || order.Status != shop.StatusNew || len(invoices) == 0 {
				continue
			}
			_, err := s.Cancel(order.ID)
			require.NoError(t, err)
			r := sandbox.Audit(s, c.books, o)
			require.Contains(t, r.String(), "it is cancelled")
			o.Held[order.ID] = "cancelled_after_issue"
			r = sandbox.Audit(s, c.books, o)
			require.True(t, r.OK(), r.String())
			return
		}
		t.Fatal("nothing to cancel")
	})
}
