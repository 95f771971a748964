package worker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"spacebridge/config"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/trade"
)

// cursorPolicy holds the fingerprint of the policy that the sales were last decided under.
const cursorPolicy = "policy"

// redrive marks the sales that a start must look at again: those on hold, so that they wait in sight even if Temporal lost
// its state (invariant 9), and every unfinished one when the policy has changed since the last start.
func redrive(ctx context.Context, ledger *sqlite.Ledger, c *config.Config) error {
	for _, connection := range c.Connections {
		states := []trade.State{trade.StateHeld}
		current := policyPrint(connection.Policy)
		last, _, err := ledger.Cursor(ctx, connection.Name, cursorPolicy)
		if err != nil {
			return err
		}
		if last.Value != current {
			states = append(states, trade.StateWaiting, trade.StatePending)
		}
		for _, state := range states {
			sales, err := ledger.Sales(ctx, sqlite.SaleFilter{Connection: connection.Name, State: state})
			if err != nil {
				return err
			}
			for _, sale := range sales {
				if err := ledger.MarkDirty(ctx, connection.Name, sale.ID); err != nil {
					return err
				}
			}
		}
		// After the marks: a start that dies in between marks them again.
		if err := ledger.AdvanceCursor(ctx, connection.Name, cursorPolicy, current); err != nil {
			return err
		}
	}
	return nil
}

// policyPrint changes whenever the policy does.
func policyPrint(policy config.Policy) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%+v", policy))
	return hex.EncodeToString(sum[:8])
}
