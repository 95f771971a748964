package sqlite

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"
)

// readers is the size of the read-only pool.
const readers = 4

// busyWait is how long a connection waits for another one's lock, such as that of a command beside the daemon.
const busyWait = 10 * time.Second

// Settings stand in the DSN and not in statements run after opening, since database/sql opens connections whenever it
// likes and each must have them.

// writerDSN names the ledger for writing. mode=rw: a file that vanished is an error, never an empty ledger.
func writerDSN(path string, busy time.Duration) string {
	q := base("rw")
	q.Set("_busy_timeout", milliText(busy))
	q.Set("_txlock", "immediate")
	q.Set("_journal_mode", "WAL")
	q.Set("_synchronous", "FULL")
	q.Set("_foreign_keys", "on")
	// Without recursive triggers REPLACE deletes rows of the append-only tables unseen by their triggers.
	q.Add("_pragma", "recursive_triggers(1)")
	return fileURI(path, q)
}

// readerDSN names the ledger for reading.
func readerDSN(path string) string {
	q := base("ro")
	q.Set("_query_only", "on")
	q.Set("_foreign_keys", "on")
	return fileURI(path, q)
}

func base(mode string) url.Values {
	q := url.Values{}
	q.Set("mode", mode)
	q.Set("_busy_timeout", milliText(busyWait))
	q.Set("_dqs", "0")
	q.Set("_defensive", "1")
	q.Add("_pragma", "trusted_schema(0)")
	q.Add("_pragma", "cell_size_check(1)")
	return q
}

func milliText(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

func fileURI(path string, q url.Values) string {
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}

// connect opens a pool and proves that it works. Connections are kept: opening one costs more than using it.
func connect(ctx context.Context, dsn string, size int) (*sqlx.DB, error) {
	pool, err := sqlx.Open(driverName, dsn)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	pool.SetConnMaxIdleTime(0)
	pool.SetConnMaxLifetime(0)
	if err := pool.PingContext(ctx); err != nil {
		_ = pool.Close()
		return nil, fmt.Errorf("connect: %w", describe(err))
	}
	return pool, nil
}
