package activities_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/activities"
	"spacebridge/connectors/orderspace"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

func orderBody(change func(map[string]any)) string {
	body := map[string]any{
		"id": "or_1", "number": 1204, "created": "2026-03-01T10:00:00Z", "status": "new", "customer_id": "cu_1",
		"company_name": "Blue Sky", "currency": "GBP", "net_total": 10, "gross_total": 12,
		"order_lines": []any{map[string]any{
			"id": "ol_1", "sku": "A-1", "name": "Dress", "quantity": 2, "unit_price": 5, "sub_total": 10,
			"tax_rate_id": "tr_1", "tax_name": "Standard", "tax_rate": 20.0, "tax_amount": 2, "invoiced": 0, "paid": 0, "dispatched": 0,
		}},
	}
	if change != nil {
		change(body)
	}
	text, _ := json.Marshal(body)
	return string(text)
}

const customerBody = `{"id":"cu_1","company_name":"Blue Sky","created_at":"2025-01-01T00:00:00Z","tax_number":"GB123456789","email_addresses":{"invoices":"books@example.com"},"addresses":[]}`

// bench is one connection with fakes on both sides and a real ledger between them.
type bench struct {
	*activities.Activities
	ledger *sqlite.Ledger
	books  *fakeBooks
	shop   *fakeShop
	relay  *fakeRelay
	clock  time.Time
	jumped time.Duration // how far the clock was set ahead; what is left of it was lived through
	path   string        // of the ledger
	saleID string        // of the sale that is stepped
	setUp  func(o *activities.Options)
	t      *testing.T
}

type fakeRelay struct{ woken []string }

func (r *fakeRelay) SyncSale(_ context.Context, connection, saleID, _ string) error {
	r.woken = append(r.woken, connection+"/"+saleID)
	return nil
}

var in = activities.SaleInput{Connection: "acme", SaleID: "or_1"}

func (b *bench) in() activities.SaleInput {
	return activities.SaleInput{Connection: "acme", SaleID: b.saleID}
}

func newBench(t *testing.T, trigger mapping.Trigger) *bench {
	t.Helper()
	b := &bench{
		t: t, saleID: in.SaleID, clock: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), relay: &fakeRelay{},
		books: &fakeBooks{integration: trade.BooksIntegration{ID: "oint_1", Active: true}},
		shop: &fakeShop{records: map[trade.Ref]string{
			{Kind: trade.KindOrder, ID: "or_1"}:    orderBody(nil),
			{Kind: trade.KindCustomer, ID: "cu_1"}: customerBody,
		}},
	}
	b.reopen(filepath.Join(t.TempDir(), "ledger.db"), trigger)
	return b
}

// reopen opens a ledger, empty if there is none at path, with fresh activities on it.
func (b *bench) reopen(path string, trigger mapping.Trigger) {
	b.t.Helper()
	now := func() time.Time { return b.clock }
	steady := func() time.Time { return b.clock.Add(-b.jumped) }
	ledger, err := sqlite.Open(b.t.Context(), sqlite.Options{Path: path, Now: now, Steady: steady})
	require.NoError(b.t, err)
	b.t.Cleanup(func() { _ = ledger.Close() })
	b.ledger, b.path = ledger, path
	options := activities.Options{
		Ledger: ledger, Relay: b.relay, Owner: "test", Now: now, Steady: steady,
		Connections: []*activities.Connection{{
			Name: "acme", Shop: b.shop, Decoder: orderspace.Decoder{}, Books: b.books, BooksScope: "ent_1",
			Policy:         mapping.Policy{IssueOn: trigger, Since: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)},
			MaxSnapshotAge: 15 * time.Minute, SettleWindow: 15 * time.Minute,
			RequestsPerMinute: 60, SweepInterval: 15 * time.Minute,
		}},
	}
	if b.setUp != nil {
		b.setUp(&options)
	}
	b.Activities = activities.New(options)
}

// readAll reads every list once.
func (b *bench) readAll() {
	b.t.Helper()
	for _, kind := range []trade.Kind{trade.KindCustomer, trade.KindOrder, trade.KindInvoice} {
		for after := ""; ; {
			page, err := b.ReadPage(b.t.Context(), activities.ReadPageInput{Connection: "acme", Walk: activities.Walk{Kind: kind}, After: after})
			require.NoError(b.t, err)
			if after = page.Next; after == "" {
				break
			}
		}
	}
}

// step plans and applies one step; it returns the plan and the outcome, "" where the plan asks for none.
func (b *bench) step() (activities.Plan, activities.StepResult) {
	b.t.Helper()
	plan, err := b.PlanSale(b.t.Context(), b.in())
	require.NoError(b.t, err)
	if plan.Settled || plan.Resolve {
		return plan, activities.StepResult{}
	}
	if plan.Action == mapping.ActRead {
		for _, record := range plan.Read {
			_, err := b.ReadRecord(b.t.Context(), activities.ReadRecordInput{Connection: "acme", Kind: record.Kind, ID: record.ID})
			require.NoError(b.t, err)
		}
		return plan, activities.StepResult{}
	}
	result, err := b.ApplyStep(b.t.Context(), activities.StepInput{Connection: "acme", SaleID: b.saleID, Step: plan.Action})
	require.NoError(b.t, err)
	return plan, result
}

// settle steps until nothing is left to do, and returns the sale.
func (b *bench) settle() sqlite.Sale {
	b.t.Helper()
	for range 12 {
		plan, _ := b.step()
		b.clock = b.clock.Add(time.Second)
		if plan.Settled {
			return b.sale()
		}
	}
	b.t.Fatal("the sale does not settle")
	return sqlite.Sale{}
}

func (b *bench) sale() sqlite.Sale {
	b.t.Helper()
	sale, found, err := b.ledger.Sale(b.t.Context(), "acme", b.saleID)
	require.NoError(b.t, err)
	require.True(b.t, found)
	return sale
}

// resolve looks up until the outcome is known, moving the clock by each wait; it returns how long that took.
func (b *bench) resolve() time.Duration {
	b.t.Helper()
	start := b.clock
	for range 60 {
		result, err := b.ResolveEffect(b.t.Context(), b.in())
		require.NoError(b.t, err)
		if result.Outcome == activities.ResolveSettled {
			return b.clock.Sub(start)
		}
		b.clock = b.clock.Add(result.Wait)
	}
	b.t.Fatal("the effect is never resolved")
	return 0
}
