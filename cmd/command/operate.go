package command

import (
	"context"
	"fmt"
	"os/user"
	"time"

	"github.com/spf13/cobra"

	"spacebridge/config"
	"spacebridge/connectors/sqlite"
)

// nudger tells a running daemon to look at a sale now.
type nudger interface {
	Nudge(ctx context.Context, c *config.Config, sale sqlite.Sale) error
}

// nudgePatience is how long an operator waits for a daemon that may not be there.
const nudgePatience = 5 * time.Second

// order is an operator's command about one sale.
type order struct {
	kind   sqlite.CommandKind
	reason string
	by     string
	// refuse looks at the sale before the command is written: a message ends the command, with or without an error.
	refuse func(sqlite.Sale) (message string, err error)
	done   func(sqlite.Sale) string // what was asked for, for the answer
}

// saying is the same answer for every sale.
func saying(text string) func(sqlite.Sale) string { return func(sqlite.Sale) string { return text } }

// give writes the command into the ledger and tells the daemon. The ledger comes first: a daemon that is not there, or
// that never hears of it, finds the command when it next looks (invariant 9).
func (a *app) give(c *cobra.Command, connection, key string, o order) error {
	settings, err := a.loadForReading()
	if err != nil {
		return err
	}
	connections, err := chosen(settings, connection)
	if err != nil {
		return err
	}
	ledger, err := a.openWriter(c.Context(), settings)
	if err != nil {
		return err
	}
	defer ledger.Close()
	sale, err := a.findSale(c.Context(), ledger, connections, key)
	if err != nil {
		return err
	}
	if o.refuse != nil {
		message, err := o.refuse(sale)
		if err != nil {
			return err
		}
		if message != "" {
			_, err := fmt.Fprintln(c.OutOrStdout(), message)
			return err
		}
	}
	if err := ledger.Command(c.Context(), sale.Connection, sale.ID, o.kind, o.reason, operator(o.by)); err != nil {
		return err
	}
	return a.tell(c, settings, sale, o.done(sale))
}

// tell nudges the daemon and says what will happen next.
func (a *app) tell(c *cobra.Command, settings *config.Config, sale sqlite.Sale, done string) error {
	ctx, cancel := context.WithTimeout(c.Context(), nudgePatience)
	defer cancel()
	next := "The daemon has been told."
	if err := a.nudge.Nudge(ctx, settings, sale); err != nil {
		next = fmt.Sprintf("The daemon cannot be told at %s; it takes this up within a minute if it runs, else when it starts.",
			settings.TemporalAddress())
	}
	_, err := fmt.Fprintf(c.OutOrStdout(), "%s of %s: %s. %s\nFollow it with: %s explain %s\n",
		title(sale), sale.Connection, done, next, a.build.Name, sale.ID)
	return err
}

// operator is who gives the command, for the journal.
func operator(by string) string {
	if by != "" {
		return by
	}
	if me, err := user.Current(); err == nil && me.Username != "" {
		return me.Username
	}
	return "operator"
}

// operatorFlags adds what the commands about one sale share.
func operatorFlags(c *cobra.Command, connection, by *string) {
	connectionFlag(c, connection)
	c.Flags().StringVar(by, "by", "", "who asks, for the journal (default: the user of this shell)")
}
