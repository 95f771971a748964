package command

import (
	"github.com/spf13/cobra"

	"spacebridge/connectors/sqlite"
)

func (a *app) retry() *cobra.Command {
	var connection, by string
	c := &cobra.Command{
		Use:     "retry <number or id>",
		GroupID: groupOperate,
		Short:   "Look at a held sale again, after its cause was mended",
		Long: `Asks the daemon to decide anew about a sale, with fresh reads. Use it when the cause of a hold was
mended where the daemon cannot see it: a setting of the books, the tax table, a refused request.
A change in Orderspace needs no retry: it is noticed by itself. A skip is taken back.`,
		Example: a.examples("retry 1042", "retry or_l5dyqedn --connection acme"),
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.give(c, connection, args[0], order{kind: sqlite.CommandRetry, by: by, done: saying("asked to be looked at again")})
		},
	}
	operatorFlags(c, &connection, &by)
	return c
}
