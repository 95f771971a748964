package worker_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"

	"spacebridge/connectors/sandbox/shop"
	"spacebridge/mapping/trade"
	"spacebridge/worker"
)

func TestMonthOfOrdersIsBroughtIntoTheBooks(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 11)
	h.plantMonth(60)
	h.start()
	h.exact()
	require.Equal(t, "ok\n", h.get("/healthz"))
	require.Equal(t, "ok\n", h.get("/readyz"))
	h.issuedSaleIsFoundByItsNumber()
	for range 25 {
		_, err := h.merchant.Step(time.Now().UTC())
		require.NoError(t, err)
	}
	h.exact()
	require.Contains(t, h.get("/metrics"), `spacebridge_sales{connection="acme",state="issued"}`)
	h.halt()
	ledger := h.ledger()
	defer ledger.Close()
	require.NoError(t, ledger.VerifyJournal(t.Context()))
}

// issuedSaleIsFoundByItsNumber asks Temporal as its UI does.
func (h *house) issuedSaleIsFoundByItsNumber() {
	h.t.Helper()
	ledger := h.ledger()
	defer ledger.Close()
	issued, err := ledger.Sales(h.t.Context(), h.filter(trade.StateIssued))
	require.NoError(h.t, err)
	require.NotEmpty(h.t, issued)
	c, err := worker.Dial(h.t.Context(), h.info.TemporalAddress, "default", nil, nil)
	require.NoError(h.t, err)
	defer c.Close()
	query := "SpacebridgeOrder = '" + issued[0].Number + "' AND SpacebridgeState = 'issued'"
	h.eventually("the sale is found by its order number", func() bool {
		found, err := c.ListWorkflow(h.t.Context(), &workflowservice.ListWorkflowExecutionsRequest{Query: query})
		return err == nil && len(found.GetExecutions()) > 0 && found.GetExecutions()[0].GetExecution().GetWorkflowId() == "sale/acme/"+issued[0].ID
	})
}

func TestStopAtAnyMomentLosesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 12)
	h.plantMonth(60)
	for _, after := range []int{1, scaled(10), scaled(25)} { // invoices at which the daemon is stopped, in full flight
		h.start()
		h.eventually("invoices are issued", func() bool { return len(h.sandbox.Books.Invoices()) >= after })
		h.halt()
	}
	h.start()
	h.exact()
	h.halt()
}

// TestToldToStopWhileStarting: SIGTERM before everything runs is a clean end as well, wherever the start has come to.
func TestToldToStopWhileStarting(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 15)
	for _, point := range []string{
		"before migrate", "after migrate", "before recover", "after recover", "temporal", "temporal is there", "before advance_cursor", "after advance_cursor",
	} {
		ctx, stop := context.WithCancel(t.Context())
		reached := false
		pass := func(at string) error {
			if at == point {
				reached = true
				stop()
			}
			return nil
		}
		err := worker.Run(ctx, worker.Options{
			Config: h.config, Version: "test", Probe: pass,
			Embedded: func(ctx context.Context, o worker.EmbeddedOptions) (worker.EmbeddedServer, error) {
				_ = pass("temporal")
				server, err := startEmbedded(ctx, o)
				_ = pass("temporal is there")
				return server, err
			},
		})
		require.NoError(t, err, "told to stop at: %s", point)
		require.True(t, reached, "the start does not pass: %s", point)
		stop()
	}
}

func TestLostTemporalStateCostsTimeOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 13)
	h.plantMonth(40)
	h.start()
	h.eventually("invoices are issued", func() bool { return len(h.sandbox.Books.Invoices()) >= scaled(5) })
	h.halt()
	h.loseTemporal()
	h.start()
	h.exact()
	h.halt()
}

func TestBrokenRecordIsHeldAndItsNeighboursGoThrough(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 14)
	now := time.Now().UTC()
	require.NoError(t, h.merchant.History(now.AddDate(0, 0, -30), now, 30))
	victim := h.invoicedOrder()
	h.sandbox.Shop.Corrupt(victim.ID, func(raw map[string]any) { raw["gross_total"] = "twelve" })
	h.start()
	h.eventually("the broken order is held", func() bool { return h.sale(victim.ID).State == trade.StateHeld })
	hold := h.sale(victim.ID).Hold
	require.Equal(t, "unreadable_record", hold.Code)
	require.Contains(t, hold.Reason, "gross_total")
	h.eventually("its neighbours go through", func() bool { return len(h.audit().Missing) == 0 })

	h.sandbox.Shop.Mend(victim.ID)
	h.tell(victim.ID, "retry", "")
	h.eventually("the mended order is issued", func() bool { return h.sale(victim.ID).State == trade.StateIssued })
	h.exact()
	h.halt()
}

// invoicedOrder finds an order that is due and sound.
func (h *house) invoicedOrder() shop.Order {
	h.t.Helper()
	planted := h.merchant.Planted()
	for _, order := range h.sandbox.Shop.Orders() {
		due := order.Status != shop.StatusCancelled && order.Status != shop.StatusStandingOrder && planted[order.ID] == "" && len(order.Lines) > 0
		for _, line := range order.Lines {
			due = due && line.Invoiced >= line.Quantity && !line.OnHold
		}
		if due {
			return order
		}
	}
	h.t.Fatal("no order is due")
	return shop.Order{}
}
