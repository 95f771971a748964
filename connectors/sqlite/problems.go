package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// Problem is something wrong with a connection as a whole, such as a refused secret or a dangerous setting of the
// order integration. It stands until somebody finds it gone and clears it.
type Problem struct {
	Connection string
	Code       string // stable, one problem of a code at a time
	Message    string
	Advice     string
	Since      time.Time // kept while the problem is set again; zero when setting: now
}

// SetProblem records a problem, or brings the texts of a standing one up to date.
func (l *Ledger) SetProblem(ctx context.Context, p Problem) error {
	if p.Since.IsZero() {
		p.Since = l.now()
	}
	err := l.write(ctx, "set_problem", func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx,
			`INSERT INTO problems (connection, code, message, advice, since) VALUES (?, ?, ?, ?, ?)
			 ON CONFLICT (connection, code) DO UPDATE SET message = excluded.message, advice = excluded.advice`,
			p.Connection, p.Code, clip(p.Message), clip(p.Advice), p.Since.UnixMilli())
		return err
	})
	if err != nil {
		return fmt.Errorf("set problem %s: %w", p.Code, err)
	}
	return nil
}

// ClearProblem removes a problem. One that does not stand is no error.
func (l *Ledger) ClearProblem(ctx context.Context, connection, code string) error {
	err := l.write(ctx, "clear_problem", func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM problems WHERE connection = ? AND code = ?`, connection, code)
		return err
	})
	if err != nil {
		return fmt.Errorf("clear problem %s: %w", code, err)
	}
	return nil
}

// Problems gives what stands against a connection, oldest first.
func (l *Ledger) Problems(ctx context.Context, connection string) ([]Problem, error) {
	var rows []struct {
		Code    string        `db:"code"`
		Message string        `db:"message"`
		Advice  string        `db:"advice"`
		Since   sql.NullInt64 `db:"since"`
	}
	err := l.reader.SelectContext(ctx, &rows,
		`SELECT code, message, advice, since FROM problems WHERE connection = ? ORDER BY since, code`, connection)
	if err != nil {
		return nil, fmt.Errorf("read problems: %w", err)
	}
	problems := make([]Problem, 0, len(rows))
	for _, r := range rows {
		problems = append(problems, Problem{
			Connection: connection, Code: r.Code, Message: r.Message, Advice: r.Advice, Since: instant(r.Since),
		})
	}
	return problems, nil
}
