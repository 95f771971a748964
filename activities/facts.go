package activities

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"spacebridge/connectors/sqlite"
	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

// reading is everything a decision about one sale rests on: the ledger's row and the facts as mapping wants them.
type reading struct {
	sale  sqlite.Sale
	facts mapping.Facts
	hash  string // snapshot of the record that the decision rests on

	refused *sqlite.Effect // the last step, if the books refused it and nobody has said retry since
}

// facts gathers what the ledger knows of a sale. Nothing is read from the outside here.
func (a *Activities) facts(ctx context.Context, c *Connection, saleID string) (reading, error) {
	sale, found, err := a.ledger.Sale(ctx, c.Name, saleID)
	if err != nil {
		return reading{}, err
	}
	if !found {
		return reading{}, permanent(fmt.Errorf("sale %s of %s is not in the ledger", saleID, c.Name), "unknown_sale")
	}
	now := a.now()
	r := reading{sale: sale, facts: mapping.Facts{
		SaleID: saleID, Kind: sale.Kind,
		FreshSince: now.Add(-c.MaxSnapshotAge),
		Now:        now,
		Books: mapping.Books{
			OrderID: sale.BooksOrderID, DocumentID: sale.BooksDocumentID, Status: sale.BooksStatus, Written: sale.Written, Issued: sale.Issued, WeEnded: sale.WeEnded,
		},
		AskedAgain: notAfter(now, sale.RetriedAt),
		Command:    mapping.Command{Issue: sale.Command.Issue, SkipReason: sale.Command.SkipReason},
	}}
	if err := a.recordFacts(ctx, c, &r); err != nil {
		return reading{}, err
	}
	if err := a.customerFacts(ctx, c, &r); err != nil {
		return reading{}, err
	}
	if err := a.relatedFacts(ctx, c, &r); err != nil {
		return reading{}, err
	}
	return r, a.stepFacts(ctx, c, &r)
}

// recordFacts adds the sale's own record, and the orders that an invoice names.
func (a *Activities) recordFacts(ctx context.Context, c *Connection, r *reading) error {
	if r.sale.Kind != trade.KindInvoice {
		order, snapshot, err := a.knownOrder(ctx, c, r.facts.SaleID)
		r.facts.Record, r.facts.Order, r.hash = order.Known, order.Order, snapshot.Hash
		return err
	}
	snapshot, found, err := a.ledger.Latest(ctx, c.Name, trade.KindInvoice, r.facts.SaleID)
	if err != nil || !found {
		return err
	}
	r.hash = snapshot.Hash
	r.facts.Record = mapping.Known{ReadAt: snapshot.ReadAt, Gone: snapshot.Gone}
	if snapshot.Gone && len(snapshot.Body) == 0 {
		return nil
	}
	invoice, err := c.Decoder.Invoice(snapshot.Body)
	if err != nil {
		r.facts.Record.Fault = faultOf(err)
		return nil
	}
	r.facts.Invoice = &invoice
	for _, id := range slices.Compact(slices.Sorted(slices.Values(invoice.Orders))) {
		order, _, err := a.knownOrder(ctx, c, id)
		if err != nil {
			return err
		}
		r.facts.Orders = append(r.facts.Orders, order)
	}
	return nil
}

// knownOrder gives what is known of an order. One that is gone keeps what it said last.
func (a *Activities) knownOrder(ctx context.Context, c *Connection, id string) (mapping.KnownOrder, sqlite.Snapshot, error) {
	known := mapping.KnownOrder{ID: id}
	snapshot, found, err := a.ledger.Latest(ctx, c.Name, trade.KindOrder, id)
	if err != nil || !found {
		return known, snapshot, err
	}
	known.ReadAt, known.Gone = snapshot.ReadAt, snapshot.Gone
	if len(snapshot.Body) == 0 {
		return known, snapshot, nil
	}
	order, err := c.Decoder.Order(snapshot.Body)
	if err != nil {
		known.Fault = faultOf(err)
		return known, snapshot, nil
	}
	known.Order = &order
	return known, snapshot, nil
}

func (a *Activities) customerFacts(ctx context.Context, c *Connection, r *reading) error {
	id := r.facts.CustomerID()
	if id == "" {
		return nil
	}
	snapshot, found, err := a.ledger.Latest(ctx, c.Name, trade.KindCustomer, id)
	if err != nil || !found {
		return err
	}
	r.facts.CustomerGone = snapshot.Gone
	r.facts.CustomerReadAt = snapshot.ReadAt
	customer, err := c.Decoder.Customer(snapshot.Body)
	if err != nil {
		r.facts.CustomerFault = faultOf(err)
		return nil
	}
	r.facts.Customer = &customer
	return nil
}

// relatedFacts adds the invoices and dispatches that name the sale's orders.
func (a *Activities) relatedFacts(ctx context.Context, c *Connection, r *reading) error {
	orders := []string{r.facts.SaleID}
	if r.sale.Kind == trade.KindInvoice {
		orders = nil
		for _, order := range r.facts.Orders {
			orders = append(orders, order.ID)
		}
	}
	invoices, err := a.naming(ctx, c, trade.KindInvoice, orders)
	if err != nil {
		return err
	}
	for i, snapshot := range invoices {
		r.facts.RelatedSince = later(r.facts.RelatedSince, notAfter(r.facts.Now, snapshot.FirstSeen))
		if i == 0 || snapshot.ReadAt.Before(r.facts.InvoicesReadAt) {
			r.facts.InvoicesReadAt = snapshot.ReadAt
		}
		invoice, err := c.Decoder.Invoice(snapshot.Body)
		if err != nil {
			r.facts.InvoiceFaults = append(r.facts.InvoiceFaults, faultOf(err))
			continue
		}
		r.facts.Invoices = append(r.facts.Invoices, invoice)
	}
	dispatches, err := a.naming(ctx, c, trade.KindDispatch, orders)
	if err != nil {
		return err
	}
	for _, snapshot := range dispatches {
		r.facts.RelatedSince = later(r.facts.RelatedSince, notAfter(r.facts.Now, snapshot.FirstSeen))
		// A dispatch nobody can decode only means that the order itself is read again: its lines hold the quantities.
		if dispatch, err := c.Decoder.Dispatch(snapshot.Body); err == nil {
			r.facts.Dispatches = append(r.facts.Dispatches, dispatch)
		}
	}
	return nil
}

// naming gives the records of a kind that name one of the orders, each once.
func (a *Activities) naming(ctx context.Context, c *Connection, kind trade.Kind, orders []string) ([]sqlite.Snapshot, error) {
	var all []sqlite.Snapshot
	for _, id := range orders {
		found, err := a.ledger.Linked(ctx, c.Name, kind, trade.Ref{Kind: trade.KindOrder, ID: id})
		if err != nil {
			return nil, err
		}
		for _, snapshot := range found {
			if !slices.ContainsFunc(all, func(s sqlite.Snapshot) bool { return s.ID == snapshot.ID }) {
				all = append(all, snapshot)
			}
		}
	}
	return all, nil
}

// stepFacts adds what the sale's steps tell: what the books are known to say, what is not clear, and the refusal that still
// stands, if the last step was refused by the books and no person has said retry since.
func (a *Activities) stepFacts(ctx context.Context, c *Connection, r *reading) error {
	effects, err := a.ledger.Effects(ctx, c.Name, r.facts.SaleID)
	if err != nil || len(effects) == 0 {
		return err
	}
	r.facts.Books.Written = written(r.sale.Written, effects)
	last := slices.MaxFunc(effects, func(x, y sqlite.Effect) int { return cmp.Compare(x.Seq, y.Seq) })
	for _, effect := range effects {
		if effect.State == sqlite.EffectHeld {
			r.facts.Unclear = &mapping.Rejection{Step: effect.Step, Code: effect.Detail, Status: effect.Status}
		}
	}
	if last.State == sqlite.EffectRejected && !r.sale.RetriedAfter(last) {
		r.refused = &last
	}
	return nil
}

// faultOf gives the fault of a decoder's error.
func faultOf(err error) *trade.Fault {
	if fault, ok := errors.AsType[*trade.Fault](err); ok {
		return fault
	}
	return &trade.Fault{Field: "body", Value: "unreadable", Remedy: "mend the record in Orderspace, then retry"}
}

// notAfter leaves out a time that lies in the future: it was dated by a clock that has been set back since, and waiting for
// it would be waiting for ever.
func notAfter(now, t time.Time) time.Time {
	if t.After(now) {
		return time.Time{}
	}
	return t
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
