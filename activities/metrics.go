package activities

import (
	"github.com/prometheus/client_golang/prometheus"

	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/trade"
)

// Metrics counts what the activities do. A nil *Metrics counts nothing.
type Metrics struct {
	records   *prometheus.CounterVec
	steps     *prometheus.CounterVec
	decisions *prometheus.CounterVec
}

// NewMetrics makes the metrics and registers them.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	m := &Metrics{
		records: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "spacebridge_records_read_total",
			Help: "Records read from Orderspace, by kind and by what was new about them.",
		}, []string{"connection", "kind", "result"}),
		steps: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "spacebridge_steps_total",
			Help: "Steps tried on the books, by step and outcome.",
		}, []string{"connection", "step", "outcome"}),
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "spacebridge_decisions_total",
			Help: "Decisions taken on sales, by the rule that took them.",
		}, []string{"connection", "rule"}),
	}
	registerer.MustRegister(m.records, m.steps, m.decisions)
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
