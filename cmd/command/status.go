package command

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"spacebridge/config"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/trade"
)

// states are the states of a sale in the order of a sale's life.
var states = []trade.State{
	trade.StateWaiting, trade.StatePending, trade.StateIssued, trade.StateCancelled, trade.StateIgnored, trade.StateHeld,
}

// statusJSON is the output of status --json, part of the public contract.
type statusJSON struct {
	Connections []connectionJSON `json:"connections"`
}

type connectionJSON struct {
	Name               string                `json:"name"`
	Sales              map[trade.State]int   `json:"sales"`
	UnknownEffects     int                   `json:"unknown_effects"`
	OldestDirtySeconds int64                 `json:"oldest_dirty_seconds"`
	Cursors            map[string]cursorJSON `json:"cursors"`
	Problems           []problemJSON         `json:"problems"`
	Webhooks           *webhooksJSON         `json:"webhooks"` // null without a webhook_url
	Reading            readingJSON           `json:"reading"`
	holds              map[string]int
}

type cursorJSON struct {
	Value     string  `json:"value"`
	UpdatedAt *string `json:"updated_at"`
}

type problemJSON struct {
	Code    string  `json:"code"`
	Message string  `json:"message"`
	Advice  string  `json:"advice"`
	Since   *string `json:"since"`
	since   time.Time
}

func (a *app) status() *cobra.Command {
	var asJSON bool
	var name string
	c := &cobra.Command{
		Use:     "status",
		GroupID: groupRead,
		Short:   "Show how many sales stand where, and what is wrong",
		Long: `Shows for each connection how many sales stand in which state, how far reading has come, how
webhooks fare, what found the changes of the last day and what that cost, and what stops it. It
reads the ledger only and works whether the daemon runs or not.`,
		Example: a.examples("status", "status --connection acme --json"),
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			settings, err := a.loadForReading()
			if err != nil {
				return err
			}
			connections, err := chosen(settings, name)
			if err != nil {
				return err
			}
			ledger, err := a.openReader(c.Context(), settings)
			switch {
			case errors.Is(err, errNoLedger):
				// Nothing has happened yet, which is an answer and not a failure.
				fmt.Fprintln(c.ErrOrStderr(), sentence(err))
			case err != nil:
				return err
			default:
				defer ledger.Close()
			}
			result, err := gatherStatus(c.Context(), ledger, connections, a.now())
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(c.OutOrStdout(), result)
			}
			return a.writeStatus(c.OutOrStdout(), result, connections, a.now())
		},
	}
	jsonFlag(c, &asJSON)
	connectionFlag(c, &name)
	return c
}

// connectionFlag adds --connection.
func connectionFlag(c *cobra.Command, name *string) {
	c.Flags().StringVar(name, "connection", "", "only this connection")
}

// sentence is an error as a message of its own.
func sentence(err error) string {
	text := err.Error()
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// gatherStatus reads the state of connections. A nil ledger stands for one in which nothing has happened.
func gatherStatus(ctx context.Context, ledger *sqlite.Ledger, connections []config.Connection, now time.Time) (statusJSON, error) {
	result := statusJSON{Connections: []connectionJSON{}}
	for _, connection := range connections {
		one := connectionJSON{Name: connection.Name, Sales: map[trade.State]int{}, Cursors: map[string]cursorJSON{}, Problems: []problemJSON{}, Reading: emptyReading()}
		for _, state := range states {
			one.Sales[state] = 0
		}
		if url := connection.Orderspace.WebhookURL; url != "" {
			one.Webhooks = &webhooksJSON{Endpoint: url}
		}
		if ledger != nil {
			if err := fillStatus(ctx, ledger, &one, connection, now); err != nil {
				return statusJSON{}, err
			}
		}
		result.Connections = append(result.Connections, one)
	}
	return result, nil
}

func fillStatus(ctx context.Context, ledger *sqlite.Ledger, one *connectionJSON, connection config.Connection, now time.Time) error {
	counts, err := ledger.Counts(ctx, one.Name)
	if err != nil {
		return err
	}
	maps.Copy(one.Sales, counts.Sales)
	one.UnknownEffects, one.holds = counts.UnknownEffects, counts.Holds
	if !counts.OldestDirty.IsZero() {
		one.OldestDirtySeconds = max(0, int64(now.Sub(counts.OldestDirty)/time.Second))
	}
	cursors, err := ledger.Cursors(ctx, one.Name)
	if err != nil {
		return err
	}
	for _, cursor := range cursors {
		if _, err := time.Parse(time.RFC3339, cursor.Value); err != nil {
			continue // not how far a list was read, but the daemon's own note
		}
		one.Cursors[cursor.Name] = cursorJSON{Value: cursor.Value, UpdatedAt: stamp(cursor.UpdatedAt)}
	}
	problems, err := ledger.Problems(ctx, one.Name)
	if err != nil {
		return err
	}
	one.Problems = toProblemsJSON(problems)
	return fillReading(ctx, ledger, one, connection, now)
}

func toProblemsJSON(problems []sqlite.Problem) []problemJSON {
	out := make([]problemJSON, 0, len(problems))
	for _, p := range problems {
		out = append(out, problemJSON{Code: p.Code, Message: p.Message, Advice: p.Advice, Since: stamp(p.Since), since: p.Since})
	}
	return out
}
