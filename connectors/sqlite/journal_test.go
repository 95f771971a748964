package sqlite

import (
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

// journaled opens a ledger with some entries of two sales.
func journaled(t *testing.T) *Ledger {
	t.Helper()
	l, _ := open(t)
	plant(t, l, "or_1", "or_2")
	for _, state := range []trade.State{trade.StateWaiting, trade.StatePending, trade.StateIssued} {
		for _, id := range []string{"or_1", "or_2"} {
			decide(t, l, Decided{SaleID: id, DirtySeq: 1, State: state, Rule: "rule", Reason: "because", SnapshotHash: "h"})
		}
	}
	require.NoError(t, l.VerifyJournal(t.Context()))
	return l
}

func TestAppendOnlyTables(t *testing.T) {
	l := journaled(t)
	_, err := l.ClaimEffect(t.Context(), claimOf("or_1", "create", "a"))
	require.NoError(t, err)
	for _, statement := range []string{
		`UPDATE journal SET detail = 'x' WHERE seq = 1`,
		`DELETE FROM journal WHERE seq = 1`,
		`DELETE FROM journal`,
		`INSERT OR REPLACE INTO journal SELECT * FROM journal WHERE seq = 1`,
		`UPDATE effect_log SET to_state = 'done'`,
		`DELETE FROM effect_log`,
		`INSERT OR REPLACE INTO effect_log SELECT * FROM effect_log`,
		`DELETE FROM effects`,
		`DELETE FROM sales`,
		`UPDATE snapshots SET body = x''`,
	} {
		_, err := l.writer.ExecContext(t.Context(), statement)
		require.Error(t, err, statement)
		require.Regexp(t, `append-only|cannot be (changed|deleted)`, err.Error(), statement)
	}
	require.NoError(t, l.VerifyJournal(t.Context()))
}

func TestTamperingIsFound(t *testing.T) {
	cases := map[string][]string{
		"none":                     {},
		"an altered text":          {`UPDATE journal SET detail = 'otherwise' WHERE seq = 3`},
		"an altered time":          {`UPDATE journal SET at = at + 1 WHERE seq = 3`},
		"an altered sale":          {`UPDATE journal SET sale_id = 'or_2' WHERE seq = 3`},
		"an altered hold":          {`UPDATE journal SET hold = 'x' WHERE seq = 3`},
		"text moved to its column": {`UPDATE journal SET rule = 'rul', state = 'e' || state WHERE seq = 3`},
		"a removed entry":          {`DELETE FROM journal WHERE seq = 3`},
		"the first removed":        {`DELETE FROM journal WHERE seq = 1`},
		"the last removed":         {`DELETE FROM journal WHERE seq = 6`},
		"all removed":              {`DELETE FROM journal`},
		"two exchanged": {
			`UPDATE journal SET seq = 99 WHERE seq = 3`, `UPDATE journal SET seq = 3 WHERE seq = 4`, `UPDATE journal SET seq = 4 WHERE seq = 99`,
		},
		"an inserted entry": {
			`INSERT INTO journal SELECT 7, at, connection, sale_id, rule, state, hold, snapshot, detail, hash, printf('%064d', 7)
			 FROM journal WHERE seq = 6`,
		},
	}
	for name, statements := range cases {
		t.Run(name, func(t *testing.T) {
			l := journaled(t)
			path := l.path
			raw(t, path, `DROP TRIGGER journal_no_update`, `DROP TRIGGER journal_no_delete`)
			raw(t, path, statements...)
			err := l.VerifyJournal(t.Context())
			if len(statements) == 0 {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, ErrTampered)
		})
	}
}

func TestLongTextsAreClipped(t *testing.T) {
	l, _ := open(t)
	plant(t, l, "or_1")
	long := make([]rune, maxText)
	for i := range long {
		long[i] = 'é'
	}
	decide(t, l, Decided{SaleID: "or_1", DirtySeq: 1, State: trade.StateWaiting, Rule: "r", Reason: string(long)})
	decide(t, l, Decided{SaleID: "or_1", DirtySeq: 1, State: trade.StateHeld, Hold: &trade.Hold{Code: "c", Reason: string(long)}})
	decide(t, l, Decided{SaleID: "or_1", DirtySeq: 1, State: trade.StateHeld, Hold: &trade.Hold{Code: "c", Reason: string(long)}})
	entries, err := l.Journal(t.Context(), acme, "or_1")
	require.NoError(t, err)
	require.Len(t, entries, 2)
	require.LessOrEqual(t, len(entries[0].Detail), maxText+len("…"))
	require.NoError(t, l.VerifyJournal(t.Context()))
}
