package sandbox_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox"
	"spacebridge/connectors/sandbox/shop"
)

// TestWithInvoices asks for every way of invoicing within some weeks, in the past and live, and for repeatability.
func TestWithInvoices(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		s, m, events := world(t, seed, 150, 300, sandbox.WithInvoices())
		var parts, joint, charges, negative int
		billed := map[string]int{}
		for _, invoice := range s.Invoices() {
			if invoice.Proforma || slices.ContainsFunc(invoice.Orders, func(r shop.OrderRef) bool { return m.Planted()[r.ID] != "" }) {
				continue
			}
			if len(invoice.Orders) > 1 {
				joint++
			}
			if invoice.GrossTotal.IsNeg() {
				negative++
			}
			if slices.ContainsFunc(invoice.Lines, func(l shop.InvoiceLine) bool { return l.OrderLineID == "" && l.UnitPrice.IsPos() }) {
				charges++
			}
			for _, ref := range invoice.Orders {
				billed[ref.ID]++
			}
		}
		for _, count := range billed {
			if count > 1 {
				parts++
			}
		}
		counts := map[string]int{"parts": parts, "joint": joint, "charges": charges, "negative": negative}
		for name, count := range counts {
			require.NotZero(t, count, "seed %d: %s in %v", seed, name, counts)
		}
		if seed == 0 {
			again, _, told := world(t, seed, 150, 300, sandbox.WithInvoices())
			require.Equal(t, events, told)
			require.Equal(t, dump(t, s), dump(t, again))
		}
	}
}

// TestFurtherAfterthoughts asks for every kind, for business to go on, and that nobody has them who did not ask.
func TestFurtherAfterthoughts(t *testing.T) {
	t.Parallel()
	all := append(sandbox.Afterthoughts(), sandbox.FurtherAfterthoughts()...)
	for seed := range uint64(2) {
		w := watch(t, shop.Options{Seed: seed}, sandbox.WithInvoices(), sandbox.WithAfterthoughts(40, all...))
		require.NoError(t, w.merchant.History(march, april, 60))
		kinds := w.goOn(600, func() {})
		for _, kind := range all {
			require.NotZero(t, kinds[string(kind)], "seed %d: %s in %v", seed, kind, kinds)
		}
		for _, kind := range []string{"placed", "edited", "dispatched", "invoiced", "paid", "cancelled"} {
			require.NotZero(t, kinds[kind], "seed %d: business goes on: %s in %v", seed, kind, kinds)
		}
	}
	for _, kind := range sandbox.FurtherAfterthoughts() {
		require.NotContains(t, sandbox.Afterthoughts(), kind)
	}
}

// TestNoChangeOfLivesIsUntold is TestNoChangeIsUntold for all that can happen.
func TestNoChangeOfLivesIsUntold(t *testing.T) {
	t.Parallel()
	all := append(sandbox.Afterthoughts(), sandbox.FurtherAfterthoughts()...)
	w := watch(t, shop.Options{Seed: 9, OrderEvents: shop.OrderEventsEdits, RefundsKeepPaid: true}, sandbox.WithInvoices(), sandbox.WithAfterthoughts(50, all...))
	require.NoError(t, w.merchant.History(march, april, 40))
	n := 0
	w.goOn(250, func() {
		if n++; n%20 == 0 || n < 30 {
			require.True(t, maps.Equal(w.served(), w.last), "after step %d something is shown otherwise than it was told", n)
		}
	})
	whats := map[shop.ChangeType]int{}
	for _, c := range w.log {
		whats[c.What]++
	}
	for _, what := range []shop.ChangeType{shop.ChangeUncancelled, shop.ChangeHeld, shop.ChangeHoldReleased, shop.ChangeUninvoiced} {
		require.NotZero(t, whats[what], what)
	}
}
