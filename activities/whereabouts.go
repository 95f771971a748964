package activities

import (
	"context"
	"slices"
	"time"

	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/trade"
)

// How far lists are walked beyond the creation of what is wanted: a little where Orderspace tells it, more where it must be
// taken from when something was first heard of.
const (
	createdMargin = time.Minute
	heardMargin   = time.Hour
	datedMargin   = 24 * time.Hour // plain dates are in a zone that nobody tells
)

// listedStatuses are those that the list of orders can be asked for.
var listedStatuses = append(slices.Clone(openStatuses), trade.StatusFulfilled, trade.StatusCancelled, trade.StatusStandingOrder)

// held is what the ledger holds of a record that helps to find it in a list.
type held struct {
	known   bool
	gone    bool
	created time.Time // zero: not known; for invoices an estimate that is rather too early
	status  string
	readAt  time.Time
}

// holds asks the ledger about a record.
func (a *Activities) holds(ctx context.Context, c *Connection, ref trade.Ref) (held, error) {
	snapshot, found, err := a.ledger.Latest(ctx, c.Name, ref.Kind, ref.ID)
	if err != nil || !found {
		return held{}, err
	}
	h := held{known: true, gone: snapshot.Gone, status: snapshot.Status, readAt: snapshot.ReadAt}
	if len(snapshot.Body) > 0 {
		h.created = creation(c, snapshot)
	}
	return h, nil
}

// creation tells when a record was created; zero when it does not say so.
func creation(c *Connection, snapshot sqlite.Snapshot) time.Time {
	switch snapshot.Kind {
	case trade.KindOrder:
		if order, err := c.Decoder.Order(snapshot.Body); err == nil {
			return order.Created
		}
	case trade.KindDispatch:
		if dispatch, err := c.Decoder.Dispatch(snapshot.Body); err == nil {
			return dispatch.Created
		}
	case trade.KindInvoice: // has a date and no time; it was created before it was first read, and may bear a later date
		created := snapshot.FirstSeen.Add(-heardMargin)
		if invoice, err := c.Decoder.Invoice(snapshot.Body); err == nil {
			if date, err := time.Parse(time.DateOnly, invoice.InvoiceDate); err == nil && date.Add(-datedMargin).Before(created) {
				created = date.Add(-datedMargin)
			}
		}
		return created
	case trade.KindCustomer: // all of them are few pages, and their creation is not decoded
	}
	return time.Time{}
}

// since is from when on a list is walked to find what was created then.
func since(created time.Time) time.Time {
	if created.IsZero() {
		return created
	}
	return created.Add(-createdMargin)
}

// mostShown bounds what is asked of the ledger about one list.
const mostShown = 100_000

// catalogue asks the ledger about the lists that may be worth walking for what is wanted.
func (a *Activities) catalogue(ctx context.Context, c *Connection, all []wanted, until time.Time) (catalogue, error) {
	known := catalogue{lists: map[list]shown{}, perPage: c.perPage(), until: until}
	asked := map[list][]wanted{}
	for _, w := range all {
		if !known.helps(w) {
			continue
		}
		asked[list{kind: w.ref.Kind}] = append(asked[list{kind: w.ref.Kind}], w)
		if w.status != "" {
			asked[list{w.ref.Kind, w.status}] = append(asked[list{w.ref.Kind, w.status}], w)
		}
	}
	for l, of := range asked {
		if len(of) < 2 {
			continue // one read for one record is as good as it gets
		}
		var err error
		if known.lists[l], err = a.shown(ctx, c, l, of); err != nil {
			return catalogue{}, err
		}
	}
	return known, nil
}

// shown asks the ledger what a list shows, as far back as the oldest record that is wanted of it. A walk of as many pages as
// there are records would be worth nothing, so more is not asked for.
func (a *Activities) shown(ctx context.Context, c *Connection, l list, of []wanted) (shown, error) {
	oldest := slices.MinFunc(of, func(x, y wanted) int { return x.since.Compare(y.since) }).since
	limit := min(len(of)*c.perPage(), mostShown)
	var s shown
	statuses := []string{l.status}
	if l.kind == trade.KindInvoice && l.status == unpaid {
		statuses = []string{unpaid, "proforma"} // the list of what is unpaid shows both
	}
	for _, status := range statuses {
		times, err := a.ledger.OpenWindow(ctx, c.Name, l.kind, status, oldest, limit)
		if err != nil {
			return shown{}, err
		}
		s.times, s.more = append(s.times, times...), s.more || len(times) == limit
	}
	slices.SortFunc(s.times, func(x, y time.Time) int { return y.Compare(x) })
	if len(s.times) > limit { // several lists, each known to another depth
		s.times, s.more = s.times[:limit], true
	}
	return s, nil
}
