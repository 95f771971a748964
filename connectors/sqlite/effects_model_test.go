package sqlite

import (
	"cmp"
	"slices"
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
	order, doc string // in the books, as claimed or told
	replaces   string
}

func (e *modelEffect) open() bool {
	return e.state == EffectSending || e.state == EffectUnknown || e.state == EffectHeld
}

func (e *modelEffect) unresolve() { e.state, e.lookups = EffectUnknown, 0 }

// model is one sale under the effect protocol, as simple as it can be said.
type model struct {
	l       *Ledger
	wall    *clock
	steady  *clock
	saleID  string
	effects []*modelEffect
	bodies  map[string]string // by request id: what was sent under it
	refused map[string]bool   // request ids that were answered with an error
	strays  time.Time
	books   modelBooks
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
	if e.state == EffectSending && !m.steady.now().Before(e.until) {
		e.unresolve()
	}
}

var owners = rapid.SampledFrom([]string{"ann", "bob"})

func (m *model) claim(t *rapid.T) {
	step := rapid.SampledFrom([]string{"create", "update", "issue", "cancel", "reissue"}).Draw(t, "step")
	c := claimOf(m.saleID, step, owners.Draw(t, "owner"))
	c.BodyHash = rapid.SampledFrom([]string{"x", "y"}).Draw(t, "body")
	m.books.aim(t, &c)
	m.claimAs(t, c)
}

// claimAs claims, and gives the effect unless the claim was rightly refused.
func (m *model) claimAs(t *rapid.T, c Claim) *modelEffect {
	got, err := m.l.ClaimEffect(t.Context(), c)
	if e := m.openOne(); e != nil {
		m.lapse(e)
		if e.state == EffectSending {
			require.ErrorIs(t, err, ErrBusy)
		} else {
			require.ErrorIs(t, err, ErrUnresolved)
		}
		return nil
	}
	if refusal := m.refusal(c); refusal != nil {
		require.ErrorIs(t, err, refusal)
		return nil
	}
	require.NoError(t, err)
	e := m.last(c.Step)
	if e == nil || e.state != EffectPlanned || e.body != c.BodyHash || e.replaces != c.BooksDocumentID || e.status >= 400 {
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
	e.order, e.replaces = c.BooksOrderID, c.BooksDocumentID
	m.sent(t, c, got)
	m.send(e, c.Owner)
	return e
}

func (m *model) send(e *modelEffect, owner string) {
	e.state, e.owner, e.status, e.lookups = EffectSending, owner, 0, 0
	e.until = m.steady.now().Add(time.Minute)
	e.attempts++
}

// sent checks what may go under a request id: one body, and nothing more after an answer that was an error.
func (m *model) sent(t *rapid.T, c Claim, got Effect) {
	before, known := m.bodies[got.RequestID]
	require.True(t, !known || before == c.Step+c.BodyHash)
	require.False(t, m.refused[got.RequestID], "the vendor would repeat its answer")
	m.bodies[got.RequestID] = c.Step + c.BodyHash
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
	due := rapid.SampledFrom([]time.Time{{}, m.wall.now().Add(time.Minute)}).Draw(t, "due")
	o := Outcome{State: to, Status: status, Attempts: attempts, StraysDue: due}
	m.books.tell(t, e, &o)
	m.finishAs(t, e, owner, o)
}

func (m *model) finishAs(t *rapid.T, e *modelEffect, owner string, o Outcome) {
	to, status, attempts, due := o.State, o.Status, o.Attempts, o.StraysDue
	err := m.l.FinishEffect(t.Context(), e.id, owner, o)
	if attempts > e.attempts {
		require.ErrorIs(t, err, ErrLost)
		return
	}
	if e.state == to && (e.owner == owner || to == EffectHeld) && to != EffectSending && to != EffectUnknown &&
		(o.BooksOrderID == "" || o.BooksOrderID == e.order) && (o.BooksDocumentID == "" || o.BooksDocumentID == e.doc) {
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
	if !again && (to == EffectSending || e.state == EffectHeld || !slices.Contains(transitions[e.state], to)) {
		require.ErrorIs(t, err, ErrTransition)
		*e = before
		return
	}
	if !again && m.books.sameDocument(e, o) {
		require.ErrorIs(t, err, ErrSameDocument)
		*e = before
		return
	}
	require.NoError(t, err)
	if !again {
		e.order, e.doc = cmp.Or(o.BooksOrderID, e.order), cmp.Or(o.BooksDocumentID, e.doc)
		m.books.take(e, o)
		if to != EffectUnknown && to != EffectHeld {
			e.owner = owner
		}
		if to == EffectUnknown {
			e.lookups = 0
		}
	}
	e.state = to
	switch {
	case to == EffectDone || to == EffectRejected:
		e.status = status
	case to != EffectHeld && status != 0 && (status >= 400 || e.status < 400): // an error stays until the step is sent again
		e.status = status
	}
	if to != EffectHeld && status >= 400 {
		m.refused[e.requestID] = true
	}
	if to == EffectPlanned && !due.IsZero() {
		m.strays = due
	}
}

func (m *model) look(t *rapid.T) {
	e := m.pick(t)
	attempts := e.attempts - rapid.IntRange(0, 1).Draw(t, "behind")
	err := m.l.NoteLookup(t.Context(), e.id, attempts, "looked")
	if attempts != e.attempts {
		require.ErrorIs(t, err, ErrLost)
		return
	}
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
	d := time.Duration(rapid.IntRange(1, 90).Draw(t, "seconds")) * time.Second
	m.steady.advance(d)
	m.wall.advance(d)
}

func (m *model) jump(t *rapid.T) {
	m.wall.advance(time.Duration(rapid.IntRange(-48, 48).Draw(t, "hours")) * time.Hour)
}

func (m *model) other(t *rapid.T) {
	kind := rapid.SampledFrom([]CommandKind{CommandIssue, CommandSkip}).Draw(t, "command")
	require.NoError(t, m.l.Command(t.Context(), acme, m.saleID, kind, "a reason", "ann"))
}
