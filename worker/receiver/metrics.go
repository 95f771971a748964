package receiver

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"spacebridge/connectors/orderspace"
)

// elsewhere stands for the connection where the path names none that there is. No connection can have this name.
const elsewhere = "(none)"

// otherEvent stands for events that are not documented.
const otherEvent = "other"

// Metrics count what webhooks bring. Nil counts nothing.
type Metrics struct {
	deliveries *prometheus.CounterVec
	events     *prometheus.CounterVec
	duration   *prometheus.HistogramVec
	bodies     prometheus.Gauge
}

// NewMetrics registers the metrics. It panics when they are registered already, like prometheus.MustRegister.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "spacebridge_webhook_deliveries_total",
			Help: "Webhook requests, by what became of them: accepted and repeated are answered 200; busy and failed 503, and will come again.",
		}, []string{"connection", "result"}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "spacebridge_webhook_events_total",
			Help: "Events in the webhook requests that were committed: taken, dropped as the books know nothing of their kind, or unreadable.",
		}, []string{"connection", "event", "result"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "spacebridge_webhook_ack_duration_seconds",
			Help:    "Time from the header of a webhook request to its answer of 200, reading and commit included.",
			Buckets: []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10},
		}, []string{"connection"}),
		bodies: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "spacebridge_webhook_body_bytes",
			Help: "Memory held by webhook requests that are being read or wait for their commit.",
		}),
	}
	reg.MustRegister(m.deliveries, m.events, m.duration, m.bodies)
	return m
}

// answered counts one request.
func (m *Metrics) answered(connection string, what result, took time.Duration) {
	if m == nil {
		return
	}
	m.deliveries.WithLabelValues(connection, string(what)).Inc()
	if what == accepted || what == repeated {
		m.duration.WithLabelValues(connection).Observe(took.Seconds())
	}
}

// received counts the events of one delivery that was committed.
func (m *Metrics) received(connection string, events []orderspace.Event) {
	if m == nil {
		return
	}
	for _, event := range events {
		name, what := event.Name, "unreadable"
		if name == "" {
			name = otherEvent
		}
		switch event.Use {
		case orderspace.UseRead:
			what = "taken"
		case orderspace.UseNone:
			what = "dropped"
		case orderspace.UseUnreadable:
		}
		m.events.WithLabelValues(connection, name, what).Inc()
	}
}

// inFlight sets how much memory bodies hold.
func (m *Metrics) inFlight(bytes int64) {
	if m != nil {
		m.bodies.Set(float64(bytes))
	}
}
