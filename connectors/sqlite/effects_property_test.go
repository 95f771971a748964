package sqlite

import (
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// check compares the ledger with the model, and with what must hold whatever happened.
func (m *model) check(t *rapid.T) {
	all, err := m.l.Effects(t.Context(), acme, m.saleID)
	require.NoError(t, err)
	require.Len(t, all, len(m.effects))
	open := 0
	for i, want := range m.effects {
		got := all[i]
		require.Equal(t, *want, modelEffect{
			id: got.ID, step: got.Step, body: got.BodyHash, generation: got.Generation, state: got.State, owner: got.LeaseOwner,
			until: want.until, attempts: got.Attempts, lookups: got.Lookups, status: got.Status, requestID: got.RequestID,
			order: got.BooksOrderID, doc: got.BooksDocumentID, replaces: got.Replaces,
		})
		if want.open() {
			open++
		}
	}
	require.LessOrEqual(t, open, 1)
	_, found, err := m.l.OpenEffect(t.Context(), acme, m.saleID)
	require.NoError(t, err)
	require.Equal(t, open == 1, found)
	require.Equal(t, m.strays, sale1(t, m.l, m.saleID).StraysDue)
	m.checkLog(t)
	m.checkBooks(t)
}

func sale1(t *rapid.T, l *Ledger, id string) Sale {
	s, found, err := l.Sale(t.Context(), acme, id)
	require.NoError(t, err)
	require.True(t, found)
	return s
}

// told is an entry of the effect log.
type told struct {
	Effect int64  `db:"effect_id"`
	From   string `db:"from_state"`
	To     string `db:"to_state"`
	Owner  string `db:"owner"`
	Detail string `db:"detail"`
}

// checkLog replays the effect log by rules of its own. It is gapless; at no time are two steps open; nothing leaves held
// but by a retry; and nothing becomes free to be sent again that was neither looked for since it was last sent nor given
// up by its own sender (invariant 3).
func (m *model) checkLog(t *rapid.T) {
	var log []told
	require.NoError(t, m.l.reader.Select(&log,
		`SELECT g.effect_id, g.from_state, g.to_state, g.owner, g.detail FROM effect_log g JOIN effects e ON e.id = g.effect_id
		 WHERE e.connection = ? AND e.sale_id = ? ORDER BY g.seq`, acme, m.saleID))
	state, looked, sender, sent := map[int64]EffectState{}, map[int64]bool{}, map[int64]string{}, map[int64]int{}
	for _, entry := range log {
		id, from, to := entry.Effect, EffectState(entry.From), EffectState(entry.To)
		require.Equal(t, state[id], from)
		switch {
		case from == to:
			looked[id] = looked[id] || entry.Detail == "looked"
		case to == EffectSending:
			require.Equal(t, EffectPlanned, from)
			looked[id], sender[id] = false, entry.Owner
			sent[id]++
		case from == EffectUnknown && to == EffectPlanned:
			require.True(t, looked[id] || entry.Owner == sender[id])
		case from == EffectHeld:
			require.Equal(t, told{Effect: id, From: "held", To: "unknown", Detail: "retry"}, entry)
			looked[id] = false
		}
		state[id] = to
		open := 0
		for _, s := range state {
			if s == EffectSending || s == EffectUnknown || s == EffectHeld {
				open++
			}
		}
		require.LessOrEqual(t, open, 1)
	}
	for _, e := range m.effects {
		require.Equal(t, e.state, state[e.id])
		require.Equal(t, e.attempts, sent[e.id], "each attempt has its entry")
	}
}

func TestEffectsFollowTheirProtocol(t *testing.T) {
	l, wall, steady := twoClocks(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		m := &model{
			l: l, wall: wall, steady: steady, saleID: "or_" + strconv.Itoa(n),
			bodies: map[string]string{}, refused: map[string]bool{}, books: modelBooks{saleID: "or_" + strconv.Itoa(n)},
		}
		plant(t, l, m.saleID)
		rt.Repeat(map[string]func(*rapid.T){
			"":         m.check,
			"claim":    m.claim,
			"carry":    m.carry,
			"carry on": m.carry,
			"finish":   m.finish,
			"look":     m.look,
			"restart":  m.restart,
			"retry":    m.retry,
			"command":  m.other,
			"wait":     m.wait,
			"jump":     m.jump,
		})
	})
	require.NoError(t, l.VerifyJournal(t.Context()))
}

func TestTheTransitionTableIsClosed(t *testing.T) {
	for from, tos := range transitions {
		for _, to := range tos {
			require.Contains(t, transitions, to, from)
		}
	}
	require.Len(t, transitions, 6)
	require.Empty(t, transitions[EffectDone])
	require.Empty(t, transitions[EffectRejected])
	require.Equal(t, []EffectState{EffectUnknown}, transitions[EffectHeld])
	for from, tos := range transitions {
		require.Equal(t, from == EffectPlanned, slices.Contains(tos, EffectSending), "only what is surely not under way is sent")
	}
}
