package command

import (
	"fmt"

	"github.com/spf13/cobra"

	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/trade"
)

func (a *app) issue() *cobra.Command {
	var connection, by string
	c := &cobra.Command{
		Use:     "issue <number or id>",
		GroupID: groupOperate,
		Short:   "Issue the invoice of one sale now, whatever the trigger",
		Long: `Asks the daemon to issue the invoice of one sale without waiting for the policy's trigger; with
issue_on: manual it is the only way. Every other rule still holds: a sale that does not add up to
the penny is held, and one that has its invoice gets no second one. A skip is taken back.`,
		Example: a.examples("issue 1042", "issue 1042 --connection acme --by jo"),
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.give(c, connection, args[0], order{
				kind: sqlite.CommandIssue, by: by, refuse: refuseIssue, done: saying("asked to be issued now"),
			})
		},
	}
	operatorFlags(c, &connection, &by)
	return c
}

func refuseIssue(s sqlite.Sale) (string, error) {
	switch {
	case s.BooksDocumentID != "":
		return fmt.Sprintf("%s of %s has its invoice already: %s. Nothing to do.", title(s), s.Connection, s.BooksDocumentID), nil
	case s.State == trade.StateIgnored && s.Command.SkipReason != "": // it takes the skip back
	case s.State == trade.StateCancelled || s.State == trade.StateIgnored:
		return "", fmt.Errorf("%s is %s (%s): there is nothing to issue", lower(title(s)), s.State, or(s.Reason, s.Rule))
	}
	return "", nil
}
