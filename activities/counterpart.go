package activities

import (
	"context"

	"spacebridge/mapping/trade"
)

// counterpartInBooks looks whether the same goods are in the books already as a sale of the other kind: the order of an invoice, or
// the invoice of an order. The ledger sees to it that this cannot be; but a ledger that was lost remembers no more of what sales
// were made of than the configuration says, which may have been changed as well. Until the books were surveyed they are asked.
//
// Invariant 1: Space Invoices sees no relation between an order and its invoices.
func (a *Activities) counterpartInBooks(ctx context.Context, c *Connection, r reading) (refusal string, err error) {
	asking := !a.surveys.ever(c.Name)
	for _, id := range r.counterparts() {
		sale, _, err := a.ledger.Sale(ctx, c.Name, id)
		if err != nil {
			return "", err
		}
		if sale.BooksOrderID != "" && (sale.BooksStatus != trade.BooksCancelled || sale.BooksDocumentID != "") {
			return counterpart(sale.BooksOrderID, id), nil
		}
		if !asking {
			continue
		}
		found, err := c.Books.Find(ctx, id)
		if err != nil {
			return "", err
		}
		for _, order := range found {
			if !ended(order) && !order.Deleted {
				return counterpart(order.ID, id), nil
			}
		}
	}
	return "", nil
}

func counterpart(order, record string) string {
	return "same_goods_in_books: order " + order + " stands for " + record + ", which is about the same goods"
}

// counterparts are the records of the other kind that are about the sale's goods.
func (r reading) counterparts() (ids []string) {
	if r.sale.Kind == trade.KindInvoice {
		for _, order := range r.facts.Orders {
			ids = append(ids, order.ID)
		}
		return ids
	}
	for _, invoice := range r.facts.Invoices {
		ids = append(ids, invoice.ID)
	}
	return ids
}
