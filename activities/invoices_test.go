package activities_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/activities"
	"spacebridge/mapping"
	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// Sales that are made of invoices.

var theInvoice = trade.Ref{Kind: trade.KindInvoice, ID: "iv_1"}

// billed is an invoice over so many of the order's pieces.
func billed(id string, n int, change func(map[string]any)) string {
	body := map[string]any{
		"id": id, "number": "INV-" + id, "invoice_date": "2026-03-01", "due_date": "2026-03-31", "created": "2026-03-01T11:00:00Z",
		"orders": []any{map[string]any{"id": "or_1", "number": 1204}}, "customer_id": "cu_1", "company_name": "Blue Sky", "currency": "GBP",
		"net_total": 5 * n, "gross_total": 6 * n, "paid": false, "proforma": false, "payments": []any{},
		"invoice_lines": []any{map[string]any{
			"order_line_id": "ol_1", "sku": "A-1", "name": "Dress", "quantity": n, "unit_price": 5, "sub_total": 5 * n, "tax_rate": 20.0, "tax_amount": n,
		}},
	}
	if change != nil {
		change(body)
	}
	text, _ := json.Marshal(body)
	return string(text)
}

// fromInvoices is a bench whose sales are made of invoices; it steps iv_1, and changes the rest of the policy.
func fromInvoices(t *testing.T, change func(c *activities.Connection)) *bench {
	t.Helper()
	b := newBench(t, mapping.OnCreated)
	b.saleID = "iv_1"
	b.govern(func(c *activities.Connection) {
		c.Policy.IssueFrom = trade.KindInvoice
		if change != nil {
			change(c)
		}
	})
	require.NoError(t, b.ledger.SetIssueFrom(t.Context(), "acme", trade.KindInvoice))
	b.shop.records[theInvoice] = billed("iv_1", 2, nil)
	return b
}

// hears changes a record in the shop, "" for deleting it, and reads it alone, as a webhook makes happen.
func (b *bench) hears(kind trade.Kind, id, body string) {
	b.t.Helper()
	b.clock = b.clock.Add(time.Minute)
	b.shop.records[trade.Ref{Kind: kind, ID: id}] = body
	_, err := b.ReadRecord(b.t.Context(), activities.ReadRecordInput{Connection: "acme", Kind: kind, ID: id})
	require.NoError(b.t, err)
}

// of steps another sale.
func (b *bench) of(id string) *bench { b.saleID = id; return b }

func (b *bench) dirty() []string {
	b.t.Helper()
	dirty, err := b.ledger.DirtySales(b.t.Context(), "acme", 0)
	require.NoError(b.t, err)
	return dirty
}

func TestInvoiceIsASale(t *testing.T) {
	b := fromInvoices(t, nil)
	b.shop.records[theOrder] = orderBody(func(o map[string]any) { o["customer_po_number"] = "PO-7" })
	b.hears(trade.KindInvoice, "iv_1", billed("iv_1", 1, nil))
	require.Equal(t, []string{"iv_1"}, b.dirty())
	plan, _ := b.step()
	require.Equal(t, []trade.Ref{theOrder}, plan.Read, "what an invoice does not say of its lines stands in its orders")
	require.Equal(t, mapping.RuleOrdersUnread, plan.Rule)
	require.Equal(t, trade.KindInvoice, plan.Kind)
	sale := b.settle()
	require.Equal(t, trade.StateIssued, sale.State)
	require.Equal(t, "INV-iv_1", sale.Number)
	require.Equal(t, []string{"create", "issue"}, b.books.steps())
	require.Equal(t, "iv_1", b.books.orders[0].SourceID)
	live := b.live()
	require.Equal(t, money.Amount(600), live.Gross, "what the invoice bills, and not what the order is for")
	require.Equal(t, "PO-7", live.Metadata["customer_po_number"])
	require.Equal(t, "2026-03-31", live.Metadata["due_date"])
	require.Equal(t, "or_1", live.Metadata["orderspace_order_id"])
	_, known, err := b.ledger.Sale(t.Context(), "acme", "or_1")
	require.NoError(t, err)
	require.False(t, known, "its order is no sale")
}

// Which line is shipping is known by the order alone: without it nothing goes to the books.
func TestNothingIsMadeOfAnInvoiceBeforeItsOrders(t *testing.T) {
	b := fromInvoices(t, nil)
	b.shop.records[theOrder] = orderBody(func(o map[string]any) { o["order_lines"].([]any)[0].(map[string]any)["shipping"] = true })
	b.hears(trade.KindInvoice, "iv_1", billed("iv_1", 2, nil))
	b.hears(trade.KindCustomer, "cu_1", customerBody)
	plan, _ := b.step()
	require.Equal(t, mapping.ActRead, plan.Action)
	require.Empty(t, b.books.requests)
	require.Equal(t, trade.StateIssued, b.settle().State)
	require.Equal(t, money.Amount(1000), b.live().Shipping)
}

func TestTwoInvoicesOfAnOrderAreTwoSales(t *testing.T) {
	b := fromInvoices(t, nil)
	b.shop.records[theInvoice] = billed("iv_1", 1, nil)
	b.shop.records[trade.Ref{Kind: trade.KindInvoice, ID: "iv_2"}] = billed("iv_2", 1, nil)
	b.readAll()
	require.Equal(t, trade.StateIssued, b.settle().State)
	require.Equal(t, trade.StateIssued, b.of("iv_2").settle().State)
	require.Equal(t, []string{"inv_of_ord_1", "inv_of_ord_2"}, b.books.chain)
	require.Equal(t, "iv_2", b.books.orders[1].SourceID)
}

func TestOneInvoiceOfTwoOrdersIsOneSale(t *testing.T) {
	b := fromInvoices(t, nil)
	b.shop.records[trade.Ref{Kind: trade.KindOrder, ID: "or_2"}] = orderBody(func(o map[string]any) {
		o["id"], o["number"] = "or_2", 1205
		o["order_lines"].([]any)[0].(map[string]any)["id"] = "ol_2"
	})
	b.shop.records[theInvoice] = billed("iv_1", 4, func(v map[string]any) {
		v["orders"] = []any{map[string]any{"id": "or_1", "number": 1204}, map[string]any{"id": "or_2", "number": 1205}}
		first, second := map[string]any{}, map[string]any{}
		for key, value := range v["invoice_lines"].([]any)[0].(map[string]any) {
			first[key], second[key] = value, value
		}
		for _, line := range []map[string]any{first, second} {
			line["quantity"], line["sub_total"], line["tax_amount"] = 2, 10, 2
		}
		second["order_line_id"] = "ol_2"
		v["invoice_lines"] = []any{first, second}
	})
	b.readAll()
	require.Equal(t, trade.StateIssued, b.settle().State)
	require.Equal(t, []string{"inv_of_ord_1"}, b.books.chain)
	require.Equal(t, money.Amount(2400), b.live().Gross)
	require.Equal(t, "or_1, or_2", b.live().Metadata["orderspace_order_id"])
	require.Equal(t, "1204, 1205", b.live().Metadata["order_number"])
	for _, id := range []string{"or_1", "or_2"} {
		b.hears(trade.KindOrder, id, orderBody(func(o map[string]any) { o["id"], o["reference"] = id, "R-"+id }))
		require.Equal(t, []string{"iv_1"}, b.dirty())
		b.settle()
	}
}

// Whatever a sale is judged by wakes it.
func TestWhatWakesTheSaleOfAnInvoice(t *testing.T) {
	for name, c := range map[string]struct {
		kind     trade.Kind
		id, body string
	}{
		"its order":                    {trade.KindOrder, "or_1", orderBody(func(o map[string]any) { o["reference"] = "R-1" })},
		"a dispatch":                   {trade.KindDispatch, "di_1", dispatchBody("di_1", 1)},
		"its customer":                 {trade.KindCustomer, "cu_1", customerBody[:len(customerBody)-1] + `,"phone":"1"}`},
		"another invoice of its order": {trade.KindInvoice, "iv_2", billed("iv_2", 1, nil)},
		"itself":                       {trade.KindInvoice, "iv_1", billed("iv_1", 2, func(v map[string]any) { v["due_date"] = "2026-04-30" })},
		"its order, deleted":           {trade.KindOrder, "or_1", ""},
		"itself, deleted":              {trade.KindInvoice, "iv_1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := fromInvoices(t, func(c *activities.Connection) { c.Policy.IssueOn = mapping.OnManual })
			b.readAll()
			require.Equal(t, trade.StatePending, b.settle().State)
			require.Empty(t, b.dirty())
			b.hears(c.kind, c.id, c.body)
			require.Contains(t, b.dirty(), "iv_1")
		})
	}
}

// A dispatch is read with its order: what has left is counted there.
func TestInvoiceIsIssuedWhenItsGoodsHaveLeft(t *testing.T) {
	b := fromInvoices(t, func(c *activities.Connection) { c.Policy.IssueOn = mapping.OnDispatched })
	b.readAll()
	require.Equal(t, mapping.RuleWaitDispatched, b.settle().Rule)
	b.shop.records[theOrder] = orderBody(func(o map[string]any) {
		o["status"] = "fulfilled"
		o["order_lines"].([]any)[0].(map[string]any)["dispatched"] = 2
	})
	b.hears(trade.KindDispatch, "di_1", dispatchBody("di_1", 2))
	b.shop.asked = nil
	require.Equal(t, trade.StateIssued, b.settle().State)
	require.Equal(t, []string{"sale get order or_1"}, b.shop.asked)
	require.Contains(t, b.live().Metadata["dispatch_1"], "di_1")
}

func TestDeletedInvoiceEndsItsSale(t *testing.T) {
	t.Run("pending", func(t *testing.T) {
		b := fromInvoices(t, func(c *activities.Connection) { c.Policy.IssueOn = mapping.OnManual })
		b.readAll()
		b.settle()
		b.hears(trade.KindInvoice, "iv_1", "")
		require.Equal(t, trade.StateCancelled, b.settle().State)
		require.Equal(t, []string{"create", "cancel"}, b.books.steps())
		b.hears(trade.KindInvoice, "iv_1", billed("iv_1", 2, nil))
		require.Equal(t, trade.StatePending, b.settle().State, "and lives again")
	})
	t.Run("issued", func(t *testing.T) {
		b := fromInvoices(t, nil)
		b.readAll()
		b.settle()
		b.hears(trade.KindInvoice, "iv_1", "")
		b.held(mapping.HoldCancelledAfterIssue)
		require.Equal(t, []string{"create", "issue"}, b.books.steps())
	})
}

// Goods that left are shared out among the invoices of an order, the earlier first. When an earlier one goes, they are the next
// one's.
func TestDeletedInvoiceWakesTheOthersOfItsOrder(t *testing.T) {
	b := fromInvoices(t, func(c *activities.Connection) { c.Policy.IssueOn = mapping.OnDispatched })
	b.shop.records[theOrder] = orderBody(func(o map[string]any) {
		o["order_lines"].([]any)[0].(map[string]any)["dispatched"] = 1
	})
	b.shop.records[theInvoice] = billed("iv_1", 1, nil)
	b.shop.records[trade.Ref{Kind: trade.KindInvoice, ID: "iv_2"}] = billed("iv_2", 1, nil)
	b.readAll()
	require.Equal(t, mapping.RuleWaitDispatched, b.of("iv_2").settle().Rule)
	b.of("iv_1").settle()
	require.Empty(t, b.dirty())
	b.hears(trade.KindInvoice, "iv_1", "")
	require.Equal(t, []string{"iv_1", "iv_2"}, b.dirty())
	require.Equal(t, trade.StateIssued, b.of("iv_2").settle().State)
	b.of("iv_1").held(mapping.HoldCancelledAfterIssue)
}

// An invoice that nobody can name still shows.
func TestUnreadableInvoiceWithoutAnIDIsHeld(t *testing.T) {
	b := fromInvoices(t, nil)
	body := `{"id":17,"number":"1"}`
	b.shop.records = map[trade.Ref]string{{Kind: trade.KindInvoice}: body}
	b.readAll()
	dirty := b.dirty()
	require.Len(t, dirty, 1)
	b.of(dirty[0]).held(mapping.HoldUnreadable)
	require.Empty(t, b.books.requests)
}

func TestUnreadableOrderHoldsItsInvoices(t *testing.T) {
	b := fromInvoices(t, nil)
	b.shop.records[theOrder] = orderBody(func(o map[string]any) { o["order_lines"] = "none" })
	b.readAll()
	sale := b.held(mapping.HoldUnreadable)
	require.Contains(t, sale.Hold.Reason, "or_1")
	b.hears(trade.KindOrder, "or_1", orderBody(nil))
	require.Equal(t, trade.StateIssued, b.settle().State)
}

// A proforma is no sale until it is made an invoice.
func TestProformaBecomesAnInvoice(t *testing.T) {
	offer := billed("iv_1", 2, func(v map[string]any) { v["proforma"] = true })
	b := fromInvoices(t, nil)
	b.shop.records[theInvoice] = offer
	b.readAll()
	require.Equal(t, trade.StateIgnored, b.settle().State)
	require.Empty(t, b.books.requests)
	b.hears(trade.KindInvoice, "iv_1", billed("iv_1", 2, nil))
	require.Equal(t, trade.StateIssued, b.settle().State)
	b.hears(trade.KindInvoice, "iv_1", offer)
	b.held(mapping.HoldProformaInBooks)
	require.Len(t, b.books.chain, 1)
}

// An invoice that is edited follows on_edit as an order does.
func TestEditedInvoiceOfOrderspaceIsIssuedAgain(t *testing.T) {
	b := fromInvoices(t, issuesAgain)
	b.readAll()
	b.settle()
	b.hears(trade.KindInvoice, "iv_1", billed("iv_1", 3, nil))
	require.Equal(t, trade.StateIssued, b.settle().State)
	b.requireChain(firstInvoice, secondInvoice)
	require.Equal(t, money.Amount(1800), b.live().Gross)
}

// dispatchBody is goods of the order that have left.
func dispatchBody(id string, n int) string {
	text, _ := json.Marshal(map[string]any{
		"id": id, "order_id": "or_1", "created": "2026-03-02T08:00:00Z",
		"dispatch_lines": []any{map[string]any{"order_line_id": "ol_1", "sku": "A-1", "quantity": n}},
	})
	return string(text)
}
