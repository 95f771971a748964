package command

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"spacebridge/connectors/sandbox"
)

// storm is the command that tries a receiver.
func (a *app) storm() *cobra.Command {
	var s sandbox.Storm
	var asJSON bool
	c := &cobra.Command{
		Use:   "storm",
		Short: "Try a webhook receiver with many signed deliveries",
		Long: `Sends signed webhook deliveries to a receiver at a steady rate, about orders that are made up, and tells
how they were answered and how long that took. No two bodies are equal, so that a receiver has to keep
each. A delivery that fails is counted and not sent again.

Aim it at a receiver of your own. The orders do not exist: a daemon that keeps what it hears will look
for them at its shop.`,
		Example: a.examples("sandbox storm --url " + sandboxWebhookURL + " --key <signing key> --rate 500 --events 50 --orders 500 --for 20s --json"),
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := s.Check(); err != nil {
				return usage(err)
			}
			report, err := s.Run(c.Context())
			if err != nil {
				return err
			}
			if err := a.showStorm(c, report, asJSON); err != nil {
				return err
			}
			return stormCode(report)
		},
	}
	f := c.Flags()
	f.StringVar(&s.URL, "url", "", "address of the receiver")
	f.StringVar(&s.Key, "key", "", "signing key of the webhook")
	f.IntVar(&s.Rate, "rate", 50, "deliveries a second")
	f.IntVar(&s.Events, "events", 50, "events in each delivery, at most 50")
	f.IntVar(&s.Orders, "orders", 500, "orders that the events are about")
	f.DurationVar(&s.For, "for", 10*time.Second, "how long")
	f.IntVar(&s.Concurrency, "concurrency", 64, "deliveries under way at once at most")
	f.BoolVar(&asJSON, "json", false, "write the report as JSON")
	return c
}

// stormJSON is what storm --json writes.
type stormJSON struct {
	Sent       int            `json:"sent"`
	Accepted   int            `json:"accepted"`
	Statuses   map[int]int    `json:"statuses"`
	Failures   map[string]int `json:"failures"`
	PerSecond  int            `json:"per_second"`
	Bytes      int64          `json:"bytes"`
	ElapsedMS  int64          `json:"elapsed_ms"`
	BehindMS   int64          `json:"behind_ms"`
	P50Micros  int64          `json:"p50_us"`
	P99Micros  int64          `json:"p99_us"`
	MostMicros int64          `json:"max_us"`
}

// showStorm writes the report.
func (a *app) showStorm(c *cobra.Command, r *sandbox.StormReport, asJSON bool) error {
	if !asJSON {
		_, err := fmt.Fprint(c.OutOrStdout(), r)
		return err
	}
	return writeJSON(c.OutOrStdout(), stormJSON{
		Sent: r.Sent, Accepted: len(r.Accepted), Statuses: r.Statuses, Failures: r.Failures, PerSecond: r.Rate(), Bytes: r.Bytes,
		ElapsedMS: r.Elapsed.Milliseconds(), BehindMS: r.Behind.Milliseconds(), P50Micros: r.P50.Microseconds(),
		P99Micros: r.P99.Microseconds(), MostMicros: r.Max.Microseconds(),
	})
}

// stormCode is ExitUnreachable when nothing was answered, ExitFailed when not everything was answered 200.
func stormCode(r *sandbox.StormReport) error {
	switch {
	case len(r.Accepted) == r.Sent && r.Sent > 0:
		return nil
	case len(r.Statuses) == 0:
		return unreachable(fmt.Errorf("no delivery was answered: %v", slices.Sorted(maps.Keys(r.Failures))))
	}
	return said(ExitFailed)
}
