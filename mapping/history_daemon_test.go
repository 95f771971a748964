package mapping_test

import (
	"fmt"
	"slices"
	"time"

	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

// The daemon as far as decisions go: what it has seen, what its ledger says, and the books that its steps change.

// sighting is how well one record is known.
type sighting struct {
	read, first time.Time // last read; first seen as it is now
	gone        bool
	print       string
}

// daemon is what runs between the truth and the books.
type daemon struct {
	policy mapping.Policy
	now    time.Time
	truth  *shopWorld
	known  *shopWorld // each record as it was last read
	seen   map[trade.Ref]sighting
	sales  map[string]*saleRow
	done   map[string]int // how often what came up
}

func newDaemon(policy mapping.Policy) *daemon {
	return &daemon{policy: policy, now: at, truth: newWorld(), known: newWorld(), seen: map[trade.Ref]sighting{}, sales: map[string]*saleRow{}, done: map[string]int{}}
}

// kind is what sales are made of.
func (d *daemon) kind() trade.Kind {
	if d.policy.IssueFrom == trade.KindInvoice {
		return trade.KindInvoice
	}
	return trade.KindOrder
}

// snapshot is one record as it was at a moment, to be filed then or later.
type snapshot struct {
	ref   trade.Ref
	at    time.Time
	gone  bool
	print string
	file  func(*shopWorld)
}

// look reads a record of the truth.
func (d *daemon) look(ref trade.Ref) snapshot {
	d.now = d.now.Add(time.Second)
	s := snapshot{ref: ref, at: d.now}
	switch ref.Kind {
	case trade.KindOrder:
		o := d.truth.counted(d.truth.orders[ref.ID])
		s.gone, s.print, s.file = o.gone, fmt.Sprintf("%+v", o), func(w *shopWorld) { w.orders[ref.ID] = o }
	case trade.KindInvoice:
		v := d.truth.bills[ref.ID]
		s.gone, s.print, s.file = v.gone, fmt.Sprintf("%+v", v), func(w *shopWorld) { w.bills[ref.ID] = v }
	case trade.KindDispatch:
		p := d.truth.parcels[ref.ID]
		s.print, s.file = fmt.Sprintf("%+v", p), func(w *shopWorld) { w.parcels[ref.ID] = p }
	default:
		number := d.truth.taxNumber
		s.print, s.file = number, func(w *shopWorld) { w.taxNumber = number }
	}
	return s
}

// file takes a snapshot into the ledger, if it is newer than what is there. A record that was never seen and is gone leaves no
// trace in any list.
func (d *daemon) file(s snapshot) {
	was, known := d.seen[s.ref]
	if known && !s.at.After(was.read) || !known && s.gone {
		return
	}
	is := sighting{read: s.at, first: was.first, gone: s.gone, print: s.print}
	if was.print != s.print {
		is.first = s.at
	}
	d.seen[s.ref] = is
	s.file(d.known)
	if s.ref.Kind == d.kind() && d.sales[s.ref.ID] == nil {
		d.sales[s.ref.ID] = &saleRow{}
	}
}

// records lists every record that there is, orders last so that they are read after what they count.
func (d *daemon) records() (refs []trade.Ref) {
	for id := range d.truth.bills {
		refs = append(refs, trade.Ref{Kind: trade.KindInvoice, ID: id})
	}
	for id := range d.truth.parcels {
		refs = append(refs, trade.Ref{Kind: trade.KindDispatch, ID: id})
	}
	for id := range d.truth.orders {
		refs = append(refs, trade.Ref{Kind: trade.KindOrder, ID: id})
	}
	slices.SortFunc(refs, func(a, b trade.Ref) int {
		return slices.Compare([]string{string(a.Kind), a.ID}, []string{string(b.Kind), b.ID})
	})
	return append(refs, trade.Ref{Kind: trade.KindCustomer, ID: "cu_1"})
}

// facts gathers what is known of a sale.
func (d *daemon) facts(id string) mapping.Facts {
	row, own := d.sales[id], d.seen[trade.Ref{Kind: d.kind(), ID: id}]
	f := mapping.Facts{
		SaleID: id, Kind: d.kind(), Record: mapping.Known{ReadAt: own.read, Gone: own.gone}, Books: row.books, Command: mapping.Command{Issue: row.issue},
		FreshSince: d.now.Add(-15 * time.Minute), Now: d.now,
	}
	names := []string{id}
	if d.kind() == trade.KindInvoice {
		v := d.known.bills[id].shown()
		f.Invoice, names = &v, slices.Sorted(slices.Values(v.Orders))
		for _, order := range names {
			f.Orders = append(f.Orders, d.knownOrder(order))
		}
	} else {
		f.Order = d.known.orders[id].shown()
	}
	if seen, ok := d.seen[trade.Ref{Kind: trade.KindCustomer, ID: "cu_1"}]; ok {
		f.Customer, f.CustomerReadAt = &trade.Customer{ID: "cu_1", TaxNumber: d.known.taxNumber}, seen.read
	}
	for _, ref := range d.records() {
		seen, ok := d.seen[ref]
		if !ok || seen.gone {
			continue
		}
		switch ref.Kind {
		case trade.KindInvoice:
			v := d.known.bills[ref.ID].shown()
			if !slices.ContainsFunc(v.Orders, func(o string) bool { return slices.Contains(names, o) }) {
				continue
			}
			f.Invoices = append(f.Invoices, v)
			if f.InvoicesReadAt.IsZero() || seen.read.Before(f.InvoicesReadAt) {
				f.InvoicesReadAt = seen.read
			}
		case trade.KindDispatch:
			p := d.known.parcels[ref.ID].shown()
			if !slices.Contains(names, p.OrderID) {
				continue
			}
			f.Dispatches = append(f.Dispatches, p)
		default:
			continue
		}
		if seen.first.After(f.RelatedSince) {
			f.RelatedSince = seen.first
		}
	}
	return f
}

func (d *daemon) knownOrder(id string) mapping.KnownOrder {
	seen, ok := d.seen[trade.Ref{Kind: trade.KindOrder, ID: id}]
	known := mapping.KnownOrder{ID: id, Known: mapping.Known{ReadAt: seen.read, Gone: seen.gone}}
	if _, has := d.known.orders[id]; ok && has {
		known.Order = d.known.orders[id].shown()
	}
	return known
}

// step takes the one next step of a sale; false means that there is none.
func (d *daemon) step(id string) (bool, error) {
	row, facts := d.sales[id], d.facts(id)
	decision := mapping.Decide(d.policy, facts)
	row.last = decision
	d.done["action "+string(decision.Action)]++
	d.now = d.now.Add(time.Second)
	if decision.Action == mapping.ActNone {
		return false, nil
	}
	if decision.Action == mapping.ActRead {
		for _, ref := range decision.Read {
			d.see(ref)
		}
		return true, nil
	}
	for _, order := range facts.Orders {
		if decision.Action != mapping.ActCancel && order.ReadAt.IsZero() {
			return false, fmt.Errorf("%s of %s, and order %s was never read", decision.Action, id, order.ID)
		}
	}
	if err := d.mayIssue(id, facts, decision); err != nil {
		return false, err
	}
	return true, row.apply(decision)
}

// see reads a record and files it; one that the API does not have any more is known to be gone.
func (d *daemon) see(ref trade.Ref) {
	s := d.look(ref)
	if _, known := d.seen[ref]; !known && s.gone {
		d.seen[ref] = sighting{read: s.at, first: s.at, gone: true}
		return
	}
	d.file(s)
}

// mayIssue holds a step that makes a document to the reference model, which is asked about what was known.
func (d *daemon) mayIssue(id string, f mapping.Facts, decision mapping.Decision) error {
	if decision.Action != mapping.ActIssue && decision.Action != mapping.ActReissue {
		return nil
	}
	row := d.sales[id]
	want := demandOf(d.policy, d.known, d.gone, id, row.issue, row.documents())
	if want.books != "live" || want.hold != "" || want.content != row.orders[len(row.orders)-1].items {
		return fmt.Errorf("%s of %s, and what is known demands %+v; the books say %s", decision.Action, id, want, row.orders[len(row.orders)-1].items)
	}
	row.seen = append(row.seen, want.content)
	for _, read := range []time.Time{f.Record.ReadAt, f.CustomerReadAt} {
		if read.Before(f.FreshSince) || read.IsZero() {
			return fmt.Errorf("%s of %s rests on a read of %s at %s", decision.Action, id, read, d.now)
		}
	}
	return nil
}

// gone reports whether a record is known to be gone.
func (d *daemon) gone(ref trade.Ref) bool { return d.seen[ref].gone }
