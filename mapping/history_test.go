package mapping_test

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"spacebridge/mapping"
)

var histories = flag.Int("mapping.histories", 2000, "how many random histories TestHistories lives through")

// choices is where a history takes its chances from.
type choices interface{ pick(n int) int }

type seeded struct{ *rand.Rand }

func (s seeded) pick(n int) int { return s.IntN(n) }

type drawn struct{ *rapid.T }

func (d drawn) pick(n int) int { return rapid.IntRange(0, n-1).Draw(d.T, "n") }

// TestHistories lives through random histories, always the same ones, and counts what they came to: each kind of end and of step
// must be among them, or the test would say nothing of it.
func TestHistories(t *testing.T) {
	done := map[string]int{}
	for seed := range *histories {
		h := &history{choices: seeded{rand.New(rand.NewPCG(uint64(seed), 11))}}
		err := h.live()
		require.NoError(t, err, "history %d:\n%s", seed, strings.Join(h.told, "\n"))
		for what, times := range h.daemon.done {
			done[what] += times
		}
	}
	var table []string
	for _, what := range slices.Sorted(maps.Keys(done)) {
		table = append(table, fmt.Sprintf("%7d %s", done[what], what))
	}
	t.Log("\n" + strings.Join(table, "\n"))
	for _, action := range []mapping.Action{
		mapping.ActRead, mapping.ActCreate, mapping.ActUpdate, mapping.ActAnnotate, mapping.ActSetPayment, mapping.ActIssue, mapping.ActReissue, mapping.ActCancel,
	} {
		require.Positive(t, done["action "+string(action)], action)
	}
	for _, end := range ends {
		require.Positive(t, done[end], end)
	}
}

// ends are what histories must come to, if there are enough of them.
var ends = []string{
	"order: pending", "order: issued", "order: cancelled", "order: held changed_after_issue", "order: held cancelled_after_issue",
	"order: held cancelled_after_dispatch", "order: held split_invoice", "order: held over_dispatched",
	"invoice: pending", "invoice: issued", "invoice: cancelled", "invoice: ignored", "invoice: held changed_after_issue", "invoice: held cancelled_after_issue",
	"invoice: held order_of_invoice_ended", "invoice: held over_dispatched",
	"payment unpaid", "payment partially_paid", "payment paid", "payment refunded",
	"documents 0", "documents 1", "documents 2", "documents 3", "created again", "an order was older than what tells of it", "a change after issue was undone before the reissue",
}

// TestAnyHistory is TestHistories with other histories every time, which are made short when they fail.
func TestAnyHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := &history{choices: drawn{t}}
		err := h.live()
		require.NoError(t, err, "\n%s", strings.Join(h.told, "\n"))
	})
}
