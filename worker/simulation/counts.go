package simulation

import (
	"maps"
	"sync"
)

// Counts add up what worlds went through.
type Counts struct {
	Seeds       int            `json:"seeds"`
	Days        int            `json:"simulated_days"`
	Requests    int            `json:"requests"`
	Writes      int            `json:"writes"`
	Faults      map[string]int `json:"faults"`
	FaultsTotal int            `json:"faults_total"`
	Crashes     int            `json:"crashes"`
	Restarts    int            `json:"restarts"`
	Temporal    int            `json:"lost_results"`
	OldLedgers  int            `json:"ledgers_restored"`
	LostLedgers int            `json:"ledgers_lost"`
	DiskFaults  int            `json:"disk_faults"`
	ClockJumps  int            `json:"clock_jumps"`
	Orders      int            `json:"orders"`
	Eligible    int            `json:"eligible"`
	Invoices    int            `json:"invoices"`
	Held        int            `json:"held"`
	Strays      int            `json:"strays_removed"`
	Reissued    int            `json:"invoices_issued_again"`
	Revived     int            `json:"orders_created_anew"`
	ByInvoice   int            `json:"sales_of_invoices"`
	Unknown     int            `json:"unknown_outcomes"`
	Duplicates  int            `json:"duplicates"`
	Missing     int            `json:"missing"`
	Differences int            `json:"differences"`
	Breaches    int            `json:"limit_breaches"`
	Deliveries  int            `json:"webhook_deliveries"`
	Unreceived  int            `json:"webhooks_acknowledged_and_lost"`
	Mishaps     map[string]int `json:"webhook_mishaps"`

	mu sync.Mutex
}

// count adds one.
func (c *Counts) count(field *int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*field++
}

// fault counts a fault by kind.
func (c *Counts) fault(kind string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Faults == nil {
		c.Faults = map[string]int{}
	}
	c.Faults[kind] += n
	c.FaultsTotal += n
}

// sofar gives the writes to the books and the webhooks received until now.
func (c *Counts) sofar() (writes, deliveries int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Writes, c.Deliveries
}

// mishap counts what befell webhooks.
func (c *Counts) mishap(kind string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Mishaps == nil {
		c.Mishaps = map[string]int{}
	}
	c.Mishaps[kind] += n
}

// Add adds the counts of another world.
func (c *Counts) Add(o *Counts) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, pair := range []struct {
		to   *int
		from int
	}{
		{&c.Seeds, o.Seeds},
		{&c.Days, o.Days},
		{&c.Requests, o.Requests},
		{&c.Writes, o.Writes},
		{&c.FaultsTotal, o.FaultsTotal},
		{&c.Crashes, o.Crashes},
		{&c.Restarts, o.Restarts},
		{&c.Temporal, o.Temporal},
		{&c.OldLedgers, o.OldLedgers},
		{&c.LostLedgers, o.LostLedgers},
		{&c.DiskFaults, o.DiskFaults},
		{&c.ClockJumps, o.ClockJumps},
		{&c.Orders, o.Orders},
		{&c.Eligible, o.Eligible},
		{&c.Invoices, o.Invoices},
		{&c.Held, o.Held},
		{&c.Strays, o.Strays},
		{&c.Reissued, o.Reissued},
		{&c.Revived, o.Revived},
		{&c.ByInvoice, o.ByInvoice},
		{&c.Unknown, o.Unknown},
		{&c.Duplicates, o.Duplicates},
		{&c.Missing, o.Missing},
		{&c.Differences, o.Differences},
		{&c.Breaches, o.Breaches},
		{&c.Deliveries, o.Deliveries},
		{&c.Unreceived, o.Unreceived},
	} {
		*pair.to += pair.from
	}
	if c.Faults == nil {
		c.Faults = map[string]int{}
	}
	for kind, n := range maps.All(o.Faults) {
		c.Faults[kind] += n
	}
	if c.Mishaps == nil {
		c.Mishaps = map[string]int{}
	}
	for kind, n := range maps.All(o.Mishaps) {
		c.Mishaps[kind] += n
	}
}
