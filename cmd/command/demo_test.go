package command

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox"
	"spacebridge/connectors/sandbox/shop"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/trade"
)

func TestDemoFlags(t *testing.T) {
	b := newBench(t)
	for _, args := range [][]string{
		{"--orders", "0"}, {"--orders", "-5"}, {"--orders", "5001"}, {"--events", "-1"}, {"--limit", "0s"}, {"--limit", "-1m"},
	} {
		r := b.run(t, append([]string{"demo"}, args...)...)
		require.Equal(t, ExitUsage, r.code, args)
		require.Contains(t, r.stderr, args[0]+" must")
		require.Empty(t, r.stdout)
	}
}

// TestDemoVerdictWhenLate tells books that are wrong from a daemon that is slow.
func TestDemoVerdictWhenLate(t *testing.T) {
	require.EqualError(t, late(true, true, time.Minute), "the books are exact but the daemon was still at work after 1m0s; give it more time with --limit")
	require.NotContains(t, late(true, false, time.Minute).Error(), "not exact")
	require.Equal(t, 1, strings.Count(late(false, true, time.Minute).Error(), "the books are not exact"))
}

// TestDemoTableAddsUp has an order of every kind.
func TestDemoTableAddsUp(t *testing.T) {
	orders := []shop.Order{
		{ID: "issued"},
		{ID: "held"},
		{ID: "late"},
		{ID: "pending"},
		{ID: "waiting"},
		{ID: "cancelled", Status: shop.StatusCancelled},
		{ID: "template", Status: shop.StatusStandingOrder},
		{ID: "missing"},
		{ID: "unread"},
		{ID: "ignored"},
	}
	hold := &trade.Hold{Code: "penny_lock"}
	sales := []sqlite.Sale{
		{ID: "issued", State: trade.StateIssued},
		{ID: "held", State: trade.StateHeld, Hold: hold},
		{ID: "late", State: trade.StateHeld, Hold: hold},
		{ID: "pending", State: trade.StatePending},
		{ID: "waiting", State: trade.StateWaiting},
		{ID: "cancelled", State: trade.StatePending},
		{ID: "template", State: trade.StateIgnored},
		{ID: "missing", State: trade.StatePending},
		{ID: "ignored", State: trade.StateIgnored},
		{ID: "deleted", State: trade.StateCancelled},
	}
	finding := func(id, why string) []sandbox.Finding { return []sandbox.Finding{{OrderID: id, Number: 7, Why: why}} }
	audit := sandbox.Report{
		Orders: len(orders), Missing: finding("missing", "due"), Held: finding("held", "broken on purpose"),
		Unexpected: finding("u", "invoiced"), UnexpectedHeld: finding("late", "nothing is wrong"), NotHeld: finding("n", "neither"), DifferenceSum: "0",
	}
	c := take(orders, sales, audit)
	require.Equal(t, census{
		orders: 10, invoiced: 1, held: 2, holds: map[string]int{"penny_lock (broken on purpose)": 1, "penny_lock (nothing is wrong)": 1},
		waiting: 2, missing: 1, cancelled: 1, templates: 1, other: 2,
	}, c)
	var text string
	for range 20 { // always in the same order
		var out strings.Builder
		require.NoError(t, reportTable(c, audit).write(&out))
		require.True(t, text == "" || text == out.String())
		text = out.String()
	}
	sum := 0
	for line := range strings.Lines(text) {
		name, rest, part := strings.Cut(strings.TrimPrefix(line, "  "), "  ")
		if !part || name == "" || !strings.HasPrefix(line, "  ") || strings.HasPrefix(line, "    ") {
			continue
		}
		n, err := strconv.Atoi(strings.Fields(rest)[0])
		require.NoError(t, err, name)
		sum += n
	}
	require.Equal(t, len(orders), sum, text)
	require.Less(t, strings.Index(text, "invoices that should not be"), strings.Index(text, "held without reason"))
	require.Less(t, strings.Index(text, "held without reason"), strings.Index(text, "not held"))
}
