package rest

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics count what is sent to the vendors. One instance serves all clients of a process; nil counts nothing.
type Metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	gate     *prometheus.CounterVec
	turns    *prometheus.CounterVec
}

// NewMetrics registers the metrics. It panics when they are registered already, like prometheus.MustRegister.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "spacebridge_vendor_requests_total",
			Help: "Attempts to send a request to a vendor, by route and outcome: ok or the class of the failure.",
		}, []string{"vendor", "method", "route", "outcome"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "spacebridge_vendor_request_duration_seconds",
			Help:    "Time from sending a request to having its reply, without the wait for its turn.",
			Buckets: []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30},
		}, []string{"vendor", "method", "route"}),
		gate: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "spacebridge_vendor_gate_closed_seconds_total",
			Help: "Time for which nothing may be sent to a vendor because it answered 429.",
		}, []string{"vendor"}),
		turns: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "spacebridge_vendor_turns_total",
			Help: "Turns to send a request to a vendor that were given out of its budget, by the work that asked for them.",
		}, []string{"vendor", "work"}),
	}
	reg.MustRegister(m.requests, m.duration, m.gate, m.turns)
	return m
}

// Observe counts a request that a vendor package sends by other means than a Client, such as the fetch of a token. err
// gives the outcome.
func (m *Metrics) Observe(vendor, method, route string, err error, took time.Duration) {
	outcome := "ok"
	if err != nil {
		outcome = string(ClassOf(err))
	}
	m.done(vendor, method, route, outcome, took)
}

// done counts one attempt; took is negative when nothing was sent.
func (m *Metrics) done(vendor, method, route, outcome string, took time.Duration) {
	if m == nil {
		return
	}
	m.requests.WithLabelValues(vendor, method, route, outcome).Inc()
	if took >= 0 {
		m.duration.WithLabelValues(vendor, method, route).Observe(took.Seconds())
	}
}

func (m *Metrics) gateClosed(vendor string, extra time.Duration) {
	if m == nil {
		return
	}
	m.gate.WithLabelValues(vendor).Add(extra.Seconds())
}

func (m *Metrics) turnGiven(vendor string, w Work) {
	if m == nil {
		return
	}
	m.turns.WithLabelValues(vendor, string(w)).Inc()
}
