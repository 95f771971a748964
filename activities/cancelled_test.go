package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/activities"
	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

// An order ends while nobody knows what became of its issue: first it is found out, then the end is dealt with.
func TestOrderEndsWhileItsIssueIsUnknown(t *testing.T) {
	for name, c := range map[string]struct {
		issued bool
		end    func(b *bench)
	}{
		"issued, then cancelled":     {true, func(b *bench) { b.edit(cancelled) }},
		"not issued, then cancelled": {false, func(b *bench) { b.edit(cancelled) }},
		"issued, then deleted":       {true, func(b *bench) { b.hears(trade.KindOrder, "or_1", "") }},
		"not issued, then deleted":   {false, func(b *bench) { b.hears(trade.KindOrder, "or_1", "") }},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, mapping.OnCreated)
			b.readAll()
			b.step()
			b.books.fail = failOnce("issue", c.issued, errReplyLost)
			_, result := b.step()
			require.Equal(t, activities.StepUnknown, result.Outcome)
			c.end(b)
			plan, _ := b.step()
			require.True(t, plan.Resolve, "nothing is cancelled while there may be an invoice")
			took := b.resolve()
			if c.issued {
				b.held(mapping.HoldCancelledAfterIssue)
				require.Equal(t, []string{"create", "issue"}, b.books.steps())
				return
			}
			require.GreaterOrEqual(t, took, 15*time.Minute)
			require.Equal(t, trade.StateCancelled, b.settle().State)
			require.Equal(t, []string{"create", "issue", "cancel"}, b.books.steps(), "it is not issued again for an order that has ended")
		})
	}
}
