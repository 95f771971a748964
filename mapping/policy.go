package mapping

import (
	"slices"
	"time"

	"spacebridge/mapping/money"
)

// Trigger says what must have happened to an order before its invoice is issued (policy key issue_on).
type Trigger string

// The triggers of orders.
const (
	OnCreated    Trigger = "created"    // at once
	OnReleased   Trigger = "released"   // released for dispatch, or further along
	OnDispatched Trigger = "dispatched" // every line of goods has left
	OnInvoiced   Trigger = "invoiced"   // every line is invoiced in Orderspace
	OnPaid       Trigger = "paid"       // Orderspace's invoice is paid in full
	OnManual     Trigger = "manual"     // an operator says so
)

// Triggers lists the triggers, for configuration and docs.
func Triggers() []Trigger {
	return []Trigger{OnCreated, OnReleased, OnDispatched, OnInvoiced, OnPaid, OnManual}
}

// Valid reports whether t is one of Triggers.
func (t Trigger) Valid() bool { return slices.Contains(Triggers(), t) }

// TaxRule is one row of the tax table: Orderspace's tax, named by id, name or percent, and the rate it becomes in the
// books. A row that names more than one of them matches any of them.
type TaxRule struct {
	ID      string            // Orderspace tax rate id, tr_…
	Name    string            // Orderspace tax name, any case
	Percent money.NullDecimal // Orderspace tax rate in percent
	Rate    money.Decimal     // rate in the books, in percent
}

// Policy is what the merchant decided for one connection.
type Policy struct {
	IssueOn     Trigger
	Since       time.Time // orders created before are never touched, unless they are in the books already
	StrictTaxes bool      // hold every tax that Taxes does not cover
	Taxes       []TaxRule
}
