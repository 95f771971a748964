package activities_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping"
	"spacebridge/mapping/trade"
	"spacebridge/workflows"
)

// untilHeld is an Engine that ends the loop of a sale when it waits for a person.
type untilHeld struct {
	*direct

	waits bool
}

var errWaits = errors.New("the sale waits")

func (e *untilHeld) Listen(time.Duration, string) { e.waits = true }
func (e *untilHeld) Ended() error {
	if e.waits {
		return errWaits
	}
	return nil
}

// What people see of a held sale beside the workflow: the hold, why, what to do, and the numbers. Invariant 10: nobody is named.
func TestDetailsOfAHeldSale(t *testing.T) {
	b := newBench(t, mapping.OnCreated)
	b.shop.records[theOrder] = orderBody(func(o map[string]any) {
		o["company_name"], o["gross_total"], o["customer_note"], o["reference"] = "Harbour Tea Rooms", 11.99, "ring twice", "for Jo Bloggs"
		o["billing_address"] = map[string]any{"contact_name": "Jo Bloggs", "line1": "1 Quay Street", "city": "Leeds", "country": "GB"}
		o["order_lines"].([]any)[0].(map[string]any)["tax_amount"] = 1.99
	})
	b.readAll()
	d := &untilHeld{direct: b.direct()}
	require.ErrorIs(t, workflows.SyncSaleOn(d, in), errWaits)
	sale := b.sale()
	require.Equal(t, trade.StateHeld, sale.State)
	require.NotEmpty(t, d.told)
	text := d.told[len(d.told)-1]
	require.Equal(t, "**Order 1204** of acme is **held**, gross 11.99 GBP.\n\nRule: `sale.penny_lock`.\n\n"+
		"Held, `penny_lock`: "+sale.Hold.Reason+".\n\n"+sale.Hold.Advice+"\n\n```\n"+sale.Hold.Detail+"```\n\n"+
		"`spacebridge explain 1204` tells the whole story; signal `retry`, or `skip` with a reason.", text)
	require.Regexp(t, `line 1 \(A-1\) +2 x 5 +20% +10\.00 +1\.99 +10\.00 +2\.00 +differs by 0\.01\n`, text)
	for _, name := range []string{"Harbour", "Jo", "Bloggs", "Quay", "Leeds", "ring", "Blue Sky", "books@", "GB123456789", "Dress"} {
		require.NotContains(t, text, name)
	}
}
