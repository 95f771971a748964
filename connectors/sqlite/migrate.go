package sqlite

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"strconv"
	"strings"

	"github.com/jmoiron/sqlx"
)

//go:embed migrations/*.sql
var embeddedFiles embed.FS

// embedded are the migrations of this program, in the order of their numbers, which begin at 1 without a gap.
var embedded = mustLoad(embeddedFiles)

// migration is one step forward of the schema. There are none backward.
type migration struct {
	version int
	name    string
	sql     string
}

func mustLoad(files fs.FS) []migration {
	found, err := loadMigrations(files)
	if err != nil {
		panic(err) // the program was built with a wrong file; a test would have told
	}
	return found
}

// loadMigrations reads migrations/NNNN_name.sql.
func loadMigrations(files fs.FS) ([]migration, error) {
	names, err := fs.Glob(files, "migrations/*.sql")
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	found := make([]migration, 0, len(names)) // Glob sorts
	for i, name := range names {
		digits, _, _ := strings.Cut(path.Base(name), "_")
		version, err := strconv.Atoi(digits)
		if err != nil || version != i+1 {
			return nil, fmt.Errorf("migration %s: want number %d", name, i+1)
		}
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read migration %s: %w", name, err)
		}
		found = append(found, migration{version: version, name: path.Base(name), sql: string(body)})
	}
	return found, nil
}

func latest(all []migration) int { return len(all) }

// migrate brings the file to the version of all. An existing ledger is copied to the backups first.
func (l *Ledger) migrate(ctx context.Context, all []migration) error {
	version, err := l.version(ctx)
	if err != nil {
		return err
	}
	if version == latest(all) {
		return nil
	}
	if version > 0 {
		copied, err := l.copyTo(ctx, l.backups, "before-"+strconv.Itoa(latest(all)))
		if err != nil {
			return fmt.Errorf("back up before migrating: %w", err)
		}
		l.log.LogAttrs(ctx, slog.LevelInfo, "copied ledger before migrating", slog.String("copy", copied))
	}
	if err := l.apply(ctx, all); err != nil {
		return err
	}
	l.log.LogAttrs(ctx, slog.LevelInfo, "migrated ledger", slog.Int("version", latest(all)))
	return nil
}

func (l *Ledger) version(ctx context.Context) (int, error) {
	var version int
	if err := l.writer.GetContext(ctx, &version, `PRAGMA user_version`); err != nil {
		return 0, fmt.Errorf("read schema version: %w", err)
	}
	return version, nil
}

// apply runs those migrations that nobody ran, another process in the meantime included. It is one transaction, so that a
// start which dies leaves the ledger as it was, and the copy made of it is of a version that was once in use.
func (l *Ledger) apply(ctx context.Context, all []migration) error {
	return l.write(ctx, "migrate", func(tx *sqlx.Tx) error {
		var version int
		if err := tx.GetContext(ctx, &version, `PRAGMA user_version`); err != nil {
			return fmt.Errorf("read schema version: %w", err)
		}
		for _, m := range all[min(version, len(all)):] {
			if err := applyOne(ctx, tx, m); err != nil {
				return fmt.Errorf("migration %s: %w", m.name, err)
			}
		}
		return nil
	})
}

func applyOne(ctx context.Context, tx *sqlx.Tx, m migration) error {
	if _, err := tx.ExecContext(ctx, m.sql); err != nil {
		return err
	}
	// Both numbers are part of the file and of the transaction. A PRAGMA takes no placeholder.
	mark := fmt.Sprintf(`PRAGMA user_version = %d; PRAGMA application_id = %d`, m.version, applicationID)
	if _, err := tx.ExecContext(ctx, mark); err != nil {
		return fmt.Errorf("set schema version: %w", err)
	}
	return nil
}
