package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"
)

// demoOptions are the flags of demo.
type demoOptions struct {
	seed    uint64
	orders  int
	events  int
	stay    bool
	verbose bool
	limit   time.Duration
}

func (a *app) demo() *cobra.Command {
	var o demoOptions
	c := &cobra.Command{
		Use:     "demo",
		GroupID: groupDaemon,
		Short:   "Show the whole job in under a minute, with both vendors simulated on this machine",
		Long: `Starts simulators of Orderspace and Space Invoices, plants a month of a believable merchant's orders, and
runs the real daemon on them: real HTTP, a real Temporal server, a real ledger in a temporary folder. Then
life goes on: orders arrive and are edited, dispatched, invoiced, paid and cancelled, while the daemon follows.

At the end an auditor with arithmetic of its own compares the shop with the books. The exit code is 0 only if
no invoice is missing, none is there twice, each is right to the penny, and nothing is held but the orders
that were broken on purpose. Ctrl-C stops it at any time.`,
		Example: a.examples("demo", "demo --seed 7 --orders 400", "demo --stay    # look around in the Temporal UI, Ctrl-C ends it"),
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.valid(); err != nil {
				return usage(err)
			}
			return a.runDemo(c.Context(), o, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	flags := c.Flags()
	flags.Uint64Var(&o.seed, "seed", 1, "which merchant: the same seed gives the same business")
	flags.IntVar(&o.orders, "orders", 140, "orders in the month before, 1 to 5000")
	flags.IntVar(&o.events, "events", 60, "things that happen while the daemon runs")
	flags.BoolVar(&o.stay, "stay", false, "keep everything up at the end, until Ctrl-C")
	flags.BoolVarP(&o.verbose, "verbose", "v", false, "write the daemon's log to standard error")
	flags.DurationVar(&o.limit, "limit", 3*time.Minute, "give up when the books are not exact after this time")
	return c
}

// mostDemoOrders is a history that a demo can read within its patience.
const mostDemoOrders = 5000

// valid checks the flags before anything is started.
func (o demoOptions) valid() error {
	switch {
	case o.orders < 1 || o.orders > mostDemoOrders:
		return fmt.Errorf("--orders must be from 1 to %d", mostDemoOrders)
	case o.events < 0:
		return errors.New("--events must not be negative")
	case o.limit <= 0:
		return errors.New("--limit must be more than nothing, such as 3m")
	}
	return nil
}

// runDemo runs the demo, and says so when a person has ended it before its end.
func (a *app) runDemo(ctx context.Context, o demoOptions, out, stderr io.Writer) error {
	if a.build.Embedded == nil {
		return usage(errors.New("demo runs its own Temporal server, which this program does not have: use the spacebridge program"))
	}
	show := newStage(out)
	finished := false
	err := a.playDemo(ctx, o, show, stderr, &finished)
	show.clear()
	if ctx.Err() != nil && !finished {
		return errors.New("stopped") // and not which of its parts noticed first
	}
	return err
}

// playDemo runs the acts of the demo one after the other. finished becomes true when the last is over.
func (a *app) playDemo(ctx context.Context, o demoOptions, show *stage, stderr io.Writer, finished *bool) (err error) {
	folder, err := os.MkdirTemp("", "spacebridge-demo-")
	if err != nil {
		return fmt.Errorf("make a folder for the demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	logger := slog.New(slog.DiscardHandler)
	if o.verbose {
		logger = slog.New(slog.NewTextHandler(stderr, nil))
	}
	world, err := a.openDemo(ctx, o, folder, logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, world.close()) }()
	show.say("A merchant with %s from the last 30 days (seed %d). Nothing here leaves this machine.", plural(len(world.sandbox.Shop.Orders()), "order"), o.seed)
	show.say("Orderspace %s   Space Invoices %s", world.sandbox.OrderspaceURL, world.sandbox.SpaceInvoicesURL)
	show.say("Temporal UI %s   Metrics %s/metrics", world.info.TemporalUI, world.info.AdminURL)

	started := time.Now()
	patience, cancel := context.WithTimeout(ctx, o.limit)
	defer cancel()
	if err := world.converge(patience, show, "Reading the month"); err != nil {
		return world.disappointed(ctx, patience, show, o.limit, err)
	}
	show.say("The month is in the books after %s.", time.Since(started).Round(100*time.Millisecond))
	if err := world.live(patience, show, o.events); err != nil {
		return world.disappointed(ctx, patience, show, o.limit, err)
	}
	if err := world.converge(patience, show, "Following up"); err != nil {
		return world.disappointed(ctx, patience, show, o.limit, err)
	}
	if err := world.report(ctx, show); err != nil {
		return err
	}
	*finished = true
	show.say("It took %s. The Temporal UI was at %s", time.Since(started).Round(100*time.Millisecond), world.info.TemporalUI)
	if o.stay {
		return world.stay(ctx, show)
	}
	return world.verdict()
}
