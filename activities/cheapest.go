package activities

import (
	"cmp"
	"slices"
	"time"

	"spacebridge/mapping/trade"
)

// When many records want a fresh look, a list shows up to 200 of them for the price of one. What follows chooses between
// lists and reads of single records. It knows no ledger and no clock: the same question gets the same answer.

// wanted is a record to be read, and what is known of the lists that show it. What is known may be wrong: then the list does
// not show it, and it is read by itself next time.
type wanted struct {
	ref    trade.Ref
	since  time.Time // lists of what was created since then show it; zero: only a read of its own will do
	status string    // the list of this status shows it as well; "": not known
}

// list names a list of records: all of a kind, or those of a status. For invoices the only status is unpaid.
type list struct {
	kind   trade.Kind
	status string
}

// unpaid is the status by which invoices are listed.
const unpaid = "unpaid"

// shown is what a list shows, as far as the ledger knows: times of creation, newest first.
type shown struct {
	times []time.Time
	more  bool // there are older ones
}

// since counts what was created at or after a time; false when that is not known.
func (s shown) since(t time.Time) (int, bool) {
	n, _ := slices.BinarySearchFunc(s.times, t, func(each, t time.Time) int {
		if each.Before(t) {
			return 1
		}
		return -1
	})
	return n, n < len(s.times) || !s.more
}

// catalogue is what is known of the lists that could be walked.
type catalogue struct {
	lists   map[list]shown
	perPage int
	until   time.Time // what was created from then on has been read already; zero: nothing has
}

// never is the price of a walk nobody knows the length of.
const never = 1 << 30

// hasEnd tells whether the lists of a kind can be cut off at their new end.
func hasEnd(kind trade.Kind) bool { return kind == trade.KindOrder || kind == trade.KindDispatch }

// pages is the price of a walk in requests: of what was created at or after from and before to, zero for no end. It shows at
// least what is wanted of it: the ledger may not know a record yet, or know it under another status.
func (c catalogue) pages(l list, from, to time.Time, wanted int) int {
	if known, ok := c.lists[l]; ok {
		return max(known.pages(c.perPage, from, to), wanted/c.perPage+1)
	}
	return never
}

func (s shown) pages(perPage int, from, to time.Time) int {
	n, ok := s.since(from)
	if !ok {
		return never
	}
	if !to.IsZero() {
		later, _ := s.since(to)
		n = max(0, n-later)
	}
	return n/perPage + 1 // a page that is full may be followed by an empty one
}

// cheapest says how to read all that is wanted with the fewest requests: walks through lists, and what is left one by one,
// in the order given. For every kind it finds the best of all plans with one walk through the list of everything created
// since some time, and one walk for each status through what is older. It never costs more than reading all one by one, and
// of equals it takes the plan with more single reads, since those settle what is wanted for certain.
func cheapest(all []wanted, c catalogue) (walks []Walk, single []trade.Ref) {
	byKind := map[trade.Kind][]wanted{}
	for _, w := range all {
		if c.helps(w) {
			byKind[w.ref.Kind] = append(byKind[w.ref.Kind], w)
		}
	}
	covered := map[trade.Ref]bool{}
	for _, kind := range []trade.Kind{trade.KindCustomer, trade.KindDispatch, trade.KindInvoice, trade.KindOrder} {
		best := c.plan(kind, byKind[kind])
		walks = append(walks, best.walks...)
		for _, w := range best.covered {
			covered[w.ref] = true
		}
	}
	for _, w := range all {
		if !covered[w.ref] {
			covered[w.ref] = true // named twice, read once
			single = append(single, w.ref)
		}
	}
	return walks, single
}

// helps reports whether there may be a list worth walking for a record.
func (c catalogue) helps(w wanted) bool {
	return !w.since.IsZero() && (c.until.IsZero() || !hasEnd(w.ref.Kind) || w.since.Before(c.until))
}

// outline is a plan for the records of one kind.
type outline struct {
	cost    int
	walks   []Walk
	covered []wanted
}

// plan finds the cheapest outline for the records of one kind.
func (c catalogue) plan(kind trade.Kind, all []wanted) outline {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(x, y wanted) int { return cmp.Or(y.since.Compare(x.since), cmp.Compare(x.ref.ID, y.ref.ID)) })
	end := time.Time{}
	if hasEnd(kind) {
		end = c.until
	}
	best := c.byStatus(kind, all, end)
	everything := list{kind: kind}
	for j := 1; j <= len(all); j++ {
		from := all[j-1].since
		price := c.pages(everything, from, end, j)
		if price >= best.cost {
			break // going further back only costs more
		}
		if j < len(all) && c.pages(everything, all[j].since, end, j+1) == price {
			continue // one more for nothing
		}
		older := end
		if hasEnd(kind) {
			older = from
		}
		rest := c.byStatus(kind, all[j:], older)
		if price+rest.cost < best.cost {
			best = outline{
				cost:    price + rest.cost,
				walks:   append([]Walk{everything.walk(from, end)}, rest.walks...),
				covered: append(slices.Clone(all[:j]), rest.covered...),
			}
		}
	}
	return best
}

// byStatus finds the cheapest outline without the list of everything. all is sorted, newest first.
func (c catalogue) byStatus(kind trade.Kind, all []wanted, end time.Time) outline {
	groups := map[string][]wanted{}
	var names []string
	for _, w := range all {
		if _, ok := groups[w.status]; !ok {
			names = append(names, w.status)
		}
		groups[w.status] = append(groups[w.status], w)
	}
	slices.Sort(names)
	best := outline{cost: len(all)}
	for _, status := range names {
		group, of := groups[status], list{kind: kind, status: status}
		if status == "" {
			continue
		}
		take, saved := 0, 0
		for k := 1; k <= len(group); k++ {
			if gain := k - c.pages(of, group[k-1].since, end, k); gain > saved {
				take, saved = k, gain
			}
		}
		if take > 0 {
			best.cost -= saved
			best.walks = append(best.walks, of.walk(group[take-1].since, end))
			best.covered = append(best.covered, group[:take]...)
		}
	}
	return best
}

// walk reads a list from one time to another, zero for no end. The end is a little later than asked for, since nobody says
// whether the vendor's bounds belong to what they bound.
func (l list) walk(from, to time.Time) Walk {
	w := Walk{Name: string(l.kind) + "s", Kind: l.kind, CreatedSince: from}
	switch {
	case l.kind == trade.KindInvoice && l.status == unpaid:
		w.Name, w.Unpaid = unpaid+" invoices", true
	case l.status != "":
		w.Name, w.Status = w.Name+" in status "+l.status, l.status
	}
	w.Name += " created since " + from.UTC().Format(time.DateTime)
	if !to.IsZero() {
		w.CreatedBefore = to.Add(boundary)
		w.Name += " and before " + to.UTC().Format(time.DateTime)
	}
	return w
}

// boundary is by how much two walks overlap whose bounds meet.
const boundary = time.Minute
