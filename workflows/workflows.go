// Package workflows says what happens, in what order and in what time. It reaches the outside only through activities.
//
// Workflows are short, their ids are mutexes (one per sale, one poll and one sweep per connection), and they carry keys
// and codes only: a record lives in the ledger, never in a history (invariants 9 and 10).
package workflows

import (
	"go.temporal.io/sdk/temporal"
)

// Search attributes that make a sale findable in the Temporal UI.
var (
	AttributeConnection = temporal.NewSearchAttributeKeyKeyword("SpacebridgeConnection")
	AttributeOrder      = temporal.NewSearchAttributeKeyKeyword("SpacebridgeOrder") // the order's number, as the customer knows it
	AttributeState      = temporal.NewSearchAttributeKeyKeyword("SpacebridgeState")
	AttributeHold       = temporal.NewSearchAttributeKeyKeyword("SpacebridgeHold") // code, or "none"
)

// SearchAttributes lists them for registration.
func SearchAttributes() []temporal.SearchAttributeKeyKeyword {
	return []temporal.SearchAttributeKeyKeyword{AttributeConnection, AttributeOrder, AttributeState, AttributeHold}
}
