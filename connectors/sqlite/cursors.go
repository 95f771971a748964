package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// Cursor says how far a list has been read.
type Cursor struct {
	Name      string
	Value     string // whatever the reader of the list makes of it
	UpdatedAt time.Time
}

type cursorRow struct {
	Name      string        `db:"name"`
	Value     string        `db:"value"`
	UpdatedAt sql.NullInt64 `db:"updated_at"`
}

func (r cursorRow) cursor() Cursor {
	return Cursor{Name: r.Name, Value: r.Value, UpdatedAt: instant(r.UpdatedAt)}
}

// Cursor gives one cursor of a connection, and false when it was never advanced.
func (l *Ledger) Cursor(ctx context.Context, connection, name string) (Cursor, bool, error) {
	var row cursorRow
	err := l.reader.GetContext(ctx, &row,
		`SELECT name, value, updated_at FROM cursors WHERE connection = ? AND name = ?`, connection, name)
	if errors.Is(err, sql.ErrNoRows) {
		return Cursor{}, false, nil
	}
	if err != nil {
		return Cursor{}, false, fmt.Errorf("read cursor %s: %w", name, err)
	}
	return row.cursor(), true, nil
}

// AdvanceCursor sets a cursor.
//
// Invariant 6: it is a transaction of its own, so call it after SaveRecords has returned for everything it passes.
func (l *Ledger) AdvanceCursor(ctx context.Context, connection, name, value string) error {
	err := l.write(ctx, "advance_cursor", func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx,
			`INSERT INTO cursors (connection, name, value, updated_at) VALUES (?, ?, ?, ?)
			 ON CONFLICT (connection, name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`,
			connection, name, value, l.now().UnixMilli())
		return err
	})
	if err != nil {
		return fmt.Errorf("advance cursor %s: %w", name, err)
	}
	return nil
}

// Cursors gives all cursors of a connection by name.
func (l *Ledger) Cursors(ctx context.Context, connection string) ([]Cursor, error) {
	var rows []cursorRow
	err := l.reader.SelectContext(ctx, &rows,
		`SELECT name, value, updated_at FROM cursors WHERE connection = ? ORDER BY name`, connection)
	if err != nil {
		return nil, fmt.Errorf("read cursors: %w", err)
	}
	cursors := make([]Cursor, 0, len(rows))
	for _, row := range rows {
		cursors = append(cursors, row.cursor())
	}
	return cursors, nil
}
