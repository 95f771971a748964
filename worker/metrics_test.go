package worker

import (
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"spacebridge/activities"
	"spacebridge/connectors/rest"
	"spacebridge/worker/receiver"
)

var rewrite = flag.Bool("update", false, "write docs/metrics.md anew")

// descriptions is a registry that only listens to what is registered.
type descriptions struct {
	prometheus.Registerer
	rows []string
}

var descForm = regexp.MustCompile(`fqName: "([^"]+)", help: "([^"]+)".*variableLabels: \{([^}]*)\}`)

func (d *descriptions) MustRegister(collectors ...prometheus.Collector) {
	for _, collector := range collectors {
		described := make(chan *prometheus.Desc, 64)
		collector.Describe(described)
		close(described)
		for desc := range described {
			m := descForm.FindStringSubmatch(desc.String())
			labels := "`" + strings.ReplaceAll(m[3], ",", "`, `") + "`"
			if m[3] == "" {
				labels = ""
			}
			d.rows = append(d.rows, "| `"+m[1]+"` | "+labels+" | "+m[2]+" |")
		}
	}
}

func (d *descriptions) Register(collector prometheus.Collector) error {
	d.MustRegister(collector)
	return nil
}

// TestMetricsAreDocumented keeps docs/metrics.md equal to what is registered; -update writes it.
func TestMetricsAreDocumented(t *testing.T) {
	const path = "../docs/metrics.md"
	d := &descriptions{Registerer: prometheus.NewRegistry()}
	activities.NewMetrics(d)
	activities.NewSubscriptionMetrics(d)
	rest.NewMetrics(d)
	receiver.NewMetrics(d)
	d.MustRegister(newLedgerCollector(nil, nil, "test"))
	slices.Sort(d.rows)
	for _, row := range d.rows {
		require.Contains(t, row, "`spacebridge_", "our metrics carry our prefix")
	}
	text := "# Metrics\n\nServed at `http.admin_listen` under `/metrics`. Written by `go test ./worker -run MetricsAreDocumented -update` from what the code registers.\n\n" +
		"| metric | labels | meaning |\n|---|---|---|\n" + strings.Join(d.rows, "\n") + "\n\n" +
		"The Temporal client's own metrics stand beside them, with the prefix `temporal_`.\n\n" +
		"## What to watch\n\n" +
		"- `spacebridge_problem > 0`: something keeps a connection from working; `spacebridge check` says what to do.\n" +
		"- `spacebridge_held_sales > 0`: a person is wanted.\n" +
		"- `spacebridge_unknown_effects > 0` for longer than the settle window: a step's outcome cannot be found out.\n" +
		"- `spacebridge_oldest_dirty_seconds > 900`: changes are not being dealt with.\n" +
		"- `time() - spacebridge_watermark_timestamp_seconds{cursor=\"orders_created\"} > 300`: polling has stopped.\n" +
		"- `time() - spacebridge_watermark_timestamp_seconds{cursor=\"sweep_started\"} > 3600`: sweeps do not come to their end, so a change whose webhook is lost may go unseen for longer than [the bound](webhooks.md#how-fast).\n" +
		"- `spacebridge_inbox_oldest_seconds > 900`: what webhooks told of is not being read.\n" +
		"- `spacebridge_webhook_lost_records > 0.1 * spacebridge_webhook_told_records`: webhooks go missing; what they should have told of is found by reading, later. [More on webhooks](webhooks.md#what-to-watch).\n" +
		"- `sum by (work) (rate(spacebridge_vendor_turns_total{vendor=\"orderspace\"}[15m])) * 60`: who uses how much of the 60 requests a minute. A sum that stays above 50 leaves little for a busy hour.\n"
	if *rewrite {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	written, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, text, string(written), "docs/metrics.md is out of date: run with -update")
}
