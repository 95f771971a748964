package command

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"spacebridge/config"
	"spacebridge/worker"
)

func (a *app) run() *cobra.Command {
	return &cobra.Command{
		Use:     "run",
		GroupID: groupDaemon,
		Short:   "Run the daemon until it is told to stop",
		Long: `Runs the daemon: reads Orderspace, decides about each sale, keeps the books. With temporal.address
empty it runs a Temporal server of its own, without any other program.

SIGINT or SIGTERM stops it; what is on its way to the books is finished first. Logs go to standard
error, and /metrics, /healthz and /readyz are served at http.admin_listen.`,
		Example: a.examples("run", "run -c /etc/spacebridge/spacebridge.yaml"),
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			settings, err := a.load()
			if err != nil {
				return err
			}
			if problem, remedy := a.noServer(settings); problem != "" {
				return usage(fmt.Errorf("%s: %s", problem, remedy))
			}
			out := c.OutOrStdout()
			err = worker.Run(c.Context(), worker.Options{
				Config:   settings,
				Logger:   newLogger(settings.Log, c.ErrOrStderr()),
				Version:  a.build.Version,
				Embedded: a.build.Embedded,
				Ready:    func(info worker.Info) { announce(out, settings, info) },
			})
			return daemonError(err)
		},
	}
}

// announce tells who started the daemon where to look.
func announce(out io.Writer, settings *config.Config, info worker.Info) {
	fmt.Fprintf(out, "Spacebridge runs %s. Metrics: %s/metrics", plural(len(settings.Connections), "connection"), info.AdminURL)
	if info.TemporalUI != "" {
		fmt.Fprintf(out, "  Workflows: %s", info.TemporalUI)
	}
	fmt.Fprintln(out)
}

// noServer says what is wrong when the configuration asks for a Temporal server that this program does not link; "" when
// nothing is.
func (a *app) noServer(settings *config.Config) (problem, remedy string) {
	if !settings.Embedded() || a.build.Embedded != nil {
		return "", ""
	}
	return a.build.Name + " has no Temporal server of its own",
		"set temporal.address to your cluster's host:port, or use the spacebridge program instead"
}

// newLogger makes the log that the configuration asks for.
func newLogger(settings config.Log, w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(settings.Level)); err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	if settings.Format == "text" {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}
