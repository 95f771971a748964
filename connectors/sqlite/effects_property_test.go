package sqlite

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// modelEffect is what a careful reader of the protocol expects of one effect.
type modelEffect struct {
	id         int64
	step, body string
	generation int
	state      EffectState
	owner      string
	until      time.Time
	attempts   int
	lookups    int
	status     int
	requestID  string
}

func (e *modelEffect) open() bool {
	return e.state == EffectSending || e.state == EffectUnknown || e.state == EffectHeld
}

func (e *modelEffect) unresolve() { e.state, e.lookups = EffectUnknown, 0 }

// model is one sale under the effect protocol, as simple as it can be said.
type model struct {
	l       *Ledger
	c       *clock
	saleID  string
	effects []*modelEffect
}

func (m *model) openOne() *modelEffect {
	for _, e := range m.effects {
		if e.open() {
			return e
		}
	}
	return nil
}

func (m *model) last(step string) *modelEffect {
	for _, e := range slices.Backward(m.effects) {
		if e.step == step {
			return e
		}
	}
	return nil
}

// lapse makes an attempt whose time is over unknown, if somebody looks at it now.
func (m *model) lapse(e *modelEffect) {
	if e.state == EffectSending && !m.c.now().Before(e.until) {
		e.unresolve()
	}
}

var owners = rapid.SampledFrom([]string{"ann", "bob"})

func (m *model) claim(t *rapid.T) {
	c := claimOf(m.saleID, rapid.SampledFrom([]string{"create", "update", "issue"}).Draw(t, "step"), owners.Draw(t, "owner"))
	c.BodyHash = rapid.SampledFrom([]string{"x", "y"}).Draw(t, "body")
	got, err := m.l.ClaimEffect(t.Context(), c)
	if e := m.openOne(); e != nil {
		m.lapse(e)
		if e.state == EffectSending {
			require.ErrorIs(t, err, ErrBusy)
		} else {
			require.ErrorIs(t, err, ErrUnresolved)
		}
		return
	}
	require.NoError(t, err)
	e := m.last(c.Step)
	if e == nil || e.state != EffectPlanned || e.body != c.BodyHash || e.status >= 400 {
		generation := 1
		if e != nil {
			generation = e.generation + 1
		}
		for _, other := range m.effects {
			require.NotEqual(t, other.requestID, got.RequestID, "a new generation has a new request id")
		}
		e = &modelEffect{id: got.ID, step: c.Step, body: c.BodyHash, generation: generation, requestID: got.RequestID}
		m.effects = append(m.effects, e)
	}
	m.send(e, c.Owner)
}

func (m *model) send(e *modelEffect, owner string) {
	e.state, e.owner, e.status, e.lookups = EffectSending, owner, 0, 0
	e.until = m.c.now().Add(time.Minute)
	e.attempts++
}

func (m *model) pick(t *rapid.T) *modelEffect {
	if len(m.effects) == 0 {
		t.Skip("nothing claimed yet")
	}
	return rapid.SampledFrom(m.effects).Draw(t, "effect")
}

func (m *model) finish(t *rapid.T) {
	e, owner := m.pick(t), owners.Draw(t, "owner")
	to := rapid.SampledFrom([]EffectState{EffectDone, EffectRejected, EffectUnknown, EffectPlanned, EffectHeld, EffectSending}).Draw(t, "to")
	status := rapid.SampledFrom([]int{0, 200, 503}).Draw(t, "status")
	attempts := rapid.SampledFrom([]int{0, e.attempts, e.attempts + 1}).Draw(t, "attempts")
	err := m.l.FinishEffect(t.Context(), e.id, owner, Outcome{State: to, Status: status, Attempts: attempts})
	if attempts > e.attempts {
		require.ErrorIs(t, err, ErrLost)
		return
	}
	if e.state == to && e.owner == owner && to != EffectSending && to != EffectUnknown {
		require.NoError(t, err, "the same again")
		return
	}
	before := *e
	if e.state == EffectSending && e.owner != owner {
		m.lapse(e)
		if e.state == EffectSending {
			require.ErrorIs(t, err, ErrLost)
			return
		}
	}
	if e.state == EffectUnknown && to == EffectPlanned && e.lookups == 0 && e.owner != owner {
		require.ErrorIs(t, err, ErrNotLookedUp)
		return // that it became unknown stays
	}
	again := e.state == EffectUnknown && to == EffectUnknown
	if !again && (to == EffectSending || (e.state == EffectHeld && to == EffectUnknown) || !slices.Contains(transitions[e.state], to)) {
		require.ErrorIs(t, err, ErrTransition)
		*e = before
		return
	}
	require.NoError(t, err)
	if !again {
		e.owner = owner
		if to == EffectUnknown {
			e.lookups = 0
		}
	}
	e.state = to
	if status != 0 || to != EffectPlanned {
		e.status = status
	}
}

func (m *model) resend(t *rapid.T) {
	e, owner := m.pick(t), owners.Draw(t, "owner")
	got, err := m.l.ResendEffect(t.Context(), e.id, owner, time.Minute)
	m.lapse(e)
	switch {
	case e.state == EffectSending:
		require.ErrorIs(t, err, ErrLost)
	case e.state != EffectUnknown:
		require.ErrorIs(t, err, ErrTransition)
	case e.lookups == 0:
		require.ErrorIs(t, err, ErrNotLookedUp)
	default:
		require.NoError(t, err)
		require.Equal(t, e.requestID, got.RequestID)
		m.send(e, owner)
	}
}

func (m *model) look(t *rapid.T) {
	e := m.pick(t)
	err := m.l.NoteLookup(t.Context(), e.id, "looked")
	m.lapse(e)
	switch e.state {
	case EffectSending:
		require.ErrorIs(t, err, ErrLost)
	case EffectUnknown, EffectHeld:
		require.NoError(t, err)
		e.lookups++
	default:
		require.ErrorIs(t, err, ErrTransition)
	}
}

func (m *model) restart(t *rapid.T) {
	_, err := m.l.Recover(t.Context())
	require.NoError(t, err)
	for _, e := range m.effects {
		if e.state == EffectSending {
			e.unresolve()
		}
	}
}

func (m *model) retry(t *rapid.T) {
	require.NoError(t, m.l.Command(t.Context(), acme, m.saleID, CommandRetry, "", "ann"))
	if e := m.openOne(); e != nil && e.state == EffectHeld {
		e.unresolve()
	}
}

func (m *model) wait(t *rapid.T) {
	m.c.advance(time.Duration(rapid.IntRange(1, 90).Draw(t, "seconds")) * time.Second)
}

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
			until: want.until, attempts: got.Attempts, lookups: got.Lookups, status: want.status, requestID: got.RequestID,
		})
		if want.open() {
			open++
		}
	}
	require.LessOrEqual(t, open, 1)
	_, found, err := m.l.OpenEffect(t.Context(), acme, m.saleID)
	require.NoError(t, err)
	require.Equal(t, open == 1, found)
	m.checkLog(t)
}

// checkLog replays the effect log: it is gapless, and no attempt follows silence without a look in between.
func (m *model) checkLog(t *rapid.T) {
	var log []struct {
		Effect int64  `db:"effect_id"`
		From   string `db:"from_state"`
		To     string `db:"to_state"`
		Detail string `db:"detail"`
	}
	require.NoError(t, m.l.reader.Select(&log,
		`SELECT g.effect_id, g.from_state, g.to_state, g.detail FROM effect_log g JOIN effects e ON e.id = g.effect_id
		 WHERE e.connection = ? AND e.sale_id = ? ORDER BY g.seq`, acme, m.saleID))
	state, looked := map[int64]string{}, map[int64]bool{}
	for _, entry := range log {
		require.Equal(t, state[entry.Effect], entry.From)
		if entry.From == entry.To {
			looked[entry.Effect] = looked[entry.Effect] || entry.Detail == "looked"
			continue
		}
		if entry.To == string(EffectUnknown) {
			looked[entry.Effect] = false
		}
		if entry.From == string(EffectUnknown) && entry.To == string(EffectSending) {
			require.True(t, looked[entry.Effect], "invariant 3")
		}
		state[entry.Effect] = entry.To
	}
	for _, e := range m.effects {
		require.Equal(t, string(e.state), state[e.id])
	}
}

func TestEffectsFollowTheirProtocol(t *testing.T) {
	l, c := open(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		m := &model{l: l, c: c, saleID: "or_" + strconv.Itoa(n)}
		plant(t, l, m.saleID)
		rt.Repeat(map[string]func(*rapid.T){
			"":        m.check,
			"claim":   m.claim,
			"finish":  m.finish,
			"resend":  m.resend,
			"look":    m.look,
			"restart": m.restart,
			"retry":   m.retry,
			"wait":    m.wait,
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
}
