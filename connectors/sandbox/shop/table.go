package shop

import (
	"cmp"
	"iter"
	"slices"
	"time"
)

// table holds the records of one resource in the order of their creation.
type table[T any] struct {
	rows []*row[T] // oldest first
	byID map[string]*row[T]
	gone map[string]key // deleted records' places, for cursors that name them
	seq  uint64

	lagging *lagging[T] // nil: lists show what is
}

// row is one record with what the API sorts and filters by but does not show.
type row[T any] struct {
	key
	id      string
	updated time.Time
	value   *T
}

// key is a place in the order of creation. seq tells records of the same instant apart.
type key struct {
	created time.Time
	seq     uint64
}

func (k key) compare(other key) int {
	return cmp.Or(k.created.Compare(other.created), cmp.Compare(k.seq, other.seq))
}

func newTable[T any]() *table[T] {
	return &table[T]{byID: map[string]*row[T]{}, gone: map[string]key{}}
}

// add puts a record at its place; history may be planted in any order.
func (t *table[T]) add(id string, created time.Time, value *T) *row[T] {
	t.seq++
	r := &row[T]{key: key{created: created, seq: t.seq}, id: id, updated: created, value: value}
	at, _ := place(t.rows, r.key)
	t.rows = slices.Insert(t.rows, at, r)
	t.byID[id] = r
	if t.lagging != nil {
		t.lagging.keep(r, created)
	}
	return r
}

func (t *table[T]) find(id string) (*T, bool) {
	r, ok := t.byID[id]
	if !ok {
		return nil, false
	}
	return r.value, true
}

func (t *table[T]) remove(id string) {
	r, ok := t.byID[id]
	if !ok {
		return
	}
	at, _ := place(t.rows, r.key)
	t.rows = slices.Delete(t.rows, at, at+1)
	delete(t.byID, id)
	t.gone[id] = r.key
	if t.lagging != nil {
		t.lagging.drop(r)
	}
}

// place is the index of k in rows, or where it would be.
func place[T any](rows []*row[T], k key) (int, bool) {
	return slices.BinarySearchFunc(rows, k, func(r *row[T], k key) int { return r.compare(k) })
}

// all gives the records, oldest first.
func (t *table[T]) all() iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for _, r := range t.rows {
			if !yield(r.value) {
				return
			}
		}
	}
}

// newest gives the rows, newest first, beginning after the record called after ("" for the newest of all). It reports
// false if after was never a record, or was deleted and deleted is not asked for.
func (t *table[T]) newest(after string, deleted bool) (iter.Seq[*row[T]], bool) {
	rows := t.rows
	if t.lagging != nil {
		rows = t.lagging.rows(t.rows)
	}
	end := len(rows)
	if after != "" {
		k, ok := t.gone[after]
		ok = ok && (deleted || t.lagging != nil && t.lagging.shown(after) != nil)
		if r, here := t.byID[after]; here {
			k, ok = r.key, true
		}
		if !ok {
			return nil, false
		}
		end, _ = place(rows, k)
	}
	return func(yield func(*row[T]) bool) {
		for i := end - 1; i >= 0; i-- {
			if !yield(rows[i]) {
				return
			}
		}
	}, true
}
