package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"spacebridge/config"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

// errNoLedger says that the daemon has never run here.
var errNoLedger = errors.New("there is no ledger yet")

// openReader opens the ledger for reading, beside a running daemon or without one. errNoLedger when there is none.
func (a *app) openReader(ctx context.Context, c *config.Config) (*sqlite.Ledger, error) {
	if err := a.needLedger(c); err != nil {
		return nil, err
	}
	return sqlite.OpenReadOnly(ctx, c.LedgerPath())
}

// openWriter opens the ledger for an operator's command, beside a running daemon or without one. It never creates one:
// that is the daemon's to do.
func (a *app) openWriter(ctx context.Context, c *config.Config) (*sqlite.Ledger, error) {
	if err := a.needLedger(c); err != nil {
		return nil, err
	}
	return sqlite.Open(ctx, sqlite.Options{Path: c.LedgerPath(), Backups: c.BackupDir(), SkipCheck: true})
}

func (a *app) needLedger(c *config.Config) error {
	_, err := os.Stat(c.LedgerPath())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w at %s: the daemon has not run with this configuration; start it with `%s run`",
			errNoLedger, c.LedgerPath(), a.build.Name)
	case err != nil:
		return fmt.Errorf("open ledger: %w", err)
	}
	return nil
}

// chosen lists the connections to look at: all of the configuration, or the one that was named.
func chosen(c *config.Config, name string) ([]config.Connection, error) {
	if name == "" {
		return c.Connections, nil
	}
	connection, ok := c.Connection(name)
	if !ok {
		return nil, usage(fmt.Errorf("no connection is called %q; the configuration has %s", name, strings.Join(c.Names(), ", ")))
	}
	return []config.Connection{connection}, nil
}

// ofThisKind leaves out records that are sales no more since issue_from was changed, where others have the same number.
func ofThisKind(sales []sqlite.Sale) []sqlite.Sale {
	var left []sqlite.Sale
	for _, sale := range sales {
		if sale.State != trade.StateIgnored || sale.Rule != mapping.RuleOtherSource {
			left = append(left, sale)
		}
	}
	if len(left) == 0 {
		return sales
	}
	return left
}

// findSale finds the one sale that a person means by the number of its order or invoice, or by an id.
func (a *app) findSale(ctx context.Context, ledger *sqlite.Ledger, connections []config.Connection, key string) (sqlite.Sale, error) {
	var found []sqlite.Sale
	var where []string
	for _, connection := range connections {
		sales, err := ledger.Sales(ctx, sqlite.SaleFilter{Connection: connection.Name, Key: key})
		if err != nil {
			return sqlite.Sale{}, err
		}
		if sales = ofThisKind(sales); len(sales) > 0 {
			found = append(found, sales...)
			where = append(where, connection.Name)
		}
	}
	switch {
	case len(found) == 0:
		return sqlite.Sale{}, fmt.Errorf("no sale has the number or id %q: it may be older than `since`, or too new to have been read; "+
			"`%s sales` lists what is known", key, a.build.Name)
	case len(where) > 1:
		return sqlite.Sale{}, usage(fmt.Errorf("%q is a sale of %s: choose one with --connection", key, strings.Join(where, " and of ")))
	case len(found) > 1:
		ids := make([]string, 0, len(found))
		for _, sale := range found {
			ids = append(ids, sale.ID)
		}
		slices.Sort(ids)
		return sqlite.Sale{}, usage(fmt.Errorf("%q is the number of several sales: give the id instead, one of %s", key, strings.Join(ids, ", ")))
	}
	return found[0], nil
}
