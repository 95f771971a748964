package mapping

import (
	"time"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
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

// Triggers lists the triggers of a sale that is made of such a record, the usual one first; for configuration and docs.
func Triggers(from trade.Kind) []Trigger {
	if from == trade.KindInvoice {
		return []Trigger{OnCreated, OnDispatched, OnPaid, OnManual}
	}
	return []Trigger{OnInvoiced, OnCreated, OnReleased, OnDispatched, OnPaid, OnManual}
}

// Edits says what becomes of an issued invoice when money or the buyer's identity change (policy key on_edit).
type Edits string

// The ways with edits after the invoice.
const (
	EditHold    Edits = "hold"    // a person decides; also ""
	EditReissue Edits = "reissue" // the invoice is credited and a new one issued, if its lines changed
)

// Preorders says what goods on hold do to a sale (policy key preorder).
type Preorders string

// The ways with goods on hold.
const (
	PreorderHold  Preorders = "hold"  // nothing of the order is issued before all is released; also ""
	PreorderSplit Preorders = "split" // an invoice is issued if none of its own lines is on hold; the rest comes on another invoice
)

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
	IssueFrom   trade.Kind // what a sale is made of: order (also "") or invoice
	IssueOn     Trigger
	OnEdit      Edits
	Preorder    Preorders
	Since       time.Time      // records from before are never touched, unless they are in the books already
	Zone        *time.Location // the site's time zone, for plain dates; nil: UTC
	StrictTaxes bool           // hold every tax that Taxes does not cover
	Taxes       []TaxRule
	Currencies  []string // currencies without two decimals that may be sold in, by ISO 4217 code
}

// kind is what a sale of this connection is made of.
func (p Policy) kind() trade.Kind {
	if p.IssueFrom == trade.KindInvoice {
		return trade.KindInvoice
	}
	return trade.KindOrder
}

// day is the day that a moment belongs to at the site, 2006-01-02; "" for the zero time.
func (p Policy) day(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	zone := p.Zone
	if zone == nil {
		zone = time.UTC
	}
	return at.In(zone).Format(time.DateOnly)
}
