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
	hash  string // snapshot of the order that the decision rests on

	invoices []string // ids, for reading them again

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
		SaleID:     saleID,
		FreshSince: now.Add(-c.MaxSnapshotAge),
		Now:        now,
		Books: mapping.Books{
			OrderID: sale.BooksOrderID, DocumentID: sale.BooksDocumentID, Status: sale.BooksStatus, Written: sale.Written,
		},
		AskedAgain: notAfter(now, sale.RetriedAt),
		Command:    mapping.Command{Issue: sale.Command.Issue, SkipReason: sale.Command.SkipReason},
	}}
	if err := a.orderFacts(ctx, c, &r); err != nil {
		return reading{}, err
	}
	if err := a.customerFacts(ctx, c, &r); err != nil {
		return reading{}, err
	}
	if err := a.relatedFacts(ctx, c, &r); err != nil {
		return reading{}, err
	}
	return r, a.refusal(ctx, c, &r)
}

func (a *Activities) orderFacts(ctx context.Context, c *Connection, r *reading) error {
	snapshot, found, err := a.ledger.Latest(ctx, c.Name, trade.KindOrder, r.facts.SaleID)
	if err != nil || !found {
		return err
	}
	r.hash = snapshot.Hash
	r.facts.OrderGone = snapshot.Gone
	r.facts.OrderReadAt = snapshot.ReadAt
	if snapshot.Gone && len(snapshot.Body) == 0 {
		return nil
	}
	order, err := c.Decoder.Order(snapshot.Body)
	if err != nil {
		r.facts.OrderFault = faultOf(err)
		return nil
	}
	r.facts.Order = &order
	return nil
}

func (a *Activities) customerFacts(ctx context.Context, c *Connection, r *reading) error {
	if r.facts.Order == nil || r.facts.Order.CustomerID == "" {
		return nil
	}
	snapshot, found, err := a.ledger.Latest(ctx, c.Name, trade.KindCustomer, r.facts.Order.CustomerID)
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

// relatedFacts adds the invoices and dispatches that name the order.
func (a *Activities) relatedFacts(ctx context.Context, c *Connection, r *reading) error {
	order := trade.Ref{Kind: trade.KindOrder, ID: r.facts.SaleID}
	invoices, err := a.ledger.Linked(ctx, c.Name, trade.KindInvoice, order)
	if err != nil {
		return err
	}
	for i, snapshot := range invoices {
		r.facts.RelatedSince = later(r.facts.RelatedSince, notAfter(r.facts.Now, snapshot.FirstSeen))
		if i == 0 || snapshot.ReadAt.Before(r.facts.InvoicesReadAt) {
			r.facts.InvoicesReadAt = snapshot.ReadAt
		}
		r.invoices = append(r.invoices, snapshot.ID)
		invoice, err := c.Decoder.Invoice(snapshot.Body)
		if err != nil {
			r.facts.InvoiceFaults = append(r.facts.InvoiceFaults, faultOf(err))
			continue
		}
		r.facts.Invoices = append(r.facts.Invoices, invoice)
	}
	dispatches, err := a.ledger.Linked(ctx, c.Name, trade.KindDispatch, order)
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

// refusal finds the refusal that still stands: the sale's last effect was refused by the books, and no person has said
// retry since.
func (a *Activities) refusal(ctx context.Context, c *Connection, r *reading) error {
	effects, err := a.ledger.Effects(ctx, c.Name, r.facts.SaleID)
	if err != nil || len(effects) == 0 {
		return err
	}
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
