package command

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"spacebridge/connectors/sqlite"
)

func (a *app) skip() *cobra.Command {
	var connection, by, reason string
	c := &cobra.Command{
		Use:     "skip <order number or id> --reason <text>",
		GroupID: groupOperate,
		Short:   "Leave a sale out of invoicing, and say why",
		Long: `Takes a sale out of invoicing, such as an order that was invoiced by hand. The reason is kept in
the journal, so write no names into it. A later issue or retry takes the skip back.

A sale that has its invoice cannot be skipped: an invoice is undone by a credit note in Space
Invoices.`,
		Example: a.examples(`skip 1042 --reason "invoiced by hand before the go-live"`),
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			reason = strings.TrimSpace(reason)
			if reason == "" {
				return usage(errors.New("a skip needs its --reason, for whoever reads the journal later"))
			}
			return a.give(c, connection, args[0], order{
				kind: sqlite.CommandSkip, reason: reason, by: by, refuse: refuseSkip, done: "will not be invoiced",
			})
		},
	}
	operatorFlags(c, &connection, &by)
	c.Flags().StringVar(&reason, "reason", "", "why it shall have no invoice (required)")
	return c
}

func refuseSkip(s sqlite.Sale) (string, error) {
	if s.BooksDocumentID != "" {
		return "", fmt.Errorf("order %s (%s) has its invoice already (%s): credit it in Space Invoices instead", s.Number, s.ID, s.BooksDocumentID)
	}
	return "", nil
}
