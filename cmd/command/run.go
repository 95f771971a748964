package command

import (
	"errors"
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
			if settings.Embedded() && a.build.Embedded == nil {
				return usage(fmt.Errorf("%s has no Temporal server of its own: set temporal.address to your cluster's host:port, "+
					"or run the spacebridge program instead", a.build.Name))
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

// daemonError gives the daemon's errors their exit codes.
func daemonError(err error) error {
	switch {
	case errors.Is(err, worker.ErrNoServer):
		return usage(err)
	case errors.Is(err, worker.ErrUnreachable):
		return unreachable(err)
	}
	return err
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
