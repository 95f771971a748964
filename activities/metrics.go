package activities

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/trade"
)

// Metrics counts what the activities do. A nil *Metrics counts nothing.
type Metrics struct {
	records   *prometheus.CounterVec
	changes   *prometheus.CounterVec
	arrival   *prometheus.HistogramVec
	steps     *prometheus.CounterVec
	decisions *prometheus.CounterVec
	books     *prometheus.HistogramVec
}

// minutesToHours are the bounds, in seconds, within which changes are found: the pause of the inbox, a poll, a sweep, a night.
var minutesToHours = []float64{5, 15, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 3 * 3600, 6 * 3600, 24 * 3600, 3 * 24 * 3600}

// NewMetrics makes the metrics and registers them.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	m := &Metrics{
		records: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "spacebridge_records_read_total",
			Help: "Records read from Orderspace, by kind and by what was new about them.",
		}, []string{"connection", "kind", "result"}),
		changes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "spacebridge_changes_found_total",
			Help: "Records that were new or had changed, by kind and by the work that found them.",
		}, []string{"connection", "kind", "by"}),
		arrival: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "spacebridge_creation_to_ledger_seconds",
			Help:    "Time from the creation of a record at Orderspace to its being in the ledger, by kind and by the work that found it.",
			Buckets: minutesToHours,
		}, []string{"connection", "kind", "by"}),
		steps: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "spacebridge_steps_total",
			Help: "Steps tried on the books, by step and outcome.",
		}, []string{"connection", "step", "outcome"}),
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "spacebridge_decisions_total",
			Help: "Decisions taken on sales, by the rule that took them.",
		}, []string{"connection", "rule"}),
		books: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "spacebridge_change_to_books_seconds",
			Help:    "Time from the first word of a change, a webhook's or a read's, to a step on the books that it led to.",
			Buckets: minutesToHours,
		}, []string{"connection"}),
	}
	registerer.MustRegister(m.records, m.changes, m.arrival, m.steps, m.decisions, m.books)
	return m
}

func (m *Metrics) read(connection string, kind trade.Kind, saved sqlite.SaveResult) {
	if m == nil {
		return
	}
	m.records.WithLabelValues(connection, string(kind), "new").Add(float64(saved.New))
	m.records.WithLabelValues(connection, string(kind), "changed").Add(float64(saved.Changed))
	m.records.WithLabelValues(connection, string(kind), "same").Add(float64(saved.Same))
}

func (m *Metrics) found(connection string, kind trade.Kind, by string, n int) {
	if m != nil && n > 0 {
		m.changes.WithLabelValues(connection, string(kind), by).Add(float64(n))
	}
}

// arrived counts a new record. One that seems to be created in the future shows how far two clocks differ, and nothing else.
func (m *Metrics) arrived(connection string, kind trade.Kind, by string, after time.Duration) {
	if m != nil {
		m.arrival.WithLabelValues(connection, string(kind), by).Observe(max(0, after.Seconds()))
	}
}

// booked counts a step that came of a change first heard of at a time; zero when the step came of no change.
func (m *Metrics) booked(connection string, outcome StepOutcome, since, now time.Time) {
	if m != nil && outcome == StepDone && !since.IsZero() {
		m.books.WithLabelValues(connection).Observe(max(0, now.Sub(since).Seconds()))
	}
}

func (m *Metrics) step(connection, step, outcome string) {
	if m != nil {
		m.steps.WithLabelValues(connection, step, outcome).Inc()
	}
}

func (m *Metrics) decided(connection, rule string) {
	if m != nil {
		m.decisions.WithLabelValues(connection, rule).Inc()
	}
}
