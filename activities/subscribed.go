package activities

import "github.com/prometheus/client_golang/prometheus"

// SubscriptionChange is what was done about a webhook subscription.
type SubscriptionChange string

// The changes, as the metric has them.
const (
	SubscriptionCreated   SubscriptionChange = "created"   // the first one of its endpoint
	SubscriptionRecreated SubscriptionChange = "recreated" // made in place of one that was gone or silent
	SubscriptionAdopted   SubscriptionChange = "adopted"   // found at our endpoint and taken over
	SubscriptionUpdated   SubscriptionChange = "updated"   // its events were set, or another key was taken over
	SubscriptionRemoved   SubscriptionChange = "removed"   // ended by us: not wanted, or one too many
)

var subscriptionChanges = []SubscriptionChange{
	SubscriptionCreated, SubscriptionRecreated, SubscriptionAdopted, SubscriptionUpdated, SubscriptionRemoved,
}

// SubscriptionMetrics shows how the webhook subscriptions fare. A nil *SubscriptionMetrics counts nothing.
type SubscriptionMetrics struct {
	subscribed *prometheus.GaugeVec
	changes    *prometheus.CounterVec
}

// NewSubscriptionMetrics makes the metrics and registers them.
func NewSubscriptionMetrics(registerer prometheus.Registerer) *SubscriptionMetrics {
	m := &SubscriptionMetrics{
		subscribed: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "spacebridge_webhook_subscribed",
			Help: "1 while a webhook subscription stands at Orderspace as it is wanted, as of the latest look; 0 otherwise, also when none is wanted.",
		}, []string{"connection"}),
		changes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "spacebridge_webhook_subscription_changes_total",
			Help: "Changes made to webhook subscriptions at Orderspace, by what was done.",
		}, []string{"connection", "change"}),
	}
	registerer.MustRegister(m.subscribed, m.changes)
	return m
}

// watch makes the series of a connection appear with 0, so that the first change is seen as one.
func (m *SubscriptionMetrics) watch(connection string) {
	if m == nil {
		return
	}
	m.subscribed.WithLabelValues(connection)
	for _, change := range subscriptionChanges {
		m.changes.WithLabelValues(connection, string(change))
	}
}

func (m *SubscriptionMetrics) stands(connection string, stands bool) {
	if m == nil {
		return
	}
	value := 0.0
	if stands {
		value = 1
	}
	m.subscribed.WithLabelValues(connection).Set(value)
}

func (m *SubscriptionMetrics) changed(connection string, change SubscriptionChange) {
	if m != nil {
		m.changes.WithLabelValues(connection, string(change)).Inc()
	}
}
