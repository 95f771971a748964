package worker

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/trade"
)

// ledgerCollector reads the ledger when Prometheus asks, so that the numbers are always those of the books' own record.
type ledgerCollector struct {
	ledger      *sqlite.Ledger
	connections []string
	version     string

	sales, held, unknown, oldest, problem, writable, watermark, build *prometheus.Desc
	waiting, waitingAge, delivered, told, lost                        *prometheus.Desc
}

func newLedgerCollector(ledger *sqlite.Ledger, connections []string, version string) *ledgerCollector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("spacebridge_"+name, help, labels, nil)
	}
	return &ledgerCollector{
		ledger: ledger, connections: connections, version: version,
		sales:     desc("sales", "Sales in the ledger, by state.", "connection", "state"),
		held:      desc("held_sales", "Sales that wait for a person, by the code of their hold.", "connection", "code"),
		unknown:   desc("unknown_effects", "Steps whose outcome is not known yet.", "connection"),
		oldest:    desc("oldest_dirty_seconds", "Age of the oldest change that has not been dealt with; 0 when there is none.", "connection"),
		problem:   desc("problem", "1 for each problem that keeps a connection from working.", "connection", "code"),
		writable:  desc("connection_healthy", "1 when nothing keeps the connection from reading and writing.", "connection"),
		watermark: desc("watermark_timestamp_seconds", "When a cursor was last moved, as Unix time.", "connection", "cursor"),
		build:     desc("build_info", "Always 1; the version is a label.", "version"),

		waiting:    desc("inbox_waiting_records", "Records that webhooks told of and that were not read since.", "connection"),
		waitingAge: desc("inbox_oldest_seconds", "Age of the oldest event whose record was not read since; 0 when there is none.", "connection"),
		delivered:  desc("webhook_last_delivery_timestamp_seconds", "When the latest webhook request was received, as Unix time; absent before the first.", "connection"),
		told:       desc("webhook_told_records", "Records of whose creation a webhook told, in the last 24 hours.", "connection"),
		lost:       desc("webhook_lost_records", "Records created in the last 24 hours that only reading found, without a webhook within half an hour.", "connection"),
	}
}

// Describe sends the descriptions of all metrics.
func (c *ledgerCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		c.sales, c.held, c.unknown, c.oldest, c.problem, c.writable, c.watermark, c.build, c.waiting, c.waitingAge, c.delivered, c.told, c.lost,
	} {
		ch <- d
	}
}

// Collect reads the ledger. A ledger that cannot be read shows as a failed scrape.
func (c *ledgerCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	gauge(c.build, 1, c.version)
	for _, connection := range c.connections {
		if err := c.collect(ctx, gauge, connection); err != nil {
			ch <- prometheus.NewInvalidMetric(c.sales, err)
			return
		}
	}
}

func (c *ledgerCollector) collect(ctx context.Context, gauge func(*prometheus.Desc, float64, ...string), connection string) error {
	counts, err := c.ledger.Counts(ctx, connection)
	if err != nil {
		return err
	}
	for _, state := range []trade.State{
		trade.StateWaiting, trade.StatePending, trade.StateIssued, trade.StateCancelled, trade.StateIgnored, trade.StateHeld,
	} {
		gauge(c.sales, float64(counts.Sales[state]), connection, string(state))
	}
	for code, n := range counts.Holds {
		gauge(c.held, float64(n), connection, code)
	}
	gauge(c.unknown, float64(counts.UnknownEffects), connection)
	age := 0.0
	if !counts.OldestDirty.IsZero() {
		age = max(0, time.Since(counts.OldestDirty).Seconds())
	}
	gauge(c.oldest, age, connection)
	problems, err := c.ledger.Problems(ctx, connection)
	if err != nil {
		return err
	}
	healthy := 1.0
	for _, problem := range problems {
		healthy = 0
		gauge(c.problem, 1, connection, problem.Code)
	}
	gauge(c.writable, healthy, connection)
	cursors, err := c.ledger.Cursors(ctx, connection)
	for _, cursor := range cursors {
		if cursor.Name == cursorPolicy || isGate(cursor.Name) {
			continue // a note of ours, not a place in time
		}
		gauge(c.watermark, float64(cursor.UpdatedAt.UnixMilli())/1000, connection, cursor.Name)
	}
	if err != nil {
		return err
	}
	return c.inbox(ctx, gauge, connection)
}

// inbox tells how the webhooks of a connection fare.
func (c *ledgerCollector) inbox(ctx context.Context, gauge func(*prometheus.Desc, float64, ...string), connection string) error {
	inbox, err := c.ledger.InboxOf(ctx, connection, time.Now().Add(-24*time.Hour))
	if err != nil {
		return err
	}
	age := 0.0
	if !inbox.Oldest.IsZero() {
		age = max(0, time.Since(inbox.Oldest).Seconds())
	}
	gauge(c.waiting, float64(inbox.Waiting), connection)
	gauge(c.waitingAge, age, connection)
	gauge(c.told, float64(inbox.Heard), connection)
	gauge(c.lost, float64(inbox.Lost), connection)
	if !inbox.Last.IsZero() {
		gauge(c.delivered, float64(inbox.Last.UnixMilli())/1000, connection)
	}
	return nil
}
