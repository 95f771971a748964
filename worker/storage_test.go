package worker_test

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// plantMonth makes a month of business, so much that a daemon can be stopped in the middle of it.
func (h *house) plantMonth(orders int) {
	h.t.Helper()
	now := time.Now().UTC()
	require.NoError(h.t, h.merchant.History(now.AddDate(0, 0, -30), now, orders))
}

// goOn lets a few things happen in the shop.
func (h *house) goOn(steps int) {
	h.t.Helper()
	for range steps {
		_, err := h.merchant.Step(time.Now().UTC())
		require.NoError(h.t, err)
	}
}

// untilInvoices runs the daemon until so many invoices are issued, and stops it in full flight.
func (h *house) untilInvoices(n int) {
	h.t.Helper()
	h.start()
	h.eventually(strconv.Itoa(n)+" invoices are issued", func() bool { return len(h.sandbox.Books.Invoices()) >= n })
	h.halt()
}

// untilExact runs the daemon until the books are exact, stops it, and judges what it left behind.
func (h *house) untilExact() {
	h.t.Helper()
	h.start()
	h.rest()
	h.halt()
	h.sound()
	h.exactlyOnce()
}

// TestTemporalFileOfNoUseIsMovedAside: what another version, or something else altogether, left in the place of Temporal's
// file costs time only (invariant 9), and is kept for whoever wants to look at it.
func TestTemporalFileOfNoUseIsMovedAside(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 71)
	h.plantMonth(40)
	h.untilInvoices(5)
	path := h.config.TemporalPath()
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), `UPDATE spacebridge_mark SET server = '1.20'`)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	h.untilInvoices(15)
	require.Len(t, h.movedAside(), 1)
	require.Contains(t, h.log.String(), "written by server 1.20")

	require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("not a database\n"), 1000), 0o600))
	h.goOn(10)
	h.untilExact()
	require.Len(t, h.movedAside(), 2)
}

func (h *house) movedAside() []string {
	h.t.Helper()
	found, err := filepath.Glob(h.config.TemporalPath() + ".*.old")
	require.NoError(h.t, err)
	return found
}

// TestOlderLedgerCatchesUp: a copy of the ledger is put back while the books have gone on. It knows nothing of what was
// issued since, and nothing is issued twice.
func TestOlderLedgerCatchesUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 72)
	h.plantMonth(40)
	h.untilInvoices(8)
	old := h.ledgerCopy()
	h.goOn(15)
	h.untilExact()
	issued := len(h.sandbox.Books.Invoices())

	h.loseLedger()
	require.NoError(t, os.WriteFile(h.config.LedgerPath(), old, 0o600))
	h.goOn(10)
	h.untilExact() // Temporal remembers more than the ledger does
	require.GreaterOrEqual(t, len(h.sandbox.Books.Invoices()), issued)
}

// TestLostLedgerIsRebuiltFromTheBooks: without its ledger the daemon adopts what it finds in the books; and it does so
// without Temporal's memory as well.
func TestLostLedgerIsRebuiltFromTheBooks(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 73)
	h.plantMonth(40)
	h.untilInvoices(8)
	h.loseLedger()
	h.goOn(10)
	h.untilExact()

	h.goOn(10)
	h.loseLedger()
	h.loseTemporal()
	h.goOn(10)
	h.untilExact()
}

// ledgerCopy reads the file of a stopped daemon.
func (h *house) ledgerCopy() []byte {
	h.t.Helper()
	require.NoFileExists(h.t, h.config.LedgerPath()+"-wal", "a stopped daemon leaves nothing beside its ledger")
	content, err := os.ReadFile(h.config.LedgerPath())
	require.NoError(h.t, err)
	return content
}

// loseLedger removes the ledger's file with what SQLite keeps beside it.
func (h *house) loseLedger() {
	h.t.Helper()
	h.forgot = true
	files, err := filepath.Glob(h.config.LedgerPath() + "*")
	require.NoError(h.t, err)
	require.NotEmpty(h.t, files)
	for _, file := range files {
		require.NoError(h.t, os.Remove(file))
	}
}
