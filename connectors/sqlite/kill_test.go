package sqlite

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

// TestChildWrite makes five kinds of writes in a loop and acknowledges each when the ledger has.
func TestChildWrite(t *testing.T) {
	if *childWrite == "" {
		t.Skip("runs as another process only")
	}
	l, err := Open(t.Context(), Options{Path: *childWrite})
	require.NoError(t, err)
	sales, err := l.Sales(t.Context(), SaleFilter{})
	require.NoError(t, err)
	writes := 0
	acknowledge := func() {
		writes++
		_, _ = fmt.Fprintln(os.Stdout, "wrote", writes)
	}
	_, _ = fmt.Fprintln(os.Stdout, "ready")
	for i := len(sales); ; i++ {
		id := "or_" + strconv.Itoa(i)
		_, err := l.Receive(t.Context(), []Delivery{delivery("h"+id, orderTold(id), orderTold("or_0"))})
		require.NoError(t, err)
		acknowledge()
		plant(t, l, id)
		acknowledge()
		e := claim(t, l, claimOf(id, "create", "a"))
		acknowledge()
		finish(t, l, e, Outcome{State: EffectDone, BooksOrderID: "ord_" + id})
		acknowledge()
		decide(t, l, Decided{SaleID: id, DirtySeq: sale(t, l, id).DirtySeq, Settled: true, State: trade.StatePending, Rule: "wait"})
		acknowledge()
	}
}

// written counts the writes of the child that the ledger holds.
func written(t *testing.T, l *Ledger) int {
	t.Helper()
	var n int
	require.NoError(t, l.reader.Get(&n,
		`SELECT (SELECT count(*) FROM sales) + (SELECT count(*) FROM effects)
		   + (SELECT count(*) FROM effects WHERE state = 'done') + (SELECT count(*) FROM journal)
		   + (SELECT coalesce(sum(times), 0) FROM deliveries)`))
	// Each delivery that is there left its mark, and the plants that read one record know nothing of the events.
	var marked, deliveries int
	require.NoError(t, l.reader.Get(&deliveries, `SELECT count(*) FROM deliveries`))
	require.NoError(t, l.reader.Get(&marked, `SELECT count(*) FROM inbox WHERE waiting_since IS NOT NULL`))
	require.Equal(t, deliveries, marked)
	return n
}

// A process is killed in the middle of its writes, time and again. Whatever it was told is written is there when the
// ledger is opened again, and at most the one write that it was not told of any more.
func TestAcknowledgedWritesSurviveAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	random := rand.New(rand.NewPCG(1, 2))
	before, cut := 0, 0
	for round := range 20 {
		acknowledged := killWriting(t, path, 1+random.IntN(60))
		l, err := Open(t.Context(), Options{Path: path, Now: newClock().now})
		require.NoError(t, err)
		intact(t, l)
		now := written(t, l)
		require.GreaterOrEqual(t, now, before+acknowledged, "round %d", round)
		require.LessOrEqual(t, now, before+acknowledged+1, "round %d", round)
		if now > before+acknowledged {
			cut++
		}
		// The daemon's start and the look-up of what was on its way.
		recovered, err := l.Recover(t.Context())
		require.NoError(t, err)
		require.LessOrEqual(t, recovered, 1)
		complete(t, l)
		before = written(t, l)
		require.NoError(t, l.Close())
	}
	t.Logf("%d writes in 20 lives; %d ended between commit and acknowledgement", before, cut)
}

// killWriting runs a child until it has acknowledged some writes, kills it, and counts all it has acknowledged.
func killWriting(t *testing.T, path string, after int) (acknowledged int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChildWrite$", "-child-write="+path)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		number, found := strings.CutPrefix(lines.Text(), "wrote ")
		if !found {
			continue
		}
		acknowledged, err = strconv.Atoi(number)
		require.NoError(t, err)
		if acknowledged == after {
			require.NoError(t, cmd.Process.Kill()) // what is in the pipe already is still read
		}
	}
	_ = cmd.Wait() // killed is an error of its own
	require.GreaterOrEqual(t, acknowledged, after)
	return acknowledged
}

// complete brings the last sale to where the next child begins with another one.
func complete(t *testing.T, l *Ledger) {
	t.Helper()
	sales, err := l.Sales(t.Context(), SaleFilter{})
	require.NoError(t, err)
	for _, s := range sales {
		if e, open, err := l.OpenEffect(t.Context(), acme, s.ID); open || err != nil {
			require.NoError(t, err)
			require.Equal(t, EffectUnknown, e.State)
			require.NoError(t, l.NoteLookup(t.Context(), e.ID, e.Attempts, "there"))
			require.NoError(t, l.FinishEffect(t.Context(), e.ID, "looker", Outcome{State: EffectDone, BooksOrderID: "ord_" + s.ID}))
		}
	}
}
