package worker_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// lockerWord, as the first argument, turns this test binary into a program that keeps the ledger named by the second
// locked for as long as its standard input is open.
const lockerWord = "lock"

// lockerMain is that program. It says so when it has the lock.
func lockerMain(path string) int {
	if err := lockUntilEnd(path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func lockUntilEnd(path string) error {
	ctx := context.Background()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=rw&_txlock=immediate&_pragma=busy_timeout(30000)")
	if err != nil {
		return err
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	fmt.Println("locked") //nolint:forbidigo // the parent waits for this line
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// lockLedger locks the ledger by another process, until the function that is returned is called.
func (h *house) lockLedger() (unlock func()) {
	h.t.Helper()
	locker := exec.CommandContext(h.t.Context(), os.Args[0], lockerWord, h.config.LedgerPath())
	in, err := locker.StdinPipe()
	require.NoError(h.t, err)
	out, err := locker.StdoutPipe()
	require.NoError(h.t, err)
	locker.Stderr = h.log
	require.NoError(h.t, locker.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(h.t, err, "the other process gets the lock")
	require.Equal(h.t, "locked\n", line)
	return func() {
		require.NoError(h.t, in.Close())
		require.NoError(h.t, locker.Wait())
	}
}

// lockTime is how long the ledger stays locked; it is longer than a write waits for its turn.
const lockTime = 15 * time.Second

// TestNeighboursOnTheSameData: a second daemon is turned away. While another program holds the ledger's write lock nothing
// can be announced there, and so nothing is sent to the books (invariant 2); afterwards work goes on by itself.
func TestNeighboursOnTheSameData(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 74)
	h.plantMonth(80)
	h.start()
	h.eventually("work is in full flight", func() bool { return len(h.sandbox.Books.Invoices()) >= scaled(5) })
	h.secondDaemonIsTurnedAway()
	unlock := h.lockLedger()
	held := lockTime
	if testing.Short() {
		held = 2 * time.Second // writes wait, and do not fail
	}
	until := time.Now().Add(held)
	h.goOn(10)
	announced := len(h.books().open) // these may still leave, being committed
	before := h.sandbox.Books.Stats().Writes
	h.eventually("the lock has been held for long", func() bool { return time.Now().After(until) })
	require.LessOrEqual(t, h.sandbox.Books.Stats().Writes-before, announced, "writes that nothing in the ledger announced")
	require.False(t, h.audit().OK(), "there is work left")
	unlock()
	h.rest()
	h.halt()
	h.sound()
	h.exactlyOnce()
}

// secondDaemonIsTurnedAway starts another daemon on the data directory of the running one: both would believe that nobody
// else sends.
func (h *house) secondDaemonIsTurnedAway() {
	h.t.Helper()
	first := h.log
	h.log = &safeBuffer{}
	second := h.spawn()
	require.Error(h.t, second.Wait(), "it ends by itself")
	require.Equal(h.t, 1, second.ProcessState.ExitCode())
	require.Contains(h.t, h.log.String(), "in use by process "+strconv.Itoa(os.Getpid())+": stop that one first")
	h.log = first
	require.Equal(h.t, "ok\n", h.get("/readyz"), "the first has not noticed")
	require.Empty(h.t, h.movedAside(), "Temporal's file is the first's")
}
