package activities_test

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/activities"
	"spacebridge/connectors/orderspace"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

const mib = 1 << 20

// diskBench is a bench with a disk whose room can be set, and a second connection on it.
type diskBench struct {
	*bench
	free  uint64
	deaf  error // what the operating system answers instead of a number
	asked int
	full  func(point string) bool // whether a write of the ledger meets a full disk
}

func newDiskBench(t *testing.T, measured bool) *diskBench {
	t.Helper()
	d := &diskBench{bench: newBench(t, mapping.OnCreated), free: 300 * mib}
	now := func() time.Time { return d.clock }
	ledger, err := sqlite.Open(t.Context(), sqlite.Options{
		Path: filepath.Join(t.TempDir(), "ledger.db"), Now: now,
		Probe: func(point string) error {
			if d.full != nil && strings.HasPrefix(point, "before ") && d.full(point) {
				return sqlite.ErrFull
			}
			return nil
		},
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = ledger.Close() })
	connection := func(name string) *activities.Connection {
		return &activities.Connection{
			Name: name, Shop: d.shop, Decoder: orderspace.Decoder{}, Books: d.books, BooksScope: "ent_1",
			Policy:         mapping.Policy{IssueOn: mapping.OnCreated, Since: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)},
			MaxSnapshotAge: 15 * time.Minute, SettleWindow: 15 * time.Minute,
		}
	}
	options := activities.Options{
		Ledger: ledger, Relay: d.relay, Owner: "test", Now: now, DiskReserve: 200 * mib,
		Connections: []*activities.Connection{connection("acme"), connection("other")},
	}
	if measured {
		options.DiskFree = func() (uint64, error) { d.asked++; return d.free, d.deaf }
	}
	d.ledger, d.Activities = ledger, activities.New(options)
	d.readAll()
	return d
}

// create asks for the first step of the sale.
func (d *diskBench) create() activities.StepResult {
	d.t.Helper()
	result, err := d.ApplyStep(d.t.Context(), activities.StepInput{Connection: "acme", SaleID: "or_1", Step: mapping.ActCreate})
	require.NoError(d.t, err)
	return result
}

// low gives the connections that the problem stands against.
func (d *diskBench) low() []string {
	d.t.Helper()
	var names []string
	for _, name := range []string{"acme", "other"} {
		problems, err := d.ledger.Problems(d.t.Context(), name)
		require.NoError(d.t, err)
		if slices.ContainsFunc(problems, func(p sqlite.Problem) bool { return p.Code == activities.ProblemDiskLow }) {
			names = append(names, name)
		}
	}
	return names
}

var (
	blocked = activities.StepResult{Outcome: activities.StepBlocked, Code: activities.ProblemDiskLow}
	both    = []string{"acme", "other"}
)

// Nothing is written to the books while there is less room than the reserve, and until there is a quarter more; reading
// goes on.
func TestWritingStopsBeforeTheDiskIsFull(t *testing.T) {
	d := newDiskBench(t, true)
	for _, at := range []struct {
		free uint64
		want bool
	}{{199 * mib, true}, {200 * mib, true}, {249 * mib, true}} {
		d.free = at.free
		d.clock = d.clock.Add(5 * time.Second)
		require.Equal(t, blocked, d.create(), "%d MiB", at.free/mib)
		require.Equal(t, both, d.low())
	}
	require.Empty(t, d.books.requests)
	d.readAll()
	order := d.sale().DirtySeq
	d.shop.records[trade.Ref{Kind: trade.KindOrder, ID: "or_1"}] = orderBody(func(o map[string]any) { o["internal_note"] = "x" })
	d.clock = d.clock.Add(time.Second)
	d.readAll()
	require.Greater(t, d.sale().DirtySeq, order, "what is read is filed")

	d.free = 250 * mib
	d.clock = d.clock.Add(5 * time.Second)
	require.Equal(t, activities.StepDone, d.create().Outcome)
	require.Empty(t, d.low())
	require.Len(t, d.books.requests, 1)

	d.free = 200 * mib // the reserve is there, if only just
	d.clock = d.clock.Add(5 * time.Second)
	require.NotEqual(t, activities.StepBlocked, d.create().Outcome)
}

// The sales that were turned away are woken by the next relay, not by their own timers.
func TestSalesAreWokenWhenThereIsRoomAgain(t *testing.T) {
	d := newDiskBench(t, true)
	relay := func() int {
		t.Helper()
		result, err := d.RelaySales(t.Context(), activities.RelaySalesInput{Connection: "acme"})
		require.NoError(t, err)
		return result.Relayed
	}
	// The other gate is open already: that it opens wakes sales as well.
	verified, err := d.VerifyIntegration(t.Context(), activities.VerifyIntegrationInput{Connection: "acme"})
	require.NoError(t, err)
	require.True(t, verified.Writable)
	d.free = 0
	require.Equal(t, 1, relay())
	require.Equal(t, both, d.low(), "a relay looks as well")
	require.Zero(t, relay())
	d.free = 300 * mib
	d.clock = d.clock.Add(5 * time.Second)
	require.Equal(t, 1, relay())
	require.Empty(t, d.low())
}

func TestTheDiskIsNotAskedForEveryStep(t *testing.T) {
	d := newDiskBench(t, true)
	for range 10 {
		_, err := d.RelaySales(t.Context(), activities.RelaySalesInput{Connection: "other"})
		require.NoError(t, err)
	}
	require.Equal(t, 1, d.asked)
	d.clock = d.clock.Add(-time.Hour) // set back: it must not go unasked until the clock has caught up
	d.create()
	require.Equal(t, 2, d.asked)
	d.create()
	require.Equal(t, 2, d.asked)
}

// A write of the ledger that meets a full disk closes the gate at once, measured or not. It opens when the ledger can be
// written to.
func TestAFullDiskClosesTheGateAtOnce(t *testing.T) {
	for name, measured := range map[string]bool{"measured": true, "not measured": false} {
		t.Run(name, func(t *testing.T) {
			d := newDiskBench(t, measured)
			_, err := d.RelaySales(t.Context(), activities.RelaySalesInput{Connection: "acme"})
			require.NoError(t, err)
			d.full = func(point string) bool { return point == "before claim_effect" }
			_, err = d.ApplyStep(t.Context(), activities.StepInput{Connection: "acme", SaleID: "or_1", Step: mapping.ActCreate})
			require.ErrorIs(t, err, sqlite.ErrFull)
			require.Empty(t, d.books.requests, "invariant 2")
			_, open, err := d.ledger.OpenEffect(t.Context(), "acme", "or_1")
			require.NoError(t, err)
			require.False(t, open)

			require.Equal(t, blocked, d.create(), "without asking again")
			require.Equal(t, both, d.low())
			d.full = nil
			require.Equal(t, blocked, d.create(), "not before the next look")
			d.clock = d.clock.Add(5 * time.Second)
			require.Equal(t, activities.StepDone, d.create().Outcome)
			require.Empty(t, d.low())
		})
	}
}

// Where not even the problem can be written, the gate is closed all the same, and stays so until it could be.
func TestADiskWithoutAnyRoom(t *testing.T) {
	for name, set := range map[string]func(d *diskBench){
		"measured as full":    func(d *diskBench) { d.free = 0 },
		"measured with room":  func(*diskBench) {}, // a quota or a limit that the operating system does not tell of
		"could not be asked":  func(d *diskBench) { d.deaf = errors.New("no such call") },
		"room for some bytes": func(d *diskBench) { d.free = 4096 },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDiskBench(t, true)
			set(d)
			d.full = func(string) bool { return true }
			_, err := d.ApplyStep(t.Context(), activities.StepInput{Connection: "acme", SaleID: "or_1", Step: mapping.ActCreate})
			if err != nil {
				require.ErrorIs(t, err, sqlite.ErrFull)
			}
			for range 4 {
				require.Equal(t, blocked, d.create())
				require.Empty(t, d.low())
				d.clock = d.clock.Add(5 * time.Second)
			}
			require.Empty(t, d.books.requests)
			d.full, d.deaf, d.free = nil, nil, 300*mib
			require.Equal(t, activities.StepDone, d.create().Outcome)
			require.Empty(t, d.low())
		})
	}
}

// What an earlier process left behind is cleared by the first look.
func TestAProblemOfAnEarlierProcessIsCleared(t *testing.T) {
	d := newDiskBench(t, true)
	for _, name := range both {
		require.NoError(t, d.ledger.SetProblem(t.Context(), sqlite.Problem{Connection: name, Code: activities.ProblemDiskLow}))
	}
	require.Equal(t, activities.StepDone, d.create().Outcome)
	require.Empty(t, d.low())
}
