package sqlite

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

func decide(t *testing.T, l *Ledger, d Decided) {
	t.Helper()
	d.Connection = acme
	require.NoError(t, l.RecordDecision(t.Context(), d))
}

func TestAChangeBetweenPlanAndDecisionKeepsTheSaleDirty(t *testing.T) {
	l, c := open(t)
	ctx := t.Context()
	plant(t, l, "or_1")
	planned := sale(t, l, "or_1").DirtySeq
	since := c.now()

	c.advance(time.Minute)
	require.NoError(t, l.MarkDirty(ctx, acme, "or_1")) // the change
	decide(t, l, Decided{SaleID: "or_1", DirtySeq: planned, Settled: true, State: trade.StateWaiting, Rule: "not_invoiced"})
	require.Equal(t, since, sale(t, l, "or_1").DirtySince)

	decide(t, l, Decided{SaleID: "or_1", DirtySeq: planned + 1, State: trade.StateWaiting, Rule: "not_invoiced"})
	require.Equal(t, since, sale(t, l, "or_1").DirtySince, "not settled")
	decide(t, l, Decided{SaleID: "or_1", DirtySeq: planned + 1, Settled: true, State: trade.StateWaiting, Rule: "not_invoiced"})
	require.True(t, sale(t, l, "or_1").DirtySince.IsZero())
	ids, err := l.DirtySales(ctx, acme, 0)
	require.NoError(t, err)
	require.Empty(t, ids)

	// A decision on older facts that comes after one on newer facts does not stay the last word.
	decide(t, l, Decided{SaleID: "or_1", DirtySeq: planned, Settled: true, State: trade.StateHeld, Rule: "late"})
	require.Equal(t, c.now(), sale(t, l, "or_1").DirtySince)

	require.ErrorIs(t, l.MarkDirty(ctx, acme, "or_9"), ErrNoSale)
	require.ErrorIs(t, l.RecordDecision(ctx, Decided{Connection: acme, SaleID: "or_9", State: trade.StateHeld}), ErrNoSale)
}

func TestDirtySalesComeOldestFirst(t *testing.T) {
	l, c := open(t)
	plant(t, l, "or_3")
	c.advance(time.Minute)
	plant(t, l, "or_2")
	c.advance(time.Minute)
	plant(t, l, "or_1")
	require.NoError(t, l.MarkDirty(t.Context(), acme, "or_3"))
	ids, err := l.DirtySales(t.Context(), acme, 2)
	require.NoError(t, err)
	require.Equal(t, []string{"or_3", "or_2"}, ids)
	ids, err = l.DirtySales(t.Context(), "other", 2)
	require.NoError(t, err)
	require.Empty(t, ids)
}

func TestDecisionsAreShownAndJournaled(t *testing.T) {
	l, c := open(t)
	ctx := t.Context()
	plant(t, l, "or_1")
	hold := &trade.Hold{Code: "penny_lock", Reason: "lines 10.00, total 10.01", Advice: "look"}
	d := Decided{
		SaleID: "or_1", DirtySeq: 1, State: trade.StateHeld, Rule: "penny_lock", Hold: hold, Number: "1001",
		Currency: "EUR", Digits: 2, Gross: 1001, HasGross: true, SnapshotHash: "h1",
	}
	decide(t, l, d)
	opened := c.now()
	c.advance(time.Hour)
	decide(t, l, d) // the same again: no entry
	got := sale(t, l, "or_1")
	require.Equal(t, hold, got.Hold)
	require.Equal(t, opened, got.HeldSince)
	require.Equal(t, "1001", got.Number)
	require.Equal(t, "EUR", got.Currency)
	require.True(t, got.HasGross)
	require.EqualValues(t, 1001, got.Gross)

	d.Hold = &trade.Hold{Code: "penny_lock", Reason: "lines 10.00, total 10.02", Advice: "look"}
	decide(t, l, d) // other numbers: an entry, the same hold
	require.Equal(t, opened, sale(t, l, "or_1").HeldSince)
	d.Hold = &trade.Hold{Code: "currency", Reason: "XXX", Advice: "mend"}
	decide(t, l, d) // another hold
	require.Equal(t, c.now(), sale(t, l, "or_1").HeldSince)
	d.Hold, d.State, d.Rule, d.Reason, d.Number, d.HasGross = nil, trade.StatePending, "wait", "1 of 2 lines", "", false
	decide(t, l, d)
	d.Reason = "1 of 2 lines since 3 minutes" // words only: no entry
	decide(t, l, d)
	d.SnapshotHash = "h2"
	decide(t, l, d)
	got = sale(t, l, "or_1")
	require.Nil(t, got.Hold)
	require.Equal(t, "1001", got.Number)
	require.False(t, got.HasGross)

	entries, err := l.Journal(ctx, acme, "or_1")
	require.NoError(t, err)
	texts := []string{}
	for _, e := range entries {
		texts = append(texts, strings.Join([]string{e.Rule, e.State, e.Hold, e.Snapshot, e.Detail}, "|"))
	}
	require.Equal(t, []string{
		"penny_lock|held|penny_lock|h1|lines 10.00, total 10.01",
		"penny_lock|held|penny_lock|h1|lines 10.00, total 10.02",
		"penny_lock|held|currency|h1|XXX",
		"wait|pending||h1|1 of 2 lines",
		"wait|pending||h2|1 of 2 lines since 3 minutes",
	}, texts)
	var closed []string
	require.NoError(t, l.reader.Select(&closed, `SELECT code FROM holds WHERE closed_at IS NOT NULL ORDER BY id`))
	require.Equal(t, []string{"penny_lock", "currency"}, closed)
}

func TestCommands(t *testing.T) {
	l, c := open(t)
	ctx := t.Context()
	plant(t, l, "or_1")
	decide(t, l, Decided{SaleID: "or_1", DirtySeq: 1, Settled: true, State: trade.StateWaiting, Rule: "manual"})

	require.NoError(t, l.Command(ctx, acme, "or_1", CommandIssue, "", "ann"))
	got := sale(t, l, "or_1")
	require.Equal(t, Command{Issue: true}, got.Command)
	require.False(t, got.DirtySince.IsZero())

	require.ErrorContains(t, l.Command(ctx, acme, "or_1", CommandSkip, " ", "ann"), "reason")
	require.NoError(t, l.Command(ctx, acme, "or_1", CommandSkip, "sample", "ann"))
	require.Equal(t, Command{SkipReason: "sample"}, sale(t, l, "or_1").Command)

	require.True(t, sale(t, l, "or_1").RetriedAt.IsZero())
	at := c.advance(time.Minute)
	require.NoError(t, l.Command(ctx, acme, "or_1", CommandRetry, "mended", "bob"))
	got = sale(t, l, "or_1")
	require.Equal(t, Command{}, got.Command)
	require.Equal(t, at, got.RetriedAt)

	require.ErrorContains(t, l.Command(ctx, acme, "or_1", "dance", "", "ann"), "no command")
	require.ErrorIs(t, l.Command(ctx, acme, "or_9", CommandIssue, "", "ann"), ErrNoSale)
	entries, err := l.Journal(ctx, acme, "or_1")
	require.NoError(t, err)
	require.Len(t, entries, 4)
	require.Equal(t, "command.skip", entries[2].Rule)
	require.Equal(t, "ann: sample", entries[2].Detail)
	require.Equal(t, "waiting", entries[2].State)
}

func TestSalesAreListedAndCounted(t *testing.T) {
	l, c := open(t)
	ctx := t.Context()
	for i, id := range []string{"or_1", "or_2", "or_3"} {
		record := order(id, "new")
		record.Created = c.now().Add(time.Duration(i) * time.Hour)
		save(t, l, trade.SourceList, c.now(), record, id)
	}
	_, err := l.SaveRecords(ctx, "other", Reading{Source: trade.SourceList, At: c.now()}, []Saved{{Record: order("or_1", "new"), Sales: []string{"or_1"}}})
	require.NoError(t, err)
	decide(t, l, Decided{SaleID: "or_2", DirtySeq: 1, Settled: true, State: trade.StateHeld, Hold: &trade.Hold{Code: "vat"}})

	list := func(f SaleFilter) []string {
		found, err := l.Sales(ctx, f)
		require.NoError(t, err)
		ids := []string{}
		for _, s := range found {
			ids = append(ids, s.Connection+"/"+s.ID)
		}
		return ids
	}
	require.Equal(t, []string{"acme/or_3", "acme/or_2", "acme/or_1", "other/or_1"}, list(SaleFilter{}))
	require.Equal(t, []string{"acme/or_3"}, list(SaleFilter{Connection: acme, Limit: 1}))
	require.Equal(t, []string{"acme/or_2"}, list(SaleFilter{State: trade.StateHeld}))
	require.Equal(t, []string{"acme/or_1", "other/or_1"}, list(SaleFilter{Key: "10or_1"}))
	require.Equal(t, []string{"other/or_1"}, list(SaleFilter{Connection: "other", Key: "or_1"}))

	claimed, err := l.ClaimEffect(ctx, claimOf("or_1", "create", "a"))
	require.NoError(t, err)
	require.NoError(t, l.FinishEffect(ctx, claimed.ID, "a", Outcome{State: EffectUnknown}))
	counts, err := l.Counts(ctx, acme)
	require.NoError(t, err)
	require.Equal(t, Counts{
		Sales: map[trade.State]int{
			trade.StateWaiting: 2, trade.StatePending: 0, trade.StateIssued: 0,
			trade.StateCancelled: 0, trade.StateIgnored: 0, trade.StateHeld: 1,
		},
		UnknownEffects: 1, OldestDirty: c.now(), Holds: map[string]int{"vat": 1},
	}, counts)
}
