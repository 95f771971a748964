package command

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"spacebridge/config"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// saleJSON is a sale in JSON output, part of the public contract.
type saleJSON struct {
	Connection      string      `json:"connection"`
	Sale            string      `json:"sale"`
	Kind            trade.Kind  `json:"kind"` // of the record it is made of: order or invoice
	Number          string      `json:"number"`
	State           trade.State `json:"state"`
	Currency        string      `json:"currency"`
	Gross           *string     `json:"gross"` // null while it is not known
	BooksOrderID    string      `json:"books_order_id"`
	BooksDocumentID string      `json:"books_document_id"`
	Hold            *holdJSON   `json:"hold"`
	UpdatedAt       *string     `json:"updated_at"`
}

type holdJSON struct {
	Code   string `json:"code"`
	Reason string `json:"reason"`
	Advice string `json:"advice"`
	Detail string `json:"detail"` // the numbers as a table for people, "" where the reason says it all
}

func toSaleJSON(s sqlite.Sale) saleJSON {
	out := saleJSON{
		Connection: s.Connection, Sale: s.ID, Kind: s.Kind, Number: s.Number, State: s.State, Currency: s.Currency,
		BooksOrderID: s.BooksOrderID, BooksDocumentID: s.BooksDocumentID, UpdatedAt: stamp(s.UpdatedAt),
	}
	if s.HasGross {
		gross := grossText(s)
		out.Gross = &gross
	}
	if s.Hold != nil {
		out.Hold = &holdJSON{Code: s.Hold.Code, Reason: s.Hold.Reason, Advice: s.Hold.Advice, Detail: s.Hold.Detail}
	}
	return out
}

// grossText is the sale's gross total in major units, "" while it is not known.
func grossText(s sqlite.Sale) string {
	if !s.HasGross {
		return ""
	}
	return money.Currency{Code: s.Currency, Digits: s.Digits}.Format(s.Gross)
}

func (a *app) sales() *cobra.Command {
	var asJSON bool
	var name, state string
	var limit int
	c := &cobra.Command{
		Use:     "sales",
		GroupID: groupRead,
		Short:   "List sales with their state, their total and their invoice",
		Long: `Lists the sales of the ledger, newest first. States: waiting (not yet in the books), pending
(order in the books, not issued), issued, cancelled, ignored, held (waits for a person).`,
		Example: a.examples("sales", "sales --state held", "sales --connection acme --json | jq '.[].number'"),
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if state != "" && !slices.Contains(states, trade.State(state)) {
				return usage(fmt.Errorf("no state is called %q; use one of %s", state, stateNames()))
			}
			if limit < 0 {
				return usage(errors.New("--limit must not be negative"))
			}
			settings, err := a.loadForReading()
			if err != nil {
				return err
			}
			connections, err := chosen(settings, name)
			if err != nil {
				return err
			}
			found, err := a.listSales(c, settings, connections, sqlite.SaleFilter{State: trade.State(state), Limit: limit})
			if err != nil {
				return err
			}
			if asJSON {
				out := make([]saleJSON, 0, len(found))
				for _, s := range found {
					out = append(out, toSaleJSON(s))
				}
				return writeJSON(c.OutOrStdout(), out)
			}
			return writeSales(c.OutOrStdout(), found, state, len(connections) > 1)
		},
	}
	jsonFlag(c, &asJSON)
	connectionFlag(c, &name)
	c.Flags().StringVar(&state, "state", "", "only sales in this state: "+stateNames())
	c.Flags().IntVar(&limit, "limit", 0, "at most this many of each connection (0: all)")
	return c
}

func stateNames() string {
	names := make([]string, 0, len(states))
	for _, state := range states {
		names = append(names, string(state))
	}
	return strings.Join(names, ", ")
}

func (a *app) listSales(c *cobra.Command, settings *config.Config, connections []config.Connection, filter sqlite.SaleFilter) ([]sqlite.Sale, error) {
	ledger, err := a.openReader(c.Context(), settings)
	if errors.Is(err, errNoLedger) {
		fmt.Fprintln(c.ErrOrStderr(), sentence(err))
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer ledger.Close()
	var found []sqlite.Sale
	for _, connection := range connections {
		filter.Connection = connection.Name
		sales, err := ledger.Sales(c.Context(), filter)
		if err != nil {
			return nil, err
		}
		found = append(found, sales...)
	}
	return found, nil
}

func writeSales(w io.Writer, found []sqlite.Sale, state string, several bool) error {
	if len(found) == 0 {
		_, err := fmt.Fprintln(w, noSales(state))
		return err
	}
	header := []string{"NUMBER", "STATE", "GROSS", "CURRENCY", "INVOICE", "SALE", "NOTE"}
	if several {
		header = append([]string{"CONNECTION"}, header...)
	}
	t := newTable(header...).alignRight(slices.Index(header, "GROSS"))
	for _, s := range found {
		row := []string{or(s.Number, "-"), string(s.State), or(grossText(s), "-"), or(s.Currency, "-"), or(s.BooksDocumentID, "-"), s.ID, note(s)}
		if several {
			row = append([]string{s.Connection}, row...)
		}
		t.add(row...)
	}
	return t.write(w)
}

// note is the shortest answer to "why is it there"; explain has the long one.
func note(s sqlite.Sale) string {
	switch {
	case s.Hold != nil:
		return s.Hold.Code
	case s.State == trade.StateIssued:
		return ""
	default:
		return shorten(s.Reason, 48)
	}
}

func noSales(state string) string {
	switch trade.State(state) {
	case "":
		return "No sales yet: the daemon has not found any since the configured day."
	case trade.StateHeld:
		return "No sale is held: nothing waits for a person."
	default:
		return "No sale is " + state + "."
	}
}
