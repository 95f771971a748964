package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"
)

// Command is what an operator ordered for a sale, standing until another command changes it.
type Command struct {
	Issue      bool   // issue it, for a policy that waits for the word
	SkipReason string // never make it a sale, and why; "" when not skipped
}

// CommandKind names a command.
type CommandKind string

// The commands of an operator.
const (
	CommandIssue CommandKind = "issue" // issue it; takes back a skip
	CommandRetry CommandKind = "retry" // look again and try again what was refused or given up; takes back a skip
	CommandSkip  CommandKind = "skip"  // never make it a sale; takes back an issue
)

// Command writes an operator's command to the sale and the journal and marks the sale dirty, in one transaction. A skip
// needs a reason. A retry also makes a step that was held open to being looked up again. It returns ErrNoSale when there
// is no such sale.
func (l *Ledger) Command(ctx context.Context, connection, saleID string, kind CommandKind, reason, by string) error {
	if kind == CommandSkip && strings.TrimSpace(reason) == "" {
		return fmt.Errorf("skip sale %s: %w", saleID, errors.New("a reason is needed"))
	}
	now := l.now().UnixMilli()
	err := l.write(ctx, "command", func(tx *sqlx.Tx) error {
		row, err := findSale(ctx, tx, connection, saleID)
		if err != nil {
			return err
		}
		if err := l.obey(ctx, tx, row, kind, reason, now); err != nil {
			return err
		}
		err = appendEntry(ctx, tx, entryRow{
			At: now, Connection: connection, SaleID: saleID, Rule: "command." + string(kind), State: row.State,
			Detail: strings.TrimSpace(by + ": " + reason),
		})
		if err != nil {
			return err
		}
		return markDirty(ctx, tx, connection, saleID, now)
	})
	if err != nil {
		return fmt.Errorf("command %s: %w", kind, err)
	}
	return nil
}

func (l *Ledger) obey(ctx context.Context, tx *sqlx.Tx, row saleRow, kind CommandKind, reason string, now int64) error {
	var err error
	switch kind {
	case CommandIssue:
		_, err = tx.ExecContext(ctx,
			`UPDATE sales SET command_issue = 1, command_skip = '' WHERE connection = ? AND id = ?`, row.Connection, row.ID)
	case CommandSkip:
		_, err = tx.ExecContext(ctx,
			`UPDATE sales SET command_issue = 0, command_skip = ? WHERE connection = ? AND id = ?`,
			clip(reason), row.Connection, row.ID)
	case CommandRetry:
		// What was refused before is told from what is refused later by the log, whatever the clock does.
		_, err = tx.ExecContext(ctx,
			`UPDATE sales SET command_skip = '', retried_at = ?,
			   retried_seq = (SELECT coalesce(max(seq), 0) FROM effect_log) WHERE connection = ? AND id = ?`,
			now, row.Connection, row.ID)
		if err == nil {
			err = l.reopen(ctx, tx, row)
		}
	default:
		err = fmt.Errorf("%q is no command", kind)
	}
	return err
}
