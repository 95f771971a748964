package shop

import (
	"slices"
	"time"
)

// lagging is what a table's lists show when they lag behind (Options.ListLag): every record as it was so long ago.
type lagging[T any] struct {
	lag      time.Duration
	now      func() time.Time
	copyOf   func(*T) T
	versions map[string][]version[T] // by id, oldest first
	removed  []*row[T]               // deleted records that may still be shown
}

// version is what a record was from a time on; a nil row means deleted.
type version[T any] struct {
	from time.Time
	row  *row[T]
}

// behind makes the table's lists lag. It must be called while the table is empty.
func (t *table[T]) behind(lag time.Duration, now func() time.Time, copyOf func(*T) T) *table[T] {
	if lag > 0 {
		t.lagging = &lagging[T]{lag: lag, now: now, copyOf: copyOf, versions: map[string][]version[T]{}}
	}
	return t
}

// changed keeps what a record is from now on. Whoever changes a record that lists may show must call it.
func (t *table[T]) changed(id string) {
	if r, ok := t.byID[id]; ok && t.lagging != nil {
		t.lagging.keep(r, t.lagging.now())
	}
}

// keep notes a version. History that is planted has been there since its creation.
func (l *lagging[T]) keep(r *row[T], from time.Time) {
	value := l.copyOf(r.value)
	kept := *r
	kept.value = &value
	l.versions[r.id] = append(l.fresh(r.id), version[T]{from, &kept})
}

// drop notes a deletion.
func (l *lagging[T]) drop(r *row[T]) {
	now := l.now()
	l.versions[r.id] = append(l.fresh(r.id), version[T]{from: now})
	l.removed = append(l.removed, r)
	l.removed = slices.DeleteFunc(l.removed, func(r *row[T]) bool { return l.shown(r.id) == nil })
}

// fresh gives the versions of a record without those that are too old ever to be shown again.
func (l *lagging[T]) fresh(id string) []version[T] {
	versions := l.versions[id]
	until := l.now().Add(-l.lag)
	for len(versions) > 1 && !versions[1].from.After(until) {
		versions = versions[1:]
	}
	return versions
}

// shown is a record as lists show it now; nil if they do not.
func (l *lagging[T]) shown(id string) *row[T] {
	until := l.now().Add(-l.lag)
	for _, v := range slices.Backward(l.versions[id]) {
		if !v.from.After(until) {
			return v.row
		}
	}
	return nil
}

// rows gives all records that lists show now, oldest first.
func (l *lagging[T]) rows(live []*row[T]) []*row[T] {
	out := make([]*row[T], 0, len(live))
	for _, r := range slices.Concat(live, l.removed) {
		if r = l.shown(r.id); r != nil {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *row[T]) int { return a.compare(b.key) })
	return out
}
