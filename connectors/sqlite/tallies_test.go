package sqlite

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTalliesAddUpByTheHour(t *testing.T) {
	l, c := open(t)
	ctx := t.Context()
	c.advance(59*time.Minute + 59*time.Second + 999*time.Millisecond)
	require.NoError(t, l.Tally(ctx, acme, map[string]int{"requests/poll": 1, "requests/sweep": 20, "requests/sale": 0}))
	require.NoError(t, l.Tally(ctx, acme, map[string]int{"requests/sweep": 3}))
	require.NoError(t, l.Tally(ctx, "other", map[string]int{"requests/sweep": 100}))
	next := c.advance(time.Millisecond)
	require.NoError(t, l.Tally(ctx, acme, map[string]int{"requests/sweep": 5}))
	require.Equal(t, map[string]int{"requests/poll": 1, "requests/sweep": 28}, tallied(t, l, next.Add(-time.Hour)))
	require.Equal(t, map[string]int{"requests/poll": 1, "requests/sweep": 28}, tallied(t, l, next.Add(-time.Millisecond)), "from the hour it is in")
	require.Equal(t, map[string]int{"requests/sweep": 5}, tallied(t, l, next.Add(59*time.Minute)))
	require.Empty(t, tallied(t, l, next.Add(time.Hour)))

	before := dump(t, l)
	require.NoError(t, l.Tally(ctx, acme, nil))
	require.Equal(t, before, dump(t, l))
	require.Error(t, l.Tally(ctx, "", map[string]int{"requests/sweep": 1}))
}
