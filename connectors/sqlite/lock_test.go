package sqlite

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The other process of the tests below is this test binary with one of these flags.
var (
	childLock  = flag.String("child-lock", "", "take the lock of this directory and wait to be killed")
	childClaim = flag.String("child-claim", "", "claim a step in this ledger and wait to be killed")
	childHold  = flag.String("child-hold", "", "hold this ledger locked for writing and wait to be killed")
	childWrite = flag.String("child-write", "", "write to this ledger, tell of each write, and go on until killed")
)

// startChild runs one test of this binary as another process and waits until it says it is ready.
func startChild(t *testing.T, test, flagName, value string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+test+"$", "-"+flagName+"="+value)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	in, err := cmd.StdinPipe() // held open: the child waits for its end, so it never outlives a parent that dies
	require.NoError(t, err)
	t.Cleanup(func() { _ = in.Close() })
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "ready") {
			return cmd
		}
	}
	require.Fail(t, "the child ended before it was ready")
	return nil
}

func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait() // killed is an error of its own
}

// sleepUntilKilled tells the parent and waits.
func sleepUntilKilled() {
	_, _ = fmt.Fprintln(os.Stdout, "ready")
	_, _ = bufio.NewReader(os.Stdin).ReadByte()
}

func TestChildLock(t *testing.T) {
	if *childLock == "" {
		t.Skip("runs as another process only")
	}
	_, err := LockDir(*childLock)
	require.NoError(t, err)
	sleepUntilKilled()
}

func TestOneDaemonPerDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	child := startChild(t, "TestChildLock", "child-lock", dir)

	_, err := LockDir(dir)
	require.ErrorIs(t, err, ErrLocked)
	require.ErrorContains(t, err, "process "+strconv.Itoa(child.Process.Pid)+":")

	kill(t, child) // no chance to clean up
	lock, err := LockDir(dir)
	require.NoError(t, err)
	_, err = LockDir(dir)
	require.ErrorIs(t, err, ErrLocked, "the same process does not get it twice")
	require.ErrorContains(t, err, strconv.Itoa(os.Getpid()))
	require.NoError(t, lock.Unlock())
	lock, err = LockDir(dir)
	require.NoError(t, err)
	require.NoError(t, lock.Unlock())
}

func TestChildClaim(t *testing.T) {
	if *childClaim == "" {
		t.Skip("runs as another process only")
	}
	l, err := Open(t.Context(), Options{Path: *childClaim})
	require.NoError(t, err)
	plant(t, l, "or_1")
	_, err = l.ClaimEffect(t.Context(), Claim{
		Connection: acme, SaleID: "or_1", Step: "create", BodyHash: "b", Owner: "child", Lease: time.Hour, Scope: "ent_1",
	})
	require.NoError(t, err)
	sleepUntilKilled()
}

func TestWhatAKilledProcessWasSendingIsUnknown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	kill(t, startChild(t, "TestChildClaim", "child-claim", path))

	l := reopen(t, path, newClock())
	effect, found, err := l.OpenEffect(t.Context(), acme, "or_1")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, EffectSending, effect.State, "opening alone changes nothing")
	n, err := l.Recover(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, n)
	effect, _, err = l.OpenEffect(t.Context(), acme, "or_1")
	require.NoError(t, err)
	require.Equal(t, EffectUnknown, effect.State)
}

func TestCommittedRowsSurviveACopyInMidLife(t *testing.T) {
	l, c := open(t)
	for i := range 40 {
		plant(t, l, "or_"+strconv.Itoa(i))
	}
	claimed, err := l.ClaimEffect(t.Context(), claimOf("or_7", "create", "a"))
	require.NoError(t, err)
	require.NoError(t, l.FinishEffect(t.Context(), claimed.ID, "a", Outcome{State: EffectDone, BooksOrderID: "ord_7"}))

	// As after a loss of power: the file and its log as they are on the disk, without what is in memory.
	copied := filepath.Join(t.TempDir(), "ledger.db")
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(l.path + suffix)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(copied+suffix, content, 0o600))
	}
	look, err := OpenReadOnly(t.Context(), copied)
	require.NoError(t, err)
	require.Equal(t, "ord_7", sale(t, look, "or_7").BooksOrderID)
	require.NoError(t, look.Close())

	revived := reopen(t, copied, c)
	all, err := revived.Sales(t.Context(), SaleFilter{Connection: acme})
	require.NoError(t, err)
	require.Len(t, all, 40)
	require.Equal(t, "ord_7", sale(t, revived, "or_7").BooksOrderID)
	require.NoError(t, revived.VerifyJournal(t.Context()))
}
