package command

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"spacebridge/connectors/sqlite"
)

// explainJSON is a sale with everything the ledger knows about it.
type explainJSON struct {
	saleJSON
	BooksStatus string      `json:"books_status"`
	Rule        string      `json:"rule"`
	Reason      string      `json:"reason"`
	HeldSince   *string     `json:"held_since"`
	Created     *string     `json:"created"`
	Command     commandJSON `json:"command"`
	// Documents are all invoices the sale ever had in the books, oldest first; the one without replaced_by is its invoice.
	Documents []documentJSON `json:"documents"`
	Effects   []effectJSON   `json:"effects"`
	Journal   []entryJSON    `json:"journal"`
	// Problems of the connection, which may be why nothing happens.
	Problems []problemJSON `json:"problems"`
}

// commandJSON is what an operator ordered, and nobody has taken back.
type commandJSON struct {
	Issue      bool   `json:"issue"`
	SkipReason string `json:"skip_reason"` // "" when not skipped
}

type documentJSON struct {
	ID           string  `json:"id"`
	BooksOrderID string  `json:"books_order_id"`
	Step         string  `json:"step"`        // issue or reissue; found, if it was no step of ours
	ReplacedBy   string  `json:"replaced_by"` // "" for the sale's invoice
	RecordedAt   *string `json:"recorded_at"`
}

type effectJSON struct {
	Step            string  `json:"step"`
	Generation      int     `json:"generation"`
	State           string  `json:"state"`
	RequestID       string  `json:"request_id"`
	Attempts        int     `json:"attempts"`
	Lookups         int     `json:"lookups"`
	Status          int     `json:"status"`
	Detail          string  `json:"detail"`
	BooksOrderID    string  `json:"books_order_id"`
	BooksDocumentID string  `json:"books_document_id"`
	CreatedAt       *string `json:"created_at"`
	SentAt          *string `json:"sent_at"`
	UpdatedAt       *string `json:"updated_at"`
}

type entryJSON struct {
	Seq    int64   `json:"seq"`
	At     *string `json:"at"`
	Rule   string  `json:"rule"`
	State  string  `json:"state"`
	Detail string  `json:"detail"`
	Hash   string  `json:"hash"`
}

// dossier is everything the ledger knows about one sale.
type dossier struct {
	sale      sqlite.Sale
	documents []sqlite.Document // oldest first
	effects   []sqlite.Effect
	journal   []sqlite.Entry
	problems  []sqlite.Problem // of its connection
}

func (a *app) explain() *cobra.Command {
	var asJSON bool
	var name string
	c := &cobra.Command{
		Use:     "explain <number or id>",
		GroupID: groupRead,
		Short:   "Tell the story of one sale: its state, why, and every step taken",
		Long: `Shows one sale, by the number or id of its order, or of its Orderspace invoice with issue_from: invoice:
what stops its connection, where the sale stands and by which rule, what it waits for and what to do,
every invoice it ever had, what an operator ordered, every change that was made to the books, and every decision
in the order it was taken.`,
		Example: a.examples("explain 1042", "explain or_l5dyqedn --json", "explain 1042 --connection acme"),
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			settings, err := a.loadForReading()
			if err != nil {
				return err
			}
			connections, err := chosen(settings, name)
			if err != nil {
				return err
			}
			ledger, err := a.openReader(c.Context(), settings)
			if err != nil {
				return err
			}
			defer ledger.Close()
			sale, err := a.findSale(c.Context(), ledger, connections, args[0])
			if err != nil {
				return err
			}
			d, err := gatherDossier(c.Context(), ledger, sale)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(c.OutOrStdout(), d.json())
			}
			connection, _ := settings.Connection(sale.Connection)
			_, err = io.WriteString(c.OutOrStdout(), d.story(connection.Policy.Location(), a.now()))
			return err
		},
	}
	jsonFlag(c, &asJSON)
	connectionFlag(c, &name)
	return c
}

func gatherDossier(ctx context.Context, ledger *sqlite.Ledger, sale sqlite.Sale) (dossier, error) {
	effects, err := ledger.Effects(ctx, sale.Connection, sale.ID)
	if err != nil {
		return dossier{}, err
	}
	journal, err := ledger.Journal(ctx, sale.Connection, sale.ID)
	if err != nil {
		return dossier{}, err
	}
	problems, err := ledger.Problems(ctx, sale.Connection)
	if err != nil {
		return dossier{}, err
	}
	documents, err := ledger.Documents(ctx, sale.Connection, sale.ID)
	if err != nil {
		return dossier{}, err
	}
	return dossier{sale: sale, documents: documents, effects: effects, journal: journal, problems: problems}, nil
}

func (d dossier) json() explainJSON {
	s := d.sale
	out := explainJSON{
		saleJSON: toSaleJSON(s), BooksStatus: string(s.BooksStatus), Rule: s.Rule, Reason: s.Reason,
		HeldSince: stamp(s.HeldSince), Created: stamp(s.Created), Command: commandJSON{Issue: s.Command.Issue, SkipReason: s.Command.SkipReason},
		Documents: []documentJSON{}, Effects: []effectJSON{}, Journal: []entryJSON{}, Problems: toProblemsJSON(d.problems),
	}
	for _, one := range d.documents {
		out.Documents = append(out.Documents, documentJSON{
			ID: one.ID, BooksOrderID: one.BooksOrderID, Step: one.Step, ReplacedBy: one.ReplacedBy, RecordedAt: stamp(one.RecordedAt),
		})
	}
	for _, e := range d.effects {
		out.Effects = append(out.Effects, effectJSON{
			Step: e.Step, Generation: e.Generation, State: string(e.State), RequestID: e.RequestID, Attempts: e.Attempts, Lookups: e.Lookups,
			Status: e.Status, Detail: e.Detail, BooksOrderID: e.BooksOrderID, BooksDocumentID: e.BooksDocumentID,
			CreatedAt: stamp(e.CreatedAt), SentAt: stamp(e.SentAt), UpdatedAt: stamp(e.UpdatedAt),
		})
	}
	for _, e := range d.journal {
		out.Journal = append(out.Journal, entryJSON{Seq: e.Seq, At: stamp(e.At), Rule: e.Rule, State: e.State, Detail: e.Detail, Hash: e.Hash})
	}
	return out
}
