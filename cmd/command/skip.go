package command

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/trade"
)

func (a *app) skip() *cobra.Command {
	var connection, by, reason string
	c := &cobra.Command{
		Use:     "skip <number or id> --reason <text>",
		GroupID: groupOperate,
		Short:   "Leave a sale out of invoicing, and say why",
		Long: `Takes a sale out of invoicing, such as an order that was invoiced by hand. The reason is kept in
the journal, so write no names into it. A later issue or retry takes the skip back.

A sale that has its invoice cannot be skipped: an invoice is undone by a credit note in Space
Invoices. It can be once it is held, such as for a change after the invoice: correct the invoice by
hand first, then skip, and the invoice is left as it is from then on. Only retry takes that back.`,
		Example: a.examples(`skip 1042 --reason "invoiced by hand before the go-live"`, `skip 1043 --reason "credited and invoiced anew by hand"`),
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			reason = strings.TrimSpace(reason)
			if reason == "" {
				return usage(errors.New("a skip needs its --reason, for whoever reads the journal later"))
			}
			return a.give(c, connection, args[0], order{
				kind: sqlite.CommandSkip, reason: reason, by: by, refuse: refuseSkip, done: skipped,
			})
		},
	}
	operatorFlags(c, &connection, &by)
	c.Flags().StringVar(&reason, "reason", "", "why it shall have no invoice (required)")
	return c
}

func refuseSkip(s sqlite.Sale) (string, error) {
	if s.BooksDocumentID != "" && s.State != trade.StateHeld {
		return "", fmt.Errorf("%s has its invoice already (%s): credit it in Space Invoices instead", lower(title(s)), s.BooksDocumentID)
	}
	return "", nil
}

func skipped(s sqlite.Sale) string {
	if s.BooksDocumentID != "" {
		return "its invoice " + s.BooksDocumentID + " is left as it is"
	}
	return "will not be invoiced"
}
