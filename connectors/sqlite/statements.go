package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	sqlite "modernc.org/sqlite"
)

// driverName is the driver of the ledger's connections: modernc's, with statements kept prepared. A ledger runs the same
// few statements again and again, and a quarter of its time went into parsing them.
const driverName = "spacebridge-ledger"

func init() { //nolint:gochecknoinits // database/sql knows drivers by name
	sql.Register(driverName, preparing{&sqlite.Driver{}})
}

// maxStatements bounds what one connection keeps; the ledger has fewer.
const maxStatements = 200

// preparing makes connections that keep their statements.
type preparing struct{ driver.Driver }

// Open implements driver.Driver.
func (d preparing) Open(name string) (driver.Conn, error) {
	opened, err := d.Driver.Open(name)
	if err != nil {
		return nil, err
	}
	base, ok := opened.(connection)
	if !ok {
		return nil, errors.Join(errors.New("the SQLite driver has changed: its connections lack a method"), opened.Close())
	}
	return &keeping{connection: base, statements: map[string]*kept{}}, nil
}

// connection is what modernc's connections can do.
type connection interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// keeping is a connection that prepares each statement once. database/sql uses a connection from one goroutine at a time.
type keeping struct {
	connection

	statements map[string]*kept
}

// kept is a prepared statement.
type kept struct {
	driver.Stmt

	busy bool // its rows are still being read
}

// Close finalizes the statements and closes the connection.
func (k *keeping) Close() error {
	var errs []error
	for _, s := range k.statements {
		errs = append(errs, s.Close())
	}
	k.statements = map[string]*kept{}
	return errors.Join(append(errs, k.connection.Close())...)
}

// statement gives the prepared form of a query, nil when it is better sent as it is: a script or a setting, which have no
// arguments, or one whose rows are still being read.
func (k *keeping) statement(ctx context.Context, query string, args []driver.NamedValue) (*kept, error) {
	if len(args) == 0 {
		return nil, nil
	}
	if s, ok := k.statements[query]; ok {
		if s.busy {
			return nil, nil
		}
		return s, nil
	}
	if len(k.statements) >= maxStatements {
		return nil, nil
	}
	prepared, err := k.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s := &kept{Stmt: prepared}
	k.statements[query] = s
	return s, nil
}

// ExecContext implements driver.ExecerContext.
func (k *keeping) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := k.statement(ctx, query, args)
	if err != nil {
		return nil, err
	}
	if with, ok := stmtContext(s); ok {
		return with.ExecContext(ctx, args)
	}
	return k.connection.ExecContext(ctx, query, args)
}

// QueryContext implements driver.QueryerContext.
func (k *keeping) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := k.statement(ctx, query, args)
	if err != nil {
		return nil, err
	}
	with, ok := stmtContext(s)
	if !ok {
		return k.connection.QueryContext(ctx, query, args)
	}
	rows, err := with.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	s.busy = true
	return &freeing{Rows: rows, statement: s}, nil
}

// stmtContext gives the methods of a prepared statement that know a context, false without a statement.
func stmtContext(s *kept) (interface {
	driver.StmtExecContext
	driver.StmtQueryContext
}, bool,
) {
	if s == nil {
		return nil, false
	}
	with, ok := s.Stmt.(interface {
		driver.StmtExecContext
		driver.StmtQueryContext
	})
	return with, ok
}

// freeing are rows that give their statement back when they are closed.
type freeing struct {
	driver.Rows

	statement *kept
}

// Close implements driver.Rows.
func (f *freeing) Close() error {
	f.statement.busy = false
	return f.Rows.Close()
}
