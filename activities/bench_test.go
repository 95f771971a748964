package activities_test

import (
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/activities"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

// restart ends the process and starts another on the same ledger.
func (b *bench) restart(trigger mapping.Trigger) {
	b.t.Helper()
	require.NoError(b.t, b.ledger.Close())
	b.reopen(b.path, trigger)
	_, err := b.ledger.Recover(b.t.Context())
	require.NoError(b.t, err)
}

// jump sets the clock ahead; nothing has been lived through.
func (b *bench) jump(by time.Duration) { b.clock, b.jumped = b.clock.Add(by), b.jumped+by }

// say gives an operator's word.
func (b *bench) say(kind, reason string) {
	b.t.Helper()
	word := activities.CommandInput{Connection: "acme", SaleID: b.saleID, Kind: kind, Reason: reason, By: "ana"}
	require.NoError(b.t, b.RecordCommand(b.t.Context(), word))
}

// held settles the sale, which must be held by then.
func (b *bench) held(code string) sqlite.Sale {
	b.t.Helper()
	sale := b.settle()
	require.NotNil(b.t, sale.Hold, "the sale is not held")
	require.Equal(b.t, code, sale.Hold.Code)
	require.Equal(b.t, trade.StateHeld, sale.State)
	return sale
}
