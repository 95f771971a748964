package activities

import (
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
	r := reading{sale: sale, facts: mapping.Facts{
		SaleID:     saleID,
		FreshSince: a.now().Add(-c.MaxSnapshotAge),
		Books: mapping.Books{
			OrderID: sale.BooksOrderID, DocumentID: sale.BooksDocumentID, Status: sale.BooksStatus, Written: sale.Written,
		},
		AskedAgain: retriedAt(sale),
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
	for _, snapshot := range invoices {
		r.facts.RelatedSince = later(r.facts.RelatedSince, snapshot.FirstSeen)
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
		r.facts.RelatedSince = later(r.facts.RelatedSince, snapshot.FirstSeen)
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
	last := slices.MaxFunc(effects, func(x, y sqlite.Effect) int { return x.UpdatedAt.Compare(y.UpdatedAt) })
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

// retriedAt is when an operator last said retry; zero for never.
func retriedAt(sale sqlite.Sale) time.Time {
	if sale.Retried == 0 {
		return time.Time{}
	}
	return time.UnixMilli(sale.Retried)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
