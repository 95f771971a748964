package activities_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/activities"
	"spacebridge/connectors/orderspace"
	"spacebridge/connectors/rest"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping"
	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// fakeBooks is the books as one slice of orders, with a switch for each way a write can end.
type fakeBooks struct {
	orders       []trade.BooksOrder
	integration  trade.BooksIntegration
	integErr     error
	requests     []string // "step request-id"
	fail         func(step string) (commit bool, err error)
	readErr      error
	onFind       func()                      // called before a list is made
	blindToItems bool                        // the items of an issued order never count as changed
	blankIssue   bool                        // answer an issue without naming the invoice
	perPage      int                         // of List; 0: all on one
	kept         map[string]trade.BooksOrder // by step: answered with this, as to a request id that came before
	tried        func(step string)           // told of each write when it arrives
}

func (b *fakeBooks) write(step, requestID string, apply func() trade.BooksOrder) (trade.BooksOrder, error) {
	b.requests = append(b.requests, step+" "+requestID)
	if b.tried != nil {
		b.tried(step)
	}
	commit, err := true, error(nil)
	if b.fail != nil {
		commit, err = b.fail(step)
	}
	var order trade.BooksOrder
	if commit {
		order = apply()
	}
	if err != nil {
		return trade.BooksOrder{}, err
	}
	if reply, ok := b.kept[step]; ok {
		return reply, nil
	}
	return order, nil
}

// steps are the writes that arrived, without their request ids.
func (b *fakeBooks) steps() []string {
	var steps []string
	for _, request := range b.requests {
		step, _, _ := strings.Cut(request, " ")
		steps = append(steps, step)
	}
	return steps
}

func (b *fakeBooks) at(id string) *trade.BooksOrder {
	for i := range b.orders {
		if b.orders[i].ID == id {
			return &b.orders[i]
		}
	}
	return nil
}

func (b *fakeBooks) Integration(context.Context) (trade.BooksIntegration, error) {
	return b.integration, b.integErr
}

func (b *fakeBooks) List(_ context.Context, cursor string) ([]trade.BooksOrder, string, error) {
	from, _ := strconv.Atoi(cursor)
	if b.perPage == 0 || from+b.perPage >= len(b.orders) {
		return slices.Clone(b.orders[from:]), "", b.readErr
	}
	return slices.Clone(b.orders[from : from+b.perPage]), strconv.Itoa(from + b.perPage), b.readErr
}

func (b *fakeBooks) Find(_ context.Context, sourceID string) ([]trade.BooksOrder, error) {
	if b.onFind != nil {
		b.onFind()
	}
	var found []trade.BooksOrder
	for _, order := range b.orders {
		if order.SourceID == sourceID {
			found = append(found, order)
		}
	}
	return found, b.readErr
}

func (b *fakeBooks) Get(_ context.Context, id string) (trade.BooksOrder, error) {
	if b.readErr != nil {
		return trade.BooksOrder{}, b.readErr
	}
	if order := b.at(id); order != nil {
		return *order, nil
	}
	return trade.BooksOrder{}, &rest.Error{Class: rest.NotFound, Status: 404}
}

func (b *fakeBooks) Create(_ context.Context, requestID string, sale trade.Sale) (trade.BooksOrder, error) {
	return b.write("create", requestID, func() trade.BooksOrder {
		order := trade.BooksOrder{
			ID: fmt.Sprintf("ord_%d", len(b.orders)+1), SourceID: sale.SourceID, Status: trade.BooksPending,
			Gross: money.Some(sale.Currency.Decimal(sale.Gross)),
		}
		b.orders = append(b.orders, order)
		return order
	})
}

func (b *fakeBooks) Update(_ context.Context, requestID, id string, sale trade.Sale) (trade.BooksOrder, error) {
	return b.write("update", requestID, func() trade.BooksOrder {
		order := b.at(id)
		order.ItemsChanged = order.ItemsChanged || order.DocumentID != "" && !b.blindToItems
		order.Gross = money.Some(sale.Currency.Decimal(sale.Gross))
		return *order
	})
}

func (b *fakeBooks) Annotate(_ context.Context, requestID, id string, _ trade.Sale) (trade.BooksOrder, error) {
	return b.write("annotate", requestID, func() trade.BooksOrder { return *b.at(id) })
}

func (b *fakeBooks) SetPayment(_ context.Context, requestID, id string, status trade.PaymentStatus) (trade.BooksOrder, error) {
	return b.write("set_payment", requestID, func() trade.BooksOrder {
		b.at(id).PaymentStatus = string(status)
		return *b.at(id)
	})
}

func (b *fakeBooks) Issue(_ context.Context, requestID, id string) (trade.BooksOrder, error) {
	return b.write("issue", requestID, func() trade.BooksOrder {
		order := b.at(id)
		order.Status, order.DocumentID = trade.BooksInvoiced, "inv_of_"+id
		if b.blankIssue {
			return trade.BooksOrder{ID: id, Status: trade.BooksPending}
		}
		return *order
	})
}

func (b *fakeBooks) Reissue(_ context.Context, requestID, id, _ string) (trade.BooksOrder, error) {
	return b.write("reissue", requestID, func() trade.BooksOrder {
		order := b.at(id)
		order.DocumentID, order.ItemsChanged = order.DocumentID+"_again", false
		return *order
	})
}

func (b *fakeBooks) Cancel(_ context.Context, requestID, id string) (trade.BooksOrder, error) {
	return b.write("cancel", requestID, func() trade.BooksOrder {
		b.at(id).Status = trade.BooksCancelled
		return *b.at(id)
	})
}

func (b *fakeBooks) Delete(_ context.Context, requestID, id string) error {
	_, err := b.write("delete", requestID, func() trade.BooksOrder {
		for i := range b.orders {
			if b.orders[i].ID == id {
				b.orders = append(b.orders[:i], b.orders[i+1:]...)
				break
			}
		}
		return trade.BooksOrder{}
	})
	return err
}

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
	setUp  func(o *activities.Options)
	t      *testing.T
}

type fakeRelay struct{ woken []string }

func (r *fakeRelay) SyncSale(_ context.Context, connection, saleID, _ string) error {
	r.woken = append(r.woken, connection+"/"+saleID)
	return nil
}

var in = activities.SaleInput{Connection: "acme", SaleID: "or_1"}

func newBench(t *testing.T, trigger mapping.Trigger) *bench {
	t.Helper()
	b := &bench{
		t: t, clock: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), relay: &fakeRelay{},
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
	plan, err := b.PlanSale(b.t.Context(), in)
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
	result, err := b.ApplyStep(b.t.Context(), activities.StepInput{Connection: "acme", SaleID: in.SaleID, Step: plan.Action})
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
	sale, found, err := b.ledger.Sale(b.t.Context(), "acme", "or_1")
	require.NoError(b.t, err)
	require.True(b.t, found)
	return sale
}

// resolve looks up until the outcome is known, moving the clock by each wait; it returns how long that took.
func (b *bench) resolve() time.Duration {
	b.t.Helper()
	start := b.clock
	for range 60 {
		result, err := b.ResolveEffect(b.t.Context(), in)
		require.NoError(b.t, err)
		if result.Outcome == activities.ResolveSettled {
			return b.clock.Sub(start)
		}
		b.clock = b.clock.Add(result.Wait)
	}
	b.t.Fatal("the effect is never resolved")
	return 0
}
