package worker_test

import (
	"bytes"
	"database/sql"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// plantMonth makes a month of business, so much that a daemon can be stopped in the middle of it.
func (h *house) plantMonth(orders int) {
	h.t.Helper()
	now := time.Now().UTC()
	require.NoError(h.t, h.merchant.History(now.AddDate(0, 0, -30), now, scaled(orders)))
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
	notRacing(t)
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
// issued since, and nothing is issued twice; what ended in the shop meanwhile ends in the books.
func TestOlderLedgerCatchesUp(t *testing.T) {
	notRacing(t)
	t.Parallel()
	h := newHouse(t, 72)
	h.plantMonth(40)
	h.untilInvoices(8)
	old := h.ledgerCopy()
	h.goOn(15)
	h.untilExact()
	issued := len(h.sandbox.Books.Invoices())

	pending, invoiced := h.cancelInTheShop()
	h.loseLedger()
	h.putBack(old)
	h.goOn(10)
	h.untilExact() // Temporal remembers more than the ledger does
	h.ended(pending, invoiced)
	require.GreaterOrEqual(t, len(h.sandbox.Books.Invoices()), issued)
}

// TestLostLedgerIsRebuiltFromTheBooks: without its ledger the daemon adopts what it finds in the books; and it does so
// without Temporal's memory as well.
func TestLostLedgerIsRebuiltFromTheBooks(t *testing.T) {
	notRacing(t)
	t.Parallel()
	h := newHouse(t, 73)
	h.plantMonth(40)
	h.untilInvoices(8)
	h.loseLedger()
	h.goOn(10)
	h.untilExact()

	h.goOn(10)
	pending, invoiced := h.cancelInTheShop()
	h.loseLedger()
	h.loseTemporal()
	h.goOn(10)
	h.untilExact()
	h.ended(pending, invoiced)
}

// cancelInTheShop cancels one order that is pending in the books and one that is invoiced there, while no daemon runs: their
// sales end before a ledger that knows of the books' side is there again.
func (h *house) cancelInTheShop() (pending, invoiced string) {
	h.t.Helper()
	sales := h.books().sales
	for _, id := range slices.Sorted(maps.Keys(sales)) {
		at := sales[id]
		wanted := &pending
		if at.document != "" {
			wanted = &invoiced
		}
		if *wanted != "" || at.order == "" || h.merchant.Planted()[id] != "" {
			continue
		}
		if _, err := h.sandbox.Shop.Cancel(id); err == nil { // what was sent off cannot be cancelled
			*wanted = id
		}
	}
	require.NotEmpty(h.t, pending, "no order to cancel that is pending in the books")
	require.NotEmpty(h.t, invoiced, "no order to cancel that is invoiced in the books")
	return pending, invoiced
}

// ended says what must have become of two such sales: nothing is left of the one, and the other is shown to a person.
func (h *house) ended(pending, invoiced string) {
	h.t.Helper()
	for _, order := range h.sandbox.Books.Orders() {
		require.True(h.t, order.SourceID != pending || over(order), "order %s of a cancelled sale is still pending", order.ID)
	}
	sale := h.sale(invoiced)
	require.NotEmpty(h.t, sale.BooksDocumentID, "the invoice was not found again")
	require.NotNil(h.t, sale.Hold)
	require.Equal(h.t, "cancelled_after_issue", sale.Hold.Code)
}

// ledgerCopy reads the file of a stopped daemon.
func (h *house) ledgerCopy() []byte {
	h.t.Helper()
	require.NoFileExists(h.t, h.config.LedgerPath()+"-wal", "a stopped daemon leaves nothing beside its ledger")
	content, err := os.ReadFile(h.config.LedgerPath())
	require.NoError(h.t, err)
	return content
}

// loseLedger removes the ledger's file with what SQLite keeps beside it. What it had sent is remembered here.
func (h *house) loseLedger() {
	h.t.Helper()
	if h.earlier == nil {
		h.earlier = map[string]int{}
	}
	for sale, n := range h.books().sent {
		h.earlier[sale] += n
	}
	files, err := filepath.Glob(h.config.LedgerPath() + "*")
	require.NoError(h.t, err)
	require.NotEmpty(h.t, files)
	for _, file := range files {
		require.NoError(h.t, os.Remove(file))
	}
}

// putBack makes a copy of an earlier time the ledger.
func (h *house) putBack(ledger []byte) {
	h.t.Helper()
	require.NoError(h.t, os.WriteFile(h.config.LedgerPath(), ledger, 0o600))
	for sale, n := range h.books().sent {
		h.earlier[sale] -= n // the copy remembers these itself
	}
}
