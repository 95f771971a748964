package sqlite

import (
	"strconv"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"spacebridge/mapping/trade"
)

// modelBooks is the place of one sale in the books, as the answers to its steps tell it.
type modelBooks struct {
	saleID string
	order  string
	status trade.BooksStatus
	docs   []modelDocument // oldest first; the last one lives
	ids    int
}

type modelDocument struct{ id, step string }

func (b *modelBooks) fresh(kind string) string {
	b.ids++
	return kind + "_" + b.saleID + "_" + strconv.Itoa(b.ids)
}

func (b *modelBooks) document() string {
	if len(b.docs) == 0 {
		return ""
	}
	return b.docs[len(b.docs)-1].id
}

// was reports whether a document was replaced.
func (b *modelBooks) was(id string) bool {
	for i, d := range b.docs {
		if d.id == id {
			return i < len(b.docs)-1
		}
	}
	return false
}

// drawDocument gives a document that the sale has, had or never had, or none.
func (b *modelBooks) drawDocument(t *rapid.T) string {
	ids := []string{"", b.fresh("inv"), b.document()}
	for _, d := range b.docs {
		ids = append(ids, d.id)
	}
	return rapid.SampledFrom(ids).Draw(t, "document")
}

// aim makes a claim about what is in the books, or was.
func (b *modelBooks) aim(t *rapid.T, c *Claim) {
	if c.Step != StepCreate && rapid.IntRange(0, 9).Draw(t, "aim") > 0 {
		c.BooksOrderID = b.order
	}
	if c.Step == StepReissue {
		c.BooksDocumentID = b.drawDocument(t)
	}
}

// refusal is what a claim must be refused with, by what the steps before it have done.
func (m *model) refusal(c Claim) error {
	b := &m.books
	switch c.Step {
	case StepCreate:
		if b.order != "" && !m.weEnded() {
			return ErrTaken
		}
	case StepIssue:
		if b.document() != "" {
			return ErrIssued
		}
	case StepReissue:
		if b.document() == "" || c.BooksDocumentID != b.document() {
			return ErrIssued
		}
		if b.order == "" || c.BooksOrderID != b.order {
			return ErrTaken
		}
	}
	return nil
}

// weEnded reports whether the order that the sale has now was last cancelled by us, with success.
func (m *model) weEnded() bool {
	if m.books.order == "" || m.books.status != trade.BooksCancelled || m.books.document() != "" {
		return false
	}
	ended := false
	for _, e := range m.effects {
		if e.step == StepCancel && e.order == m.books.order {
			ended = e.state == EffectDone
		}
	}
	return ended
}

// tell makes an outcome say something about the books.
func (b *modelBooks) tell(t *rapid.T, e *modelEffect, o *Outcome) {
	if o.State == EffectDone && e.step == StepCreate {
		o.BooksOrderID = rapid.SampledFrom([]string{e.order, b.fresh("ord")}).Draw(t, "order")
		o.BooksStatus = trade.BooksPending
	}
	if o.State == EffectDone && e.step == StepCancel {
		o.BooksStatus = trade.BooksCancelled
	}
	if o.State == EffectDone && (e.step == StepIssue || e.step == StepReissue) || rapid.IntRange(0, 9).Draw(t, "tell") == 0 {
		o.BooksDocumentID = b.drawDocument(t)
	}
}

// carry takes a step as a daemon does that knows where the sale stands, from its claim to its end, so that histories get far.
func (m *model) carry(t *rapid.T) {
	c := claimOf(m.saleID, rapid.SampledFrom([]string{"create", "cancel", "issue", "reissue", "update"}).Draw(t, "step"), owners.Draw(t, "owner"))
	if c.Step != StepCreate {
		c.BooksOrderID = m.books.order
	}
	c.BooksDocumentID = m.books.document()
	if e := m.claimAs(t, c); e != nil && rapid.IntRange(0, 3).Draw(t, "lost") > 0 {
		o := Outcome{State: rapid.SampledFrom([]EffectState{EffectDone, EffectDone, EffectDone, EffectPlanned}).Draw(t, "to"), Status: 200}
		m.books.tell(t, e, &o)
		m.finishAs(t, e, c.Owner, o)
	}
}

// sameDocument reports whether a reissue that is said to be done has brought nothing.
func (b *modelBooks) sameDocument(e *modelEffect, o Outcome) bool {
	return e.step == StepReissue && o.State == EffectDone &&
		(o.BooksDocumentID == "" || o.BooksDocumentID == e.replaces || b.was(o.BooksDocumentID))
}

// take writes down what an outcome that was accepted says.
func (b *modelBooks) take(e *modelEffect, o Outcome) {
	moved := o.BooksOrderID != "" && o.BooksOrderID != b.order
	if moved {
		b.order = o.BooksOrderID
	}
	if o.BooksStatus == trade.BooksCancelled || o.BooksStatus != "" && (moved || b.status == "") {
		b.status = o.BooksStatus
	}
	if id := o.BooksDocumentID; id != "" && id != b.document() && !b.was(id) {
		step := "found"
		if o.State == EffectDone && (e.step == StepIssue || e.step == StepReissue) {
			step = e.step
		}
		b.docs = append(b.docs, modelDocument{id, step})
	}
}

// checkBooks compares the sale's place with the model. The documents are a chain: each but the last is replaced by the next,
// and the last is the sale's.
func (m *model) checkBooks(t *rapid.T) {
	s := sale1(t, m.l, m.saleID)
	require.Equal(t, m.books.order, s.BooksOrderID)
	require.Equal(t, m.books.status, s.BooksStatus)
	require.Equal(t, m.books.document(), s.BooksDocumentID)
	require.Equal(t, m.weEnded(), s.WeEnded)
	documents, err := m.l.Documents(t.Context(), acme, m.saleID)
	require.NoError(t, err)
	require.Len(t, documents, len(m.books.docs))
	for i, d := range documents {
		want := Document{ID: m.books.docs[i].id, SaleID: m.saleID, Step: m.books.docs[i].step, Seq: i + 1, BooksOrderID: d.BooksOrderID, RecordedAt: d.RecordedAt}
		if i+1 < len(documents) {
			want.ReplacedBy = m.books.docs[i+1].id
		}
		require.Equal(t, want, d)
	}
}
