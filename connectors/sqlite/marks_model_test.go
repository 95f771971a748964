package sqlite

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"spacebridge/mapping/trade"
)

// modelRecord is a record at the vendor, and what a careful reader expects of its mark.
type modelRecord struct {
	id      string
	version int // at the vendor; 0: deleted
	waits   bool
	deleted bool      // an event that waits says so
	event   int       // the act by which the latest event came
	last    time.Time // and when
	since   time.Time // the oldest that waits
}

// modelRead is a read on its way: it was begun, and its answer has not been filed.
type modelRead struct {
	reading Reading
	begun   int         // the act
	shows   map[int]int // versions as of then, by record
}

// marksModel is a vendor with a few records, and one reader of it.
type marksModel struct {
	l       *Ledger
	c       *clock
	conn    string
	deaf    bool // some reads say nothing of what they heard
	acts    int
	records []*modelRecord
	reads   []modelRead
	acked   map[string]bool // bodies that were acknowledged
}

func (m *marksModel) pick(t *rapid.T) *modelRecord {
	return rapid.SampledFrom(m.records).Draw(t, "record")
}

// change alters a record at the vendor, perhaps by deleting it. Nobody is told.
func (m *marksModel) change(t *rapid.T) {
	m.pick(t).version = rapid.IntRange(0, 3).Draw(t, "version")
}

// receive delivers events about any records, true or not, early, late or twice.
func (m *marksModel) receive(t *rapid.T) {
	m.acts++
	now := m.c.now()
	var all []Delivery
	for range rapid.IntRange(1, 3).Draw(t, "deliveries") {
		d := Delivery{Connection: m.conn, Hash: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "hash")}
		for range rapid.IntRange(0, 4).Draw(t, "events") {
			r := m.pick(t)
			deleted := rapid.Bool().Draw(t, "deleted")
			d.Told = append(d.Told, Told{Kind: trade.KindOrder, ID: r.id, Deleted: deleted})
			if !r.waits || r.since.After(now) {
				r.since = now
			}
			r.waits, r.deleted, r.event, r.last = true, r.deleted || deleted, m.acts, now
		}
		all = append(all, d)
	}
	known, err := m.l.Receive(t.Context(), all)
	require.NoError(t, err)
	for i, d := range all {
		require.Equal(t, m.acked[d.Hash], known[i])
		m.acked[d.Hash] = true
	}
}

// dieAtProbe has a receipt fail before its commit: nothing of it may be seen.
func (m *marksModel) dieAtProbe(t *rapid.T) {
	m.l.probe = (&probe{point: "before receive", fail: deaths["error"]}).reach
	_, err := m.l.Receive(t.Context(), []Delivery{{Connection: m.conn, Hash: "lost", Told: []Told{{Kind: trade.KindOrder, ID: m.pick(t).id}}}})
	m.l.probe = nil
	require.ErrorIs(t, err, errProbe)
}

// begin sends a request off. Its answer shows the vendor as it is now.
func (m *marksModel) begin(t *rapid.T) {
	m.acts++
	n, err := m.l.Heard(t.Context())
	require.NoError(t, err)
	read := modelRead{begun: m.acts, shows: map[int]int{}, reading: Reading{
		Source: rapid.SampledFrom([]trade.Source{trade.SourceList, trade.SourceGet}).Draw(t, "source"), At: m.c.now(), Heard: n,
	}}
	if m.deaf && rapid.IntRange(0, 9).Draw(t, "deaf") == 0 {
		read.reading.Heard, read.begun = 0, -1 // it says nothing of what it heard
	}
	for i, r := range m.records {
		read.shows[i] = r.version
	}
	m.reads = append(m.reads, read)
}

// finish files the answer of any request that is on its way.
func (m *marksModel) finish(t *rapid.T) {
	if len(m.reads) == 0 {
		t.Skip("nothing is being read")
	}
	i := rapid.IntRange(0, len(m.reads)-1).Draw(t, "read")
	read := m.reads[i]
	m.reads = append(m.reads[:i], m.reads[i+1:]...)
	for i, r := range m.records {
		switch {
		case read.reading.Source == trade.SourceGet && read.shows[i] == 0:
			require.NoError(t, m.l.MarkGone(t.Context(), m.conn, read.reading, trade.KindOrder, r.id, nil))
			m.expect(r, read, true)
		case read.shows[i] != 0:
			record := orderOf(r.id, time.Time{})
			record.Body = fmt.Appendf(nil, `{"version":%d}`, read.shows[i])
			result, err := m.l.SaveRecords(t.Context(), m.conn, read.reading, []Saved{{Record: record}})
			require.NoError(t, err)
			m.expect(r, read, result.New+result.Changed > 0)
		}
	}
}

// expect says what becomes of a mark when its record is filed: it goes if and only if a read that can tell of the latest event
// was begun after it.
func (m *marksModel) expect(r *modelRecord, read modelRead, news bool) {
	if !r.waits || read.begun < r.event {
		return
	}
	now, asked := m.c.now(), read.reading.At
	if asked.After(now) {
		asked = now
	}
	if read.reading.Source == trade.SourceList && !news {
		if r.last.After(now) {
			r.last = now // its age counts from now
			return
		}
		if asked.Sub(r.last) <= ListLag {
			return
		}
	}
	if read.reading.Source == trade.SourceList && r.deleted {
		return
	}
	r.waits, r.deleted = false, false
}

func (m *marksModel) prune(t *rapid.T) {
	before := m.c.now().Add(time.Duration(rapid.IntRange(-2, 2).Draw(t, "hours")) * time.Hour)
	_, err := m.l.PruneInbox(t.Context(), before)
	require.NoError(t, err)
	var hashes []string
	require.NoError(t, m.l.reader.Select(&hashes, `SELECT hash FROM deliveries WHERE connection = ?`, m.conn))
	m.acked = map[string]bool{}
	for _, h := range hashes {
		m.acked[h] = true // a body that was forgotten is one that never came
	}
}

func (m *marksModel) wait(t *rapid.T) {
	m.c.advance(time.Duration(rapid.IntRange(1, 180).Draw(t, "seconds")) * time.Second)
}

func (m *marksModel) jump(t *rapid.T) {
	m.c.advance(time.Duration(rapid.IntRange(-3, 3).Draw(t, "hours")) * time.Hour)
}

// check compares what waits with the model. What was acknowledged and not read since is among it.
func (m *marksModel) check(t *rapid.T) {
	marks, err := m.l.Waiting(t.Context(), m.conn, 0)
	require.NoError(t, err)
	got := map[string]Mark{}
	seqs := map[int64]bool{}
	for _, mark := range marks {
		got[mark.ID] = mark
		seqs[mark.Seq] = true
	}
	require.Len(t, seqs, len(marks), "no number is given out twice")
	for _, r := range m.records {
		mark, waits := got[r.id]
		require.Equal(t, r.waits, waits, r.id)
		if waits {
			require.Equal(t, r.deleted, mark.Deleted, r.id)
			require.True(t, r.since.Equal(mark.Since), r.id)
			require.True(t, r.last.Equal(mark.Last), r.id)
		}
	}
}

func TestMarksFollowTheirModel(t *testing.T) {
	l, c := open(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		m := &marksModel{l: l, c: c, conn: "c" + strconv.Itoa(n), acked: map[string]bool{}, deaf: true}
		for _, id := range []string{"or_1", "or_2", "or_3"} {
			m.records = append(m.records, &modelRecord{id: id, version: 1})
		}
		rt.Repeat(map[string]func(*rapid.T){
			"":           m.check,
			"change":     m.change,
			"receive":    m.receive,
			"dieAtProbe": m.dieAtProbe,
			"begin":      m.begin,
			"finish":     m.finish,
			"prune":      m.prune,
			"wait":       m.wait,
			"jump":       m.jump,
		})
	})
	intact(t, l)
}

// The promise itself, without the rule: a vendor that tells of each change, in any order and more than once, is never believed
// to be as it was before while nothing waits. Reads overtake each other and clocks jump; lists are as fresh as gets here.
func TestNoChangeThatWasToldOfIsLost(t *testing.T) {
	l, c := open(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		m := &marksModel{l: l, c: c, conn: "c" + strconv.Itoa(n), acked: map[string]bool{}}
		for _, id := range []string{"or_1", "or_2", "or_3"} {
			m.records = append(m.records, &modelRecord{id: id, version: 1})
		}
		untold := map[string]bool{}
		pending := func(t *rapid.T) {
			for _, r := range m.records {
				known, found, err := l.Latest(t.Context(), m.conn, trade.KindOrder, r.id)
				require.NoError(t, err)
				believed := 0
				if found && !known.Gone {
					_, err := fmt.Sscanf(string(known.Body), `{"version":%d}`, &believed)
					require.NoError(t, err)
				}
				if believed == r.version || untold[r.id] {
					continue
				}
				marks, err := l.Waiting(t.Context(), m.conn, 0)
				require.NoError(t, err)
				ids := []string{}
				for _, mark := range marks {
					ids = append(ids, mark.ID)
				}
				require.Contains(t, ids, r.id)
			}
		}
		for _, r := range m.records {
			untold[r.id] = true // nobody told of their creation yet
		}
		rt.Repeat(map[string]func(*rapid.T){
			"": pending,
			"change": func(t *rapid.T) {
				r := m.pick(t)
				r.version = (r.version + rapid.IntRange(1, 3).Draw(t, "by")) % 4
				untold[r.id] = true
			},
			"tell": func(t *rapid.T) {
				r := m.pick(t)
				_, err := l.Receive(t.Context(), []Delivery{{Connection: m.conn, Hash: strconv.Itoa(n), Told: []Told{{Kind: trade.KindOrder, ID: r.id, Deleted: r.version == 0}}}})
				require.NoError(t, err)
				untold[r.id] = false
			},
			"begin":  m.begin,
			"finish": m.finish,
			"prune":  m.prune,
			"wait":   m.wait,
			"jump":   m.jump,
		})
	})
}
